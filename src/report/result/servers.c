// SPDX-License-Identifier: Apache-2.0
// What servers did in a run, and in each of its cycles.

#include "dcat/x/report.h"

#include "dcat/x/model.h"
#include "report/result/columns.h"
#include "report/result/facts.h"
#include "report/result/tables.h"
#include <math.h>

// --- servers.csv

static const dcat_column server_columns[] = {
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "name of the server"),
    DCAT_COLUMN("speed_ghz", DCAT_COLUMN_NUMBER, "GHz", "speed"),
    DCAT_COLUMN("cores", DCAT_COLUMN_COUNT, NULL, "processor cores"),
    DCAT_COLUMN("unit_cost_per_gigacycle", DCAT_COLUMN_NUMBER, "money/gigacycle",
                "what work costs the server"),
    DCAT_COLUMN("busy_s", DCAT_COLUMN_NUMBER, "s", "time spent on awarded tasks"),
    DCAT_COLUMN("utilisation", DCAT_COLUMN_NUMBER, "1",
                "busy time as a share of the run; of several units their mean"),
    DCAT_COLUMN("work_gigacycles", DCAT_COLUMN_NUMBER, "gigacycle", "work done"),
    DCAT_COLUMN("earnings", DCAT_COLUMN_NUMBER, "money", "the server's shares of payments"),
    DCAT_COLUMN("cost", DCAT_COLUMN_NUMBER, "money", "what the work cost the server"),
    DCAT_COLUMN("utility", DCAT_COLUMN_NUMBER, "money", "earnings less cost"),
    REPORT_SITE_COLUMNS,
    DCAT_COLUMN("energy_cost_per_cycle_hz2", DCAT_COLUMN_NUMBER, "money/(cycle Hz^2)",
                "epsilon_e of the server"),
    DCAT_COLUMN("time_cost_per_s", DCAT_COLUMN_NUMBER, "money/s", "epsilon_t of the server"),
    DCAT_COLUMN("owner", DCAT_COLUMN_TEXT, NULL, "who owns it; empty: nobody who owns others"),
    DCAT_COLUMN("tariff_per_gigacycle", DCAT_COLUMN_NUMBER, "money/gigacycle",
                "public tariff of the server"),
    DCAT_COLUMN("would_gain_by_leaving", DCAT_COLUMN_NUMBER, "money",
                "what it would earn more alone in every cycle; empty: not asked for"),
};
const dcat_table_head dcat_servers_head = DCAT_TABLE_HEAD("servers", "a server", server_columns);

void dcat_write_servers_csv_rows(const dcat_scenario *scenario, const dcat_state *state,
                                 double duration_s, const double *leaving, FILE *file)
{
    const dcat_world *world = dcat_state_world(state);
    const dcat_server *servers = dcat_world_servers_view(world);
    const double *unit_cost = dcat_world_unit_cost_view(world);
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        dcat_server_account account = dcat_state_server(state, (int32_t)i);
        bool mixed = dcat_world_config_view(world)->resources != NULL;
        const dcat_cell cells[] = {
            dcat_cell_text(dcat_scenario_server_name(scenario, i)),
            dcat_cell_number(servers[i].speed_hz / 1e9),
            dcat_cell_count(servers[i].core_count),
            number_if(!mixed, unit_cost[i] * DCAT_CYCLES_PER_GIGACYCLE),
            dcat_cell_number(account.busy_s),
            dcat_cell_number(ratio(account.busy_s, duration_s * facts_units(world, i))),
            dcat_cell_number(account.work_cycles / 1e9),
            dcat_cell_number(account.payment),
            dcat_cell_number(account.cost),
            dcat_cell_number(account.payment - account.cost),
            REPORT_SITE_CELLS(scenario, world, servers[i]),
            dcat_cell_number(servers[i].energy_cost),
            dcat_cell_number(servers[i].time_cost_per_s),
            servers[i].owner == DCAT_NO_OWNER
                ? dcat_cell_missing()
                : dcat_cell_text(dcat_scenario_owner_name(scenario, servers[i].owner)),
            number_if(!mixed, dcat_world_members_view(world)[i].tariff * DCAT_CYCLES_PER_GIGACYCLE),
            leaving != NULL ? dcat_cell_number(leaving[i]) : dcat_cell_missing(),
        };
        dcat_csv_row(&dcat_servers_head, cells, file);
    }
}

// --- servers_by_cycle.csv

static const dcat_column server_cycle_columns[] = {
    DCAT_COLUMN("time_s", DCAT_COLUMN_NUMBER, "s", "start of the cycle, since cycle 0"),
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "number of the cycle"),
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "name of the server"),
    DCAT_COLUMN("busy_s", DCAT_COLUMN_NUMBER, "s", "time that the tasks awarded in the cycle take"),
    DCAT_COLUMN("utilisation", DCAT_COLUMN_NUMBER, "1",
                "busy time as a share of the cycle; of several units their mean"),
    DCAT_COLUMN("backlog_s", DCAT_COLUMN_NUMBER, "s",
                "how long after the cycle's end the server is busy"),
    DCAT_COLUMN("earnings", DCAT_COLUMN_NUMBER, "money", "the server's shares of payments"),
    DCAT_COLUMN("cost", DCAT_COLUMN_NUMBER, "money", "what the work cost the server"),
    REPORT_TIMESTAMP_COLUMN,
};
const dcat_table_head dcat_servers_by_cycle_head =
    DCAT_TABLE_HEAD("servers_by_cycle", "a server in a cycle", server_cycle_columns);

void dcat_write_servers_by_cycle_csv_rows(const dcat_scenario *scenario, const dcat_state *state,
                                          uint32_t cycle, dcat_server_account *before, FILE *file)
{
    const dcat_world *world = dcat_state_world(state);
    double begin_s = dcat_world_slot_start_s(world, cycle, 0);
    double end_s = dcat_world_slot_start_s(world, cycle + 1, 0);
    char date[REPORT_TIMESTAMP_SIZE];
    dcat_cell timestamp = report_timestamp(scenario, begin_s, date);
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        dcat_server_account now = dcat_state_server(state, (int32_t)i);
        double busy_s = now.busy_s - before[i].busy_s;
        const dcat_cell cells[] = {
            dcat_cell_number(begin_s),
            dcat_cell_count(cycle),
            dcat_cell_text(dcat_scenario_server_name(scenario, i)),
            dcat_cell_number(busy_s),
            dcat_cell_number(ratio(busy_s, (end_s - begin_s) * facts_units(world, i))),
            dcat_cell_number(fmax(now.busy_until_s - end_s, 0.0)),
            dcat_cell_number(now.payment - before[i].payment),
            dcat_cell_number(now.cost - before[i].cost),
            timestamp,
        };
        dcat_csv_row(&dcat_servers_by_cycle_head, cells, file);
        before[i] = now;
    }
}
