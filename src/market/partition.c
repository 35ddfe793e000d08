#include "dcat/partition.h"

#include <assert.h>
#include <string.h>

int32_t dcat_partition_canonical(int32_t *cluster_of, size_t server_count, int32_t *scratch)
{
    memset(scratch, -1, sizeof *scratch * server_count);
    int32_t next = 0;
    for (size_t i = 0; i < server_count; i++) {
        int32_t label = cluster_of[i];
        assert(label >= 0 && (size_t)label < server_count);
        if (scratch[label] < 0) {
            scratch[label] = next++;
        }
        cluster_of[i] = scratch[label];
    }
    return next;
}

double dcat_span_m(const dcat_world *world, const int32_t *members, size_t member_count)
{
    double span_m = 0.0;
    for (size_t i = 1; i < member_count; i++) {
        for (size_t j = 0; j < i; j++) {
            double distance_m = dcat_world_distance_m(world, members[i], members[j]);
            span_m = distance_m > span_m ? distance_m : span_m;
        }
    }
    return span_m;
}
