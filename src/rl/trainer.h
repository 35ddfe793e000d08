// trainer.h (internal) - the inside of dcat_trainer.

#ifndef DCAT_RL_TRAINER_H
#define DCAT_RL_TRAINER_H

#include "dcat/train.h"
#include "rl/adam.h"
#include "rl/environment.h"

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

struct dcat_trainer {
    dcat_train_config config;
    dcat_train_source source;
    dcat_actor *actor;
    rl_adam adam;
    uint32_t epoch;               // done
    rl_environment *environments; // [environment_count]
    float *gradient;              // [weight_count] of all of them
    rl_step *steps;               // [environment_count, steps]
    char note[DCAT_TRAIN_NOTE];   // of the caller
};

// One environment's part of an epoch: up to advantages, then up to its gradient. (estimator.c)
void rl_play(rl_environment *env, const dcat_actor *actor, uint32_t epoch, rl_step *steps);
void rl_learn(rl_environment *env, const dcat_actor *actor, const rl_step *steps,
              double entropy_weight, double share);

#endif
