// SPDX-License-Identifier: Apache-2.0
// Scenarios on disk with the files they name: every mistake in a file is named by file and line,
// and what is read arrives in SI.

#include "scenario_folder.h"

#include "scenario/object.h"
#include "world/demand.h"
#include <math.h>

// Six files that make a scenario on a graph; tests replace one of them.
#define SCENARIO                                                                                   \
    "schema: 1\n"                                                                                  \
    "name: small\n"                                                                                \
    "time: {train_days: [1, 1], validate_days: [2, 2], test_days: [3, 3]}\n"                       \
    "servers: {file: servers.csv}\n"                                                               \
    "areas: {file: areas.csv}\n"                                                                   \
    "network:\n"                                                                                   \
    "  graph: {nodes_file: nodes.csv, links_file: links.csv}\n"                                    \
    "demand: {profile_file: demand.csv}\n"
#define NODES "name,x_km,y_km\nA,0,0\nB,100,0\nC,200,0\n"
#define LINKS "from,to,length_km,rate_mbps\nA,B,,\nB,C,150,200\n"
#define SERVERS                                                                                    \
    "name,node,speed_ghz,cores,x_km,y_km,energy_cost_per_cycle_hz2,time_cost_per_s\n"              \
    "s1,A,250,100,,,,\n"                                                                           \
    "s2,C,300,,210,5,2e-28,30\n"
#define AREAS "name,node\nnorth,B\nsouth,C\n"
#define DEMAND "day,hour,south,north\n1,0,1,2\n1,1,3,4\n2,0,5,6\n3,7,7,8\n"

static void write_all(void)
{
    folder_write("scenario.yaml", SCENARIO);
    folder_write("nodes.csv", NODES);
    folder_write("links.csv", LINKS);
    folder_write("servers.csv", SERVERS);
    folder_write("areas.csv", AREAS);
    folder_write("demand.csv", DEMAND);
}

static int set_up(void **fixture)
{
    (void)fixture;
    write_all();
    return 0;
}

static dcat_world *make_world(const dcat_scenario *scenario)
{
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_scenario_world(scenario, 1, &world, &err) != DCAT_OK) {
        fail_msg("no world: %s", err.message);
    }
    return world;
}

// --- What arrives

static void test_scenario_files_arrive_in_si(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_world *world = make_world(scenario);
    const dcat_server *servers = dcat_world_servers_view(world);
    assert_int_equal(dcat_scenario_server_count(scenario), 2);
    assert_string_equal(dcat_scenario_server_name(scenario, 1), "s2");
    assert_near(servers[0].speed_hz, 250e9, 0.0);
    assert_int_equal(servers[0].core_count, 100);
    assert_int_equal(servers[1].core_count, 1); // the default
    assert_near(servers[0].site.x, 0.0, 0.0);   // of node A
    assert_near(servers[1].site.x, 210e3, 0.0); // its own, not that of node C
    assert_near(servers[1].energy_cost, 2e-28, 0.0);
    assert_near(servers[1].time_cost_per_s, 30.0, 0.0);
    assert_near(servers[0].time_cost_per_s, 20.0, 0.0); // the market's
    assert_int_equal(servers[1].node, 2);
    assert_string_equal(dcat_scenario_node_name(scenario, 2), "C");
    assert_string_equal(dcat_scenario_area_name(scenario, 0), "north");
    assert_int_equal(dcat_world_areas_view(world)[0].node, 1);

    const dcat_network_config *network = &dcat_world_config_view(world)->network;
    assert_int_equal(network->kind, DCAT_NETWORK_GRAPH);
    assert_int_equal(network->link_count, 2);
    assert_near(network->links[1].length_m, 150e3, 0.0);
    assert_near(network->links[1].rate_bps, 200e6, 0.0);
    // Empty cells are left to the world: the distance of the nodes, a drawn rate.
    const dcat_link *link = &scenario->network.links[0];
    assert_true(isnan(link->length_m) && isnan(link->rate_bps));
    assert_near(network->reference_bits, 20e6, 0.0);
    assert_near(dcat_world_config_view(world)->span_m_max, 200e3, 0.0);
    assert_near(dcat_world_config_view(world)->auction.ceiling_per_cycle, 1.8e-9, 1e-24);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

// Numbered as they come; an empty cell is nobody.
static void test_scenario_owners_arrive(void **fixture)
{
    (void)fixture;
    folder_write("servers.csv", "name,node,speed_ghz,owner\ns1,A,250,Ann & Co\ns2,B,250,\n"
                                "s3,C,250,Bob\ns4,C,250,Ann & Co\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_world *world = make_world(scenario);
    const dcat_server *servers = dcat_world_servers_view(world);
    assert_int_equal(servers[0].owner, 1);
    assert_int_equal(servers[1].owner, DCAT_NO_OWNER);
    assert_int_equal(servers[2].owner, 2);
    assert_int_equal(servers[3].owner, 1);
    assert_string_equal(dcat_scenario_owner_name(scenario, 1), "Ann & Co");
    assert_string_equal(dcat_scenario_owner_name(scenario, 2), "Bob");
    assert_string_equal(dcat_scenario_owner_name(scenario, DCAT_NO_OWNER), "");
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

static void test_scenario_days_become_cycles(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    // Rows 0 and 1 are day 1, row 2 is day 2, row 3 is day 3.
    assert_int_equal(dcat_scenario_train_cycles(scenario).first, 0);
    assert_int_equal(dcat_scenario_train_cycles(scenario).count, 2);
    assert_int_equal(dcat_scenario_validate_cycles(scenario).first, 2);
    assert_int_equal(dcat_scenario_validate_cycles(scenario).count, 1);
    assert_int_equal(dcat_scenario_test_cycles(scenario).first, 3);
    assert_int_equal(dcat_scenario_test_cycles(scenario).count, 1);
    dcat_scenario_destroy(scenario);
}

// Columns are matched by name: south stands first in demand.csv and second in areas.csv.
static void test_scenario_demand_columns_go_to_their_areas(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    dcat_observation observation;
    arena measure = {0};
    observation_layout(&measure, 2, 1, &observation);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    observation_layout(&place, 2, 1, &observation);
    dcat_demand_long_run(dcat_scenario_demand_view(scenario), &observation);
    // Mean over the profile of the sum is (3 + 7 + 11 + 15) / 4 = 9; training rows give north
    // (2 + 4) / 2 = 3 and south (1 + 3) / 2 = 2; lambda is 30.
    assert_near(observation.arrivals_per_slot[0], 30.0 * 3.0 / 9.0, 1e-12);
    assert_near(observation.arrivals_per_slot[1], 30.0 * 2.0 / 9.0, 1e-12);
    free(place.base);
    dcat_scenario_destroy(scenario);
}

static void test_scenario_without_areas_takes_them_from_the_nodes(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml", "schema: 1\nname: n\nservers: {file: servers.csv}\n"
                                  "network: {graph: {nodes_file: nodes.csv, "
                                  "links_file: links.csv}}\n"
                                  "demand: {tasks_file: tasks.csv}\n");
    folder_write("tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s,value\n"
                              "70.5,C,700,20,2.5,\n0,A,500,0,3,9000\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    // In the order in which tasks name them; B sends nothing and is no area.
    assert_int_equal(dcat_scenario_area_count(scenario), 2);
    assert_string_equal(dcat_scenario_area_name(scenario, 0), "C");
    assert_string_equal(dcat_scenario_area_name(scenario, 1), "A");
    const dcat_demand *demand = dcat_scenario_demand_view(scenario);
    assert_false(dcat_demand_is_drawn(demand));
    // 70.5 s is slot 71, in cycle 3 of 20 slots: cycles 0 to 3.
    assert_int_equal(dcat_demand_cycle_count(demand), 4);
    assert_int_equal(dcat_scenario_test_cycles(scenario).count, 4);
    dcat_world *world = make_world(scenario);
    dcat_task tasks[4];
    assert_int_equal(dcat_demand_slot(demand, world, 1, 3, 11, 0, tasks), 1);
    assert_near(tasks[0].work_cycles, 700e9, 0.0);
    assert_near(tasks[0].data_bits, 20e6, 0.0);
    assert_true(isinf(tasks[0].value));
    assert_int_equal(dcat_demand_slot(demand, world, 1, 0, 0, 0, tasks), 1);
    assert_near(tasks[0].value, 9000.0, 0.0);
    assert_int_equal(tasks[0].id, 1); // the second line of the file
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

static void test_scenario_accepts_a_folder(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("", NULL);
    assert_string_equal(dcat_scenario_name(scenario), "small");
    dcat_scenario_destroy(scenario);
}

static void test_scenario_records_what_it_read(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_int_equal(dcat_scenario_input_count(scenario), 7);
    char path[600];
    folder_path("links.csv", path, sizeof path);
    bool found = false;
    for (size_t i = 0; i < 7; i++) {
        dcat_input_file read = dcat_scenario_input(scenario, i);
        if (strcmp(read.path, path) == 0) {
            found = true;
            assert_int_equal(read.byte_count, strlen(LINKS));
            // printf 'from,to,length_km,rate_mbps\nA,B,,\nB,C,150,200\n' | sha256sum
            assert_string_equal(read.sha256,
                                "a0d465e4249c77363a880d72401879f2cd0c1ee2dec1a140b6b157852031b415");
        }
    }
    assert_true(found);
    dcat_scenario_destroy(scenario);
}

// --- What is refused

typedef struct mistake {
    const char *file, *text;
    dcat_status status;
    const char *message;
} mistake;

static void expect_mistakes(const mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_all();
        folder_write(mistakes[i].file, mistakes[i].text);
        expect_error(NULL, mistakes[i].status, mistakes[i].message);
    }
    write_all();
}

static void test_scenario_names_mistakes_in_servers(void **fixture)
{
    (void)fixture;
    static const mistake mistakes[] = {
        {"servers.csv", "name,node,speed_ghz\ns1,A,250\ns2,C,-3\n", DCAT_ERR_RANGE,
         "servers.csv:3: speed_ghz: must be > 0, got -3"},
        {"servers.csv", "name,node,speed_ghz\ns1,A,nan\n", DCAT_ERR_FORMAT,
         "servers.csv:2: speed_ghz: must be a finite number, got nan"},
        {"servers.csv", "name,node,speed_ghz\ns1,A,250GHz\n", DCAT_ERR_FORMAT,
         "servers.csv:2: speed_ghz: must be a number, got 250GHz"},
        {"servers.csv", "name,node,speed_ghz\ns1,A,\n", DCAT_ERR_FIELD,
         "servers.csv:2: speed_ghz: must be given"},
        {"servers.csv", "name,node,speed_ghz\ns1,X,250\n", DCAT_ERR_REFERENCE,
         "servers.csv:2: node: must be a node of nodes.csv, got X; did you mean A?"},
        {"servers.csv", "name,node,speed_ghz\ns1,,250\n", DCAT_ERR_FIELD,
         "servers.csv:2: node: must be given"},
        {"servers.csv", "name,speed_ghz,x_km,y_km\ns1,250,0,0\n", DCAT_ERR_FIELD,
         "servers.csv:1: column node is missing"},
        {"servers.csv", "name,node,speed_ghz\ns1,A,250\n\n# s1 again\ns1,C,250\n", DCAT_ERR_FIELD,
         "servers.csv:5: name: must be unique, got s1 again"},
        {"servers.csv", "name,node,speed_gh\ns1,A,250\n", DCAT_ERR_FIELD,
         "servers.csv:1: unknown column speed_gh; did you mean speed_ghz?"},
        {"servers.csv", "name,node,speed_ghz,lat_deg\ns1,A,250,3\n", DCAT_ERR_FIELD,
         "servers.csv:1: unknown column lat_deg; there are name, speed_ghz, cores, x_km, y_km, "
         "node, energy_cost_per_cycle_hz2, time_cost_per_s, owner, tariff_per_gigacycle, "
         "time_cost_per_core_hour, time_cost_per_node_hour, tariff_per_core_hour, "
         "tariff_per_node_hour, zone, country, region"},
        {"servers.csv", "name,node,speed_ghz,x_km,y_km\ns1,A,250,3,\n", DCAT_ERR_FIELD,
         "servers.csv:2: y_km: must be given when the other coordinate is"},
        {"servers.csv", "name,node,speed_ghz,cores\ns1,A,250,2.5\n", DCAT_ERR_FORMAT,
         "servers.csv:2: cores: must be a whole number, got 2.5"},
        {"servers.csv",
         "name,node,speed_ghz,energy_cost_per_cycle_hz2,time_cost_per_s\ns1,A,2,0,0\n",
         DCAT_ERR_RANGE,
         "servers.csv:2: server s1 must have an energy or a time cost > 0, of its own or from "
         "market"},
        {"servers.csv", "name,node,speed_ghz\n", DCAT_ERR_FORMAT,
         "servers.csv: must have at least one server"},
        {"servers.csv", "", DCAT_ERR_FORMAT,
         "servers.csv: is empty; the first line must name the columns"},
    };
    expect_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

static void test_scenario_names_mistakes_in_networks(void **fixture)
{
    (void)fixture;
    static const mistake mistakes[] = {
        {"nodes.csv", "name,x_km,y_km\nA,0,0\nB,1,1\nA,2,2\n", DCAT_ERR_FIELD,
         "nodes.csv:4: name: must be unique, got A again"},
        {"nodes.csv", "name,x_km,y_km\nA,0,1e7\n", DCAT_ERR_RANGE,
         "nodes.csv:2: y_km: must be <= 1000000, got 1e7"},
        {"links.csv", "from,to\nA,B\nB,B\n", DCAT_ERR_RANGE,
         "links.csv:3: to: must differ from `from`, got B"},
        {"links.csv", "from,to\nA,Bx\n", DCAT_ERR_REFERENCE,
         "links.csv:2: to: must be a node of nodes.csv, got Bx; did you mean B?"},
        {"links.csv", "from,to,rate_mbps\nA,B,0\n", DCAT_ERR_RANGE,
         "links.csv:2: rate_mbps: must be > 0, got 0"},
        {"links.csv", "from,to,length_km\nA,B,-1\n", DCAT_ERR_RANGE,
         "links.csv:2: length_km: must be >= 0, got -1"},
        // Areas are at B and C; A, where s1 is, hangs on nothing.
        {"links.csv", "from,to\nB,C\n", DCAT_ERR_REFERENCE,
         "links.csv: no path joins area north (node B) and server s1 (node A)"},
        {"links.csv", "from,to\nA,B\n", DCAT_ERR_REFERENCE,
         "links.csv: no path joins area north (node B) and server s2 (node C)"},
        {"areas.csv", "name,node\nnorth,B\nsouth,\n", DCAT_ERR_FIELD,
         "areas.csv:3: node: must be given"},
    };
    expect_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

// An area apart from all servers, when the first area is not.
static void test_scenario_names_an_area_no_server_reaches(void **fixture)
{
    (void)fixture;
    folder_write("servers.csv", "name,node,speed_ghz\ns1,A,250\n");
    folder_write("links.csv", "from,to\nA,B\n");
    expect_error(NULL, DCAT_ERR_REFERENCE,
                 "links.csv: no path joins area south (node C) and server s1 (node A)");
}

static void test_scenario_accepts_parallel_links(void **fixture)
{
    (void)fixture;
    folder_write("links.csv", "from,to\nA,B\nB,A\nA,B\nB,C\n");
    dcat_scenario_destroy(expect_scenario("scenario.yaml", NULL));
}

static void test_scenario_accepts_demand_in_one_cell(void **fixture)
{
    (void)fixture;
    static const char *const rows[] = {"1,0,5,0\n3,0,0,0\n", "1,0,0,5\n3,0,0,0\n",
                                       "1,0,0,0\n3,0,5,0\n", "1,0,0,0\n3,0,0,5\n"};
    for (size_t i = 0; i < 4; i++) {
        char text[100];
        snprintf(text, sizeof text, "day,hour,north,south\n%s", rows[i]);
        folder_write("demand.csv", text);
        dcat_scenario_destroy(expect_scenario("scenario.yaml", NULL));
    }
}

static void test_scenario_names_mistakes_in_demand(void **fixture)
{
    (void)fixture;
    static const mistake mistakes[] = {
        {"demand.csv", "day,hour,north,west\n1,0,1,1\n", DCAT_ERR_REFERENCE,
         "demand.csv:1: west must be an area of areas.csv"},
        {"demand.csv", "day,hour,north,soth\n1,0,1,1\n", DCAT_ERR_REFERENCE,
         "demand.csv:1: soth must be an area of areas.csv; did you mean south?"},
        {"demand.csv", "day,hour,north\n1,0,1\n", DCAT_ERR_FIELD,
         "demand.csv:1: column south is missing: it is an area of areas.csv"},
        {"demand.csv", "day,hour\n1,0\n", DCAT_ERR_FIELD,
         "demand.csv:1: must have a column for each area"},
        {"demand.csv", "day,hour,north,south\n1,1,1,1\n1,1,1,1\n", DCAT_ERR_RANGE,
         "demand.csv:3: day and hour must come after those of the row before, got 1, 1"},
        {"demand.csv", "day,hour,north,south\n2,0,1,1\n1,1,1,1\n", DCAT_ERR_RANGE,
         "demand.csv:3: day and hour must come after those of the row before, got 1, 1"},
        {"demand.csv", "day,hour,north,south\n1,24,1,1\n", DCAT_ERR_RANGE,
         "demand.csv:2: hour: must be in [0, 23], got 24"},
        {"demand.csv", "day,hour,north,south\n1,0,1,-1\n", DCAT_ERR_RANGE,
         "demand.csv:2: south: must be >= 0, got -1"},
        {"demand.csv", "day,hour,north,south\n1,0,1,\n", DCAT_ERR_FORMAT,
         "demand.csv:2: south: must be a number, got nothing"},
        {"demand.csv", "day,hour,north,south\n1,0,1\n", DCAT_ERR_FORMAT,
         "demand.csv:2: has 3 cells, the header has 4"},
        {"demand.csv", "day,hour,north,south\n1,0,0,0\n3,0,0,0\n", DCAT_ERR_RANGE,
         "demand.csv: some demand must be > 0, got 0 everywhere"},
        {"demand.csv", "day,hour,north,south\n1,0,1,1\n2,0,1,1\n", DCAT_ERR_RANGE,
         "scenario.yaml:3: time.test_days: must include a day of demand.csv, which has days 1 to "
         "2, got [3, 3]"},
        {"scenario.yaml",
         "schema: 1\nname: x\nservers: {file: servers.csv}\n"
         "areas: {file: areas.csv}\n"
         "network: {graph: {nodes_file: nodes.csv, links_file: links.csv}}\n"
         "demand: {profile_file: demand.csv}\n",
         DCAT_ERR_RANGE,
         "scenario.yaml: time.test_days: must include a day of demand.csv, which has days 1 to 3, "
         "got [101, 122] (the default)"},
    };
    expect_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

static void test_scenario_names_mistakes_in_tasks(void **fixture)
{
    (void)fixture;
#define HEADER "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
    static const struct {
        const char *text;
        dcat_status status;
        const char *message;
    } mistakes[] = {
        {HEADER "0,north,700,20,2\n1,north,700,20,0\n", DCAT_ERR_RANGE,
         "tasks.csv:3: deadline_s: must be > 0, got 0"},
        {HEADER "0,north,0,20,2\n", DCAT_ERR_RANGE,
         "tasks.csv:2: work_gigacycles: must be > 0, got 0"},
        {HEADER "-1,north,1,20,2\n", DCAT_ERR_RANGE,
         "tasks.csv:2: arrival_s: must be >= 0, got -1"},
        {HEADER "9e9,north,1,20,2\n", DCAT_ERR_RANGE,
         "tasks.csv:2: arrival_s: must be at most 2147483647, which is 2147483647 slots of 1 s "
         "behind "
         "0, got 9000000000; `time.start_s: first` counts from the first arrival"},
        {HEADER "0,nort,1,20,2\n", DCAT_ERR_REFERENCE,
         "tasks.csv:2: origin: nort must be an area of areas.csv; did you mean north?"},
        {HEADER, DCAT_ERR_FORMAT, "tasks.csv: must have at least one task"},
        {"arrival_s,origin,work_gigacycles,data_mb\n", DCAT_ERR_FIELD,
         "tasks.csv:1: column deadline_s is missing"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        folder_write("tasks.csv", mistakes[i].text);
        expect_error("demand.tasks_file=tasks.csv", mistakes[i].status, mistakes[i].message);
    }
#undef HEADER
}

static void test_scenario_names_a_missing_file_and_its_key(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml", "schema: 1\nname: x\nservers: {file: nothing.csv}\n"
                                  "areas: {file: areas.csv}\ndemand: {profile_file: demand.csv}\n");
    expect_error(NULL, DCAT_ERR_NOT_FOUND,
                 "scenario.yaml:3: servers.file: nothing.csv: No such file or directory");
    dcat_error err;
    assert_null(folder_load("none.yaml", NULL, &err));
    assert_int_equal(err.status, DCAT_ERR_NOT_FOUND);
    assert_string_equal(err.message, "none.yaml: No such file or directory");
}

static void test_scenario_random_places_need_a_plane_without_nodes(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml", "schema: 1\nname: x\ngeometry: geo\nservers:\n  random: {}\n"
                                  "areas: {file: areas.csv}\ndemand: {profile_file: demand.csv}\n");
    expect_error(NULL, DCAT_ERR_FIELD, "scenario.yaml:5: servers.random: needs geometry: plane");
    write_all();
    expect_error("areas.random.side_km=10", DCAT_ERR_FIELD,
                 "--set areas.random.side_km=10: areas.random: needs network.kind: hops, because "
                 "it has no nodes");
    expect_error("network.graph={gml_file: net.gml}", DCAT_ERR_FIELD,
                 "--set network.graph={gml_file: net.gml}: network.graph.gml_file: needs geometry: "
                 "geo, because it gives longitudes");
}

static void test_scenario_days_never_overlap(void **fixture)
{
    (void)fixture;
    expect_error("time.validate_days=[1, 2]", DCAT_ERR_RANGE,
                 "--set time.validate_days=[1, 2]: must begin after train_days end, got 1 after 1");
    expect_error("time.test_days=[2, 9]", DCAT_ERR_RANGE,
                 "--set time.test_days=[2, 9]: must begin after validate_days end, got 2 after 2");
}

// Nobody learns from validation days but the learner, so a scenario may have none.
static void test_scenario_validation_days_may_be_empty(void **fixture)
{
    (void)fixture;
    folder_write("demand.csv", "day,hour,south,north\n1,0,1,2\n3,0,1,1\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_int_equal(dcat_scenario_validate_cycles(scenario).count, 0);
    assert_int_equal(dcat_scenario_test_cycles(scenario).first, 1);
    dcat_scenario_destroy(scenario);
}

// The same servers on synthetic paths: nodes still give positions.
static void test_scenario_graph_can_be_ignored_by_override(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = expect_scenario("scenario.yaml", "network.kind=hops");
    dcat_world *world = make_world(scenario);
    assert_int_equal(dcat_world_config_view(world)->network.kind, DCAT_NETWORK_HOPS);
    // 210 km apart in x and 5 in y: server 0 is at node A, server 1 at its own position.
    assert_near(dcat_world_distance_m(world, 0, 1), hypot(210e3, 5e3), 1e-12);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

#define WITH_FILES(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(test_scenario_files_arrive_in_si),
        WITH_FILES(test_scenario_days_become_cycles),
        WITH_FILES(test_scenario_owners_arrive),
        WITH_FILES(test_scenario_demand_columns_go_to_their_areas),
        WITH_FILES(test_scenario_without_areas_takes_them_from_the_nodes),
        WITH_FILES(test_scenario_accepts_a_folder),
        WITH_FILES(test_scenario_records_what_it_read),
        WITH_FILES(test_scenario_names_mistakes_in_servers),
        WITH_FILES(test_scenario_names_mistakes_in_networks),
        WITH_FILES(test_scenario_names_an_area_no_server_reaches),
        WITH_FILES(test_scenario_accepts_parallel_links),
        WITH_FILES(test_scenario_accepts_demand_in_one_cell),
        WITH_FILES(test_scenario_names_mistakes_in_demand),
        WITH_FILES(test_scenario_names_mistakes_in_tasks),
        WITH_FILES(test_scenario_names_a_missing_file_and_its_key),
        WITH_FILES(test_scenario_random_places_need_a_plane_without_nodes),
        WITH_FILES(test_scenario_days_never_overlap),
        WITH_FILES(test_scenario_validation_days_may_be_empty),
        WITH_FILES(test_scenario_graph_can_be_ignored_by_override),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
