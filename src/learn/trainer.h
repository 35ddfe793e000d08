// SPDX-License-Identifier: Apache-2.0
// trainer.h (internal) - the inside of dcat_trainer.

#ifndef DCAT_LEARN_TRAINER_H
#define DCAT_LEARN_TRAINER_H

#include "base/jobs.h"
#include "dcat/x/train.h"
#include "learn/environment.h"
#include "learn/net/adam.h"

// Cycles an environment needs for an epoch.
uint32_t rl_cycles_needed(const dcat_train_config *config);

// A clustering and what it was worth.
typedef struct rl_step {
    double profit; // share, of a sample or step
    double value;  // the critic's
    double advantage;
    double target; // of the critic
    bool used;     // false: nothing arrived, nothing is learned
} rl_step;

// What a rank hands in for a checkpoint.
typedef struct rl_block {
    void *bytes;
    size_t byte_count, taken;
} rl_block;

struct dcat_trainer {
    dcat_train_config config;
    dcat_train_source source;
    dcat_actor *actor;
    rl_adam adam;
    uint32_t epoch;               // done
    rl_environment *environments; // [environment_count]; those of other ranks are never opened
    double *exchange;             // [exchange_count] what ranks sum up (trainer_epoch.c)
    float *gradient;              // [weight_count] of all environments
    rl_step *steps;               // [environment_count, steps]
    rl_block *blocks;             // [ranks] empty but while a checkpoint is gathered
    char note[DCAT_TRAIN_NOTE];   // of the caller
};

// Who trains, and who is told.
static inline const dcat_jobs *rl_jobs(const dcat_train_config *config)
{
    return config->jobs != NULL ? config->jobs : &jobs_plain;
}

// This rank's environments are number rank, rank + count, ...
static inline int rl_rank(const dcat_train_config *config)
{
    const dcat_ranks *ranks = rl_jobs(config)->ranks;
    return ranks != NULL ? ranks->rank : 0;
}
static inline int rl_rank_count(const dcat_train_config *config)
{
    const dcat_ranks *ranks = rl_jobs(config)->ranks;
    return ranks != NULL ? ranks->count : 1;
}

// Steps of an environment in an epoch, with the one that only gives the last value, or the
// expert's.
size_t rl_steps_per_environment(const dcat_train_config *config);

// A trainer of this rank, whoever else there is. config has been checked. (trainer.c)
dcat_status rl_trainer_make(const dcat_train_config *config, const dcat_train_source *source,
                            const dcat_actor *initial, dcat_trainer **trainer, dcat_error *err);

// Add derivatives [count], rounded so that sums are exact: in any order, the same bits.
void rl_add_gradient(double *sum, const float *part, size_t count);

// Room that an epoch's sums over ranks need. (trainer_epoch.c)
size_t rl_exchange_count(const dcat_train_config *config, size_t weight_count);

// One environment's part of an epoch: up to advantages, then up to its gradient. (estimator.c)
void rl_play(rl_environment *env, const dcat_actor *actor, uint32_t epoch, rl_step *steps);
void rl_learn(rl_environment *env, const dcat_actor *actor, const rl_step *steps,
              double entropy_weight, double share);

// What local moves make of the best clustering of a state that was tried, as the sample behind the
// others. Returns its profit. (expert.c)
double rl_play_expert(rl_environment *env, dcat_rng *rng, const rl_step *steps);

// --- Environments flattened (trainer_gather.c)

enum { RL_PLACE_WORLD, RL_PLACE_AGE, RL_PLACE_CYCLE, RL_PLACE_SERVERS, RL_PLACE_COUNT };

// Queues and partitions stand one after another, in the order of environments.
typedef struct rl_flat {
    int32_t *place; // [environment_count, RL_PLACE_COUNT]; no servers: not open yet
    double *busy_until_s;
    int32_t *in_force;
    size_t server_total;
} rl_flat;

bool rl_flat_make(size_t environment_count, size_t server_total, rl_flat *flat);
void rl_flat_free(rl_flat *flat); // whether making it succeeded or not

// All ranks: their environments at rank 0, nothing at the others. Errors: ERR_MEMORY, those of the
// ranks; known to all but when only rank 0 fails.
dcat_status rl_gather(const dcat_trainer *trainer, rl_flat *flat, dcat_error *err);

#endif
