// SPDX-License-Identifier: Apache-2.0
// Queues are schedules: every server keeps its open awards in the order of award, and what is known
// of one moves those behind it. Nothing is ever shifted by a constant.
//
//   start(a)  = max(its data is there, latest finish of the award before it over its team)
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
    t->finish_s = t->until_s = finish_s;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        x->servers[x->parts[i].server].free_s = finish_s;
    }
}

void schedule_started(task_record *t, int64_t at_ns)
{
    t->running_ns = at_ns;
    if (!as_forecast(seconds(at_ns), t->start_s)) {
        t->start_s = seconds(at_ns);
        t->finish_s = t->start_s + t->processing_s;
    }
}

// A server is free of this award: since its forecast finish, if it kept to that.
void schedule_part_done(exchange *x, const task_record *t, const part_record *p, int64_t at_ns)
{
    server_record *s = &x->servers[p->server];
    double at_s = seconds(at_ns);
    double free_s = as_forecast(at_s, t->finish_s) ? t->finish_s : at_s;
    if (p->started_ns > 0 && free_s > s->base_s) {
        s->base_s = free_s;
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
        after_s = works(p) ? fmax(after_s, x->servers[p->server].free_s) : after_s;
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
        x->servers[i].free_s = x->servers[i].base_s;
    }
    for (int32_t a = x->core.head[LIST_AWARDED]; a != NONE; a = x->tasks[a].next) {
        task_record *t = &x->tasks[a];
        forecast(x, t, now_s);
        for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
            const part_record *p = &x->parts[i];
            if (works(p)) {
                x->servers[p->server].free_s = t->until_s;
            }
        }
    }
}
