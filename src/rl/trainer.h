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

// --- A trainer as bytes (trainer_file.c); src/io/policy_file.c puts them into files. What is
// written is the caller's to free; name stands for the file in messages. Errors: as the public
// functions.

dcat_status rl_trainer_write(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                             unsigned char **bytes, size_t *byte_count, dcat_error *err);
dcat_status rl_trainer_write_actor(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                                   unsigned char **bytes, size_t *byte_count, dcat_error *err);
dcat_status rl_trainer_read(const dcat_train_config *config, const dcat_train_source *source,
                            const void *bytes, size_t byte_count, const char *name,
                            dcat_trainer **trainer, dcat_error *err);
dcat_status rl_trainer_read_note(const void *bytes, size_t byte_count, const char *name,
                                 char note[DCAT_TRAIN_NOTE], dcat_error *err);

#endif
