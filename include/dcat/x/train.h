// SPDX-License-Identifier: Apache-2.0
// train.h - learning to cluster: Algorithm 1 of the paper and two better-behaved relatives.
//
// A trainer holds an actor, its optimiser and E environments, each a world of its own at some
// cycle. An epoch lets every environment play, adds up the gradients and takes one Adam step.
// Worlds come from the caller, who may draw them from ranges (a generalist) or always give the same
// one (an actor for one network).
//
// Several processes can share one training: environment e is played by rank e mod count, and every
// rank holds all weights. Calls that say "all ranks" are made by all of them in the same order, and
// return the same status at each. More ranks than environments are allowed, so that a checkpoint
// goes on anywhere; those without an environment keep in step and learn nothing.
//
// Results are the same bits for any number of threads and of ranks, and when a checkpoint goes on
// with another number of either: every sum over environments is either taken in their order or
// exact, whatever its order. Two conditions: the ranks run the same program on processors that BLAS
// treats alike, and no derivative of the loss, its absolute value summed over environments, reaches
// 128 (usual: below 1, and larger ones are scaled down anyway). Beyond that a sum is still that of
// double precision, rounded to float. On unlike processors an epoch differs by what BLAS differs,
// and later ones are other trainings of the same kind; all ranks hold the same weights even then.

#ifndef DCAT_X_TRAIN_H
#define DCAT_X_TRAIN_H

#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/world.h"
#include "dcat/x/actor.h"
#include "dcat/x/jobs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dcat_estimator {
    DCAT_ESTIMATOR_GROUP = 0, // several clusterings of one state on the same arrivals, standardised
    DCAT_ESTIMATOR_GAE,       // A2C: critic V, TD errors (14), lambda-return over a rollout
    DCAT_ESTIMATOR_PAPER,     // gradient and target of Algorithm 1: critic Q, SARSA, no advantage
    DCAT_ESTIMATOR_COUNT
} dcat_estimator;

DCAT_API const char *dcat_estimator_name(dcat_estimator estimator);
DCAT_API dcat_estimator dcat_estimator_find(const char *name); // COUNT if there is none

typedef struct dcat_train_config {
    size_t size; // DCAT_SIZED(dcat_train_config)
    dcat_estimator estimator;
    const dcat_auction *auction;
    uint64_t seed;
    uint32_t epoch_count;  // of the schedules below; >= 1
    int environment_count; // E >= 1
    int sample_count;      // clusterings per state (group only); >= 2
    int draw_count;        // arrival draws each is tried on (group only); >= 1
    int step_count;        // T, cycles per environment and epoch (gae and paper); >= 1
    int world_cycle_count; // cycles before an environment gets another world; >= 1
    double learning_rate;  // at the start; falls along a half cosine to ...
    double learning_rate_end;
    double critic_rate;    // learning rate of the critic, constant
    double entropy_weight; // at the start; falls linearly to 0
    double gradient_max;   // norm beyond which the actor's gradient is scaled down; > 0
    double discount;       // xi, in [0, 1)
    double trace;          // lambda of gae, in [0, 1]
    // Nullable; borrowed until the trainer is destroyed. Environments are shared among its threads
    // and ranks; clock_s fills the times of a report; stop is asked once an epoch, see stop of a
    // report. Nothing else of it is called.
    const dcat_jobs *jobs;
    // Algorithm 1 to the letter (paper only; E, T = 1, entropy_weight = 0): its lines 10 to 12
    // after every cycle, with constant rates learning_rate and critic_rate, and none of what
    // estimator paper adds to them: Adam, (1 - xi) rewards, gradient_max, sums over cycles.
    bool letter;
    // Expert iteration (group only): so many local moves are tried from the best clustering of a
    // state, and where they earn more the actor learns what they led to, as one more sample.
    // 0: none.
    int expert_moves;
    // The critic learns the profit of every clustering of a state instead of their mean (group
    // only); critic_error of a report is then what it leaves unexplained of how they differ. Nobody
    // asks it.
    bool critic_judges;
} dcat_train_config;

DCAT_API dcat_train_config dcat_train_config_default(dcat_estimator estimator);
DCAT_API dcat_status dcat_train_config_check(const dcat_train_config *config, dcat_error *err);

// A world to learn on, and the cycles that may be used. handle is the source's own.
typedef struct dcat_train_world {
    const dcat_world *world;
    const dcat_demand *demand;         // drawn
    uint32_t cycle_first, cycle_count; // >= 2
    void *handle;
} dcat_train_world;

// Worlds by number: the same number is the same world. Called from any thread, several at a time.
typedef struct dcat_train_source {
    void *user;
    dcat_status (*open)(void *user, uint64_t number, dcat_train_world *world, dcat_error *err);
    void (*close)(void *user, dcat_train_world *world);
} dcat_train_source;

typedef struct dcat_trainer dcat_trainer;

// All ranks. initial is copied; rank 0's counts, others may pass NULL. Errors: ERR_RANGE,
// ERR_MEMORY, and those of the ranks.
DCAT_API dcat_status dcat_trainer_create(const dcat_train_config *config,
                                         const dcat_train_source *source, const dcat_actor *initial,
                                         dcat_trainer **trainer, dcat_error *err);
DCAT_API void dcat_trainer_destroy(dcat_trainer *trainer);

// What an epoch did. Profits are shares of what all servers could earn at the mean fee without
// paying anybody, so that worlds compare.
typedef struct dcat_train_report {
    uint32_t epoch;        // epochs done
    double profit;         // of the partitions that the environments went on with
    double profit_sampled; // mean over sampled partitions
    double entropy;        // mean over choices, nats
    double critic_error;   // root mean square; see critic_judges
    double gradient_norm;  // of the actor, before clipping
    double learning_rate;
    double cluster_count;  // per server, of the partitions gone on with
    uint64_t cycle_count;  // simulated
    uint64_t choice_count; // merges and stops sampled
    bool stop;             // some rank's configuration asked to stop, during or before this epoch
    // Summed over threads and ranks; but the optimiser's, and the wait for other ranks and what
    // they say, are those of this rank.
    double simulation_s, scoring_s, backward_s, optimiser_s, exchange_s;
} dcat_train_report;

// One epoch. All ranks; all get the same report, but for the times that are their own. They talk
// once: gradient, reports and wishes to stop go in one sum of weight_count + 10 E + 4 count
// numbers; gae's standardisation needs another of 2 E + count. Errors: what the source returns at
// any rank, ERR_MEMORY, ERR_INTERNAL when ranks hold different weights, and those of the ranks; the
// trainer is then as after the last complete epoch only if resumed from its file.
DCAT_API dcat_status dcat_trainer_epoch(dcat_trainer *trainer, dcat_train_report *report,
                                        dcat_error *err);

DCAT_API const dcat_actor *dcat_trainer_actor_view(const dcat_trainer *trainer);
DCAT_API uint32_t dcat_trainer_epoch_count(const dcat_trainer *trainer); // done

// A text of the caller's own that travels with the trainer: dcat_trainer_write writes it
// and dcat_trainer_read brings it back, so that what was averaged and reached outside goes on too.
// Errors: ERR_RANGE when it is DCAT_TRAIN_NOTE bytes or longer.
#define DCAT_TRAIN_NOTE 8192
DCAT_API dcat_status dcat_trainer_set_note(dcat_trainer *trainer, const char *note,
                                           dcat_error *err);
DCAT_API const char *dcat_trainer_note_view(const dcat_trainer *trainer); // "" when never set

// The ranks it was created with; NULL for one process.
DCAT_API const dcat_ranks *dcat_trainer_ranks(const dcat_trainer *trainer);

// --- A trainer as bytes; x/policy_file.h puts them into files. What is written is the caller's to
// free; name stands for the file in messages.

// Everything needed to go on: actor, optimiser, all environments, gathered at rank 0. All ranks.
// The others write nothing and leave *bytes as it is; only rank 0 can fail after that. Errors:
// ERR_MEMORY, those of the ranks.
DCAT_API dcat_status dcat_trainer_write(const dcat_trainer *trainer,
                                        const dcat_actor_origin *origin, unsigned char **bytes,
                                        size_t *byte_count, dcat_error *err);
// The actor alone, as a policy file. This rank alone, and so are all below.
DCAT_API dcat_status dcat_trainer_write_actor(const dcat_trainer *trainer,
                                              const dcat_actor_origin *origin,
                                              unsigned char **bytes, size_t *byte_count,
                                              dcat_error *err);
// Errors: as dcat_actor_read; ERR_FIELD for a file of another configuration, naming the field.
DCAT_API dcat_status dcat_trainer_read(const dcat_train_config *config,
                                       const dcat_train_source *source, const void *bytes,
                                       size_t byte_count, const char *name, dcat_trainer **trainer,
                                       dcat_error *err);
// The note without the worlds: settings can be had from there before a source is made. Errors: as
// dcat_actor_read; ERR_FIELD when it is a policy, not a trainer.
DCAT_API dcat_status dcat_trainer_read_note(const void *bytes, size_t byte_count, const char *name,
                                            char note[DCAT_TRAIN_NOTE], dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
