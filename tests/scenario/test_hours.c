// SPDX-License-Identifier: Apache-2.0
// What people state in other units: money by the hour of a core, a card or a node, and spans in
// milliseconds of fibre.

#include "scenario_folder.h"

#include "scenario/object.h"
#include <math.h>

#define RESOURCES                                                                                  \
    "resources: {devices_file: devices.csv, classes_file: classes.csv, efficiency_file: "          \
    "efficiency.csv, units_file: units.csv}\n"

static void write_scenario(const char *more)
{
    char text[1000];
    snprintf(text, sizeof text,
             "schema: 2\nname: hours\nservers: {file: servers.csv}\nareas: {file: areas.csv}\n"
             "demand: {tasks_file: tasks.csv}\n%s",
             more);
    folder_write("scenario.yaml", text);
}

static int set_up(void **fixture)
{
    (void)fixture;
    write_scenario("");
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,cores\ns1,0,0,250,100\n");
    folder_write("areas.csv", "name,x_km,y_km\nhere,0,0\n");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                              "0,here,27000,20,1000\n");
    folder_write("devices.csv", "name,pool,speed_ghz,cores,time_cost_per_card_hour\n"
                                "h100,gpu,1000,1,1.8\na10,gpu,1000,1,\n");
    folder_write("classes.csv",
                 "name,pool,price_per_card_hour,price_device\ntrain,gpu,2.11,h100\n");
    folder_write("efficiency.csv", "device,train\nh100,1.25\na10,0.25\n");
    folder_write("units.csv", "server,device,count\ns1,h100,8\n");
    return 0;
}

static void assert_close(double got, double wanted)
{
    assert_true(fabs(got / wanted - 1.0) < 1e-6);
}

// Published prices, money for an hour: PKU's three qualities of service, IAP's first and last step,
// SRILS from and to, all of a core of 2.5 GHz; SF Compute's of an H100 that is rated 1 000 GHz.
static const struct {
    double price, ghz;
    const char *of;
} listed[] = {
    {0.04, 2.5, "core"}, {0.06, 2.5, "core"}, {0.08, 2.5, "core"},    {0.12, 2.5, "core"},
    {0.08, 2.5, "core"}, {0.15, 2.5, "core"}, {2.11, 1000.0, "card"}, {0.3, 2.5, "core"},
};

// A list goes in; the fee, the payment and the tariff of an award come out.
static void test_listed_prices_come_out_of_an_award(void **fixture)
{
    (void)fixture;
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
        char text[600];
        double price = listed[i].price;
        snprintf(text, sizeof text,
                 "market: {price_per_hour: %.15g, ceiling_per_hour: %.15g, hour_of: %s, hour_ghz: "
                 "%g, urgency_s: 0, share: tariff, energy_cost_per_cycle_hz2: 0, "
                 "time_cost_per_hour: %.15g}\n",
                 price, 0.9 * price, listed[i].of, listed[i].ghz, 0.5 * price);
        write_scenario(text);
        snprintf(text, sizeof text,
                 "name,x_km,y_km,speed_ghz,cores,tariff_per_core_hour\ns1,0,0,%g,1,%.15g\n",
                 listed[i].ghz, 0.7 * price);
        folder_write("servers.csv", text);
        // Three hours of the one server.
        snprintf(text, sizeof text,
                 "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n0,here,%.15g,0,1e9\n",
                 3.0 * 3600.0 * listed[i].ghz);
        folder_write("tasks.csv", text);
        dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
        assert_string_equal(dcat_scenario_hour(scenario).of, listed[i].of);
        assert_near(dcat_scenario_hour(scenario).speed_ghz, listed[i].ghz, 0.0);
        dcat_world *world = NULL;
        assert_int_equal(dcat_scenario_world(scenario, 1, &world, NULL), DCAT_OK);
        double hour_cycles = 3600e9 * listed[i].ghz;
        assert_close(dcat_world_servers_view(world)->tariff_per_cycle * hour_cycles, 0.7 * price);
        assert_close(*dcat_world_unit_cost_view(world) * hour_cycles, 0.5 * price);
        const dcat_run_config config = {
            DCAT_SIZED(dcat_run_config),
            .policy = {dcat_clusterer_find("single"), dcat_auction_find("vickrey"), NULL, NULL},
            .seed = 1,
            .cycle_count = 1,
        };
        dcat_run_result result;
        assert_int_equal(dcat_run(world, dcat_scenario_demand_view(scenario), &config, NULL, NULL,
                                  &result, NULL),
                         DCAT_OK);
        assert_int_equal(result.totals.awarded, 1);
        assert_close(result.totals.fee, 3.0 * price);
        assert_close(result.totals.payment, 3.0 * 0.9 * price); // alone: the ceiling
        assert_close(result.totals.cost, 3.0 * 0.5 * price);
        dcat_world_destroy(world);
        dcat_scenario_destroy(scenario);
    }
}

static void test_servers_state_money_by_the_hour(void **fixture)
{
    (void)fixture;
    folder_write("servers.csv",
                 "name,x_km,y_km,speed_ghz,cores,time_cost_per_s,time_cost_per_core_hour,"
                 "time_cost_per_node_hour,tariff_per_gigacycle,tariff_per_core_hour,"
                 "tariff_per_node_hour\n"
                 "s1,0,0,250,100,20,,,1.5,,\n"
                 "s2,1,0,250,100,,7.2,,,9,\n"
                 "s3,2,0,250,100,,,36,,,90\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    const dcat_server *s = scenario->servers.servers;
    assert_near(s[0].time_cost_per_s, 20.0, 0.0);
    assert_near(s[0].tariff_per_cycle, 1.5 / 1e9, 0.0);
    assert_near(s[1].time_cost_per_s, 0.2, 1e-15);    // 7.2 * 100 / 3600
    assert_near(s[1].tariff_per_cycle, 1e-12, 1e-26); // 9 / (3600 * 2.5e9)
    assert_near(s[2].time_cost_per_s, 0.01, 1e-17);   // 36 / 3600
    assert_near(s[2].tariff_per_cycle, 1e-13, 1e-27); // 90 / (3600 * 250e9)
    dcat_scenario_destroy(scenario);

    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,tariff_per_gigacycle,"
                                "tariff_per_node_hour\ns1,0,0,250,1,\ns2,0,0,250,1,2\n");
    expect_error(NULL, DCAT_ERR_FIELD,
                 "servers.csv:3: tariff_per_node_hour: cannot stand beside tariff_per_gigacycle in "
                 "one row");
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,time_cost_per_core_hour\ns1,0,0,2,-1\n");
    expect_error(NULL, DCAT_ERR_RANGE,
                 "servers.csv:2: time_cost_per_core_hour: must be >= 0, got -1");
    write_scenario(RESOURCES);
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,tariff_per_node_hour\ns1,0,0,,2\n");
    expect_error(NULL, DCAT_ERR_FIELD, "servers.csv:2: tariff_per_node_hour: needs speed_ghz");
}

static void test_devices_units_and_classes_state_money_by_the_hour(void **fixture)
{
    (void)fixture;
    write_scenario(RESOURCES);
    folder_write("devices.csv",
                 "name,pool,speed_ghz,cores,time_cost_per_s,"
                 "time_cost_per_card_hour,time_cost_per_core_hour\n"
                 "h100,gpu,1000,1,,1.8,\na10,gpu,1000,4,,,0.9\nxeon,cpu,250,100,,,\n");
    folder_write("classes.csv",
                 "name,pool,price_per_gigacycle,price_per_core_hour,price_per_card_hour,"
                 "price_per_node_hour,price_device,price_count\n"
                 "train,gpu,,,2.11,,h100,\nnode,gpu,,,,16,h100,8\nweb,cpu,,0.12,,,xeon,\n"
                 "plain,cpu,0.5,,,,,\n");
    folder_write("efficiency.csv", "device,train\nh100,1.25\na10,0.25\n");
    folder_write("units.csv", "server,device,count,time_cost_per_card_hour,"
                              "time_cost_per_node_hour\ns1,h100,8,3.6,\n");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class\n"
                              "0,here,27000,20,1000,train\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    const resource_data *r = &scenario->resources;
    assert_near(r->devices[1].time_cost_per_s, 1.8 / 3600.0, 0.0);
    assert_near(r->devices[2].time_cost_per_s, 0.001, 1e-18); // 0.9 * 4 / 3600
    assert_near(r->units[0].time_cost_per_s, 0.008, 1e-17);   // 3.6 * 8 / 3600
    assert_close(r->classes[0].price_per_gigacycle * 3600.0 * 1250.0, 2.11);
    assert_close(r->classes[1].price_per_gigacycle * 3600.0 * 8000.0, 16.0);
    assert_close(r->classes[2].price_per_gigacycle * 3600.0 * 2.5, 0.12);
    assert_near(r->classes[3].price_per_gigacycle, 0.5, 0.0);
    dcat_scenario_destroy(scenario);

    folder_write("units.csv", "server,device,count,time_cost_per_node_hour,time_cost_per_s\n"
                              "s1,h100,8,36,1\n");
    expect_error(NULL, DCAT_ERR_FIELD,
                 "units.csv:2: time_cost_per_node_hour: cannot stand beside time_cost_per_s in one "
                 "row");
    folder_write("classes.csv", "name,pool,price_per_card_hour\ntrain,gpu,2.11\n");
    expect_error(NULL, DCAT_ERR_FIELD,
                 "classes.csv:2: price_per_card_hour: needs price_device, a device of devices.csv");
    folder_write("classes.csv", "name,pool,price_per_card_hour,price_device\ntrain,gpu,2.11,h10\n");
    expect_error(NULL, DCAT_ERR_REFERENCE,
                 "classes.csv:2: price_device: h10 is no device; did you mean h100?");
    folder_write("classes.csv",
                 "name,pool,price_per_card_hour,price_device\ntrain,gpu,2.11,xeon\n");
    expect_error(NULL, DCAT_ERR_RANGE,
                 "classes.csv:2: price_device: must be able to do class train, got xeon, whose "
                 "efficiency is 0");
}

static void test_work_may_be_stated_as_devices_and_seconds(void **fixture)
{
    (void)fixture;
    write_scenario(RESOURCES);
    folder_write("classes.csv", "name,pool\ntrain,gpu\nweb,cpu\n");
    folder_write("tasks.csv",
                 "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class,device,count,seconds\n"
                 "0,here,,20,1000,train,h100,8,3600\n0,here,5,20,1000,web,,,\n"
                 "0,here,,20,1000,train,a10,,1.5\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 1, &world, NULL), DCAT_OK);
    dcat_task tasks[3];
    assert_int_equal(
        dcat_demand_slot(dcat_scenario_demand_view(scenario), world, 1, 0, 0, 0, tasks), 3);
    assert_near(tasks[0].work_cycles, 36000e12, 1e3); // 8 * 3600 s * 1000 GHz * 1.25
    assert_near(tasks[1].work_cycles, 5e9, 0.0);
    assert_near(tasks[2].work_cycles, 375e9, 1e-3); // 1.5 s * 1000 GHz * 0.25
    dcat_stated_work stated;
    assert_true(dcat_scenario_stated_work(scenario, &tasks[0], &stated));
    assert_int_equal(stated.count, 8);
    assert_near(stated.seconds, 3600.0, 0.0);
    assert_string_equal(dcat_scenario_device_name(scenario, (size_t)stated.device), "h100");
    assert_false(dcat_scenario_stated_work(scenario, &tasks[1], &stated));
    assert_true(dcat_scenario_stated_work(scenario, &tasks[2], &stated));
    assert_int_equal(stated.count, 1);
    bool said = false;
    for (size_t i = 0; dcat_scenario_note(scenario, i) != NULL; i++) {
        said = said || strstr(dcat_scenario_note(scenario, i),
                              "1 task states work as 28800 s of h100: 3.6e+07 giga-cycles") != NULL;
    }
    assert_true(said);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);

    const struct {
        const char *row;
        dcat_status status;
        const char *message;
    } wrong[] = {
        {"0,here,7,20,1000,train,h100,8,3600", DCAT_ERR_FIELD,
         "tasks.csv:2: work_gigacycles: cannot stand beside seconds in one row"},
        {"0,here,,20,1000,train,h100,8,", DCAT_ERR_FIELD,
         "tasks.csv:2: work_gigacycles: must be given, or device and seconds"},
        {"0,here,,20,1000,train,,,9", DCAT_ERR_FIELD,
         "tasks.csv:2: seconds: needs device, to say of what"},
        {"0,here,,20,1000,train,h10,,9", DCAT_ERR_REFERENCE,
         "tasks.csv:2: device: h10 is no device; did you mean h100?"},
        {"0,here,,20,1000,web,server,,9", DCAT_ERR_REFERENCE,
         "tasks.csv:2: device: must be a device of devices.csv, got server, which stands for "
         "servers of any speed"},
        {"0,here,,20,1000,web,a10,,9", DCAT_ERR_RANGE,
         "tasks.csv:2: device: a10 cannot do class web: its efficiency is 0"},
        {"0,here,,20,1000,train,a10,0,9", DCAT_ERR_RANGE,
         "tasks.csv:2: count: must be >= 1, got 0"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class,device,count,seconds\n"
                 "%s\n",
                 wrong[i].row);
        folder_write("tasks.csv", text);
        expect_error(NULL, wrong[i].status, wrong[i].message);
    }
}

static void test_prices_by_the_hour_stand_alone(void **fixture)
{
    (void)fixture;
    write_scenario("market: {price_per_hour: 1, hour_ghz: 2.5, price_per_gigacycle: 2}\n");
    expect_error(NULL, DCAT_ERR_FIELD,
                 "scenario.yaml:6: market.price_per_gigacycle: cannot stand beside "
                 "market.price_per_hour");
    write_scenario("market: {ceiling_per_hour: 1}\n");
    expect_error(NULL, DCAT_ERR_FIELD,
                 "scenario.yaml:6: market.ceiling_per_hour: needs market.hour_ghz: how fast what "
                 "is sold is");
    // An override of either takes out the other, and the other's default is not asked.
    write_scenario("market: {price_per_hour: 18, hour_ghz: 2.5}\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_near(scenario->config.market.price_per_gigacycle, 0.002, 1e-18);
    assert_near(scenario->config.auction.ceiling_per_cycle, 1.8e-9, 0.0); // the default
    dcat_scenario_destroy(scenario);
    scenario = expect_scenario("scenario.yaml", "market.price_per_gigacycle=3");
    assert_near(scenario->config.market.price_per_gigacycle, 3.0, 0.0);
    dcat_scenario_destroy(scenario);
    write_scenario("market: {price_per_gigacycle: 2, time_cost_per_s: 1}\n");
    scenario = expect_scenario("scenario.yaml", "market.time_cost_per_hour=7.2");
    assert_near(scenario->config.market.time_cost_per_s, 0.002, 1e-18);
    dcat_scenario_destroy(scenario);
}

static void test_spans_may_be_milliseconds_of_fibre(void **fixture)
{
    (void)fixture;
    write_scenario("clustering: {span_max_ms: 0.75}\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_near(scenario->config.span_m_max, 150e3, 1e-9);
    // What it writes of itself says the same.
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(dcat_scenario_write(scenario, file, NULL), DCAT_OK);
    fclose(file);
    assert_non_null(strstr(text, "span_max_ms: 0.75"));
    assert_null(strstr(text, "span_max_km"));
    free(text);
    dcat_scenario_destroy(scenario);
    scenario = expect_scenario("scenario.yaml", "clustering.span_max_km=70");
    assert_near(scenario->config.span_m_max, 70e3, 0.0);
    dcat_scenario_destroy(scenario);
    write_scenario("clustering: {span_max_ms: 0.75, span_max_km: 150}\n");
    expect_error(NULL, DCAT_ERR_FIELD,
                 "scenario.yaml:6: clustering.span_max_km: cannot stand beside "
                 "clustering.span_max_ms");
    expect_error("clustering.span_max_ms=-1", DCAT_ERR_RANGE,
                 "--set clustering.span_max_ms=-1: must be in [0, 10000], got -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_listed_prices_come_out_of_an_award, set_up),
        cmocka_unit_test_setup(test_servers_state_money_by_the_hour, set_up),
        cmocka_unit_test_setup(test_devices_units_and_classes_state_money_by_the_hour, set_up),
        cmocka_unit_test_setup(test_work_may_be_stated_as_devices_and_seconds, set_up),
        cmocka_unit_test_setup(test_prices_by_the_hour_stand_alone, set_up),
        cmocka_unit_test_setup(test_spans_may_be_milliseconds_of_fibre, set_up),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
