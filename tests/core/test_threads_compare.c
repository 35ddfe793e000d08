// A comparison gives the same bits for any number of threads. ThreadSanitizer runs this program.

#include "core/golden_worlds.h"
#include "dcat/compare.h"
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
    const dcat_compare_config config = {.policies = policies,
                                        .policy_count = POLICIES,
                                        .worlds = views,
                                        .seeds = seeds,
                                        .world_count = GOLDEN_WORLDS,
                                        .cycle_count = GOLDEN_CYCLES,
                                        .thread_count = thread_count,
                                        .progress = count_calls,
                                        .user = &calls};
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
        worlds[w] = golden_world(w);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_do_not_depend_on_the_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
