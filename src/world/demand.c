// SPDX-License-Identifier: Apache-2.0
#include "dcat/demand.h"

#include "base/arena.h"
#include "base/sized.h"
#include "dcat/model.h"
#include "world/demand.h"
#include "world/poisson.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dcat_demand {
    bool drawn;
    size_t area_count;
    size_t cycle_count;
    size_t slot_task_max;
    // Drawn: rates per slot, summed over areas so that one search finds a task's origin.
    dcat_demand_profile profile; // its weight pointer is not kept
    double *cumulative_rate;     // [T, A]
    // Given: sorted by arrival.
    dcat_task *tasks; // [task_count]
    size_t task_count;
    double slot_s;
    int slots_per_cycle;
    // Of any task: what a world with a bound on its reach must reckon with.
    double work_cycles_min, data_bits_min, deadline_s_max;
};

static void *block_create(size_t byte_count)
{
    return aligned_alloc(DCAT_ARENA_ALIGN, byte_count);
}

// --- drawn

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
    if (status != DCAT_OK) {
        return status;
    }
    arena measure = {0};
    arena_take(&measure, sizeof **demand);
    arena_take(&measure, sizeof(double) * profile->step_count * profile->area_count);
    arena place = {.base = block_create(measure.used)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a demand profile of %zu x %zu",
                         profile->step_count, profile->area_count);
    }
    dcat_demand *made = arena_take(&place, sizeof *made);
    *made = (dcat_demand){
        .drawn = true,
        .area_count = profile->area_count,
        .cycle_count = profile->step_count,
        .profile = *profile,
        .cumulative_rate = ARENA_ARRAY(&place, double, profile->step_count * profile->area_count),
        .work_cycles_min = profile->work_cycles.min,
        .data_bits_min = profile->data_bits.min,
        .deadline_s_max = profile->deadline_s.max,
    };
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

// The first area whose cumulative rate exceeds target; target is below the last one.
static int32_t find_area(const double *cumulative, size_t area_count, double target)
{
    size_t low = 0;
    size_t high = area_count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cumulative[middle] > target) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return (int32_t)low;
}

// What the draws of one task are for; each gives two uniforms.
enum { PART_AREA_WORK, PART_DEADLINE_DATA, PART_VALUE };

static dcat_task draw_task(const dcat_demand *demand, const double *cumulative, uint64_t seed,
                           uint32_t cycle, uint32_t slot, uint32_t index)
{
    const dcat_demand_profile *profile = &demand->profile;
    double total = cumulative[demand->area_count - 1];
    dcat_draw first = dcat_draw_at(seed, DCAT_STREAM_TASK, PART_AREA_WORK, cycle, slot, index);
    dcat_draw second = dcat_draw_at(seed, DCAT_STREAM_TASK, PART_DEADLINE_DATA, cycle, slot, index);
    dcat_task task = {
        .work_cycles = draw_in(profile->work_cycles, dcat_draw_uniform(&first, 1)),
        .data_bits = draw_in(profile->data_bits, dcat_draw_uniform(&second, 1)),
        .deadline_s = draw_in(profile->deadline_s, dcat_draw_uniform(&second, 0)),
        .value = INFINITY,
        .area = find_area(cumulative, demand->area_count, total * dcat_draw_uniform(&first, 0)),
    };
    if (isfinite(profile->value_per_gigacycle.max)) {
        dcat_draw third = dcat_draw_at(seed, DCAT_STREAM_TASK, PART_VALUE, cycle, slot, index);
        task.value = draw_in(profile->value_per_gigacycle, dcat_draw_uniform(&third, 0)) *
                     (task.work_cycles / DCAT_CYCLES_PER_GIGACYCLE);
    }
    return task;
}

static size_t draw_slot(const dcat_demand *demand, double now_s, uint64_t seed, uint32_t cycle,
                        uint32_t slot, int32_t first_id, dcat_task *tasks)
{
    const double *cumulative = &demand->cumulative_rate[cycle * demand->area_count];
    double rate = cumulative[demand->area_count - 1];
    size_t count =
        poisson_draw(rate, demand->slot_task_max, seed, DCAT_STREAM_COUNT, 0, cycle, slot);
    for (size_t n = 0; n < count; n++) {
        tasks[n] = draw_task(demand, cumulative, seed, cycle, slot, (uint32_t)n);
        tasks[n].arrival_s = now_s;
        tasks[n].id = first_id + (int32_t)n;
    }
    return count;
}

// --- given

// name is how messages call the task.
static dcat_status check_task(const dcat_task *task, const char *name, size_t area_count,
                              dcat_error *err)
{
    const struct {
        const char *name;
        double value;
        bool zero_allowed;
        bool infinity_allowed;
    } fields[] = {
        {"arrival_s", task->arrival_s, true, false}, {"work", task->work_cycles, false, false},
        {"data", task->data_bits, true, false},      {"deadline_s", task->deadline_s, false, false},
        {"value", task->value, true, true},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        double value = fields[i].value;
        bool ok = fields[i].zero_allowed ? value >= 0.0 : value > 0.0;
        if (!ok || (!fields[i].infinity_allowed && isinf(value))) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s: %s must be finite and %s 0, got %g", name,
                             fields[i].name, fields[i].zero_allowed ? ">=" : ">", value);
        }
    }
    if (task->area < 0 || (size_t)task->area >= area_count) {
        return dcat_fail(err, DCAT_ERR_REFERENCE, "%s: area %d does not exist, there are %zu", name,
                         task->area, area_count);
    }
    return DCAT_OK;
}

// "task 7", for messages.
typedef struct task_name {
    char text[32];
} task_name;

static task_name name_of(size_t index)
{
    task_name name;
    snprintf(name.text, sizeof name.text, "task %zu", index);
    return name;
}

static dcat_status check_in_world(const dcat_world *world, const dcat_task *task, const char *name,
                                  dcat_error *err)
{
    dcat_status status = check_task(task, name, dcat_world_area_count(world), err);
    if (status != DCAT_OK) {
        return status;
    }
    // A cycle is the least there is to do; and what is paid must be a number.
    if (!(task->work_cycles >= 1.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s: work must be at least one cycle, got %g", name,
                         task->work_cycles);
    }
    const dcat_market_config *market = &dcat_world_config_view(world)->market;
    double fee = dcat_fee(market->price_per_gigacycle, market->urgency_s, task->deadline_s,
                          task->work_cycles);
    if (!isnormal(fee)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "%s: work of %g cycles within deadline_s %g makes a fee of %g", name,
                         task->work_cycles, task->deadline_s, fee);
    }
    return DCAT_OK;
}

dcat_status dcat_task_check(const dcat_world *world, const dcat_task *task, dcat_error *err)
{
    return check_in_world(world, task, "task", err);
}

dcat_status tasks_check(const dcat_world *world, const dcat_task *tasks, size_t task_count,
                        dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < task_count; n++) {
        status = dcat_task_check(world, &tasks[n], NULL);
        if (status != DCAT_OK) { // name it only when it is wrong
            status = check_in_world(world, &tasks[n], name_of(n).text, err);
        }
    }
    return status;
}

static int by_arrival(const void *a, const void *b)
{
    const dcat_task *left = a;
    const dcat_task *right = b;
    if (left->arrival_s != right->arrival_s) {
        return left->arrival_s < right->arrival_s ? -1 : 1;
    }
    return left->id < right->id ? -1 : left->id > right->id;
}

// The slot, counted from cycle 0, at whose start a task is auctioned: the first that starts at or
// after its arrival. The quotient may round across a slot start (0.07 / 0.01 is a little above 7),
// so the starts themselves decide, computed as a run computes them.
static double slot_number(const dcat_demand *demand, const dcat_task *task)
{
    double number = ceil(task->arrival_s / demand->slot_s);
    if (number * demand->slot_s < task->arrival_s) {
        return number + 1.0;
    }
    return (number - 1.0) * demand->slot_s >= task->arrival_s ? number - 1.0 : number;
}

// Index of the first task of a slot or later.
static size_t first_task_from(const dcat_demand *demand, double slot)
{
    size_t low = 0;
    size_t high = demand->task_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slot_number(demand, &demand->tasks[middle]) < slot) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void measure_slots(dcat_demand *demand)
{
    size_t run = 0;
    for (size_t n = 0; n < demand->task_count; n++) {
        bool same = n > 0 && slot_number(demand, &demand->tasks[n]) ==
                                 slot_number(demand, &demand->tasks[n - 1]);
        run = same ? run + 1 : 1;
        demand->slot_task_max = run > demand->slot_task_max ? run : demand->slot_task_max;
    }
    double last = slot_number(demand, &demand->tasks[demand->task_count - 1]);
    demand->cycle_count = (size_t)floor(last / demand->slots_per_cycle) + 1;
}

#define SLOT_MAX 2147483647.0 // slots are counted in 31 bits

static dcat_status check_tasks(const dcat_task *tasks, size_t task_count, size_t area_count,
                               double slot_s, int slots_per_cycle, dcat_error *err)
{
    if (task_count == 0 || task_count > INT32_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there must be 1 to %d tasks, got %zu", INT32_MAX,
                         task_count);
    }
    if (!(slot_s > 0.0 && isfinite(slot_s)) || slots_per_cycle < 1) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "time.slot_s must be > 0 and time.slots_per_cycle >= 1, "
                         "got %g and %d",
                         slot_s, slots_per_cycle);
    }
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < task_count; n++) {
        status = check_task(&tasks[n], name_of(n).text, area_count, err);
        if (status == DCAT_OK && tasks[n].arrival_s / slot_s > SLOT_MAX) {
            status = dcat_fail(err, DCAT_ERR_RANGE,
                               "task %zu: arrival_s is slot %g; at most %g slots are supported, "
                               "choose a longer time.slot_s",
                               n, tasks[n].arrival_s / slot_s, SLOT_MAX);
        }
    }
    return status;
}

dcat_status dcat_demand_create_tasks(const dcat_task *tasks, size_t task_count, size_t area_count,
                                     double slot_s, int slots_per_cycle, dcat_demand **demand,
                                     dcat_error *err)
{
    dcat_status status = check_tasks(tasks, task_count, area_count, slot_s, slots_per_cycle, err);
    if (status != DCAT_OK) {
        return status;
    }
    arena measure = {0};
    arena_take(&measure, sizeof **demand);
    arena_take(&measure, sizeof *tasks * task_count);
    arena place = {.base = block_create(measure.used)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", task_count);
    }
    dcat_demand *made = arena_take(&place, sizeof *made);
    *made = (dcat_demand){
        .drawn = false,
        .area_count = area_count,
        .tasks = ARENA_ARRAY(&place, dcat_task, task_count),
        .task_count = task_count,
        .slot_s = slot_s,
        .slots_per_cycle = slots_per_cycle,
        .work_cycles_min = INFINITY,
        .data_bits_min = INFINITY,
    };
    for (size_t n = 0; n < task_count; n++) {
        made->tasks[n] = tasks[n];
        made->tasks[n].id = (int32_t)n;
        made->work_cycles_min = fmin(made->work_cycles_min, tasks[n].work_cycles);
        made->data_bits_min = fmin(made->data_bits_min, tasks[n].data_bits);
        made->deadline_s_max = fmax(made->deadline_s_max, tasks[n].deadline_s);
    }
    qsort(made->tasks, task_count, sizeof *tasks, by_arrival);
    measure_slots(made);
    *demand = made;
    return DCAT_OK;
}

static size_t given_slot(const dcat_demand *demand, uint32_t cycle, uint32_t slot, dcat_task *tasks)
{
    double number = (double)cycle * demand->slots_per_cycle + slot;
    size_t first = first_task_from(demand, number);
    size_t end = first_task_from(demand, number + 1.0);
    if (end > first) {
        memcpy(tasks, &demand->tasks[first], sizeof *tasks * (end - first));
    }
    return end - first;
}

// --- both

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
    if (count == 0 || first >= available || count > available - first) {
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
        return given_slot(demand, cycle, slot, tasks);
    }
    double now_s = dcat_world_slot_start_s(world, cycle, slot);
    return draw_slot(demand, now_s, seed, cycle, slot, first_id, tasks);
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

void dcat_demand_long_run(const dcat_demand *demand, dcat_observation *observation)
{
    observation_clear(observation);
    if (!demand->drawn) {
        return;
    }
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
        observation->work_cycles[a] = middle(profile->work_cycles);
        observation->data_bits[a] = middle(profile->data_bits);
        observation->deadline_s[a] = middle(profile->deadline_s);
        set(observation->work_sd, a, spread(profile->work_cycles));
        set(observation->data_sd, a, spread(profile->data_bits));
        set(observation->deadline_sd, a, spread(profile->deadline_s));
    }
}
