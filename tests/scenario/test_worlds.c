// SPDX-License-Identifier: Apache-2.0
// Worlds by number: those of a comparison, made while somebody uses them, and those of a training.

#include "support.h"

#include "dcat/x/train_worlds.h"
#include "scenario/train/train_world.h"
#include <string.h>

static dcat_scenario *load_paper(void)
{
    dcat_scenario *scenario = NULL;
    assert_int_equal(dcat_scenario_load("paper", NULL, 0, &scenario, NULL), DCAT_OK);
    return scenario;
}

static void test_a_world_is_one_while_it_is_open(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = load_paper();
    dcat_worlds *worlds = NULL;
    assert_int_equal(dcat_worlds_create(scenario, 7, 3, &worlds, NULL), DCAT_OK);
    assert_int_equal(dcat_worlds_count(worlds), 3);
    assert_int_equal(dcat_worlds_seeds(worlds)[2], 9);
    const dcat_compare_source source = dcat_worlds_source(worlds);
    const dcat_world *first = NULL, *again = NULL, *other = NULL;
    assert_int_equal(source.open(source.user, 0, &first, NULL), DCAT_OK);
    assert_int_equal(source.open(source.user, 0, &again, NULL), DCAT_OK);
    assert_int_equal(source.open(source.user, 2, &other, NULL), DCAT_OK);
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other);
    source.close(source.user, 0);
    source.close(source.user, 0);
    source.close(source.user, 2);
    // Its seed makes it, nothing else.
    dcat_world *alone = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 9, &alone, NULL), DCAT_OK);
    assert_int_equal(source.open(source.user, 2, &other, NULL), DCAT_OK);
    assert_memory_equal(dcat_world_servers_view(other), dcat_world_servers_view(alone),
                        sizeof(dcat_server) * dcat_world_server_count(alone));
    source.close(source.user, 2);
    dcat_world_destroy(alone);
    dcat_worlds_destroy(worlds);
    dcat_scenario_destroy(scenario);
}

static const dcat_vary counts[] = {
    {.key = "servers.random.count", .min = 10.0, .max = 14.0, .whole = true}};

static size_t servers_of(dcat_train_worlds *worlds, uint64_t number, bool held_back, uint64_t *seed)
{
    dcat_world *world = NULL;
    const dcat_scenario *scenario = NULL;
    assert_int_equal(train_world_open(worlds, number, held_back, &world, &scenario, seed, NULL),
                     DCAT_OK);
    size_t count = dcat_world_server_count(world);
    dcat_world_destroy(world);
    return count;
}

static void test_ranges_are_drawn_for_every_world(void **fixture)
{
    (void)fixture;
    const dcat_train_plan plan = {.scenario = "paper", .seed = 1, .vary = counts, .vary_count = 1};
    dcat_train_worlds *worlds = NULL;
    assert_int_equal(dcat_train_worlds_create(&plan, &worlds, NULL), DCAT_OK);
    unsigned seen = 0;
    for (uint64_t number = 0; number < 24; number++) {
        uint64_t seed = 0, again = 1, held = 0;
        size_t count = servers_of(worlds, number, false, &seed);
        assert_in_range(count, 10, 14);
        seen |= 1U << count;
        assert_int_equal(servers_of(worlds, number, false, &again), count);
        assert_true(again == seed);
        servers_of(worlds, number, true, &held); // worlds to validate on are others
        assert_true(held != seed);
    }
    assert_int_equal(seen, 0x1f << 10); // each of the five
    dcat_train_worlds_destroy(worlds);
}

static void test_without_ranges_worlds_go_round(void **fixture)
{
    (void)fixture;
    const dcat_train_plan plan = {.scenario = "paper", .seed = 5, .world_count = 2};
    dcat_train_worlds *worlds = NULL;
    assert_int_equal(dcat_train_worlds_create(&plan, &worlds, NULL), DCAT_OK);
    for (uint64_t number = 0; number < 4; number++) {
        uint64_t seed = 0;
        servers_of(worlds, number, number > 1, &seed);
        assert_int_equal(seed, 5 + number % 2);
    }
    dcat_train_worlds_destroy(worlds);
}

static void test_a_wrong_range_fails_when_worlds_are_opened(void **fixture)
{
    (void)fixture;
    const dcat_vary wrong[] = {{.key = "servers.random.cuont", .min = 1.0, .max = 2.0}};
    const dcat_train_plan plan = {.scenario = "paper", .seed = 1, .vary = wrong, .vary_count = 1};
    const dcat_validation_config config = {.auction = dcat_auction_find("rea-s"), .world_count = 2};
    dcat_train_worlds *worlds = NULL;
    dcat_validation *validation = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_train_worlds_create(&plan, &worlds, NULL), DCAT_OK);
    assert_int_equal(dcat_validation_create(worlds, &config, &validation, &err), DCAT_ERR_FIELD);
    assert_non_null(strstr(err.message, "cuont"));
    assert_null(validation);
    dcat_train_worlds_destroy(worlds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_world_is_one_while_it_is_open),
        cmocka_unit_test(test_ranges_are_drawn_for_every_world),
        cmocka_unit_test(test_without_ranges_worlds_go_round),
        cmocka_unit_test(test_a_wrong_range_fails_when_worlds_are_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
