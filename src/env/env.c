// SPDX-License-Identifier: Apache-2.0
// An environment as an object: made, copied, put somewhere. What it does in time is in step.c.

#include "env/env.h"

#include "base/sized.h"
#include "market/state.h"
#include "world/demand.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

dcat_env_config dcat_env_config_default(void)
{
    return (dcat_env_config){.size = sizeof(dcat_env_config)};
}

dcat_status dcat_env_config_check(const dcat_env_config *config, dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_env_config, config, err);
    if (status == DCAT_OK && config->auction != NULL) {
        status = SIZED_CHECK(dcat_auction, config->auction, err);
    }
    if (status == DCAT_OK && config->clusterer != NULL) {
        status = SIZED_CHECK(dcat_clusterer, config->clusterer, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (config->world == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "world is needed for an environment");
    }
    if (config->demand == NULL && config->task_max == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "task_max must be >= 1 without a demand, got 0");
    }
    const dcat_clusterer *clusterer = config->clusterer;
    if (clusterer != NULL && config->auction == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "auction is needed for clusterer %s",
                         clusterer->name);
    }
    if (clusterer != NULL && clusterer->needs_model && config->model == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "clusterer %s decides by a model; none was given",
                         clusterer->name);
    }
    if (config->demand == NULL) {
        return DCAT_OK;
    }
    status = demand_check_world(config->demand, config->world, err);
    return status == DCAT_OK ? demand_check_cycles(config->demand, config->cycle, 1, err) : status;
}

static size_t task_max_of(const dcat_env_config *config)
{
    size_t drawn = config->demand != NULL ? dcat_demand_slot_task_max(config->demand) : 0;
    return drawn > config->task_max ? drawn : config->task_max;
}

// Places everything; returns the environment (NULL while measuring).
static dcat_env *layout(arena *a, const dcat_env_config *config)
{
    size_t S = dcat_world_server_count(config->world);
    size_t A = dcat_world_area_count(config->world);
    const dcat_clusterer *clusterer = config->clusterer;
    size_t task_max = task_max_of(config);
    dcat_env *place = ARENA_ARRAY(a, dcat_env, 1);
    dcat_env env = {.config = *config, .task_max = task_max};
    env.tasks = config->demand != NULL ? ARENA_ARRAY(a, dcat_task, task_max) : NULL;
    env.awards = config->trial ? NULL : ARENA_ARRAY(a, dcat_award, task_max);
    size_t Q = dcat_world_class_count(config->world);
    observation_layout(a, A, Q, &env.observation);
    observation_layout(a, A, Q, &env.collecting);
    if (config->auction != NULL) {
        env.order = config->trial ? NULL : ARENA_ARRAY(a, int32_t, task_max);
        env.cluster_of = ARENA_ARRAY(a, int32_t, S);
        env.scratch = ARENA_ARRAY(a, int32_t, 2 * S);
        env.busy_until_s = ARENA_ARRAY(a, double, S);
        env.state = arena_take(a, dcat_state_bytes(config->world, task_max));
    }
    if (clusterer != NULL && config->demand != NULL) {
        observation_layout(a, A, Q, &env.forecast);
        env.scratch_area = ARENA_ARRAY(a, double, 2 * A);
    }
    if (clusterer != NULL) {
        env.workspace = arena_take(a, clusterer->workspace_bytes(config->world, config->model));
    }
    if (place != NULL) {
        *place = env;
    }
    return place;
}

size_t env_bytes(const dcat_env_config *config)
{
    arena measure = {0};
    layout(&measure, config);
    return measure.used;
}

dcat_env *env_init(void *memory, const dcat_env_config *config)
{
    arena place = {.base = memory};
    dcat_env *env = layout(&place, config);
    if (config->auction != NULL) {
        dcat_state_init(env->state, config->world, config->auction, config->seed,
                        task_max_of(config));
    }
    env_reset(env, config->seed, config->cycle);
    return env;
}

static dcat_status create(const dcat_env_config *config, dcat_env **env, dcat_error *err)
{
    size_t byte_count = env_bytes(config);
    void *memory = aligned_alloc(DCAT_ARENA_ALIGN, byte_count);
    if (memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an environment (%zu MiB)",
                         byte_count >> 20);
    }
    *env = env_init(memory, config);
    return DCAT_OK;
}

dcat_status dcat_env_create(const dcat_env_config *config, dcat_env **env, dcat_error *err)
{
    dcat_status status = dcat_env_config_check(config, err);
    return status == DCAT_OK ? create(config, env, err) : status;
}

void dcat_env_destroy(dcat_env *env)
{
    free(env);
}

// --- copies

void env_copy(dcat_env *to, const dcat_env *from)
{
    to->seed = from->seed;
    to->cycle = from->cycle;
    to->slot = from->slot;
    to->cycle_first = from->cycle_first;
    to->arrived = from->arrived;
    to->stopped = false;
    to->hooks = (dcat_env_hooks){0};
    to->given = from->given;
    observation_copy(&to->observation, &from->observation);
    observation_copy(&to->collecting, &from->collecting);
    if (from->state != NULL) {
        state_copy(to->state, from->state);
    }
}

dcat_status dcat_env_clone(const dcat_env *env, dcat_env **copy, dcat_error *err)
{
    dcat_status status = create(&env->config, copy, err);
    if (status == DCAT_OK) {
        env_copy(*copy, env);
    }
    return status;
}

dcat_status dcat_env_copy(dcat_env *to, const dcat_env *from, dcat_error *err)
{
    const dcat_env_config *a = &to->config, *b = &from->config;
    if (a->world != b->world || a->demand != b->demand || a->auction != b->auction ||
        a->task_max != b->task_max || a->trial != b->trial) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "an environment is copied into one made from the same "
                         "configuration");
    }
    env_copy(to, from);
    return DCAT_OK;
}

// --- putting it somewhere

// At the start of a cycle, going on from there.
static void enter_cycle(dcat_env *env, uint32_t cycle)
{
    env->cycle = cycle;
    env->cycle_first = cycle;
    env->slot = 0;
    env->arrived = 0;
    env->stopped = false;
    observation_clear(&env->collecting);
}

void env_reset(dcat_env *env, uint64_t seed, uint32_t cycle)
{
    env->seed = seed;
    enter_cycle(env, cycle);
    if (env->state != NULL) {
        env->state->seed = seed;
        dcat_state_reset(env->state);
    }
    if (env->config.demand != NULL) {
        demand_seen_before(env->config.demand, cycle, &env->observation);
    } else {
        observation_clear(&env->observation);
    }
}

void env_place(dcat_env *env, uint32_t cycle, const double *busy_until_s, const int32_t *cluster_of)
{
    enter_cycle(env, cycle);
    state_place(env->state, busy_until_s, cluster_of);
}

static dcat_status check_cycle(const dcat_env *env, uint32_t cycle, dcat_error *err)
{
    const dcat_demand *demand = env->config.demand;
    return demand != NULL ? demand_check_cycles(demand, cycle, 1, err) : DCAT_OK;
}

dcat_status dcat_env_reset(dcat_env *env, uint64_t seed, uint32_t cycle, dcat_error *err)
{
    dcat_status status = check_cycle(env, cycle, err);
    if (status == DCAT_OK) {
        env_reset(env, seed, cycle);
    }
    return status;
}

static dcat_status check_queues(const dcat_env *env, const double *busy_until_s, dcat_error *err)
{
    size_t S = dcat_world_server_count(env->config.world);
    for (size_t i = 0; i < dcat_world_queue_count(env->config.world) * S; i++) {
        if (!(busy_until_s[i] >= 0.0 && busy_until_s[i] < INFINITY)) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "busy_until_s of server %zu, queue %zu must be >= 0, got %g", i % S,
                             i / S, busy_until_s[i]);
        }
    }
    return DCAT_OK;
}

dcat_status dcat_env_place(dcat_env *env, uint32_t cycle, const double *busy_until_s,
                           const int32_t *cluster_of, dcat_error *err)
{
    dcat_status status = check_cycle(env, cycle, err);
    if (status == DCAT_OK && busy_until_s != NULL) {
        status = check_queues(env, busy_until_s, err);
    }
    if (status == DCAT_OK) {
        status = env_take_labels(env, cluster_of, err);
    }
    if (status == DCAT_OK) {
        enter_cycle(env, cycle);
        state_place_queues(env->state, busy_until_s, env->cluster_of);
    }
    return status;
}

dcat_status dcat_env_delay(dcat_env *env, int32_t cluster, int32_t class_id, double extra_s,
                           dcat_error *err)
{
    int32_t cluster_count = env->state != NULL ? dcat_state_cluster_count(env->state) : 0;
    if (cluster < 0 || cluster >= cluster_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "cluster must be in [0, %d), got %d",
                         (int)cluster_count, (int)cluster);
    }
    size_t class_count = dcat_world_class_count(dcat_state_world(env->state));
    if (class_id < -1 || class_id >= (int32_t)class_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "class_id must be in [-1, %zu), got %d", class_count,
                         (int)class_id);
    }
    if (!(extra_s >= 0.0 && extra_s < INFINITY)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "extra_s must be >= 0, got %g", extra_s);
    }
    if (class_id < 0) {
        state_delay(env->state, cluster, extra_s);
    } else {
        state_delay_team(env->state, cluster, class_id, extra_s);
    }
    return DCAT_OK;
}

// --- views

uint32_t dcat_env_cycle(const dcat_env *env)
{
    return env->cycle;
}

uint32_t dcat_env_slot(const dcat_env *env)
{
    return env->slot;
}

const dcat_state *dcat_env_state_view(const dcat_env *env)
{
    return env->state;
}

void dcat_env_set_hooks(dcat_env *env, const dcat_env_hooks *hooks)
{
    env->hooks = hooks != NULL && !env->config.trial ? *hooks : (dcat_env_hooks){0};
}

bool dcat_env_is_stopped(const dcat_env *env)
{
    return env->stopped;
}
