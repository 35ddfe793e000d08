// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/tree.h"

#include <sodium.h>
#include <string.h>

static verify_hash join(const verify_hash *left, const verify_hash *right)
{
    unsigned char both[1 + 2 * VERIFY_HASH];
    verify_hash hash;
    both[0] = 1;
    memcpy(&both[1], left, VERIFY_HASH);
    memcpy(&both[1 + VERIFY_HASH], right, VERIFY_HASH);
    crypto_hash_sha256(hash.byte, both, sizeof both);
    return hash;
}

verify_hash verify_leaf(const void *entry, size_t count)
{
    crypto_hash_sha256_state state;
    verify_hash hash;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char[]){0}, 1);
    crypto_hash_sha256_update(&state, entry, count);
    crypto_hash_sha256_final(&state, hash.byte);
    return hash;
}

bool verify_same(const verify_hash *a, const verify_hash *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

// ---- from leaves: a stack of complete subtrees, of which equal ones are joined at once

void verify_tree_add(verify_tree *tree, const verify_hash *leaf)
{
    tree->stack[tree->depth] = *leaf;
    tree->height[tree->depth++] = 0;
    tree->size++;
    while (tree->depth > 1 && tree->height[tree->depth - 1] == tree->height[tree->depth - 2]) {
        tree->depth--;
        tree->stack[tree->depth - 1] =
            join(&tree->stack[tree->depth - 1], &tree->stack[tree->depth]);
        tree->height[tree->depth - 1]++;
    }
}

verify_hash verify_tree_root(const verify_tree *tree)
{
    verify_hash root;
    if (tree->depth == 0) {
        crypto_hash_sha256(root.byte, (const unsigned char *)"", 0);
        return root;
    }
    root = tree->stack[tree->depth - 1];
    for (int i = tree->depth - 2; i >= 0; i--) {
        root = join(&tree->stack[i], &root);
    }
    return root;
}

verify_hash verify_tile_root(const verify_hash hashes[VERIFY_TILE])
{
    verify_tree tree = {.size = 0};
    for (int i = 0; i < VERIFY_TILE; i++) {
        verify_tree_add(&tree, &hashes[i]);
    }
    return verify_tree_root(&tree);
}

// ---- from proofs

bool verify_inclusion(const verify_hash *leaf, uint64_t index, uint64_t size,
                      const verify_hash *path, size_t count, const verify_hash *root)
{
    if (index >= size) {
        return false;
    }
    verify_hash hash = *leaf;
    uint64_t at = index, last = size - 1;
    for (size_t i = 0; i < count; i++) {
        if (last == 0) {
            return false; // longer than the way
        }
        if ((at & 1) != 0 || at == last) {
            hash = join(&path[i], &hash);
            while ((at & 1) == 0 && at != 0) { // up to where it is a right child
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = join(&hash, &path[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && verify_same(&hash, root);
}

// From the last common subtree up, to the old root and to the new one.
static bool walk_both(uint64_t at, uint64_t last, const verify_hash *first, const verify_hash *path,
                      size_t count, verify_hash *old_root, verify_hash *new_root)
{
    *old_root = *new_root = *first;
    for (size_t i = 0; i < count; i++) {
        if (last == 0) {
            return false;
        }
        if ((at & 1) != 0 || at == last) {
            *old_root = join(&path[i], old_root);
            *new_root = join(&path[i], new_root);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            *new_root = join(new_root, &path[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0;
}

bool verify_consistency(uint64_t old_size, const verify_hash *old_root, uint64_t size,
                        const verify_hash *root, const verify_hash *path, size_t count)
{
    if (old_size == 0 || old_size > size) {
        return false; // nothing is the beginning of everything: no proof of anything
    }
    if (old_size == size) {
        return count == 0 && verify_same(old_root, root);
    }
    uint64_t at = old_size - 1, last = size - 1;
    while ((at & 1) != 0) {
        at >>= 1;
        last >>= 1;
    }
    bool whole = (old_size & (old_size - 1)) == 0; // the old tree is a subtree itself
    if (!whole && count == 0) {
        return false;
    }
    verify_hash was, is;
    const verify_hash *first = whole ? old_root : &path[0];
    size_t skip = whole ? 0 : 1;
    return walk_both(at, last, first, &path[skip], count - skip, &was, &is) &&
           verify_same(&was, old_root) && verify_same(&is, root);
}

// ---- making them

static int height_below(uint64_t count) // of the largest power of two that is less
{
    int height = 0;
    while (UINT64_C(2) << height < count) {
        height++;
    }
    return height;
}

static bool range_root(uint64_t first, uint64_t end, verify_subtree *subtree, void *user,
                       verify_hash *root)
{
    verify_hash parts[64];
    int count = 0;
    do { // complete ones from left to right, each as large as it fits
        int height = 63;
        while ((end - first) >> height == 0) {
            height--;
        }
        if (!subtree(user, height, first, &parts[count++])) {
            return false;
        }
        first += UINT64_C(1) << height;
    } while (first < end);
    *root = parts[count - 1];
    for (int i = count - 2; i >= 0; i--) {
        *root = join(&parts[i], root);
    }
    return true;
}

int verify_consistency_path(uint64_t old_size, uint64_t size, verify_subtree *subtree, void *user,
                            verify_hash path[VERIFY_PATH_MAX])
{
    uint64_t first = 0, end = size;
    bool known = true; // the subtree that is left over is the old tree itself
    int count = 0;
    while (old_size < end) {
        uint64_t middle = first + (UINT64_C(1) << height_below(end - first));
        bool left = old_size <= middle;
        if (!range_root(left ? middle : first, left ? end : middle, subtree, user,
                        &path[count++])) {
            return -1;
        }
        known = known && left;
        first = left ? first : middle;
        end = left ? middle : end;
    }
    if (!known && !range_root(first, end, subtree, user, &path[count++])) {
        return -1;
    }
    for (int i = 0; i < count / 2; i++) {
        verify_hash other = path[i];
        path[i] = path[count - 1 - i];
        path[count - 1 - i] = other;
    }
    return count;
}
