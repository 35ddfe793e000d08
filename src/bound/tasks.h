// SPDX-License-Identifier: Apache-2.0
// tasks.h - every task of a span of cycles, as the bound needs it.

#ifndef DCAT_BOUND_TASKS_H
#define DCAT_BOUND_TASKS_H

#include "dcat/demand.h"
#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bound_task {
    double start_s;     // when it is auctioned, since the span's start
    double budget_s;    // from then until its deadline
    double work_cycles; // l
    double unit_fee;    // fee (5) per cycle
    double data_bits;
    int32_t area, class_id;
    uint32_t cycle; // of the span, from 0
} bound_task;

typedef struct bound_tasks {
    bound_task *task; // [count] in order of arrival
    size_t count;
    size_t *cycle_first; // [cycle_count + 1]
    uint32_t cycle_count;
    double duration_s;   // of the span
    double budget_s_max; // longest budget; 0 without tasks
    size_t area_count;   // A
    double *row_bits;    // [Q, A] data size of the first task of the class and area; NAN: none
    bool *one_size;      // [Q, A] all of them have that size
} bound_tasks;

// What is kept for each class and area: the row of a task.
static inline size_t bound_row_of(const bound_tasks *tasks, const bound_task *task)
{
    return (size_t)task->class_id * tasks->area_count + (size_t)task->area;
}

// Collect the tasks of cycles cycle_first .. cycle_first + cycle_count - 1; those whose user does
// not accept the fee (10f) are left out, since no policy may serve them. Errors: ERR_MEMORY.
dcat_status bound_tasks_create(const dcat_world *world, const dcat_demand *demand, uint64_t seed,
                               uint32_t cycle_first, uint32_t cycle_count, bound_tasks *tasks,
                               dcat_error *err);
void bound_tasks_destroy(bound_tasks *tasks);

#endif
