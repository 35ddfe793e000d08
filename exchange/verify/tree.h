// SPDX-License-Identifier: Apache-2.0
// tree.h - the tree of RFC 9162 as somebody else sees it who trusts nobody: from leaves, or from
// the proofs that he is given. Shares no line with who writes the log.

#ifndef DCAT_EXCHANGE_VERIFY_TREE_H
#define DCAT_EXCHANGE_VERIFY_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VERIFY_HASH = 32, VERIFY_BITS = 8, VERIFY_TILE = 1 << VERIFY_BITS, VERIFY_LEVELS = 7 };
enum { VERIFY_PATH_MAX = 128 };

typedef struct verify_hash {
    unsigned char byte[VERIFY_HASH];
} verify_hash;

verify_hash verify_leaf(const void *entry, size_t count);
bool verify_same(const verify_hash *a, const verify_hash *b);

// Leaf by leaf.
typedef struct verify_tree { // all zero: empty
    uint64_t size;
    verify_hash stack[64]; // roots of the complete subtrees from left to right
    int height[64], depth; // of these
} verify_tree;
void verify_tree_add(verify_tree *tree, const verify_hash *leaf);
verify_hash verify_tree_root(const verify_tree *tree);
verify_hash verify_tile_root(const verify_hash hashes[VERIFY_TILE]); // of a tile that is full

// Whether a leaf is at an index of the tree of this size and root, both of a signed checkpoint and
// nothing else (2.1.3.2).
bool verify_inclusion(const verify_hash *leaf, uint64_t index, uint64_t size,
                      const verify_hash *path, size_t count, const verify_hash *root);
// Whether the tree of size and root continues the smaller one (2.1.4.2).
bool verify_consistency(uint64_t old_size, const verify_hash *old_root, uint64_t size,
                        const verify_hash *root, const verify_hash *path, size_t count);

// The path between two sizes (2.1.4.1), from the roots of complete subtrees, 2^height leaves from
// `first` on. Its length, or -1 when one cannot be had.
typedef bool verify_subtree(void *user, int height, uint64_t first, verify_hash *root);
int verify_consistency_path(uint64_t old_size, uint64_t size, verify_subtree *subtree, void *user,
                            verify_hash path[VERIFY_PATH_MAX]);

#endif
