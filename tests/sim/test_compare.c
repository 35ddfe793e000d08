// SPDX-License-Identifier: Apache-2.0
// Intervals, summaries and baselines against numbers worked by hand.

#include "dcat/compare.h"
#include "random_world.h"
#include "sim/estimate.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// --- Student's t

// P(0 <= T <= t) by Simpson's rule over the density, which is smooth.
static double half_probability(double degrees, double t)
{
    const int steps = 4000;
    double constant = exp(lgamma((degrees + 1.0) / 2.0) - lgamma(degrees / 2.0)) /
                      sqrt(degrees * 3.14159265358979323846);
    double sum = 0.0;
    for (int i = 0; i <= steps; i++) {
        double x = t * i / steps;
        double weight = i == 0 || i == steps ? 1.0 : i % 2 == 1 ? 4.0 : 2.0;
        sum += weight * pow(1.0 + x * x / degrees, -(degrees + 1.0) / 2.0);
    }
    return constant * sum * t / steps / 3.0;
}

static double quantile_975(double degrees)
{
    double low = 1.0, high = 20.0;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (half_probability(degrees, middle) < 0.475) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static void test_students_quantiles_are_those_of_the_density(void **fixture)
{
    (void)fixture;
    for (size_t degrees = 1; degrees <= 45; degrees++) {
        // Four decimals in the table, 2e-6 beyond it.
        assert_near(student_t975(degrees), quantile_975((double)degrees),
                    degrees <= 30 ? 5.1e-5 : 2e-6);
    }
    const size_t large[] = {60, 99, 100, 120, 1000, 100000};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        assert_near(student_t975(large[i]), quantile_975((double)large[i]), 1e-6);
    }
    assert_near(student_t975(SIZE_MAX), 1.959963984540054, 1e-12); // the normal's
}

// --- intervals of series

#define SERIES 4096

static void test_block_bootstrap_of_single_values_is_students(void **fixture)
{
    (void)fixture;
    const double series[] = {3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0};
    dcat_estimate one = block_bootstrap(series, 8, 1);
    dcat_estimate students = dcat_estimate_of(series, 8);
    assert_near(one.mean, students.mean, 1e-12);
    assert_near(one.ci95, students.ci95, 1e-12);
    // Blocks of 4: means of the eight blocks are 9/4, 11/4, 19/4, 17/4, 22/4, 20/4, 12/4, 14/4,
    // around 31/8. Their squared deviations sum to 9.625, so with two blocks of one degree of
    // freedom:
    assert_near(block_bootstrap(series, 8, 4).ci95, student_t975(1) * sqrt(9.625 / 8.0), 1e-9);
    assert_true(isnan(block_bootstrap(series, 8, 5).ci95)); // less than two blocks
    assert_true(isnan(block_bootstrap(series, 1, 1).ci95));
}

static void test_block_bootstrap_knows_that_neighbours_resemble(void **fixture)
{
    (void)fixture;
    static double series[SERIES];
    const uint64_t seed = 5;
    print_message("seed %" PRIu64 "\n", seed);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 0, 0);
    double last = 0.0;
    for (size_t i = 0; i < SERIES; i++) {
        double noise = 0.0; // about normal
        for (int k = 0; k < 12; k++) {
            noise += dcat_rng_uniform(&rng) - 0.5;
        }
        last = 0.5 * last + noise;
        series[i] = last;
    }
    // An autoregression of 0.5: the mean varies (1 + 0.5) / (1 - 0.5) = 3 times as much as that of
    // independent values.
    double wide = block_bootstrap(series, SERIES, 32).ci95;
    double narrow = block_bootstrap(series, SERIES, 1).ci95;
    assert_true(wide / narrow > 0.85 * sqrt(3.0) && wide / narrow < 1.15 * sqrt(3.0));
}

static void test_blocks_are_days_or_the_cube_root(void **fixture)
{
    (void)fixture;
    assert_int_equal(dcat_compare_block(528, 24.0), 24);
    assert_int_equal(dcat_compare_block(119, 24.0), 5);  // not five days: 119^(1/3) = 4.9
    assert_int_equal(dcat_compare_block(27, 4320.0), 3); // exactly
    assert_int_equal(dcat_compare_block(1000, 2.5), 10); // no whole number
    assert_int_equal(dcat_compare_block(8, 0.5), 2);     // nor one cycle
    const double two[] = {1.0, 3.0};
    assert_true(isnan(block_bootstrap(two, 2, 0).ci95)); // no blocks at all
}

// --- estimates

static void test_estimate_is_mean_and_interval(void **fixture)
{
    (void)fixture;
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squared deviations 32, sd sqrt(32 / 7) = 2.138, standard
    // error sqrt(32 / 56) = 0.7559, t of 7 degrees 2.3646: 1.7875.
    const double sample[] = {2, 4, 4, 4, 5, 5, 7, 9};
    dcat_estimate estimate = dcat_estimate_of(sample, 8);
    assert_near(estimate.mean, 5.0, 1e-15);
    assert_near(estimate.ci95, 2.3646 * sqrt(32.0 / 56.0), 1e-14);
    estimate = dcat_estimate_of(sample, 1);
    assert_near(estimate.mean, 2.0, 0.0);
    assert_true(isnan(estimate.ci95)); // one number says nothing about spread
    const double constant[] = {1e9, 1e9, 1e9};
    estimate = dcat_estimate_of(constant, 3);
    assert_near(estimate.ci95, 0.0, 0.0);
}

static void test_estimate_keeps_small_spreads_of_large_numbers(void **fixture)
{
    (void)fixture;
    // 1e9 + {1, 2, 3}: sd 1, standard error 1 / sqrt(3), t of 2 degrees 4.3027.
    const double sample[] = {1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0};
    dcat_estimate estimate = dcat_estimate_of(sample, 3);
    assert_near(estimate.mean, 1e9 + 2.0, 0.0);
    assert_near(estimate.ci95, 4.3027 / sqrt(3.0), 1e-9);
}

// --- summaries

static dcat_policy policy(const char *text)
{
    dcat_policy made = {0};
    assert_int_equal(dcat_policy_parse(text, &made, NULL), DCAT_OK);
    return made;
}

static dcat_run_result result_with(double fee, double payment, int64_t arrived, int64_t awarded)
{
    return (dcat_run_result){
        .totals = {.arrived = arrived, .awarded = awarded, .fee = fee, .payment = payment},
        .cycle_count = 2,
        .decision_count = 1,
        .cluster_count = 10.0,
    };
}

static void test_rows_are_means_over_worlds_with_paired_gains(void **fixture)
{
    (void)fixture;
    const dcat_policy policies[] = {policy("kmeans:rea"), policy("linkage:rea")};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config), .policies = policies,
                                        .policy_count = 2, .world_count = 2};
    // Two cycles each. Profit per cycle: kmeans 40 and 60, linkage 55 and 71.
    dcat_run_result results[] = {
        result_with(100.0, 20.0, 10, 5),
        result_with(150.0, 30.0, 10, 6),
        result_with(120.0, 10.0, 10, 7),
        result_with(162.0, 20.0, 10, 8),
    };
    dcat_totals *of_linkage = &results[2].totals;
    of_linkage->no_candidate = 1;
    of_linkage->no_bidder = 1;
    of_linkage->all_left = 1;
    results[3].totals.round_limit = 1;
    results[3].totals.not_admitted = 1;
    results[3].totals.over_value = 2;
    of_linkage->single_candidate = 4;
    of_linkage->member_below_cost = 3;
    of_linkage->transfer_s = 3.0;
    of_linkage->waiting_s = 6.0;
    of_linkage->processing_s = 30.0;
    results[2].decision_s = 0.5;
    results[3].decision_s = 1.5;
    dcat_compare_row rows[2];
    dcat_compare_summarise(&config, results, 0, rows);

    assert_string_equal(rows[1].policy.clusterer->name, "linkage");
    // t of 1 degree is 12.7062; the standard error of two numbers is half their difference.
    assert_near(rows[0].profit.mean, 50.0, 1e-14);
    assert_near(rows[0].profit.ci95, 12.7062 * 10.0, 1e-13);
    assert_near(rows[1].profit.mean, 63.0, 1e-14);
    assert_near(rows[1].offloading.mean, 0.75, 1e-15);
    assert_near(rows[1].offloading.ci95, 12.7062 * 0.05, 1e-13);
    assert_near(rows[0].profit_gain.mean, 0.0, 0.0); // to itself
    assert_near(rows[0].profit_gain.ci95, 0.0, 0.0);
    assert_near(rows[1].profit_gain.mean, 13.0, 1e-14); // 15 and 11
    assert_near(rows[1].profit_gain.ci95, 12.7062 * 2.0, 1e-13);
    assert_near(rows[1].offloading_gain.mean, 0.2, 1e-14);
    assert_near(rows[1].offloading_gain.ci95, 0.0, 1e-14);
    // The rest is of all tasks together: 20 arrived, 15 awarded.
    assert_near(rows[1].margin, (282.0 - 30.0) / 282.0, 1e-15);
    assert_near(rows[1].no_candidate, 1.0 / 20.0, 1e-15);
    assert_near(rows[1].no_bidder, 1.0 / 20.0, 1e-15);
    assert_near(rows[1].all_left, 1.0 / 20.0, 1e-15);
    assert_near(rows[1].round_limit, 1.0 / 20.0, 1e-15);
    assert_near(rows[1].not_admitted, 1.0 / 20.0, 1e-15);
    assert_near(rows[1].over_value, 2.0 / 20.0, 1e-15);
    assert_near(rows[1].single_candidate, 4.0 / 20.0, 1e-15);
    assert_near(rows[1].members_below_cost, 3.0 / 15.0, 1e-15);
    assert_near(rows[1].transfer_s, 0.2, 1e-15);
    assert_near(rows[1].waiting_s, 0.4, 1e-15);
    assert_near(rows[1].processing_s, 2.0, 1e-15);
    assert_near(rows[1].cluster_count, 5.0, 1e-15); // 20 over four cycles
    assert_near(rows[1].decision_s, 1.0, 1e-15);

    // Against the second policy the first one's gains are the same losses.
    dcat_compare_summarise(&config, results, 1, rows);
    assert_near(rows[0].profit_gain.mean, -13.0, 1e-14);
    assert_near(rows[0].profit_gain.ci95, 12.7062 * 2.0, 1e-13);
    assert_near(rows[1].profit_gain.mean, 0.0, 0.0);
}

// Given tasks that earn the same everywhere are one sample, whatever the number of worlds.
static void test_worlds_that_do_not_differ_have_no_interval(void **fixture)
{
    (void)fixture;
    const dcat_policy policies[] = {policy("linkage:rea-s"), policy("random:rea")};
    const dcat_run_result results[] = {
        result_with(100.0, 60.0, 10, 8),
        result_with(100.0, 60.0, 10, 8), // both worlds alike
        result_with(100.0, 70.0, 10, 8),
        result_with(100.0, 80.0, 10, 8),
    };
    const uint64_t seeds[2] = {1, 2};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config), .policies = policies,
                                        .policy_count = 2, .seeds = seeds, .world_count = 2};
    dcat_compare_row rows[2];
    dcat_compare_summarise(&config, results, 1, rows);
    assert_near(rows[0].profit.mean, 20.0, 1e-12); // 40 over two cycles
    assert_true(isnan(rows[0].profit.ci95) && isnan(rows[0].offloading.ci95));
    assert_true(rows[0].profit_gain.ci95 > 0.0); // the baseline's worlds differ
    assert_true(rows[1].profit.ci95 > 0.0);
    dcat_compare_summarise(&config, results, 0, rows);
    assert_near(rows[0].profit_gain.ci95, 0.0, 0.0); // itself
    assert_true(rows[1].profit_gain.ci95 > 0.0);
}

static void test_rows_of_nothing_are_zero(void **fixture)
{
    (void)fixture;
    const dcat_policy policies[] = {policy("single:posted")};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config), .policies = policies,
                                        .policy_count = 1, .world_count = 1};
    const dcat_run_result nothing = {.cycle_count = 1};
    dcat_compare_row row;
    dcat_compare_summarise(&config, &nothing, 0, &row);
    assert_near(row.profit.mean, 0.0, 0.0);
    assert_near(row.offloading.mean, 0.0, 0.0);
    assert_near(row.margin, 0.0, 0.0);
    assert_near(row.no_candidate, 0.0, 0.0);
    assert_near(row.members_below_cost, 0.0, 0.0);
    assert_near(row.waiting_s, 0.0, 0.0);
    assert_near(row.decision_s, 0.0, 0.0);
    assert_true(isnan(row.profit.ci95));
}

static size_t baseline_of(const char *const *names, const double *profit, size_t count)
{
    dcat_policy policies[8];
    dcat_run_result results[8];
    for (size_t p = 0; p < count; p++) {
        policies[p] = policy(names[p]);
        results[p] = result_with(profit[p], 0.0, 1, 1);
    }
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config), .policies = policies,
                                        .policy_count = count, .world_count = 1};
    return dcat_compare_baseline(&config, results);
}

static void test_baseline_is_the_best_of_the_papers(void **fixture)
{
    (void)fixture;
    const char *const names[] = {"linkage:rea", "random:rea", "kmeans:one-off", "kmeans:rea-s",
                                 "kmeans:rea"};
    assert_int_equal(baseline_of(names, (double[]){9, 1, 3, 8, 2}, 5), 2);
    assert_int_equal(baseline_of(names, (double[]){9, 1, 2, 8, 3}, 5), 4);
    assert_int_equal(baseline_of(names, (double[]){9, 5, 2, 8, 3}, 5), 1);
    assert_int_equal(baseline_of(names, (double[]){-9, -5, -7, 8, -6}, 5), 1); // losses, too
    // None of the paper's: the best of all.
    const char *const ours[] = {"single:rea", "linkage:rea-s", "kmeans:vickrey"};
    assert_int_equal(baseline_of(ours, (double[]){1, 7, 3}, 3), 1);
    assert_int_equal(baseline_of(ours, (double[]){7, 7, 3}, 3), 0); // the first of equals
}

// --- running

static size_t last_done, last_count;

static void progress(void *user, size_t done, size_t job_count)
{
    assert_ptr_equal(user, &last_done);
    assert_int_equal(done, last_done + 1);
    last_done = done;
    last_count = job_count;
}

static double still_clock_s(void *user)
{
    (void)user;
    return 1.0;
}

static void test_every_policy_runs_on_every_world(void **fixture)
{
    (void)fixture;
    market m = market_create(2);
    dcat_demand *demand = m.demand;
    const dcat_policy policies[] = {policy("single:rea"), policy("random:rea-s")};
    const dcat_world *worlds[] = {m.world, m.world, m.world};
    const uint64_t seeds[] = {1, 2, 3};
    const dcat_jobs jobs = {.size = sizeof jobs,
                            .thread_count = 1,
                            .user = &last_done,
                            .clock_s = still_clock_s,
                            .progress = progress};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config),
                                        .policies = policies,
                                        .policy_count = 2,
                                        .source = dcat_compare_source_of(worlds),
                                        .seeds = seeds,
                                        .world_count = 3,
                                        .cycle_first = 1,
                                        .cycle_count = 2,
                                        .jobs = &jobs};
    dcat_run_result results[6];
    last_done = 0;
    assert_int_equal(dcat_compare_run(demand, &config, results, NULL), DCAT_OK);
    assert_int_equal(last_done, 6);
    assert_int_equal(last_count, 6);
    for (size_t p = 0; p < 2; p++) {
        for (size_t w = 0; w < 3; w++) {
            const dcat_run_config run = {DCAT_SIZED(dcat_run_config), .policy = policies[p],
                                         .seed = seeds[w], .cycle_first = 1, .cycle_count = 2};
            dcat_run_result alone;
            assert_int_equal(dcat_run(m.world, demand, &run, NULL, NULL, &alone, NULL), DCAT_OK);
            assert_memory_equal(&results[3 * p + w], &alone, sizeof alone);
            // Paired: the same arrivals for every policy.
            assert_int_equal(results[w].totals.arrived, results[3 + w].totals.arrived);
        }
    }
    market_destroy(&m);
}

static void test_the_first_failing_job_is_reported(void **fixture)
{
    (void)fixture;
    // Worlds 1 and 2 have other areas than the demand; world 1 comes first.
    market m = market_create(2);
    size_t area_count = dcat_world_area_count(m.world);
    dcat_world *bad[2] = {NULL, NULL};
    const dcat_world_config config_of_bad = dcat_world_config_default();
    const dcat_server server = {
        .speed_hz = 1e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area areas[MARKET_AREA_MAX + 2] = {{.node = 0}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dcat_world_create(&config_of_bad, &server, 1, areas, area_count + 1 + i, 1,
                                           &bad[i], NULL),
                         DCAT_OK);
    }
    const dcat_policy policies[] = {policy("single:rea"), policy("single:posted")};
    const dcat_world *worlds[] = {m.world, bad[0], bad[1]};
    const uint64_t seeds[] = {1, 2, 3};
    dcat_compare_config config = {DCAT_SIZED(dcat_compare_config),
                                  .policies = policies,
                                  .policy_count = 2,
                                  .source = dcat_compare_source_of(worlds),
                                  .seeds = seeds,
                                  .world_count = 3,
                                  .cycle_count = 1};
    char expected[100];
    snprintf(expected, sizeof expected, "the demand has %zu areas, the world %zu", area_count,
             area_count + 1);
    for (int threads = 0; threads <= 4; threads++) { // 0: all cores
        dcat_run_result results[6];
        dcat_error err = {0};
        const dcat_jobs jobs = {.size = sizeof jobs, .thread_count = threads};
        config.jobs = &jobs;
        assert_int_equal(dcat_compare_run(m.demand, &config, results, &err), DCAT_ERR_RANGE);
        assert_string_equal(err.message, expected);
    }
    config.jobs = NULL;
    config.world_count = 0;
    assert_int_equal(dcat_compare_run(m.demand, &config, NULL, NULL), DCAT_ERR_RANGE);
    config = (dcat_compare_config){DCAT_SIZED(dcat_compare_config), .world_count = 1};
    assert_int_equal(dcat_compare_run(m.demand, &config, NULL, NULL), DCAT_ERR_RANGE);
    dcat_world_destroy(bad[0]);
    dcat_world_destroy(bad[1]);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_students_quantiles_are_those_of_the_density),
        cmocka_unit_test(test_block_bootstrap_of_single_values_is_students),
        cmocka_unit_test(test_block_bootstrap_knows_that_neighbours_resemble),
        cmocka_unit_test(test_blocks_are_days_or_the_cube_root),
        cmocka_unit_test(test_estimate_is_mean_and_interval),
        cmocka_unit_test(test_estimate_keeps_small_spreads_of_large_numbers),

        cmocka_unit_test(test_rows_are_means_over_worlds_with_paired_gains),
        cmocka_unit_test(test_worlds_that_do_not_differ_have_no_interval),
        cmocka_unit_test(test_rows_of_nothing_are_zero),
        cmocka_unit_test(test_baseline_is_the_best_of_the_papers),
        cmocka_unit_test(test_every_policy_runs_on_every_world),
        cmocka_unit_test(test_the_first_failing_job_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
