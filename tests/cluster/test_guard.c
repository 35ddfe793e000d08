// SPDX-License-Identifier: Apache-2.0
// The guard: bad policies do no harm, good ones stay, chance changes nothing, effort is counted.

#include "cluster/guard.h"
#include "cluster/support.h"
#include "cluster_worlds.h"
#include "world/world.h"
#include <stdio.h>

enum { S = 24 };

static double arrivals_per_slot, work_cycles = 700e9, data_bits = 20e6, deadline_s = 2.5;
static const dcat_observation seen = {.area_count = 1,
                                      .arrivals_per_slot = &arrivals_per_slot,
                                      .work_cycles = &work_cycles,
                                      .data_bits = &data_bits,
                                      .deadline_s = &deadline_s};

static dcat_world *world_of(uint64_t seed)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 350e3;
    config.auction.ceiling_per_cycle = 1.8e-9;
    arrivals_per_slot = 12.0;
    return random_world(&config, LAYOUT_PLANE, S, seed);
}

static dcat_cluster_input input_of(const dcat_world *world, bool first, uint32_t cycle)
{
    return (dcat_cluster_input){.world = world,
                                .observation = &seen,
                                .auction = dcat_auction_find("rea-s"),
                                .seed = 4,
                                .cycle = cycle,
                                .first = first};
}

static guard *make_guard(const dcat_world *world, size_t tasks_max)
{
    guard g;
    arena measure = {0};
    arena_take(&measure, sizeof g);
    guard_layout(&measure, world, tasks_max, &g);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    guard *made = arena_take(&place, sizeof g);
    guard_layout(&place, world, tasks_max, made);
    return made;
}

// Judge a policy's partition against the one in force.
static void guarded(guard *g, const dcat_cluster_input *input, const int32_t *in_force,
                    const int32_t *policy, int32_t *chosen)
{
    guard_note_in_force(g, in_force);
    memcpy(chosen, policy, sizeof *chosen * S);
    guard_decide(g, input, chosen);
    assert_partition_is_legal(g->world, chosen);
}

// On many arrivals of its own.
static double worth(const dcat_world *world, const int32_t *cluster_of)
{
    const dcat_cluster_input input = input_of(world, false, 99);
    oracle o;
    arena measure = {0};
    oracle_layout(&measure, world, 20000, &o);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    oracle_layout(&place, world, 20000, &o);
    assert_true(oracle_begin(&o, &input, CLUSTER_PART_ANNEAL));
    double profit = oracle_profit(&o, cluster_of);
    free(place.base);
    return profit;
}

static void linkage_of(const dcat_world *world, int32_t *cluster_of)
{
    const dcat_cluster_input input = input_of(world, false, 0);
    decide_with(dcat_clusterer_find("linkage"), &input, 0x11, cluster_of);
}

static void test_guard_puts_a_bad_policy_aside(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        dcat_world *world = world_of(seed);
        guard *g = make_guard(world, 0);
        int32_t single[S], linkage[S], chosen[S];
        start_single(single, S);
        linkage_of(world, linkage);
        // A task of 700 G within 2.5 s takes more than one server: single servers earn little.
        assert_true(worth(world, linkage) > 1.5 * worth(world, single));
        for (int first = 0; first < 2; first++) {
            const dcat_cluster_input input = input_of(world, first == 1, 3);
            guarded(g, &input, single, single, chosen);
            assert_true(worth(world, chosen) > 0.99 * worth(world, linkage));
            guarded(g, &input, linkage, single, chosen); // nor does it leave what is good
            assert_true(worth(world, chosen) > 0.99 * worth(world, linkage));
        }
        free(g);
        dcat_world_destroy(world);
    }
}

static void test_guard_takes_single_servers_where_these_are_best(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of(1);
    int32_t single[S], linkage[S], chosen[S];
    start_single(single, S);
    linkage_of(world, linkage);
    arrivals_per_slot = 20.0;
    work_cycles = 50e9; // any server does it in time, and 20 a slot are more than clusters start
    double before_s = deadline_s;
    deadline_s = 0.6;
    guard *g = make_guard(world, 0);
    const dcat_cluster_input input = input_of(world, true, 0);
    guarded(g, &input, linkage, linkage, chosen);
    assert_true(worth(world, chosen) >= worth(world, single) * 0.998);
    work_cycles = 700e9;
    deadline_s = before_s;
    free(g);
    dcat_world_destroy(world);
}

static void test_guard_leaves_what_is_about_as_good(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of(2);
    guard *g = make_guard(world, 0);
    int32_t linkage[S], in_force[S], chosen[S];
    linkage_of(world, linkage);
    const dcat_cluster_input first = input_of(world, true, 0);
    guarded(g, &first, linkage, linkage, in_force);
    int changes = 0;
    for (uint32_t cycle = 1; cycle <= 40; cycle++) {
        const dcat_cluster_input input = input_of(world, false, cycle);
        guarded(g, &input, in_force, linkage, chosen);
        changes += memcmp(chosen, in_force, sizeof chosen) != 0;
    }
    assert_true(changes <= 2); // where demand stays what it is
    free(g);
    dcat_world_destroy(world);
}

static void test_guard_and_search_keep_owners_apart_where_that_pays(void **fixture)
{
    (void)fixture;
    // Three owners whose servers lie mixed. Linkage's clusters join them all to one bidder, who is
    // paid the whole fee under rea.
    dcat_world *world = world_of(5);
    int32_t linkage[S], chosen[S];
    linkage_of(world, linkage);
    for (int i = 0; i < S; i++) {
        world->servers[i].owner = 1 + i % 3;
    }
    world->owner_max = 3;
    dcat_cluster_input input = input_of(world, true, 0);
    input.auction = dcat_auction_find("rea");
    oracle o;
    arena measure = {0};
    oracle_layout(&measure, world, 20000, &o);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    oracle_layout(&place, world, 20000, &o);
    assert_true(oracle_begin(&o, &input, CLUSTER_PART_ANNEAL));
    guard *g = make_guard(world, 0);
    guarded(g, &input, linkage, linkage, chosen);
    double fees = oracle_profit(&o, chosen);
    assert_true(oracle_profit(&o, linkage) < 0.01 * fees);
    decide_with(dcat_clusterer_find("guard"), &input, 0x22, chosen); // the same without a policy
    assert_near(oracle_profit(&o, chosen), fees, 0.1 * fees);
    decide_with(dcat_clusterer_find("linkage-tuned"), &input, 0x33, chosen);
    assert_true(oracle_profit(&o, chosen) > 0.5 * fees);
    free(g);
    free(place.base);
    dcat_world_destroy(world);
}

static void test_a_wide_margin_keeps_what_is_in_force(void **fixture)
{
    (void)fixture;
    for (int wide = 0; wide < 2; wide++) {
        dcat_world *world = world_of(1);
        int32_t single[S], linkage[S], chosen[S];
        start_single(single, S);
        linkage_of(world, linkage);
        double gain = worth(world, linkage) / worth(world, single) - 1.0;
        world->config.guard_margin = wide ? 2.0 * gain : 0.5 * gain;
        guard *g = make_guard(world, 40000);
        const dcat_cluster_input input = input_of(world, false, 3);
        guarded(g, &input, single, linkage, chosen);
        assert_int_equal(memcmp(chosen, single, sizeof chosen) == 0, wide);
        free(g);
        dcat_world_destroy(world);
    }
}

static void test_guard_starts_from_queues(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of(3);
    int32_t single[S], linkage[S], chosen[S];
    start_single(single, S);
    linkage_of(world, linkage);
    // All servers are busy for longer than this cycle and any deadline: nobody earns anything, so
    // nothing changes. 20 slots of 1 s: cycle 5 begins after 100 s.
    double busy_until_s[S];
    for (int i = 0; i < S; i++) {
        busy_until_s[i] = 100.0 + 60.0;
    }
    guard *g = make_guard(world, 0);
    dcat_cluster_input input = input_of(world, false, 5);
    guarded(g, &input, single, linkage, chosen);
    assert_memory_not_equal(chosen, single, sizeof chosen);
    input.busy_until_s = busy_until_s;
    guarded(g, &input, single, linkage, chosen);
    assert_memory_equal(chosen, single, sizeof chosen);
    for (int i = 0; i < S; i++) {
        busy_until_s[i] = 99.0; // done before it begins: as if it had never been
    }
    guarded(g, &input, single, linkage, chosen);
    assert_memory_not_equal(chosen, single, sizeof chosen);
    free(g);
    dcat_world_destroy(world);
}

static void test_guard_simulates_no_more_than_it_may(void **fixture)
{
    (void)fixture;
    static const size_t allowed[] = {0, 1, 3000, 100000};
    dcat_world *world = world_of(4);
    int32_t single[S], linkage[S], chosen[S], again[S];
    start_single(single, S);
    linkage_of(world, linkage);
    for (size_t n = 0; n < sizeof allowed / sizeof allowed[0]; n++) {
        guard *g = make_guard(world, allowed[n]);
        dcat_cluster_input input = input_of(world, false, 1);
        guarded(g, &input, single, linkage, chosen);
        // 12 arrivals a slot of 20 are 240 a cycle, and candidates are judged by no less.
        size_t least = 241, tasks = allowed[n] > 0 ? allowed[n] : 200 * S;
        assert_int_equal(g->oracle.task_max, tasks / 16 > least ? tasks / 16 : least);
        guarded(g, &input, single, linkage, again);
        assert_memory_equal(chosen, again, sizeof again);
        input.first = true;
        guarded(g, &input, single, linkage, chosen);
        assert_int_equal(g->oracle.task_max, 800000 / 40);
        free(g);
    }
    dcat_world_destroy(world);
}

static void test_guard_changes_nothing_without_demand(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of(5);
    guard *g = make_guard(world, 0);
    int32_t single[S], linkage[S], chosen[S];
    start_single(single, S);
    linkage_of(world, linkage);
    arrivals_per_slot = 0.0;
    const dcat_cluster_input input = input_of(world, false, 1);
    guarded(g, &input, single, linkage, chosen);
    assert_memory_equal(chosen, linkage, sizeof chosen); // the policy's, which then is in force
    free(g);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_puts_a_bad_policy_aside),
        cmocka_unit_test(test_guard_takes_single_servers_where_these_are_best),
        cmocka_unit_test(test_guard_leaves_what_is_about_as_good),
        cmocka_unit_test(test_guard_and_search_keep_owners_apart_where_that_pays),
        cmocka_unit_test(test_a_wide_margin_keeps_what_is_in_force),
        cmocka_unit_test(test_guard_starts_from_queues),
        cmocka_unit_test(test_guard_simulates_no_more_than_it_may),
        cmocka_unit_test(test_guard_changes_nothing_without_demand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
