// SPDX-License-Identifier: Apache-2.0
// Exact optima of slot after slot, and of clustering and assignment together.

#include "dcat/x/world_facts.h"
#include "enumerate.h"

#define SECONDS 30.0

static void need_solver(void)
{
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
        skip();
    }
}

// --- slot after slot

// One server of 250 GHz, slots of 1 s. 500 G at 1 s keeps it busy until 3 s. 250 G at 2 s would be
// done at 4 s, 2 s after its arrival: too late for its 1.9 s. 250 G at 5 s finds it idle.
static void test_exact_run_keeps_its_queues(void **fixture)
{
    (void)fixture;
    need_solver();
    dcat_world_config world_config = dcat_world_config_default();
    world_config.slot_s = 1.0;
    world_config.slots_per_cycle = 3; // so the third task is in the second cycle
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    const dcat_task tasks[] = {
        {.arrival_s = 1.0, .work_cycles = 500e9, .deadline_s = 2.5, .value = INFINITY},
        {.arrival_s = 2.0, .work_cycles = 250e9, .deadline_s = 1.9, .value = INFINITY},
        {.arrival_s = 5.0, .work_cycles = 250e9, .deadline_s = 1.9, .value = INFINITY},
    };
    dcat_world *world = NULL;
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_world_create(&world_config, &server, 1, &area, 1, 1, &world, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_demand_create_tasks(tasks, 3, 1, 1.0, 3, &demand, NULL), DCAT_OK);
    const int32_t cluster_of[] = {0};
    dcat_bound_config config = dcat_bound_config_default();
    config.cluster_of = cluster_of;
    config.cycle_count = 2;
    double profit = 0.0;
    size_t unproven = 1;
    assert_int_equal(dcat_exact_run(world, demand, &config, 0.0, SECONDS, &profit, &unproven, NULL),
                     DCAT_OK);
    // Fees (5): 5000 (1 + 2 / 2.5) = 9000 and 2500 (1 + 2 / 1.9) = 5131.58.
    double limits = 750e9 * dcat_world_unit_cost_view(world)[0];
    assert_near(profit, 9000.0 + 2500.0 * (1.0 + 2.0 / 1.9) - limits, 1e-9);
    assert_int_equal(unproven, 0);
    config.cluster_of = NULL;
    assert_int_equal(dcat_exact_run(world, demand, &config, 0.0, SECONDS, &profit, &unproven, NULL),
                     DCAT_ERR_FIELD);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

// A second of work whose data takes a second, at 1 s: under fifo [2, 3], under paper [1, 2]. So a
// second of work that arrives at 2 s is done at 4 s or 3 s, and its deadline is at 3.9 s.
static void test_exact_run_waits_for_data(void **fixture)
{
    (void)fixture;
    need_solver();
    for (int queue = DCAT_QUEUE_FIFO; queue <= DCAT_QUEUE_PAPER; queue++) {
        dcat_world_config world_config = dcat_world_config_default();
        world_config.slots_per_cycle = 3;
        world_config.market.queue = (dcat_queue_rule)queue;
        const dcat_server server = {
            .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
        const dcat_area area = {.node = 0};
        dcat_world *world = NULL;
        dcat_demand *demand = NULL;
        assert_int_equal(dcat_world_create(&world_config, &server, 1, &area, 1, 1, &world, NULL),
                         DCAT_OK);
        dcat_path path = dcat_world_path(world, 0, 0);
        const dcat_task tasks[] = {
            {.arrival_s = 1.0,
             .work_cycles = 250e9,
             .data_bits = (1.0 - path.propagation_s) / path.seconds_per_bit,
             .deadline_s = 2.5,
             .value = INFINITY},
            {.arrival_s = 2.0, .work_cycles = 250e9, .deadline_s = 1.9, .value = INFINITY},
        };
        assert_int_equal(dcat_demand_create_tasks(tasks, 2, 1, 1.0, 3, &demand, NULL), DCAT_OK);
        const int32_t cluster_of[] = {0};
        dcat_bound_config config = dcat_bound_config_default();
        config.cluster_of = cluster_of;
        double profit = 0.0;
        size_t unproven = 1;
        assert_int_equal(
            dcat_exact_run(world, demand, &config, 0.0, SECONDS, &profit, &unproven, NULL),
            DCAT_OK);
        // Fees (5): 2500 (1 + 2 / 2.5) = 4500 and 2500 (1 + 2 / 1.9) = 5131.58.
        double limit = 250e9 * dcat_world_unit_cost_view(world)[0];
        double second = queue == DCAT_QUEUE_FIFO ? 0.0 : 2500.0 * (1.0 + 2.0 / 1.9) - limit;
        assert_near(profit, 4500.0 - limit + second, 1e-9);
        dcat_demand_destroy(demand);
        dcat_world_destroy(world);
    }
}

// --- clustering and assignment

static bool is_legal(const dcat_world *world, const int32_t *cluster_of, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (cluster_of[i] == cluster_of[j] && dcat_world_distance_m(world, (int)i, (int)j) >
                                                      dcat_world_config_view(world)->span_m_max) {
                return false;
            }
        }
    }
    return true;
}

// All S^S labellings, most of them the same partition many times over: slow and plain.
static double best_of_all_labellings(const dcat_world *world, const dcat_task *tasks,
                                     size_t task_count)
{
    size_t server_count = dcat_world_server_count(world);
    size_t labellings = 1;
    for (size_t i = 0; i < server_count; i++) {
        labellings *= server_count;
    }
    dcat_state *state = NULL;
    assert_int_equal(
        dcat_state_create(world, dcat_auction_find("rea-s"), 0, task_count, &state, NULL), DCAT_OK);
    double best = 0.0;
    for (size_t code = 0; code < labellings; code++) {
        int32_t cluster_of[5], scratch[5];
        size_t rest = code;
        for (size_t i = 0; i < server_count; i++, rest /= server_count) {
            cluster_of[i] = (int32_t)(rest % server_count);
        }
        if (is_legal(world, cluster_of, server_count)) {
            dcat_partition_canonical(cluster_of, server_count, scratch);
            dcat_state_set_clusters(state, cluster_of);
            best = fmax(best, enumerated_exact(state, 0.0, tasks, task_count));
        }
    }
    dcat_state_destroy(state);
    return best;
}

static dcat_world *tiny_world(uint64_t seed, size_t server_count)
{
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[5];
    dcat_area areas[2];
    config.span_m_max = 250e3;
    config.market.queue = seed % 2 == 0 ? DCAT_QUEUE_PAPER : DCAT_QUEUE_FIFO;
    dcat_draw_servers(seed, 400e3, (dcat_range){200e9, 300e9}, 100, servers, server_count);
    dcat_draw_areas(seed, 400e3, areas, 2);
    dcat_world *world = NULL;
    assert_int_equal(
        dcat_world_create(&config, servers, server_count, areas, 2, seed, &world, NULL), DCAT_OK);
    return world;
}

static void test_exact_clustering_is_the_best_of_all_partitions(void **fixture)
{
    (void)fixture;
    need_solver();
    size_t single = 0, several = 0;
    for (uint64_t seed = 1; seed <= test_cases(8); seed++) {
        dcat_world *world = tiny_world(seed, 4);
        dcat_rng rng = test_rng(seed);
        dcat_task tasks[4];
        for (size_t n = 0; n < 4; n++) {
            tasks[n] = (dcat_task){.work_cycles = rng_in(&rng, 500e9, 900e9),
                                   .data_bits = 20e6,
                                   .deadline_s = rng_in(&rng, 2.0, 3.0),
                                   .value = INFINITY,
                                   .area = (int32_t)(n % 2)};
        }
        int32_t cluster_of[5];
        dcat_exact_result result;
        dcat_error err = {0};
        if (dcat_exact_clustering(world, dcat_auction_find("rea-s"), 0.0, tasks, 4, SECONDS,
                                  cluster_of, &result, &err) != DCAT_OK) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        }
        double expected = best_of_all_labellings(world, tasks, 4);
        if (!(fabs(result.profit - expected) <= 1e-6 * fmax(1.0, expected))) {
            fail_msg("seed %llu: %.9g, enumeration %.9g", (unsigned long long)seed, result.profit,
                     expected);
        }
        assert_true(is_legal(world, cluster_of, 4));
        single += cluster_of[3] == 0;
        several += cluster_of[3] != 0;
        dcat_world_destroy(world);
    }
    assert_true(several > 0);
    (void)single;
}

// A run of one slot from empty queues is that slot's optimum; no run earns more than the bound for
// its clusters; and a price on work above every fee leaves nothing worth serving.
static void test_exact_run_is_the_optimum_of_slot_after_slot(void **fixture)
{
    (void)fixture;
    need_solver();
    static dcat_task tasks[4096];
    size_t served = 0;
    for (uint64_t seed = 1; seed <= test_cases(6); seed++) {
        market m = market_create(seed);
        dcat_rng rng = test_rng(seed);
        int32_t cluster_of[MARKET_SERVER_MAX];
        random_partition(m.world, &rng, cluster_of);
        dcat_bound_config config = dcat_bound_config_default();
        config.seed = seed;
        config.cluster_of = cluster_of;
        dcat_bound_result bound;
        double profit = -1.0, nothing = -1.0;
        size_t unproven = 0;
        dcat_error err = {0};
        if (dcat_exact_run(m.world, m.demand, &config, 0.0, SECONDS, &profit, &unproven, &err) !=
            DCAT_OK) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        }
        assert_int_equal(unproven, 0);
        assert_int_equal(dcat_bound_run(m.world, m.demand, &config, NULL, &bound, &err), DCAT_OK);
        assert_true(profit <= bound.total * (1.0 + 1e-9));
        assert_int_equal(
            dcat_exact_run(m.world, m.demand, &config, 1.0, SECONDS, &nothing, &unproven, &err),
            DCAT_OK);
        assert_true(nothing == 0.0);
        served += profit > 0.0;

        // The first slot alone, which is all there is when a cycle has one slot.
        if (dcat_world_config_view(m.world)->slots_per_cycle == 1) {
            dcat_state *state = NULL;
            dcat_exact_result slot;
            size_t most = dcat_demand_slot_task_max(m.demand);
            assert_true(most <= 4096);
            assert_int_equal(
                dcat_state_create(m.world, dcat_auction_find("rea-s"), seed, most, &state, NULL),
                DCAT_OK);
            dcat_state_set_clusters(state, cluster_of);
            size_t count = dcat_demand_slot(m.demand, m.world, seed, 0, 0, 0, tasks);
            assert_int_equal(dcat_exact_slot(state, 0.0, tasks, count, dcat_exact_order(m.world),
                                             SECONDS, NULL, &slot, NULL),
                             DCAT_OK);
            assert_near(profit, slot.profit, 1e-9);
            dcat_state_destroy(state);
        }
        market_destroy(&m);
    }
    assert_true(served > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_run_keeps_its_queues),
        cmocka_unit_test(test_exact_run_waits_for_data),
        cmocka_unit_test(test_exact_clustering_is_the_best_of_all_partitions),
        cmocka_unit_test(test_exact_run_is_the_optimum_of_slot_after_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
