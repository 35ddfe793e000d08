// SPDX-License-Identifier: Apache-2.0
// columns.h - columns that several tables of results share.

#ifndef DCAT_REPORT_RESULT_COLUMNS_H
#define DCAT_REPORT_RESULT_COLUMNS_H

#include "dcat/auction.h"
#include "dcat/x/scenario.h"
#include "dcat/x/table.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

static inline dcat_cell number_if(bool known, double value)
{
    return known ? dcat_cell_number(value) : dcat_cell_missing();
}

static inline double ratio(double a, double b)
{
    return b > 0.0 ? a / b : NAN;
}

#define REPORT_WORLD_COLUMNS                                                                       \
    DCAT_COLUMN("world", DCAT_COLUMN_COUNT, NULL, "number of the world, from 1"),                  \
        DCAT_COLUMN("seed", DCAT_COLUMN_COUNT, NULL, "its seed")

#define REPORT_POLICY_COLUMNS                                                                      \
    DCAT_COLUMN("clusterer", DCAT_COLUMN_TEXT, NULL, "how servers are grouped"),                   \
        DCAT_COLUMN("auction", DCAT_COLUMN_TEXT, NULL, "how a task is awarded and priced")
#define REPORT_POLICY_CELLS(p)                                                                     \
    dcat_cell_text(dcat_policy_clusterer_name(p)), dcat_cell_text((p)->auction->name)

// What became of tasks, by a pointer to dcat_totals.
#define REPORT_OUTCOME_COLUMN(enumerator, key, name, meaning)                                      \
    DCAT_COLUMN(#key, DCAT_COLUMN_COUNT, NULL, meaning),
#define REPORT_OUTCOME_COLUMNS                                                                     \
    DCAT_AUCTION_UNSOLD(REPORT_OUTCOME_COLUMN)                                                     \
    DCAT_COLUMN("single_candidate", DCAT_COLUMN_COUNT, NULL,                                       \
                "tasks that only one cluster could finish in time"),                               \
        DCAT_COLUMN("contested", DCAT_COLUMN_COUNT, NULL, "tasks with several candidates"),        \
        DCAT_COLUMN("members_below_cost", DCAT_COLUMN_COUNT, NULL,                                 \
                    "awards that pay some member less than its own cost")
#define REPORT_OUTCOME_CELLS(t)                                                                    \
    dcat_cell_count((t)->no_candidate), dcat_cell_count((t)->no_bidder),                           \
        dcat_cell_count((t)->all_left), dcat_cell_count((t)->round_limit),                         \
        dcat_cell_count((t)->not_admitted), dcat_cell_count((t)->no_device),                       \
        dcat_cell_count((t)->over_value), dcat_cell_count((t)->single_candidate),                  \
        dcat_cell_count((t)->contested), dcat_cell_count((t)->member_below_cost)

// What all_left was called in version 0.1; these go in 0.2.
#define REPORT_ALL_EXITED_COLUMN                                                                   \
    DCAT_COLUMN("all_exited", DCAT_COLUMN_COUNT, NULL, "second name of all_left, until 0.2")
#define REPORT_SIMULTANEOUS_EXIT_COLUMN                                                            \
    DCAT_COLUMN("simultaneous_exit", DCAT_COLUMN_NUMBER, "1", "second name of all_left, until 0.2")

// Promises that physics does not keep.
#define REPORT_LATE_COLUMN(type, unit)                                                             \
    DCAT_COLUMN("late", type, unit,                                                                \
                "awards that a first-in-first-out queue would finish after their deadline; 0 "     \
                "under market.queue: fifo")

// When a cycle begins, for dashboards.
#define REPORT_TIMESTAMP_SIZE 32
#define REPORT_TIMESTAMP_COLUMN                                                                    \
    DCAT_COLUMN("timestamp", DCAT_COLUMN_TEXT, NULL,                                               \
                "the same as a date, in UTC, where arrivals are Unix time")

// Without a date, or beyond the year 9999, a missing cell.
static inline dcat_cell report_timestamp(const dcat_scenario *scenario, double time_s,
                                         char text[REPORT_TIMESTAMP_SIZE])
{
    double unix_s = dcat_scenario_start_s(scenario) + time_s;
    if (!(unix_s >= 0.0 && unix_s < 253402300800.0)) {
        return dcat_cell_missing();
    }
    time_t whole = (time_t)unix_s;
    int ms = (int)(1e3 * (unix_s - (double)whole));
    struct tm parts;
    gmtime_r(&whole, &parts);
    size_t length = strftime(text, REPORT_TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, REPORT_TIMESTAMP_SIZE - length, ms > 0 ? ".%03dZ" : "Z", ms);
    return dcat_cell_text(text);
}

// Where a server or an area is: in the plane, or on the Earth.
#define REPORT_SITE_COLUMNS                                                                        \
    DCAT_COLUMN("x_km", DCAT_COLUMN_NUMBER, "km", "position, in a plane"),                         \
        DCAT_COLUMN("y_km", DCAT_COLUMN_NUMBER, "km", "position, in a plane"),                     \
        DCAT_COLUMN("lat_deg", DCAT_COLUMN_NUMBER, "degree", "position, on the Earth"),            \
        DCAT_COLUMN("lon_deg", DCAT_COLUMN_NUMBER, "degree", "position, on the Earth"),            \
        DCAT_COLUMN("node", DCAT_COLUMN_TEXT, NULL, "node of a graph network")
#define REPORT_SITE_CELLS(scenario, world, it)                                                     \
    report_coordinate(world, DCAT_PLANE, (it).site.x / 1e3),                                       \
        report_coordinate(world, DCAT_PLANE, (it).site.y / 1e3),                                   \
        report_coordinate(world, DCAT_GEO, (it).site.y),                                           \
        report_coordinate(world, DCAT_GEO, (it).site.x), report_node(scenario, world, (it).node)

static inline dcat_cell report_coordinate(const dcat_world *world, dcat_geometry geometry,
                                          double value)
{
    return dcat_world_config_view(world)->geometry == geometry ? dcat_cell_number(value)
                                                               : dcat_cell_missing();
}

static inline dcat_cell report_node(const dcat_scenario *scenario, const dcat_world *world,
                                    int node)
{
    bool graph = dcat_world_config_view(world)->network.kind == DCAT_NETWORK_GRAPH;
    return graph ? dcat_cell_text(dcat_scenario_node_name(scenario, (size_t)node))
                 : dcat_cell_missing();
}

// Mean delays of awarded tasks.
#define REPORT_DELAY_COLUMNS                                                                       \
    DCAT_COLUMN("transfer_s", DCAT_COLUMN_NUMBER, "s", "mean transfer time of awarded tasks"),     \
        DCAT_COLUMN("waiting_s", DCAT_COLUMN_NUMBER, "s",                                          \
                    "mean time of awarded tasks in a queue"),                                      \
        DCAT_COLUMN("processing_s", DCAT_COLUMN_NUMBER, "s",                                       \
                    "mean processing time of awarded tasks")
#define REPORT_DELAY_CELLS(t)                                                                      \
    dcat_cell_number(ratio((t)->transfer_s, (double)(t)->awarded)),                                \
        dcat_cell_number(ratio((t)->waiting_s, (double)(t)->awarded)),                             \
        dcat_cell_number(ratio((t)->processing_s, (double)(t)->awarded))

// A whole run, by a pointer to dcat_run_result.
#define REPORT_RUN_COLUMNS                                                                         \
    DCAT_COLUMN("cycles", DCAT_COLUMN_COUNT, NULL, "cycles of the run"),                           \
        DCAT_COLUMN("arrived", DCAT_COLUMN_COUNT, NULL, "tasks that arrived"),                     \
        DCAT_COLUMN("awarded", DCAT_COLUMN_COUNT, NULL, "tasks awarded to a cluster"),             \
        REPORT_OUTCOME_COLUMNS,                                                                    \
        DCAT_COLUMN("fee", DCAT_COLUMN_NUMBER, "money", "fees paid by users"),                     \
        DCAT_COLUMN("payment", DCAT_COLUMN_NUMBER, "money", "payments to clusters"),               \
        DCAT_COLUMN("cost", DCAT_COLUMN_NUMBER, "money", "costs of clusters"),                     \
        DCAT_COLUMN("profit_per_cycle", DCAT_COLUMN_NUMBER, "money/cycle", "fees less payments"),  \
        DCAT_COLUMN("offloading", DCAT_COLUMN_NUMBER, "1", "tasks awarded of those arrived"),      \
        REPORT_DELAY_COLUMNS,                                                                      \
        DCAT_COLUMN("cluster_count", DCAT_COLUMN_NUMBER, NULL, "mean number of clusters"),         \
        REPORT_ALL_EXITED_COLUMN, REPORT_LATE_COLUMN(DCAT_COLUMN_COUNT, NULL)
#define REPORT_RUN_CELLS(r)                                                                        \
    dcat_cell_count((r)->cycle_count), dcat_cell_count((r)->totals.arrived),                       \
        dcat_cell_count((r)->totals.awarded), REPORT_OUTCOME_CELLS(&(r)->totals),                  \
        dcat_cell_number((r)->totals.fee), dcat_cell_number((r)->totals.payment),                  \
        dcat_cell_number((r)->totals.cost),                                                        \
        dcat_cell_number(ratio(dcat_totals_profit(&(r)->totals), (r)->cycle_count)),               \
        dcat_cell_number(ratio((double)(r)->totals.awarded, (double)(r)->totals.arrived)),         \
        REPORT_DELAY_CELLS(&(r)->totals),                                                          \
        dcat_cell_number(ratio((r)->cluster_count, (r)->cycle_count)),                             \
        dcat_cell_count((r)->totals.all_left), dcat_cell_count((r)->totals.late)

// Shares of several runs.
#define REPORT_SHARE_COLUMNS                                                                       \
    DCAT_COLUMN("margin", DCAT_COLUMN_NUMBER, "1", "profit as a share of fees"),                   \
        DCAT_COLUMN("no_candidate", DCAT_COLUMN_NUMBER, "1",                                       \
                    "tasks that no cluster could finish"),                                         \
        DCAT_COLUMN("single_candidate", DCAT_COLUMN_NUMBER, "1",                                   \
                    "tasks that only one cluster could finish in time"),                           \
        DCAT_COLUMN("all_left", DCAT_COLUMN_NUMBER, "1",                                           \
                    "tasks lost because the last bidders left together"),                          \
        DCAT_COLUMN("no_bidder", DCAT_COLUMN_NUMBER, "1", "tasks that nobody bid for"),            \
        DCAT_COLUMN("round_limit", DCAT_COLUMN_NUMBER, "1", "tasks lost to the limit on rounds"),  \
        DCAT_COLUMN("members_below_cost", DCAT_COLUMN_NUMBER, "1",                                 \
                    "awards that pay some member less than its own cost")

#endif
