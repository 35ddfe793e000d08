// SPDX-License-Identifier: Apache-2.0
// Between which values a scenario lies, those that a training learns on, and what lies outside.

#include "support.h"

#include "dcat/x/policy_file.h"
#include "dcat/x/ranges.h"
#include "dcat/x/train_worlds.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static dcat_ranges ranges_of(const char *name, const char *const *overrides, size_t count)
{
    dcat_scenario *scenario = NULL;
    dcat_error err = {0};
    if (dcat_scenario_load(name, overrides, count, &scenario, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_ranges ranges = dcat_scenario_ranges(scenario);
    dcat_scenario_destroy(scenario);
    return ranges;
}

static void assert_range(dcat_range range, double min, double max)
{
    assert_true(fabs(range.min - min) <= 1e-9 * min);
    assert_true(fabs(range.max - max) <= 1e-9 * max);
}

static void test_drawn_values_are_known_by_their_ends(void **fixture)
{
    (void)fixture;
    const dcat_ranges paper = ranges_of("paper", NULL, 0);
    assert_range(paper.of[DCAT_QUANTITY_SERVERS], 40, 40);
    assert_range(paper.of[DCAT_QUANTITY_SPEED], 200, 300);
    assert_range(paper.of[DCAT_QUANTITY_CORES], 100, 100);
    assert_range(paper.of[DCAT_QUANTITY_WORK], 500, 900);
    assert_range(paper.of[DCAT_QUANTITY_DATA], 20, 20);
    assert_range(paper.of[DCAT_QUANTITY_DEADLINE], 2, 3);
    assert_range(paper.of[DCAT_QUANTITY_PRICE], 10, 10);
    assert_range(paper.of[DCAT_QUANTITY_SPAN], 200, 200);
    // 30 tasks of 700 giga-cycles a second on 40 servers of 250 GHz.
    assert_range(paper.of[DCAT_QUANTITY_LOAD], 2.1, 2.1);
    // (8) at 200 GHz: 1e-28 (2e9)^2 + 20 / 2e11 = 0.4 + 0.1 money a giga-cycle; at 300 GHz 0.9 +
    // 0.0667.
    assert_range(paper.of[DCAT_QUANTITY_COST], 0.5, 0.9 + 1.0 / 15.0);
    assert_true(paper.network[DCAT_NETWORK_HOPS]);
    assert_false(paper.network[DCAT_NETWORK_GRAPH]);
    // The cheapest speed is between the ends: f^3 = 20 * 100^2 / (2 * 1e-28), 100 GHz, 0.1 + 0.2.
    const char *const wide[] = {"servers.random.speed_ghz=[50, 500]",
                                "servers.random.cost_noise=0.5"};
    assert_range(ranges_of("paper", wide, 1).of[DCAT_QUANTITY_COST], 0.3, 2.54);
    assert_range(ranges_of("paper", wide, 2).of[DCAT_QUANTITY_COST], 0.15, 3.81);
}

static void test_given_servers_and_tasks_are_known_as_they_are(void **fixture)
{
    (void)fixture;
    const dcat_ranges own =
        ranges_of(DCAT_SOURCE_DIR "/examples/own-network/with-tasks.yaml", NULL, 0);
    assert_range(own.of[DCAT_QUANTITY_SERVERS], 8, 8);
    assert_true(own.network[DCAT_NETWORK_GRAPH]);
    assert_false(own.network[DCAT_NETWORK_HOPS]);
    // Single tasks may be anything: the mean, a standard deviation to both sides.
    assert_true(own.of[DCAT_QUANTITY_WORK].min > 300.0 && own.of[DCAT_QUANTITY_WORK].max < 900.0);
    assert_true(own.of[DCAT_QUANTITY_WORK].min < own.of[DCAT_QUANTITY_WORK].max);
    assert_true(own.of[DCAT_QUANTITY_LOAD].max > 0.0);
}

static void test_ranges_survive_their_text(void **fixture)
{
    (void)fixture;
    char text[DCAT_ACTOR_TEXT], again[DCAT_ACTOR_TEXT];
    const dcat_ranges paper = ranges_of("paper", NULL, 0);
    dcat_ranges_write(&paper, text);
    const dcat_ranges read = dcat_ranges_read(text);
    dcat_ranges_write(&read, again);
    assert_string_equal(text, again);
    // What is unknown, damaged or of a later version says nothing.
    const char *const others[] = {"",          "servers",  "servers=20",        "servers=a:b",
                                  "servers=;", "moon=1:2", "myservers=20:60",   "network=",
                                  "network=x", ";;=;",     "servers=nan:2;a=1", "servers=1:inf"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const dcat_ranges nothing = dcat_ranges_read(others[i]);
        char outside[200];
        assert_int_equal(dcat_ranges_outside(&nothing, &paper, outside, sizeof outside), 0);
    }
    const dcat_ranges some = dcat_ranges_read("moon=1:2;servers=20:60;network=graph sky;x=hops");
    assert_range(some.of[DCAT_QUANTITY_SERVERS], 20, 60);
    assert_true(some.network[DCAT_NETWORK_GRAPH]);
    assert_false(some.network[DCAT_NETWORK_HOPS]);
}

static void assert_outside(const char *learned, const char *here, int count, const char *expected)
{
    const dcat_ranges l = dcat_ranges_read(learned), h = dcat_ranges_read(here);
    char text[400];
    assert_int_equal(dcat_ranges_outside(&l, &h, text, sizeof text), count);
    assert_string_equal(text, expected);
}

static void test_what_lies_outside_is_said_with_how_far(void **fixture)
{
    (void)fixture;
    assert_outside("servers=20:60;network=hops", "servers=20:60;network=hops", 0, "");
    assert_outside("servers=20:60", "servers=63:63", 0, ""); // 5 % beyond
    assert_outside("servers=20:60", "servers=64:64", 1,
                   "servers 64 (20 to 60: 1.07 times the most)");
    assert_outside(
        "work_gigacycles=500:900", "work_gigacycles=250:1800", 1,
        "work 250 to 1800 giga-cycles (500 to 900: 2 times the most, 0.5 times the least)");
    assert_outside("data_mb=0:0", "data_mb=0:5", 1, "data 0 to 5 Mb (0)");
    assert_outside("span_km=1:1;network=hops", "span_km=1:1;network=graph", 1,
                   "network graph (hops)");
    assert_outside("network=hops graph", "network=graph", 0, "");
    // Six are named.
    assert_outside(
        "servers=1:1;span_km=1:1;load=1:1;work_gigacycles=1:1;data_mb=1:1;deadline_s=1:1;"
        "speed_ghz=1:1;network=hops",
        "servers=2:2;span_km=2:2;load=2:2;work_gigacycles=2:2;data_mb=2:2;deadline_s=2:2;"
        "speed_ghz=2:2;network=graph",
        8,
        "servers 2 (1: 2 times the most); span 2 km (1: 2 times the most); load 2 (1: 2 "
        "times the most); work 2 giga-cycles (1: 2 times the most); data 2 Mb (1: 2 times "
        "the most); deadline 2 s (1: 2 times the most); and 1 more; network graph (hops)");
    char small[20];
    const dcat_ranges l = dcat_ranges_read("servers=1:1"), h = dcat_ranges_read("servers=2:2");
    assert_int_equal(dcat_ranges_outside(&l, &h, small, sizeof small), 1);
    assert_int_equal(strlen(small), sizeof small - 1);
}

static void test_a_training_knows_the_ends_of_what_it_draws(void **fixture)
{
    (void)fixture;
    const dcat_vary vary[] = {
        {.key = "servers.random.count", .min = 20.0, .max = 60.0, .whole = true},
        {.key = "demand.arrivals_per_slot", .min = 20.0, .max = 50.0, .whole = true},
        {.key = "clustering.span_max_km", .min = 100.5, .max = 300.0}};
    const dcat_train_plan plan = {.scenario = "paper", .seed = 1, .vary = vary, .vary_count = 3};
    dcat_train_worlds *worlds = NULL;
    assert_int_equal(dcat_train_worlds_create(&plan, &worlds, NULL), DCAT_OK);
    dcat_ranges ranges;
    assert_int_equal(dcat_train_worlds_ranges(worlds, &ranges, NULL), DCAT_OK);
    assert_range(ranges.of[DCAT_QUANTITY_SERVERS], 20, 60);
    assert_range(ranges.of[DCAT_QUANTITY_SPAN], 100.5, 300);
    // Least load: 20 tasks of 700 on 60 servers of 250; most: 50 on 20.
    assert_range(ranges.of[DCAT_QUANTITY_LOAD], 14.0 / 15.0, 7.0);
    dcat_train_worlds_destroy(worlds);

    const dcat_train_plan one = {.scenario = "paper", .seed = 1, .world_count = 1};
    assert_int_equal(dcat_train_worlds_create(&one, &worlds, NULL), DCAT_OK);
    assert_int_equal(dcat_train_worlds_ranges(worlds, &ranges, NULL), DCAT_OK);
    assert_range(ranges.of[DCAT_QUANTITY_SERVERS], 40, 40);
    dcat_train_worlds_destroy(worlds);

    const dcat_train_plan wrong = {.scenario = "nobody", .seed = 1, .world_count = 1};
    dcat_error err = {0};
    assert_int_equal(dcat_train_worlds_create(&wrong, &worlds, NULL), DCAT_OK);
    assert_int_equal(dcat_train_worlds_ranges(worlds, &ranges, &err), DCAT_ERR_NOT_FOUND);
    dcat_train_worlds_destroy(worlds);
}

// A corner that no scenario can have, as no load on no demand, is left out.
static void test_an_impossible_corner_is_none(void **fixture)
{
    (void)fixture;
    const dcat_vary vary[] = {{.key = "demand.arrivals_per_slot", .min = -1.0, .max = 10.0}};
    const dcat_train_plan plan = {.scenario = "paper", .seed = 1, .vary = vary, .vary_count = 1};
    dcat_train_worlds *worlds = NULL;
    dcat_ranges ranges;
    assert_int_equal(dcat_train_worlds_create(&plan, &worlds, NULL), DCAT_OK);
    assert_int_equal(dcat_train_worlds_ranges(worlds, &ranges, NULL), DCAT_OK);
    assert_range(ranges.of[DCAT_QUANTITY_LOAD], 0.7, 0.7);
    dcat_train_worlds_destroy(worlds);
}

static void test_shipped_policies_say_what_they_learned_on(void **fixture)
{
    (void)fixture;
    const char *const auctions[] = {"rea", "rea-s"};
    for (size_t i = 0; i < 2; i++) {
        dcat_actor *actor = NULL, *copy = NULL;
        assert_int_equal(dcat_actor_shipped(dcat_auction_find(auctions[i]), &actor, NULL), DCAT_OK);
        const dcat_ranges learned = dcat_ranges_read(dcat_actor_origin_view(actor)->ranges);
        assert_true(learned.of[DCAT_QUANTITY_SERVERS].min <= 20.0);
        assert_true(learned.of[DCAT_QUANTITY_SERVERS].max >= 60.0);
        const dcat_ranges paper = ranges_of("paper", NULL, 0);
        char text[200];
        assert_int_equal(dcat_ranges_outside(&learned, &paper, text, sizeof text), 0);
        // What is written again says the same.
        unsigned char *bytes = NULL;
        size_t count = 0;
        assert_int_equal(dcat_actor_write(actor, &bytes, &count, NULL), DCAT_OK);
        assert_int_equal(dcat_actor_read(bytes, count, "copy", &copy, NULL), DCAT_OK);
        assert_string_equal(dcat_actor_origin_view(actor)->ranges,
                            dcat_actor_origin_view(copy)->ranges);
        free(bytes);
        dcat_actor_destroy(copy);
        dcat_actor_destroy(actor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_values_are_known_by_their_ends),
        cmocka_unit_test(test_given_servers_and_tasks_are_known_as_they_are),
        cmocka_unit_test(test_ranges_survive_their_text),
        cmocka_unit_test(test_what_lies_outside_is_said_with_how_far),
        cmocka_unit_test(test_a_training_knows_the_ends_of_what_it_draws),
        cmocka_unit_test(test_an_impossible_corner_is_none),
        cmocka_unit_test(test_shipped_policies_say_what_they_learned_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
