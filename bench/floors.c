// SPDX-License-Identifier: Apache-2.0
// Floors of training for dcat bench: what simulating, scoring, back-propagating and Adam cost when
// each runs alone, on the work of the epoch that was just played.

#include "bench/floors.h"

#include "bench/bench.h"
#include "learn/trainer.h"
#include "market/state.h"

#include <stdlib.h>
#include <string.h>

struct bench_floors {
    size_t answer_room; // floats
    float *answers, *weights, *gradient;
    rl_adam adam;
};

dcat_status bench_floors_create(const dcat_trainer *trainer, bench_floors **floors, dcat_error *err)
{
    size_t count = trainer->actor->weight_count;
    bench_floors *made = calloc(1, sizeof *made);
    float *block = calloc(4 * count, sizeof *block);
    if (made == NULL || block == NULL) {
        free(made);
        free(block);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu weights", count);
    }
    made->weights = block;
    made->gradient = block + count;
    made->adam = (rl_adam){block + 2 * count, block + 3 * count, count, 0};
    memcpy(made->weights, trainer->actor->weights, count * sizeof *block);
    *floors = made;
    return DCAT_OK;
}

void bench_floors_destroy(bench_floors *floors)
{
    if (floors != NULL) {
        free(floors->weights);
        free(floors->answers);
        free(floors);
    }
}

// Move an environment's clock and queues by whole cycles.
static void move_clock(rl_environment *env, int cycles)
{
    const dcat_world_config *config = dcat_world_config_view(env->world.world);
    double by_s = config->slot_s * config->slots_per_cycle * cycles;
    env->cycle += (uint32_t)cycles;
    for (size_t i = 0; i < env->S; i++) {
        env->busy_until_s[i] += by_s;
    }
}

static void simulate_environment(const dcat_train_config *config, rl_environment *env)
{
    bool group = config->estimator == DCAT_ESTIMATOR_GROUP;
    size_t draw_count = group ? (size_t)config->draw_count : 1;
    size_t sample_count = (size_t)(group ? config->sample_count : config->step_count);
    for (size_t g = 0; g < sample_count; g++) {
        for (size_t d = 0; d < draw_count; d++) {
            rl_environment_try(env, env->samples[g].cluster_of, d);
        }
    }
    if (group) { // and what it went on with
        rl_environment_try(env, env->decided, 0);
    }
}

// The epoch's clusterings once more on the last cycle's arrivals, from the queues that it left.
// Their times are a cycle behind the environment's, so its clock and queues go back by one.
static double simulate(dcat_trainer *trainer)
{
    double elapsed_s = 0.0;
    for (int e = 0; e < trainer->config.environment_count; e++) {
        rl_environment *env = &trainer->environments[e];
        state_queues(env->market->state, env->busy_until_s);
        move_clock(env, -1);
        double start_s = bench_thread_s();
        simulate_environment(&trainer->config, env);
        elapsed_s += bench_thread_s() - start_s;
        move_clock(env, 1);
    }
    return elapsed_s;
}

// The networks' answers to all rows of the epoch, by matrix products.
static void score(const dcat_trainer *trainer, const bench_floors *floors)
{
    const dcat_actor *actor = trainer->actor;
    for (int e = 0; e < trainer->config.environment_count; e++) {
        const rl_environment *env = &trainer->environments[e];
        rl_mlp_forward_rows(actor->pair, actor->weights, env->rows.x, env->rows.row_count,
                            &env->scratch, floors->answers);
        rl_mlp_forward_rows(actor->stop, &actor->weights[actor->stop_at], env->rows.stop_x,
                            env->rows.stop_count, &env->scratch, floors->answers);
    }
}

static void back_propagate(const dcat_trainer *trainer, const bench_floors *floors)
{
    for (int e = 0; e < trainer->config.environment_count; e++) {
        const rl_environment *env = &trainer->environments[e];
        rl_rows_backward(&env->rows, trainer->actor, &env->scratch, floors->gradient);
    }
}

static void descend(bench_floors *floors)
{
    rl_adam_apply(&floors->adam, floors->weights, floors->gradient, 0, floors->adam.count, 1e-6);
    rl_adam_advance(&floors->adam);
}

static dcat_status make_room(const dcat_trainer *trainer, bench_floors *floors, dcat_error *err)
{
    size_t need = 1;
    for (int e = 0; e < trainer->config.environment_count; e++) {
        const rl_rows *rows = &trainer->environments[e].rows;
        size_t pairs = rows->row_count * trainer->actor->pair.out;
        need = pairs > need ? pairs : need;
        need = rows->stop_count > need ? rows->stop_count : need;
    }
    if (need > floors->answer_room) {
        free(floors->answers);
        floors->answers = calloc(2 * need, sizeof *floors->answers);
        floors->answer_room = floors->answers != NULL ? 2 * need : 0;
    }
    return floors->answers != NULL ? DCAT_OK
                                   : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for answers");
}

dcat_status bench_floors_add(bench_floors *floors, dcat_trainer *trainer,
                             double seconds[BENCH_FLOOR_COUNT], dcat_error *err)
{
    dcat_status status = make_room(trainer, floors, err);
    if (status != DCAT_OK) {
        return status;
    }
    seconds[0] += simulate(trainer);
    double start_s = bench_thread_s();
    score(trainer, floors);
    double scored_s = bench_thread_s();
    back_propagate(trainer, floors);
    double propagated_s = bench_thread_s();
    descend(floors);
    seconds[1] += scored_s - start_s;
    seconds[2] += propagated_s - scored_s;
    seconds[3] += bench_thread_s() - propagated_s;
    return DCAT_OK;
}
