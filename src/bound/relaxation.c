// SPDX-License-Identifier: Apache-2.0
#include "bound/relaxation.h"

#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include <math.h>
#include <stdlib.h>

// --- set-up

static bool create_row(bound_row *row, size_t option_count)
{
    row->option = malloc(sizeof *row->option * (option_count + 1));
    row->transfer_s = malloc(sizeof *row->transfer_s * (option_count + 1));
    row->unit_limit_from = malloc(sizeof *row->unit_limit_from * (option_count + 1));
    row->unit_price_from = malloc(sizeof *row->unit_price_from * (option_count + 1));
    return row->option != NULL && row->transfer_s != NULL && row->unit_limit_from != NULL &&
           row->unit_price_from != NULL;
}

dcat_status bound_relaxation_create(const dcat_world *world, const bound_options *options,
                                    const bound_tasks *tasks, bound_relaxation *relaxation,
                                    dcat_error *err)
{
    size_t class_count = dcat_world_class_count(world);
    *relaxation = (bound_relaxation){
        .world = world,
        .queue = dcat_world_config_view(world)->market.queue,
        .options = options,
        .tasks = tasks,
        .unit_price = calloc(options->count + 1, sizeof *relaxation->unit_price),
        .row = calloc(class_count * tasks->area_count + 1, sizeof *relaxation->row),
        .scratch = calloc(options->count + 1, sizeof *relaxation->scratch),
    };
    bool ok =
        relaxation->unit_price != NULL && relaxation->row != NULL && relaxation->scratch != NULL;
    for (size_t row = 0; ok && row < class_count * tasks->area_count; row++) {
        const size_t *first = &options->class_first[row / tasks->area_count];
        ok = create_row(&relaxation->row[row], first[1] - first[0]);
    }
    if (!ok) {
        bound_relaxation_destroy(relaxation);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the bound (%zu options, %zu areas)",
                         options->count, dcat_world_area_count(world));
    }
    return DCAT_OK;
}

void bound_relaxation_destroy(bound_relaxation *relaxation)
{
    size_t row_count = relaxation->row == NULL ? 0
                                               : dcat_world_class_count(relaxation->world) *
                                                     dcat_world_area_count(relaxation->world);
    for (size_t row = 0; row < row_count; row++) {
        free(relaxation->row[row].option);
        free(relaxation->row[row].transfer_s);
        free(relaxation->row[row].unit_limit_from);
        free(relaxation->row[row].unit_price_from);
    }
    free(relaxation->row);
    free(relaxation->unit_price);
    free(relaxation->scratch);
    *relaxation = (bound_relaxation){0};
}

// The least transfer delay (3) from an area to a server near option k.
static double option_transfer_s(const dcat_world *world, const bound_options *options, size_t k,
                                int32_t area, double data_bits)
{
    double least_s = INFINITY;
    for (size_t m = options->near.first[k]; m < options->near.first[k + 1]; m++) {
        dcat_path path = dcat_world_path(world, area, options->near.item[m]);
        least_s = fmin(least_s,
                       dcat_transfer_delay_s(data_bits, path.seconds_per_bit, path.propagation_s));
    }
    return least_s;
}

void bound_transfer_row(const dcat_world *world, const bound_options *options, int32_t class_id,
                        int32_t area, double data_bits, double *row)
{
    for (size_t k = options->class_first[class_id]; k < options->class_first[class_id + 1]; k++) {
        row[k] = option_transfer_s(world, options, k, area, data_bits);
    }
}

// --- rows

// Is option a no worse than b in every respect? Equal ones: the first.
static bool dominates(const bound_relaxation *r, const double *transfer_s, size_t a, size_t b)
{
    const bound_options *o = r->options;
    bool no_worse = o->speed_hz[a] >= o->speed_hz[b] && transfer_s[a] <= transfer_s[b] &&
                    r->unit_price[a] <= r->unit_price[b] && o->unit_limit[a] <= o->unit_limit[b];
    bool same = o->speed_hz[a] == o->speed_hz[b] && transfer_s[a] == transfer_s[b] &&
                r->unit_price[a] == r->unit_price[b] && o->unit_limit[a] == o->unit_limit[b];
    return no_worse && (!same || a < b);
}

static double unit_cost_at_1(const bound_relaxation *r, int32_t k)
{
    return r->options->unit_limit[k] + r->unit_price[k];
}

// Cheapest first, by insertion: rows are short once dominated options are gone.
static void insert(const bound_relaxation *r, bound_row *row, int32_t k, double transfer_s)
{
    size_t at = row->count++;
    while (at > 0 && unit_cost_at_1(r, row->option[at - 1]) > unit_cost_at_1(r, k)) {
        row->option[at] = row->option[at - 1];
        row->transfer_s[at] = row->transfer_s[at - 1];
        at--;
    }
    row->option[at] = k;
    row->transfer_s[at] = transfer_s;
}

// Leaving out what is dominated changes no task's value: the other option has no longer transfer,
// so under either rule its period contains that of the dominated one, and its fewer seconds are the
// cheapest ones of more time, so their mean price is no higher.
static void fill_row(bound_relaxation *r, size_t class_id, bound_row *row, bool prune)
{
    size_t first = r->options->class_first[class_id], end = r->options->class_first[class_id + 1];
    row->count = 0;
    for (size_t b = first; b < end; b++) {
        bool dominated = false;
        for (size_t a = first; prune && !dominated && a < end; a++) {
            dominated = dominates(r, r->scratch, a, b);
        }
        if (!dominated) {
            insert(r, row, (int32_t)b, r->scratch[b]);
        }
    }
    double limit = INFINITY;
    double price = INFINITY;
    for (size_t at = row->count; at-- > 0;) {
        limit = fmin(limit, r->options->unit_limit[row->option[at]]);
        price = fmin(price, r->unit_price[row->option[at]]);
        row->unit_limit_from[at] = limit;
        row->unit_price_from[at] = price;
    }
}

void bound_relaxation_set_servers(bound_relaxation *r, const double *server_price)
{
    const bound_options *o = r->options;
    for (size_t k = 0; k < o->count; k++) {
        double price = 0.0;
        for (size_t m = o->paid.first[k]; m < o->paid.first[k + 1]; m++) {
            price += server_price[o->paid.item[m]];
        }
        r->unit_price[k] = price / o->paid_hz[k];
    }
    size_t A = r->tasks->area_count;
    for (size_t row = 0; row < dcat_world_class_count(r->world) * A; row++) {
        double bits = r->tasks->row_bits[row];
        bound_transfer_row(r->world, o, (int32_t)(row / A), (int32_t)(row % A),
                           isnan(bits) ? 0.0 : bits, r->scratch);
        fill_row(r, row / A, &r->row[row], r->tasks->one_size[row]);
    }
}

// Transfer delays of a row's options for one task, by option when the area's sizes vary.
static double row_transfer_s(const bound_relaxation *r, const bound_row *row, size_t at,
                             const bound_task *task)
{
    return r->tasks->one_size[bound_row_of(r->tasks, task)]
               ? row->transfer_s[at]
               : option_transfer_s(r->world, r->options, (size_t)row->option[at], task->area,
                                   task->data_bits);
}

// --- one task

// What a task is worth at these prices.
static double task_value(const bound_relaxation *r, const bound_prices *prices,
                         const bound_task *task)
{
    const bound_row *row = &r->row[bound_row_of(r->tasks, task)];
    const bound_options *o = r->options;
    size_t queue = dcat_world_queue_of(r->world, task->class_id);
    task_windows windows;
    task_windows_find(task, prices->window_s, prices->window_count,
                      &prices->factor[queue * prices->window_count], 1, &windows);
    double least_factor = windows.count > 0 ? windows.price[0] : 0.0;
    double best = 0.0;
    for (size_t at = 0; at < row->count; at++) {
        double most =
            task->unit_fee - row->unit_limit_from[at] - row->unit_price_from[at] * least_factor;
        if (task->work_cycles * most <= best) {
            break;
        }
        int32_t k = row->option[at];
        double transfer_s = row_transfer_s(r, row, at, task);
        double processing_s = dcat_processing_delay_s(task->work_cycles, o->speed_hz[k]);
        if (processing_s > task->budget_s - transfer_s) {
            continue;
        }
        double time_price = r->unit_price[k] * o->speed_hz[k] *
                            task_windows_cheapest(&windows, processing_s,
                                                  task_work_period(r->queue, task, transfer_s));
        double value = task->work_cycles * (task->unit_fee - o->unit_limit[k]) - time_price;
        best = fmax(best, value);
    }
    return best;
}

bound_breakeven bound_relaxation_breakeven(const bound_relaxation *r, const bound_task *task)
{
    const bound_row *row = &r->row[bound_row_of(r->tasks, task)];
    bound_breakeven best = {0};
    for (size_t at = 0; at < row->count; at++) {
        int32_t k = row->option[at];
        double transfer_s = row_transfer_s(r, row, at, task);
        double processing_s = dcat_processing_delay_s(task->work_cycles, r->options->speed_hz[k]);
        double gain = task->unit_fee - r->options->unit_limit[k];
        if (processing_s > task->budget_s - transfer_s ||
            !(gain > best.factor * r->unit_price[k])) {
            continue;
        }
        best = (bound_breakeven){.factor = gain / r->unit_price[k], // INFINITY for free time
                                 .price = task->work_cycles * r->unit_price[k],
                                 .period = task_work_period(r->queue, task, transfer_s)};
    }
    return best;
}

// --- the sum

double bound_relaxation_value(const bound_relaxation *r, const bound_prices *prices,
                              double *cycle_value)
{
    size_t S = dcat_world_server_count(r->world);
    double server_sum[DCAT_POOL_COUNT] = {0};
    for (size_t i = 0; i < bound_queue_count(r->world); i++) {
        server_sum[i / S] += prices->server[i];
    }
    const bound_tasks *tasks = r->tasks;
    double cycle_s = tasks->duration_s / tasks->cycle_count;
    double total = 0.0;
    size_t window = 0;
    for (uint32_t c = 0; c < tasks->cycle_count; c++) {
        double sum = 0.0;
        bool last = c + 1 == tasks->cycle_count; // takes the time after the span too
        for (; window < prices->window_count &&
               (last || ((double)window + 0.5) * prices->window_s < (c + 1) * cycle_s);
             window++) {
            for (size_t u = 0; u < dcat_world_queue_count(r->world); u++) {
                sum += prices->factor[u * prices->window_count + window] * server_sum[u] *
                       prices->window_s;
            }
        }
        for (size_t n = tasks->cycle_first[c]; n < tasks->cycle_first[c + 1]; n++) {
            sum += task_value(r, prices, &tasks->task[n]);
        }
        if (cycle_value != NULL) {
            cycle_value[c] = sum;
        }
        total += sum;
    }
    return total;
}
