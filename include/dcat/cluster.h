// SPDX-License-Identifier: Apache-2.0
// cluster.h - which servers act as one.
//
// A clusterer turns a world and an observation into a partition of the servers in which no two
// members of a cluster are farther apart than the span limit (10c). Each rule is a row; run.h finds
// rows by name.

#ifndef DCAT_CLUSTER_H
#define DCAT_CLUSTER_H

#include "dcat/auction.h"
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
    const int32_t *cluster_of;   // [S] Nullable: the partition in force, canonical labels
    const double *busy_until_s;  // [S] Nullable: when each server has done what it was given
    const dcat_auction *auction; // the mechanism the clusters will face
    uint64_t seed;
    uint32_t cycle;    // that begins, on which the clusters will work
    const void *model; // Nullable: learned weights, for clusterers that need them
    bool first;        // nothing has been decided yet: the partition in force is where it began
    // Nullable: what may be expected of the cycle's demand by what was seen (dcat_demand_forecast).
    const dcat_observation *forecast;
} dcat_cluster_input;

typedef struct dcat_clusterer {
    size_t size;         // DCAT_SIZED(dcat_clusterer)
    const char *name;    // as users write it: "kmeans"
    const char *summary; // one line for --help
    bool needs_model;    // decides by learned weights: input.model is not NULL
    // Cycles between decisions; 0: the first one serves the whole run.
    int (*decide_every)(const dcat_world *world);
    // Nullable: asked instead, for clusterers from outside (plugin.h). model is the input's.
    int (*decide_every_of)(const void *model, const dcat_world *world);
    // Scratch memory a decision needs, given once per run by the caller. model is the input's.
    size_t (*workspace_bytes)(const dcat_world *world, const void *model);
    // Write cluster_of [S]: labels in [0, S) of clusters within the span limit. On entry it holds
    // the partition in force (singletons before the first decision). No heap. A failure ends what
    // asked for the decision, with its message; the rows of this library never fail, and their
    // labels are canonical (dcat_partition_canonical).
    dcat_status (*decide)(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of,
                          dcat_error *err);
} dcat_clusterer;

#ifdef __cplusplus
}
#endif
#endif
