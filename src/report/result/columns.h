// SPDX-License-Identifier: Apache-2.0
// columns.h - columns that several tables of results share.

#ifndef DCAT_REPORT_RESULT_COLUMNS_H
#define DCAT_REPORT_RESULT_COLUMNS_H

#include "dcat/auction.h"
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
        dcat_cell_count((t)->single_candidate), dcat_cell_count((t)->contested),                   \
        dcat_cell_count((t)->member_below_cost)

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
