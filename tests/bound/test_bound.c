// SPDX-License-Identifier: Apache-2.0
// The bound of a run: never below what anybody earns, and not far above what can be earned.

#include "dcat/run.h"
#include "dcat/x/bound.h"
#include "random_world.h"
#include <string.h>

static double bound_of(const dcat_world *world, const dcat_demand *demand,
                       const dcat_bound_config *config)
{
    dcat_bound_result result = {0};
    dcat_error err = {0};
    if (dcat_bound_run(world, demand, config, NULL, &result, &err) != DCAT_OK) {
        fail_msg("bound: %s", err.message);
    }
    assert_near(result.per_cycle * config->cycle_count, result.total, 1e-12);
    return result.total;
}

// --- never below

static void test_bound_holds_for_every_policy(void **fixture)
{
    (void)fixture;
    size_t close = 0;
    for (uint64_t seed = 1; seed <= test_cases(20); seed++) {
        market m = market_create(seed);
        double bound[DCAT_AUCTION_MAX];
        dcat_bound_config config = dcat_bound_config_default();
        config.seed = seed;
        config.cycle_count = MARKET_STEP_MAX;
        for (size_t a = 0; a < dcat_auction_count(); a++) {
            config.auction = dcat_auction_at(a);
            bound[a] = bound_of(m.world, m.demand, &config);
            const char *names[] = {"single", "random", "kmeans", "linkage"};
            for (size_t c = 0; c < 4; c++) {
                const dcat_run_config run = {
                    DCAT_SIZED(dcat_run_config),
                    .policy = {.clusterer = dcat_clusterer_find(names[c]),
                               .auction = dcat_auction_at(a)},
                    .seed = seed,
                    .cycle_count = MARKET_STEP_MAX,
                };
                dcat_run_result result;
                assert_int_equal(dcat_run(m.world, m.demand, &run, NULL, NULL, &result, NULL),
                                 DCAT_OK);
                double profit = dcat_totals_profit(&result.totals);
                if (!(profit <= bound[a] * (1.0 + 1e-12) + 1e-9)) {
                    fail_msg("seed %llu, %s, auction %zu: profit %.9g above the bound %.9g",
                             (unsigned long long)seed, names[c], a, profit, bound[a]);
                }
                close += profit > 0.7 * bound[a];
            }
        }
        market_destroy(&m);
    }
    print_message("%zu runs above 70 %% of their bound\n", close);
    assert_true(close > 5); // or a bound of infinity would pass
}

// The bound for fixed clusters: below the bound for all, and above what the auctions earn with
// them.
static void test_bound_with_fixed_clusters_holds_and_is_tighter(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= test_cases(12); seed++) {
        market m = market_create(seed);
        dcat_rng rng = test_rng(seed);
        int32_t cluster_of[MARKET_SERVER_MAX];
        static dcat_task tasks[4096];
        random_partition(m.world, &rng, cluster_of);
        size_t most = dcat_demand_slot_task_max(m.demand);
        dcat_state *state = NULL;
        assert_int_equal(
            dcat_state_create(m.world, dcat_auction_find("vickrey"), seed, most, &state, NULL),
            DCAT_OK);
        dcat_state_set_clusters(state, cluster_of);
        const dcat_world_config *world = dcat_world_config_view(m.world);
        dcat_totals totals = {0};
        for (uint32_t c = 0; c < MARKET_STEP_MAX; c++) {
            for (int slot = 0; slot < world->slots_per_cycle; slot++) {
                double now_s = ((double)c * world->slots_per_cycle + slot) * world->slot_s;
                size_t count =
                    dcat_demand_slot(m.demand, m.world, seed, c, (uint32_t)slot, 0, tasks);
                dcat_state_step(state, now_s, c, (uint32_t)slot, tasks, count, NULL, &totals, NULL);
            }
        }
        dcat_bound_config config = dcat_bound_config_default();
        config.auction = dcat_auction_find("vickrey");
        config.seed = seed;
        config.cycle_count = MARKET_STEP_MAX;
        double any = bound_of(m.world, m.demand, &config);
        config.cluster_of = cluster_of;
        double given = bound_of(m.world, m.demand, &config);
        assert_true(dcat_totals_profit(&totals) <= given * (1.0 + 1e-12));
        assert_true(given <= any * (1.0 + 1e-2)); // neither search for prices is perfect
        dcat_state_destroy(state);
        market_destroy(&m);
    }
}

// --- by hand

// The bound of one server of 250 GHz and one task of 250 G; limit is the server's cost of it.
static double bound_of_one_task(double deadline_s, double *limit)
{
    dcat_world_config world_config = dcat_world_config_default();
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    const dcat_task task = {
        .work_cycles = 250e9, .data_bits = 1e3, .deadline_s = deadline_s, .value = INFINITY};
    dcat_world *world = NULL;
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_world_create(&world_config, &server, 1, &area, 1, 1, &world, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_demand_create_tasks(&task, 1, 1, world_config.slot_s,
                                              world_config.slots_per_cycle, &demand, NULL),
                     DCAT_OK);
    dcat_bound_config config = dcat_bound_config_default();
    *limit = 250e9 * dcat_world_unit_cost_view(world)[0];
    double bound = bound_of(world, demand, &config);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
    return bound;
}

// With a deadline of 2.5 s the task is served and nothing is scarce, so the bound is its fee,
// 250 * 10 * (1 + 2 / 2.5) = 4500, less the server's cost.
static void test_bound_of_one_task_is_its_fee_less_the_limit(void **fixture)
{
    (void)fixture;
    double limit;
    double bound = bound_of_one_task(2.5, &limit);
    assert_near(bound, 4500.0 - limit, 1e-9);
}

// A task that takes 250 / 250 = 1 s and has 0.9 s is worth nothing to anybody.
static void test_bound_of_an_impossible_task_is_nothing(void **fixture)
{
    (void)fixture;
    double limit;
    assert_near(bound_of_one_task(0.9, &limit), 0.0, 1e-9);
}

static void test_bound_splits_by_cycle(void **fixture)
{
    (void)fixture;
    market m = market_create(5);
    dcat_bound_config config = dcat_bound_config_default();
    config.cycle_count = MARKET_STEP_MAX;
    double cycles[MARKET_STEP_MAX], sum = 0.0;
    dcat_bound_result result;
    assert_int_equal(dcat_bound_run(m.world, m.demand, &config, cycles, &result, NULL), DCAT_OK);
    for (size_t c = 0; c < MARKET_STEP_MAX; c++) {
        sum += cycles[c];
    }
    assert_near(sum, result.total, 1e-12);
    market_destroy(&m);
}

static void test_bound_refuses_cycles_that_do_not_exist(void **fixture)
{
    (void)fixture;
    market m = market_create(5);
    dcat_bound_config config = dcat_bound_config_default();
    dcat_bound_result result;
    dcat_error err = {0};
    config.cycle_first = MARKET_STEP_MAX;
    assert_int_equal(dcat_bound_run(m.world, m.demand, &config, NULL, &result, &err),
                     DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "cycles 6 to 6"));
    config.cycle_first = 0;
    config.option_max = 0;
    assert_int_equal(dcat_bound_run(m.world, m.demand, &config, NULL, &result, &err),
                     DCAT_ERR_RANGE);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_holds_for_every_policy),
        cmocka_unit_test(test_bound_with_fixed_clusters_holds_and_is_tighter),
        cmocka_unit_test(test_bound_of_one_task_is_its_fee_less_the_limit),
        cmocka_unit_test(test_bound_of_an_impossible_task_is_nothing),
        cmocka_unit_test(test_bound_splits_by_cycle),
        cmocka_unit_test(test_bound_refuses_cycles_that_do_not_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
