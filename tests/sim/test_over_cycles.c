// SPDX-License-Identifier: Apache-2.0
// Intervals over the cycles of one world, where worlds say nothing.

#include "dcat/compare.h"
#include "random_world.h"
#include "sim/estimate.h"

static dcat_policy policy(const char *text)
{
    dcat_policy made = {0};
    assert_int_equal(dcat_policy_parse(text, &made, NULL), DCAT_OK);
    return made;
}

enum { OVER = MARKET_STEP_MAX };

// Awards less the whole run's rate of what arrived, as a share of the mean cycle's arrivals.
static void rates_of(const dcat_totals *totals, double *rate)
{
    double awarded = 0.0, arrived = 0.0;
    for (int c = 0; c < OVER; c++) {
        awarded += (double)totals[c].awarded;
        arrived += (double)totals[c].arrived;
    }
    for (int c = 0; c < OVER; c++) {
        rate[c] = ((double)totals[c].awarded - awarded / arrived * (double)totals[c].arrived) *
                  OVER / arrived;
    }
}

// Blocks of one cycle give Student's interval of what the cycles of world 0 earned, and of paired
// differences to the baseline's.
static void test_over_cycles_blocks_of_one_give_students_interval(void **fixture)
{
    (void)fixture;
    market m = market_create(2);
    const dcat_policy policies[] = {policy("random:rea"), policy("single:rea-s")};
    const dcat_world *worlds[] = {m.world, m.world};
    const uint64_t seeds[] = {5, 6};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config),
                                        .policies = policies,
                                        .policy_count = 2,
                                        .source = dcat_compare_source_of(worlds),
                                        .seeds = seeds,
                                        .world_count = 2,
                                        .cycle_count = OVER};
    double profit[2][OVER], rate[2][OVER], less[OVER];
    for (size_t p = 0; p < 2; p++) {
        const dcat_run_config run = {DCAT_SIZED(dcat_run_config), .policy = policies[p], .seed = 5,
                                     .cycle_count = OVER};
        dcat_totals totals[OVER];
        dcat_run_result result;
        assert_int_equal(dcat_run(m.world, m.demand, &run, NULL, totals, &result, NULL), DCAT_OK);
        for (int c = 0; c < OVER; c++) {
            profit[p][c] = dcat_totals_profit(&totals[c]);
        }
        rates_of(totals, rate[p]);
    }
    dcat_compare_row rows[2] = {{.profit = {1.0, 2.0}}, {.profit = {3.0, 4.0}}};
    assert_int_equal(dcat_compare_over_cycles(m.demand, &config, 0, 1, rows, NULL), DCAT_OK);
    for (size_t p = 0; p < 2; p++) {
        assert_near(rows[p].profit.ci95, block_bootstrap(profit[p], OVER, 1).ci95, 1e-6);
        assert_near(rows[p].offloading.ci95, block_bootstrap(rate[p], OVER, 1).ci95, 1e-9);
    }
    assert_true(rows[0].profit.mean == 1.0 && rows[1].profit.mean == 3.0); // means stay
    assert_true(rows[0].profit_gain.ci95 == 0.0 && rows[0].offloading_gain.ci95 == 0.0);
    for (int c = 0; c < OVER; c++) {
        less[c] = profit[1][c] - profit[0][c];
    }
    assert_near(rows[1].profit_gain.ci95, block_bootstrap(less, OVER, 1).ci95, 1e-6);
    for (int c = 0; c < OVER; c++) {
        less[c] = rate[1][c] - rate[0][c];
    }
    assert_near(rows[1].offloading_gain.ci95, block_bootstrap(less, OVER, 1).ci95, 1e-9);
    // Less than two blocks say nothing.
    assert_int_equal(dcat_compare_over_cycles(m.demand, &config, 0, OVER, rows, NULL), DCAT_OK);
    assert_true(isnan(rows[1].profit.ci95) && isnan(rows[1].profit_gain.ci95));
    market_destroy(&m);
}

static dcat_status no_world(void *user, size_t w, const dcat_world **world, dcat_error *err)
{
    (void)user;
    *world = NULL;
    return dcat_fail(err, DCAT_ERR_FORMAT, "world %zu is not to be had", w);
}

static size_t closed;

static dcat_status other_world(void *user, size_t w, const dcat_world **world, dcat_error *err)
{
    (void)w;
    (void)err;
    *world = user;
    return DCAT_OK;
}

static void close_world(void *user, size_t w)
{
    (void)user;
    (void)w;
    closed++;
}

// A world that there is not, and one that the demand does not fit, which is closed all the same.
static void test_over_cycles_says_why_it_cannot(void **fixture)
{
    (void)fixture;
    market m = market_create(2);
    const dcat_policy policies[] = {policy("single:rea")};
    const uint64_t seed = 1;
    dcat_compare_config config = {DCAT_SIZED(dcat_compare_config),
                                  .policies = policies,
                                  .policy_count = 1,
                                  .source = {.open = no_world},
                                  .seeds = &seed,
                                  .world_count = 1,
                                  .cycle_count = OVER};
    dcat_compare_row rows[1];
    dcat_error err = {0};
    assert_int_equal(dcat_compare_over_cycles(m.demand, &config, 0, 2, rows, &err),
                     DCAT_ERR_FORMAT);
    assert_string_equal(err.message, "world 0 is not to be had");

    const dcat_world_config bad = dcat_world_config_default();
    const dcat_server server = {
        .speed_hz = 1e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area areas[MARKET_AREA_MAX + 1] = {{.node = 0}};
    dcat_world *other = NULL;
    assert_int_equal(dcat_world_create(&bad, &server, 1, areas, dcat_world_area_count(m.world) + 1,
                                       1, &other, NULL),
                     DCAT_OK);
    config.source = (dcat_compare_source){other, other_world, close_world};
    closed = 0;
    assert_int_equal(dcat_compare_over_cycles(m.demand, &config, 0, 2, rows, &err), DCAT_ERR_RANGE);
    assert_int_equal(closed, 1);
    dcat_world_destroy(other);
    market_destroy(&m);
}

// Worlds are one sample when no row's interval is a thousandth of its mean, and there are several.
static void test_worlds_that_hardly_differ_are_one_sample(void **fixture)
{
    (void)fixture;
    dcat_compare_config config = {DCAT_SIZED(dcat_compare_config), .policy_count = 2,
                                  .world_count = 3};
    dcat_compare_row rows[2] = {{.profit = {-100.0, 0.09}}, {.profit = {10.0, NAN}}};
    assert_true(dcat_compare_is_one_sample(&config, rows));
    rows[0].profit.ci95 = 0.11;
    assert_false(dcat_compare_is_one_sample(&config, rows));
    rows[0].profit.ci95 = 0.0;
    rows[1].profit.ci95 = 0.02;
    assert_false(dcat_compare_is_one_sample(&config, rows));
    rows[1].profit.ci95 = 0.0;
    config.world_count = 1;
    assert_false(dcat_compare_is_one_sample(&config, rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_cycles_blocks_of_one_give_students_interval),
        cmocka_unit_test(test_over_cycles_says_why_it_cannot),
        cmocka_unit_test(test_worlds_that_hardly_differ_are_one_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
