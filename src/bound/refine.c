// SPDX-License-Identifier: Apache-2.0
#include "bound/refine.h"

#include "dcat/x/model.h"
#include <math.h>
#include <stdlib.h>

#define ROUND_COUNT 2

// The tasks that touch some windows, and what each is worth to each cluster.
typedef struct block {
    size_t first, count; // tasks
    work_period *period; // [n, K] in which k can work on it; last_s -1: too slow
    double *value;       // [n, K] at the present prices
    double *alternative; // [n] best of the other clusters, or 0
} block;

// Tasks or windows, the last one excluded.
typedef struct span {
    size_t first, end;
} span;

typedef struct refining {
    const dcat_world *world;
    dcat_queue_rule queue; // of the world
    const bound_options *options;
    const bound_tasks *tasks;
    double window_s;
    size_t window_count, reach; // reach: windows that the longest budget touches
    size_t cluster_count;       // K
    double *price;              // [window_count, K] money per second
    double *base;               // [K] price to try where there was none
    double *transfer_s;         // [K]
    size_t *window_first;       // [window_count + 1] first task that starts in it or later
    block b;
} refining;

// --- which tasks touch which windows

// The windows whose prices are improved together: those that begin in a cycle.
static span windows_of(const refining *r, uint32_t c)
{
    double cycle_s = r->tasks->duration_s / r->tasks->cycle_count;
    bool last = c + 1 == r->tasks->cycle_count; // takes the time after the span, too
    return (span){(size_t)(c * cycle_s / r->window_s),
                  last ? r->window_count : (size_t)((c + 1) * cycle_s / r->window_s)};
}

// All tasks that may be worked on in some windows, however long ago they were auctioned.
static span tasks_at(const refining *r, span windows)
{
    size_t low = windows.first > r->reach ? windows.first - r->reach : 0;
    return (span){r->window_first[low], r->window_first[windows.end]};
}

static size_t most_of_a_block(const refining *r)
{
    size_t most = 0;
    for (uint32_t c = 0; c < r->tasks->cycle_count; c++) {
        span tasks = tasks_at(r, windows_of(r, c));
        size_t own = r->tasks->cycle_first[c + 1] - r->tasks->cycle_first[c];
        most = own > most ? own : most;
        most = tasks.end - tasks.first > most ? tasks.end - tasks.first : most;
    }
    return most;
}

static bool index_windows(refining *r)
{
    r->window_first = malloc(sizeof *r->window_first * (r->window_count + 1));
    size_t n = 0;
    for (size_t w = 0; r->window_first != NULL && w <= r->window_count; w++) {
        while (n < r->tasks->count && r->tasks->task[n].start_s < (double)w * r->window_s) {
            n++;
        }
        r->window_first[w] = n;
    }
    return r->window_first != NULL;
}

static bool allocate(refining *r)
{
    size_t K = r->cluster_count;
    size_t most = most_of_a_block(r) + 1;
    r->price = calloc(r->window_count * K + 1, sizeof *r->price);
    r->base = calloc(K + 1, sizeof *r->base);
    r->transfer_s = calloc(K + 1, sizeof *r->transfer_s);
    r->b.period = calloc(most * K, sizeof *r->b.period);
    r->b.value = calloc(most * K, sizeof *r->b.value);
    r->b.alternative = calloc(most, sizeof *r->b.alternative);
    return r->price != NULL && r->base != NULL && r->transfer_s != NULL && r->b.period != NULL &&
           r->b.value != NULL && r->b.alternative != NULL;
}

static void release(refining *r)
{
    free(r->price);
    free(r->base);
    free(r->transfer_s);
    free(r->b.period);
    free(r->b.value);
    free(r->b.alternative);
    free(r->window_first);
}

// --- one task on one cluster

static const bound_task *task_of(const refining *r, size_t n)
{
    return &r->tasks->task[r->b.first + n];
}

static double value_on(const refining *r, size_t n, size_t k)
{
    work_period period = r->b.period[n * r->cluster_count + k];
    if (period.last_s < 0.0) {
        return 0.0;
    }
    const bound_task *task = task_of(r, n);
    task_windows windows;
    task_windows_find(task, r->window_s, r->window_count, &r->price[k], r->cluster_count, &windows);
    double processing_s = dcat_processing_delay_s(task->work_cycles, r->options->speed_hz[k]);
    return task->work_cycles * (task->unit_fee - r->options->unit_limit[k]) -
           task_windows_cheapest(&windows, processing_s, period);
}

// --- a block

static void fill_block(refining *r, span tasks)
{
    size_t K = r->cluster_count;
    r->b.first = tasks.first;
    r->b.count = tasks.end - tasks.first;
    for (size_t n = 0; n < r->b.count; n++) {
        const bound_task *task = task_of(r, n);
        bound_transfer_row(r->world, r->options, task->area, task->data_bits, r->transfer_s);
        for (size_t k = 0; k < K; k++) {
            double processing_s =
                dcat_processing_delay_s(task->work_cycles, r->options->speed_hz[k]);
            r->b.period[n * K + k] = processing_s <= task->budget_s - r->transfer_s[k]
                                         ? task_work_period(r->queue, task, r->transfer_s[k])
                                         : (work_period){-1.0, -1.0};
            r->b.value[n * K + k] = value_on(r, n, k);
        }
    }
}

static void find_alternatives(refining *r, size_t k)
{
    size_t K = r->cluster_count;
    for (size_t n = 0; n < r->b.count; n++) {
        double best = 0.0;
        for (size_t j = 0; j < K; j++) {
            best = j != k ? fmax(best, r->b.value[n * K + j]) : best;
        }
        r->b.alternative[n] = best;
    }
}

// What the price of cluster k in window w adds to the bound, given all other prices.
static double part_of(const refining *r, size_t k, size_t w, size_t from, size_t to)
{
    double begin_s = (double)w * r->window_s;
    double end_s = (double)(w + 1) * r->window_s;
    double sum = r->price[w * r->cluster_count + k] * r->window_s;
    for (size_t n = from; n < to; n++) {
        work_period period = r->b.period[n * r->cluster_count + k];
        if (period.last_s > begin_s && period.first_s < end_s) {
            sum += fmax(r->b.alternative[n], value_on(r, n, k));
        }
    }
    return sum;
}

// Lower the bound by one price: it is convex in it, so walk up or else down while that helps.
static void descend(refining *r, size_t k, size_t w, size_t from, size_t to)
{
    static const double up[] = {1.06, 1.15, 1.3, 1.7, 2.5};
    static const double down[] = {0.94, 0.85, 0.7, 0.4, 0.0};
    double *price = &r->price[w * r->cluster_count + k];
    double start = *price;
    double best_price = start;
    double best = part_of(r, k, w, from, to);
    for (int way = 0; way < 2 && best_price == start; way++) {
        double unit = start > 0.0 ? start : way == 0 ? 0.5 * r->base[k] : 0.0;
        for (int i = 0; i < 5; i++) {
            *price = unit * (way == 0 ? down[i] : up[i]);
            double part = part_of(r, k, w, from, to);
            if (!(part < best)) {
                break;
            }
            best = part;
            best_price = *price;
        }
    }
    *price = best_price;
}

// One pass over the windows of a block for every cluster.
static void improve_block(refining *r, span windows)
{
    for (size_t k = 0; k < r->cluster_count; k++) {
        find_alternatives(r, k);
        for (size_t w = windows.first; w < windows.end; w++) {
            span tasks = tasks_at(r, (span){w, w + 1});
            descend(r, k, w, tasks.first - r->b.first, tasks.end - r->b.first);
        }
        for (size_t n = 0; n < r->b.count; n++) {
            r->b.value[n * r->cluster_count + k] = value_on(r, n, k);
        }
    }
}

static void improve(refining *r)
{
    for (uint32_t c = 0; c < r->tasks->cycle_count; c++) {
        span windows = windows_of(r, c);
        span tasks = tasks_at(r, windows);
        fill_block(r, tasks);
        for (int round = 0; round < ROUND_COUNT; round++) {
            improve_block(r, windows);
        }
    }
}

// --- the bound

static double sum_cycle(refining *r, uint32_t c)
{
    double sum = 0.0;
    fill_block(r, (span){r->tasks->cycle_first[c], r->tasks->cycle_first[c + 1]});
    for (size_t n = 0; n < r->b.count; n++) {
        double best = 0.0;
        for (size_t k = 0; k < r->cluster_count; k++) {
            best = fmax(best, r->b.value[n * r->cluster_count + k]);
        }
        sum += best;
    }
    return sum;
}

// Whatever the prices have become, this is a bound: it looks at every task and every price anew.
static double bound_of(refining *r, double *cycle_value)
{
    double cycle_s = r->tasks->duration_s / r->tasks->cycle_count;
    double total = 0.0;
    size_t window = 0;
    for (uint32_t c = 0; c < r->tasks->cycle_count; c++) {
        double sum = sum_cycle(r, c);
        bool last = c + 1 == r->tasks->cycle_count;
        for (; window < r->window_count &&
               (last || ((double)window + 0.5) * r->window_s < (c + 1) * cycle_s);
             window++) {
            for (size_t k = 0; k < r->cluster_count; k++) {
                sum += r->price[window * r->cluster_count + k] * r->window_s;
            }
        }
        if (cycle_value != NULL) {
            cycle_value[c] = sum;
        }
        total += sum;
    }
    return total;
}

static void start(refining *r, const bound_prices *prices)
{
    const bound_options *o = r->options;
    for (size_t k = 0; k < r->cluster_count; k++) {
        for (size_t m = o->paid.first[k]; m < o->paid.first[k + 1]; m++) {
            r->base[k] += prices->server[o->paid.server[m]];
        }
        for (size_t w = 0; w < r->window_count; w++) {
            r->price[w * r->cluster_count + k] = r->base[k] * prices->factor[w];
        }
    }
}

dcat_status bound_refine(const dcat_world *world, const bound_options *options,
                         const bound_tasks *tasks, const bound_prices *prices, double *cycle_value,
                         double *value, dcat_error *err)
{
    refining r = {
        .world = world,
        .queue = dcat_world_config_view(world)->market.queue,
        .options = options,
        .tasks = tasks,
        .window_s = prices->window_s,
        .window_count = prices->window_count,
        .reach = (size_t)ceil(tasks->budget_s_max / prices->window_s) + 1,
        .cluster_count = options->count,
    };
    if (!index_windows(&r) || !allocate(&r)) {
        release(&r);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the prices of %zu clusters",
                         options->count);
    }
    start(&r, prices);
    improve(&r);
    *value = bound_of(&r, cycle_value);
    release(&r);
    return DCAT_OK;
}
