// SPDX-License-Identifier: Apache-2.0
// Prices of servers by a subgradient method.
//
// The bound is convex in the prices. Its slope in the price of server i is the time there is minus
// the time that the tasks of positive value would take on it, each on the option it prefers.
//
// Here time costs the same at all moments. So it does not matter when a task's period
// (relaxation.h) lies, only that it is long enough, transfer + p <= budget: the same under every
// queue rule.

#include "bound/prices.h"

#include "dcat/x/model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_CYCLE_MAX 12
#define ITERATION_MIN 30
#define ITERATION_MAX 120
#define OPERATION_BUDGET 2e8 // looks at a (task, option) pair, about a second on one core

typedef struct search {
    const dcat_world *world;
    const bound_options *options;
    const bound_tasks *tasks;
    uint32_t cycle[SAMPLE_CYCLE_MAX]; // sampled
    size_t cycle_count;
    double pair_count;    // of their tasks and options
    double time_s;        // in the sampled cycles
    double *transfer_s;   // [A, O] for rows (bound_row_of) with one data size
    double *own_row;      // [O] for the others
    double *unit_cost;    // [O] limit and price per cycle
    double *slope;        // [P]
    double *price, *best; // [P]
    size_t queue_count;   // P, bound_queue_count
} search;

static bool allocate(search *s)
{
    size_t P = s->queue_count;
    size_t A = dcat_world_area_count(s->world);
    size_t O = s->options->count;
    s->transfer_s = malloc(sizeof *s->transfer_s * (A * O + 1));
    s->own_row = malloc(sizeof *s->own_row * (O + 1));
    s->unit_cost = malloc(sizeof *s->unit_cost * (O + 1));
    s->slope = malloc(sizeof *s->slope * (P + 1));
    s->price = calloc(P + 1, sizeof *s->price);
    s->best = calloc(P + 1, sizeof *s->best);
    return s->transfer_s != NULL && s->own_row != NULL && s->unit_cost != NULL &&
           s->slope != NULL && s->price != NULL && s->best != NULL;
}

static void release(search *s)
{
    free(s->transfer_s);
    free(s->own_row);
    free(s->unit_cost);
    free(s->slope);
    free(s->price);
    free(s->best);
}

// Cycles spread evenly over the span.
static void choose_cycles(search *s)
{
    const bound_tasks *tasks = s->tasks;
    s->cycle_count = tasks->cycle_count < SAMPLE_CYCLE_MAX ? tasks->cycle_count : SAMPLE_CYCLE_MAX;
    for (size_t i = 0; i < s->cycle_count; i++) {
        uint32_t c = (uint32_t)((2 * i + 1) * tasks->cycle_count / (2 * s->cycle_count));
        s->cycle[i] = c;
        for (size_t n = tasks->cycle_first[c]; n < tasks->cycle_first[c + 1]; n++) {
            const size_t *first = &s->options->class_first[tasks->task[n].class_id];
            s->pair_count += (double)(first[1] - first[0]);
        }
    }
    s->time_s = tasks->duration_s / tasks->cycle_count * (double)s->cycle_count;
}

static void fill_transfer(search *s)
{
    for (size_t n = 0; n < s->tasks->count; n++) {
        const bound_task *task = &s->tasks->task[n];
        const size_t *first = &s->options->class_first[task->class_id];
        double *row = &s->transfer_s[(size_t)task->area * s->options->count];
        if (first[1] > first[0] && s->tasks->one_size[bound_row_of(s->tasks, task)] &&
            isnan(row[first[0]])) {
            bound_transfer_row(s->world, s->options, task->class_id, task->area, task->data_bits,
                               row);
        }
    }
}

static const double *transfer_row(search *s, const bound_task *task)
{
    if (s->tasks->one_size[bound_row_of(s->tasks, task)]) {
        return &s->transfer_s[(size_t)task->area * s->options->count];
    }
    bound_transfer_row(s->world, s->options, task->class_id, task->area, task->data_bits,
                       s->own_row);
    return s->own_row;
}

// A task's value at one price for all times; writes the option it prefers, or -1.
static double task_value(search *s, const bound_task *task, int32_t *preferred)
{
    const double *transfer_s = transfer_row(s, task);
    const bound_options *o = s->options;
    double best = 0.0;
    *preferred = -1;
    for (size_t k = o->class_first[task->class_id]; k < o->class_first[task->class_id + 1]; k++) {
        double gain = task->unit_fee - s->unit_cost[k];
        if (gain > best &&
            transfer_s[k] + dcat_processing_delay_s(task->work_cycles, o->speed_hz[k]) <=
                task->budget_s) {
            best = gain;
            *preferred = (int32_t)k;
        }
    }
    return best * task->work_cycles;
}

// The bound of the sampled cycles at s->price, and its slope.
static double value_and_slope(search *s)
{
    const bound_options *o = s->options;
    double value = 0.0;
    for (size_t i = 0; i < s->queue_count; i++) {
        value += s->price[i] * s->time_s;
        s->slope[i] = s->time_s;
    }
    for (size_t k = 0; k < o->count; k++) {
        double price = 0.0;
        for (size_t m = o->paid.first[k]; m < o->paid.first[k + 1]; m++) {
            price += s->price[o->paid.item[m]];
        }
        s->unit_cost[k] = o->unit_limit[k] + price / o->paid_hz[k];
    }
    for (size_t i = 0; i < s->cycle_count; i++) {
        uint32_t c = s->cycle[i];
        for (size_t n = s->tasks->cycle_first[c]; n < s->tasks->cycle_first[c + 1]; n++) {
            int32_t k;
            value += task_value(s, &s->tasks->task[n], &k);
            for (size_t m = k < 0 ? 0 : o->paid.first[k]; k >= 0 && m < o->paid.first[k + 1]; m++) {
                s->slope[o->paid.item[m]] -= s->tasks->task[n].work_cycles / o->paid_hz[k];
            }
        }
    }
    return value;
}

// How fast a server is at the class of a queue at which it is fastest.
static double queue_speed_hz(const dcat_world *world, size_t queue, size_t server)
{
    const dcat_member *members = dcat_world_members_view(world);
    double speed_hz = 0.0;
    for (size_t q = 0; q < dcat_world_class_count(world); q++) {
        if (dcat_world_queue_of(world, (int32_t)q) == queue) {
            speed_hz =
                fmax(speed_hz, members[q * dcat_world_server_count(world) + server].speed_hz);
        }
    }
    return speed_hz;
}

// The same price per cycle of work everywhere: a share of the highest fee.
static void set_alike(const search *s, double share, double *price)
{
    size_t S = dcat_world_server_count(s->world);
    double unit_fee = 0.0;
    for (size_t n = 0; n < s->tasks->count; n++) {
        unit_fee = fmax(unit_fee, s->tasks->task[n].unit_fee);
    }
    for (size_t i = 0; i < s->queue_count; i++) {
        price[i] = share * unit_fee * queue_speed_hz(s->world, i / S, i % S);
    }
}

// The best of a few that are alike.
static double start(search *s)
{
    double best = INFINITY;
    for (int step = 1; step <= 20; step++) {
        set_alike(s, 0.05 * step, s->price);
        double value = value_and_slope(s);
        if (value < best) {
            best = value;
            memcpy(s->best, s->price, sizeof *s->price * s->queue_count);
        }
    }
    memcpy(s->price, s->best, sizeof *s->price * s->queue_count);
    return best;
}

// Polyak's step towards a target below the best so far, which comes nearer when it is not reached.
static void descend(search *s, double best)
{
    double affordable = fmin(ITERATION_MAX, OPERATION_BUDGET / (s->pair_count + 1.0));
    int iteration_count = (int)fmax(ITERATION_MIN, affordable);
    double distance = 0.02 * best;
    int stalled = 0;
    for (int iteration = 0; iteration < iteration_count; iteration++) {
        double value = value_and_slope(s);
        double squares = 0.0;
        for (size_t i = 0; i < s->queue_count; i++) {
            squares += s->slope[i] * s->slope[i];
        }
        if (value < best) {
            best = value;
            stalled = 0;
            memcpy(s->best, s->price, sizeof *s->price * s->queue_count);
        } else if (++stalled >= 4) {
            distance *= 0.6;
            stalled = 0;
        }
        double step = squares > 0.0 ? (value - best + distance) / squares : 0.0;
        for (size_t i = 0; i < s->queue_count; i++) {
            s->price[i] = fmax(0.0, s->price[i] - step * s->slope[i]);
        }
    }
}

// Nothing is scarce at one price for all times, but may be at some of them. These are for others to
// find (prices_factor.c, refine.c), who scale what is here.
static bool all_zero(const search *s)
{
    bool zero = true;
    for (size_t i = 0; i < s->queue_count; i++) {
        zero = zero && s->best[i] == 0.0;
    }
    return zero;
}

dcat_status bound_find_server_prices(const dcat_world *world, const bound_options *options,
                                     const bound_tasks *tasks, double *server_price,
                                     dcat_error *err)
{
    search s = {.world = world,
                .options = options,
                .tasks = tasks,
                .queue_count = bound_queue_count(world)};
    if (!allocate(&s)) {
        release(&s);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the bound (%zu options)",
                         options->count);
    }
    for (size_t i = 0; i < dcat_world_area_count(world) * options->count; i++) {
        s.transfer_s[i] = NAN;
    }
    choose_cycles(&s);
    fill_transfer(&s);
    descend(&s, start(&s));
    if (all_zero(&s)) {
        set_alike(&s, 1.0, s.best);
    }
    memcpy(server_price, s.best, sizeof *server_price * s.queue_count);
    release(&s);
    return DCAT_OK;
}
