// SPDX-License-Identifier: Apache-2.0
// clusterer.h - the rows of the table of clusterers, one file each.

#ifndef DCAT_CLUSTER_CLUSTERER_H
#define DCAT_CLUSTER_CLUSTERER_H

#include "dcat/cluster.h"

extern const dcat_clusterer dcat_clusterer_single;
extern const dcat_clusterer dcat_clusterer_random;
extern const dcat_clusterer dcat_clusterer_kmeans;
extern const dcat_clusterer dcat_clusterer_linkage;
extern const dcat_clusterer dcat_clusterer_anneal;
extern const dcat_clusterer dcat_clusterer_linkage_tuned;
extern const dcat_clusterer dcat_clusterer_search;
extern const dcat_clusterer dcat_clusterer_guard;

#endif
