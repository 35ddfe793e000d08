// SPDX-License-Identifier: Apache-2.0
// Devices, classes of work, efficiencies and units from files: what is read is what counts, and
// every mistake is named by file, line and column.

#include "scenario_folder.h"

#include "scenario/object.h"
#include <math.h>

#define SCENARIO                                                                                   \
    "schema: 2\n"                                                                                  \
    "name: mixed\n"                                                                                \
    "time: {train_days: [1, 1], validate_days: [2, 2], test_days: [3, 3]}\n"                       \
    "servers: {file: servers.csv}\n"                                                               \
    "areas: {file: areas.csv}\n"                                                                   \
    "demand: {profile_file: demand.csv}\n"                                                         \
    "resources:\n"                                                                                 \
    "  devices_file: devices.csv\n"                                                                \
    "  classes_file: classes.csv\n"                                                                \
    "  efficiency_file: efficiency.csv\n"                                                          \
    "  units_file: units.csv\n"                                                                    \
    "  class_mix_file: mix.csv\n"
#define SERVERS "name,x_km,y_km,speed_ghz,cores\ns1,0,0,250,100\ns2,10,0,,\n"
#define AREAS "name,x_km,y_km\nnorth,0,0\nsouth,100,0\n"
#define DEMAND "day,hour,north,south\n1,0,1,2\n2,0,5,6\n3,7,7,8\n"
#define DEVICES                                                                                    \
    "name,pool,speed_ghz,cores,memory_gib,features,energy_cost_per_cycle_hz2,time_cost_per_s\n"    \
    "k80,gpu,250,100,12,cuda,,50\n"                                                                \
    "p100,gpu,250,100,16,cuda fp16,0,100\n"
#define CLASSES                                                                                    \
    "name,pool,memory_gib,memory_mode,features,price_per_gigacycle,urgency_s,share\n"              \
    "cpu,cpu,,,,,,3\n"                                                                             \
    "train,gpu,10,each,cuda,20,1,1\n"                                                              \
    "big,gpu,40,sum,fp16,,,\n"
#define EFFICIENCY "device,train,big\nk80,0.25,\np100,0.8,1\n"
#define UNITS "server,device,count,speed_ghz,time_cost_per_s\ns1,k80,4,,\ns2,p100,2,200,900\n"
#define MIX "area,cpu,train,big\nsouth,1,1,2\n"

static int set_up(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml", SCENARIO);
    folder_write("servers.csv", SERVERS);
    folder_write("areas.csv", AREAS);
    folder_write("demand.csv", DEMAND);
    folder_write("devices.csv", DEVICES);
    folder_write("classes.csv", CLASSES);
    folder_write("efficiency.csv", EFFICIENCY);
    folder_write("units.csv", UNITS);
    folder_write("mix.csv", MIX);
    return 0;
}

static dcat_world *make_world(const dcat_scenario *scenario, uint64_t seed)
{
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_scenario_world(scenario, seed, &world, &err) != DCAT_OK) {
        fail_msg("no world: %s", err.message);
    }
    return world;
}

static void test_resources_files_arrive_in_si(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_string_equal(dcat_scenario_class_name(scenario, 1), "train");
    dcat_world *world = make_world(scenario, 1);
    const dcat_resources *r = dcat_world_config_view(world)->resources;
    assert_int_equal(dcat_resources_class_count(r), 3);
    assert_near(dcat_effective_speed_hz(r, 0, 0), 250e9, 0.0);  // s1 is its own CPU
    assert_near(dcat_effective_speed_hz(r, 0, 1), 250e9, 0.0);  // 4 x 250 x 0.25
    assert_near(dcat_effective_speed_hz(r, 0, 2), 0.0, 0.0);    // an empty cell, and no fp16
    assert_near(dcat_effective_speed_hz(r, 1, 0), 0.0, 0.0);    // s2 has no CPU
    assert_near(dcat_effective_speed_hz(r, 1, 1), 320e9, 1e-3); // 2 x 200 x 0.8
    assert_near(dcat_effective_speed_hz(r, 1, 2), 400e9, 0.0);
    assert_int_equal(dcat_team_of(r, &(int32_t){1}, 1, 2).count, 0); // 32 GiB of 40
    assert_near(dcat_effective_unit_cost(r, 1, 2), 900.0 / 400e9, 1e-20);
    // 2.5 GHz a core at the market's 1e-28, and 200 a second for four.
    assert_near(dcat_effective_unit_cost(r, 0, 1), (6.25e-10 + 200.0 / 1000e9) / 0.25, 1e-18);
    const dcat_class *classes = dcat_resources_classes_view(r);
    assert_near(classes[0].price_per_gigacycle, 10.0, 0.0); // the market's
    assert_near(classes[0].urgency_s, 2.0, 0.0);
    assert_near(classes[1].price_per_gigacycle, 20.0, 0.0);
    assert_near(classes[1].memory_bytes, 10737418240.0, 0.0);

    double weight[3];
    dcat_scenario_class_weights(scenario, &(dcat_task){.area = 0}, weight); // shares 3 : 1 : 0
    assert_near(weight[0], 0.75, 1e-15);
    assert_near(weight[1], 0.25, 1e-15);
    assert_near(weight[2], 0.0, 0.0);
    dcat_scenario_class_weights(scenario, &(dcat_task){.area = 1}, weight); // its own mix
    assert_near(weight[2], 0.5, 1e-15);
    // Drawn tasks are of these classes.
    const dcat_demand *demand = dcat_scenario_demand_view(scenario);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand), sizeof *tasks);
    size_t seen[2][3] = {0};
    for (uint32_t slot = 0; slot < 100; slot++) {
        size_t count = dcat_demand_slot(demand, world, 1, 0, slot, 0, tasks);
        for (size_t n = 0; n < count; n++) {
            seen[tasks[n].area][tasks[n].class_id]++;
        }
    }
    assert_true(seen[0][0] > seen[0][1] && seen[0][1] > 0);
    assert_int_equal(seen[0][2], 0);
    assert_true(seen[1][2] > 0);
    free(tasks);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

static void test_resources_of_a_scenario_without_are_none(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = NULL;
    assert_int_equal(dcat_scenario_load("paper", NULL, 0, &scenario, NULL), DCAT_OK);
    dcat_world *world = make_world(scenario, 1);
    assert_null(dcat_world_config_view(world)->resources);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

static void test_resources_of_given_tasks_have_their_class(void **fixture)
{
    (void)fixture;
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class\n"
                              "5,north,500,20,3,big\n1,south,600,20,3,cpu\n");
    folder_write("scenario.yaml",
                 "schema: 2\nname: mixed\nservers: {file: servers.csv}\n"
                 "areas: {file: areas.csv}\ndemand: {tasks_file: tasks.csv}\n"
                 "resources: {devices_file: devices.csv, classes_file: classes.csv,"
                 " units_file: units.csv}\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 1, &world, NULL), DCAT_OK);
    const dcat_demand *demand = dcat_scenario_demand_view(scenario);
    dcat_task task;
    double weight[3];
    assert_int_equal(dcat_demand_slot(demand, world, 1, 0, 5, 0, &task), 1);
    assert_int_equal(task.class_id, 2);
    dcat_scenario_class_weights(scenario, &task, weight);
    assert_near(weight[0] + weight[1], 0.0, 0.0);
    assert_near(weight[2], 1.0, 0.0);
    assert_int_equal(dcat_demand_slot(demand, world, 1, 0, 1, 0, &task), 1);
    assert_int_equal(task.class_id, 0);
    dcat_scenario_class_weights(scenario, &task, weight);
    assert_near(weight[0], 1.0, 0.0);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);

    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class\n"
                              "5,north,500,20,3,bgi\n");
    expect_error(NULL, DCAT_ERR_REFERENCE,
                 "tasks.csv:2: class: bgi is no class of work; did you mean big?");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                              "5,north,500,20,3\n");
    expect_error(NULL, DCAT_ERR_FIELD, "tasks.csv:1: column class is missing");
    // The class of a scenario without classes may be said.
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz\ns1,0,0,250\n");
    folder_write("scenario.yaml", "schema: 2\nname: mixed\nservers: {file: servers.csv}\n"
                                  "areas: {file: areas.csv}\ndemand: {tasks_file: tasks.csv}\n");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class\n"
                              "5,north,500,20,3,work\n5,north,500,20,3,\n");
    dcat_scenario_destroy(expect_scenario("scenario.yaml", NULL));
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class\n"
                              "5,north,500,20,3,big\n");
    expect_error(NULL, DCAT_ERR_REFERENCE,
                 "tasks.csv:2: class: must be work without resources.classes_file, got big");
}

// Each file with one mistake.
static void test_resources_files_name_their_mistakes(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *file, *text, *message;
        dcat_status status;
    } cases[] = {
        {"devices.csv", "name,pool,speed_ghz\nk80,gpu,250\nk80,gpu,1\n",
         "devices.csv:3: name: must be unique, got k80 again", DCAT_ERR_FIELD},
        {"devices.csv", "name,pool,speed_ghz\nk80,tpu,250\n",
         "devices.csv:2: pool: must be cpu, gpu, npu or other, got tpu", DCAT_ERR_RANGE},
        {"devices.csv", "name,pool,speed_ghz\nk80,gpu,0\n",
         "devices.csv:2: speed_ghz: must be > 0, got 0", DCAT_ERR_RANGE},
        {"devices.csv", "name,pool,speed_ghz\nserver,cpu,3\n",
         "devices.csv:2: name: must not be server, which stands for the speed_ghz of a server",
         DCAT_ERR_FIELD},
        {"devices.csv", "name,pool,speed_ghz\n", "devices.csv: must have at least one device",
         DCAT_ERR_FORMAT},
        {"classes.csv", "name,pool\ncpu,cpu\ncpu,gpu\n",
         "classes.csv:3: name: must be unique, got cpu again", DCAT_ERR_FIELD},
        {"classes.csv", "name,pool,memory_mode\ncpu,cpu,all\n",
         "classes.csv:2: memory_mode: must be each or sum, got all", DCAT_ERR_RANGE},
        {"classes.csv", "name,pool,share\ncpu,cpu,0\n",
         "classes.csv: some share must be > 0, got 0 everywhere", DCAT_ERR_RANGE},
        {"efficiency.csv", "device,train,bog\nk80,1,1\n",
         "efficiency.csv:1: bog is no class of work; did you mean big?", DCAT_ERR_REFERENCE},
        {"efficiency.csv", "device,train\nk88,1\n",
         "efficiency.csv:2: device: k88 is no device; did you mean k80?", DCAT_ERR_REFERENCE},
        {"efficiency.csv", "device,train\nk80,1\nk80,1\n",
         "efficiency.csv:3: device: must be unique, got k80 again", DCAT_ERR_FIELD},
        {"efficiency.csv", "device,train\nk80,-1\n",
         "efficiency.csv:2: train: must be >= 0, got -1", DCAT_ERR_RANGE},
        {"efficiency.csv", "device,cpu\nk80,0.5\n",
         "efficiency.csv:2: cpu: must be 0 or empty, since the class needs pool cpu and device k80 "
         "is of pool gpu",
         DCAT_ERR_RANGE},
        {"units.csv", "server,device\ns9,k80\n",
         "units.csv:2: server: s9 is no server; did you mean s1?", DCAT_ERR_REFERENCE},
        {"units.csv", "server,device\ns1,k80\ns1,p100\n",
         "units.csv:3: device: a server has one unit of pool gpu at most, and s1 has another "
         "already",
         DCAT_ERR_FIELD},
        {"units.csv", "server,device\ns1,server\n",
         "units.csv:2: device: a server has one unit of pool cpu at most, and s1 has its speed_ghz "
         "for that",
         DCAT_ERR_FIELD},
        {"units.csv", "server,device,count\ns1,k80,0\n", "units.csv:2: count: must be >= 1, got 0",
         DCAT_ERR_RANGE},
        {"units.csv", "server,device\ns1,k80\n",
         "servers.csv:3: speed_ghz: must be given, since s2 has no unit in units.csv",
         DCAT_ERR_FIELD},
        {"mix.csv", "area,cpu,train\nnorth,1,1\n",
         "mix.csv:1: must have a column for each of 3 classes", DCAT_ERR_FIELD},
        {"mix.csv", "area,cpu,train,big\nwest,1,1,1\n", "mix.csv:2: area: west is no area",
         DCAT_ERR_REFERENCE},
        {"mix.csv", "area,cpu,train,big\nnorth,0,0,0\n",
         "mix.csv:2: some class must have a weight > 0", DCAT_ERR_RANGE},
        {"mix.csv", "area,cpu,train,big\nnorth,1,0,0\nnorth,1,0,0\n",
         "mix.csv:3: area: must be unique, got north again", DCAT_ERR_FIELD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        folder_write(cases[i].file, cases[i].text);
        expect_error(NULL, cases[i].status, cases[i].message);
    }
}

static void test_resources_keys_go_together(void **fixture)
{
    (void)fixture;
    static const char start[] = "schema: 2\nname: mixed\n"
                                "time: {train_days: [1, 1], validate_days: [2, 2], test_days: "
                                "[3, 3]}\n"
                                "areas: {file: areas.csv}\ndemand: {profile_file: demand.csv}\n";
    static const struct {
        const char *rest, *message;
        dcat_status status;
    } cases[] = {
        {"servers: {file: servers.csv}\nresources: {devices_file: devices.csv}\n",
         "scenario.yaml:7: resources.devices_file: needs resources.classes_file", DCAT_ERR_FIELD},
        {"servers: {file: servers.csv}\n"
         "resources: {classes_file: classes.csv, units_file: units.csv}\n",
         "scenario.yaml:7: resources.units_file: needs resources.devices_file", DCAT_ERR_FIELD},
        {"servers: {random: {devices: {k80: 0.5}}}\nresources: {classes_file: classes.csv}\n",
         "scenario.yaml:6: servers.random.devices: needs resources.devices_file", DCAT_ERR_FIELD},
        {"servers: {random: {devices: {k80: 0.5, p100: 0.6}}}\n",
         "scenario.yaml:6: servers.random.devices: shares must add up to 1 at most, got 1.1",
         DCAT_ERR_RANGE},
        {"servers: {random: {devices: {k80: [0.5, 0]}}}\n",
         "scenario.yaml:6: servers.random.devices: must be >= 1, got 0", DCAT_ERR_RANGE},
        {"servers: {random: {devices: 0.5}}\n",
         "scenario.yaml:6: servers.random.devices: must be a mapping like {NAME: 0.25} or {NAME: "
         "[0.25, 4]}",
         DCAT_ERR_FORMAT},
        {"servers: {random: {devices: {k88: 0.5}}}\n"
         "resources: {devices_file: devices.csv, classes_file: classes.csv}\n",
         "scenario.yaml:6: servers.random.devices: k88 is no device of devices.csv; did you mean "
         "k80?",
         DCAT_ERR_REFERENCE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1000];
        snprintf(text, sizeof text, "%s%s", start, cases[i].rest);
        folder_write("scenario.yaml", text);
        expect_error(NULL, cases[i].status, cases[i].message);
    }
}

// Of 2 000 servers about a quarter have four K80 and half a P100; positions and speeds are those of
// the same seed without devices. What is written loads again.
static void test_resources_of_random_servers_are_drawn(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml",
                 "schema: 2\nname: mixed\n"
                 "time: {train_days: [1, 1], validate_days: [2, 2], test_days: [3, 3]}\n"
                 "areas: {file: areas.csv}\ndemand: {profile_file: demand.csv}\n"
                 "servers: {random: {count: 2000, devices: {k80: [0.25, 4], p100: 0.5}}}\n"
                 "resources: {devices_file: devices.csv, classes_file: classes.csv}\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_world *worlds[3] = {make_world(scenario, 1), make_world(scenario, 2),
                             make_world(scenario, 1)};
    const dcat_resources *one = dcat_world_config_view(worlds[0])->resources;
    const dcat_resources *two = dcat_world_config_view(worlds[1])->resources;
    const dcat_resources *again = dcat_world_config_view(worlds[2])->resources;
    size_t k80 = 0, p100 = 0, differ = 0;
    for (int i = 0; i < 2000; i++) {
        double speed_hz = dcat_effective_speed_hz(one, i, 1);
        k80 += speed_hz == 1000e9;
        p100 += speed_hz == 250e9;
        differ += speed_hz != dcat_effective_speed_hz(two, i, 1);
        assert_true(dcat_effective_speed_hz(one, i, 0) >= 200e9); // its own CPU
        assert_near(dcat_effective_speed_hz(again, i, 1), speed_hz, 0.0);
    }
    assert_in_range(k80, 430, 570);
    assert_in_range(p100, 910, 1090);
    assert_true(differ > 500);
    for (int w = 0; w < 3; w++) {
        dcat_world_destroy(worlds[w]);
    }

    char path[600];
    folder_path("written.yaml", path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_int_equal(dcat_scenario_write(scenario, file, NULL), DCAT_OK);
    fclose(file);
    dcat_scenario_destroy(scenario);
    scenario = expect_scenario("written.yaml", NULL);
    assert_int_equal(scenario->drawn_device_count, 2);
    assert_int_equal(scenario->drawn_devices[0].count, 4);
    assert_near(scenario->drawn_devices[1].share, 0.5, 0.0);
    dcat_scenario_destroy(scenario);
    scenario = expect_scenario("written.yaml", "servers.random.devices={p100: 0.125}");
    assert_int_equal(scenario->drawn_device_count, 1);
    dcat_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_resources_files_arrive_in_si, set_up),
        cmocka_unit_test_setup(test_resources_of_a_scenario_without_are_none, set_up),
        cmocka_unit_test_setup(test_resources_of_given_tasks_have_their_class, set_up),
        cmocka_unit_test_setup(test_resources_files_name_their_mistakes, set_up),
        cmocka_unit_test_setup(test_resources_keys_go_together, set_up),
        cmocka_unit_test_setup(test_resources_of_random_servers_are_drawn, set_up),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
