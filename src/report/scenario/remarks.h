// SPDX-License-Identifier: Apache-2.0
// remarks.h - what dcat validate measures of a scenario, and what it remarks on.

#ifndef DCAT_REPORT_SCENARIO_REMARKS_H
#define DCAT_REPORT_SCENARIO_REMARKS_H

#include "dcat/x/scenario.h"
#include "report/scenario/bidders.h"
#include "report/scenario/hopes.h"

#include <jansson.h>
#include <stdio.h>
#define REMARK_MAX 21
#define REMARK_SIZE 400

typedef struct percentiles {
    double p5, p50, p95;
} percentiles;

// What is derived from a scenario, in the user's units.
typedef struct facts {
    const dcat_scenario *scenario;
    const dcat_world *world;
    size_t server_count, area_count;
    double speed_min_ghz, speed_max_ghz, speed_total_ghz;
    double unit_cost_min, unit_cost_max;      // money per giga-cycle
    double limit_max;                         // the same, of the dearest that the ceiling leaves
    bool uses_tariffs;                        // a share or a ceiling goes by them
    size_t without_tariff;                    // servers
    int32_t cluster_count, clusters_refusing; // linkage's; those beyond the tariff ceiling
    size_t pairs_within_span, pair_count;
    size_t path_count, paths_in_reach;     // large worlds keep only paths that some task could use
    percentiles path_delay_s, path_hops;   // of those, at the reference data size
    double transfer_min_s, transfer_max_s; // over those, of the mean task's data
    double alone_share;                    // of all paths: one idle server meets the mean task's
                                           // deadline
    double read_s, world_s;                // wall time of reading the scenario and making the world
    dcat_cycle_span test;
    uint32_t slots_drawn;              // of each test cycle, the first ones
    size_t area_step;                  // paths are looked at for one in so many areas
    size_t task_count, hopeless_count; // and those that no legal cluster could serve in time
    double *area_share;                // [A] of the tasks
    scenario_hopes *hopes;             // NULL: the world is too large to look for them
    const dcat_resources *resources;   // of the world; NULL: none
    struct class_facts *classes;       // [class_count]
    size_t class_count, text_width;
    double arrivals_per_slot;
    double work_mean_gigacycles, deadline_mean_s, data_mean_mb;
    double fee_mean, fee_per_gigacycle;
    double load_factor;
    scenario_bidders bidders;
    char beyond[REMARK_SIZE]; // what of the scenario the shipped policies did not learn on, or ""
} facts;

// Fill in what is about paths. Errors: ERR_MEMORY.
dcat_status facts_measure_paths(facts *f, dcat_error *err);

typedef struct remarks {
    size_t count;
    char text[REMARK_MAX][REMARK_SIZE];
} remarks;

// Costs, ceiling and fee by the hour of what the scenario sells; null and nothing where it does not
// say.
json_t *hours_json(const facts *f);
void hours_print(const facts *f, FILE *file);

// Fill in what belongs to tariffs. Errors: ERR_MEMORY.
dcat_status measure_shares(facts *f, dcat_error *err);

// What is allowed and seldom meant.
remarks remarks_on(const facts *f);

#endif
