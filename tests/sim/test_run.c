// SPDX-License-Identifier: Apache-2.0
// A run: cycles, decisions, hooks, and what is refused.

#include "dcat/run.h"
#include "random_world.h"
#include <stdlib.h>
#include <string.h>

// --- policies by name

static void test_policies_are_written_clusterer_colon_auction(void **fixture)
{
    (void)fixture;
    dcat_policy policy = {0};
    dcat_error err = {0};
    assert_int_equal(dcat_policy_parse("linkage:rea-s", &policy, &err), DCAT_OK);
    assert_string_equal(policy.clusterer->name, "linkage");
    assert_ptr_equal(policy.auction, dcat_auction_find("rea-s"));
    assert_null(policy.model);
}

static void test_bad_policies_are_refused_with_what_there_is(void **fixture)
{
    (void)fixture;
    const struct {
        const char *text;
        dcat_status status;
        const char *words;
    } cases[] = {
        {"linkage", DCAT_ERR_FORMAT, "clusterer:auction"},
        {"", DCAT_ERR_FORMAT, "got ''"},
        {"k-means:rea", DCAT_ERR_NOT_FOUND,
         "no clusterer is called 'k-means'; there are: single, random, kmeans, linkage, anneal"},
        {":rea", DCAT_ERR_NOT_FOUND, "no clusterer is called ''"},
        {"linkage:", DCAT_ERR_NOT_FOUND,
         "no auction is called ''; there are: rea, one-off, rea-s, vickrey, posted"},
        {"linkage:rea:x", DCAT_ERR_NOT_FOUND, "no auction is called 'rea:x'"},
        {"a-name-of-a-clusterer-that-is-longer-than-any-name-could-sensibly-be:rea",
         DCAT_ERR_FORMAT, "clusterer:auction"},
        // 64 letters are too long for any name, 63 are not.
        {"0123456789012345678901234567890123456789012345678901234567890123:rea", DCAT_ERR_FORMAT,
         "clusterer:auction"},
        {"012345678901234567890123456789012345678901234567890123456789012:rea", DCAT_ERR_NOT_FOUND,
         "'012345678901234567890123456789012345678901234567890123456789012'; there are"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dcat_policy policy = {.auction = dcat_auction_find("posted")};
        dcat_error err = {0};
        assert_int_equal(dcat_policy_parse(cases[i].text, &policy, &err), cases[i].status);
        if (strstr(err.message, cases[i].words) == NULL) {
            fail_msg("'%s' does not say '%s'", err.message, cases[i].words);
        }
        assert_ptr_equal(policy.auction, dcat_auction_find("posted")); // untouched
        assert_null(policy.clusterer);
    }
}

// --- running

static dcat_run_config run_config(const char *clusterer, uint32_t first, uint32_t count)
{
    return (dcat_run_config){
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = dcat_clusterer_find(clusterer),
                   .auction = dcat_auction_find("rea-s")},
        .seed = 3,
        .cycle_first = first,
        .cycle_count = count,
    };
}

static void test_cycles_add_up_to_the_result(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        market m = market_create(seed);
        const dcat_run_config config = run_config("linkage", 1, 4);
        dcat_totals cycles[4], sum = {0};
        dcat_run_result result = {0}, again = {0};
        assert_int_equal(dcat_run(m.world, m.demand, &config, NULL, cycles, &result, NULL),
                         DCAT_OK);
        for (int c = 0; c < 4; c++) {
            dcat_totals_add(&sum, &cycles[c]);
        }
        assert_memory_equal(&sum, &result.totals, sizeof sum);
        assert_int_equal(result.cycle_count, 4);
        assert_int_equal(result.decision_count, 1); // of world and seed only: decided once
        assert_near(result.decision_s, 0.0, 0.0);   // no clock was given
        assert_int_equal(dcat_run(m.world, m.demand, &config, NULL, NULL, &again, NULL), DCAT_OK);
        assert_memory_equal(&again, &result, sizeof again);
        market_destroy(&m);
    }
}

// Everything a run shows, compared with a second run by hand.
typedef struct witness {
    const market *m;
    uint32_t next_cycle, next_slot, slots_per_cycle;
    int32_t next_id;
    dcat_totals totals; // of the cycle, from awards
    size_t before, after, cycles;
    size_t stop_before, stop_after, stop_cycle; // when that many were shown; 0: never
} witness;

static bool before_slot(void *user, const dcat_slot_record *record)
{
    witness *w = user;
    double slot_s = dcat_world_config_view(w->m->world)->slot_s;
    assert_null(record->awards);
    assert_int_equal(record->cycle, w->next_cycle);
    assert_int_equal(record->slot, w->next_slot);
    assert_near(record->now_s, ((double)record->cycle * w->slots_per_cycle + record->slot) * slot_s,
                0.0);
    for (size_t n = 0; n < record->task_count; n++) {
        assert_int_equal(record->tasks[n].id, w->next_id + (int32_t)n); // counted within the cycle
    }
    return ++w->before != w->stop_before;
}

static bool after_slot(void *user, const dcat_slot_record *record)
{
    witness *w = user;
    assert_int_equal(dcat_state_check(record->state, NULL), DCAT_OK);
    for (size_t n = 0; n < record->task_count; n++) {
        w->totals.arrived++;
        w->totals.awarded += record->awards[n].outcome == DCAT_AUCTION_SOLD;
        w->totals.payment += record->awards[n].payment;
    }
    w->next_id += (int32_t)record->task_count;
    w->next_slot++;
    return ++w->after != w->stop_after;
}

static bool after_cycle(void *user, const dcat_cycle_record *record)
{
    witness *w = user;
    assert_int_equal(record->cycle, w->next_cycle);
    assert_int_equal(w->next_slot, w->slots_per_cycle);
    assert_int_equal(record->totals->arrived, w->totals.arrived);
    assert_int_equal(record->totals->awarded, w->totals.awarded);
    assert_near(record->totals->payment, w->totals.payment, 1e-12);
    assert_true(dcat_state_cluster_count(record->state) >= 1);
    w->totals = (dcat_totals){0};
    w->next_cycle++;
    w->next_slot = 0;
    w->next_id = 0;
    return ++w->cycles != w->stop_cycle;
}

static witness watch(const market *m, dcat_run_result *result, size_t stop_before,
                     size_t stop_after, size_t stop_cycle)
{
    witness w = {.m = m,
                 .next_cycle = 1,
                 .slots_per_cycle = (uint32_t)dcat_world_config_view(m->world)->slots_per_cycle,
                 .stop_before = stop_before,
                 .stop_after = stop_after,
                 .stop_cycle = stop_cycle};
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &w,
                                  .before_slot = before_slot, .after_slot = after_slot,
                                  .after_cycle = after_cycle};
    const dcat_run_config config = run_config("kmeans", 1, 3);
    assert_int_equal(dcat_run(m->world, m->demand, &config, &hooks, NULL, result, NULL), DCAT_OK);
    return w;
}

static uint64_t seed_with_slots(int least)
{
    for (uint64_t seed = 1;; seed++) {
        market m = market_create(seed);
        int slots = dcat_world_config_view(m.world)->slots_per_cycle;
        market_destroy(&m);
        if (slots >= least) {
            return seed;
        }
    }
}

static void test_hooks_see_every_slot_and_cycle_in_order(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        market m = market_create(seed);
        dcat_run_result result;
        witness w = watch(&m, &result, 0, 0, 0);
        assert_int_equal(w.cycles, 3);
        assert_int_equal(w.before, 3 * w.slots_per_cycle);
        assert_int_equal(w.after, 3 * w.slots_per_cycle);
        market_destroy(&m);
    }
}

static void test_a_hook_stops_the_run_where_it_is(void **fixture)
{
    (void)fixture;
    market m = market_create(seed_with_slots(3));
    dcat_run_result whole, result;
    watch(&m, &whole, 0, 0, 0);
    size_t slots = (size_t)dcat_world_config_view(m.world)->slots_per_cycle;
    // Before the second slot of the second cycle: that slot is not run, its cycle does not count.
    witness w = watch(&m, &result, slots + 2, 0, 0);
    assert_int_equal(w.after, slots + 1);
    assert_int_equal(w.cycles, 1);
    assert_int_equal(result.cycle_count, 1);
    // After it: run, but the cycle is not complete either.
    w = watch(&m, &result, 0, slots + 2, 0);
    assert_int_equal(w.after, slots + 2);
    assert_int_equal(result.cycle_count, 1);
    // After the second cycle: both count.
    w = watch(&m, &result, 0, 0, 2);
    assert_int_equal(w.before, 2 * slots);
    assert_int_equal(result.cycle_count, 2);
    assert_true(result.totals.arrived <= whole.totals.arrived);
    market_destroy(&m);
}

// --- decisions

// A clusterer for the test: puts everybody alone, and keeps what it was shown.
static struct {
    size_t count;
    uint32_t cycle[16];
    double arrivals[16], work_cycles[16];
    int every;
} seen;

static int every_some_cycles(const dcat_world *world)
{
    (void)world;
    return seen.every;
}

static size_t no_workspace(const dcat_world *world, const void *model)
{
    (void)world;
    (void)model;
    return 0;
}

static dcat_status remember(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of,
                            dcat_error *err)
{
    (void)workspace;
    (void)err;
    assert_true(seen.count < 16);
    seen.cycle[seen.count] = input->cycle;
    seen.arrivals[seen.count] = input->observation->arrivals_per_slot[0];
    seen.work_cycles[seen.count] = input->observation->work_cycles[0];
    seen.count++;
    for (size_t i = 0; i < dcat_world_server_count(input->world); i++) {
        cluster_of[i] = (int32_t)i;
    }
    return DCAT_OK;
}

static const dcat_clusterer witness_clusterer = {DCAT_SIZED(dcat_clusterer),
                                                 .name = "witness",
                                                 .summary = "remembers what it was shown",
                                                 .decide_every = every_some_cycles,
                                                 .workspace_bytes = no_workspace,
                                                 .decide = remember};

// Two slots a cycle, one task of (cycle + 1) * 100 G in the first slot of each cycle.
static market known_market(size_t cycle_count)
{
    dcat_task tasks[16];
    for (size_t c = 0; c < cycle_count; c++) {
        tasks[c] = (dcat_task){.arrival_s = 2.0 * (double)c,
                               .work_cycles = 100e9 * (double)(c + 1),
                               .data_bits = 1e6,
                               .deadline_s = 60.0,
                               .value = INFINITY};
    }
    market m = {0};
    dcat_world_config config = dcat_world_config_default();
    config.slots_per_cycle = 2;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &m.world, NULL), DCAT_OK);
    assert_int_equal(dcat_demand_create_tasks(tasks, cycle_count, 1, 1.0, 2, &m.demand, NULL),
                     DCAT_OK);
    return m;
}

static double fake_clock_s(void *user)
{
    (void)user;
    static double now_s;
    now_s += 0.25;
    return now_s;
}

static void test_decisions_come_at_their_pace_and_see_the_cycle_before(void **fixture)
{
    (void)fixture;
    market m = known_market(8);
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .clock_s = fake_clock_s};
    const struct {
        int every;
        size_t count;
    } paces[] = {{0, 1}, {1, 6}, {2, 3}, {4, 2}, {24, 1}};
    for (size_t p = 0; p < sizeof paces / sizeof paces[0]; p++) {
        memset(&seen, 0, sizeof seen);
        seen.every = paces[p].every;
        const dcat_run_config config = {
            DCAT_SIZED(dcat_run_config),
            .policy = {.clusterer = &witness_clusterer, .auction = dcat_auction_find("rea")},
            .seed = 1, .cycle_first = 2, .cycle_count = 6};
        dcat_run_result result;
        assert_int_equal(dcat_run(m.world, m.demand, &config, &hooks, NULL, &result, NULL),
                         DCAT_OK);
        assert_int_equal(seen.count, paces[p].count);
        assert_int_equal(result.decision_count, paces[p].count);
        assert_near(result.decision_s, 0.25 * (double)paces[p].count, 1e-12);
        assert_near(result.cluster_count, 6.0, 0.0); // one cluster in each of six cycles
        for (size_t d = 0; d < seen.count; d++) {    // the first one sees cycle 1, before the run
            uint32_t cycle = 2 + (uint32_t)d * (uint32_t)paces[p].every;
            assert_int_equal(seen.cycle[d], cycle);
            // The cycle before had one task in two slots, of (cycle before + 1) * 100 G.
            assert_near(seen.arrivals[d], 0.5, 0.0);
            assert_near(seen.work_cycles[d], 100e9 * cycle, 0.0);
        }
    }
    market_destroy(&m);
}

static void test_cycles_beyond_the_demand_are_refused(void **fixture)
{
    (void)fixture;
    market m = known_market(4); // cycles 0 to 3
    const uint32_t bad[][2] = {{0, 0}, {0, 5}, {4, 1}, {3, 2}, {1, UINT32_MAX}, {UINT32_MAX, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const dcat_run_config config = run_config("single", bad[i][0], bad[i][1]);
        dcat_run_result result = {.cycle_count = 77};
        dcat_error err = {0};
        assert_int_equal(dcat_run(m.world, m.demand, &config, NULL, NULL, &result, &err),
                         DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "the demand has cycles 0 to 3"));
        assert_int_equal(result.cycle_count, 77);
    }
    const dcat_run_config last = run_config("single", 3, 1);
    dcat_run_result result;
    assert_int_equal(dcat_run(m.world, m.demand, &last, NULL, NULL, &result, NULL), DCAT_OK);
    assert_int_equal(result.totals.arrived, 1);
    market other = market_create(3);
    dcat_error err = {0};
    if (dcat_world_area_count(other.world) != 1) {
        assert_int_equal(dcat_run(other.world, m.demand, &last, NULL, NULL, &result, &err),
                         DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "areas"));
    }
    market_destroy(&other);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies_are_written_clusterer_colon_auction),
        cmocka_unit_test(test_bad_policies_are_refused_with_what_there_is),
        cmocka_unit_test(test_cycles_add_up_to_the_result),
        cmocka_unit_test(test_hooks_see_every_slot_and_cycle_in_order),
        cmocka_unit_test(test_a_hook_stops_the_run_where_it_is),
        cmocka_unit_test(test_decisions_come_at_their_pace_and_see_the_cycle_before),
        cmocka_unit_test(test_cycles_beyond_the_demand_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
