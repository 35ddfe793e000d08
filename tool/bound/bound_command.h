// SPDX-License-Identifier: Apache-2.0
// bound_command.h (for bound.c) - what `dcat bound` asks of worlds and slots.

#ifndef DCAT_CLI_BOUND_H
#define DCAT_CLI_BOUND_H

#include "dcat/x/bound_report.h"
#include "dcat/x/file.h"
#include "tool/policy.h"
#include "tool/worlds.h"

typedef struct bound_options {
    cli_options common;
    cli_policy chosen;
    size_t world_count;
    uint32_t cycle_count; // 0: all test cycles
    bool exact;
    size_t slot_count;
    uint32_t seconds;
    uint32_t forward_count;
} bound_options;

typedef struct bounding {
    const bound_options *options;
    const cli_options *common;
    dcat_scenario *scenario;
    const dcat_demand *demand;
    dcat_cycle_span span;
    cli_worlds worlds;
    dcat_bound_world *found; // [world_count]
    dcat_bound_slot *slots;  // [slot_count]
    size_t slots_done;
    dcat_bound_forward forward;
    dcat_output *output; // Nullable
} bounding;

// Run the policy in every world, and bound it there.
dcat_status bound_worlds(bounding *b, dcat_error *err);

// Solve slots of the first world exactly, spread evenly over the run.
dcat_status bound_slots(bounding *b, dcat_error *err);

// The policy over the first cycles of the first world, and exact optima in its place.
dcat_status bound_forward(bounding *b, dcat_error *err);

#endif
