// SPDX-License-Identifier: Apache-2.0
// What a bound is made of: the options of a task, and the relaxation over prices.

#include "bound/prices.h"
#include "bound/relaxation.h"
#include "bound/slot_problem.h"
#include "dcat/run.h"
#include "dcat/x/bound.h"
#include "random_world.h"

// --- the parts

// Servers at 0, 150 and 300 km with a limit of 200 km: 3 singles, {0, 1} and {1, 2}.
static void test_options_are_all_legal_clusters(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 200e3;
    dcat_server servers[3];
    for (int i = 0; i < 3; i++) {
        servers[i] = (dcat_server){.site = {150e3 * i, 0.0},
                                   .speed_hz = 200e9 + 50e9 * i,
                                   .core_count = 100,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    const dcat_area area = {.node = 0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 3, &area, 1, 1, &world, NULL), DCAT_OK);
    bound_options options;
    assert_int_equal(
        bound_options_create(world, dcat_auction_find("rea-s"), NULL, 5, &options, NULL), DCAT_OK);
    assert_true(options.complete);
    assert_int_equal(options.count, 5);
    double sum_hz = 0.0;
    for (size_t k = 0; k < options.count; k++) {
        sum_hz += options.speed_hz[k] * 1e-9;
        assert_near(options.paid_hz[k], options.speed_hz[k], 1e-15);
    }
    assert_near(sum_hz, 200.0 + 250.0 + 300.0 + 450.0 + 550.0, 1e-12);
    bound_options_destroy(&options);

    // One too many to list: one option per server, as fast as with everybody in reach.
    assert_int_equal(
        bound_options_create(world, dcat_auction_find("rea-s"), NULL, 4, &options, NULL), DCAT_OK);
    assert_false(options.complete);
    assert_int_equal(options.count, 3);
    assert_near(options.speed_hz[0], 450e9, 1e-12);
    assert_near(options.speed_hz[1], 750e9, 1e-12);
    assert_near(options.paid_hz[1], 250e9, 1e-12);
    bound_options_destroy(&options);
    dcat_world_destroy(world);
}

// Speeds 200 and 300 GHz: unit costs u0 and u1 per cycle, weighted by speed 0.4 u0 + 0.6 u1. What
// the pair accepts is that mean under rea and the dearer one under rea-s.
static void test_options_accept_what_the_auction_says(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[2];
    for (int i = 0; i < 2; i++) {
        servers[i] = (dcat_server){.site = {1e3 * i, 0.0},
                                   .speed_hz = 200e9 + 100e9 * i,
                                   .core_count = 100,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = i == 0 ? 20.0 : 2000.0};
    }
    const dcat_area area = {.node = 0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 2, &area, 1, 1, &world, NULL), DCAT_OK);
    const double *u = dcat_world_unit_cost_view(world);
    assert_true(u[1] > u[0]);
    bound_options options;
    assert_int_equal(bound_options_create(world, dcat_auction_find("rea"), NULL, 9, &options, NULL),
                     DCAT_OK);
    assert_int_equal(options.count, 3); // {0}, {0, 1}, {1}
    assert_near(options.unit_limit[1] * 1e9, (0.4 * u[0] + 0.6 * u[1]) * 1e9, 1e-12);
    bound_options_destroy(&options);
    assert_int_equal(
        bound_options_create(world, dcat_auction_find("rea-s"), NULL, 9, &options, NULL), DCAT_OK);
    assert_near(options.unit_limit[1] * 1e9, u[1] * 1e9, 1e-12);
    bound_options_destroy(&options);
    dcat_world_destroy(world);
}

// Options that are no better than another are left out where an area's tasks have one data size.
// Pretending that sizes vary keeps them all: the bound is the same.
static void test_relaxation_leaves_out_only_what_is_dominated(void **fixture)
{
    (void)fixture;
    size_t left_out = 0;
    for (uint64_t seed = 1; seed <= test_cases(30); seed++) {
        market m = market_create(seed);
        dcat_rng rng = test_rng(seed ^ 0xd0);
        bound_tasks tasks;
        bound_options options;
        bound_relaxation relaxation;
        double server[MARKET_SERVER_MAX], factor[64];
        assert_int_equal(bound_tasks_create(m.world, m.demand, seed, 0, 3, &tasks, NULL), DCAT_OK);
        assert_int_equal(
            bound_options_create(m.world, dcat_auction_find("rea-s"), NULL, 4096, &options, NULL),
            DCAT_OK);
        assert_int_equal(bound_relaxation_create(m.world, &options, &tasks, &relaxation, NULL),
                         DCAT_OK);
        for (size_t i = 0; i < MARKET_SERVER_MAX; i++) {
            server[i] = rng_in(&rng, 1000.0, 5000.0);
        }
        for (size_t w = 0; w < 64; w++) {
            factor[w] = rng_in(&rng, 0.2, 1.5);
        }
        const bound_prices prices = {
            .server = server, .window_s = 1.0, .window_count = 64, .factor = factor};
        bound_relaxation_set_servers(&relaxation, server);
        double pruned = bound_relaxation_value(&relaxation, &prices, NULL);
        for (size_t a = 0; a < dcat_world_area_count(m.world); a++) {
            left_out += options.count - relaxation.row[a].count;
            tasks.one_size[a] = false;
        }
        bound_relaxation_set_servers(&relaxation, server);
        double whole = bound_relaxation_value(&relaxation, &prices, NULL);
        assert_near(pruned, whole, 1e-12);
        bound_relaxation_destroy(&relaxation);
        bound_options_destroy(&options);
        bound_tasks_destroy(&tasks);
        market_destroy(&m);
    }
    assert_true(left_out > 0);
}

// Any prices give a bound: random ones, for random markets.
static void test_relaxation_is_a_bound_for_any_prices(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= test_cases(15); seed++) {
        market m = market_create(seed);
        dcat_rng rng = test_rng(seed ^ 0xbeef);
        bound_tasks tasks;
        bound_options options;
        bound_relaxation relaxation;
        double server[MARKET_SERVER_MAX], factor[256];
        assert_int_equal(
            bound_tasks_create(m.world, m.demand, seed, 0, MARKET_STEP_MAX, &tasks, NULL), DCAT_OK);
        assert_int_equal(
            bound_options_create(m.world, dcat_auction_find("rea-s"), NULL, 4096, &options, NULL),
            DCAT_OK);
        assert_int_equal(bound_relaxation_create(m.world, &options, &tasks, &relaxation, NULL),
                         DCAT_OK);
        for (size_t i = 0; i < MARKET_SERVER_MAX; i++) {
            server[i] = rng_chance(&rng, 0.2) ? 0.0 : rng_in(&rng, 0.0, 8000.0);
        }
        for (size_t w = 0; w < 256; w++) {
            factor[w] = rng_chance(&rng, 0.2) ? 0.0 : rng_in(&rng, 0.2, 1.5);
        }
        double window_s = rng_in(&rng, 0.3, 2.0);
        const bound_prices prices = {
            .server = server, .window_s = window_s, .window_count = 256, .factor = factor};
        bound_relaxation_set_servers(&relaxation, server);
        double value = bound_relaxation_value(&relaxation, &prices, NULL);
        const dcat_run_config run = {
            DCAT_SIZED(dcat_run_config),
            .policy = {.clusterer = dcat_clusterer_find("linkage"),
                       .auction = dcat_auction_find("rea-s")},
            .seed = seed,
            .cycle_count = MARKET_STEP_MAX,
        };
        dcat_run_result result;
        assert_int_equal(dcat_run(m.world, m.demand, &run, NULL, NULL, &result, NULL), DCAT_OK);
        assert_true(dcat_totals_profit(&result.totals) <= value * (1.0 + 1e-12));
        bound_relaxation_destroy(&relaxation);
        bound_options_destroy(&options);
        bound_tasks_destroy(&tasks);
        market_destroy(&m);
    }
}

// Two servers of 250 GHz, one where the tasks arrive and one out of their reach, 20 s and 60 tasks
// of 1 s, each worth a little more than the one before. One price u a second for both: 40 u plus
// what is left of every gain, at best about 40 gains. No price for the server that nobody reaches:
// 20 u and the rest, about 20 gains. So the descent must halve the bound that it starts from.
static void test_server_prices_halve_the_bound_where_a_server_is_of_no_use(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 1e3;
    const dcat_server servers[] = {
        {.speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN},
        {.site = {800e3, 0.0},
         .speed_hz = 250e9,
         .core_count = 100,
         .energy_cost = NAN,
         .time_cost_per_s = NAN},
    };
    const dcat_area area = {.node = 0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 2, &area, 1, 1, &world, NULL), DCAT_OK);
    dcat_path near = dcat_world_path(world, 0, 0), far = dcat_world_path(world, 0, 1);
    assert_true(far.seconds_per_bit > 2.0 * near.seconds_per_bit);
    dcat_task tasks[60];
    for (int n = 0; n < 60; n++) {
        // 2 s to the far server, and then 1 s is too long; less than 1 s to the near one.
        tasks[n] = (dcat_task){.arrival_s = 0.25 * n,
                               .work_cycles = 250e9,
                               .data_bits = 2.0 / far.seconds_per_bit,
                               .deadline_s = 2.9 - 0.001 * n,
                               .value = INFINITY};
    }
    dcat_demand *demand = NULL;
    bound_tasks list;
    bound_options options;
    bound_relaxation relaxation;
    assert_int_equal(dcat_demand_create_tasks(tasks, 60, 1, config.slot_s, config.slots_per_cycle,
                                              &demand, NULL),
                     DCAT_OK);
    assert_int_equal(bound_tasks_create(world, demand, 1, 0, 1, &list, NULL), DCAT_OK);
    assert_int_equal(
        bound_options_create(world, dcat_auction_find("rea-s"), NULL, 9, &options, NULL), DCAT_OK);
    assert_int_equal(bound_relaxation_create(world, &options, &list, &relaxation, NULL), DCAT_OK);
    double factor[24], server[2], alike = INFINITY;
    for (int w = 0; w < 24; w++) {
        factor[w] = w < 20 ? 1.0 : 0.0; // of the span alone
    }
    const bound_prices prices = {
        .server = server, .window_s = 1.0, .window_count = 24, .factor = factor};
    for (int step = 0; step <= 100; step++) {
        server[0] = server[1] = 0.01 * step * 2500.0 * (1.0 + 2.0 / 2.8);
        bound_relaxation_set_servers(&relaxation, server);
        alike = fmin(alike, bound_relaxation_value(&relaxation, &prices, NULL));
    }
    assert_int_equal(bound_find_server_prices(world, &options, &list, server, NULL), DCAT_OK);
    bound_relaxation_set_servers(&relaxation, server);
    double found = bound_relaxation_value(&relaxation, &prices, NULL);
    print_message("bound at prices found over the one at equal prices: %.3f\n", found / alike);
    assert_true(found < 0.6 * alike);
    bound_relaxation_destroy(&relaxation);
    bound_options_destroy(&options);
    bound_tasks_destroy(&list);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_all_legal_clusters),
        cmocka_unit_test(test_options_accept_what_the_auction_says),
        cmocka_unit_test(test_relaxation_leaves_out_only_what_is_dominated),
        cmocka_unit_test(test_relaxation_is_a_bound_for_any_prices),
        cmocka_unit_test(test_server_prices_halve_the_bound_where_a_server_is_of_no_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
