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

// Queues of a cluster's servers that work for the same classes.
typedef struct cluster_part {
    size_t cluster, queue; // queue: of a server
    uint64_t classes;      // a bit each
    double base;           // price to try where there was none
} cluster_part;

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
    int32_t *option_of;         // [Q, K] the team of a class, or -1
    cluster_part *parts;        // [part_count] cluster by cluster
    size_t part_count;
    size_t *part_first;   // [K + 1]
    double *price;        // [window_count, part_count] money per second
    double *team_price;   // [window_count, options] of all parts of a team
    double *transfer_s;   // [options]
    size_t *window_first; // [window_count + 1] first task that starts in it or later
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
    r->price = calloc(r->window_count * r->part_count + 1, sizeof *r->price);
    r->team_price = calloc(r->window_count * r->options->count + 1, sizeof *r->team_price);
    r->transfer_s = calloc(r->options->count + 1, sizeof *r->transfer_s);
    r->b.period = calloc(most * K + 1, sizeof *r->b.period);
    r->b.value = calloc(most * K + 1, sizeof *r->b.value);
    r->b.alternative = calloc(most, sizeof *r->b.alternative);
    return r->price != NULL && r->team_price != NULL && r->transfer_s != NULL &&
           r->b.period != NULL && r->b.value != NULL && r->b.alternative != NULL;
}

static void release(refining *r)
{
    free(r->option_of);
    free(r->parts);
    free(r->part_first);
    free(r->price);
    free(r->team_price);
    free(r->transfer_s);
    free(r->b.period);
    free(r->b.value);
    free(r->b.alternative);
    free(r->window_first);
}

// --- parts of clusters

// Number the clusters that have options, and note the team of each class. number is [S + 1].
static void number_clusters(refining *r, int32_t *number)
{
    const bound_options *o = r->options;
    size_t S = dcat_world_server_count(r->world), Q = dcat_world_class_count(r->world);
    for (size_t k = 0; k <= S; k++) {
        number[k] = -1;
    }
    for (size_t k = 0; k < o->count; k++) {
        number[o->cluster[k]] = 0;
    }
    for (size_t k = 0; k < S; k++) {
        number[k] = number[k] < 0 ? -1 : (int32_t)r->cluster_count++;
    }
    for (size_t at = 0; at < Q * r->cluster_count; at++) {
        r->option_of[at] = -1;
    }
    for (size_t q = 0; q < Q; q++) {
        for (size_t k = o->class_first[q]; k < o->class_first[q + 1]; k++) {
            r->option_of[q * r->cluster_count + (size_t)number[o->cluster[k]]] = (int32_t)k;
        }
    }
}

// The part of the cluster at hand for these classes.
static cluster_part *find_part(refining *r, size_t cluster, size_t queue, uint64_t classes)
{
    for (size_t p = r->part_first[cluster]; p < r->part_count; p++) {
        if (r->parts[p].classes == classes) {
            return &r->parts[p];
        }
    }
    r->parts[r->part_count] =
        (cluster_part){.cluster = cluster, .queue = queue, .classes = classes};
    return &r->parts[r->part_count++];
}

// classes [queues] holds a bit for each class that a queue works for, and 0 for those that have
// their part.
static void part_cluster(refining *r, const bound_prices *prices, size_t k, uint64_t *classes)
{
    const bound_options *o = r->options;
    size_t Q = dcat_world_class_count(r->world);
    for (size_t q = 0; q < Q; q++) {
        int32_t team = r->option_of[q * r->cluster_count + k];
        for (size_t m = team < 0 ? 0 : o->paid.first[team];
             team >= 0 && m < o->paid.first[team + 1]; m++) {
            int32_t queue = o->paid.item[m];
            if (classes[queue] != 0) {
                size_t of_server = dcat_world_queue_of(r->world, (int32_t)q);
                find_part(r, k, of_server, classes[queue])->base += prices->server[queue];
                classes[queue] = 0;
            }
        }
    }
}

static bool find_parts(refining *r, const bound_prices *prices)
{
    const bound_options *o = r->options;
    size_t S = dcat_world_server_count(r->world), Q = dcat_world_class_count(r->world);
    size_t queue_count = bound_queue_count(r->world);
    uint64_t *classes = calloc(queue_count + 1, sizeof *classes);
    int32_t *number = malloc(sizeof *number * (S + 1));
    r->option_of = malloc(sizeof *r->option_of * (Q * S + 1));
    r->parts = malloc(sizeof *r->parts * (queue_count + 1));
    r->part_first = calloc(S + 2, sizeof *r->part_first);
    bool ok = classes != NULL && number != NULL && r->option_of != NULL && r->parts != NULL &&
              r->part_first != NULL;
    if (ok) {
        number_clusters(r, number);
        for (size_t q = 0; q < Q && o->count > 0; q++) {
            for (size_t m = o->paid.first[o->class_first[q]];
                 m < o->paid.first[o->class_first[q + 1]]; m++) {
                classes[o->paid.item[m]] |= UINT64_C(1) << q;
            }
        }
        for (size_t k = 0; k < r->cluster_count; k++) {
            r->part_first[k] = r->part_count;
            part_cluster(r, prices, k, classes);
            r->part_first[k + 1] = r->part_count;
        }
    }
    free(classes);
    free(number);
    return ok;
}

static bool has_class(const cluster_part *p, size_t class_id)
{
    return (p->classes >> class_id & 1) != 0;
}

// What a second of a team costs in window w: of all its parts.
static void sum_team(refining *r, size_t k, size_t class_id, size_t w)
{
    int32_t team = r->option_of[class_id * r->cluster_count + k];
    double sum = 0.0;
    for (size_t p = r->part_first[k]; p < r->part_first[k + 1]; p++) {
        sum += has_class(&r->parts[p], class_id) ? r->price[w * r->part_count + p] : 0.0;
    }
    r->team_price[w * r->options->count + (size_t)team] = sum;
}

static void set_price(refining *r, size_t p, size_t w, double price)
{
    r->price[w * r->part_count + p] = price;
    for (size_t q = 0; q < dcat_world_class_count(r->world); q++) {
        if (has_class(&r->parts[p], q)) {
            sum_team(r, r->parts[p].cluster, q, w);
        }
    }
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
    size_t team = (size_t)r->option_of[(size_t)task->class_id * r->cluster_count + k];
    task_windows windows;
    task_windows_find(task, r->window_s, r->window_count, &r->team_price[team], r->options->count,
                      &windows);
    double processing_s = dcat_processing_delay_s(task->work_cycles, r->options->speed_hz[team]);
    return task->work_cycles * (task->unit_fee - r->options->unit_limit[team]) -
           task_windows_cheapest(&windows, processing_s, period);
}

// --- a block

static work_period period_on(const refining *r, const bound_task *task, size_t k)
{
    int32_t team = r->option_of[(size_t)task->class_id * r->cluster_count + k];
    if (team < 0) {
        return (work_period){-1.0, -1.0};
    }
    double processing_s = dcat_processing_delay_s(task->work_cycles, r->options->speed_hz[team]);
    return processing_s <= task->budget_s - r->transfer_s[team]
               ? task_work_period(r->queue, task, r->transfer_s[team])
               : (work_period){-1.0, -1.0};
}

static void fill_block(refining *r, span tasks)
{
    size_t K = r->cluster_count;
    r->b.first = tasks.first;
    r->b.count = tasks.end - tasks.first;
    for (size_t n = 0; n < r->b.count; n++) {
        const bound_task *task = task_of(r, n);
        bound_transfer_row(r->world, r->options, task->class_id, task->area, task->data_bits,
                           r->transfer_s);
        for (size_t k = 0; k < K; k++) {
            r->b.period[n * K + k] = period_on(r, task, k);
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

// What the price of part p in window w adds to the bound, given all other prices.
static double part_of(const refining *r, size_t p, size_t w, size_t from, size_t to)
{
    size_t k = r->parts[p].cluster;
    double begin_s = (double)w * r->window_s;
    double end_s = (double)(w + 1) * r->window_s;
    double sum = r->price[w * r->part_count + p] * r->window_s;
    for (size_t n = from; n < to; n++) {
        work_period period = r->b.period[n * r->cluster_count + k];
        if (period.last_s > begin_s && period.first_s < end_s &&
            has_class(&r->parts[p], (size_t)task_of(r, n)->class_id)) {
            sum += fmax(r->b.alternative[n], value_on(r, n, k));
        }
    }
    return sum;
}

// Lower the bound by one price: it is convex in it, so walk up or else down while that helps.
static void descend(refining *r, size_t p, size_t w, size_t from, size_t to)
{
    static const double up[] = {1.06, 1.15, 1.3, 1.7, 2.5};
    static const double down[] = {0.94, 0.85, 0.7, 0.4, 0.0};
    double start = r->price[w * r->part_count + p];
    double best_price = start;
    double best = part_of(r, p, w, from, to);
    for (int way = 0; way < 2 && best_price == start; way++) {
        double unit = start > 0.0 ? start : way == 0 ? 0.5 * r->parts[p].base : 0.0;
        for (int i = 0; i < 5; i++) {
            double price = unit * (way == 0 ? down[i] : up[i]);
            set_price(r, p, w, price);
            double part = part_of(r, p, w, from, to);
            if (!(part < best)) {
                break;
            }
            best = part;
            best_price = price;
        }
    }
    set_price(r, p, w, best_price);
}

// One pass over the windows of a block for every part.
static void improve_block(refining *r, span windows)
{
    for (size_t p = 0; p < r->part_count; p++) {
        size_t k = r->parts[p].cluster;
        find_alternatives(r, k);
        for (size_t w = windows.first; w < windows.end; w++) {
            span tasks = tasks_at(r, (span){w, w + 1});
            descend(r, p, w, tasks.first - r->b.first, tasks.end - r->b.first);
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
            for (size_t p = 0; p < r->part_count; p++) {
                sum += r->price[window * r->part_count + p] * r->window_s;
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
    for (size_t p = 0; p < r->part_count; p++) {
        const double *factor = &prices->factor[r->parts[p].queue * prices->window_count];
        for (size_t w = 0; w < r->window_count; w++) {
            r->price[w * r->part_count + p] = r->parts[p].base * factor[w];
        }
    }
    for (size_t w = 0; w < r->window_count; w++) {
        for (size_t k = 0; k < r->options->count; k++) {
            r->team_price[w * r->options->count + k] = 0.0;
        }
        for (size_t p = 0; p < r->part_count; p++) {
            set_price(r, p, w, r->price[w * r->part_count + p]);
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
    };
    if (!find_parts(&r, prices) || !index_windows(&r) || !allocate(&r)) {
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
