// SPDX-License-Identifier: Apache-2.0
// When server time is scarce: a greedy packing of tasks into windows.
//
// With all server time of a window as one pot, tasks that may be split and a fixed option for each,
// packing in order of worth is optimal, and the prices below are the optimal dual solution. The
// real problem has more to it, so here they are only a good guess.

#include "bound/prices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX 24 // windows a task may spread over
#define REACH 12      // windows to either side in which crowding is looked for

typedef struct packing {
    size_t window_count;
    double capacity;  // of a window, money at factor 1
    double *inside;   // [window_count, LENGTH_MAX] packed by first window and number of windows
    double *factor;   // [window_count]
    uint8_t *is_full; // [window_count]
} packing;

typedef struct entry {
    double worth; // factor at which it would not be served
    double price; // amount to pack
    uint32_t first, last;
    uint32_t index; // breaks ties
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    if (x->worth != y->worth) {
        return x->worth < y->worth ? 1 : -1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static bool all_full(const packing *p, const entry *e)
{
    for (size_t w = e->first; w <= e->last; w++) {
        if (!p->is_full[w]) {
            return false;
        }
    }
    return true;
}

// Room left for an entry: the least, over all runs of windows around its own, of what the run holds
// minus what is packed inside it. Writes the run.
static double room_for(const packing *p, const entry *e, size_t *run_first, size_t *run_last)
{
    double inside[LENGTH_MAX + 2 * REACH + 2] = {0}; // by last window, from low on
    size_t low = e->first > REACH ? e->first - REACH : 0;
    size_t high = e->last + REACH < p->window_count ? e->last + REACH : p->window_count - 1;
    double least = INFINITY;
    for (size_t a = high + 1; a-- > low;) {
        double sum = 0.0;
        for (size_t b = a; b <= high; b++) {
            sum += b - a < LENGTH_MAX ? p->inside[a * LENGTH_MAX + b - a] : 0.0;
            inside[b - low] += sum;
            double room = p->capacity * (double)(b - a + 1) - inside[b - low];
            if (a <= e->first && b >= e->last && room < least) {
                least = room;
                *run_first = a;
                *run_last = b;
            }
        }
    }
    return fmax(0.0, least);
}

static void pack(packing *p, const entry *e)
{
    if (all_full(p, e)) {
        return;
    }
    size_t run_first = e->first;
    size_t run_last = e->last;
    double room = room_for(p, e, &run_first, &run_last);
    p->inside[e->first * LENGTH_MAX + e->last - e->first] += fmin(room, e->price);
    for (size_t w = run_first; room < e->price && w <= run_last; w++) {
        if (!p->is_full[w]) {
            p->is_full[w] = 1;
            p->factor[w] = e->worth;
        }
    }
}

// Of the tasks that wait in one queue of servers.
static size_t list_entries(const bound_relaxation *r, const bound_prices *prices, size_t queue,
                           entry *entries)
{
    size_t count = 0;
    for (size_t n = 0; n < r->tasks->count; n++) {
        const bound_task *task = &r->tasks->task[n];
        if (dcat_world_queue_of(r->world, task->class_id) != queue) {
            continue;
        }
        bound_breakeven b = bound_relaxation_breakeven(r, task);
        if (!(b.factor > 0.0 && b.price > 0.0)) {
            continue;
        }
        double first = floor(b.period.first_s / prices->window_s);
        // A window of which less than half may be used does not count.
        double last = floor(b.period.last_s / prices->window_s - 0.5);
        last = fmin(fmax(first, last), first + LENGTH_MAX - 1);
        entries[count] =
            (entry){b.factor, b.price, (uint32_t)first, (uint32_t)last, (uint32_t)count};
        count++;
    }
    return count;
}

static void find_queue_factors(const bound_relaxation *r, bound_prices *prices, size_t queue,
                               packing *p, entry *entries)
{
    size_t S = dcat_world_server_count(r->world);
    p->factor = &prices->factor[queue * p->window_count];
    p->capacity = 0.0;
    for (size_t i = queue * S; i < (queue + 1) * S; i++) {
        p->capacity += prices->server[i] * prices->window_s;
    }
    memset(p->inside, 0, sizeof *p->inside * p->window_count * LENGTH_MAX);
    memset(p->factor, 0, sizeof *p->factor * p->window_count);
    memset(p->is_full, 0, sizeof *p->is_full * p->window_count);
    size_t count = list_entries(r, prices, queue, entries);
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < count; i++) {
        pack(p, &entries[i]);
    }
}

dcat_status bound_find_factors(const bound_relaxation *r, bound_prices *prices, dcat_error *err)
{
    packing p = {
        .window_count = prices->window_count,
        .inside = calloc(prices->window_count * LENGTH_MAX + 1, sizeof *p.inside),
        .is_full = calloc(prices->window_count + 1, sizeof *p.is_full),
    };
    entry *entries = malloc(sizeof *entries * (r->tasks->count + 1));
    if (p.inside == NULL || p.is_full == NULL || entries == NULL) {
        free(p.inside);
        free(p.is_full);
        free(entries);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the bound (%zu tasks)",
                         r->tasks->count);
    }
    for (size_t queue = 0; queue < dcat_world_queue_count(r->world); queue++) {
        find_queue_factors(r, prices, queue, &p, entries);
    }
    free(p.inside);
    free(p.is_full);
    free(entries);
    return DCAT_OK;
}
