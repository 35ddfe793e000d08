// SPDX-License-Identifier: Apache-2.0
// Amounts in whole micro-units: rounded up once, never beyond a bound, parts against an oracle.

#include "dcat/money.h"
#include "dcat/rng.h"
#include "dcat/share.h"
#include "support.h"
#include <math.h>
#include <stdlib.h>

__extension__ typedef __int128 wide;

static void test_a_fee_is_rounded_up_to_a_micro_unit(void **fixture)
{
    (void)fixture;
    static const struct {
        double fee;
        dcat_money micro;
    } expected[] = {
        {0.0, 0},
        {12.6, 12600000},
        {0.0000001, 1},
        {1.0000001, 1000001},
        {1e-30, 1},
        {0.1 + 0.2, 300000},
        {1e300, DCAT_MONEY_MAX},
        {INFINITY, DCAT_MONEY_MAX},
        {1e12, DCAT_MONEY_MAX},
        // 700 giga-cycles at 10 (1 + 2 / 2.5) each.
        {10.0 * (1.0 + 2.0 / 2.5) * 700.0, INT64_C(12600000000)},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(dcat_money_fee(expected[i].fee), expected[i].micro);
    }
}

static void test_a_payment_is_never_above_its_bound(void **fixture)
{
    (void)fixture;
    assert_int_equal(dcat_money_payment(1.5, 2000000), 1500000);
    assert_int_equal(dcat_money_payment(2.5, 2000000), 2000000);
    assert_int_equal(dcat_money_payment(0.0, 0), 0);
}

// Against the true product in 128 bits: amounts of whole micro-units come back as they are, and
// what lies between two is the upper one.
static void test_random_fees_are_the_next_whole_amount(void **fixture)
{
    (void)fixture;
    dcat_rng rng = dcat_rng_at(1, DCAT_STREAM_USER, 0, 0);
    for (int i = 0; i < 200000; i++) {
        int64_t micro = (int64_t)(dcat_rng_u64(&rng) >> (12 + dcat_rng_u64(&rng) % 50));
        double fee = (double)micro / (double)DCAT_MONEY_UNIT;
        dcat_money got = dcat_money_fee(fee);
        if (micro < INT64_C(1) << 44) {
            assert_int_equal(got, micro);
            assert_int_equal(dcat_money_fee(fee + 0.25e-6), micro + 1);
        } else {
            assert_true(llabs(got - micro) <= 4); // a double has no more than 53 bits
        }
    }
}

// The rest of a split by two parts is the other part within one unit, and nothing is lost.
static void test_parts_of_an_amount_are_its_floor_in_128_bits(void **fixture)
{
    (void)fixture;
    dcat_rng rng = dcat_rng_at(2, DCAT_STREAM_USER, 0, 0);
    for (int i = 0; i < 200000; i++) {
        int64_t amount = (int64_t)(dcat_rng_u64(&rng) % (uint64_t)DCAT_MONEY_MAX);
        int64_t whole = (int64_t)(dcat_rng_u64(&rng) >> 1 >> (dcat_rng_u64(&rng) % 62)) + 1;
        int64_t part = (int64_t)(dcat_rng_u64(&rng) % ((uint64_t)whole + 1));
        dcat_money got = dcat_money_part(amount, part, whole);
        wide product = (wide)amount * part;
        assert_true((wide)got * whole <= product && ((wide)got + 1) * whole > product);
        if (part > 0 && part < whole) {
            const uint64_t weight[] = {(uint64_t)part, (uint64_t)(whole - part)};
            int64_t share[2];
            dcat_share_split(amount, weight, 2, share);
            assert_int_equal(share[0] + share[1], amount);
            assert_true(share[0] == got || share[0] == got + 1);
        }
    }
    assert_int_equal(dcat_money_part(DCAT_MONEY_MAX, INT64_MAX, INT64_MAX), DCAT_MONEY_MAX);
    assert_int_equal(dcat_money_part(7, 0, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fee_is_rounded_up_to_a_micro_unit),
        cmocka_unit_test(test_a_payment_is_never_above_its_bound),
        cmocka_unit_test(test_random_fees_are_the_next_whole_amount),
        cmocka_unit_test(test_parts_of_an_amount_are_its_floor_in_128_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
