// SPDX-License-Identifier: Apache-2.0
// What parts take beside their work, and promises therefore hold: the word that goes to an agent
// and back, a queue of Slurm, a container that is begun, an end that is noticed.
//
// Two things are learnt of each unit by the exchange's clock: from an award until it is
// acknowledged, which is over before work that waits in a queue; and from when a part might begin
// until its receipt was there, less what the receipt says that it ran. Of each the 90th percentile
// of the last 20 counts; of units that are not seen the longest fade. Behind a queue the second is
// held by every part of it.
//
//   begins = max(its data is there, of each member: max(free, acknowledged) + what it takes)
//
// Choice: what a start takes may be used while the data is on its way, as inputs that are not there
// keep a payload from starting anyway. Choice: an agent that makes its run shorter than it was is
// believed, since all that it gets is later promises, and its speed is measured without it.
#include "exchange/core/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING_NS 1000 // a report within a micro-second of its forecast is on time

static start_record *record_of(const exchange *x, const task_record *t, const part_record *p)
{
    return &x->servers[p->server].starts[pool_of(x, t)];
}

int64_t start_lag_ns(const server_record *s, int32_t pool)
{
    int64_t lag_ns = s->starts[pool].lag.held_ns;
    return lag_ns > s->start_ns ? lag_ns : s->start_ns;
}

start_hold start_of(const server_record *s, int32_t pool)
{
    return (start_hold){seconds(s->starts[pool].ack.held_ns), seconds(start_lag_ns(s, pool))};
}

void start_promise(const exchange *x, const task_record *t, part_record *p)
{
    p->ack_ns = record_of(x, t, p)->ack.held_ns;
    p->hold_ns = start_lag_ns(&x->servers[p->server], pool_of(x, t));
}

double start_after(start_hold hold, double free_s, double now_s)
{
    // Or its very bits.
    return hold.ack_s + hold.lag_s > 0.0 ? fmax(free_s, now_s + hold.ack_s) + hold.lag_s : free_s;
}

double start_part_after(const exchange *x, const task_record *t, const part_record *p)
{
    const start_hold hold = {seconds(p->ack_ns), seconds(p->hold_ns)};
    return start_after(hold, unit_at(x, p->server, pool_of(x, t))->free_s, seconds(t->awarded_ns));
}

// ---- learnt

static int compare(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

static void hold_percentile_90(start_list *list)
{
    int64_t sorted[START_SAMPLES];
    memcpy(sorted, list->of, list->count * sizeof *sorted);
    qsort(sorted, list->count, sizeof *sorted, compare);
    list->held_ns = list->count == 0 ? 0 : sorted[list->count * 9 / 10];
}

static void add(start_list *list, int64_t took_ns)
{
    list->of[list->next] = took_ns <= NOTHING_NS ? 0 : took_ns;
    list->next = (uint8_t)((list->next + 1) % START_SAMPLES);
    list->count = list->count < START_SAMPLES ? (uint8_t)(list->count + 1) : list->count;
    list->fresh = 1;
    hold_percentile_90(list);
}

static void fade(start_list *list)
{
    if (list->fresh == 0 && list->count > 0) {
        int worst = 0;
        for (int i = 1; i < list->count; i++) {
            worst = list->of[i] > list->of[worst] ? i : worst;
        }
        list->next = --list->count;
        list->of[worst] = list->of[list->count];
        list->of[list->count] = 0;
        hold_percentile_90(list);
    }
    list->fresh = 0;
}

// Choice: in a cycle without a new one the longest is forgotten. A unit that was slow to answer
// once, and so is promised for nothing, is asked again.
void start_seal(server_record *s, int32_t pool)
{
    fade(&s->starts[pool].ack);
    fade(&s->starts[pool].lag);
}

void start_acked(exchange *x, const task_record *t, const part_record *p, int64_t at_ns)
{
    add(&record_of(x, t, p)->ack, at_ns - t->awarded_ns);
}

void start_began(const task_record *t, part_record *p, int64_t at_ns)
{
    int64_t go_ns = llround(t->start_s * NS_PER_S) - p->hold_ns;
    go_ns = go_ns > t->ready_ns ? go_ns : t->ready_ns;
    p->go_ns = go_ns < at_ns ? go_ns : at_ns;
}

void start_ended(exchange *x, const task_record *t, const part_record *p, int64_t at_ns,
                 int64_t ran_ns)
{
    int64_t rest_ns = at_ns - p->started_ns - ran_ns;
    int64_t took_ns = p->started_ns - p->go_ns + (ran_ns > 0 && rest_ns > NOTHING_NS ? rest_ns : 0);
    add(&record_of(x, t, p)->lag, took_ns);
}
