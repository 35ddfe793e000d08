// SPDX-License-Identifier: Apache-2.0
// trainer_file.c - a trainer as a file: the actor's tensors, the optimiser's, the environments'.
//
// What can be drawn again is not in the file: worlds come from their numbers, the last cycle's
// demand from its seed. What remains of an environment is where it is, the partition in force and
// the queues. All environments are in it, whichever ranks played them.

#include "learn/checkpoint.h"
#include "learn/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- configuration

#define NOTE_KEY "caller_note"
#define SETTING_MAX 22
typedef struct setting {
    const char *key;
    char text[40];
} setting;

// Everything that the bits of the result depend on.
static size_t settings_of(const dcat_train_config *config, setting settings[SETTING_MAX])
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"train.environments", config->environment_count},
        {"train.samples", config->sample_count},
        {"train.draws", config->draw_count},
        {"train.steps", config->step_count},
        {"train.world_cycles", config->world_cycle_count},
        {"train.epochs", config->epoch_count},
        {"train.learning_rate", config->learning_rate},
        {"train.learning_rate_end", config->learning_rate_end},
        {"train.critic_rate", config->critic_rate},
        {"train.entropy_weight", config->entropy_weight},
        {"train.gradient_max", config->gradient_max},
        {"train.discount", config->discount},
        {"train.trace", config->trace},
    };
    size_t count = sizeof numbers / sizeof numbers[0];
    for (size_t i = 0; i < count; i++) {
        settings[i].key = numbers[i].key;
        snprintf(settings[i].text, sizeof settings[i].text, "%.17g", numbers[i].value);
    }
    if (config->letter) { // files of other trainings stay what they are
        settings[count].key = "train.letter";
        snprintf(settings[count].text, sizeof settings[count].text, "1");
        count++;
    }
    if (config->expert_moves > 0) {
        settings[count].key = "train.expert_moves";
        snprintf(settings[count].text, sizeof settings[count].text, "%d", config->expert_moves);
        count++;
    }
    if (config->critic_judges) {
        settings[count].key = "train.critic_judges";
        snprintf(settings[count].text, sizeof settings[count].text, "1");
        count++;
    }
    settings[count].key = "train.seed";
    snprintf(settings[count].text, sizeof settings[count].text, "%" PRIu64, config->seed);
    count++;
    settings[count].key = "train.estimator";
    snprintf(settings[count].text, sizeof settings[count].text, "%s",
             dcat_estimator_name(config->estimator));
    return count + 1;
}

static dcat_status check_settings(const rl_tensors *tensors, const char *file,
                                  const dcat_train_config *config, const dcat_actor *actor,
                                  dcat_error *err)
{
    setting settings[SETTING_MAX];
    size_t count = settings_of(config, settings);
    for (size_t i = 0; i < count; i++) {
        const char *seen = rl_tensors_noted(tensors, settings[i].key);
        if (seen == NULL) {
            return dcat_fail(err, DCAT_ERR_FIELD,
                             "%s: has no note %s: a policy, not a checkpoint to resume from", file,
                             settings[i].key);
        }
        if (strcmp(seen, settings[i].text) != 0) {
            return dcat_fail(err, DCAT_ERR_FIELD, "%s: was made with %s = %.40s, not %s", file,
                             settings[i].key, seen, settings[i].text);
        }
    }
    if (actor->origin.auction != config->auction) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s: was made with auction %s, not %s", file,
                         actor->origin.auction->name, config->auction->name);
    }
    return DCAT_OK;
}

// --- saving

// The queue rule of the worlds; that of what it started from before one is open.
static dcat_queue_rule queue_of(const dcat_trainer *trainer)
{
    for (int e = 0; e < trainer->config.environment_count; e++) {
        const dcat_world *world = trainer->environments[e].world.world;
        if (world != NULL) {
            return dcat_world_config_view(world)->market.queue;
        }
    }
    return trainer->actor->origin.queue;
}

static dcat_actor_origin origin_now(const dcat_trainer *trainer, const dcat_actor_origin *origin)
{
    dcat_actor_origin made = *origin;
    made.auction = trainer->config.auction;
    made.queue = queue_of(trainer);
    made.epoch_count = trainer->epoch;
    snprintf(made.estimator, sizeof made.estimator, "%s",
             dcat_estimator_name(trainer->config.estimator));
    return made;
}

dcat_status dcat_trainer_write_actor(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                                     unsigned char **bytes, size_t *byte_count, dcat_error *err)
{
    dcat_actor_origin made = origin_now(trainer, origin);
    rl_tensors tensors = rl_tensors_new();
    rl_actor_to_tensors(trainer->actor, &made, &tensors);
    dcat_status status = rl_safetensors_write(&tensors, bytes, byte_count, err);
    rl_tensors_free(&tensors);
    return status;
}

static dcat_status write_all(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                             const rl_flat *flat, unsigned char **bytes, size_t *byte_count,
                             dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    size_t E = (size_t)config->environment_count, weights = trainer->actor->weight_count;
    dcat_actor_origin made = origin_now(trainer, origin);
    rl_tensors tensors = rl_tensors_new();
    rl_actor_to_tensors(trainer->actor, &made, &tensors);
    rl_tensors_add(&tensors, "adam.mean", RL_F32, 1, &weights, trainer->adam.mean);
    rl_tensors_add(&tensors, "adam.square", RL_F32, 1, &weights, trainer->adam.square);
    rl_tensors_add(&tensors, "environments.busy_until_s", RL_F64, 1, &flat->server_total,
                   flat->busy_until_s);
    rl_tensors_add(&tensors, "environments.in_force", RL_I32, 1, &flat->server_total,
                   flat->in_force);
    rl_tensors_add(&tensors, "environments.place", RL_I32, 2, (size_t[]){E, RL_PLACE_COUNT},
                   flat->place);
    setting settings[SETTING_MAX];
    size_t count = settings_of(config, settings);
    for (size_t i = 0; i < count; i++) {
        rl_tensors_note(&tensors, settings[i].key, settings[i].text);
    }
    rl_tensors_note(&tensors, NOTE_KEY, trainer->note);
    dcat_status status = rl_safetensors_write(&tensors, bytes, byte_count, err);
    rl_tensors_free(&tensors);
    return status;
}

dcat_status dcat_trainer_write(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                               unsigned char **bytes, size_t *byte_count, dcat_error *err)
{
    rl_flat flat = {0};
    dcat_status status = rl_gather(trainer, &flat, err);
    if (status == DCAT_OK && rl_rank(&trainer->config) == 0) {
        status = write_all(trainer, origin, &flat, bytes, byte_count, err);
    }
    rl_flat_free(&flat);
    return status;
}

// --- the caller's note

dcat_status dcat_trainer_set_note(dcat_trainer *trainer, const char *note, dcat_error *err)
{
    size_t length = strlen(note);
    if (length >= sizeof trainer->note) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "a trainer's note must be shorter than %zu bytes, got %zu",
                         sizeof trainer->note, length);
    }
    memcpy(trainer->note, note, length + 1);
    return DCAT_OK;
}

const char *dcat_trainer_note_view(const dcat_trainer *trainer)
{
    return trainer->note;
}

const dcat_ranks *dcat_trainer_ranks(const dcat_trainer *trainer)
{
    return rl_jobs(&trainer->config)->ranks;
}

static dcat_status take_note(const rl_tensors *tensors, const char *file,
                             char note[DCAT_TRAIN_NOTE], dcat_error *err)
{
    const char *seen = rl_tensors_noted(tensors, NOTE_KEY);
    if (seen == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: has no note %s: a policy, not a checkpoint to resume from", file,
                         NOTE_KEY);
    }
    if (strlen(seen) >= DCAT_TRAIN_NOTE) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s: note %s must be shorter than %d bytes", file,
                         NOTE_KEY, DCAT_TRAIN_NOTE);
    }
    strcpy(note, seen);
    return DCAT_OK;
}

// --- resuming

// Queues of one rule mean nothing under the other.
static dcat_status check_queue_rule(const rl_environment *env, dcat_queue_rule saved,
                                    const char *file, dcat_error *err)
{
    dcat_queue_rule now = dcat_world_config_view(env->world.world)->market.queue;
    return now == saved
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "%s: was made with market.queue = %s, not %s", file,
                           dcat_queue_rule_name(saved), dcat_queue_rule_name(now));
}

// One environment from its place; at is where its servers start.
static dcat_status restore_environment(rl_environment *env, dcat_queue_rule rule,
                                       const rl_flat *flat, size_t *at, const char *file,
                                       dcat_error *err)
{
    const int32_t *place = &flat->place[env->number * RL_PLACE_COUNT];
    if (place[RL_PLACE_SERVERS] == 0) {
        return DCAT_OK; // saved before its first epoch
    }
    env->world_number = (uint32_t)place[RL_PLACE_WORLD];
    env->age = place[RL_PLACE_AGE];
    env->cycle = (uint32_t)place[RL_PLACE_CYCLE];
    size_t S = (size_t)place[RL_PLACE_SERVERS];
    if (place[RL_PLACE_SERVERS] < 0 || place[RL_PLACE_CYCLE] < 1 || S > flat->server_total - *at) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: environments.place is broken", file);
    }
    size_t first = *at;
    *at += S;
    if (env->number % rl_rank_count(env->config) != rl_rank(env->config)) {
        return DCAT_OK; // another rank plays it
    }
    dcat_status status = rl_environment_restore(env, S, &flat->busy_until_s[first],
                                                &flat->in_force[first], file, err);
    return status == DCAT_OK ? check_queue_rule(env, rule, file, err) : status;
}

// Numbers that training on would spoil everything with, or time that nobody can tell.
static dcat_status check_numbers(const dcat_trainer *trainer, const rl_flat *flat, const char *file,
                                 dcat_error *err)
{
    for (size_t i = 0; i < trainer->actor->weight_count; i++) {
        double mean = (double)trainer->adam.mean[i], square = (double)trainer->adam.square[i];
        if (!isfinite(mean) || !(square >= 0.0 && isfinite(square))) {
            return dcat_fail(
                err, DCAT_ERR_FORMAT,
                "%s: adam.mean[%zu] = %g and adam.square[%zu] = %g must be finite, the "
                "latter >= 0",
                file, i, mean, i, square);
        }
    }
    for (size_t i = 0; i < flat->server_total; i++) {
        if (!(flat->busy_until_s[i] >= 0.0 && isfinite(flat->busy_until_s[i]))) {
            return dcat_fail(err, DCAT_ERR_FORMAT,
                             "%s: environments.busy_until_s[%zu] must be finite and >= 0, got %g",
                             file, i, flat->busy_until_s[i]);
        }
    }
    return DCAT_OK;
}

static dcat_status restore(dcat_trainer *trainer, const rl_tensors *tensors, const char *file,
                           dcat_error *err)
{
    size_t E = (size_t)trainer->config.environment_count, weights = trainer->actor->weight_count;
    const rl_tensor *queues = rl_tensors_find(tensors, "environments.busy_until_s");
    size_t servers = queues != NULL && queues->rank == 1 ? queues->shape[0] : 0;
    rl_flat flat = {0};
    if (!rl_flat_make(E, servers, &flat)) {
        rl_flat_free(&flat);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to resume %zu environments", E);
    }
    const struct {
        const char *name;
        rl_dtype dtype;
        size_t rank, shape[2];
        void *data;
    } parts[] = {
        {"adam.mean", RL_F32, 1, {weights, 0}, trainer->adam.mean},
        {"adam.square", RL_F32, 1, {weights, 0}, trainer->adam.square},
        {"environments.busy_until_s", RL_F64, 1, {servers, 0}, flat.busy_until_s},
        {"environments.in_force", RL_I32, 1, {servers, 0}, flat.in_force},
        {"environments.place", RL_I32, 2, {E, RL_PLACE_COUNT}, flat.place},
    };
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < sizeof parts / sizeof parts[0]; i++) {
        status = rl_tensors_take(tensors, file, parts[i].name, parts[i].dtype, parts[i].rank,
                                 parts[i].shape, parts[i].data, err);
    }
    if (status == DCAT_OK) {
        status = check_numbers(trainer, &flat, file, err);
    }
    size_t at = 0;
    for (size_t e = 0; status == DCAT_OK && e < E; e++) {
        status = restore_environment(&trainer->environments[e], trainer->actor->origin.queue, &flat,
                                     &at, file, err);
    }
    rl_flat_free(&flat);
    trainer->epoch = (uint32_t)trainer->actor->origin.epoch_count;
    trainer->adam.step = trainer->epoch;
    return status;
}

static dcat_status resume(const rl_tensors *tensors, const char *path,
                          const dcat_train_config *config, const dcat_train_source *source,
                          dcat_trainer **trainer, dcat_error *err)
{
    dcat_actor *actor = NULL;
    dcat_trainer *made = NULL;
    dcat_status status = rl_actor_from_tensors(tensors, path, &actor, err);
    if (status == DCAT_OK) {
        status = check_settings(tensors, path, config, actor, err);
    }
    if (status == DCAT_OK) {
        status = rl_trainer_make(config, source, actor, &made, err);
    }
    if (status == DCAT_OK) {
        status = take_note(tensors, path, made->note, err);
    }
    if (status == DCAT_OK) {
        status = restore(made, tensors, path, err);
    }
    dcat_actor_destroy(actor);
    if (status != DCAT_OK) {
        dcat_trainer_destroy(made);
        return status;
    }
    *trainer = made;
    return DCAT_OK;
}

dcat_status dcat_trainer_read(const dcat_train_config *config, const dcat_train_source *source,
                              const void *bytes, size_t byte_count, const char *name,
                              dcat_trainer **trainer, dcat_error *err)
{
    rl_tensors tensors;
    dcat_status status = rl_safetensors_read(bytes, byte_count, name, &tensors, err);
    if (status == DCAT_OK) {
        status = resume(&tensors, name, config, source, trainer, err);
        rl_tensors_free(&tensors);
    }
    return status;
}

dcat_status dcat_trainer_read_note(const void *bytes, size_t byte_count, const char *name,
                                   char note[DCAT_TRAIN_NOTE], dcat_error *err)
{
    rl_tensors tensors;
    dcat_status status = rl_safetensors_read(bytes, byte_count, name, &tensors, err);
    if (status == DCAT_OK) {
        status = take_note(&tensors, name, note, err);
        rl_tensors_free(&tensors);
    }
    return status;
}
