// SPDX-License-Identifier: Apache-2.0
// A comparison gives the same bits for any number of threads and ranks, and opens as few worlds as
// it can. ThreadSanitizer runs this program.

#include "dcat/compare.h"
#include "golden_worlds.h"
#include "ranks_team.h"
#include <stdatomic.h>
#include <string.h>

static const char *const names[] = {"single:rea", "kmeans:one-off", "linkage:rea-s",
                                    "random:vickrey"};
enum { POLICIES = sizeof names / sizeof names[0] };

// Not a copy of what a caller would do: only tells that calls come one at a time.
static void count_calls(void *user, size_t done, size_t job_count)
{
    size_t *calls = user;
    ++*calls;
    if (done != *calls || job_count != (size_t)POLICIES * GOLDEN_WORLDS) {
        *calls = 1000000;
    }
}

static void compare(const dcat_demand *demand, dcat_world *const *worlds, int thread_count,
                    dcat_run_result *results)
{
    static const uint64_t seeds[GOLDEN_WORLDS] = {1, 2, 3};
    const dcat_world *views[GOLDEN_WORLDS];
    dcat_policy policies[POLICIES];
    for (int p = 0; p < POLICIES; p++) {
        assert_int_equal(dcat_policy_parse(names[p], &policies[p], NULL), DCAT_OK);
    }
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        views[w] = worlds[w];
    }
    size_t calls = 0;
    const dcat_jobs jobs = {
        .size = sizeof jobs, .thread_count = thread_count, .user = &calls, .progress = count_calls};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config),
                                        .policies = policies,
                                        .policy_count = POLICIES,
                                        .source = dcat_compare_source_of(views),
                                        .seeds = seeds,
                                        .world_count = GOLDEN_WORLDS,
                                        .cycle_count = GOLDEN_CYCLES,
                                        .jobs = &jobs};
    dcat_error err = {0};
    memset(results, 0xa5, sizeof *results * POLICIES * GOLDEN_WORLDS);
    if (dcat_compare_run(demand, &config, results, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(calls, (size_t)POLICIES * GOLDEN_WORLDS);
}

static void test_results_do_not_depend_on_the_number_of_threads(void **fixture)
{
    (void)fixture;
    dcat_demand *demand = golden_demand();
    dcat_world *worlds[GOLDEN_WORLDS];
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        worlds[w] = golden_world(w, DCAT_QUEUE_FIFO);
    }
    static dcat_run_result one[POLICIES * GOLDEN_WORLDS], many[POLICIES * GOLDEN_WORLDS];
    compare(demand, worlds, 1, one);
    for (size_t i = 0; i < (size_t)POLICIES * GOLDEN_WORLDS; i++) {
        assert_true(one[i].totals.arrived > 0 && one[i].cycle_count == GOLDEN_CYCLES);
    }
    const int thread_counts[] = {2, 8, 0};
    for (int i = 0; i < 3; i++) {
        compare(demand, worlds, thread_counts[i], many);
        assert_memory_equal(one, many, sizeof one);
    }
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        dcat_world_destroy(worlds[w]);
    }
    dcat_demand_destroy(demand);
}

// --- ranks

enum { RANKS = 3 };

typedef struct expedition {
    const dcat_demand *demand;
    dcat_world *const *worlds;
    dcat_policy policies[POLICIES];
    dcat_run_result results[RANKS][POLICIES * GOLDEN_WORLDS];
    dcat_status status[RANKS];
    atomic_int open_count; // worlds that are open
    atomic_int opened[GOLDEN_WORLDS];
    size_t kept[RANKS];
} expedition;

typedef struct traveller {
    expedition *e;
    int rank;
} traveller;

static dcat_status open_world(void *user, size_t index, const dcat_world **world, dcat_error *err)
{
    (void)err;
    const traveller *t = user;
    atomic_fetch_add(&t->e->open_count, 1);
    atomic_fetch_add(&t->e->opened[index], 1);
    *world = t->e->worlds[index];
    return DCAT_OK;
}

static void close_world(void *user, size_t index)
{
    (void)index;
    const traveller *t = user;
    atomic_fetch_sub(&t->e->open_count, 1);
}

// The first policy's runs were filled in before.
static bool is_kept(void *user, size_t job)
{
    (void)user;
    return job % POLICIES == 0;
}

static dcat_status keep(void *user, size_t job, dcat_error *err)
{
    (void)err;
    const traveller *t = user;
    size_t policy = job % POLICIES, world = job / POLICIES;
    t->e->kept[t->rank] +=
        policy > 0 && t->e->results[t->rank][policy * GOLDEN_WORLDS + world].cycle_count > 0;
    return DCAT_OK;
}

static void travel(const dcat_ranks *ranks, void *user)
{
    static const uint64_t seeds[GOLDEN_WORLDS] = {1, 2, 3};
    expedition *e = user;
    traveller t = {e, ranks->rank};
    const dcat_jobs jobs = {.size = sizeof jobs,
                            .thread_count = 2,
                            .ranks = ranks,
                            .user = &t,
                            .kept = is_kept,
                            .finished = keep};
    const dcat_compare_config config = {
        DCAT_SIZED(dcat_compare_config),
        .policies = e->policies,
        .policy_count = POLICIES,
        .source = {.user = &t, .open = open_world, .close = close_world},
        .seeds = seeds,
        .world_count = GOLDEN_WORLDS,
        .cycle_count = GOLDEN_CYCLES,
        .jobs = &jobs};
    e->status[t.rank] = dcat_compare_run(e->demand, &config, e->results[t.rank], NULL);
}

static void test_rank_0_has_the_results_of_one_process(void **fixture)
{
    (void)fixture;
    static expedition e;
    dcat_demand *demand = golden_demand();
    dcat_world *worlds[GOLDEN_WORLDS];
    static dcat_run_result one[POLICIES * GOLDEN_WORLDS];
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        worlds[w] = golden_world(w, DCAT_QUEUE_FIFO);
    }
    compare(demand, worlds, 1, one);
    e = (expedition){.demand = demand, .worlds = worlds};
    for (int p = 0; p < POLICIES; p++) {
        assert_int_equal(dcat_policy_parse(names[p], &e.policies[p], NULL), DCAT_OK);
    }
    memcpy(e.results[0], one, sizeof one[0] * GOLDEN_WORLDS); // the first policy's
    ranks_team_run(RANKS, travel, &e);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(e.status[r], DCAT_OK);
        assert_int_equal(e.kept[r], r == 0 ? (POLICIES - 1) * GOLDEN_WORLDS : 0);
    }
    assert_memory_equal(e.results[0], one, sizeof one);
    assert_int_equal(atomic_load(&e.open_count), 0);
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        assert_int_equal(atomic_load(&e.opened[w]), POLICIES - 1);
        dcat_world_destroy(worlds[w]);
    }
    dcat_demand_destroy(demand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(test_rank_0_has_the_results_of_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
