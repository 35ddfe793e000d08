// SPDX-License-Identifier: Apache-2.0
// Proofs with one thing wrong: none is accepted, all true ones are, and the verifier in Python says
// the same.
#include "falsify.h"

#include <inttypes.h>
#include <string.h>

// ---- proofs

typedef struct proof {
    verify_hash leaf, old_root, root; // of a proof of inclusion, of consistency, of both
    uint64_t at, size;                // index or old size
    verify_hash path[VERIFY_PATH_MAX];
    size_t count;
    bool inclusion;
} proof;

static void try_proof(const proof *p, bool due)
{
    bool holds =
        p->inclusion
            ? verify_inclusion(&p->leaf, p->at, p->size, p->path, p->count, &p->root)
            : verify_consistency(p->at, &p->old_root, p->size, &p->root, p->path, p->count);
    if (!falsify_count(holds, due, 401)) {
        return;
    }
    falsify_case(p->inclusion ? "inclusion" : "consistency", holds);
    fprintf(run.python, ",\"%s\":%" PRIu64 ",\"size\":%" PRIu64,
            p->inclusion ? "index" : "old_size", p->at, p->size);
    falsify_hex(p->inclusion ? "leaf" : "old_root", p->inclusion ? &p->leaf : &p->old_root,
                VERIFY_HASH);
    falsify_hex("root", &p->root, VERIFY_HASH);
    falsify_path(p->path, p->count);
    fputs("}\n", run.python);
}

static void flip_bytes(proof *p, verify_hash *hash, uint64_t *bits)
{
    for (int b = 0; b < VERIFY_HASH; b++) {
        unsigned char bit = (unsigned char)(1u << (++*bits % 8));
        hash->byte[b] ^= bit;
        try_proof(p, false);
        hash->byte[b] ^= bit;
    }
}

// One thing wrong at a time. other: a hash of another leaf.
static void falsify_proof(proof *p, const verify_hash *other)
{
    static uint64_t bits;
    for (size_t i = 0; i < p->count; i++) {
        flip_bytes(p, &p->path[i], &bits);
    }
    flip_bytes(p, p->inclusion ? &p->leaf : &p->old_root, &bits);
    flip_bytes(p, &p->root, &bits);
    p->path[p->count++] = *other; // longer
    try_proof(p, false);
    p->count -= 1;
    if (p->count > 0) { // cut at either end, in another order
        p->count--;
        try_proof(p, false);
        p->count++;
        proof cut = *p;
        memmove(cut.path, &cut.path[1], (cut.count - 1) * sizeof *cut.path);
        cut.count--;
        try_proof(&cut, false);
    }
    for (size_t i = 0; i + 1 < p->count; i++) {
        proof swapped = *p;
        swapped.path[i] = p->path[i + 1];
        swapped.path[i + 1] = p->path[i];
        try_proof(&swapped, false);
    }
    if (p->inclusion) { // another place in the log, another leaf
        uint64_t at = p->at;
        for (p->at = 0; p->at < p->size + 2; p->at++) {
            if (p->at != at) {
                try_proof(p, false);
            }
        }
        p->at = at;
        verify_hash leaf = p->leaf;
        p->leaf = *other;
        try_proof(p, false);
        p->leaf = leaf;
    }
}

static bool subtree(void *user, int height, uint64_t first, verify_hash *root)
{
    (void)user;
    verify_tree tree = {.size = 0};
    for (uint64_t i = 0; i < UINT64_C(1) << height; i++) {
        const verify_hash leaf = falsify_leaf(first + i);
        verify_tree_add(&tree, &leaf);
    }
    *root = verify_tree_root(&tree);
    return true;
}

// RFC 9162, 2.1.3.1, by its words.
static void path_of(uint64_t at, uint64_t first, uint64_t size, proof *p)
{
    if (size == 1) {
        return;
    }
    uint64_t k = 1;
    while (2 * k < size) {
        k *= 2;
    }
    bool left = at < k;
    path_of(left ? at : at - k, left ? first : first + k, left ? k : size - k, p);
    uint64_t from = left ? first + k : first, end = left ? first + size : first + k;
    verify_tree tree = {.size = 0};
    for (uint64_t i = from; i < end; i++) {
        const verify_hash leaf = falsify_leaf(i);
        verify_tree_add(&tree, &leaf);
    }
    p->path[p->count++] = verify_tree_root(&tree);
}

static void test_no_false_proof_is_accepted(void **fixture)
{
    (void)fixture;
    uint64_t most = run.full ? 64 : 24;
    for (uint64_t size = 1; size <= most; size++) {
        const verify_hash root = falsify_root(size), other = falsify_leaf(1000 + size);
        for (uint64_t at = 0; at < size; at++) {
            proof p = {.inclusion = true, .at = at, .size = size, .root = root};
            p.leaf = falsify_leaf(at);
            path_of(at, 0, size, &p);
            try_proof(&p, true);
            falsify_proof(&p, &other);
        }
        for (uint64_t at = 1; at < size; at++) {
            proof p = {.at = at, .size = size, .root = root, .old_root = falsify_root(at)};
            int length = verify_consistency_path(at, size, subtree, NULL, p.path);
            assert_true(length >= 0);
            p.count = (size_t)length;
            try_proof(&p, true);
            falsify_proof(&p, &other);
        }
    }
    assert_true(run.refused >= (run.full ? 1000000 : 100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_false_proof_is_accepted)};
    return cmocka_run_group_tests(tests, falsify_begin, falsify_end);
}
