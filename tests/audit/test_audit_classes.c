// SPDX-License-Identifier: Apache-2.0
// The audit where work has classes: lies in auctions by class, and lies about devices over a run,
// with the gain of one worked out by hand.

#include "audit/meter.h"
#include "audit_runs.h"
#include "dcat/x/clock.h"
#include "random_fleet.h"
#include <string.h>

enum { CLASSES = 2, SERVERS = 2, TASKS = 4 };

// Two GPUs far from each other, the second dearer. Class 0 fits both, class 1 needs the memory of
// the second. All work is a second of a GPU.
static market make_hand(void)
{
    const dcat_device devices[SERVERS] = {
        {DCAT_POOL_GPU, 100e9, 1, 10.0, 0, 0.0, 100.0, 0.0},
        {DCAT_POOL_GPU, 100e9, 1, 20.0, 0, 0.0, 200.0, 0.0},
    };
    const dcat_class classes[CLASSES] = {
        {DCAT_POOL_GPU, 0.0, DCAT_MEMORY_EACH, 0, 10.0, 0.0},
        {DCAT_POOL_GPU, 15.0, DCAT_MEMORY_EACH, 0, 10.0, 0.0},
    };
    const double efficiency[SERVERS * CLASSES] = {1.0, 1.0, 1.0, 1.0};
    const dcat_unit units[SERVERS] = {{0, 0, 1, NAN, NAN, NAN, 0.0}, {1, 1, 1, NAN, NAN, NAN, 0.0}};
    const dcat_resources_config given = {DCAT_SIZED(dcat_resources_config),
                                         .devices = devices,
                                         .device_count = SERVERS,
                                         .classes = classes,
                                         .class_count = CLASSES,
                                         .efficiency = efficiency,
                                         .units = units,
                                         .unit_count = SERVERS,
                                         .server_count = SERVERS};
    dcat_resources *resources = NULL;
    dcat_world_config config = dcat_world_config_default();
    dcat_error err = {0};
    assert_int_equal(dcat_resources_create(&given, &resources, NULL), DCAT_OK);
    config.resources = resources;
    config.span_m_max = 1e3;
    const dcat_area area = {.node = 0};
    dcat_server servers[SERVERS];
    dcat_task tasks[TASKS];
    for (int i = 0; i < SERVERS; i++) {
        servers[i] = (dcat_server){.site = {10e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 1,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    for (int n = 0; n < TASKS; n++) { // one in each fifth slot, by turns
        tasks[n] = (dcat_task){.id = n,
                               .arrival_s = 5.0 * n,
                               .work_cycles = 100e9,
                               .deadline_s = 1.5,
                               .value = INFINITY,
                               .class_id = n % 2};
    }
    market m = {0};
    if (dcat_world_create(&config, servers, SERVERS, &area, 1, 1, &m.world, &err) != DCAT_OK ||
        dcat_demand_create_tasks(tasks, TASKS, 1, 1.0, 20, &m.demand, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_resources_destroy(resources);
    return m;
}

// Paid by the price of the second lowest bid, or the fee of 1000 without a rival. Honest: server 0
// wins class 0 for 200 at a cost of 100, twice; server 1 class 1 for 1000 at a cost of 200, twice.
// With four times the memory server 0 wins class 1 as well, for 200, at a cost of 100 each for the
// second that it holds on, and both are late. Server 1 then earns nothing.
static void test_who_says_it_has_more_memory_is_paid_for_work_that_never_ends(void **fixture)
{
    (void)fixture;
    market m = make_hand();
    dcat_audit_manipulation found = {0};
    audit_run run = {.demand = m.demand,
                     .policy = {.clusterer = dcat_clusterer_find("single"),
                                .auction = dcat_auction_find("vickrey")},
                     .seed = 1,
                     .cycle_count = 1};
    dcat_error err = {0};
    if (audit_manipulate(m.world, &run, 0, 0, &found, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(found.memory.attempt_count, 1); // server 1 fits everywhere
    assert_near(found.memory.honest, 2 * 100.0, 1e-9);
    assert_near(found.memory.gamed, 4 * 100.0, 1e-9);
    assert_int_equal(found.memory.gainful, 1);
    assert_int_equal(found.memory.award_count, 4);
    assert_int_equal(found.memory.late, 2);
    assert_near(found.memory.platform_honest, 2 * 800.0, 1e-9);
    assert_near(found.memory.platform_gamed, 4 * 800.0, 1e-9); // as if it had been done

    // Server 0 lies about class 0. Half as good, it would take 2 s, and that is too long; twice as
    // good is no gain in a second-price auction that it wins anyway, and is late by its 1 s against
    // the half that it says: no, it ends in time, for 1.5 s are enough.
    assert_int_equal(found.efficiency_best.attempt_count, SERVERS);
    assert_near(found.efficiency[2].factor, 2.0, 0.0);
    assert_int_equal(found.efficiency[2].late, 0);
    market_destroy(&m);
}

// Twice as good at class 1 server 1 is cheaper than server 0 where both can do the work; it is not.
static void test_an_efficiency_lie_is_late_when_the_deadline_is_tight(void **fixture)
{
    (void)fixture;
    market m = make_hand();
    dcat_task task = {.work_cycles = 100e9, .deadline_s = 0.9, .value = INFINITY, .class_id = 1};
    market tight = {.world = m.world};
    assert_int_equal(dcat_demand_create_tasks(&task, 1, 1, 1.0, 20, &tight.demand, NULL), DCAT_OK);
    dcat_audit_manipulation found = {0};
    audit_run run = {.demand = tight.demand,
                     .policy = {.clusterer = dcat_clusterer_find("single"),
                                .auction = dcat_auction_find("vickrey")},
                     .seed = 1,
                     .cycle_count = 1};
    assert_int_equal(audit_manipulate(m.world, &run, 0, 0, &found, NULL), DCAT_OK);
    // Honest, nobody can; server 1 says half a second at half the cost, and takes one, for the fee.
    assert_int_equal(found.efficiency[2].award_count, 1);
    assert_int_equal(found.efficiency[2].late, 1);
    assert_near(found.efficiency[2].honest, 0.0, 0.0);
    assert_near(found.efficiency[2].gamed, 1000.0 - 200.0, 1e-9);
    assert_int_equal(found.efficiency_best.gainful, 1);
    dcat_demand_destroy(tight.demand);
    market_destroy(&m);
}

// What is said changes nothing but that: same bits where nothing is said.
static void test_resources_are_as_servers_say(void **fixture)
{
    (void)fixture;
    static fleet f;
    for (uint64_t seed = 1; seed <= test_cases(20); seed++) {
        market m = market_create_mixed(seed, &f);
        const dcat_resources *honest = dcat_world_config_view(m.world)->resources;
        int S = (int)dcat_world_server_count(m.world);
        int Q = (int)dcat_resources_class_count(honest);
        double speed[MARKET_SERVER_MAX], cost[MARKET_SERVER_MAX];
        for (int i = 0; i < S; i++) {
            speed[i] = i % 2 == 0 ? 1.0 : 2.0;
            cost[i] = i % 3 == 0 ? 1.0 : 1.5;
        }
        const dcat_device_lie lie = {S - 1, Q - 1, 4.0, 1e3};
        dcat_resources *said = NULL;
        assert_int_equal(dcat_resources_said(honest, speed, cost, &lie, &said, NULL), DCAT_OK);
        for (int i = 0; i < S; i++) {
            for (int q = 0; q < Q; q++) {
                double was = dcat_effective_speed_hz(honest, i, q);
                double is = dcat_effective_speed_hz(said, i, q);
                double unit = dcat_effective_unit_cost(honest, i, q);
                bool liar = i == S - 1, about = liar && q == Q - 1;
                bool same_pool = dcat_resources_classes_view(honest)[q].pool ==
                                 dcat_resources_classes_view(honest)[Q - 1].pool;
                if (was > 0.0) {
                    assert_near(is, was * speed[i] * (about ? 4.0 : 1.0), 1e-12);
                    assert_near(dcat_effective_unit_cost(said, i, q),
                                unit * cost[i] / (about ? 4.0 : 1.0), 1e-12);
                } else if (!(liar && same_pool)) {
                    assert_true(is == 0.0);
                }
            }
        }
        dcat_resources_destroy(said);
        market_destroy(&m);
    }
}

// In mixed random markets nothing that is promised breaks, nobody loses in rules that promise it,
// and what is found does not depend on the class that came first.
static void test_real_auctions_of_classes_keep_their_promises(void **fixture)
{
    (void)fixture;
    static fleet f;
    int64_t lies = 0, members = 0;
    for (uint64_t seed = 1; seed <= test_cases(24); seed++) {
        market m = market_create_mixed(seed, &f);
        const dcat_auction *auction = dcat_auction_find(seed % 2 == 0 ? "rea-s" : "vickrey");
        audit_run run = run_in(&m, seed, auction);
        audit_real found;
        dcat_error err = {0};
        if (audit_real_run(m.world, &run, 400, true, &found, &err) != DCAT_OK) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        }
        const dcat_auction_config *rules = &dcat_world_config_view(m.world)->auction;
        if (dcat_auction_promises(auction, rules, DCAT_PROMISE_TRUTHFUL_CLUSTERS)) {
            assert_int_equal(found.clusters.profitable, 0);
        }
        if (dcat_auction_promises(auction, rules, DCAT_PROMISE_TRUTHFUL_MEMBERS)) {
            assert_int_equal(found.members.profitable, 0);
        }
        assert_int_equal(found.rational.cluster.below, 0);
        lies += found.clusters.pair_count;
        members += found.members.pair_count;
        dcat_audit_stability stays = {0};
        assert_int_equal(audit_stability(m.world, &run, 1, 3, true, &stays, NULL), DCAT_OK);
        market_destroy(&m);
    }
    assert_true(lies > 0 && members > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_says_it_has_more_memory_is_paid_for_work_that_never_ends),
        cmocka_unit_test(test_an_efficiency_lie_is_late_when_the_deadline_is_tight),
        cmocka_unit_test(test_resources_are_as_servers_say),
        cmocka_unit_test(test_real_auctions_of_classes_keep_their_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
