// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/merkle.h"

#include <nettle/sha2.h>

// Choice: nettle's SHA-256, which uses the processor's own instructions where it has them, five
// times as fast as libsodium's: two hashes an event are a third of what an audit does.
static merkle_hash hash_of(unsigned char prefix, const void *bytes, size_t count)
{
    struct sha256_ctx state;
    merkle_hash hash;
    sha256_init(&state);
    sha256_update(&state, 1, &prefix);
    sha256_update(&state, count, bytes);
    sha256_digest(&state, MERKLE_BYTES, hash.byte);
    return hash;
}

merkle_hash merkle_plain(const void *bytes, size_t count)
{
    struct sha256_ctx state;
    merkle_hash hash;
    sha256_init(&state);
    sha256_update(&state, count, bytes);
    sha256_digest(&state, MERKLE_BYTES, hash.byte);
    return hash;
}

merkle_hash merkle_leaf(const void *body, size_t byte_count)
{
    return hash_of(0x00, body, byte_count);
}

static merkle_hash node(const merkle_hash *left, const merkle_hash *right)
{
    const merkle_hash both[2] = {*left, *right};
    return hash_of(0x01, both, sizeof both);
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
    if (tree->size == 0) {
        return merkle_plain("", 0);
    }
    int bit = 0;
    while ((tree->size >> bit & 1) == 0) {
        bit++;
    }
    merkle_hash root = tree->edge[bit];
    for (bit++; bit < 64; bit++) {
        if ((tree->size >> bit & 1) != 0) {
            root = node(&tree->edge[bit], &root);
        }
    }
    return root;
}
