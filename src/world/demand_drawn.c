// SPDX-License-Identifier: Apache-2.0
// Demand drawn from a profile of rates: Poisson arrivals, uniform tasks.

#include "base/arena.h"
#include "base/draws.h"
#include "base/sized.h"
#include "dcat/x/model.h"
#include "world/demand_kinds.h"
#include "world/poisson.h"

#include <math.h>
#include <stdlib.h>

static bool range_ok(dcat_range range, double low, bool low_allowed)
{
    return (low_allowed ? range.min >= low : range.min > low) && range.min <= range.max &&
           isfinite(range.max);
}

#define ARRIVALS_MAX 1e9 // per slot; tasks of a slot are counted in 31 bits

static dcat_status check_profile(const dcat_demand_profile *profile, dcat_error *err)
{
    if (!(profile->arrivals_per_slot > 0.0 && profile->arrivals_per_slot <= ARRIVALS_MAX)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "demand.arrivals_per_slot must be in (0, %g], got %g",
                         ARRIVALS_MAX, profile->arrivals_per_slot);
    }
    if (profile->step_count == 0 || profile->area_count == 0 || profile->step_count > UINT32_MAX ||
        profile->area_count > INT32_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "a demand profile needs at least one step and one area, got %zu x %zu",
                         profile->step_count, profile->area_count);
    }
    if (profile->area_count > SIZE_MAX / sizeof(double) / 4 / profile->step_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a demand profile of %zu x %zu is too large",
                         profile->step_count, profile->area_count);
    }
    if (profile->train_step_count == 0 || profile->train_step_count > profile->step_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "training steps must be in [1, %zu], got %zu",
                         profile->step_count, profile->train_step_count);
    }
    const struct {
        const char *name;
        dcat_range range;
        bool zero_allowed;
    } ranges[] = {
        {"demand.work_gigacycles", profile->work_cycles, false},
        {"demand.data_mb", profile->data_bits, true},
        {"demand.deadline_s", profile->deadline_s, false},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (!range_ok(ranges[i].range, 0.0, ranges[i].zero_allowed)) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s must be a range of numbers %s 0, got [%g, %g]", ranges[i].name,
                             ranges[i].zero_allowed ? ">=" : ">", ranges[i].range.min,
                             ranges[i].range.max);
        }
    }
    dcat_range value = profile->value_per_gigacycle;
    if (!(value.min >= 0.0 && value.min <= value.max) || isinf(value.min) != isinf(value.max)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "demand.value_per_gigacycle must be a range of numbers >= 0, got [%g, %g]",
                         value.min, value.max);
    }
    return DCAT_OK;
}

// Arrivals per slot for a weight of 1.
static double rate_scale(const dcat_demand_profile *profile, double sum)
{
    return profile->arrivals_per_slot / (sum / (double)profile->step_count);
}

// The sum of all weights; each must be finite and >= 0 and the sum > 0.
static dcat_status sum_weights(const dcat_demand_profile *profile, double *sum, dcat_error *err)
{
    double total = 0.0;
    size_t count = profile->step_count * profile->area_count;
    for (size_t i = 0; i < count; i++) {
        if (!(profile->weight[i] >= 0.0 && isfinite(profile->weight[i]))) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "demand of area %zu in step %zu must be >= 0, got %g",
                             i % profile->area_count, i / profile->area_count, profile->weight[i]);
        }
        total += profile->weight[i];
    }
    if (!(total > 0.0 && isfinite(total))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the demand profile sums to %g; it must be > 0",
                         total);
    }
    if (!isfinite(rate_scale(profile, total))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the demand profile sums to %g, too little to scale",
                         total);
    }
    *sum = total;
    return DCAT_OK;
}

#define CLASS_COUNT_MAX 65536 // keeps nonsense out; a world says how many it has

static size_t class_count_of(const dcat_demand_profile *profile)
{
    return profile->class_weight == NULL ? 1 : profile->class_count;
}

static dcat_status check_classes(const dcat_demand_profile *profile, dcat_error *err)
{
    size_t Q = class_count_of(profile);
    if (Q < 1 || Q > CLASS_COUNT_MAX || profile->area_count > SIZE_MAX / sizeof(double) / 4 / Q) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there must be 1 to %d classes, got %zu",
                         CLASS_COUNT_MAX, Q);
    }
    for (size_t a = 0; profile->class_weight != NULL && a < profile->area_count; a++) {
        double sum = 0.0;
        for (size_t q = 0; q < Q; q++) {
            double weight = profile->class_weight[a * Q + q];
            if (!(weight >= 0.0)) {
                return dcat_fail(err, DCAT_ERR_RANGE,
                                 "the weight of class %zu in area %zu must be >= 0, got %g", q, a,
                                 weight);
            }
            sum += weight;
        }
        if (!(sum > 0.0 && isfinite(sum))) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "the weights of classes in area %zu sum to %g; it must be > 0", a,
                             sum);
        }
    }
    return DCAT_OK;
}

static void fill_classes(dcat_demand *demand, const dcat_demand_profile *profile)
{
    size_t Q = class_count_of(profile);
    demand->class_id_max = (int32_t)Q - 1;
    for (size_t a = 0; Q > 1 && a < profile->area_count; a++) {
        double cumulative = 0.0;
        for (size_t q = 0; q < Q; q++) {
            cumulative += profile->class_weight[a * Q + q];
            demand->cumulative_class[a * Q + q] = cumulative;
        }
    }
}

// Rates of every step, cumulated over areas; returns the largest total rate of a step.
static double fill_rates(dcat_demand *demand, const dcat_demand_profile *profile, double sum)
{
    size_t A = profile->area_count;
    double scale = rate_scale(profile, sum);
    double rate_max = 0.0;
    for (size_t t = 0; t < profile->step_count; t++) {
        double cumulative = 0.0;
        for (size_t a = 0; a < A; a++) {
            cumulative += scale * profile->weight[t * A + a];
            demand->cumulative_rate[t * A + a] = cumulative;
        }
        rate_max = cumulative > rate_max ? cumulative : rate_max;
    }
    return rate_max;
}

dcat_status dcat_demand_create_profile(const dcat_demand_profile *profile, dcat_demand **demand,
                                       dcat_error *err)
{
    double sum = 0.0;
    dcat_status status = SIZED_CHECK(dcat_demand_profile, profile, err);
    if (status == DCAT_OK) {
        status = check_profile(profile, err);
    }
    if (status == DCAT_OK) {
        status = sum_weights(profile, &sum, err);
    }
    if (status == DCAT_OK) {
        status = check_classes(profile, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    size_t Q = class_count_of(profile);
    size_t class_cell_count = Q > 1 ? profile->area_count * Q : 0;
    arena measure = {0};
    arena_take(&measure, sizeof **demand);
    arena_take(&measure, sizeof(double) * profile->step_count * profile->area_count);
    arena_take(&measure, sizeof(double) * class_cell_count);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a demand profile of %zu x %zu",
                         profile->step_count, profile->area_count);
    }
    dcat_demand *made = arena_take(&place, sizeof *made);
    *made = (dcat_demand){
        .drawn = true,
        .cycles_per_day = 24,
        .area_count = profile->area_count,
        .cycle_count = profile->step_count,
        .profile = *profile,
        .cumulative_rate = ARENA_ARRAY(&place, double, profile->step_count * profile->area_count),
        .cumulative_class = ARENA_ARRAY(&place, double, class_cell_count),
        .work_cycles_min = profile->work_cycles.min,
        .data_bits_min = profile->data_bits.min,
        .deadline_s_max = profile->deadline_s.max,
    };
    fill_classes(made, profile);
    double rate_max = fill_rates(made, profile, sum);
    if (!(rate_max <= ARRIVALS_MAX)) {
        free(place.base);
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the busiest step has %g arrivals per slot; at most %g are supported",
                         rate_max, ARRIVALS_MAX);
    }
    made->slot_task_max = poisson_bound(rate_max);
    *demand = made;
    return DCAT_OK;
}

static double draw_in(dcat_range range, double uniform)
{
    return range.min + (range.max - range.min) * uniform;
}

// The first of count cumulative numbers that exceeds target, which is below the last one. Nobody
// can foresee which half has it, so nothing branches on that.
static int32_t find_first(const double *cumulative, size_t count, double target)
{
    size_t first = 0;
    for (size_t left = count; left > 1;) {
        size_t half = left / 2;
        first += cumulative[first + half - 1] <= target ? half : 0;
        left -= half;
    }
    return (int32_t)first;
}

// What the draws of one task are for; each gives two uniforms.
enum { PART_AREA_WORK, PART_DEADLINE_DATA, PART_VALUE };

static dcat_task draw_task(const dcat_demand *demand, const double *cumulative,
                           const dcat_draw *first, const dcat_draw *second, uint64_t seed,
                           uint32_t cycle, uint32_t slot, uint32_t index)
{
    const dcat_demand_profile *profile = &demand->profile;
    double total = cumulative[demand->area_count - 1];
    dcat_task task = {
        .work_cycles = draw_in(profile->work_cycles, dcat_draw_uniform(first, 1)),
        .data_bits = draw_in(profile->data_bits, dcat_draw_uniform(second, 1)),
        .deadline_s = draw_in(profile->deadline_s, dcat_draw_uniform(second, 0)),
        .value = INFINITY,
        .area = find_first(cumulative, demand->area_count, total * dcat_draw_uniform(first, 0)),
    };
    if (isfinite(profile->value_per_gigacycle.max)) {
        dcat_draw third = dcat_draw_at(seed, DCAT_STREAM_TASK, PART_VALUE, cycle, slot, index);
        task.value = draw_in(profile->value_per_gigacycle, dcat_draw_uniform(&third, 0)) *
                     (task.work_cycles / DCAT_CYCLES_PER_GIGACYCLE);
    }
    return task;
}

static int32_t draw_class(const dcat_demand *demand, int32_t area, uint64_t seed, uint32_t cycle,
                          uint32_t slot, uint32_t index)
{
    size_t Q = (size_t)demand->class_id_max + 1;
    const double *cumulative = &demand->cumulative_class[(size_t)area * Q];
    dcat_draw draw = dcat_draw_at(seed, DCAT_STREAM_CLASS, 0, cycle, slot, index);
    return find_first(cumulative, Q, cumulative[Q - 1] * dcat_draw_uniform(&draw, 0));
}

size_t demand_draw_slot(const dcat_demand *demand, double now_s, uint64_t seed, uint32_t cycle,
                        uint32_t slot, int32_t first_id, dcat_task *tasks)
{
    const double *cumulative = &demand->cumulative_rate[cycle * demand->area_count];
    double rate = cumulative[demand->area_count - 1];
    size_t count =
        poisson_draw(rate, demand->slot_task_max, seed, DCAT_STREAM_COUNT, 0, cycle, slot);
    dcat_draw first[DRAW_ROW], second[DRAW_ROW];
    for (size_t n = 0; n < count; n++) {
        size_t place = n % DRAW_ROW;
        if (place == 0) {
            draw_many(seed, DCAT_STREAM_TASK, PART_AREA_WORK, cycle, slot, (uint32_t)n, DRAW_ROW,
                      first);
            draw_many(seed, DCAT_STREAM_TASK, PART_DEADLINE_DATA, cycle, slot, (uint32_t)n,
                      DRAW_ROW, second);
        }
        tasks[n] = draw_task(demand, cumulative, &first[place], &second[place], seed, cycle, slot,
                             (uint32_t)n);
        tasks[n].arrival_s = now_s;
        tasks[n].id = first_id + (int32_t)n;
        if (demand->class_id_max > 0) {
            tasks[n].class_id = draw_class(demand, tasks[n].area, seed, cycle, slot, (uint32_t)n);
        }
    }
    return count;
}
