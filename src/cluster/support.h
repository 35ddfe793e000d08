// SPDX-License-Identifier: Apache-2.0
// support.h - what several clusterers share.

#ifndef DCAT_CLUSTER_SUPPORT_H
#define DCAT_CLUSTER_SUPPORT_H

#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

// The part of DCAT_STREAM_CLUSTER each clusterer draws from, so that none share numbers.
enum cluster_part {
    CLUSTER_PART_RANDOM = 0,
    CLUSTER_PART_KMEANS,
    CLUSTER_PART_ANNEAL,
    CLUSTER_PART_A2C,
    CLUSTER_PART_GUARD,
    CLUSTER_PART_GUARD_AGAIN,
    CLUSTER_PART_GUARD_CLIMB,
    CLUSTER_PART_TUNED,
};

// A server that is in no cluster yet.
#define CLUSTER_NONE (-1)

// decide_every of the clusterers whose partition depends on world and seed only.
int dcat_cluster_decide_once(const dcat_world *world);

// List the servers of every cluster: those of cluster k, ascending, are
// member[first[k]] .. member[first[k + 1] - 1]. cluster_of is [S] with labels below cluster_count;
// first is [cluster_count + 1], member is [S]. O(S + C).
void dcat_cluster_list_members(const int32_t *cluster_of, size_t server_count, size_t cluster_count,
                               int32_t *first, int32_t *member);

// Dear servers (nullable: nobody is) leave their clusters, each for one of its own. cluster_of [S]
// is canonical before and after; scratch is [S].
void dcat_cluster_part(int32_t *cluster_of, const uint8_t *dear, size_t server_count,
                       int32_t *scratch);

#endif
