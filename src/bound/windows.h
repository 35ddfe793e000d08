// SPDX-License-Identifier: Apache-2.0
// windows.h - when a task can be worked on, and what time costs then.

#ifndef DCAT_BOUND_WINDOWS_H
#define DCAT_BOUND_WINDOWS_H

#include "bound/tasks.h"

// The time, since the span's start, outside of which a cluster never works on a task.
typedef struct work_period {
    double first_s, last_s;
} work_period;

// For a cluster that the task's data reaches in transfer_s (relaxation.h says why): from when the
// data is there until the deadline, or under DCAT_QUEUE_PAPER as long, but from the auction on.
work_period task_work_period(dcat_queue_rule queue, const bound_task *task, double transfer_s);

#define TASK_WINDOW_MAX 24 // windows that a task's budget may touch

// Cheapest first.
typedef struct task_windows {
    size_t count;
    double price[TASK_WINDOW_MAX], begin_s[TASK_WINDOW_MAX], end_s[TASK_WINDOW_MAX];
} task_windows;

// The windows of window_s seconds between a task's auction and deadline; the price of window w is
// price[w * stride]. There must be enough of them.
void task_windows_find(const bound_task *task, double window_s, size_t window_count,
                       const double *price, size_t stride, task_windows *windows);

// Price of the cheapest seconds in a period.
double task_windows_cheapest(const task_windows *windows, double seconds, work_period period);

#endif
