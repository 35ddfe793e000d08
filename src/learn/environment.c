// SPDX-License-Identifier: Apache-2.0
#include "learn/environment.h"

#include "dcat/x/model.h"
#include "learn/district/district.h"
#include "learn/trainer.h"
#include "market/state.h"
#include "world/demand.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

// Parts of DCAT_STREAM_USER; 0 to 2 draw weights.
enum { PART_WORLD = 8, PART_SAMPLE = 16 };

static void layout(arena *a, rl_environment *env)
{
    const dcat_world *world = env->world.world;
    rl_walk_layout(a, world, &env->walk);
    size_t pair_max = env->walk.pair_max;
    size_t scene_max = env->config->estimator == DCAT_ESTIMATOR_GROUP ? 1 : env->sample_max;
    rl_rows_layout(a, world, pair_max, env->sample_max, scene_max, &env->rows);
    env->samples = ARENA_ARRAY(a, rl_sample, env->sample_max);
    for (size_t g = 0; g < env->sample_max; g++) {
        rl_sample sample = {0};
        rl_sample_layout(a, pair_max, env->S, &sample);
        if (a->base != NULL) {
            env->samples[g] = sample;
        }
    }
    env->tasks = ARENA_ARRAY(a, dcat_task, env->draw_max * env->slot_count * env->task_max);
    env->task_end = ARENA_ARRAY(a, size_t, env->draw_max * env->slot_count);
    env->busy_until_s = ARENA_ARRAY(a, double, env->S);
    env->in_force = ARENA_ARRAY(a, int32_t, env->S);
    env->decided = ARENA_ARRAY(a, int32_t, env->S);
    if (env->config->expert_moves > 0) {
        moves_layout(a, world, &env->moves);
    }
    size_t A = dcat_world_area_count(world);
    observation_layout(a, A, dcat_world_class_count(world), &env->forecast);
    env->scratch_area = ARENA_ARRAY(a, double, 2 * A);
    dcat_env_config config = dcat_env_config_default();
    config.world = world;
    config.auction = env->config->auction;
    config.seed = env->seed;
    config.task_max = env->task_max;
    void *market = arena_take(a, env_bytes(&config));
    config.trial = true;
    void *trial = arena_take(a, env_bytes(&config));
    if (a->base != NULL) {
        env->trial = env_init(trial, &config);
        config.trial = false;
        env->market = env_init(market, &config);
    }
}

void rl_environment_close(rl_environment *env)
{
    if (env->open) {
        env->source->close(env->source->user, &env->world);
        free(env->block);
        env->block = NULL;
        env->open = false;
    }
}

static uint64_t world_bits(const rl_environment *env, int which)
{
    dcat_draw draw = dcat_draw_at(env->config->seed, DCAT_STREAM_USER, PART_WORLD,
                                  env->world_number, 0, (uint32_t)env->number);
    return dcat_draw_u64(&draw, which);
}

// Shares of profit are of this: every server busy all cycle at the mean fee of the long run.
static double profit_scale_of(const rl_environment *env)
{
    const dcat_world_config *config = dcat_world_config_view(env->world.world);
    double cycle_s = config->slot_s * config->slots_per_cycle;
    double speed_hz = 0.0;
    size_t Q = dcat_world_class_count(env->world.world); // of which each server's mean counts
    for (size_t i = 0; i < Q * env->S; i++) {
        speed_hz += dcat_world_members_view(env->world.world)[i].speed_hz / (double)Q;
    }
    double rate = 0.0, deadline_s = 0.0;
    dcat_observation seen = env->market->observation; // nothing has been seen yet
    dcat_demand_long_run(env->world.demand, &seen);
    for (size_t a = 0; a < seen.area_count; a++) {
        rate += seen.arrivals_per_slot[a];
        deadline_s += seen.arrivals_per_slot[a] * seen.deadline_s[a];
    }
    double unit_fee = dcat_fee(config->market.price_per_gigacycle, config->market.urgency_s,
                               rate > 0.0 ? deadline_s / rate : 1.0, 1.0);
    return 1.0 / (unit_fee * speed_hz * cycle_s);
}

static dcat_arrivals arrivals_of(const rl_environment *env, size_t draw)
{
    return (dcat_arrivals){.tasks = &env->tasks[draw * env->slot_count * env->task_max],
                           .task_end = &env->task_end[draw * env->slot_count],
                           .slot_count = env->slot_count};
}

static void draw_cycle(const rl_environment *env, uint32_t cycle, size_t draw)
{
    dcat_task *tasks = &env->tasks[draw * env->slot_count * env->task_max];
    uint64_t seed = draw == 0 ? env->seed : dcat_mix64(env->seed + draw);
    size_t count = 0;
    for (size_t slot = 0; slot < env->slot_count; slot++) {
        count += dcat_demand_slot(env->world.demand, env->world.world, seed, cycle, (uint32_t)slot,
                                  (int32_t)count, &tasks[count]);
        env->task_end[draw * env->slot_count + slot] = count;
    }
}

// Open the world of world_number and make room for it.
static dcat_status open_world(rl_environment *env, dcat_error *err)
{
    uint64_t number = world_bits(env, 0);
    dcat_status status = env->source->open(env->source->user, number, &env->world, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_train_config *config = env->config;
    env->seed = world_bits(env, 1);
    env->S = dcat_world_server_count(env->world.world);
    if (env->S > RL_DISTRICT_MAX) { // pairs times pairs: large worlds are for deciding
        env->source->close(env->source->user, &env->world);
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "training takes worlds of at most %d servers, this one has %zu; a policy "
                         "learned on smaller ones decides it too",
                         RL_DISTRICT_MAX, env->S);
    }
    env->slot_count = (size_t)dcat_world_config_view(env->world.world)->slots_per_cycle;
    env->task_max = dcat_demand_slot_task_max(env->world.demand);
    env->sample_max = rl_steps_per_environment(config);
    env->draw_max = config->estimator == DCAT_ESTIMATOR_GROUP ? (size_t)config->draw_count : 1;
    arena measure = {0};
    layout(&measure, env);
    env->block = aligned_alloc(DCAT_ARENA_ALIGN, measure.used);
    if (env->block == NULL) {
        env->source->close(env->source->user, &env->world);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an environment (%zu MiB)",
                         measure.used >> 20);
    }
    arena place = {.base = env->block};
    layout(&place, env);
    env->walk.rows = &env->rows;
    env->walk.batch = &env->scratch;
    env->open = true;
    return DCAT_OK;
}

// What was seen of the cycle before the first.
static void begin_world(rl_environment *env)
{
    env->profit_scale = profit_scale_of(env);
    draw_cycle(env, env->cycle - 1, 0);
    const dcat_arrivals before = arrivals_of(env, 0);
    env_see(env->market, &before);
}

dcat_status rl_environment_renew(rl_environment *env, uint32_t cycles_needed, dcat_error *err)
{
    if (env->open && env->age < env->config->world_cycle_count &&
        env->cycle + cycles_needed <= env->world.cycle_first + env->world.cycle_count) {
        return DCAT_OK;
    }
    rl_environment_close(env);
    env->world_number++;
    dcat_status status = open_world(env, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (env->world.cycle_count <= cycles_needed) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "learning needs more than %u training cycles, the world has %u",
                         cycles_needed, env->world.cycle_count);
    }
    uint32_t choices = env->world.cycle_count - cycles_needed;
    env->cycle = env->world.cycle_first + 1 + dcat_pick(dcat_mix64(env->seed), choices);
    env->age = 0;
    for (size_t i = 0; i < env->S; i++) {
        env->in_force[i] = (int32_t)i;
    }
    begin_world(env);
    env_place(env->market, env->cycle, NULL, env->in_force);
    return DCAT_OK;
}

// A partition of this world that respects the span limit, canonically labelled?
static bool partition_is_legal(rl_environment *env, const int32_t *cluster_of)
{
    return env_take_labels(env->market, cluster_of, NULL) == DCAT_OK &&
           memcmp(env->market->cluster_of, cluster_of, sizeof *cluster_of * env->S) == 0;
}

dcat_status rl_environment_restore(rl_environment *env, size_t S, const double *busy_until_s,
                                   const int32_t *in_force, const char *file, dcat_error *err)
{
    dcat_status status = open_world(env, err);
    if (status != DCAT_OK) {
        return status;
    }
    uint32_t end = env->world.cycle_first + env->world.cycle_count;
    if (env->S != S || env->cycle > end || !partition_is_legal(env, in_force)) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "%s: world %u of environment %d is not the one that was saved", file,
                         env->world_number, env->number);
    }
    begin_world(env);
    memcpy(env->in_force, in_force, sizeof *in_force * S);
    env_place(env->market, env->cycle, busy_until_s, in_force);
    return DCAT_OK;
}

bool rl_environment_look(rl_environment *env, const dcat_actor *actor)
{
    const dcat_observation *seen = &env->market->observation;
    if (actor->feature_version > 1 &&
        dcat_demand_forecast(env->world.demand, env->world.world, env->cycle, seen,
                             env->scratch_area, &env->forecast)) {
        seen = &env->forecast;
    }
    return rl_walk_begin(&env->walk, actor, seen, env->config->auction);
}

void rl_environment_draw(rl_environment *env, size_t draw_count)
{
    assert(draw_count <= env->draw_max);
    for (size_t d = 0; d < draw_count; d++) {
        draw_cycle(env, env->cycle, d);
    }
    state_queues(env->market->state, env->busy_until_s);
}

static double play(rl_environment *env, dcat_env *market, size_t draw)
{
    const dcat_arrivals arrivals = arrivals_of(env, draw);
    dcat_totals totals = {0};
    env_give(market, &arrivals);
    env_step_cycle(market, &totals);
    env->report.cycle_count++;
    return dcat_totals_profit(&totals) * env->profit_scale;
}

double rl_environment_try(rl_environment *env, const int32_t *cluster_of, size_t draw)
{
    env_place(env->trial, env->cycle, env->busy_until_s, cluster_of);
    return play(env, env->trial, draw);
}

double rl_environment_go_on(rl_environment *env, const int32_t *cluster_of)
{
    env_set_clusters(env->market, cluster_of);
    double profit = play(env, env->market, 0);
    memcpy(env->in_force, cluster_of, sizeof *cluster_of * env->S);
    env->cycle++;
    env->age++;
    return profit;
}

dcat_rng rl_environment_rng(const rl_environment *env, uint32_t epoch)
{
    return dcat_rng_at(env->config->seed, DCAT_STREAM_USER, PART_SAMPLE + (uint32_t)env->number,
                       epoch);
}
