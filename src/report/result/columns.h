// SPDX-License-Identifier: Apache-2.0
// columns.h - columns that several tables of results share.

#ifndef DCAT_REPORT_RESULT_COLUMNS_H
#define DCAT_REPORT_RESULT_COLUMNS_H

#include "dcat/x/table.h"
#include <math.h>

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
#define REPORT_OUTCOME_COLUMNS                                                                     \
    DCAT_COLUMN("no_candidate", DCAT_COLUMN_COUNT, NULL, "tasks that no cluster could finish"),    \
        DCAT_COLUMN("no_bidder", DCAT_COLUMN_COUNT, NULL, "tasks that nobody bid for"),            \
        DCAT_COLUMN("all_exited", DCAT_COLUMN_COUNT, NULL,                                         \
                    "tasks lost because the last bidders left together"),                          \
        DCAT_COLUMN("round_limit", DCAT_COLUMN_COUNT, NULL, "tasks lost to the limit on rounds"),  \
        DCAT_COLUMN("single_candidate", DCAT_COLUMN_COUNT, NULL,                                   \
                    "tasks that only one cluster could finish in time"),                           \
        DCAT_COLUMN("contested", DCAT_COLUMN_COUNT, NULL, "tasks with several candidates"),        \
        DCAT_COLUMN("members_below_cost", DCAT_COLUMN_COUNT, NULL,                                 \
                    "awards that pay some member less than its own cost")
#define REPORT_OUTCOME_CELLS(t)                                                                    \
    dcat_cell_count((t)->no_candidate), dcat_cell_count((t)->no_bidder),                           \
        dcat_cell_count((t)->all_exited), dcat_cell_count((t)->round_limit),                       \
        dcat_cell_count((t)->single_candidate), dcat_cell_count((t)->contested),                   \
        dcat_cell_count((t)->member_below_cost)

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

#endif
