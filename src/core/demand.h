// demand.h (internal) - collecting an observation from the tasks of a cycle.
//
// While a cycle runs the observation holds sums (the _sd arrays sums of squares); finishing turns
// them into means and standard deviations.

#ifndef DCAT_CORE_DEMAND_H
#define DCAT_CORE_DEMAND_H

#include "base/arena.h"
#include "dcat/demand.h"

void observation_layout(arena *a, size_t area_count, dcat_observation *observation);
void observation_clear(dcat_observation *sums);
void observation_add(dcat_observation *sums, const dcat_task *tasks, size_t task_count);
void observation_finish(dcat_observation *sums, int slot_count);

#endif
