// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/merkle.h"

#include <sodium.h>

merkle_hash merkle_leaf(const void *body, size_t byte_count)
{
    merkle_hash hash;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char[]){0x00}, 1);
    crypto_hash_sha256_update(&state, body, byte_count);
    crypto_hash_sha256_final(&state, hash.byte);
    return hash;
}

static merkle_hash node(const merkle_hash *left, const merkle_hash *right)
{
    unsigned char both[1 + 2 * MERKLE_BYTES] = {0x01};
    for (size_t i = 0; i < MERKLE_BYTES; i++) {
        both[1 + i] = left->byte[i];
        both[1 + MERKLE_BYTES + i] = right->byte[i];
    }
    merkle_hash hash;
    crypto_hash_sha256(hash.byte, both, sizeof both);
    return hash;
}

void merkle_add(merkle *tree, const merkle_hash *leaf)
{
    merkle_hash hash = *leaf;
    int bit = 0;
    for (; (tree->size >> bit & 1) != 0; bit++) { // a subtree of this size is complete: join
        hash = node(&tree->edge[bit], &hash);
    }
    tree->edge[bit] = hash;
    tree->size++;
}

merkle_hash merkle_root(const merkle *tree)
{
    merkle_hash root;
    if (tree->size == 0) {
        crypto_hash_sha256(root.byte, (const unsigned char *)"", 0);
        return root;
    }
    int bit = 0;
    while ((tree->size >> bit & 1) == 0) {
        bit++;
    }
    root = tree->edge[bit];
    for (bit++; bit < 64; bit++) {
        if ((tree->size >> bit & 1) != 0) {
            root = node(&tree->edge[bit], &root);
        }
    }
    return root;
}
