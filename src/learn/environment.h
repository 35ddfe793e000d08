// SPDX-License-Identifier: Apache-2.0
// environment.h (internal) - one world being learned on: its queues, its demand, its actor's walk.
//
// An environment plays consecutive training cycles of a world, then gets another. Every cycle: look
// at the last cycle's demand and the partition in force, cluster, simulate.

#ifndef DCAT_LEARN_ENVIRONMENT_H
#define DCAT_LEARN_ENVIRONMENT_H

#include "cluster/moves.h"
#include "dcat/x/train.h"
#include "env/env.h"
#include "learn/walk.h"

typedef struct rl_environment {
    const dcat_train_config *config;
    const dcat_train_source *source;
    int number;            // of this environment
    uint32_t world_number; // worlds opened so far
    int age;               // cycles played on this one
    bool open;
    dcat_train_world world;
    uint64_t seed; // of arrivals and lotteries in this world
    uint32_t cycle;
    size_t S, slot_count, task_max;
    void *block; // everything below, for this world
    rl_walk walk;
    rl_rows rows;
    rl_sample *samples; // [sample_max]
    size_t sample_max;
    dcat_env *market, *trial; // the real one, and one for partitions that are only tried
    dcat_task *tasks;         // [draw_max, slot_count * task_max] of the cycle
    size_t *task_end;         // [draw_max, slot_count]
    size_t draw_max;
    double *busy_until_s;        // [S] when the cycle's arrivals were drawn
    int32_t *in_force, *decided; // [S]
    moves moves;                 // of the expert, where there is one
    dcat_observation forecast;   // of the cycle, for an actor that sees it
    double *scratch_area;        // [2 A]
    double profit_scale;
    // Of one epoch:
    float *gradient;          // [weight_count] outlives worlds
    float *moved;             // [weight_count] weights after line 11, to the letter only
    rl_mlp_scratch scratch;   // outlives worlds
    dcat_train_report report; // sums
    dcat_error err;
    dcat_status status;
} rl_environment;

// Open the next world when the last one is played out (or none is open), so that cycles_needed more
// cycles can be played.
dcat_status rl_environment_renew(rl_environment *env, uint32_t cycles_needed, dcat_error *err);
void rl_environment_close(rl_environment *env);

// Reopen the world of a checkpoint: world_number, age and cycle are set; queues and partition [S]
// follow; file is named in messages. Errors: what the source returns, ERR_FORMAT when the world is
// another one, ERR_MEMORY.
dcat_status rl_environment_restore(rl_environment *env, size_t S, const double *busy_until_s,
                                   const int32_t *in_force, const char *file, dcat_error *err);

// Look at the state; false when nothing arrived in the last cycle.
bool rl_environment_look(rl_environment *env, const dcat_actor *actor);

// Draw the cycle's arrivals; the first draw is what really happens.
void rl_environment_draw(rl_environment *env, size_t draw_count);

// Profit share of holding a partition in this cycle, from the queues as they are, on one draw.
double rl_environment_try(rl_environment *env, const int32_t *cluster_of, size_t draw);

// Hold it for real and go to the next cycle; the profit share.
double rl_environment_go_on(rl_environment *env, const int32_t *cluster_of);

// Random numbers of an epoch in this environment.
dcat_rng rl_environment_rng(const rl_environment *env, uint32_t epoch);

#endif
