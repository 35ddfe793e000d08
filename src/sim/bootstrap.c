// SPDX-License-Identifier: Apache-2.0
// Intervals over the cycles of one run, where worlds say nothing of how sure a result is.

#include "dcat/compare.h"
#include "sim/estimate.h"

#include <math.h>
#include <stdlib.h>

dcat_estimate block_bootstrap(const double *series, size_t count, size_t block)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += series[i];
    }
    dcat_estimate made = {sum / (double)count, NAN};
    double blocks = block > 0 ? (double)count / (double)block : 0.0;
    if (blocks < 2.0) {
        return made;
    }
    // The mean of every block, the last ones going on at the beginning.
    double squares = 0.0;
    double window = 0.0;
    for (size_t i = 0; i < block; i++) {
        window += series[i];
    }
    for (size_t i = 0; i < count; i++) {
        double deviation = window / (double)block - made.mean;
        squares += deviation * deviation;
        window += series[(i + block) % count] - series[i];
    }
    // With a correction for few blocks, by which blocks of 1 give Student's interval.
    double variance = squares / (double)count / (blocks - 1.0);
    made.ci95 = student_t975((size_t)blocks - 1) * sqrt(variance);
    return made;
}

// What a run gave in every cycle.
typedef struct cycle_series {
    double *profit, *awarded, *arrived; // [cycle_count], one block of memory at profit
} cycle_series;

static dcat_status run_series(const dcat_demand *demand, const dcat_world *world,
                              const dcat_compare_config *config, size_t policy, dcat_totals *totals,
                              cycle_series *series, dcat_error *err)
{
    const dcat_run_config run = {
        DCAT_SIZED(dcat_run_config),        .policy = config->policies[policy],
        .seed = config->seeds[0],           .cycle_first = config->cycle_first,
        .cycle_count = config->cycle_count,
    };
    dcat_run_result result;
    dcat_status status = dcat_run(world, demand, &run, NULL, totals, &result, err);
    for (size_t c = 0; status == DCAT_OK && c < config->cycle_count; c++) {
        series->profit[c] = dcat_totals_profit(&totals[c]);
        series->awarded[c] = (double)totals[c].awarded;
        series->arrived[c] = (double)totals[c].arrived;
    }
    return status;
}

// How far each cycle's awards are from the whole run's rate, in its unit: the mean is 0, and the
// interval is that of the ratio of sums.
static void put_rate(const cycle_series *series, size_t count, double *rate)
{
    double awarded = 0.0, arrived = 0.0;
    for (size_t c = 0; c < count; c++) {
        awarded += series->awarded[c];
        arrived += series->arrived[c];
    }
    double mean = arrived / (double)count;
    for (size_t c = 0; c < count; c++) {
        rate[c] = arrived > 0.0
                      ? (series->awarded[c] - awarded / arrived * series->arrived[c]) / mean
                      : 0.0;
    }
}

// Put a series less another one into room; then its half-width.
static double half_width(const double *series, const double *base, size_t count, size_t block,
                         double *room)
{
    for (size_t c = 0; c < count; c++) {
        room[c] = series[c] - base[c];
    }
    return block_bootstrap(room, count, block).ci95;
}

static bool series_allocate(cycle_series *series, size_t count)
{
    *series = (cycle_series){.profit = calloc(3 * count + 1, sizeof *series->profit)};
    if (series->profit == NULL) {
        return false;
    }
    series->awarded = series->profit + count;
    series->arrived = series->awarded + count;
    return true;
}

dcat_status dcat_compare_over_cycles(const dcat_demand *demand, const dcat_compare_config *config,
                                     size_t baseline, size_t block, dcat_compare_row *rows,
                                     dcat_error *err)
{
    size_t count = config->cycle_count;
    cycle_series base, own;
    bool room = series_allocate(&base, count);
    room = series_allocate(&own, count) && room;
    double *rates = calloc(3 * count + 1, sizeof *rates); // of base, of own, and room
    dcat_totals *totals = calloc(count + 1, sizeof *totals);
    const dcat_world *world = NULL;
    dcat_status status = room && rates != NULL && totals != NULL
                             ? config->source.open(config->source.user, 0, &world, err)
                             : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu cycles", count);
    bool opened = status == DCAT_OK;
    if (opened) {
        status = run_series(demand, world, config, baseline, totals, &base, err);
    }
    for (size_t p = 0; status == DCAT_OK && p < config->policy_count; p++) {
        double *rate = rates + count, *less = rates + 2 * count;
        status = run_series(demand, world, config, p, totals, &own, err);
        put_rate(&base, count, rates);
        put_rate(&own, count, rate);
        rows[p].profit.ci95 = block_bootstrap(own.profit, count, block).ci95;
        rows[p].offloading.ci95 = block_bootstrap(rate, count, block).ci95;
        rows[p].profit_gain.ci95 = rows[p].offloading_gain.ci95 = 0.0; // of the baseline
        if (p != baseline) {
            rows[p].profit_gain.ci95 = half_width(own.profit, base.profit, count, block, less);
            rows[p].offloading_gain.ci95 = half_width(rate, rates, count, block, less);
        }
    }
    if (opened && config->source.close != NULL) {
        config->source.close(config->source.user, 0);
    }
    free(base.profit);
    free(own.profit);
    free(rates);
    free(totals);
    return status;
}

size_t dcat_compare_block(uint32_t cycle_count, double day)
{
    if (day >= 1.0 && (double)cycle_count >= 5.0 * day && fabs(day - round(day)) < 1e-6) {
        return (size_t)round(day);
    }
    return (size_t)ceil(cbrt((double)cycle_count) - 1e-9);
}

// Choice: less than a thousandth of the mean, which tables show as little or nothing.
bool dcat_compare_is_one_sample(const dcat_compare_config *config, const dcat_compare_row *rows)
{
    bool one = true;
    for (size_t p = 0; p < config->policy_count; p++) {
        one = one && !(rows[p].profit.ci95 > 1e-3 * fabs(rows[p].profit.mean));
    }
    return one && config->world_count > 1;
}
