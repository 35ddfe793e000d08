// SPDX-License-Identifier: Apache-2.0
#include "learn/checkpoint.h"

#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "dcat-policy"
#define FORMAT_VERSION 1

// --- tensors of a network

typedef struct part {
    const char *suffix;
    size_t offset, rank, shape[2];
} part;

#define PART_COUNT 6

static void parts_of(rl_mlp net, part parts[PART_COUNT])
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    const part made[PART_COUNT] = {
        {"w1", at.w1, 2, {net.in, net.hidden}},     {"b1", at.b1, 1, {net.hidden, 0}},
        {"w2", at.w2, 2, {net.hidden, net.hidden}}, {"b2", at.b2, 1, {net.hidden, 0}},
        {"w3", at.w3, 2, {net.hidden, net.out}},    {"b3", at.b3, 1, {net.out, 0}},
    };
    memcpy(parts, made, sizeof made);
}

static void add_net(rl_tensors *tensors, const char *net_name, rl_mlp net, const float *weights)
{
    part parts[PART_COUNT];
    parts_of(net, parts);
    for (size_t i = 0; i < PART_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", net_name, parts[i].suffix);
        rl_tensors_add(tensors, name, RL_F32, parts[i].rank, parts[i].shape,
                       &weights[parts[i].offset]);
    }
}

dcat_status rl_tensors_take(const rl_tensors *tensors, const char *file, const char *name,
                            rl_dtype dtype, size_t rank, const size_t *shape, void *data,
                            dcat_error *err)
{
    const rl_tensor *tensor = rl_tensors_find(tensors, name);
    if (tensor == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s: tensor %s is missing", file, name);
    }
    bool fits = tensor->dtype == dtype && tensor->rank == rank;
    for (size_t i = 0; fits && i < rank; i++) {
        fits = tensor->shape[i] == shape[i];
    }
    if (!fits) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: tensor %s has another shape or type than this program expects", file,
                         name);
    }
    if (tensor->byte_count > 0) {
        memcpy(data, tensor->data, tensor->byte_count);
    }
    return DCAT_OK;
}

static dcat_status take_net(const rl_tensors *tensors, const char *file, const char *net_name,
                            rl_mlp net, float *weights, dcat_error *err)
{
    part parts[PART_COUNT];
    parts_of(net, parts);
    for (size_t i = 0; i < PART_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", net_name, parts[i].suffix);
        dcat_status status = rl_tensors_take(tensors, file, name, RL_F32, parts[i].rank,
                                             parts[i].shape, &weights[parts[i].offset], err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < rl_mlp_parts_of(net).count; i++) {
        if (!isfinite(weights[i])) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s: a weight of %s is not finite", file,
                             net_name);
        }
    }
    return DCAT_OK;
}

// --- notes

static json_t *join_names(const char *const *names, size_t count)
{
    char text[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(&text[used], sizeof text - used, "%s%s", i == 0 ? "" : ",", names[i]);
    }
    return json_string(text);
}

static void note_number(rl_tensors *tensors, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    rl_tensors_note(tensors, key, text);
}

dcat_status rl_tensors_number(const rl_tensors *tensors, const char *file, const char *key,
                              uint64_t *value, dcat_error *err)
{
    const char *text = rl_tensors_noted(tensors, key);
    char *end = NULL;
    errno = 0;
    unsigned long long number = text != NULL ? strtoull(text, &end, 10) : 0;
    if (text == NULL || text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s: note %s must be a whole number, got '%.40s'",
                         file, key, text != NULL ? text : "nothing");
    }
    *value = number;
    return DCAT_OK;
}

static dcat_status check_format(const rl_tensors *tensors, const char *file, int *feature_version,
                                dcat_error *err)
{
    const char *format = rl_tensors_noted(tensors, "format");
    if (format == NULL || strcmp(format, FORMAT) != 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: not a policy of dcat: note format must be '%s'",
                         file, FORMAT);
    }
    uint64_t format_version = 0, features = 0;
    dcat_status status = rl_tensors_number(tensors, file, "format_version", &format_version, err);
    if (status == DCAT_OK) {
        status = rl_tensors_number(tensors, file, "feature_version", &features, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (format_version != FORMAT_VERSION) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: format_version is %" PRIu64 ", this program needs %d", file,
                         format_version, FORMAT_VERSION);
    }
    if (features < 1 || features > RL_FEATURE_VERSION) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: feature_version is %" PRIu64 ", this program needs 1 to %d", file,
                         features, RL_FEATURE_VERSION);
    }
    *feature_version = (int)features;
    return DCAT_OK;
}

static dcat_status check_names(const rl_tensors *tensors, const char *file, const char *key,
                               const char *const *names, size_t count, dcat_error *err)
{
    json_t *expected = join_names(names, count);
    if (expected == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", file);
    }
    const char *seen = rl_tensors_noted(tensors, key);
    bool same = seen != NULL && strcmp(seen, json_string_value(expected)) == 0;
    json_decref(expected);
    return same ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_FIELD,
                            "%s: note %s lists other features than this program's", file, key);
}

static void take_text(const rl_tensors *tensors, const char *key, char into[DCAT_ACTOR_TEXT])
{
    const char *text = rl_tensors_noted(tensors, key);
    snprintf(into, DCAT_ACTOR_TEXT, "%s", text != NULL ? text : "");
}

static dcat_status take_origin(const rl_tensors *tensors, const char *file,
                               dcat_actor_origin *origin, dcat_error *err)
{
    const char *auction = rl_tensors_noted(tensors, "auction");
    origin->auction = dcat_auction_find(auction != NULL ? auction : "");
    if (origin->auction == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s: note auction names none: '%.40s'", file,
                         auction != NULL ? auction : "");
    }
    dcat_status status = rl_tensors_number(tensors, file, "seed", &origin->seed, err);
    if (status == DCAT_OK) {
        status = rl_tensors_number(tensors, file, "epochs", &origin->epoch_count, err);
    }
    // Files that do not say were made when there was no other rule than the paper's.
    const char *queue = rl_tensors_noted(tensors, "queue");
    bool fifo = queue != NULL && strcmp(queue, dcat_queue_rule_name(DCAT_QUEUE_FIFO)) == 0;
    origin->queue = fifo ? DCAT_QUEUE_FIFO : DCAT_QUEUE_PAPER;
    take_text(tensors, "scenario", origin->scenario);
    take_text(tensors, "command", origin->command);
    take_text(tensors, "commit", origin->commit);
    take_text(tensors, "estimator", origin->estimator);
    take_text(tensors, "ranges", origin->ranges);
    return status;
}

// --- an actor

// What of the actor is switched off, if anything: a note that whole actors do not have.
static void note_ablations(const dcat_actor *actor, rl_tensors *tensors)
{
    if (actor->join) {
        rl_tensors_note(tensors, "join", "yes");
    }
    if (actor->blind) {
        rl_tensors_note(tensors, "blind", "yes");
    }
}

void rl_actor_to_tensors(const dcat_actor *actor, const dcat_actor_origin *origin,
                         rl_tensors *tensors)
{
    add_net(tensors, "pair", actor->pair, actor->weights);
    add_net(tensors, "stop", actor->stop, &actor->weights[actor->stop_at]);
    add_net(tensors, "critic", actor->critic, &actor->weights[actor->critic_at]);
    rl_tensors_note(tensors, "format", FORMAT);
    note_number(tensors, "format_version", FORMAT_VERSION);
    note_number(tensors, "feature_version", (uint64_t)actor->feature_version);
    tensors->metadata = json_with(tensors->metadata, "pair_features",
                                  join_names(rl_pair_feature_names, actor->pair.in));
    tensors->metadata = json_with(tensors->metadata, "pool_features",
                                  join_names(rl_pool_feature_names, actor->stop.in));
    tensors->metadata =
        json_with(tensors->metadata, "contexts", join_names(rl_context_names, RL_CONTEXT_COUNT));
    rl_tensors_note(tensors, "auction", origin->auction->name);
    rl_tensors_note(tensors, "queue", dcat_queue_rule_name(origin->queue));
    note_number(tensors, "seed", origin->seed);
    note_number(tensors, "epochs", origin->epoch_count);
    rl_tensors_note(tensors, "scenario", origin->scenario);
    rl_tensors_note(tensors, "command", origin->command);
    rl_tensors_note(tensors, "commit", origin->commit);
    rl_tensors_note(tensors, "estimator", origin->estimator);
    if (origin->ranges[0] != '\0') {
        rl_tensors_note(tensors, "ranges", origin->ranges);
    }
    note_ablations(actor, tensors);
}

// Hidden units as the file's tensors have them; checked by dcat_actor_create.
static int hidden_of(const rl_tensors *tensors, const char *bias)
{
    const rl_tensor *tensor = rl_tensors_find(tensors, bias);
    bool plausible = tensor != NULL && tensor->rank == 1 && tensor->shape[0] <= RL_HIDDEN_MAX;
    return plausible ? (int)tensor->shape[0] : 0;
}

dcat_status rl_actor_from_tensors(const rl_tensors *tensors, const char *name, dcat_actor **actor,
                                  dcat_error *err)
{
    dcat_actor_origin origin = {0};
    dcat_actor *made = NULL;
    dcat_error inner = {0};
    dcat_actor_shape shape = {.pair_hidden = hidden_of(tensors, "pair.b1"),
                              .stop_hidden = hidden_of(tensors, "stop.b1"),
                              .critic_hidden = hidden_of(tensors, "critic.b1"),
                              .join = rl_tensors_noted(tensors, "join") != NULL,
                              .blind = rl_tensors_noted(tensors, "blind") != NULL};
    dcat_status status = check_format(tensors, name, &shape.feature_version, err);
    if (status == DCAT_OK) {
        status = check_names(tensors, name, "pair_features", rl_pair_feature_names,
                             rl_pair_count_of(shape.feature_version), err);
    }
    if (status == DCAT_OK) {
        status = check_names(tensors, name, "pool_features", rl_pool_feature_names,
                             rl_pool_count_of(shape.feature_version), err);
    }
    if (status == DCAT_OK) {
        status = check_names(tensors, name, "contexts", rl_context_names, RL_CONTEXT_COUNT, err);
    }
    if (status == DCAT_OK) {
        status = take_origin(tensors, name, &origin, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    status = dcat_actor_create(&shape, 0, &made, &inner);
    if (status != DCAT_OK) {
        return dcat_fail(err, status, "%s: %s", name, inner.message);
    }
    status = take_net(tensors, name, "pair", made->pair, made->weights, err);
    if (status == DCAT_OK) {
        status = take_net(tensors, name, "stop", made->stop, &made->weights[made->stop_at], err);
    }
    if (status == DCAT_OK) {
        status =
            take_net(tensors, name, "critic", made->critic, &made->weights[made->critic_at], err);
    }
    if (status != DCAT_OK) {
        dcat_actor_destroy(made);
        return status;
    }
    made->origin = origin;
    *actor = made;
    return DCAT_OK;
}

dcat_status dcat_actor_read(const void *bytes, size_t byte_count, const char *name,
                            dcat_actor **actor, dcat_error *err)
{
    rl_tensors tensors;
    dcat_status status = rl_safetensors_read(bytes, byte_count, name, &tensors, err);
    if (status == DCAT_OK) {
        status = rl_actor_from_tensors(&tensors, name, actor, err);
        rl_tensors_free(&tensors);
    }
    return status;
}

dcat_status dcat_actor_write(const dcat_actor *actor, unsigned char **bytes, size_t *byte_count,
                             dcat_error *err)
{
    rl_tensors tensors = rl_tensors_new();
    rl_actor_to_tensors(actor, &actor->origin, &tensors);
    dcat_status status = rl_safetensors_write(&tensors, bytes, byte_count, err);
    rl_tensors_free(&tensors);
    return status;
}
