// SPDX-License-Identifier: Apache-2.0
// demand.h (internal) - what a run needs of demand: does it fit the world, and collecting an
// observation from the tasks of a cycle.
//
// While a cycle runs the observation holds sums (the _sd arrays sums of squares); finishing turns
// them into means and standard deviations.

#ifndef DCAT_WORLD_DEMAND_H
#define DCAT_WORLD_DEMAND_H

#include "base/arena.h"
#include "dcat/demand.h"

// Same areas; no class that the world does not know; and given tasks were sorted into this world's
// slots. Errors: ERR_RANGE.
dcat_status demand_check_world(const dcat_demand *demand, const dcat_world *world, dcat_error *err);

// Are there cycles first to first + count - 1, and at least one? Errors: ERR_RANGE.
dcat_status demand_check_cycles(const dcat_demand *demand, uint32_t first, uint32_t count,
                                dcat_error *err);

// What is known of demand when a run begins with this cycle; see dcat_env_reset.
void demand_seen_before(const dcat_demand *demand, uint32_t cycle, dcat_observation *observation);

// Each of a slot's tasks as dcat_task_check, which names the first wrong one.
dcat_status tasks_check(const dcat_world *world, const dcat_task *tasks, size_t task_count,
                        dcat_error *err);

// By class as well where there are several.
void observation_layout(arena *a, size_t area_count, size_t class_count,
                        dcat_observation *observation);
void observation_copy(dcat_observation *to, const dcat_observation *from);
void observation_clear(dcat_observation *sums);
void observation_add(dcat_observation *sums, const dcat_task *tasks, size_t task_count);
void observation_finish(dcat_observation *sums, int slot_count);

#endif
