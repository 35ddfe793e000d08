// SPDX-License-Identifier: Apache-2.0
#include "study_small.h"

#include "support.h"

#include "dcat/x/actor.h"
#include <string.h>

// --- A stand-in for the learner

typedef struct stand_in {
    dcat_actor *actor;
    const char *identity;
    int load_count;
} stand_in;

static dcat_status load(void *user, const char *file, const dcat_auction *auction, int sample_count,
                        const void **model, char identity[REPRODUCE_IDENTITY_SIZE], dcat_error *err)
{
    stand_in *learner = user;
    (void)auction;
    (void)sample_count;
    if (file != NULL && strcmp(file, "missing") == 0) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "missing: no such file");
    }
    learner->load_count++;
    *model = learner->actor;
    snprintf(identity, REPRODUCE_IDENTITY_SIZE, "%s", file != NULL ? file : learner->identity);
    return DCAT_OK;
}

static void describe(void *user, const reproduce_training *training, FILE *file)
{
    (void)user;
    fprintf(file, "stand-in %s\n", training->estimator);
}

// The reward of epoch n of seed s is s + n / 100.
static dcat_status train(void *user, const reproduce_training *training, void **trained,
                         const void **model, dcat_error *err)
{
    stand_in *learner = user;
    dcat_status status = DCAT_OK;
    for (uint32_t epoch = 0;
         training->after_epoch != NULL && status == DCAT_OK && epoch <= training->epoch_count;
         epoch++) {
        status = training->after_epoch(training->user, epoch,
                                       (double)training->seed + epoch / 100.0, learner->actor, err);
    }
    *trained = NULL;
    *model = learner->actor;
    return status;
}

static void release(void *user, void *trained)
{
    (void)user;
    assert_null(trained);
}

static stand_in learner_state = {.identity = "first"};
static const reproduce_learner learner = {&learner_state, load, describe, train, release};

int make_actor(void **fixture)
{
    (void)fixture;
    const dcat_actor_shape shape = {.pair_hidden = 8, .stop_hidden = 8, .critic_hidden = 8};
    return dcat_actor_create(&shape, 7, &learner_state.actor, NULL) == DCAT_OK ? 0 : -1;
}

int free_actor(void **fixture)
{
    (void)fixture;
    dcat_actor_destroy(learner_state.actor);
    return 0;
}

const void *stand_in_model(void)
{
    return learner_state.actor;
}

static reproduce_plan *shipped;

static void free_plan(void)
{
    reproduce_plan_destroy(shipped);
}

const reproduce_plan *shipped_plan(void)
{
    dcat_error err = {0};
    if (shipped == NULL) {
        if (reproduce_plan_load(NULL, &shipped, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        atexit(free_plan);
    }
    return shipped;
}

// A study small enough for tests.
reproduce_options small(unsigned figures)
{
    static const char *const one_day[] = {"time.validate_days=[93, 93]"};
    reproduce_options options = reproduce_options_default(shipped_plan(), true);
    options.overrides = one_day;
    options.override_count = 1;
    options.scenario = "paper";
    options.figures = figures;
    options.program = "program";
    options.learner = &learner;
    options.world_count = 2;
    options.cycle_count = 2;
    options.anneal_proposals = 2;
    options.curve_epoch_count = 4;
    options.curve_look_every = 2;
    options.curve_seed_count = 2;
    return options;
}

void plan(const reproduce_options *options, reproduce_study *study)
{
    dcat_error err = {0};
    *study = (reproduce_study){0};
    if (reproduce_study_plan(options, study, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}

reproduce_job *list(const reproduce_study *study, size_t *count)
{
    reproduce_job *jobs = NULL;
    assert_int_equal(reproduce_jobs_list(study, &jobs, count, NULL), DCAT_OK);
    return jobs;
}
