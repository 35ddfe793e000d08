// SPDX-License-Identifier: Apache-2.0
// Demand given as a list of tasks, auctioned in the slots after their arrivals; checking a task.

#include "base/arena.h"
#include "dcat/x/model.h"
#include "world/demand.h"
#include "world/demand_kinds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// name is how messages call the task.
static dcat_status check_task(const dcat_task *task, const char *name, size_t area_count,
                              int32_t class_count, dcat_error *err)
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
    if (task->class_id < 0 || task->class_id >= class_count) {
        return dcat_fail(err, DCAT_ERR_REFERENCE, "%s: class %d does not exist, there %s %d", name,
                         task->class_id, class_count == 1 ? "is" : "are", class_count);
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
    dcat_status status = check_task(task, name, dcat_world_area_count(world),
                                    (int32_t)dcat_world_class_count(world), err);
    if (status != DCAT_OK) {
        return status;
    }
    // A cycle is the least there is to do; and what is paid must be a number.
    if (!(task->work_cycles >= 1.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s: work must be at least one cycle, got %g", name,
                         task->work_cycles);
    }
    double fee = dcat_task_fee(world, task);
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
        status = check_task(&tasks[n], name_of(n).text, area_count, INT32_MAX, err);
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
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", task_count);
    }
    dcat_demand *made = arena_take(&place, sizeof *made);
    *made = (dcat_demand){
        .drawn = false,
        .cycles_per_day = 24,
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
        made->class_id_max =
            tasks[n].class_id > made->class_id_max ? tasks[n].class_id : made->class_id_max;
    }
    qsort(made->tasks, task_count, sizeof *tasks, by_arrival);
    measure_slots(made);
    *demand = made;
    return DCAT_OK;
}

size_t demand_given_slot(const dcat_demand *demand, uint32_t cycle, uint32_t slot, dcat_task *tasks)
{
    double number = (double)cycle * demand->slots_per_cycle + slot;
    size_t first = first_task_from(demand, number);
    size_t end = first_task_from(demand, number + 1.0);
    if (end > first) {
        memcpy(tasks, &demand->tasks[first], sizeof *tasks * (end - first));
    }
    return end - first;
}

void demand_given_used(const dcat_demand *demand, uint32_t *first, size_t *count)
{
    double last = -1.0;
    *count = 0;
    for (size_t n = 0; n < demand->task_count; n++) {
        double cycle = floor(slot_number(demand, &demand->tasks[n]) / demand->slots_per_cycle);
        *first = n == 0 ? (uint32_t)cycle : *first;
        *count += cycle != last;
        last = cycle;
    }
}

// The cycle of a task.
static double cycle_number(const dcat_demand *demand, const dcat_task *task)
{
    return floor(slot_number(demand, task) / demand->slots_per_cycle);
}

void demand_given_count(const dcat_demand *demand, uint32_t cycle, double *arrivals)
{
    double slots = demand->slots_per_cycle, first = (double)cycle * slots;
    size_t end = first_task_from(demand, first + slots);
    for (size_t n = first_task_from(demand, first); n < end; n++) {
        arrivals[demand->tasks[n].area] += 1.0;
    }
}

void demand_given_seen(const dcat_demand *demand, uint32_t cycle, dcat_observation *observation)
{
    size_t before = first_task_from(demand, (double)cycle * demand->slots_per_cycle);
    double number = cycle_number(demand, &demand->tasks[before > 0 ? before - 1 : 0]);
    size_t first = first_task_from(demand, number * demand->slots_per_cycle);
    size_t end = first_task_from(demand, (number + 1.0) * demand->slots_per_cycle);
    observation_add(observation, &demand->tasks[first], end - first);
    observation_finish(observation, demand->slots_per_cycle);
}
