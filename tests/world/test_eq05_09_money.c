// SPDX-License-Identifier: Apache-2.0
// Equations (5) to (9): fee, profit, utilities and cost, by hand and once through the market.

#include "dcat/market.h"
#include "dcat/world.h"
#include "dcat/x/model.h"
#include "support.h"

static void test_eq05_fee_rises_with_urgency(void **fixture)
{
    (void)fixture;
    // p = 10, mu = 2 s, 700 G: 10 (1 + 2 / 2.5) 700 = 12 600; with 2 s: 14 000; with 3 s: 11 667.
    assert_near(dcat_fee(10.0, 2.0, 2.5, 700e9), 12600.0, 1e-15);
    assert_near(dcat_fee(10.0, 2.0, 2.0, 700e9), 14000.0, 1e-15);
    assert_near(dcat_fee(10.0, 2.0, 3.0, 700e9), 11666.666666666667, 1e-15);
    assert_near(dcat_fee(10.0, 0.0, 3.0, 700e9), 7000.0, 1e-15); // mu = 0: the plain price
}

static void test_eq06_profit_is_fee_minus_payment(void **fixture)
{
    (void)fixture;
    // Two awards: 12600 - 1352.91 and 11666.67 - 11666.67.
    assert_near(dcat_profit(12600.0, 1352.91), 11247.09, 1e-15);
    dcat_totals totals = {.fee = 24266.67, .payment = 13019.58};
    assert_near(dcat_totals_profit(&totals), 11247.09, 1e-12);
}

static void test_eq07_user_utility_is_value_minus_fee(void **fixture)
{
    (void)fixture;
    assert_near(dcat_user_utility(13000.0, 12600.0), 400.0, 0.0);
    assert_near(dcat_user_utility(12000.0, 12600.0), -600.0, 0.0);
    assert_true(dcat_user_utility(INFINITY, 12600.0) ==
                INFINITY); // no value given: always worth it
}

static void test_eq08_cost_of_a_task_on_one_server(void **fixture)
{
    (void)fixture;
    // 250 GHz on 100 cores: 2.5 GHz each. Energy 1e-28 * (2.5e9)^2 = 6.25e-10 per cycle, 437.5 for
    // 700 G. Time 20 / 250e9 = 8e-11 per cycle, 56 for 700 G.
    assert_near(dcat_cluster_cost(700e9, dcat_unit_cost(1e-28, 0.0, 250e9, 100)), 437.5, 1e-14);
    assert_near(dcat_cluster_cost(700e9, dcat_unit_cost(0.0, 20.0, 250e9, 100)), 56.0, 1e-14);
    assert_near(dcat_cluster_cost(700e9, dcat_unit_cost(1e-28, 20.0, 250e9, 100)), 493.5, 1e-14);
}

static void test_eq08_read_literally_is_out_of_scale(void **fixture)
{
    (void)fixture;
    double fee = dcat_fee(10.0, 2.0, 2.5, 700e9);
    // One core of 250 GHz: 1e-28 * (2.5e11)^2 * 7e11 = 4.375e6, 347 fees.
    assert_near(dcat_cluster_cost(700e9, dcat_unit_cost(1e-28, 0.0, 250e9, 1)) / fee,
                347.22222222222, 1e-12);
    // In giga-units: 1e-28 * 250^2 * 700 = 4.375e-21, 3.5e-25 of the fee.
    assert_true(1e-28 * 250.0 * 250.0 * 700.0 / fee < 1e-24);
}

static void test_eq09_member_split_of_the_paper_makes_one_lose(void **fixture)
{
    (void)fixture;
    // {200, 300} GHz, time cost 20 per second only, 700 G, paid 59.5.
    // Unit costs 20 / 200e9 = 1e-10 and 20 / 300e9 = 6.67e-11; by speed 0.4 * 1e-10 + 0.6
    // * 6.67e-11 = 8e-11, so the cluster's cost is 56 and its utility 3.5.
    double slow = dcat_unit_cost(0.0, 20.0, 200e9, 100);
    double fast = dcat_unit_cost(0.0, 20.0, 300e9, 100);
    double cost = dcat_cluster_cost(700e9, (200.0 * slow + 300.0 * fast) / 500.0);
    assert_near(cost, 56.0, 1e-14);
    assert_near(dcat_cluster_utility(59.5, cost), 3.5, 1e-13);
    // By load: 0.4 * 59.5 - 280 * 0.1 = 23.8 - 28 = -4.2 and 0.6 * 59.5 - 420 / 15 = 35.7 - 28
    // = 7.7.
    double slow_gets = dcat_server_utility(59.5, 700e9, 200e9, 500e9, slow);
    double fast_gets = dcat_server_utility(59.5, 700e9, 300e9, 500e9, fast);
    assert_near(slow_gets, -4.2, 1e-13);
    assert_near(fast_gets, 7.7, 1e-13);
    assert_near(slow_gets + fast_gets, dcat_cluster_utility(59.5, cost), 1e-13);
}

static dcat_world *world_of_200_and_300_ghz(void)
{
    dcat_world_config config = dcat_world_config_default();
    config.market.energy_cost = 0.0;
    config.auction.one_off_offer = 59.5 / 12600.0; // of the fee below: 59.5
    const dcat_server servers[] = {
        {.site = {0.0, 0.0},
         .speed_hz = 200e9,
         .core_count = 100,
         .energy_cost = NAN,
         .time_cost_per_s = NAN},
        {.site = {10e3, 0.0},
         .speed_hz = 300e9,
         .core_count = 100,
         .energy_cost = NAN,
         .time_cost_per_s = NAN},
    };
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, 2, &area, 1, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static void test_eq09_the_market_books_that_split(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of_200_and_300_ghz();
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find("one-off"), 1, 4, &state, NULL),
                     DCAT_OK);
    const int32_t together[] = {0, 0};
    dcat_state_set_clusters(state, together);
    dcat_cluster_view cluster = dcat_state_cluster(state, 0);
    assert_near(cluster.unit_cost_mean * 700e9, 56.0, 1e-14);
    assert_near(cluster.unit_cost_max * 700e9, 70.0, 1e-14);

    const dcat_task task = {
        .work_cycles = 700e9, .data_bits = 20e6, .deadline_s = 2.5, .value = INFINITY};
    dcat_award award;
    dcat_totals totals = {0};
    dcat_state_step(state, 0.0, 0, 0, &task, 1, &award, &totals, NULL);
    assert_int_equal(award.outcome, DCAT_AUCTION_SOLD);
    assert_near(award.fee, 12600.0, 1e-15);
    assert_near(award.payment, 59.5, 1e-14);
    assert_near(award.cost, 56.0, 1e-14);
    assert_true(award.member_below_cost);
    assert_near(dcat_totals_profit(&totals), 12600.0 - 59.5, 1e-14);
    const double utility[] = {-4.2, 7.7};
    for (int32_t i = 0; i < 2; i++) {
        dcat_server_account account = dcat_state_server(state, i);
        assert_near(account.payment - account.cost, utility[i], 1e-13);
        assert_near(account.busy_until_s, award.transfer_s + 1.4, 1e-15); // 700 / 500
    }
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eq05_fee_rises_with_urgency),
        cmocka_unit_test(test_eq06_profit_is_fee_minus_payment),
        cmocka_unit_test(test_eq07_user_utility_is_value_minus_fee),
        cmocka_unit_test(test_eq08_cost_of_a_task_on_one_server),
        cmocka_unit_test(test_eq08_read_literally_is_out_of_scale),
        cmocka_unit_test(test_eq09_member_split_of_the_paper_makes_one_lose),
        cmocka_unit_test(test_eq09_the_market_books_that_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
