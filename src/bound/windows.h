// SPDX-License-Identifier: Apache-2.0
// windows.h - the price windows between a task's auction and its deadline.

#ifndef DCAT_BOUND_WINDOWS_H
#define DCAT_BOUND_WINDOWS_H

#include "bound/tasks.h"

#define TASK_WINDOW_MAX 24 // windows that a task's budget may touch

// Cheapest first.
typedef struct task_windows {
    size_t count;
    double price[TASK_WINDOW_MAX], begin_s[TASK_WINDOW_MAX], end_s[TASK_WINDOW_MAX];
} task_windows;

// The windows of window_s seconds that a task touches; the price of window w is price[w * stride].
// There must be enough of them.
void task_windows_find(const bound_task *task, double window_s, size_t window_count,
                       const double *price, size_t stride, task_windows *windows);

// Price of the cheapest seconds until last_s.
double task_windows_cheapest(const task_windows *windows, double seconds, double last_s);

#endif
