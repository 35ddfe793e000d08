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
    size_t cycle_count, task_count;
    double time_s;        // in the sampled cycles
    double *transfer_s;   // [A, O] for areas with one data size
    double *own_row;      // [O] for the others
    double *unit_cost;    // [O] limit and price per cycle
    double *slope;        // [S]
    double *price, *best; // [S]
} search;

static bool allocate(search *s)
{
    size_t S = dcat_world_server_count(s->world);
    size_t A = dcat_world_area_count(s->world);
    size_t O = s->options->count;
    s->transfer_s = malloc(sizeof *s->transfer_s * (A * O + 1));
    s->own_row = malloc(sizeof *s->own_row * (O + 1));
    s->unit_cost = malloc(sizeof *s->unit_cost * (O + 1));
    s->slope = malloc(sizeof *s->slope * (S + 1));
    s->price = calloc(S + 1, sizeof *s->price);
    s->best = calloc(S + 1, sizeof *s->best);
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
        s->task_count += tasks->cycle_first[c + 1] - tasks->cycle_first[c];
    }
    s->time_s = tasks->duration_s / tasks->cycle_count * (double)s->cycle_count;
}

static void fill_transfer(search *s)
{
    for (size_t n = 0; n < s->tasks->count; n++) {
        const bound_task *task = &s->tasks->task[n];
        double *row = &s->transfer_s[(size_t)task->area * s->options->count];
        if (s->tasks->one_size[task->area] && isnan(row[0])) {
            bound_transfer_row(s->world, s->options, task->area, task->data_bits, row);
        }
    }
}

static const double *transfer_row(search *s, const bound_task *task)
{
    if (s->tasks->one_size[task->area]) {
        return &s->transfer_s[(size_t)task->area * s->options->count];
    }
    bound_transfer_row(s->world, s->options, task->area, task->data_bits, s->own_row);
    return s->own_row;
}

// A task's value at one price for all times; writes the option it prefers, or -1.
static double task_value(search *s, const bound_task *task, int32_t *preferred)
{
    const double *transfer_s = transfer_row(s, task);
    const bound_options *o = s->options;
    double best = 0.0;
    *preferred = -1;
    for (size_t k = 0; k < o->count; k++) {
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
    for (size_t i = 0; i < dcat_world_server_count(s->world); i++) {
        value += s->price[i] * s->time_s;
        s->slope[i] = s->time_s;
    }
    for (size_t k = 0; k < o->count; k++) {
        double price = 0.0;
        for (size_t m = o->paid.first[k]; m < o->paid.first[k + 1]; m++) {
            price += s->price[o->paid.server[m]];
        }
        s->unit_cost[k] = o->unit_limit[k] + price / o->paid_hz[k];
    }
    for (size_t i = 0; i < s->cycle_count; i++) {
        uint32_t c = s->cycle[i];
        for (size_t n = s->tasks->cycle_first[c]; n < s->tasks->cycle_first[c + 1]; n++) {
            int32_t k;
            value += task_value(s, &s->tasks->task[n], &k);
            for (size_t m = k < 0 ? 0 : o->paid.first[k]; k >= 0 && m < o->paid.first[k + 1]; m++) {
                s->slope[o->paid.server[m]] -= s->tasks->task[n].work_cycles / o->paid_hz[k];
            }
        }
    }
    return value;
}

// The same price per cycle of work everywhere: a share of the highest fee.
static void set_alike(const search *s, double share, double *price)
{
    const dcat_server *servers = dcat_world_servers_view(s->world);
    double unit_fee = 0.0;
    for (size_t n = 0; n < s->tasks->count; n++) {
        unit_fee = fmax(unit_fee, s->tasks->task[n].unit_fee);
    }
    for (size_t i = 0; i < dcat_world_server_count(s->world); i++) {
        price[i] = share * unit_fee * servers[i].speed_hz;
    }
}

// The best of a few that are alike.
static double start(search *s)
{
    size_t server_count = dcat_world_server_count(s->world);
    double best = INFINITY;
    for (int step = 1; step <= 20; step++) {
        set_alike(s, 0.05 * step, s->price);
        double value = value_and_slope(s);
        if (value < best) {
            best = value;
            memcpy(s->best, s->price, sizeof *s->price * server_count);
        }
    }
    memcpy(s->price, s->best, sizeof *s->price * server_count);
    return best;
}

// Polyak's step towards a target below the best so far, which comes nearer when it is not reached.
static void descend(search *s, double best)
{
    size_t server_count = dcat_world_server_count(s->world);
    double pairs = (double)s->task_count * (double)s->options->count + 1.0;
    double affordable = fmin(ITERATION_MAX, OPERATION_BUDGET / pairs);
    int iteration_count = (int)fmax(ITERATION_MIN, affordable);
    double distance = 0.02 * best;
    int stalled = 0;
    for (int iteration = 0; iteration < iteration_count; iteration++) {
        double value = value_and_slope(s);
        double squares = 0.0;
        for (size_t i = 0; i < server_count; i++) {
            squares += s->slope[i] * s->slope[i];
        }
        if (value < best) {
            best = value;
            stalled = 0;
            memcpy(s->best, s->price, sizeof *s->price * server_count);
        } else if (++stalled >= 4) {
            distance *= 0.6;
            stalled = 0;
        }
        double step = squares > 0.0 ? (value - best + distance) / squares : 0.0;
        for (size_t i = 0; i < server_count; i++) {
            s->price[i] = fmax(0.0, s->price[i] - step * s->slope[i]);
        }
    }
}

// Nothing is scarce at one price for all times, but may be at some of them. These are for others to
// find (prices_factor.c, refine.c), who scale what is here.
static bool all_zero(const search *s)
{
    bool zero = true;
    for (size_t i = 0; i < dcat_world_server_count(s->world); i++) {
        zero = zero && s->best[i] == 0.0;
    }
    return zero;
}

dcat_status bound_find_server_prices(const dcat_world *world, const bound_options *options,
                                     const bound_tasks *tasks, double *server_price,
                                     dcat_error *err)
{
    search s = {.world = world, .options = options, .tasks = tasks};
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
    memcpy(server_price, s.best, sizeof *server_price * dcat_world_server_count(world));
    release(&s);
    return DCAT_OK;
}
