// SPDX-License-Identifier: Apache-2.0
// The sort, FNV-1a and sets of bits.

#include "support.h"

#include "base/bits.h"
#include "base/hash.h"
#include "base/sort.h"
#include "dcat/rng.h"
#include <string.h>

enum { COUNT = 200 };

typedef struct pairs {
    int32_t key[COUNT], number[COUNT];
} pairs;

static int comes_first(const pairs *p, size_t i, size_t j)
{
    return p->key[i] != p->key[j] ? p->key[i] < p->key[j] : p->number[i] < p->number[j];
}

static void swap(pairs *p, size_t i, size_t j)
{
    sort_swap(p->key, i, j);
    sort_swap(p->number, i, j);
}

SORT_DEFINE(sort_pairs, pairs *, comes_first, swap)

static void test_sorting_puts_in_order_and_keeps_together_what_belongs_together(void **state)
{
    (void)state;
    dcat_rng rng = dcat_rng_at(7, DCAT_STREAM_USER, 0, 0);
    for (size_t count = 0; count <= COUNT; count++) {
        pairs p;
        int32_t key_of[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            key_of[i] = p.key[i] = (int32_t)dcat_rng_below(&rng, 50); // many are equal
            p.number[i] = (int32_t)i;
        }
        sort_pairs(&p, count);
        bool seen[COUNT] = {false};
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(i == 0 || i >= count || comes_first(&p, i - 1, i));
            assert_true(i < count || p.number[i] == (int32_t)i); // what lies behind is not touched
            assert_int_equal(p.key[i], key_of[p.number[i]]);
            assert_false(seen[p.number[i]]);
            seen[p.number[i]] = true;
        }
    }
}

static void test_the_hash_is_fnv1a(void **state)
{
    (void)state;
    // The reference vectors of its authors.
    assert_true(hash_fnv1a(HASH_FNV1A_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_fnv1a(HASH_FNV1A_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_fnv1a(HASH_FNV1A_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    uint64_t begun = hash_fnv1a(HASH_FNV1A_START, "foo", 3);
    assert_true(hash_fnv1a(begun, "bar", 3) == UINT64_C(0x85944171f73967e8));
    double folded = hash_as_double("foobar", 6);
    assert_true((double)(uint64_t)folded == folded && folded < 0x1p52);
}

static void test_bits_are_counted_and_found(void **state)
{
    (void)state;
    const uint64_t a[] = {UINT64_C(0x8000000000000010), 7}, b[] = {16, 6};
    assert_int_equal(bits_first(a[0]), 4);
    assert_int_equal(bits_first(a[0] & (a[0] - 1)), 63);
    assert_int_equal(bits_count(a, 2), 5);
    assert_int_equal(bits_count_both(a, b, 2), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorting_puts_in_order_and_keeps_together_what_belongs_together),
        cmocka_unit_test(test_the_hash_is_fnv1a),
        cmocka_unit_test(test_bits_are_counted_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
