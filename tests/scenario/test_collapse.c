// SPDX-License-Identifier: Apache-2.0
// resources.collapse: the speeds that a platform knows which takes devices for one number, worked
// out by hand; and devices of random servers.

#include "scenario_folder.h"

#include "dcat/x/model.h"
#include "scenario/object.h"
#include <math.h>

enum { S = 3, Q = 3 };

// s1 is a CPU with two K80, s2 a P100 alone, s3 a CPU alone. A P100 is what others are compared
// with.
static int set_up(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml",
                 "schema: 2\nname: mixed\n"
                 "time: {train_days: [1, 1], validate_days: [2, 2], test_days: [3, 3]}\n"
                 "servers: {file: servers.csv}\nareas: {file: areas.csv}\n"
                 "demand: {profile_file: demand.csv}\n"
                 "resources: {devices_file: devices.csv, classes_file: classes.csv,"
                 " efficiency_file: efficiency.csv, units_file: units.csv}\n");
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,cores,tariff_per_gigacycle\n"
                                "s1,0,0,100,50,1\ns2,10,0,,,\ns3,20,0,200,100,1\n");
    folder_write("areas.csv", "name,x_km,y_km\nhere,0,0\n");
    folder_write("demand.csv", "day,hour,here\n1,0,1\n2,0,1\n3,0,1\n");
    folder_write("devices.csv",
                 "name,pool,speed_ghz,peak,energy_cost_per_cycle_hz2,time_cost_per_s,"
                 "tariff_per_gigacycle\n"
                 "k80,gpu,500,4,0,50,0.4\np100,gpu,250,10,0,100,0.5\n");
    folder_write("classes.csv", "name,pool,share\nweb,cpu,2\ntrain,gpu,3\ninfer,gpu,1\n");
    folder_write("efficiency.csv", "device,train,infer\nk80,0.25,0.5\np100,1,1\n");
    folder_write("units.csv", "server,device,count\ns1,k80,2\ns2,p100,1\n");
    return 0;
}

static dcat_world *make(const char *set)
{
    dcat_scenario *scenario = expect_scenario("scenario.yaml", set);
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_scenario_world(scenario, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_scenario_destroy(scenario);
    return world;
}

static const double true_ghz[Q][S] = {{100, 0, 200}, {250, 250, 0}, {500, 250, 0}};

static void assert_known(const char *set, const double known_ghz[Q][S])
{
    dcat_world *world = make(set);
    const dcat_member *members = dcat_world_members_view(world);
    const double *truth = dcat_world_config_view(world)->true_speed_hz;
    assert_non_null(truth);
    for (size_t q = 0; q < Q; q++) {
        for (size_t i = 0; i < S; i++) {
            assert_near(members[q * S + i].speed_hz * 1e-9, known_ghz[q][i], 1e-9);
            assert_near(truth[q * S + i] * 1e-9, true_ghz[q][i], 1e-9);
        }
    }
    // A second costs the same whatever the platform takes its speed for: 100 on s1's two K80.
    if (dcat_world_queue_count(world) > 1) {
        assert_near(members[S].speed_hz * members[S].unit_cost, 100.0, 1e-9);
        assert_near(members[S].speed_hz * members[S].tariff, 400.0, 1e-9); // 0.4 * 1000
    }
    dcat_world_destroy(world);
}

static void test_collapse_knows_one_number_of_a_pool(void **fixture)
{
    (void)fixture;
    dcat_world *aware = make(NULL);
    assert_null(dcat_world_config_view(aware)->true_speed_hz);
    assert_near(dcat_world_members_view(aware)[S].speed_hz, 250e9, 1e-3);
    dcat_world_destroy(aware);
    // By peak a K80 is 4 / 10 of a P100's 250 GHz: two are 200.
    assert_known("resources.collapse=peak",
                 (const double[Q][S]){{100, 0, 200}, {200, 250, 0}, {200, 250, 0}});
    // At worst 0.25 of 1000.
    assert_known("resources.collapse=worst",
                 (const double[Q][S]){{100, 0, 200}, {250, 250, 0}, {250, 250, 0}});
    // 4 / (3 / 0.25 + 1 / 0.5) = 2 / 7 of 1000.
    assert_known(
        "resources.collapse=mean",
        (const double[Q][S]){{100, 0, 200}, {2000.0 / 7.0, 250, 0}, {2000.0 / 7.0, 250, 0}});
}

static void test_collapse_knows_one_number_of_a_server(void **fixture)
{
    (void)fixture;
    assert_known("resources.collapse=single",
                 (const double[Q][S]){{300, 250, 200}, {300, 250, 200}, {300, 250, 200}});
    dcat_world *world = make("resources.collapse=single");
    assert_int_equal(dcat_world_queue_count(world), 1);
    const dcat_member *members = dcat_world_members_view(world);
    // s1: its two units together cost 100 a second and what eq. (8) says of the CPU.
    double cpu = 100e9 * dcat_unit_cost(1e-28, 20.0, 100e9, 50);
    assert_near(members[0].speed_hz * members[0].unit_cost, 100.0 + cpu, 1e-9);
    assert_near(members[0].speed_hz * members[0].tariff, 400.0 + 100.0, 1e-9);
    dcat_world_destroy(world);
}

static void test_collapse_goes_with_classes_and_real_queues(void **fixture)
{
    (void)fixture;
    folder_write("plain.yaml", "schema: 2\nname: p\nservers: {file: servers.csv}\n"
                               "areas: {file: areas.csv}\ndemand: {profile_file: demand.csv}\n");
    dcat_error err;
    assert_null(folder_load("plain.yaml", "resources.collapse=worst", &err));
    assert_string_equal(err.message, "--set resources.collapse=worst: needs "
                                     "resources.classes_file");
    folder_write("paper.yaml",
                 "schema: 2\nname: p\nservers: {file: servers.csv}\nmarket: {queue: paper}\n"
                 "areas: {file: areas.csv}\ndemand: {profile_file: demand.csv}\n"
                 "resources: {classes_file: classes.csv}\n");
    assert_null(folder_load("paper.yaml", "resources.collapse=worst", &err));
    assert_non_null(strstr(err.message, "needs market.queue: fifo"));
    assert_null(folder_load("scenario.yaml", "resources.collapse=least", &err));
    assert_non_null(strstr(err.message, "worst"));
}

static void test_collapse_is_refused_by_its_place(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_error err = {0};
    assert_int_equal(dcat_scenario_check_known(scenario, "because", &err), DCAT_OK);
    dcat_scenario_destroy(scenario);
    scenario = expect_scenario("scenario.yaml", "resources.collapse=mean");
    assert_int_equal(dcat_scenario_check_known(scenario, "because", &err), DCAT_ERR_RANGE);
    assert_string_equal(err.message, "--set resources.collapse=mean: must be none: because");
    dcat_scenario_destroy(scenario);
}

// A quarter of 40 is 10. Hosts keep half their CPU, and a second of a device costs what the server
// asks for as many cycles.
static void test_devices_of_random_servers_keep_their_shares(void **fixture)
{
    (void)fixture;
    folder_write("demand.csv", "day,hour,r1,r2\n1,0,1,1\n101,0,1,1\n");
    folder_write("scenario.yaml",
                 "schema: 2\nname: drawn\nareas: {random: {}}\ndemand: {profile_file: demand.csv}\n"
                 "servers: {random: {devices: {k80: [0.25, 4], p100: 0.5}, host_speed: 0.5,"
                 " device_cost_noise: 0.1}}\n"
                 "resources: {devices_file: devices.csv, classes_file: classes.csv}\n");
    dcat_world *world = make(NULL);
    const dcat_member *members = dcat_world_members_view(world);
    const dcat_server *servers = dcat_world_servers_view(world);
    size_t count = dcat_world_server_count(world), k80 = 0, p100 = 0;
    for (size_t i = 0; i < count; i++) {
        const dcat_member *gpu = &members[count + i];
        bool host = gpu->speed_hz > 0.0;
        k80 += gpu->speed_hz == 2000e9;
        p100 += gpu->speed_hz == 250e9;
        assert_int_equal(servers[i].core_count, host ? 50 : 100);
        assert_true(host ? servers[i].speed_hz <= 150e9 : servers[i].speed_hz >= 200e9);
        if (host) {
            double full_hz = 2.0 * servers[i].speed_hz;
            double ratio = gpu->speed_hz * gpu->unit_cost /
                           (dcat_unit_cost(1e-28, 20.0, full_hz, 100) *
                            (gpu->speed_hz == 250e9 ? 250e9 : 500e9));
            assert_true(ratio >= 0.9 && ratio <= 1.1);
        }
    }
    assert_int_equal(k80, 10);
    assert_int_equal(p100, 20);
    dcat_world_destroy(world);
    dcat_error err;
    assert_null(folder_load("scenario.yaml", "servers.random={host_speed: 0.5}", &err));
    assert_non_null(strstr(err.message, "servers.random.host_speed: needs servers.random.devices"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_collapse_knows_one_number_of_a_pool, set_up),
        cmocka_unit_test_setup(test_collapse_knows_one_number_of_a_server, set_up),
        cmocka_unit_test_setup(test_collapse_goes_with_classes_and_real_queues, set_up),
        cmocka_unit_test_setup(test_collapse_is_refused_by_its_place, set_up),
        cmocka_unit_test_setup(test_devices_of_random_servers_keep_their_shares, set_up),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
