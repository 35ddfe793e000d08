// SPDX-License-Identifier: Apache-2.0
// The clock: prices of rounds, and the round in which a bid leaves, found without walking.

#include "auction/auction.h"
#include "dcat/auction.h"
#include "dcat/x/clock.h"
#include "random_world.h"
#include <float.h>
#include <stdio.h>

static const double decrements[] = {0.01, 0.1, 0.3, 0.5, 0.8, 0.9, 0.99, 0.999, 0.9999};
enum { DECREMENT_COUNT = sizeof decrements / sizeof decrements[0] };

static void test_price_of_a_round_is_start_times_the_power(void **fixture)
{
    (void)fixture;
    dcat_clock clock;
    clock_init(&clock, 0.8);
    // 100, 80, 64, 51.2, ... 100 * 0.8^10 = 10.7374...: the 10.7 % at which the paper's clock
    // stops.
    assert_near(dcat_clock_price(&clock, 100.0, 0), 100.0, 0.0);
    assert_near(dcat_clock_price(&clock, 100.0, 1), 80.0, 0.0);
    assert_near(dcat_clock_price(&clock, 100.0, 2), 64.0, 1e-15);
    assert_near(dcat_clock_price(&clock, 100.0, 3), 51.2, 1e-15);
    assert_near(dcat_clock_price(&clock, 100.0, 10), 10.73741824, 1e-15);
}

static void test_price_agrees_with_multiplying_round_by_round(void **fixture)
{
    (void)fixture;
    for (size_t d = 0; d < DECREMENT_COUNT; d++) {
        dcat_clock clock;
        clock_init(&clock, decrements[d]);
        double price = 12600.0;
        for (int k = 0; k < 2000 && price > 1e-200; k++) {
            // k roundings on the way: 2000 * 1.1e-16 is 2.2e-13.
            assert_true(fabs(dcat_clock_price(&clock, 12600.0, k) - price) <= 1e-12 * price);
            price *= decrements[d];
        }
    }
}

static void test_prices_fall_strictly_from_round_to_round(void **fixture)
{
    (void)fixture;
    for (size_t d = 0; d < DECREMENT_COUNT; d++) {
        dcat_clock clock;
        clock_init(&clock, decrements[d]);
        const double start = 12600.0;
        double previous = dcat_clock_price(&clock, start, 0);
        // Across the end of the table (256) and down to where 1e-300 lies, or 200 000 rounds.
        for (int k = 1; k < 200000 && previous > 1e-300; k++) {
            double price = dcat_clock_price(&clock, start, k);
            if (!(price < previous)) {
                fail_msg("gamma %g: round %d asks %a after %a", decrements[d], k, price, previous);
            }
            previous = price;
        }
    }
}

static int walk(const dcat_clock *clock, double start, double bid, int round_min)
{
    int round = round_min;
    while (dcat_clock_price(clock, start, round) >= bid) {
        round++;
    }
    return round;
}

static void test_exit_round_is_where_a_walk_ends(void **fixture)
{
    (void)fixture;
    const uint64_t seed = 11;
    dcat_rng rng = test_rng(seed);
    size_t count = test_cases(30000);
    static dcat_clock clock;
    for (size_t n = 0; n < count; n++) {
        if (n % 50 == 0) {
            clock_init(&clock, rng_chance(&rng, 0.5)
                                   ? decrements[dcat_rng_below(&rng, DECREMENT_COUNT)]
                                   : rng_in(&rng, 0.01, 0.9999));
        }
        double start = rng_in(&rng, 1e-3, 1e5);
        int depth = (int)dcat_rng_below(&rng, 400);
        double bid = dcat_clock_price(&clock, start, depth);
        switch (dcat_rng_below(&rng, 4)) { // on a price, a bit beside it, between prices
        case 0:
            bid = nextafter(bid, INFINITY);
            break;
        case 1:
            bid = nextafter(bid, 0.0);
            break;
        case 2:
            bid *= rng_in(&rng, 0.5, 1.5);
            break;
        }
        bid = bid > 0.0 ? bid : DBL_TRUE_MIN;
        int round_min = (int)dcat_rng_below(&rng, 3);
        int found = dcat_clock_exit_round(&clock, start, bid, round_min);
        int walked = walk(&clock, start, bid, round_min);
        if (found != walked) {
            fail_msg("seed %llu, case %zu: gamma %a, start %a, bid %a: round %d, a walk ends in %d",
                     (unsigned long long)seed, n, clock.decrement, start, bid, found, walked);
        }
    }
}

static void test_exit_round_of_deep_bids_is_exact(void **fixture)
{
    (void)fixture;
    static const double bids[] = {1e-4, 1e-30, 1e-300, DBL_TRUE_MIN};
    for (size_t d = 0; d < DECREMENT_COUNT; d++) {
        dcat_clock clock;
        clock_init(&clock, decrements[d]);
        for (size_t b = 0; b < sizeof bids / sizeof bids[0]; b++) {
            int round = dcat_clock_exit_round(&clock, 1e10, bids[b], 1);
            assert_true(dcat_clock_price(&clock, 1e10, round) < bids[b]);
            assert_true(round == 1 || dcat_clock_price(&clock, 1e10, round - 1) >= bids[b]);
        }
    }
}

static void test_exit_round_survives_a_quotient_that_underflows(void **fixture)
{
    (void)fixture;
    dcat_clock clock;
    clock_init(&clock, 0.01);
    // 1e-200 / 1e200 is 0. 1e200 * 0.01^k < 1e-200 first for k = 201 in exact numbers, but 0.01^162
    // has already left the range of doubles: 0.01^161 = 1e-322 is the last one above 0.
    int round = dcat_clock_exit_round(&clock, 1e200, 1e-200, 1);
    assert_int_equal(round, walk(&clock, 1e200, 1e-200, 1));
    assert_in_range(round, 155, 165);
}

static void test_a_bid_above_the_first_price_leaves_in_the_first_round(void **fixture)
{
    (void)fixture;
    dcat_clock clock;
    clock_init(&clock, 0.8);
    assert_int_equal(dcat_clock_exit_round(&clock, 100.0, 100.0, 0), 1); // 100 is accepted, 80 not
    assert_int_equal(dcat_clock_exit_round(&clock, 100.0, 101.0, 0), 0);
    assert_int_equal(dcat_clock_exit_round(&clock, 100.0, 101.0, 1), 1);
    assert_int_equal(dcat_clock_exit_round(&clock, 100.0, INFINITY, 1), 1);
    assert_int_equal(dcat_clock_exit_round(&clock, 100.0, 55.0, 1), 3); // 80, 64, 51.2
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price_of_a_round_is_start_times_the_power),
        cmocka_unit_test(test_price_agrees_with_multiplying_round_by_round),
        cmocka_unit_test(test_prices_fall_strictly_from_round_to_round),
        cmocka_unit_test(test_exit_round_is_where_a_walk_ends),
        cmocka_unit_test(test_exit_round_of_deep_bids_is_exact),
        cmocka_unit_test(test_exit_round_survives_a_quotient_that_underflows),
        cmocka_unit_test(test_a_bid_above_the_first_price_leaves_in_the_first_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
