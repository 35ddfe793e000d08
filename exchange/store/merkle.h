// SPDX-License-Identifier: Apache-2.0
// merkle.h - the tree of RFC 9162 over a log, leaf by leaf: its root from the right edge alone.

#ifndef DCAT_EXCHANGE_STORE_MERKLE_H
#define DCAT_EXCHANGE_STORE_MERKLE_H

#include <stddef.h>
#include <stdint.h>

enum { MERKLE_BYTES = 32 };
typedef struct merkle_hash {
    unsigned char byte[MERKLE_BYTES];
} merkle_hash;

typedef struct merkle { // all zero: an empty tree
    uint64_t size;
    merkle_hash edge[64]; // of complete subtrees, one for each bit of size that is set, by bit
} merkle;

merkle_hash merkle_plain(const void *bytes, size_t count);    // SHA-256, no part of a tree
merkle_hash merkle_leaf(const void *body, size_t byte_count); // SHA-256 of 0x00 and the body
void merkle_add(merkle *tree, const merkle_hash *leaf);
merkle_hash merkle_root(const merkle *tree); // of the empty tree: SHA-256 of nothing

#endif
