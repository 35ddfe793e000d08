// SPDX-License-Identifier: Apache-2.0
// A slot, and every cycle between the first and the last, run without the heap.

#include <stdlib.h> // declares what the next header defines

#include "bench/reference/slot.h"
#include "count_allocations.h"
#include "dcat/run.h"
#include "random_world.h"
#include <stdio.h>

static void test_the_count_sees_allocations(void **fixture)
{
    (void)fixture;
    size_t before = allocation_count;
    void *volatile memory = malloc(10);
    memory = realloc(memory, 2000);
    void *volatile zeroed = calloc(3, 7);
    void *volatile aligned = aligned_alloc(64, 128);
    size_t counted = allocation_count - before;
    free(memory);
    free(zeroed);
    free(aligned);
    assert_true(counted >= 4);
}

static void test_a_slot_uses_no_heap(void **fixture)
{
    (void)fixture;
    static dcat_task tasks[REFERENCE_TASK_MAX];
    static dcat_award awards[REFERENCE_TASK_MAX];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        market m = market_create(seed);
        size_t S = dcat_world_server_count(m.world);
        for (size_t kind = 0; kind < dcat_auction_count(); kind++) {
            dcat_state *state = NULL;
            int32_t cluster_of[MARKET_SERVER_MAX];
            dcat_rng rng = test_rng(seed);
            dcat_totals totals = {0};
            assert_int_equal(dcat_state_create(m.world, dcat_auction_at(kind), seed,
                                               dcat_demand_slot_task_max(m.demand), &state, NULL),
                             DCAT_OK);
            random_partition(m.world, &rng, cluster_of);
            size_t before = allocation_count;
            dcat_state_set_clusters(state, cluster_of);
            for (uint32_t slot = 0; slot < 4; slot++) {
                size_t count = dcat_demand_slot(m.demand, m.world, seed, 0, slot, 0, tasks);
                dcat_state_step(state, slot, 0, slot, tasks, count, awards, &totals, NULL);
            }
            assert_int_equal(allocation_count - before, 0);
            assert_true(S > 0 && totals.arrived >= 0);
            dcat_state_destroy(state);
        }
        market_destroy(&m);
    }
}

// Allocations counted at the end of each cycle.
typedef struct tally {
    size_t at[MARKET_STEP_MAX];
} tally;

static bool note(void *user, const dcat_cycle_record *record)
{
    tally *t = user;
    t->at[record->cycle] = allocation_count;
    return true;
}

static void test_cycles_use_no_heap(void **fixture)
{
    (void)fixture;
    static const char *const clusterers[] = {"single", "random", "kmeans", "linkage"};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        market m = market_create(seed);
        for (size_t c = 0; c < 4; c++) {
            const dcat_run_config config = {
                DCAT_SIZED(dcat_run_config),
                .policy = {.clusterer = dcat_clusterer_find(clusterers[c]),
                           .auction = dcat_auction_at(seed % dcat_auction_count())},
                .seed = seed,
                .cycle_count = MARKET_STEP_MAX,
            };
            tally t = {{0}};
            const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &t,
                                          .after_cycle = note};
            dcat_run_result result;
            assert_int_equal(dcat_run(m.world, m.demand, &config, &hooks, NULL, &result, NULL),
                             DCAT_OK);
            assert_int_equal(t.at[MARKET_STEP_MAX - 1] - t.at[0], 0);
            assert_true(t.at[0] > 0);
        }
        market_destroy(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_count_sees_allocations),
        cmocka_unit_test(test_a_slot_uses_no_heap),
        cmocka_unit_test(test_cycles_use_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
