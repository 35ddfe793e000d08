#include "core/cluster_support.h"

#include <string.h>

int dcat_cluster_decide_once(const dcat_world *world)
{
    (void)world;
    return 0;
}

bool dcat_cluster_pair_is_legal(const dcat_world *world, int32_t server_a, int32_t server_b)
{
    return dcat_world_distance_m(world, server_a, server_b) <=
           dcat_world_config_view(world)->span_m_max;
}

void dcat_cluster_mark_unreachable(const dcat_world *world, int32_t server,
                                   const int32_t *cluster_of, uint8_t *unreachable)
{
    size_t server_count = dcat_world_server_count(world);
    for (size_t i = 0; i < server_count; i++) {
        int32_t cluster = cluster_of[i];
        if (cluster != CLUSTER_NONE && !dcat_cluster_pair_is_legal(world, server, (int32_t)i)) {
            unreachable[cluster] = 1;
        }
    }
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
