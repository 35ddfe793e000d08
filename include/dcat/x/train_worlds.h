// SPDX-License-Identifier: Apache-2.0
// train_worlds.h - the worlds of a scenario that a policy learns on, and those it is validated on.
//
// Either the worlds with seeds SEED to SEED + W - 1, or worlds without end in which some keys of
// the scenario are drawn from ranges: what a generalist learns on, of one scenario or several.
// Reading a scenario takes longer than learning a cycle on it, so the ranges are drawn 128 times
// and each draw serves any number of worlds, which differ by seed.

#ifndef DCAT_X_TRAIN_WORLDS_H
#define DCAT_X_TRAIN_WORLDS_H

#include "dcat/error.h"
#include "dcat/x/actor.h"
#include "dcat/x/ranges.h"
#include "dcat/x/ranks.h"
#include "dcat/x/train.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A key of the scenario that is drawn evenly.
typedef struct dcat_vary {
    char key[96]; // "clustering.span_max_km"
    double min, max;
    bool whole;       // both ends are whole numbers, and so is every draw
    char choice[256]; // "A|B|C": one of these texts instead; "": none
} dcat_vary;
#define DCAT_VARY_MAX 16

typedef struct dcat_train_plan {
    const char *scenario;         // name or path
    const char *const *overrides; // [override_count] "key.path=value"
    size_t override_count;
    uint64_t seed;
    const dcat_vary *vary; // [vary_count]
    size_t vary_count;     // at most DCAT_VARY_MAX
    uint64_t world_count;  // >= 1; only when nothing varies
    // Further scenarios [also_count], of which a world is as likely as of the first; what they say
    // of seed, world_count and also does not count.
    const struct dcat_train_plan *also;
    size_t also_count;
} dcat_train_plan;

typedef struct dcat_train_worlds dcat_train_worlds;

// Borrows what plan points at. A scenario is read when a world of it is needed first. Errors:
// ERR_MEMORY.
DCAT_API dcat_status dcat_train_worlds_create(const dcat_train_plan *plan,
                                              dcat_train_worlds **worlds, dcat_error *err);
DCAT_API void dcat_train_worlds_destroy(dcat_train_worlds *worlds);

// Between which values they lie: those of the scenario, with every range at both of its ends and
// together so that load is least and most. Errors: as of dcat_scenario_load.
DCAT_API dcat_status dcat_train_worlds_ranges(const dcat_train_worlds *worlds, dcat_ranges *ranges,
                                              dcat_error *err);

DCAT_API dcat_train_source dcat_train_worlds_source(dcat_train_worlds *worlds);

// --- Validation: what an actor earns over linkage, in worlds that are kept for it

typedef struct dcat_validation_config {
    const dcat_auction *auction;
    int world_count; // >= 1; without ranges no more than are learned on
    int thread_count;
    const dcat_ranks *ranks; // Nullable: one process
} dcat_validation_config;

typedef struct dcat_validation dcat_validation;

// Open the worlds, which are others than those learned on when something varies, and see what
// linkage earns on their validation days: the scenario and what varies in it are right if that
// succeeds. All ranks; each opens its share. Borrows worlds.
DCAT_API dcat_status dcat_validation_create(dcat_train_worlds *worlds,
                                            const dcat_validation_config *config,
                                            dcat_validation **validation, dcat_error *err);
DCAT_API void dcat_validation_destroy(dcat_validation *validation);

// Mean over the worlds of what the actor earns more than linkage, as a share. All ranks.
DCAT_API dcat_status dcat_validation_run(const dcat_validation *validation, const dcat_actor *actor,
                                         double *gain, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
