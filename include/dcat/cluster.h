// cluster.h - which servers act as one.
//
// A clusterer turns a world and an observation into a partition of the servers in which no two
// members of a cluster are farther apart than the span limit (10c). Rules are rows of a table.

#ifndef DCAT_CLUSTER_H
#define DCAT_CLUSTER_H

#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/partition.h"
#include "dcat/rng.h"
#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a decision may look at. Never the future: observation is the last finished cycle.
typedef struct dcat_cluster_input {
    const dcat_world *world;
    const dcat_observation *observation;
    const dcat_auction *auction; // the mechanism the clusters will face
    uint64_t seed;
    uint32_t cycle;
    const void *model; // Nullable: learned weights, for clusterers that need them
} dcat_cluster_input;

typedef struct dcat_clusterer {
    const char *name;    // as users write it: "kmeans"
    const char *summary; // one line for --help
    bool needs_model;    // decides by learned weights: input.model is not NULL
    // Cycles between decisions; 0: the partition depends on world and seed only, so one decision
    // serves the whole run.
    int (*decide_every)(const dcat_world *world);
    // Scratch memory a decision needs, given once per run by the caller. model is the input's.
    size_t (*workspace_bytes)(const dcat_world *world, const void *model);
    // Write cluster_of [S]: canonical labels, see dcat_partition_canonical. No heap, cannot fail.
    // On entry cluster_of holds the current partition (singletons before the first decision).
    void (*decide)(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of);
} dcat_clusterer;

// Rows by index 0..count-1, and by name (NULL if there is none).
DCAT_API size_t dcat_clusterer_count(void);
DCAT_API const dcat_clusterer *dcat_clusterer_at(size_t index);
DCAT_API const dcat_clusterer *dcat_clusterer_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
