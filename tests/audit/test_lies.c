// SPDX-License-Identifier: Apache-2.0
// Which lies are told at random: near the truth, at a rival's bid, at clock prices, far off.

#include "audit/real.c" // choosing one is static

#include "dcat/x/clock.h"
#include "support.h"

// One candidate whose limit is 100 and a fee of 1e30, so that prices of clocks are far above.
static void test_lies_are_told_on_both_sides_and_at_all_kinds_of_prices(void **fixture)
{
    (void)fixture;
    enum { LIES = 20000 };
    const dcat_auction_config config = dcat_auction_config_default();
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    double bid[] = {100.0}, limit[] = {100.0}, handicap[] = {0.0}, start[] = {INFINITY};
    const explorer e = {
        .rule = dcat_audit_rule_of(dcat_auction_find("rea"), &rules),
        .input = {.fee = 1e30, .work_cycles = 1e9},
        .count = 1,
        .bid = bid,
        .limit = limit,
        .handicap = handicap,
        .start = start,
    };
    dcat_rng rng = dcat_rng_at(5, DCAT_STREAM_USER, 3, 0);
    size_t below = 0, above = 0, beside = 0, itself = 0, tiny = 0, huge = 0, clock = 0;
    double least = INFINITY, most = 0.0;
    for (int i = 0; i < LIES; i++) {
        double lie = pick_lie(&e, 0, &rng);
        beside += lie != 100.0 && fabs(lie - 100.0) < 1e-9;
        itself += lie == 100.0;
        below += lie > 1.0 && lie < 100.0 - 1e-9;
        above += lie > 100.0 + 1e-9 && lie < 1000.0;
        tiny += lie == 0.1;
        huge += lie == 100e3;
        clock += lie > 1e6;
        least = lie > 1.0 ? fmin(least, lie) : least;
        most = lie < 1000.0 ? fmax(most, lie) : most;
    }
    // Of eight kinds three are within e^1.1 = 3.004 times the limit, as often above as below, two
    // at a bid or one step beside it, three in a row, two at prices of clocks, one a thousandth or,
    // two times in three, a thousand times. Standard deviations are at most 61 of 20 000.
    assert_near((double)below, LIES * 3.0 / 16.0, 0.08);
    assert_near((double)above, LIES * 3.0 / 16.0, 0.08);
    assert_near((double)itself, LIES * 2.0 / 24.0, 0.12);
    assert_near((double)beside, LIES * 4.0 / 24.0, 0.09);
    assert_near((double)clock, LIES * 2.0 / 8.0, 0.08);
    assert_near((double)tiny, LIES / 24.0, 0.2);
    assert_near((double)huge, LIES * 2.0 / 24.0, 0.12);
    assert_near(least, 100.0 / exp(1.1), 1e-3);
    assert_near(most, 100.0 * exp(1.1), 1e-3);
}

static dcat_auction_result first_price(const dcat_auction_rules *rules,
                                       const dcat_auction_input *input)
{
    (void)rules;
    int lowest = input->bid[1] < input->bid[0];
    return (dcat_auction_result){
        .outcome = DCAT_AUCTION_SOLD, .winner = lowest, .clearing_price = input->bid[lowest]};
}

// A first price pays the truthful winner its own limit of 100, so honesty is worth nothing, and a
// lie up to the rival's 300 what it adds. The handicap of 7 is no one's gain.
static void test_utility_is_the_payment_less_the_limit(void **fixture)
{
    (void)fixture;
    const dcat_auction_config config = dcat_auction_config_default();
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    double bid[] = {107.0, 300.0}, limit[] = {100.0, 300.0}, handicap[] = {7.0, 0.0};
    double standing[2];
    int32_t cluster[] = {0, 1}, bidder[2], place[2];
    double start[] = {INFINITY, INFINITY};
    audit_real found = {0};
    explorer e = {
        .result = &found,
        .rule = {.name = "first price", .rules = &rules, .run = first_price},
        .input = {.fee = 1000.0, .work_cycles = 1e9, .bid = standing, .cluster = bidder},
        .count = 2,
        .bid = bid,
        .limit = limit,
        .handicap = handicap,
        .cluster = cluster,
        .bidder_of = cluster, // everybody is its own
        .standing = standing,
        .bidder = bidder,
        .place = place,
        .start = start,
    };
    dcat_rng rng = dcat_rng_at(6, DCAT_STREAM_USER, 3, 0);
    const dcat_audit_lie lie = {.fee = 1000.0, .bidder_count = 2};
    for (int i = 0; i < 2000; i++) {
        tell_cluster(&e, lie, 0, &rng);
    }
    const dcat_audit_lie *worst = &found.clusters.worst;
    assert_int_equal(found.clusters.pair_count, 2000);
    assert_near(worst->honest, 0.0, 0.0);
    assert_near(worst->lied, worst->lie - 100.0, 1e-12);
    assert_true(worst->lied > 190.0 && worst->lied <= 193.0); // a bid of 300 with the handicap
    assert_near(found.clusters.largest_gain, worst->lied / 1000.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utility_is_the_payment_less_the_limit),
        cmocka_unit_test(test_lies_are_told_on_both_sides_and_at_all_kinds_of_prices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
