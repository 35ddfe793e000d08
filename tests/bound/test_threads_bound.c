// Bounds of many worlds are the same bits for any number of threads. ThreadSanitizer runs this
// program.

#include "core/random_world.h"
#include "dcat/bound.h"
#include <string.h>

enum { WORLDS = 5, CYCLES = 2 };

static void count_calls(void *user, size_t done, size_t count)
{
    size_t *calls = user;
    ++*calls;
    if (done != *calls || count != WORLDS) {
        *calls = 1000000;
    }
}

static void test_bounds_do_not_depend_on_the_number_of_threads(void **fixture)
{
    (void)fixture;
    market first = market_create(11);
    size_t area_count = dcat_demand_area_count(first.demand);
    market others[WORLDS];
    const dcat_world *worlds[WORLDS];
    uint64_t seeds[WORLDS];
    size_t found = 0;
    // Other worlds that share the first one's demand: as many areas.
    for (uint64_t seed = 1; found < WORLDS; seed++) {
        market m = market_create(seed);
        if (dcat_world_area_count(m.world) == area_count) {
            others[found] = m;
            worlds[found] = m.world;
            seeds[found++] = seed;
        } else {
            market_destroy(&m);
        }
    }
    dcat_bound_config config = dcat_bound_config_default();
    config.cycle_count = CYCLES;
    static dcat_bound_result one[WORLDS], many[WORLDS];
    const int thread_counts[] = {1, 2, 8, 0};
    for (int i = 0; i < 4; i++) {
        size_t calls = 0;
        dcat_error err = {0};
        dcat_bound_result *results = i == 0 ? one : many;
        memset(results, 0xa5, sizeof one);
        if (dcat_bound_worlds(first.demand, worlds, seeds, WORLDS, &config, thread_counts[i],
                              count_calls, &calls, results, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        assert_int_equal(calls, WORLDS);
        for (int w = 0; w < WORLDS; w++) {
            assert_true(results[w].total == one[w].total);
            assert_true(results[w].option_count > 0);
        }
    }
    // A span that does not exist fails with the first world's words.
    config.cycle_count = 1000;
    dcat_error err = {0};
    assert_int_equal(
        dcat_bound_worlds(first.demand, worlds, seeds, WORLDS, &config, 2, NULL, NULL, many, &err),
        DCAT_ERR_RANGE);
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
