// SPDX-License-Identifier: Apache-2.0
#include "bound/tasks.h"

#include "dcat/env.h"
#include "dcat/x/model.h"
#include <math.h>
#include <stdlib.h>

// The market adds up delays in another order than we do; a task that just makes it there must not
// be late here.
#define ROUNDING_S 1e-9

typedef struct collecting {
    const dcat_world *world;
    uint32_t cycle_first;
    double origin_s; // the span's start
    bound_tasks *tasks;
    size_t room;
} collecting;

static bool add_task(collecting *c, const dcat_task *task, double now_s, uint32_t cycle)
{
    bound_tasks *tasks = c->tasks;
    double fee = dcat_task_fee(c->world, task);
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
    bound_task *added = &tasks->task[tasks->count++];
    *added = (bound_task){
        .start_s = now_s - c->origin_s,
        .budget_s = budget_s,
        .work_cycles = task->work_cycles,
        .unit_fee = fee / task->work_cycles,
        .data_bits = task->data_bits,
        .area = task->area,
        .class_id = task->class_id,
        .cycle = cycle,
    };
    tasks->budget_s_max = fmax(tasks->budget_s_max, budget_s);
    size_t row = bound_row_of(tasks, added);
    double *bits = &tasks->row_bits[row];
    *bits = isnan(*bits) ? task->data_bits : *bits;
    tasks->one_size[row] = tasks->one_size[row] && *bits == task->data_bits;
    return true;
}

static bool add_slot(void *user, const dcat_slot_record *slot)
{
    collecting *c = user;
    uint32_t done = slot->cycle - c->cycle_first;
    if (slot->slot == 0) {
        c->tasks->cycle_first[done] = c->tasks->count;
    }
    for (size_t n = 0; n < slot->task_count; n++) {
        if (!add_task(c, &slot->tasks[n], slot->now_s, done)) {
            return false;
        }
    }
    return true;
}

// false when there is no memory.
static bool collect(collecting *c, const dcat_demand *demand, uint64_t seed)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = c->world;
    config.demand = demand;
    config.seed = seed;
    config.cycle = c->cycle_first;
    dcat_env *env = NULL;
    if (dcat_env_create(&config, &env, NULL) != DCAT_OK) {
        return false;
    }
    const dcat_env_hooks hooks = {.user = c, .after_slot = add_slot};
    dcat_env_set_hooks(env, &hooks);
    dcat_totals totals = {0};
    for (uint32_t done = 0; done < c->tasks->cycle_count; done++) {
        dcat_env_step_cycle(env, &totals, NULL);
    }
    bool whole = !dcat_env_is_stopped(env);
    c->tasks->cycle_first[c->tasks->cycle_count] = c->tasks->count;
    dcat_env_destroy(env);
    return whole;
}

dcat_status bound_tasks_create(const dcat_world *world, const dcat_demand *demand, uint64_t seed,
                               uint32_t cycle_first, uint32_t cycle_count, bound_tasks *tasks,
                               dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(world);
    size_t area_count = dcat_world_area_count(world);
    size_t row_count = dcat_world_class_count(world) * area_count;
    double cycle_s = config->slots_per_cycle * config->slot_s;
    *tasks = (bound_tasks){
        .cycle_count = cycle_count,
        .duration_s = cycle_count * cycle_s,
        .cycle_first = calloc((size_t)cycle_count + 1, sizeof *tasks->cycle_first),
        .area_count = area_count,
        .row_bits = malloc(sizeof *tasks->row_bits * (row_count + 1)),
        .one_size = malloc(sizeof *tasks->one_size * (row_count + 1)),
    };
    collecting c = {.world = world,
                    .cycle_first = cycle_first,
                    .origin_s = dcat_world_slot_start_s(world, cycle_first, 0),
                    .tasks = tasks};
    bool ok = tasks->cycle_first != NULL && tasks->one_size != NULL && tasks->row_bits != NULL;
    for (size_t row = 0; ok && row < row_count; row++) {
        tasks->row_bits[row] = NAN;
        tasks->one_size[row] = true;
    }
    ok = ok && collect(&c, demand, seed);
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
    free(tasks->row_bits);
    free(tasks->one_size);
    *tasks = (bound_tasks){0};
}
