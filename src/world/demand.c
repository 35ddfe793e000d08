// SPDX-License-Identifier: Apache-2.0
// What both kinds of demand share: questions, the fit to a world, what is seen in the long run.

#include "world/demand.h"

#include "world/demand_kinds.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define FORECAST_DAYS 14       // whose hour is what is usual
#define FORECAST_LEVEL_MAX 4.0 // of what is usual

void dcat_demand_destroy(dcat_demand *demand)
{
    free(demand);
}

size_t dcat_demand_area_count(const dcat_demand *demand)
{
    return demand->area_count;
}

size_t dcat_demand_cycle_count(const dcat_demand *demand)
{
    return demand->cycle_count;
}

size_t dcat_demand_slot_task_max(const dcat_demand *demand)
{
    return demand->slot_task_max;
}

void dcat_demand_used_cycles(const dcat_demand *demand, uint32_t *first, size_t *count)
{
    *first = 0;
    *count = demand->cycle_count;
    if (!demand->drawn) {
        demand_given_used(demand, first, count);
    }
}

bool dcat_demand_is_drawn(const dcat_demand *demand)
{
    return demand->drawn;
}

// A world leaves out what tasks within its bounds cannot use; it must not see others.
static dcat_status check_reach(const dcat_demand *demand, const dcat_network_config *network,
                               dcat_error *err)
{
    if (network->reach_s == 0.0) {
        return DCAT_OK;
    }
    if (demand->deadline_s_max > network->reach_s) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "deadlines are up to %g s; the world was made for at most %g s",
                         demand->deadline_s_max, network->reach_s);
    }
    if (demand->data_bits_min < network->reach_bits ||
        demand->work_cycles_min < network->reach_work_cycles) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "tasks have data from %g Mb and work from %g giga-cycles; the world was "
                         "made for at least %g Mb and %g giga-cycles",
                         demand->data_bits_min * 1e-6, demand->work_cycles_min * 1e-9,
                         network->reach_bits * 1e-6, network->reach_work_cycles * 1e-9);
    }
    return DCAT_OK;
}

dcat_status demand_check_world(const dcat_demand *demand, const dcat_world *world, dcat_error *err)
{
    if (demand->area_count != dcat_world_area_count(world)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the demand has %zu areas, the world %zu",
                         demand->area_count, dcat_world_area_count(world));
    }
    size_t class_count = dcat_world_class_count(world);
    if ((size_t)demand->class_id_max >= class_count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the demand has tasks of class %d, the world %zu class%s",
                         demand->class_id_max, class_count, class_count == 1 ? "" : "es");
    }
    const dcat_world_config *config = dcat_world_config_view(world);
    if (!demand->drawn &&
        (demand->slot_s != config->slot_s || demand->slots_per_cycle != config->slots_per_cycle)) {
        return dcat_fail(
            err, DCAT_ERR_RANGE,
            "the tasks were sorted into slots of %g s, %d a cycle; the world has slots "
            "of %g s, %d a cycle",
            demand->slot_s, demand->slots_per_cycle, config->slot_s, config->slots_per_cycle);
    }
    return check_reach(demand, &config->network, err);
}

dcat_status demand_check_cycles(const dcat_demand *demand, uint32_t first, uint32_t count,
                                dcat_error *err)
{
    size_t available = dcat_demand_cycle_count(demand);
    if (count == 0) {
        return dcat_fail(
            err, DCAT_ERR_RANGE,
            "0 cycles were asked for, one is the least; the demand has cycles 0 to %zu",
            available - 1);
    }
    if (first >= available || count > available - first) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "cycles %u to %llu were asked for; the demand has cycles 0 to %zu", first,
                         (unsigned long long)first + count - 1, available - 1);
    }
    return DCAT_OK;
}

dcat_status dcat_demand_check(const dcat_demand *demand, const dcat_world *world,
                              uint32_t cycle_first, uint32_t cycle_count, dcat_error *err)
{
    dcat_status status = demand_check_world(demand, world, err);
    return status == DCAT_OK ? demand_check_cycles(demand, cycle_first, cycle_count, err) : status;
}

size_t dcat_demand_slot(const dcat_demand *demand, const dcat_world *world, uint64_t seed,
                        uint32_t cycle, uint32_t slot, int32_t first_id, dcat_task *tasks)
{
    assert(cycle < demand->cycle_count);
    if (!demand->drawn) {
        return demand_given_slot(demand, cycle, slot, tasks);
    }
    double now_s = dcat_world_slot_start_s(world, cycle, slot);
    return demand_draw_slot(demand, now_s, seed, cycle, slot, first_id, tasks);
}

static double middle(dcat_range range)
{
    return 0.5 * (range.min + range.max);
}

// Standard deviation of a uniform variable.
static double spread(dcat_range range)
{
    return (range.max - range.min) / sqrt(12.0);
}

static void set(double *array, size_t index, double value)
{
    if (array != NULL) {
        array[index] = value;
    }
}

static void see_sizes(const dcat_demand_profile *profile, size_t row, dcat_observation *observation)
{
    observation->work_cycles[row] = middle(profile->work_cycles);
    observation->data_bits[row] = middle(profile->data_bits);
    observation->deadline_s[row] = middle(profile->deadline_s);
    set(observation->work_sd, row, spread(profile->work_cycles));
    set(observation->data_sd, row, spread(profile->data_bits));
    set(observation->deadline_sd, row, spread(profile->deadline_s));
}

// Arrivals of an area by the weights of its classes.
static void see_classes_of(const dcat_demand *demand, size_t area, double arrivals,
                           dcat_observation *observation)
{
    dcat_observation *rows = observation->by_class;
    size_t drawn_count = (size_t)demand->class_id_max + 1;
    const double *cumulative = &demand->cumulative_class[area * drawn_count]; // of several
    for (size_t q = 0; q < drawn_count; q++) {
        double share = drawn_count == 1 ? 1.0
                                        : (cumulative[q] - (q > 0 ? cumulative[q - 1] : 0.0)) /
                                              cumulative[drawn_count - 1];
        size_t row = area * observation->class_count + q;
        rows->arrivals_per_slot[row] = arrivals * share;
        see_sizes(&demand->profile, row, rows);
    }
}

static void see_long_run(const dcat_demand *demand, dcat_observation *observation)
{
    const dcat_demand_profile *profile = &demand->profile;
    size_t A = demand->area_count;
    for (size_t t = 0; t < profile->train_step_count; t++) {
        const double *row = &demand->cumulative_rate[t * A];
        for (size_t a = 0; a < A; a++) {
            observation->arrivals_per_slot[a] += a == 0 ? row[0] : row[a] - row[a - 1];
        }
    }
    for (size_t a = 0; a < A; a++) {
        observation->arrivals_per_slot[a] /= (double)profile->train_step_count;
        see_sizes(profile, a, observation);
    }
    for (size_t a = 0; observation->by_class != NULL && a < A; a++) {
        see_classes_of(demand, a, observation->arrivals_per_slot[a], observation);
    }
}

void demand_seen_before(const dcat_demand *demand, uint32_t cycle, dcat_observation *observation)
{
    observation_clear(observation);
    if (demand->drawn) {
        see_long_run(demand, observation);
    } else {
        demand_given_seen(demand, cycle, observation);
    }
}

// --- what may be expected

void dcat_demand_set_day(dcat_demand *demand, size_t cycles_per_day)
{
    assert(cycles_per_day >= 1);
    demand->cycles_per_day = cycles_per_day;
}

// Mean arrivals a slot in this cycle's hour of the days before it, from that many days on; into
// mean [A].
static void mean_of_hour(const dcat_demand *demand, uint32_t cycle, size_t days, double slots,
                         double *mean)
{
    size_t A = demand->area_count;
    for (size_t a = 0; a < A; a++) {
        mean[a] = 0.0;
    }
    for (size_t d = 1; d <= days; d++) {
        size_t earlier = cycle - d * demand->cycles_per_day;
        if (!demand->drawn) {
            demand_given_count(demand, (uint32_t)earlier, mean);
            continue;
        }
        const double *row = &demand->cumulative_rate[earlier * A];
        for (size_t a = 0; a < A; a++) {
            mean[a] += a == 0 ? row[0] : row[a] - row[a - 1];
        }
    }
    double per = 1.0 / ((double)days * (demand->drawn ? 1.0 : slots));
    for (size_t a = 0; a < A; a++) {
        mean[a] *= per;
    }
}

// What an area's hour usually brings, times how the last one compared with its own. A deviation
// that chance alone explains is as good as none: it counts by its square against the variance.
static double expect(double seen, double usual_before, double usual, double slots)
{
    if (!(usual_before > 0.0)) {
        return fmax(seen, usual);
    }
    double deviation = seen - usual_before, chance = usual_before / slots;
    double kept = deviation * deviation / (deviation * deviation + chance);
    double level = 1.0 + kept * (seen / usual_before - 1.0);
    return usual * fmin(level, FORECAST_LEVEL_MAX);
}

// Where nothing was seen the sizes are those of all tasks, as far as they are known.
static void see_unseen(const dcat_demand *demand, size_t area, dcat_observation *forecast)
{
    dcat_observation *rows = forecast->by_class;
    see_sizes(&demand->profile, area, forecast);
    if (rows != NULL) {
        see_classes_of(demand, area, forecast->arrivals_per_slot[area], forecast);
    }
}

bool dcat_demand_forecast(const dcat_demand *demand, const dcat_world *world, uint32_t cycle,
                          const dcat_observation *seen, double *scratch, dcat_observation *forecast)
{
    size_t A = demand->area_count, day = demand->cycles_per_day;
    double slots = dcat_world_config_view(world)->slots_per_cycle;
    size_t days = cycle > 0 ? (cycle - 1) / day : 0;
    days = days < FORECAST_DAYS ? days : FORECAST_DAYS;
    observation_copy(forecast, seen);
    if (days == 0) {
        return false;
    }
    double *usual_before = scratch, *usual = &scratch[A];
    mean_of_hour(demand, cycle - 1, days, slots, usual_before);
    mean_of_hour(demand, cycle, days, slots, usual);
    for (size_t a = 0; a < A; a++) {
        double before = seen->arrivals_per_slot[a];
        double expected = expect(before, usual_before[a], usual[a], slots);
        if (!(before > 0.0) && !demand->drawn) {
            continue; // of given tasks nobody knows what those of a silent area will be like
        }
        forecast->arrivals_per_slot[a] = expected;
        if (!(before > 0.0)) {
            see_unseen(demand, a, forecast);
            continue;
        }
        for (size_t q = 0; forecast->by_class != NULL && q < forecast->class_count; q++) {
            forecast->by_class->arrivals_per_slot[a * forecast->class_count + q] *=
                expected / before;
        }
    }
    return true;
}

void dcat_demand_long_run(const dcat_demand *demand, dcat_observation *observation)
{
    demand_seen_before(demand, 0, observation);
}
