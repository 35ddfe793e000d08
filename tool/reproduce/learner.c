// SPDX-License-Identifier: Apache-2.0
#include "tool/reproduce/learner.h"

#include "dcat/x/actor.h"
#include "dcat/x/file.h"
#include "dcat/x/policy_file.h"
#include "dcat/x/train.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- policies

// The shipped policies are part of the program, which the keys of jobs name already.
static dcat_status load(void *user, const char *file, const dcat_auction *auction, int sample_count,
                        const void **model, char identity[REPRODUCE_IDENTITY_SIZE], dcat_error *err)
{
    reproduce_policies *policies = user;
    if (policies->count == REPRODUCE_LOADED_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "more than %d policies", REPRODUCE_LOADED_MAX);
    }
    char hex[65] = "shipped";
    dcat_actor *actor = NULL;
    dcat_status status = file != NULL ? dcat_file_sha256(file, hex, err) : DCAT_OK;
    if (status == DCAT_OK) {
        status = file != NULL ? dcat_actor_load(file, &actor, err)
                              : dcat_actor_shipped(auction, &actor, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    dcat_actor_set_sample_count(actor, sample_count);
    policies->actors[policies->count++] = actor;
    snprintf(identity, REPRODUCE_IDENTITY_SIZE, "%s", hex);
    *model = actor;
    return DCAT_OK;
}

void reproduce_policies_free(reproduce_policies *policies)
{
    for (size_t i = 0; i < policies->count; i++) {
        dcat_actor_destroy(policies->actors[i]);
    }
    *policies = (reproduce_policies){0};
}

// --- training

// Choice: half as many environments as `dcat train` has by default. One world has less to see than
// many; the policies that come out earn the same and take half the time.
#define ENVIRONMENTS 4
#define TUNING_RATE 3e-4 // gentler than from nothing: there is something to lose

static const dcat_jobs one_thread = {.size = sizeof(dcat_jobs), .thread_count = 1};

static dcat_train_config config_of(const reproduce_training *training)
{
    dcat_train_config config = dcat_train_config_default(dcat_estimator_find(training->estimator));
    config.auction = training->auction;
    config.seed = training->seed;
    config.epoch_count = training->epoch_count;
    config.environment_count = ENVIRONMENTS;
    config.jobs = &one_thread; // jobs are what runs in parallel
    if (training->initial != NULL) {
        config.learning_rate = TUNING_RATE;
    }
    return config;
}

static void describe(void *user, const reproduce_training *training, FILE *file)
{
    (void)user;
    const dcat_train_config config = config_of(training);
    const dcat_actor_shape shape = dcat_actor_shape_default();
    fprintf(file,
            "environments %d samples %d draws %d steps %d world_cycles %d rate %.17g %.17g critic "
            "%.17g entropy %.17g gradient %.17g discount %.17g trace %.17g shape %d %d %d\n",
            config.environment_count, config.sample_count, config.draw_count, config.step_count,
            config.world_cycle_count, config.learning_rate, config.learning_rate_end,
            config.critic_rate, config.entropy_weight, config.gradient_max, config.discount,
            config.trace, shape.pair_hidden, shape.stop_hidden, shape.critic_hidden);
}

// The one world of a training, whatever number is asked for.
static dcat_status open_world(void *user, uint64_t number, dcat_train_world *into, dcat_error *err)
{
    (void)number;
    (void)err;
    const reproduce_training *training = user;
    *into = (dcat_train_world){
        .world = training->world,
        .demand = training->demand,
        .cycle_first = training->cycle_first,
        .cycle_count = training->cycle_count,
    };
    return DCAT_OK;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user; // the world outlives the training
    (void)world;
}

static dcat_status tell(const reproduce_training *training, const dcat_trainer *trainer,
                        double reward, dcat_error *err)
{
    return training->after_epoch == NULL
               ? DCAT_OK
               : training->after_epoch(training->user, dcat_trainer_epoch_count(trainer), reward,
                                       dcat_trainer_actor_view(trainer), err);
}

static dcat_status run_epochs(const reproduce_training *training, dcat_trainer *trainer,
                              dcat_error *err)
{
    dcat_status status = tell(training, trainer, NAN, err);
    while (status == DCAT_OK && dcat_trainer_epoch_count(trainer) < training->epoch_count) {
        dcat_train_report report = {0};
        status = dcat_trainer_epoch(trainer, &report, err);
        if (status == DCAT_OK) {
            status = tell(training, trainer, report.profit_sampled, err);
        }
    }
    return status;
}

static dcat_status train(void *user, const reproduce_training *training, void **trained,
                         const void **model, dcat_error *err)
{
    (void)user;
    const dcat_train_config config = config_of(training);
    const dcat_actor_shape shape = dcat_actor_shape_default();
    // The source only reads its user.
    const dcat_train_source source = {(void *)training, open_world, close_world};
    dcat_actor *fresh = NULL;
    dcat_trainer *trainer = NULL;
    dcat_status status = training->initial == NULL
                             ? dcat_actor_create(&shape, training->seed, &fresh, err)
                             : DCAT_OK;
    if (status == DCAT_OK) {
        const dcat_actor *initial = training->initial != NULL ? training->initial : fresh;
        status = dcat_trainer_create(&config, &source, initial, &trainer, err);
    }
    dcat_actor_destroy(fresh);
    if (status == DCAT_OK) {
        status = run_epochs(training, trainer, err);
    }
    if (status != DCAT_OK) {
        dcat_trainer_destroy(trainer);
        return status;
    }
    *trained = trainer;
    *model = dcat_trainer_actor_view(trainer);
    return DCAT_OK;
}

static void release(void *user, void *trained)
{
    (void)user;
    dcat_trainer_destroy(trained);
}

reproduce_learner reproduce_learner_make(reproduce_policies *policies)
{
    return (reproduce_learner){
        .user = policies,
        .load = load,
        .describe = describe,
        .train = train,
        .release = release,
    };
}
