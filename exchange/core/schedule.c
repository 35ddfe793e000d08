// SPDX-License-Identifier: Apache-2.0
// Queues are schedules: every unit of a server keeps its open awards in the order of award, and
// what is known of one moves those behind it. Nothing is ever shifted by a constant.
//
//   start(a)  = max(its data is there, latest finish of the award before it over its team,
//                   each with what a start takes there: market/start.c)
//   finish(a) = start(a) + work / speed of its team
//
// Choice: a report within a micro-second of its forecast leaves the forecast as it is. The forecast
// has the very bits of the engine's queue, and an exchange whose awards all come as promised stays
// equal to a simulation to the last bit.
#include "exchange/core/object.h"

#include <math.h>

#define AS_FORECAST_S 1e-6

static bool as_forecast(double at_s, double forecast_s)
{
    return fabs(at_s - forecast_s) <= AS_FORECAST_S;
}

void schedule_book(exchange *x, task_record *t, double finish_s)
{
    int32_t pool = pool_of(x, t);
    t->finish_s = t->until_s = finish_s;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        unit_of(&x->servers[x->parts[i].server], pool)->free_s = finish_s;
    }
}

// With the report what a start takes is not over, but it is not longer than was promised.
void schedule_started(const exchange *x, task_record *t, int64_t at_ns)
{
    int64_t hold_ns = 0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        hold_ns = x->parts[i].hold_ns > hold_ns ? x->parts[i].hold_ns : hold_ns;
    }
    double at_s = seconds(at_ns), begun_s = fmin(t->start_s, at_s + seconds(hold_ns));
    at_s = fmax(at_s, begun_s);
    t->running_ns = at_ns;
    if (!as_forecast(at_s, t->start_s)) {
        t->start_s = at_s;
        t->finish_s = t->start_s + t->processing_s;
    }
}

bool schedule_is_late(const task_record *t, int64_t at_ns)
{
    return seconds(at_ns) > t->finish_s + AS_FORECAST_S;
}

// A unit is free of this award: since its forecast finish, if it kept to that.
void schedule_part_done(exchange *x, const task_record *t, const part_record *p, int64_t at_ns)
{
    unit_record *unit = unit_of(&x->servers[p->server], pool_of(x, t));
    double at_s = seconds(at_ns);
    double free_s = as_forecast(at_s, t->finish_s) ? t->finish_s : at_s;
    if (p->started_ns > 0 && free_s > unit->base_s) {
        unit->base_s = free_s;
    }
}

static bool works(const part_record *p)
{
    return p->state == PART_OFFERED || p->state == PART_ACKNOWLEDGED || p->state == PART_STARTED;
}

static void forecast(const exchange *x, task_record *t, double now_s)
{
    double after_s = 0.0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        const part_record *p = &x->parts[i];
        after_s = works(p) ? fmax(after_s, start_part_after(x, t, p)) : after_s;
    }
    if (t->state == TASK_AWARDED && after_s != t->after_s) {
        t->after_s = after_s;
        t->start_s = fmax(t->data_s, after_s);
        t->finish_s = t->start_s + t->processing_s;
    }
    // What should have finished finishes at the end of the present slot, slot after slot.
    t->until_s = t->finish_s > now_s ? t->finish_s : now_s + seconds(x->config.slot_ns);
}

void schedule_make(exchange *x, double now_s)
{
    for (int32_t i = 0; i < x->core.server_count; i++) {
        for (int32_t pool = 0; pool < pool_count(x); pool++) {
            unit_record *unit = unit_of(&x->servers[i], pool);
            unit->free_s = unit->base_s;
        }
    }
    for (int32_t a = x->core.head[LIST_AWARDED]; a != NONE; a = x->tasks[a].next) {
        task_record *t = &x->tasks[a];
        int32_t pool = pool_of(x, t);
        forecast(x, t, now_s);
        for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
            const part_record *p = &x->parts[i];
            if (works(p)) {
                unit_of(&x->servers[p->server], pool)->free_s = t->until_s;
            }
        }
    }
}
