// SPDX-License-Identifier: Apache-2.0
#include "bound/windows.h"

#include <assert.h>
#include <math.h>

work_period task_work_period(dcat_queue_rule queue, const bound_task *task, double transfer_s)
{
    bool fifo = queue == DCAT_QUEUE_FIFO;
    return (work_period){
        .first_s = fifo ? task->start_s + transfer_s : task->start_s,
        .last_s = task->start_s + (fifo ? task->budget_s : task->budget_s - transfer_s),
    };
}

void task_windows_find(const bound_task *task, double window_s, size_t window_count,
                       const double *price, size_t stride, task_windows *windows)
{
    size_t first = (size_t)(task->start_s / window_s);
    windows->count = 0;
    for (size_t w = first; (double)w * window_s < task->start_s + task->budget_s; w++) {
        assert(windows->count < TASK_WINDOW_MAX && w < window_count);
        double own = price[w * stride];
        size_t at = windows->count++;
        for (; at > 0 && windows->price[at - 1] > own; at--) {
            windows->price[at] = windows->price[at - 1];
            windows->begin_s[at] = windows->begin_s[at - 1];
            windows->end_s[at] = windows->end_s[at - 1];
        }
        windows->price[at] = own;
        windows->begin_s[at] = (double)w * window_s;
        windows->end_s[at] = (double)(w + 1) * window_s;
    }
}

double task_windows_cheapest(const task_windows *windows, double seconds, work_period period)
{
    double sum = 0.0;
    for (size_t i = 0; i < windows->count && seconds > 0.0; i++) {
        double length_s =
            fmin(windows->end_s[i], period.last_s) - fmax(windows->begin_s[i], period.first_s);
        if (length_s > 0.0) {
            double taken_s = fmin(length_s, seconds);
            sum += taken_s * windows->price[i];
            seconds -= taken_s;
        }
    }
    return sum;
}
