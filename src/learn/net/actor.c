// SPDX-License-Identifier: Apache-2.0
#include "learn/net/actor.h"

#include <assert.h>
#include <stdlib.h>

dcat_actor_shape dcat_actor_shape_default(void)
{
    return (dcat_actor_shape){.pair_hidden = 64,
                              .stop_hidden = 32,
                              .critic_hidden = 32,
                              .feature_version = RL_FEATURE_VERSION};
}

static dcat_status check_hidden(const char *name, int hidden, dcat_error *err)
{
    if (hidden < RL_HIDDEN_MULTIPLE || hidden > RL_HIDDEN_MAX || hidden % RL_HIDDEN_MULTIPLE != 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s must be a multiple of %d in [%d, %d], got %d",
                         name, RL_HIDDEN_MULTIPLE, RL_HIDDEN_MULTIPLE, RL_HIDDEN_MAX, hidden);
    }
    return DCAT_OK;
}

dcat_status dcat_actor_create(const dcat_actor_shape *shape, uint64_t seed, dcat_actor **actor,
                              dcat_error *err)
{
    dcat_status status = check_hidden("pair_hidden", shape->pair_hidden, err);
    if (status == DCAT_OK) {
        status = check_hidden("stop_hidden", shape->stop_hidden, err);
    }
    if (status == DCAT_OK) {
        status = check_hidden("critic_hidden", shape->critic_hidden, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    int version = shape->feature_version == 0 ? RL_FEATURE_VERSION : shape->feature_version;
    if (version < 1 || version > RL_FEATURE_VERSION) {
        return dcat_fail(err, DCAT_ERR_RANGE, "feature_version must be in [0, %d], got %d",
                         RL_FEATURE_VERSION, version);
    }
    size_t pool_count = rl_pool_count_of(version);
    dcat_actor made = {
        .pair = {rl_pair_count_of(version), (size_t)shape->pair_hidden, RL_CONTEXT_COUNT},
        .stop = {pool_count, (size_t)shape->stop_hidden, 1},
        .critic = {2 * pool_count, (size_t)shape->critic_hidden, 1},
        .feature_version = version,
        .join = shape->join,
        .blind = shape->blind,
        .origin = {.auction = dcat_auction_at(0), .seed = seed}, // until it has learned
    };
    made.stop_at = rl_mlp_parts_of(made.pair).count;
    made.critic_at = made.stop_at + rl_mlp_parts_of(made.stop).count;
    made.weight_count = made.critic_at + rl_mlp_parts_of(made.critic).count;
    size_t byte_count = sizeof made + sizeof(float) * made.weight_count;
    dcat_actor *block = malloc(byte_count);
    if (block == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an actor (%zu KiB)",
                         byte_count >> 10);
    }
    made.weights = (float *)(block + 1);
    *block = made;
    // Small last layers: the first policy is close to uniform, the first value close to 0.
    rl_mlp_init(made.pair, block->weights, seed, 0, 0.1f);
    rl_mlp_init(made.stop, &block->weights[made.stop_at], seed, 1, 0.1f);
    rl_mlp_init(made.critic, &block->weights[made.critic_at], seed, 2, 0.1f);
    *actor = block;
    return DCAT_OK;
}

void dcat_actor_destroy(dcat_actor *actor)
{
    free(actor);
}

const dcat_actor_origin *dcat_actor_origin_view(const dcat_actor *actor)
{
    return &actor->origin;
}

void dcat_actor_set_sample_count(dcat_actor *actor, int sample_count)
{
    assert(sample_count >= 0 && sample_count <= 65536);
    actor->sample_count = sample_count;
}

void dcat_actor_set_guard_tasks(dcat_actor *actor, int64_t task_count)
{
    assert(task_count >= -1 && task_count <= INT64_C(1000000000000));
    actor->guard_tasks = task_count;
}

dcat_actor_shape dcat_actor_shape_of(const dcat_actor *actor)
{
    return (dcat_actor_shape){.pair_hidden = (int)actor->pair.hidden,
                              .stop_hidden = (int)actor->stop.hidden,
                              .critic_hidden = (int)actor->critic.hidden,
                              .feature_version = actor->feature_version,
                              .join = actor->join,
                              .blind = actor->blind};
}

size_t dcat_actor_weight_count(const dcat_actor *actor)
{
    return actor->weight_count;
}
