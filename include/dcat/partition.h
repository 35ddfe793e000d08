// SPDX-License-Identifier: Apache-2.0
// partition.h - servers divided into clusters, as labels: cluster_of [S] names every server's
// cluster.

#ifndef DCAT_PARTITION_H
#define DCAT_PARTITION_H

#include "dcat/error.h"
#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Relabel so that labels are 0..C-1 in order of each cluster's smallest server; returns C.
// Labels on entry are in [0, server_count). scratch is [server_count].
DCAT_API int32_t dcat_partition_canonical(int32_t *cluster_of, size_t server_count,
                                          int32_t *scratch);

// Largest distance between two members, metres; 0 for one member.
DCAT_API double dcat_span_m(const dcat_world *world, const int32_t *members, size_t member_count);

#ifdef __cplusplus
}
#endif
#endif
