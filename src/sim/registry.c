// SPDX-License-Identifier: Apache-2.0
#include "dcat/run.h"

#include "cluster/clusterer.h"
#include "dcat/x/actor.h"
#include <assert.h>
#include <string.h>

// One row per clusterer, wherever its file is; the order is the order of --help.
static const dcat_clusterer *const clusterers[] = {
    &dcat_clusterer_single,   &dcat_clusterer_random, &dcat_clusterer_kmeans,
    &dcat_clusterer_linkage,  &dcat_clusterer_anneal, &dcat_clusterer_linkage_tuned,
    &dcat_clusterer_search,   &dcat_clusterer_guard,  &dcat_clusterer_a2c,
    &dcat_clusterer_a2c_once,
};

size_t dcat_clusterer_count(void)
{
    return sizeof clusterers / sizeof clusterers[0];
}

const dcat_clusterer *dcat_clusterer_at(size_t index)
{
    assert(index < dcat_clusterer_count());
    return clusterers[index];
}

const dcat_clusterer *dcat_clusterer_find(const char *name)
{
    for (size_t i = 0; i < dcat_clusterer_count(); i++) {
        if (strcmp(clusterers[i]->name, name) == 0) {
            return clusterers[i];
        }
    }
    return NULL;
}
