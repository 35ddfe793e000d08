// SPDX-License-Identifier: Apache-2.0
#include "learn/trainer.h"

#include "base/ranks/ranks.h"
#include "base/ranks/ranks_share.h"
#include "base/sized.h"
#include "learn/checkpoint.h"
#include "learn/net/matrix.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

// --- configuration

static const char *const estimator_names[DCAT_ESTIMATOR_COUNT] = {"group", "gae", "paper"};

const char *dcat_estimator_name(dcat_estimator estimator)
{
    assert(estimator < DCAT_ESTIMATOR_COUNT);
    return estimator_names[estimator];
}

dcat_estimator dcat_estimator_find(const char *name)
{
    unsigned found = 0;
    while (found < DCAT_ESTIMATOR_COUNT && strcmp(estimator_names[found], name) != 0) {
        found++;
    }
    return (dcat_estimator)found;
}

dcat_train_config dcat_train_config_default(dcat_estimator estimator)
{
    dcat_train_config config = {
        DCAT_SIZED(dcat_train_config),
        .estimator = estimator,
        .auction = dcat_auction_find("rea-s"),
        .seed = 1,
        .epoch_count = 600,
        .environment_count = 8,
        .sample_count = 16,
        .draw_count = 2,
        .step_count = 16,
        .world_cycle_count = 12,
        .learning_rate = 1e-3,
        .learning_rate_end = 1e-5,
        .critic_rate = 1e-3,
        .entropy_weight = 0.01,
        .gradient_max = 1.0,
        .discount = estimator == DCAT_ESTIMATOR_PAPER ? 0.99 : 0.5,
        .trace = 0.9,
    };
    return config;
}

static dcat_status check_count(const char *name, int64_t value, int64_t min, int64_t max,
                               dcat_error *err)
{
    if (value < min || value > max) {
        return dcat_fail(err, DCAT_ERR_RANGE, "train.%s must be in [%lld, %lld], got %lld", name,
                         (long long)min, (long long)max, (long long)value);
    }
    return DCAT_OK;
}

static dcat_status check_real(const char *name, double value, double min, double max,
                              dcat_error *err)
{
    if (!(value >= min && value <= max)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "train.%s must be in [%g, %g], got %g", name, min,
                         max, value);
    }
    return DCAT_OK;
}

dcat_status dcat_train_config_check(const dcat_train_config *config, dcat_error *err)
{
    dcat_status sized = SIZED_CHECK(dcat_train_config, config, err);
    if (sized == DCAT_OK) {
        sized = dcat_jobs_check(config->jobs, err);
    }
    if (sized != DCAT_OK) {
        return sized;
    }
    const struct {
        const char *name;
        int64_t value, min, max;
    } counts[] = {
        {"estimator", (int64_t)config->estimator, 0, DCAT_ESTIMATOR_COUNT - 1},
        {"epochs", config->epoch_count, 1, UINT32_MAX},
        {"environments", config->environment_count, 1, 4096},
        {"samples", config->sample_count, 2, 1024},
        {"draws", config->draw_count, 1, 1024},
        {"steps", config->step_count, 1, 1024},
        {"world_cycles", config->world_cycle_count, 1, INT32_MAX},
        {"expert_moves", config->expert_moves, 0, 1000000},
    };
    const struct {
        const char *name;
        double value, min, max;
    } reals[] = {
        {"learning_rate", config->learning_rate, 0.0, 1.0},
        {"learning_rate_end", config->learning_rate_end, 0.0, 1.0},
        {"critic_rate", config->critic_rate, 0.0, 1.0},
        {"entropy_weight", config->entropy_weight, 0.0, 100.0},
        {"gradient_max", config->gradient_max, 1e-9, 1e9},
        {"discount", config->discount, 0.0, 0.999999},
        {"trace", config->trace, 0.0, 1.0},
    };
    dcat_status status = DCAT_OK;
    if (config->letter &&
        (config->estimator != DCAT_ESTIMATOR_PAPER || config->environment_count != 1 ||
         config->step_count != 1 || config->entropy_weight != 0.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "train.letter is for estimator paper with one environment, one step and "
                         "no entropy bonus");
    }
    if (config->estimator != DCAT_ESTIMATOR_GROUP &&
        (config->expert_moves > 0 || config->critic_judges)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "train.expert_moves and train.critic_judges are for estimator group");
    }
    if (config->auction == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "train.auction must be set");
    }
    for (size_t i = 0; status == DCAT_OK && i < sizeof counts / sizeof counts[0]; i++) {
        status = check_count(counts[i].name, counts[i].value, counts[i].min, counts[i].max, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < sizeof reals / sizeof reals[0]; i++) {
        status = check_real(reals[i].name, reals[i].value, reals[i].min, reals[i].max, err);
    }
    return status;
}

// --- creation

size_t rl_steps_per_environment(const dcat_train_config *config)
{
    if (config->estimator == DCAT_ESTIMATOR_GROUP) { // and the expert's
        return (size_t)config->sample_count + (config->expert_moves > 0);
    }
    return (size_t)config->step_count + 1;
}

static void trainer_layout(arena *a, const dcat_train_config *config, const dcat_actor *actor,
                           dcat_trainer *trainer)
{
    size_t E = (size_t)config->environment_count;
    size_t hidden = actor->pair.hidden;
    hidden = actor->stop.hidden > hidden ? actor->stop.hidden : hidden;
    hidden = actor->critic.hidden > hidden ? actor->critic.hidden : hidden;
    trainer->environments = ARENA_ARRAY(a, rl_environment, E);
    trainer->adam.mean = ARENA_ARRAY(a, float, actor->weight_count);
    trainer->adam.square = ARENA_ARRAY(a, float, actor->weight_count);
    trainer->gradient = ARENA_ARRAY(a, float, actor->weight_count);
    trainer->exchange = ARENA_ARRAY(a, double, rl_exchange_count(config, actor->weight_count));
    trainer->steps = ARENA_ARRAY(a, rl_step, E * rl_steps_per_environment(config));
    trainer->blocks = ARENA_ARRAY(a, rl_block, rl_rank_count(config));
    size_t first = (size_t)rl_rank(config), stride = (size_t)rl_rank_count(config);
    for (size_t e = first; e < E; e += stride) {
        rl_environment env = {
            .gradient = ARENA_ARRAY(a, float, actor->weight_count),
            .moved = ARENA_ARRAY(a, float, config->letter ? actor->weight_count : 0),
            .scratch = {ARENA_ARRAY(a, float, RL_BATCH *hidden),
                        ARENA_ARRAY(a, float, RL_BATCH *hidden),
                        ARENA_ARRAY(a, float, RL_BATCH *hidden),
                        ARENA_ARRAY(a, float, RL_BATCH *hidden)},
        };
        if (a->base != NULL) {
            trainer->environments[e] = env;
        }
    }
}

static dcat_status copy_actor(const dcat_actor *from, dcat_actor **copy, dcat_error *err)
{
    dcat_actor_shape shape = dcat_actor_shape_of(from);
    dcat_status status = dcat_actor_create(&shape, 0, copy, err);
    if (status == DCAT_OK) {
        memcpy((*copy)->weights, from->weights, sizeof(float) * from->weight_count);
        (*copy)->origin = from->origin;
        (*copy)->guard_tasks = -1; // the policy learns and is validated by itself
    }
    return status;
}

dcat_status rl_trainer_make(const dcat_train_config *config, const dcat_train_source *source,
                            const dcat_actor *initial, dcat_trainer **trainer, dcat_error *err)
{
    dcat_trainer made = {.config = *config, .source = *source};
    dcat_status status = matrix_open(err);
    if (status != DCAT_OK) {
        return status;
    }
    arena measure = {0};
    arena_take(&measure, sizeof made);
    trainer_layout(&measure, config, initial, &made);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a trainer (%zu MiB)",
                         measure.used >> 20);
    }
    status = copy_actor(initial, &made.actor, err);
    if (status != DCAT_OK) {
        free(place.base);
        return status;
    }
    memset(place.base, 0, measure.used);
    dcat_trainer *block = arena_take(&place, sizeof *block);
    trainer_layout(&place, config, made.actor, &made);
    *block = made;
    block->adam.count = block->actor->weight_count;
    for (int e = 0; e < config->environment_count; e++) {
        block->environments[e].config = &block->config;
        block->environments[e].source = &block->source;
        block->environments[e].number = e;
    }
    *trainer = block;
    return DCAT_OK;
}

// Rank 0's actor, as the bytes of its file. *actor is the caller's to destroy; NULL when alone.
static dcat_status share_actor(const dcat_ranks *ranks, const dcat_actor *initial,
                               dcat_actor **actor, dcat_error *err)
{
    if (ranks == NULL || ranks->count == 1) {
        return DCAT_OK;
    }
    unsigned char *written = NULL;
    size_t byte_count = 0;
    dcat_status status = DCAT_OK;
    if (dcat_ranks_first(ranks)) {
        status = dcat_actor_write(initial, &written, &byte_count, err);
    }
    void *bytes = written;
    status = ranks_share(ranks, status, &bytes, &byte_count, err);
    if (status == DCAT_OK) {
        status = dcat_actor_read(bytes, byte_count, "the actor of rank 0", actor, err);
    }
    free(bytes);
    return status;
}

dcat_status dcat_trainer_create(const dcat_train_config *config, const dcat_train_source *source,
                                const dcat_actor *initial, dcat_trainer **trainer, dcat_error *err)
{
    dcat_error failure = {0}; // what ranks tell each other, whether the caller wants it or not
    dcat_status status = dcat_train_config_check(config, &failure);
    if (status != DCAT_OK) { // of the same configuration at every rank
        return dcat_fail(err, status, "%s", failure.message);
    }
    dcat_actor *shared = NULL;
    dcat_trainer *made = NULL;
    const dcat_ranks *ranks = rl_jobs(config)->ranks;
    status = share_actor(ranks, initial, &shared, &failure);
    if (status == DCAT_OK) {
        status =
            rl_trainer_make(config, source, shared != NULL ? shared : initial, &made, &failure);
    }
    dcat_actor_destroy(shared);
    status = ranks_agree(ranks, status, &failure);
    if (status != DCAT_OK) {
        dcat_trainer_destroy(made);
        return dcat_fail(err, status, "%s", failure.message);
    }
    *trainer = made;
    return DCAT_OK;
}

void dcat_trainer_destroy(dcat_trainer *trainer)
{
    if (trainer == NULL) {
        return;
    }
    for (int e = 0; e < trainer->config.environment_count; e++) {
        rl_environment_close(&trainer->environments[e]);
    }
    dcat_actor_destroy(trainer->actor);
    free(trainer);
}

const dcat_actor *dcat_trainer_actor_view(const dcat_trainer *trainer)
{
    return trainer->actor;
}

uint32_t dcat_trainer_epoch_count(const dcat_trainer *trainer)
{
    return trainer->epoch;
}
