// SPDX-License-Identifier: Apache-2.0
// A process that has compared with two threads may fork, and its child compares again with two.
// ThreadSanitizer runs this program.

#include "dcat/compare.h"
#include "golden_worlds.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLICIES = 2, RUNS = POLICIES * GOLDEN_WORLDS };

static dcat_status compare(const dcat_demand *demand, const dcat_world *const *worlds,
                           dcat_run_result *results)
{
    static const uint64_t seeds[GOLDEN_WORLDS] = {1, 2, 3};
    dcat_policy policies[POLICIES];
    assert_int_equal(dcat_policy_parse("kmeans:one-off", &policies[0], NULL), DCAT_OK);
    assert_int_equal(dcat_policy_parse("random:rea", &policies[1], NULL), DCAT_OK);
    const dcat_jobs jobs = {.size = sizeof jobs, .thread_count = 2};
    const dcat_compare_config config = {DCAT_SIZED(dcat_compare_config),
                                        .policies = policies,
                                        .policy_count = POLICIES,
                                        .source = dcat_compare_source_of(worlds),
                                        .seeds = seeds,
                                        .world_count = GOLDEN_WORLDS,
                                        .cycle_count = GOLDEN_CYCLES,
                                        .jobs = &jobs};
    memset(results, 0xa5, sizeof *results * RUNS);
    return dcat_compare_run(demand, &config, results, NULL);
}

static void test_a_child_compares_again_to_the_same_bits(void **state)
{
    (void)state;
    static dcat_run_result before[RUNS], again[RUNS];
    dcat_demand *demand = golden_demand();
    dcat_world *worlds[GOLDEN_WORLDS];
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        worlds[w] = golden_world(w, DCAT_QUEUE_FIFO);
    }
    const dcat_world *const *views = (const dcat_world *const *)worlds;
    assert_int_equal(compare(demand, views, before), DCAT_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60); // rather than waiting forever for a thread that the parent had
        dcat_status status = compare(demand, views, again);
        _exit(status == DCAT_OK && memcmp(before, again, sizeof before) == 0 ? 0 : 1);
    }
    int code = -1;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_int_equal(compare(demand, views, again), DCAT_OK); // the parent may go on, too
    assert_memory_equal(before, again, sizeof before);
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        dcat_world_destroy(worlds[w]);
    }
    dcat_demand_destroy(demand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_compares_again_to_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
