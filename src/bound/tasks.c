// SPDX-License-Identifier: Apache-2.0
#include "bound/tasks.h"

#include "dcat/model.h"
#include <math.h>
#include <stdlib.h>

// The market adds up delays in another order than we do; a task that just makes it there must not
// be late here.
#define ROUNDING_S 1e-9

typedef struct collecting {
    const dcat_world *world;
    double origin_s; // the span's start
    bound_tasks *tasks;
    size_t room;
    double *area_bits; // [A] data size first seen; NAN: none yet
} collecting;

static bool add_task(collecting *c, const dcat_task *task, double now_s, uint32_t cycle)
{
    const dcat_market_config *market = &dcat_world_config_view(c->world)->market;
    bound_tasks *tasks = c->tasks;
    double fee = dcat_fee(market->price_per_gigacycle, market->urgency_s, task->deadline_s,
                          task->work_cycles);
    if (!(dcat_user_utility(task->value, fee) >= 0.0)) {
        return true;
    }
    if (tasks->count == c->room) {
        size_t room = 2 * c->room + 1024;
        bound_task *grown = realloc(tasks->task, sizeof *grown * room);
        if (grown == NULL) {
            return false;
        }
        tasks->task = grown;
        c->room = room;
    }
    double budget_s = task->deadline_s - dcat_waiting_delay_s(now_s, task->arrival_s) + ROUNDING_S;
    tasks->task[tasks->count++] = (bound_task){
        .start_s = now_s - c->origin_s,
        .budget_s = budget_s,
        .work_cycles = task->work_cycles,
        .unit_fee = fee / task->work_cycles,
        .data_bits = task->data_bits,
        .area = task->area,
        .cycle = cycle,
    };
    tasks->budget_s_max = fmax(tasks->budget_s_max, budget_s);
    double *bits = &c->area_bits[task->area];
    *bits = isnan(*bits) ? task->data_bits : *bits;
    tasks->one_size[task->area] = tasks->one_size[task->area] && *bits == task->data_bits;
    return true;
}

static bool collect(collecting *c, const dcat_demand *demand, uint64_t seed, uint32_t cycle_first,
                    dcat_task *slot_tasks)
{
    const dcat_world_config *config = dcat_world_config_view(c->world);
    bound_tasks *tasks = c->tasks;
    for (uint32_t done = 0; done < tasks->cycle_count; done++) {
        uint32_t cycle = cycle_first + done;
        tasks->cycle_first[done] = tasks->count;
        for (uint32_t slot = 0; slot < (uint32_t)config->slots_per_cycle; slot++) {
            double now_s = ((double)cycle * config->slots_per_cycle + slot) * config->slot_s;
            size_t count = dcat_demand_slot(demand, c->world, seed, cycle, slot, 0, slot_tasks);
            for (size_t n = 0; n < count; n++) {
                if (!add_task(c, &slot_tasks[n], now_s, done)) {
                    return false;
                }
            }
        }
    }
    tasks->cycle_first[tasks->cycle_count] = tasks->count;
    return true;
}

dcat_status bound_tasks_create(const dcat_world *world, const dcat_demand *demand, uint64_t seed,
                               uint32_t cycle_first, uint32_t cycle_count, bound_tasks *tasks,
                               dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(world);
    size_t area_count = dcat_world_area_count(world);
    double cycle_s = config->slots_per_cycle * config->slot_s;
    *tasks = (bound_tasks){
        .cycle_count = cycle_count,
        .duration_s = cycle_count * cycle_s,
        .cycle_first = calloc((size_t)cycle_count + 1, sizeof *tasks->cycle_first),
        .one_size = malloc(sizeof *tasks->one_size * (area_count + 1)),
    };
    dcat_task *slot_tasks = calloc(dcat_demand_slot_task_max(demand) + 1, sizeof *slot_tasks);
    collecting c = {.world = world,
                    .origin_s = (double)cycle_first * config->slots_per_cycle * config->slot_s,
                    .tasks = tasks,
                    .area_bits = malloc(sizeof *c.area_bits * (area_count + 1))};
    bool ok = tasks->cycle_first != NULL && tasks->one_size != NULL && slot_tasks != NULL &&
              c.area_bits != NULL;
    for (size_t a = 0; ok && a < area_count; a++) {
        c.area_bits[a] = NAN;
        tasks->one_size[a] = true;
    }
    ok = ok && collect(&c, demand, seed, cycle_first, slot_tasks);
    free(slot_tasks);
    free(c.area_bits);
    if (!ok) {
        bound_tasks_destroy(tasks);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the tasks of %u cycles", cycle_count);
    }
    return DCAT_OK;
}

void bound_tasks_destroy(bound_tasks *tasks)
{
    free(tasks->task);
    free(tasks->cycle_first);
    free(tasks->one_size);
    *tasks = (bound_tasks){0};
}
