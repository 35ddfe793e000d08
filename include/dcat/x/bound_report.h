// SPDX-License-Identifier: Apache-2.0
// bound_report.h - what `dcat bound` found, as text, JSON and CSV.

#ifndef DCAT_X_BOUND_REPORT_H
#define DCAT_X_BOUND_REPORT_H

#include "dcat/compare.h"
#include "dcat/error.h"
#include "dcat/run.h"
#include "dcat/x/bound.h"
#include "dcat/x/file.h"
#include "dcat/x/jobs.h"
#include "dcat/x/report.h"
#include "dcat/x/scenario.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

// One world, money per cycle.
typedef struct dcat_bound_world {
    uint64_t seed;
    double bound;     // nobody earns more
    double given;     // nobody earns more with the policy's clusters; NAN when these change
    double at_limits; // the policy's awards, had each been paid the winner's limit
    double profit;    // what the policy earned
    bool complete;    // each legal cluster was looked at
} dcat_bound_world;

// One slot solved exactly: money of this slot alone, behind the queues the policy had made.
typedef struct dcat_bound_slot {
    uint32_t cycle, slot;
    size_t task_count;
    double profit, at_limits;       // of the policy
    dcat_exact_result market, free; // best assignment in the market's order and in any (at most)
} dcat_bound_slot;

// The first cycles of the first world, slot after slot; money per cycle.
typedef struct dcat_bound_forward {
    uint32_t cycle_count;   // 0: not done
    dcat_bound_order order; // in which slots are solved: dcat_exact_order
    double at_limits;       // the policy's awards at limits, over these cycles from empty queues
    double optimum;         // each slot's optimum in turn
    double priced;          // the same, serving only what brings the price beyond its limit
    double unit_price;      // per cycle of work
    double given;           // nobody earns more with these clusters
    size_t unproven;        // slots not proved optimal, of both runs
} dcat_bound_forward;

// --- Finding it

typedef struct dcat_bound_work {
    dcat_policy policy;
    const dcat_demand *demand;
    const dcat_world *const *worlds; // [world_count]
    const uint64_t *seeds;           // [world_count]
    size_t world_count;
    dcat_cycle_span cycles;
    size_t slot_count;      // to be solved exactly
    double slot_seconds;    // time limit of one solution
    uint32_t forward_count; // cycles, as far as there are so many
    const dcat_jobs *jobs;  // Nullable: who runs worlds, and is told of them and of slots
} dcat_bound_work;

// Run the policy in every world, and bound it there. Errors: of dcat_run and dcat_bound_run.
DCAT_API dcat_status dcat_bound_find(const dcat_bound_work *work, dcat_bound_world *found,
                                     dcat_error *err);
// Solve slots [slot_count] of the first world exactly, spread evenly over the run. Errors: also of
// dcat_exact_slot; ERR_RANGE when there are fewer slots.
DCAT_API dcat_status dcat_bound_find_slots(const dcat_bound_work *work, dcat_bound_slot *slots,
                                           dcat_error *err);
// The policy over the first cycles of the first world, and exact optima in its place. Only for a
// policy that decides once. Errors: also of dcat_exact_run.
DCAT_API dcat_status dcat_bound_find_forward(const dcat_bound_work *work,
                                             dcat_bound_forward *forward, dcat_error *err);

// --- Writing it

typedef struct dcat_bound_report {
    const dcat_scenario *scenario;
    dcat_policy policy;
    dcat_queue_rule queue; // of the worlds: what is found holds for it
    uint64_t seed;
    uint32_t cycle_first, cycle_count;
    const dcat_bound_world *worlds; // [world_count]
    size_t world_count;
    const dcat_bound_slot *slots; // [slot_count] of the first world; none without --exact
    size_t slot_count;
    dcat_bound_forward forward;
    double slot_seconds; // time limit of one solution
} dcat_bound_report;

DCAT_API void dcat_write_bound_text(const dcat_bound_report *report, FILE *file);
DCAT_API dcat_status dcat_write_bound_json(const dcat_bound_report *report, FILE *file,
                                           dcat_error *err);

// bound.json, bound.txt, worlds.csv, slots.csv if there are slots, and schema.json.
DCAT_API dcat_status dcat_write_bound_folder(const dcat_bound_report *report, dcat_output *output,
                                             dcat_error *err);
// report.html, self-contained: the share of the bound that is earned, and where the rest is.
DCAT_API dcat_status dcat_write_bound_page(const dcat_bound_report *report,
                                           const dcat_manifest *manifest, dcat_output *output,
                                           dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
