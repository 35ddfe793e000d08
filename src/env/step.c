// SPDX-License-Identifier: Apache-2.0
// The loop over slots: Algorithm 3, lines 4 to 6. Nobody else steps a market.

#include "env/env.h"

#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "world/demand.h"

static size_t slot_count_of(const dcat_env *env)
{
    return env->given.task_end != NULL
               ? env->given.slot_count
               : (size_t)dcat_world_config_view(env->config.world)->slots_per_cycle;
}

// The tasks of the slot that comes next.
static void take_tasks(dcat_env *env, dcat_slot_record *record)
{
    const dcat_arrivals *given = &env->given;
    if (given->task_end != NULL) {
        size_t begin = env->slot > 0 ? given->task_end[env->slot - 1] : 0;
        record->tasks = &given->tasks[begin];
        record->task_count = given->task_end[env->slot] - begin;
    } else {
        record->tasks = env->tasks;
        record->task_count = dcat_demand_slot(env->config.demand, env->config.world, env->seed,
                                              env->cycle, env->slot, env->arrived, env->tasks);
    }
}

static void show_slot(dcat_env *env, bool (*hook)(void *, const dcat_slot_record *),
                      const dcat_slot_record *record)
{
    if (hook != NULL && !hook(env->hooks.user, record)) {
        env->stopped = true;
    }
}

// Task by task, for hooks between auctions.
static void auction_one_by_one(dcat_env *env, const dcat_slot_record *record, dcat_totals *totals)
{
    const dcat_env_hooks *hooks = &env->hooks;
    dcat_task_order_of(env->config.world, env->config.auction, record->tasks, record->task_count,
                       env->order);
    for (size_t i = 0; i < record->task_count; i++) {
        int32_t n = env->order[i];
        if (hooks->before_task != NULL) {
            hooks->before_task(hooks->user, record, n);
        }
        env->awards[n] = state_auction_task(env->state, record->now_s, record->cycle, record->slot,
                                            record->tasks, n, totals);
        if (hooks->after_task != NULL) {
            hooks->after_task(hooks->user, record, n, &env->awards[n]);
        }
    }
}

static void auction_slot(dcat_env *env, dcat_slot_record *record, dcat_totals *totals)
{
    const dcat_env_hooks *hooks = &env->hooks;
    if (env->state == NULL) {
        totals->arrived += (int64_t)record->task_count;
        return;
    }
    if (hooks->before_task != NULL || hooks->after_task != NULL) {
        auction_one_by_one(env, record, totals);
    } else {
        // Awards are dearer than totals: they count all candidates.
        dcat_award *awards = hooks->after_slot != NULL ? env->awards : NULL;
        state_step(env->state, record->now_s, record->cycle, record->slot, record->tasks,
                   record->task_count, awards, totals);
    }
    record->awards = env->awards;
}

// What was collected is what is observed from now on.
static void show_cycle(dcat_env *env, size_t slot_count)
{
    dcat_observation last = env->observation;
    observation_finish(&env->collecting, (int)slot_count);
    env->observation = env->collecting;
    env->collecting = last;
}

static void end_slot(dcat_env *env, size_t task_count)
{
    env->arrived += (int32_t)task_count;
    env->slot++;
    if (env->slot < slot_count_of(env)) {
        return;
    }
    if (!env->config.trial) {
        show_cycle(env, env->slot);
        observation_clear(&env->collecting);
    }
    env->cycle++;
    env->slot = 0;
    env->arrived = 0;
}

static void play_slot(dcat_env *env, dcat_slot_record *record, dcat_totals *totals)
{
    show_slot(env, env->hooks.before_slot, record);
    if (env->stopped) {
        return;
    }
    auction_slot(env, record, totals); // lines 5 and 6
    if (!env->config.trial) {
        observation_add(&env->collecting, record->tasks, record->task_count);
    }
    show_slot(env, env->hooks.after_slot, record);
    end_slot(env, record->task_count);
}

static dcat_slot_record next_slot(dcat_env *env)
{
    return (dcat_slot_record){
        .env = env,
        .state = env->state,
        .now_s = dcat_world_slot_start_s(env->config.world, env->cycle, env->slot),
        .cycle = env->cycle,
        .slot = env->slot,
    };
}

void env_step_slot(dcat_env *env, dcat_totals *totals)
{
    dcat_slot_record record = next_slot(env);
    take_tasks(env, &record);
    play_slot(env, &record, totals);
}

void env_step_tasks(dcat_env *env, const dcat_task *tasks, size_t task_count, dcat_totals *totals)
{
    dcat_slot_record record = next_slot(env);
    record.tasks = tasks;
    record.task_count = task_count;
    play_slot(env, &record, totals);
}

void env_step_cycle(dcat_env *env, dcat_totals *totals)
{
    uint32_t cycle = env->cycle;
    while (env->cycle == cycle && !env->stopped) {
        env_step_slot(env, totals);
    }
}

// Are there tasks to play?
static dcat_status check_next(const dcat_env *env, dcat_error *err)
{
    if (env->given.task_end != NULL) {
        return DCAT_OK;
    }
    if (env->config.demand == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "an environment without demand plays what dcat_env_give gave it: nothing");
    }
    return demand_check_cycles(env->config.demand, env->cycle, 1, err);
}

// Whether a rule or a share from outside has gone wrong.
static dcat_status check_rule(const dcat_env *env, dcat_error *err)
{
    const dcat_auction *auction = env->config.auction;
    dcat_status status = auction != NULL && auction->failure != NULL
                             ? auction->failure(auction->user, err)
                             : DCAT_OK;
    return status == DCAT_OK
               ? dcat_share_failure(dcat_world_config_view(env->config.world)->auction.share, err)
               : status;
}

dcat_status dcat_env_step_slot(dcat_env *env, dcat_totals *totals, dcat_error *err)
{
    dcat_status status = check_next(env, err);
    if (status == DCAT_OK && !env->stopped) {
        env_step_slot(env, totals);
        status = check_rule(env, err);
    }
    return status;
}

dcat_status dcat_env_step_cycle(dcat_env *env, dcat_totals *totals, dcat_error *err)
{
    dcat_status status = check_next(env, err);
    if (status == DCAT_OK) {
        env_step_cycle(env, totals);
        status = check_rule(env, err);
    }
    return status;
}

// --- arrivals from outside

static dcat_status check_given(const dcat_env *env, const dcat_arrivals *arrivals, dcat_error *err)
{
    size_t slot_count = (size_t)dcat_world_config_view(env->config.world)->slots_per_cycle;
    if (arrivals->slot_count != slot_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "slot_count of arrivals must be %zu, got %zu",
                         slot_count, arrivals->slot_count);
    }
    size_t begin = 0;
    for (size_t slot = 0; slot < slot_count; slot++) {
        size_t end = arrivals->task_end[slot];
        if (end < begin || end - begin > env->task_max) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "task_end of slot %zu must be in [%zu, %zu], got %zu", slot, begin,
                             begin + env->task_max, end);
        }
        begin = end;
    }
    return tasks_check(env->config.world, arrivals->tasks, begin, err);
}

dcat_status dcat_env_give(dcat_env *env, const dcat_arrivals *arrivals, dcat_error *err)
{
    dcat_status status = arrivals != NULL ? check_given(env, arrivals, err) : DCAT_OK;
    if (status == DCAT_OK) {
        env_give(env, arrivals);
    }
    return status;
}

void env_give(dcat_env *env, const dcat_arrivals *arrivals)
{
    env->given = arrivals != NULL ? *arrivals : (dcat_arrivals){0};
}

void env_see(dcat_env *env, const dcat_arrivals *arrivals)
{
    observation_clear(&env->collecting);
    observation_add(&env->collecting, arrivals->tasks,
                    arrivals->task_end[arrivals->slot_count - 1]);
    show_cycle(env, arrivals->slot_count);
    observation_clear(&env->collecting);
}
