// SPDX-License-Identifier: Apache-2.0
// How clusters divide: the three rows by hand, who opts out, and money in whole coins.

#include "dcat/share.h"
#include "dcat/x/clock.h"
#include "support.h"
#include <math.h>
#include <string.h>

static dcat_share_rules rules_of(const char *share)
{
    return (dcat_share_rules){
        .share = dcat_share_find(share), .ceiling_per_cycle = INFINITY, .tariff_ceiling = INFINITY};
}

static const int32_t both[] = {0, 1};

static double pay_of(const char *share, const dcat_member *members, size_t who, double payment)
{
    dcat_share_team team = dcat_share_team_of(members, both, 2);
    const dcat_share *row = dcat_share_find(share);
    return row->pay(row, &team, &members[who], 100.0, payment);
}

// Speeds 1 and 3, so a quarter and three quarters of the work; costs 4 and 2, tariffs 8 and 2. The
// mean cost is 1/4 4 + 3/4 2 = 2.5, the mean tariff 1/4 8 + 3/4 2 = 3.5, ratios are 1/2 and 1.
static const dcat_member pair[] = {{1.0, 4.0, 8.0}, {3.0, 2.0, 2.0}};

static void test_shares_divide_a_pair_as_by_hand(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *name;
        double limit, break_even, pay[2]; // of 700 for 100 cycles
    } expected[] = {
        {"unit", 4.0, 4.0, {175.0, 525.0}},
        {"load", 2.5, 4.0, {175.0, 525.0}},
        // 1/4 8 / 3.5 = 4/7 of the pay; L = 3.5 max(1/2, 1).
        {"tariff", 3.5, 3.5, {400.0, 300.0}},
    };
    assert_int_equal(dcat_share_count(), 3);
    for (size_t i = 0; i < 3; i++) {
        const dcat_share_rules rules = rules_of(expected[i].name);
        int32_t workers[2];
        dcat_terms terms = dcat_share_terms(&rules, pair, both, 2, workers);
        assert_near(terms.team.unit_cost_mean, 2.5, 0.0);
        assert_near(terms.unit_limit, expected[i].limit, 0.0);
        assert_near(terms.unit_break_even, expected[i].break_even, 0.0);
        assert_true(isinf(terms.unit_start));
        for (size_t m = 0; m < 2; m++) {
            assert_near(pay_of(expected[i].name, pair, m, 700.0), expected[i].pay[m], 1e-15);
        }
        // Paid its limit, a safe cluster has a member that gets just its cost, and none that loses.
        double worst = INFINITY;
        for (size_t m = 0; m < 2; m++) {
            double cost = 100.0 * pair[m].speed_hz / 4.0 * pair[m].unit_cost;
            double paid = pay_of(expected[i].name, pair, m, 100.0 * terms.unit_limit);
            worst = fmin(worst, paid - cost);
        }
        assert_true(dcat_share_find(expected[i].name)->covers ? fabs(worst) < 1e-12 : worst < 0.0);
    }
    assert_null(dcat_share_find("shapley"));
}

// Theorem 2: exact tariffs make the limit the cost; bad ones may be worse than none.
static void test_exact_tariffs_cost_nothing_and_bad_ones_do(void **fixture)
{
    (void)fixture;
    const dcat_share_rules tariff = rules_of("tariff"), unit = rules_of("unit");
    const dcat_member exact[] = {{1.0, 4.0, 8.0}, {3.0, 2.0, 4.0}};
    const dcat_member bad[] = {{1.0, 1.0, 2.0}, {1.0, 1.0, 1.0}};
    int32_t workers[2];
    assert_near(dcat_share_terms(&tariff, exact, both, 2, workers).unit_limit, 2.5, 0.0);
    assert_near(dcat_share_terms(&tariff, bad, both, 2, workers).unit_limit, 1.5, 0.0);
    assert_near(dcat_share_terms(&unit, bad, both, 2, workers).unit_limit, 1.0, 0.0);
}

// Equal speeds, tariffs 10 and 20, costs 12 and 20, mean tariff 15: at 1.1 times the tariff the
// first is offered 11 for its 12 and leaves. The second alone starts from min(1.1 15, 1.1 20).
static void test_members_who_refuse_the_start_leave_the_work_to_others(void **fixture)
{
    (void)fixture;
    dcat_member members[] = {{2.0, 12.0, 10.0}, {2.0, 16.0, 20.0}};
    dcat_share_rules rules = rules_of("tariff");
    int32_t workers[2];
    rules.tariff_ceiling = 1.1;
    dcat_terms terms = dcat_share_terms(&rules, members, both, 2, workers);
    assert_int_equal(terms.team.member_count, 2);
    assert_near(terms.unit_limit, 15.0 * 1.2, 1e-15); // above the start of 16.5
    assert_near(terms.unit_start, 16.5, 1e-15);
    rules.opt_out = true;
    terms = dcat_share_terms(&rules, members, both, 2, workers);
    assert_int_equal(terms.team.member_count, 1);
    assert_int_equal(workers[0], 1);
    assert_near(terms.unit_limit, 16.0, 1e-15);
    assert_near(terms.unit_start, 16.5, 1e-15);
    // Under the ceiling of 15 a cycle is worth a tariff each, 15 / 15: the first leaves again, and
    // the second's start is its own tariff.
    rules.tariff_ceiling = INFINITY;
    rules.ceiling_per_cycle = 15.0;
    terms = dcat_share_terms(&rules, members, both, 2, workers);
    assert_int_equal(terms.team.member_count, 1);
    assert_near(terms.unit_start, 20.0, 1e-15);
    // Where nobody would work all stay, and the cluster refuses.
    members[1].unit_cost = 21.0;
    terms = dcat_share_terms(&rules, members, both, 2, workers);
    assert_int_equal(terms.team.member_count, 2);
    assert_true(terms.unit_limit > rules.ceiling_per_cycle);
}

static void test_only_rules_under_a_ceiling_go_by_the_market(void **fixture)
{
    (void)fixture;
    dcat_auction_config config = dcat_auction_config_default();
    config.share = dcat_share_find("tariff");
    config.tariff_ceiling = 1.2;
    config.opt_out = true;
    config.ceiling_per_cycle = 3.0;
    for (size_t i = 0; i < dcat_auction_count(); i++) {
        const dcat_auction *auction = dcat_auction_at(i);
        dcat_share_rules rules = dcat_auction_shares(auction, &config);
        assert_string_equal(rules.share->name, auction->under_ceiling ? "tariff" : "load");
        assert_int_equal(rules.opt_out, auction->under_ceiling);
        assert_true(isfinite(rules.tariff_ceiling) == auction->under_ceiling);
        assert_true(isfinite(rules.ceiling_per_cycle) == auction->under_ceiling);
        assert_int_equal(dcat_auction_promises(auction, &config, DCAT_PROMISE_MEMBERS),
                         auction->under_ceiling);
    }
    config.opt_out = false;
    config.share = dcat_share_find("load");
    assert_false(dcat_auction_promises(dcat_auction_find("rea-s"), &config, DCAT_PROMISE_MEMBERS));
    assert_false(
        dcat_auction_promises(dcat_auction_find("rea-s"), &config, DCAT_PROMISE_TRUTHFUL_MEMBERS));
    assert_true(
        dcat_auction_promises(dcat_auction_find("rea-s"), &config, DCAT_PROMISE_TRUTHFUL_CLUSTERS));
}

static void test_config_check_names_what_is_wrong_with_shares(void **fixture)
{
    (void)fixture;
    dcat_auction_config config = dcat_auction_config_default();
    dcat_error err = {0};
    config.tariff_ceiling = 0.99;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "market.tariff_ceiling must be >= 1, got 0.99"));
    config.tariff_ceiling = 1.0;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_OK);
    config.opt_out = true;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "market.opt_out needs market.share: tariff, got unit"));
    config.share = dcat_share_find("tariff");
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_OK);
    config.share = NULL;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "market.share"));
}

// --- whole coins

// Of 10 by 1 : 1 : 1 everybody gets 3, and the coin left goes to the first. By 5 : 3 : 2 of 9 it is
// 4.5, 2.7, 1.8: floors 4, 2, 1, and the two left go to .8 and .7.
static void test_coins_go_by_the_largest_remainder(void **fixture)
{
    (void)fixture;
    int64_t share[3];
    dcat_share_split(10, (const uint64_t[]){1, 1, 1}, 3, share);
    assert_memory_equal(share, ((int64_t[]){4, 3, 3}), sizeof share);
    dcat_share_split(9, (const uint64_t[]){5, 3, 2}, 3, share);
    assert_memory_equal(share, ((int64_t[]){4, 3, 2}), sizeof share);
    dcat_share_split(INT64_MAX, (const uint64_t[]){UINT64_MAX, UINT64_MAX, 0}, 3, share);
    assert_memory_equal(share, ((int64_t[]){INT64_MAX / 2 + 1, INT64_MAX / 2, 0}), sizeof share);
}

static void test_split_coins_add_up_and_are_near_their_weight(void **fixture)
{
    (void)fixture;
    dcat_rng rng = dcat_rng_at(7, DCAT_STREAM_USER, 3, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t weight[6] = {0}, total = 0;
        int64_t share[6], sum = 0;
        size_t members = 1 + dcat_rng_below(&rng, 6);
        int64_t amount = (int64_t)(dcat_rng_u64(&rng) >> (30 + dcat_rng_below(&rng, 34)));
        for (size_t m = 0; m < members; m++) {
            weight[m] = 1 + (dcat_rng_u64(&rng) >> (36 + dcat_rng_below(&rng, 28)));
            total += weight[m];
        }
        dcat_share_split(amount, weight, members, share);
        for (size_t m = 0; m < members; m++) {
            // |share - amount weight / total| < 1, in whole numbers.
            __extension__ __int128 off =
                (__int128)share[m] * (__int128)total - (__int128)amount * (__int128)weight[m];
            assert_true(off < (__int128)total && -off < (__int128)total);
            sum += share[m];
        }
        assert_true(sum == amount);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_divide_a_pair_as_by_hand),
        cmocka_unit_test(test_exact_tariffs_cost_nothing_and_bad_ones_do),
        cmocka_unit_test(test_members_who_refuse_the_start_leave_the_work_to_others),
        cmocka_unit_test(test_only_rules_under_a_ceiling_go_by_the_market),
        cmocka_unit_test(test_config_check_names_what_is_wrong_with_shares),
        cmocka_unit_test(test_coins_go_by_the_largest_remainder),
        cmocka_unit_test(test_split_coins_add_up_and_are_near_their_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
