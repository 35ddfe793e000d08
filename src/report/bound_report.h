// bound_report.h - what `dcat bound` found, as text, JSON and CSV.

#ifndef DCAT_IO_BOUND_REPORT_H
#define DCAT_IO_BOUND_REPORT_H

#include "dcat/compare.h"
#include "dcat/error.h"
#include "dcat/run.h"
#include "dcat/x/bound.h"
#include "dcat/x/scenario.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// One world, money per cycle.
typedef struct bound_world {
    uint64_t seed;
    double bound;     // nobody earns more
    double given;     // nobody earns more with the policy's clusters; NAN when these change
    double at_limits; // the policy's awards, had each been paid the winner's limit
    double profit;    // what the policy earned
    bool complete;    // each legal cluster was looked at
} bound_world;

// One slot solved exactly: money of this slot alone, behind the queues the policy had made.
typedef struct bound_slot {
    uint32_t cycle, slot;
    size_t task_count;
    double profit, at_limits;       // of the policy
    dcat_exact_result market, free; // best assignment in the market's order and in any
} bound_slot;

// The first cycles of the first world, slot after slot; money per cycle.
typedef struct bound_forward {
    uint32_t cycle_count; // 0: not done
    double at_limits;     // the policy's awards at limits, over these cycles from empty queues
    double optimum;       // each slot's optimum in turn
    double priced;        // the same, serving only what brings the price beyond its limit
    double unit_price;    // per cycle of work
    double given;         // nobody earns more with these clusters
    size_t unproven;      // slots not proved optimal, of both runs
} bound_forward;

typedef struct bound_report {
    const dcat_scenario *scenario;
    dcat_policy policy;
    uint64_t seed;
    uint32_t cycle_first, cycle_count;
    const bound_world *worlds; // [world_count]
    size_t world_count;
    const bound_slot *slots; // [slot_count] of the first world; none without --exact
    size_t slot_count;
    bound_forward forward;
    double slot_seconds; // time limit of one solution
} bound_report;

void bound_write_text(const bound_report *report, FILE *file);
dcat_status bound_write_json(const bound_report *report, FILE *file, dcat_error *err);
dcat_status bound_write_worlds_csv(const bound_report *report, FILE *file, dcat_error *err);
dcat_status bound_write_slots_csv(const bound_report *report, FILE *file, dcat_error *err);

#endif
