// SPDX-License-Identifier: Apache-2.0
// demand_kinds.h (for demand.c, demand_drawn.c, demand_given.c) - demand by draws or by given
// tasks.

#ifndef DCAT_WORLD_DEMAND_KINDS_H
#define DCAT_WORLD_DEMAND_KINDS_H

#include "dcat/demand.h"

struct dcat_demand {
    bool drawn;
    size_t area_count;
    size_t cycle_count;
    size_t slot_task_max;
    size_t cycles_per_day;
    // Drawn: rates per slot, summed over areas so that one search finds a task's origin.
    dcat_demand_profile profile; // its weight pointers are not kept
    double *cumulative_rate;     // [T, A]
    double *cumulative_class;    // [A, Q] of an area's classes up to each; none for one class
    // Given: sorted by arrival.
    dcat_task *tasks; // [task_count]
    size_t task_count;
    double slot_s;
    int slots_per_cycle;
    // Of any task: what a world with a bound on its reach must reckon with.
    double work_cycles_min, data_bits_min, deadline_s_max;
    int32_t class_id_max; // of any task: what a world must have
};

// Tasks of a slot; see dcat_demand_slot.
size_t demand_draw_slot(const dcat_demand *demand, double now_s, uint64_t seed, uint32_t cycle,
                        uint32_t slot, int32_t first_id, dcat_task *tasks);
size_t demand_given_slot(const dcat_demand *demand, uint32_t cycle, uint32_t slot,
                         dcat_task *tasks);
// Add the arrivals of a cycle, by area.
void demand_given_count(const dcat_demand *demand, uint32_t cycle, double *arrivals);
// See demand_seen_before.
void demand_given_seen(const dcat_demand *demand, uint32_t cycle, dcat_observation *observation);
// See dcat_demand_used_cycles.
void demand_given_used(const dcat_demand *demand, uint32_t *first, size_t *count);

#endif
