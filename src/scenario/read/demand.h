// SPDX-License-Identifier: Apache-2.0
// demand.h - demand over time by area, or given tasks, from CSV.

#ifndef DCAT_SCENARIO_READ_DEMAND_H
#define DCAT_SCENARIO_READ_DEMAND_H

#include "dcat/demand.h"
#include "scenario/read/limits.h"
#include "scenario/read/places.h"
#include "scenario/read/resources.h"

// Where areas come from. Choice: with a graph network and no areas of its own, a scenario's areas
// are the nodes that demand names.
typedef enum area_kind { AREAS_GIVEN, AREAS_RANDOM, AREAS_NODES } area_kind;

typedef struct area_source {
    area_kind kind;
    area_data *areas;            // found here; RANDOM and NODES add to it
    const network_data *network; // NODES
    const char *path;            // GIVEN: the file of the areas
    const server_data *servers;  // Nullable: whose places tasks may name
} area_source;

// demand.csv. All zero is empty.
typedef struct profile_data {
    double *weight; // [step_count, areas.count]
    size_t weight_capacity;
    int32_t *day; // [step_count]
    size_t day_capacity;
    size_t step_count;
} profile_data;

void profile_data_free(profile_data *profile);

// Errors: as of tables (csv_table.h), ERR_REFERENCE for a column that is no area.
dcat_status profile_read(input *in, int64_t cycles_per_day, const area_source *source,
                         profile_data *profile, dcat_error *err);

#define DCAT_CLASS_ONLY "work" // the class of a scenario without classes

// Work that a row states as so many devices for so long. Device 0: it states giga-cycles.
typedef struct stated_work {
    int32_t device, count;
    double seconds;
} stated_work;

// tasks.csv. All zero is empty.
typedef struct task_data {
    dcat_task *tasks; // [count] in the file's order
    size_t count, capacity;
    place_limits limits; // of tasks, whose `unused` says which, 0: none
    stated_work *stated; // [count] where the table has a column for it, else NULL
    size_t stated_capacity;
    double arrival_s_first, arrival_s_last; // in the file
    size_t last_line;                       // of the last
    double start_s;                         // taken off all arrivals
} task_data;

void task_data_free(task_data *data);

// Arrivals count from start_s; INFINITY: from the first of them. There may be no resources: then
// there is one class, DCAT_CLASS_ONLY. Errors: as of tables (csv_table.h), ERR_REFERENCE for an
// origin that is no area, and for a class or a device that there is not.
dcat_status tasks_read(input *in, double slot_s, double start_s, const area_source *source,
                       const resource_data *resources, task_data *data, dcat_error *err);

#endif
