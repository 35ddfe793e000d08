// SPDX-License-Identifier: Apache-2.0
// actor.h - the learned clusterer: an actor that merges clusters. Its file: policy_file.h.
//
// The actor starts from single servers. At every step each pair of clusters whose union respects
// the span limit is a candidate; one small network scores each pair from its features, another
// scores stopping; the best score wins (decisions) or a softmax picks (learning). So the limit
// holds by construction and one actor serves any number of servers: worlds of more than 80 are
// decided in districts (docs/clusterers.md). Source: paper, Algorithm 1, line 3; docs/learner.md
// describes features and networks.
//
// A file is safetensors: tensors that other tools can read, and a description of where they came
// from. Decisions of a given file are the same bits on every x86-64 machine.

#ifndef DCAT_X_ACTOR_H
#define DCAT_X_ACTOR_H

#include "dcat/auction.h"
#include "dcat/cluster.h"
#include "dcat/error.h"
#include "dcat/x/model.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_actor dcat_actor;

typedef struct dcat_actor_shape {
    int pair_hidden, stop_hidden, critic_hidden; // units of both hidden layers: multiples of 8 in
                                                 // [8, 256]; default 64, 32, 32
    int feature_version; // 1 or 2, what it sees (docs/learner.md); 0 and default: 2
    // For ablations; both default to false.
    bool join;  // one pass: every server in turn joins a cluster of earlier ones or stays alone
    bool blind; // sees the same demand everywhere, as much as all servers could do
} dcat_actor_shape;

// Where an actor came from, for people and for `dcat policy`.
#define DCAT_ACTOR_TEXT 4096
typedef struct dcat_actor_origin {
    const dcat_auction *auction; // the mechanism it learned under
    dcat_queue_rule queue;       // and the queue rule
    uint64_t seed;
    uint64_t epoch_count;
    char scenario[DCAT_ACTOR_TEXT];  // name and hash of what it learned on
    char command[DCAT_ACTOR_TEXT];   // that trained it
    char commit[DCAT_ACTOR_TEXT];    // of the program
    char estimator[DCAT_ACTOR_TEXT]; // "group", "gae" or "paper"; "" when the file does not say
    char ranges[DCAT_ACTOR_TEXT];    // of the worlds it learned on (dcat/x/ranges.h); "" likewise
} dcat_actor_origin;

DCAT_API dcat_actor_shape dcat_actor_shape_default(void);

// A fresh actor. Errors: ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_actor_create(const dcat_actor_shape *shape, uint64_t seed,
                                       dcat_actor **actor, dcat_error *err);
DCAT_API void dcat_actor_destroy(dcat_actor *actor);

// An actor from the bytes of its file; name stands for the file in messages. Refused with the
// reason: not safetensors, features of another version or name, shapes that do not fit, weights
// that are not finite. Errors: ERR_FORMAT, ERR_FIELD, ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_actor_read(const void *bytes, size_t byte_count, const char *name,
                                     dcat_actor **actor, dcat_error *err);

// The bytes of an actor's file, to be freed by the caller. Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_actor_write(const dcat_actor *actor, unsigned char **bytes,
                                      size_t *byte_count, dcat_error *err);

DCAT_API const dcat_actor_origin *dcat_actor_origin_view(const dcat_actor *actor);

// A decision can also draw this many clusterings besides its best-scored one, simulate each on
// arrivals like those of the last cycle, and keep the most profitable. In a world of districts each
// draws one of them anew. 0, the default: it does not. Range: [0, 65536]. Not kept in files.
DCAT_API void dcat_actor_set_sample_count(dcat_actor *actor, int sample_count);

// How many tasks a guarded decision may simulate, where clustering.guard is on
// (docs/clusterers.md). 0, the default: 200 for each server; -1: decisions of this actor are not
// guarded. Range: [-1, 1e12]. Not kept in files.
DCAT_API void dcat_actor_set_guard_tasks(dcat_actor *actor, int64_t task_count);

DCAT_API dcat_actor_shape dcat_actor_shape_of(const dcat_actor *actor);
// What actors of this library see: names of the features of a pair of clusters, of the contexts
// that its score is weighed by, and of a whole partition. The version counts up when one of them
// gets another meaning or there are more: those of a later version follow those of earlier ones.
typedef struct dcat_actor_features {
    int version;
    int pair_count, context_count, partition_count;
    const char *const *pair;      // [pair_count]
    const char *const *context;   // [context_count]
    const char *const *partition; // [partition_count]
} dcat_actor_features;
// Of this version; of 0, of the latest.
DCAT_API dcat_actor_features dcat_actor_features_view(int version);

DCAT_API size_t dcat_actor_weight_count(const dcat_actor *actor);

// The clusterer "a2c", and "a2c-once", which holds its first decision. Their model is a dcat_actor.
extern DCAT_API const dcat_clusterer dcat_clusterer_a2c;
extern DCAT_API const dcat_clusterer dcat_clusterer_a2c_once;

#ifdef __cplusplus
}
#endif
#endif
