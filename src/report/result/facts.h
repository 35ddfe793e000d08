// SPDX-License-Identifier: Apache-2.0
// facts.h - what a comparison's numbers say, worked out once for table, page and figures.

#ifndef DCAT_REPORT_RESULT_FACTS_H
#define DCAT_REPORT_RESULT_FACTS_H

#include "dcat/x/report.h"
#include <stdbool.h>
#include <stddef.h>

// A value and the half-width of its interval, both in percent; NAN where there is none.
typedef struct percent_estimate {
    double mean, ci95;
} percent_estimate;

// Row r's paired profit gain over the baseline, in percent of the baseline's mean profit. Mean and
// interval are scaled alike. NAN when the baseline earns nothing, since a share of it says nothing.
percent_estimate facts_gain(const dcat_compare_report *report, size_t row);

// The same in one world, in percent of the baseline's mean profit over worlds, so that the mean
// over worlds is facts_gain.
double facts_world_gain(const dcat_compare_report *report, size_t row, size_t world);

// Row r's profit in percent of the bound, world by world; NAN when there is no bound.
percent_estimate facts_bound_share(const dcat_compare_report *report, size_t row);

// The bound over worlds, one sample where all have the same. There is one.
dcat_estimate facts_bound(const dcat_compare_report *report);

// What intervals over cycles are over: "cycles: block bootstrap, blocks of 24".
void facts_interval(const dcat_compare_report *report, char *text, size_t size);

// Rows by mean profit, descending, equal ones as given: writes order [policy_count].
void facts_order(const dcat_compare_report *report, size_t *order);

// The row with the highest mean profit; the first of equal ones.
size_t facts_best(const dcat_compare_report *report);

// What the baseline row is, for legends: "the best of the paper's baselines" or, when none of
// those ran, "the best of all rows".
const char *facts_baseline_role(const dcat_compare_report *report);

// The finding in one or two plain sentences.
void facts_headline(const dcat_compare_report *report, char *text, size_t size);

// What a comparison answers first. How sure it is asks for a look when the intervals are wide, or
// missing.
typedef struct facts_answers {
    char best[DCAT_POLICY_TEXT_SIZE], best_proof[256];
    char gain[2 * 40], gain_proof[768];
    char sure[40], sure_proof[256];
    bool doubt;
} facts_answers;
// profit_text: the best row's profit with its unit.
void facts_answer(const dcat_compare_report *report, const char *profit_text,
                  facts_answers *answers);

// A row's totals over all worlds.
dcat_totals facts_totals(const dcat_compare_report *report, size_t row);

// Where the arrived tasks of a row went; the parts sum to 1 (0 each when nothing arrived).
typedef struct task_shares {
    double sold_contested; // awarded, two candidates or more
    double sold_single;    // awarded to the only candidate
    double no_candidate;
    double all_left;
    double other; // no bidder or round limit
} task_shares;
task_shares facts_shares(const dcat_totals *totals);

// What arrived in the compared cycles of the first world.
typedef struct demand_facts {
    double *arrivals;      // [cycle_count] tasks
    double *area_per_slot; // [area_count] mean arrivals per slot
    double work_cycles;    // summed
    double load_factor;    // offered work / capacity of all servers in that time
} demand_facts;

// Errors: ERR_MEMORY. Release with demand_facts_destroy.
dcat_status demand_facts_create(const dcat_compare_report *report, demand_facts *facts,
                                dcat_error *err);
void demand_facts_destroy(demand_facts *facts);

// Summed speed of a world's servers, Hz.
double facts_capacity_hz(const dcat_world *world);

// With resources a server has a speed for each class; what stands for it where there is room for
// one number is its speed_ghz.
double facts_cluster_speed_hz(const dcat_state *state, int32_t cluster);
// Whether a server works in its cluster, on some class.
bool facts_works(const dcat_state *state, int32_t server);
// How many units of a server some class can use; at least 1.
double facts_units(const dcat_world *world, size_t server);

#endif
