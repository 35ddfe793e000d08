// SPDX-License-Identifier: Apache-2.0
// Bounds of many worlds are the same bits for any number of threads. ThreadSanitizer runs this
// program.

#include "base/jobs.h"
#include "dcat/x/bound.h"
#include "random_world.h"
#include <string.h>

enum { WORLDS = 5, CYCLES = 2 };

typedef struct bounding {
    const dcat_demand *demand;
    const dcat_world *worlds[WORLDS];
    uint64_t seeds[WORLDS];
    uint32_t cycle_count;
    dcat_bound_result results[WORLDS];
} bounding;

static dcat_status bound_world(void *user, size_t w, dcat_error *err)
{
    bounding *b = user;
    dcat_bound_config config = dcat_bound_config_default();
    config.cycle_count = b->cycle_count;
    config.seed = b->seeds[w];
    return dcat_bound_run(b->worlds[w], b->demand, &config, NULL, &b->results[w], err);
}

static dcat_status bound_all(bounding *b, int thread_count, dcat_error *err)
{
    const dcat_jobs how = {.thread_count = thread_count};
    const job_list jobs = {.count = WORLDS, .run = bound_world, .user = b, .jobs = &how};
    memset(b->results, 0xa5, sizeof b->results);
    return jobs_run(&jobs, err);
}

static void test_bounds_do_not_depend_on_the_number_of_threads(void **fixture)
{
    (void)fixture;
    market first = market_create(11);
    size_t area_count = dcat_demand_area_count(first.demand);
    market others[WORLDS];
    static bounding one;
    one.demand = first.demand;
    one.cycle_count = CYCLES;
    size_t found = 0;
    // Other worlds that share the first one's demand: as many areas.
    for (uint64_t seed = 1; found < WORLDS; seed++) {
        market m = market_create(seed);
        if (dcat_world_area_count(m.world) == area_count) {
            others[found] = m;
            one.worlds[found] = m.world;
            one.seeds[found++] = seed;
        } else {
            market_destroy(&m);
        }
    }
    dcat_error err = {0};
    assert_int_equal(bound_all(&one, 1, &err), DCAT_OK);
    static bounding many;
    const int thread_counts[] = {2, 8, 0};
    for (int i = 0; i < 3; i++) {
        many = one;
        assert_int_equal(bound_all(&many, thread_counts[i], &err), DCAT_OK);
        for (int w = 0; w < WORLDS; w++) {
            assert_true(many.results[w].total == one.results[w].total);
            assert_true(many.results[w].option_count > 0);
        }
    }
    many.cycle_count = 1000; // a span that does not exist
    assert_int_equal(bound_all(&many, 2, &err), DCAT_ERR_RANGE);
    for (size_t w = 0; w < WORLDS; w++) {
        market_destroy(&others[w]);
    }
    market_destroy(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_do_not_depend_on_the_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
