// SPDX-License-Identifier: Apache-2.0
// Bounds and exact programs of small worlds with classes, worked out by hand; and of worlds with
// one class, which are those without.

#include "dcat/x/bound.h"
#include "random_fleet.h"

#define SECONDS 30.0

static double bound_of(const dcat_world *world, const dcat_demand *demand,
                       const dcat_bound_config *config)
{
    dcat_bound_result result = {0};
    dcat_error err = {0};
    if (dcat_bound_run(world, demand, config, NULL, &result, &err) != DCAT_OK) {
        fail_msg("bound: %s", err.message);
    }
    return result.total;
}

// --- by hand

enum { FIRST, BOTH, SECOND, HAND_CLASSES };

typedef struct hand {
    double deadline_s[HAND_CLASSES];
    bool memory;  // the class of both needs more than one of them has
    bool apart;   // the servers may not share a cluster
    bool coarse;  // the bound lists servers, not clusters
    double exact; // with both in one cluster; NAN when they may not
    double bound; // for all clusters
} hand;

// Two servers beside an area: a class for each, and one for both together, all of 1 s alone and of
// half a second for both. Deadlines are in the order of classes.
static dcat_resources *hand_resources(bool memory)
{
    dcat_device devices[2];
    dcat_class classes[HAND_CLASSES];
    dcat_unit units[2];
    const double efficiency[2 * HAND_CLASSES] = {1.0, 1.0, 0.0, 0.0, 1.0, 1.0};
    for (int i = 0; i < 2; i++) {
        devices[i] = (dcat_device){.pool = DCAT_POOL_GPU,
                                   .speed_hz = 100e9,
                                   .core_count = 1,
                                   .memory_bytes = 10.0,
                                   .time_cost_per_s = 100.0};
        units[i] = (dcat_unit){i, i, 1, NAN, NAN, NAN, 0.0};
    }
    for (int q = 0; q < HAND_CLASSES; q++) {
        classes[q] = (dcat_class){.pool = DCAT_POOL_GPU,
                                  .memory_bytes = memory && q == BOTH ? 15.0 : 0.0,
                                  .memory_mode = DCAT_MEMORY_SUM,
                                  .price_per_gigacycle = 10.0};
    }
    const dcat_resources_config given = {DCAT_SIZED(dcat_resources_config),
                                         .devices = devices,
                                         .device_count = 2,
                                         .classes = classes,
                                         .class_count = HAND_CLASSES,
                                         .efficiency = efficiency,
                                         .units = units,
                                         .unit_count = 2,
                                         .server_count = 2};
    dcat_resources *resources = NULL;
    assert_int_equal(dcat_resources_create(&given, &resources, NULL), DCAT_OK);
    return resources;
}

static dcat_world *hand_world(const hand *h)
{
    dcat_world_config config = dcat_world_config_default();
    dcat_resources *resources = hand_resources(h->memory);
    config.resources = resources;
    config.span_m_max = h->apart ? 500.0 : 2e3;
    const dcat_area area = {.node = 0};
    dcat_server servers[2];
    for (int i = 0; i < 2; i++) {
        servers[i] = (dcat_server){.site = {1e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 1,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, 2, &area, 1, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_resources_destroy(resources);
    return world;
}

static double hand_exact(const dcat_world *world, const dcat_task *tasks)
{
    const int32_t cluster_of[2] = {0, 0};
    dcat_state *state = NULL;
    dcat_exact_result result = {0};
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea-s"), 1, 8, &state, NULL),
                     DCAT_OK);
    dcat_state_set_clusters(state, cluster_of);
    assert_int_equal(dcat_exact_slot(state, 0.0, tasks, HAND_CLASSES, DCAT_BOUND_ORDER_MARKET,
                                     SECONDS, NULL, &result, NULL),
                     DCAT_OK);
    assert_true(result.optimal);
    dcat_state_destroy(state);
    return result.profit;
}

static void solve_hand(hand *h)
{
    dcat_world *world = hand_world(h);
    const dcat_world_config *config = dcat_world_config_view(world);
    dcat_task tasks[HAND_CLASSES];
    for (int q = 0; q < HAND_CLASSES; q++) {
        tasks[q] = (dcat_task){.work_cycles = q == BOTH ? 200e9 : 100e9,
                               .deadline_s = h->deadline_s[q],
                               .value = INFINITY,
                               .class_id = q};
    }
    h->exact = h->apart || dcat_bound_check_exact(NULL) != DCAT_OK ? (double)NAN
                                                                   : hand_exact(world, tasks);
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_tasks(tasks, HAND_CLASSES, 1, config->slot_s,
                                              config->slots_per_cycle, &demand, NULL),
                     DCAT_OK);
    dcat_bound_config ask = dcat_bound_config_default();
    ask.option_max = h->coarse ? 1 : ask.option_max;
    h->bound = bound_of(world, demand, &ask);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

// Limits are 1 a giga-cycle: a task brings 900, that of both 1800. Behind each other they end after
// 1, 2 and 3 s, although the second server only works in two of these. Transfers take a little.
static void test_exact_slot_sees_who_waits_by_way_of_others(void **fixture)
{
    (void)fixture;
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
        skip();
    }
    hand h = {.deadline_s = {9.0, 9.0, 3.1}};
    solve_hand(&h);
    assert_near(h.exact, 3600.0, 1e-6);
    assert_near(h.bound, 3600.0, 1e-6);
    h.deadline_s[SECOND] = 2.5;
    solve_hand(&h);
    assert_near(h.exact, 2700.0, 1e-6);
    assert_near(h.bound, 3600.0, 1e-6); // the future is free to have the last one first
}

// Who has not the memory alone may have it with a neighbour, and earns nothing without one.
static void test_bound_knows_whose_memory_is_enough(void **fixture)
{
    (void)fixture;
    for (int coarse = 0; coarse < 2; coarse++) {
        hand h = {.deadline_s = {9.0, 9.0, 9.0}, .memory = true, .coarse = coarse == 1};
        solve_hand(&h);
        assert_near(h.bound, 3600.0, 1e-6);
        h.apart = true;
        solve_hand(&h);
        assert_near(h.bound, 1800.0, 1e-6);
        h.memory = false;
        solve_hand(&h);
        assert_near(h.bound, 3600.0, 1e-6);
    }
}

// --- one class

static dcat_resources *restate(void *user, uint64_t seed, bool even,
                               const dcat_world_config *config, const dcat_server *servers,
                               size_t server_count)
{
    (void)seed;
    (void)even;
    fleet_restate(user, config, servers, server_count);
    return fleet_create(user);
}

static void compare_one_class(uint64_t seed, fleet *f)
{
    market plain = market_create_with_shares(seed), one = market_create_by(seed, true, restate, f);
    int32_t cluster_of[MARKET_SERVER_MAX];
    dcat_rng rng = test_rng(seed);
    random_partition(plain.world, &rng, cluster_of);
    dcat_bound_config config = dcat_bound_config_default();
    config.seed = seed;
    config.cycle_count = 2;
    for (int given = 0; given < 2; given++) {
        config.cluster_of = given == 1 ? cluster_of : NULL;
        double a = bound_of(plain.world, plain.demand, &config);
        double b = bound_of(one.world, one.demand, &config);
        assert_memory_equal(&a, &b, sizeof a);
    }
    assert_int_equal(dcat_exact_order(plain.world), dcat_exact_order(one.world));
    if (dcat_bound_check_exact(NULL) == DCAT_OK && seed % 10 == 0) {
        double profit[2];
        size_t unproven;
        config.cycle_count = 1;
        dcat_exact_run(plain.world, plain.demand, &config, 0.0, SECONDS, &profit[0], &unproven,
                       NULL);
        dcat_exact_run(one.world, one.demand, &config, 0.0, SECONDS, &profit[1], &unproven, NULL);
        assert_memory_equal(&profit[0], &profit[1], sizeof profit[0]);
    }
    market_destroy(&plain);
    market_destroy(&one);
}

static void test_bound_of_one_class_is_that_without_resources(void **fixture)
{
    (void)fixture;
    static fleet f;
    for (uint64_t seed = 1; seed <= test_cases(30); seed++) {
        compare_one_class(seed, &f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_slot_sees_who_waits_by_way_of_others),
        cmocka_unit_test(test_bound_knows_whose_memory_is_enough),
        cmocka_unit_test(test_bound_of_one_class_is_that_without_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
