// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/figures.h"

#include <math.h>

live_bounds live_seconds = {1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0};
live_bounds live_counts = {1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 10000.0};
live_bounds live_ratios = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0};

void live_histogram_add(live_histogram *h, live_bounds bounds, double value)
{
    int b = 0;
    while (b < LIVE_BOUND_COUNT && value > bounds[b]) {
        b++;
    }
    h->bucket[b]++;
    h->count++;
    h->sum += value;
}

static void count_award(live_figures *f, const exchange *x, const exchange_told *led_to,
                        const exchange_told_award *told)
{
    const exchange_award *a = &told->award;
    int32_t candidates = a->candidate_count;
    f->awards[candidates >= LIVE_CANDIDATES ? LIVE_CANDIDATES - 1 : candidates - 1]++;
    double work_cycles = 0.0;
    for (int32_t m = 0; m < a->member_count; m++) {
        work_cycles += (double)led_to->members[told->member_first + (size_t)m].load;
    }
    f->awarded_micro += (double)a->pay;
    f->awarded_cycles += work_cycles;
    if (isfinite(f->ceiling_per_cycle)) {
        live_histogram_add(&f->price, live_ratios,
                           a->payment / (f->ceiling_per_cycle * work_cycles));
    }
    exchange_task_view task;
    double slot_s = (double)(a->slot * exchange_config_view(x)->slot_ns) / 1e9;
    double arrived_s =
        exchange_task_find(x, a->task, &task) ? (double)task.arrived_ns / 1e9 : slot_s;
    const double delays_s[LIVE_DELAY_COUNT] = {
        [LIVE_DELAY_SLOT] = slot_s - arrived_s,
        [LIVE_DELAY_TRANSFER] = a->data_s - slot_s,
        [LIVE_DELAY_QUEUE] = a->start_s - a->data_s,
        [LIVE_DELAY_RUN] = a->finish_s - a->start_s,
    };
    for (int part = 0; part < LIVE_DELAY_COUNT; part++) {
        live_histogram_add(&f->delay[part], live_seconds, delays_s[part]);
    }
}

void live_figures_count(live_figures *f, const exchange *x, const exchange_told *led_to)
{
    for (size_t i = 0; i < led_to->step_count; i++) {
        const exchange_step *step = &led_to->steps[i];
        if (step->machine == MACHINE_TASK && step->to < LIVE_TASK_STATES) {
            f->tasks[step->to]++;
        }
    }
    for (size_t i = 0; i < led_to->award_count; i++) {
        count_award(f, x, led_to, &led_to->awards[i]);
    }
    for (size_t i = 0; i < led_to->leg_count; i++) {
        const exchange_leg *leg = &led_to->legs[i];
        f->fees_micro += leg->kind == LEG_HOLD ? (double)leg->amount : 0.0;
        f->payments_micro += leg->kind == LEG_SHARE ? (double)leg->amount : 0.0;
    }
}
