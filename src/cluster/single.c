// SPDX-License-Identifier: Apache-2.0
// single.c - no clusters: every server works alone. What clustering is measured against.

#include "cluster/clusterer.h"
#include "cluster/support.h"

static size_t single_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    (void)world;
    return 0;
}

static dcat_status single_decide(const dcat_cluster_input *input, void *workspace,
                                 int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    (void)workspace;
    size_t server_count = dcat_world_server_count(input->world);
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = (int32_t)i;
    }
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_single = {
    DCAT_SIZED(dcat_clusterer),
    .name = "single",
    .summary = "no clusters: every server works alone",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = single_workspace_bytes,
    .decide = single_decide,
};
