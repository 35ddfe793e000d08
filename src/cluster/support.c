// SPDX-License-Identifier: Apache-2.0
#include "cluster/support.h"

#include "dcat/partition.h"
#include <string.h>

int dcat_cluster_decide_once(const dcat_world *world)
{
    (void)world;
    return 0;
}

void dcat_cluster_list_members(const int32_t *cluster_of, size_t server_count, size_t cluster_count,
                               int32_t *first, int32_t *member)
{
    // A counting sort: sizes, then the end of each cluster's run, then fill the runs from behind.
    memset(first, 0, sizeof *first * (cluster_count + 1));
    for (size_t i = 0; i < server_count; i++) {
        first[cluster_of[i]]++;
    }
    for (size_t k = 1; k <= cluster_count; k++) {
        first[k] += first[k - 1];
    }
    for (size_t i = server_count; i-- > 0;) {
        member[--first[cluster_of[i]]] = (int32_t)i;
    }
}

void dcat_cluster_part(int32_t *cluster_of, const uint8_t *dear, size_t server_count,
                       int32_t *scratch)
{
    if (dear == NULL) {
        return;
    }
    int32_t *first = scratch; // by cluster: its smallest server that is not dear
    memset(first, -1, sizeof *first * server_count);
    for (size_t i = 0; i < server_count; i++) {
        int32_t *of = &first[cluster_of[i]];
        *of = *of < 0 && dear[i] == 0 ? (int32_t)i : *of;
    }
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = dear[i] == 0 ? first[cluster_of[i]] : (int32_t)i;
    }
    dcat_partition_canonical(cluster_of, server_count, scratch);
}
