// SPDX-License-Identifier: Apache-2.0
// linkage.h - agglomeration of nearest clusters by a rule, for clusterers that choose one.

#ifndef DCAT_CLUSTER_LINKAGE_H
#define DCAT_CLUSTER_LINKAGE_H

#include "dcat/world.h"
#include <stdbool.h>
#include <stdint.h>

// How far two clusters are apart: their farthest members, the mean over pairs, their nearest ones.
typedef enum linkage_link { LINK_COMPLETE = 0, LINK_AVERAGE, LINK_SINGLE, LINK_COUNT } linkage_link;

#define LINKAGE_SIZE_ANY INT32_MAX

typedef struct linkage_rule {
    linkage_link link;
    double span_m_max; // at most the world's
    int32_t size_max;  // members of a cluster; LINKAGE_SIZE_ANY: no cap
    bool owners_apart; // servers of different owners share no cluster
} linkage_rule;

// Merge nearest clusters while their union is legal. workspace is that of dcat_clusterer_linkage,
// dear (nullable) as of dcat_world_dear_view. cluster_of [S] becomes canonical.
void linkage_form(const dcat_world *world, const uint8_t *dear, const linkage_rule *rule,
                  void *workspace, int32_t *cluster_of);

#endif
