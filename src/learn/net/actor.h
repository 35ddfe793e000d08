// SPDX-License-Identifier: Apache-2.0
// actor.h (internal) - the inside of dcat_actor: three networks in one array of weights.

#ifndef DCAT_LEARN_NET_ACTOR_H
#define DCAT_LEARN_NET_ACTOR_H

#include "dcat/x/actor.h"
#include "learn/features.h"
#include "learn/net/mlp.h"

// The critic sees the pool features of the state and, as Q, those of the partition chosen in it;
// as V the second half is zero. Room for any version.
#define RL_CRITIC_IN (2 * RL_POOL_COUNT)

// The pair network answers with a weight for each context of a pair (features.h); their product is
// the pair's score.
struct dcat_actor {
    rl_mlp pair, stop, critic;
    size_t stop_at, critic_at, weight_count; // offsets into weights; the pair net comes first
    dcat_actor_origin origin;
    int feature_version; // whose features it sees
    bool join, blind;    // of the shape
    int sample_count;    // of a decision
    int64_t guard_tasks; // that it may simulate; 0: by default, -1: it is not guarded
    float *weights;
};

#endif
