// SPDX-License-Identifier: Apache-2.0
// What a scenario says about its files although they are accepted, and lists of tasks that begin
// late.

#include "scenario_folder.h"

static int set_up(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml", "schema: 1\nname: n\nservers: {file: servers.csv}\n"
                                  "network: {graph: {nodes_file: nodes.csv, "
                                  "links_file: links.csv}}\n"
                                  "demand: {tasks_file: tasks.csv}\n");
    folder_write("nodes.csv", "name,x_km,y_km\nA,0,0\nB,100,0\nC,200,0\n");
    folder_write("links.csv", "from,to\nA,B\nB,C\n");
    folder_write("servers.csv", "name,node,speed_ghz,cores\ns1,A,240,100\n");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n0,A,500,0,3\n");
    return 0;
}

static void test_scenario_with_late_tasks_is_about_the_cycles_in_use(void **fixture)
{
    (void)fixture;
    // Slots of 1 s, 20 a cycle: slots 1700000000 to 1700000050 are cycles 85000000 to 85000002.
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                              "1700000050,C,700,20,2.5\n1700000000,A,500,0,3\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_cycle_span test = dcat_scenario_test_cycles(scenario);
    assert_int_equal(test.first, 85000000);
    assert_int_equal(test.count, 3);
    assert_true(dcat_scenario_note_is_warning(scenario, 0));
    assert_non_null(strstr(dcat_scenario_note(scenario, 0),
                           "tasks.csv: the first task arrives at 1700000000 s, in cycle 85000000"));
    uint32_t first;
    size_t used;
    dcat_demand_used_cycles(dcat_scenario_demand_view(scenario), &first, &used);
    assert_int_equal(first, 85000000);
    assert_int_equal(used, 2); // not the one between
    dcat_scenario_destroy(scenario);

    scenario = expect_scenario("scenario.yaml", "time.start_s=first");
    assert_near(dcat_scenario_start_s(scenario), 1700000000.0, 0.0); // Unix time
    assert_int_equal(dcat_scenario_test_cycles(scenario).first, 0);
    assert_int_equal(dcat_scenario_test_cycles(scenario).count, 3);
    assert_null(dcat_scenario_note(scenario, 0));
    assert_false(dcat_scenario_note_is_warning(scenario, 0));
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 1, &world, NULL), DCAT_OK);
    dcat_task tasks[2];
    const dcat_demand *demand = dcat_scenario_demand_view(scenario);
    assert_int_equal(dcat_demand_slot(demand, world, 1, 2, 10, 0, tasks), 1);
    assert_near(tasks[0].arrival_s, 50.0, 0.0);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);

    scenario = expect_scenario("scenario.yaml", "time.start_s=1699999980");
    assert_int_equal(dcat_scenario_test_cycles(scenario).first, 1);
    dcat_scenario_destroy(scenario);
    expect_error("time.start_s=1700000001", DCAT_ERR_RANGE,
                 "tasks.csv:3: arrival_s: must be at least time.start_s, which is 1700000001, got "
                 "1700000000");
    folder_write("demand.csv", "day,hour,B\n1,0,1\n101,0,1\n");
    const char *const both[] = {"demand.profile_file=demand.csv", "time.start_s=first"};
    char path[600];
    dcat_error err = {0};
    folder_path("scenario.yaml", path, sizeof path);
    assert_int_equal(dcat_scenario_load(path, both, 2, &scenario, &err), DCAT_ERR_FIELD);
    if (strstr(err.message, "needs demand.tasks_file") == NULL) {
        fail_msg("%s", err.message);
    }
    // Nine of ten cycles are empty.
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                              "0,C,700,20,2.5\n380,A,500,0,3\n");
    scenario = expect_scenario("scenario.yaml", NULL);
    assert_true(dcat_scenario_note_is_warning(scenario, 0));
    assert_non_null(strstr(dcat_scenario_note(scenario, 0), "of the 20 cycles from the first task "
                                                            "to the last, 90 % are empty"));
    dcat_scenario_destroy(scenario);
}

static void test_scenario_warns_of_rows_that_look_like_comments(void **fixture)
{
    (void)fixture;
    folder_write("servers.csv", "# a, comment, before, the header, or without, its commas\n"
                                "name,node,speed_ghz,cores\n#1,A,240,100\ns2,A,250,100.0\n"
                                "# of another kind\n\"#3\",B,250,1e2\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_int_equal(dcat_scenario_server_count(scenario), 2);
    assert_string_equal(dcat_scenario_server_name(scenario, 1), "#3");
    assert_true(dcat_scenario_note_is_warning(scenario, 0));
    assert_non_null(strstr(dcat_scenario_note(scenario, 0), "servers.csv: lines that begin"));
    assert_non_null(strstr(dcat_scenario_note(scenario, 0), "line 3 first"));
    dcat_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_scenario_with_late_tasks_is_about_the_cycles_in_use, set_up),
        cmocka_unit_test_setup(test_scenario_warns_of_rows_that_look_like_comments, set_up),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
