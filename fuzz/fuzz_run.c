// SPDX-License-Identifier: Apache-2.0
// Any scenario that is accepted can be run: through a world, two cycles of the market under every
// auction, with the invariants of the state checked after every cycle, and under the rule fifo no
// promise broken. The input is the scenario's text, beside fixed tables; or a digit and the bytes
// of the table of that number, beside a fixed scenario and the other tables.

#include "dcat/dcat.h"
#include "dcat/x/clock.h"
#include "dcat/x/x.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What is larger is a matter of time, not of what a run does with it.
#define SERVER_MAX 40
#define AREA_MAX 20
#define TASK_MAX 200 // of a slot
#define SLOT_MAX 50  // of a cycle

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

// --- a folder with tables that a scenario may name, removed at the end

static char folder[] = "/tmp/dcat-fuzz-run-XXXXXX";
static char scenario_path[64];

static const struct {
    const char *name, *text;
} tables[] = {
    {"demand.csv", "day,hour,north,south\n1,0,3,1\n1,1,2,2\n2,0,1,4\n2,1,5,0\n3,0,1,1\n3,1,0,2\n"},
    {"tasks.csv", "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n0,north,500,20,2\n"
                  "1.5,south,700,20,3\n1.5,south,700,0,2.5\n9,north,100,40,9\n"},
    {"servers.csv", "name,x_km,y_km,speed_ghz,cores\na,0,0,250,100\nb,10,0,250,100\n"
                    "c,0,90,300,120\nd,0,90,60,30\n"},
    {"areas.csv", "name,x_km,y_km\nnorth,0,100\nsouth,10,0\n"},
    {"nodes.csv", "name,lat_deg,lon_deg\nnorth,50,1\nsouth,50,2\n"},
    {"links.csv", "from,to,length_km,rate_mbps\nnorth,south,80,100\n"},
    {"at.csv", "name,node,speed_ghz,cores\na,north,250,100\nb,north,250,100\nc,south,300,120\n"},
    {"net.gml", "graph [ node [ id 0 label \"north\" Longitude 1 Latitude 50 ] node [ id 1 label "
                "\"south\" Longitude 2 Latitude 50 ] edge [ source 0 target 1 ] ]\n"},
};
enum { TABLE_COUNT = sizeof tables / sizeof tables[0], TASKS = 1, NODES = 4, GML = 7 };

#define FIXED                                                                                      \
    "schema: 2\nname: fixed\ntime: {slots_per_cycle: 4, cycles_per_day: 2, train_days: [1, 1], "   \
    "validate_days: [2, 2], test_days: [3, 3]}\n"
#define PLACES "geometry: plane\nservers: {file: servers.csv}\nareas: {file: areas.csv}\n"
#define DEMAND "demand: {profile_file: demand.csv, arrivals_per_slot: 20}\n"
#define AT "geometry: geo\nservers: {file: at.csv}\n"

// A scenario that names the table.
static const char *scenario_for(size_t table)
{
    return table == TASKS  ? FIXED PLACES "demand: {tasks_file: tasks.csv}\n"
           : table < NODES ? FIXED PLACES DEMAND
           : table == GML  ? FIXED AT DEMAND "network: {graph: {gml_file: net.gml}}\n"
                           : FIXED AT DEMAND
               "network: {graph: {nodes_file: nodes.csv, links_file: links.csv}}\n";
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void table_path(size_t t, char path[96])
{
    snprintf(path, 96, "%s/%s", folder, tables[t].name);
}

static void remove_folder(void)
{
    char path[96];
    for (size_t t = 0; t < TABLE_COUNT; t++) {
        table_path(t, path);
        unlink(path);
    }
    unlink(scenario_path);
    rmdir(folder);
}

static void make_folder(void)
{
    char path[96];
    require(mkdtemp(folder) != NULL);
    snprintf(scenario_path, sizeof scenario_path, "%s/scenario.yaml", folder);
    for (size_t t = 0; t < TABLE_COUNT; t++) {
        table_path(t, path);
        write_file(path, tables[t].text, strlen(tables[t].text));
    }
    atexit(remove_folder);
}

static bool check_cycle(void *user, const dcat_cycle_record *cycle)
{
    const dcat_market_config *market = user;
    dcat_error err = {0};
    const dcat_totals *t = cycle->totals;
    require(dcat_state_check(cycle->state, &err) == DCAT_OK);
    require(t->arrived == t->awarded + t->no_candidate + t->no_bidder + t->all_left +
                              t->round_limit + t->not_admitted + t->no_device + t->over_value);
    require(market->queue == DCAT_QUEUE_PAPER || t->late == 0);
    require(isfinite(t->fee) && isfinite(t->payment) && isfinite(t->waiting_s) &&
            t->waiting_s >= 0.0);
    return true;
}

static void run_all(const dcat_scenario *scenario, const dcat_world *world)
{
    const dcat_market_config market = dcat_world_config_view(world)->market;
    dcat_cycle_span test = dcat_scenario_test_cycles(scenario);
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = (void *)&market,
                                  .after_cycle = check_cycle};
    for (size_t a = 0; a < dcat_auction_count(); a++) {
        const dcat_run_config config = {
            DCAT_SIZED(dcat_run_config),
            .policy = {.clusterer = dcat_clusterer_find(a % 2 == 0 ? "linkage" : "random"),
                       .auction = dcat_auction_at(a)},
            .seed = a,
            .cycle_first = test.first,
            .cycle_count = test.count < 2 ? test.count : 2,
        };
        dcat_run_result result;
        dcat_error err = {0};
        dcat_status status = dcat_run(world, dcat_scenario_demand_view(scenario), &config, &hooks,
                                      NULL, &result, &err);
        require(status == DCAT_OK || dcat_status_is_user_error(status));
    }
}

static bool is_small(const dcat_scenario *scenario, const dcat_world *world)
{
    return dcat_demand_slot_task_max(dcat_scenario_demand_view(scenario)) <= TASK_MAX &&
           dcat_world_config_view(world)->slots_per_cycle <= SLOT_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (scenario_path[0] == '\0') {
        make_folder();
    }
    size_t table = size > 0 ? (size_t)data[0] - '0' : TABLE_COUNT;
    char path[96];
    if (table < TABLE_COUNT) {
        table_path(table, path);
        write_file(path, data + 1, size - 1);
        write_file(scenario_path, scenario_for(table), strlen(scenario_for(table)));
    } else {
        write_file(scenario_path, data, size);
    }
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    dcat_error err = {0};
    dcat_status status = dcat_scenario_load(scenario_path, NULL, 0, &scenario, &err);
    require(status == DCAT_OK || (err.status == status && dcat_status_is_user_error(status)));
    if (status == DCAT_OK && dcat_scenario_server_count(scenario) <= SERVER_MAX &&
        dcat_scenario_area_count(scenario) <= AREA_MAX) {
        status = dcat_scenario_world(scenario, 1, &world, &err);
        require(status == DCAT_OK || dcat_status_is_user_error(status));
    }
    if (world != NULL && is_small(scenario, world)) {
        run_all(scenario, world);
    }
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    if (table < TABLE_COUNT) {
        write_file(path, tables[table].text, strlen(tables[table].text));
    }
    return 0;
}
