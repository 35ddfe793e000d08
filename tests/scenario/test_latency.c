// SPDX-License-Identifier: Apache-2.0
// network.latency_file: what is measured between zones stands for what distance would say.

#include "scenario_folder.h"

#include <math.h>

#define SCENARIO                                                                                   \
    "schema: 2\nname: zones\nservers: {file: servers.csv}\nareas: {file: areas.csv}\n"             \
    "demand: {tasks_file: tasks.csv}\nnetwork: {latency_file: latency.csv}\n"

static int set_up(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml", SCENARIO);
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,zone\nb1,0,0,250,Beijing\n"
                                "s1,300,0,250,Shanghai\nn1,30,0,250,\nx1,60,0,250,Xining\n");
    folder_write("areas.csv", "name,x_km,y_km,zone\nnorth,0,0,Beijing\nsouth,300,0,\n");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                              "0,north,700,20,3\n");
    folder_write("latency.csv", "from,to,delay_ms\nBeijing,Beijing,0.5\nShanghai,Beijing,13.5\n");
    return 0;
}

static dcat_world *make(const char *set)
{
    dcat_scenario *scenario = expect_scenario("scenario.yaml", set);
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 1, &world, NULL), DCAT_OK);
    dcat_scenario_destroy(scenario);
    return world;
}

static void test_latency_of_zones_stands_for_distance(void **fixture)
{
    (void)fixture;
    folder_write("plain.csv", "from,to,delay_ms\nHere,There,1\n");
    dcat_world *zones = make(NULL), *plain = make("network.latency_file=plain.csv");
    const struct {
        int area, server;
        double signal_s;
    } expected[] = {
        {0, 0, 0.0005},     // in one zone
        {0, 1, 0.0135},     // both ways alike
        {0, 2, 30e3 / 3e8}, // a server without a zone
        {0, 3, 60e3 / 3e8}, // a zone that the table leaves out
        {1, 1, 0.0},        // an area without a zone, at the server
        {1, 0, 300e3 / 3e8},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        dcat_path path = dcat_world_path(zones, expected[i].area, expected[i].server);
        dcat_path by_distance = dcat_world_path(plain, expected[i].area, expected[i].server);
        assert_near(path.propagation_s, expected[i].signal_s, 1e-12);
        // Links and their rates are what they were.
        assert_near(path.seconds_per_bit, by_distance.seconds_per_bit, 0.0);
        assert_int_equal(path.hop_count, by_distance.hop_count);
    }
    dcat_world_destroy(zones);
    dcat_world_destroy(plain);
}

static void test_latency_may_differ_by_direction(void **fixture)
{
    (void)fixture;
    folder_write("latency.csv", "from,to,delay_ms\nBeijing,Shanghai,20\nShanghai,Beijing,30\n");
    dcat_world *world = make(NULL);
    assert_near(dcat_world_path(world, 0, 1).propagation_s, 0.02, 1e-12);
    dcat_world_destroy(world);
    folder_write("latency.csv", "from,to,delay_ms\nShanghai,Beijing,30\nBeijing,Shanghai,20\n");
    world = make(NULL);
    assert_near(dcat_world_path(world, 0, 1).propagation_s, 0.02, 1e-12);
    dcat_world_destroy(world);
}

static void test_latency_names_its_mistakes(void **fixture)
{
    (void)fixture;
    const struct {
        const char *text;
        dcat_status status;
        const char *message;
    } wrong[] = {
        {"from,to,delay_ms\nA,B,-1\n", DCAT_ERR_RANGE,
         "latency.csv:2: delay_ms: must be >= 0, got -1"},
        {"from,to,delay_ms\nA,B,1\nB,A,1\nA,B,2\n", DCAT_ERR_FIELD,
         "latency.csv:4: A to B: must be unique"},
        {"from,to\nA,B\n", DCAT_ERR_FIELD, "latency.csv:1: column delay_ms is missing"},
        {"from,to,delay_ms\nA,,2\n", DCAT_ERR_FIELD, "latency.csv:2: to: must be given"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        folder_write("latency.csv", wrong[i].text);
        expect_error(NULL, wrong[i].status, wrong[i].message);
    }
    // A table that nobody is in is read and warned of.
    folder_write("latency.csv", "from,to,delay_ms\nA,B,1\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    bool warned = false;
    for (size_t i = 0; dcat_scenario_note(scenario, i) != NULL; i++) {
        warned = warned ||
                 (dcat_scenario_note_is_warning(scenario, i) &&
                  strstr(dcat_scenario_note(scenario, i), "no area is in a zone of it") != NULL);
    }
    assert_true(warned);
    dcat_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_latency_of_zones_stands_for_distance, set_up),
        cmocka_unit_test_setup(test_latency_may_differ_by_direction, set_up),
        cmocka_unit_test_setup(test_latency_names_its_mistakes, set_up),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
