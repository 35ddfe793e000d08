// SPDX-License-Identifier: Apache-2.0
#include "market/partition.h"

#include "world/world.h"

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

static dcat_status check_labels(const int32_t *cluster_of, size_t server_count, dcat_error *err)
{
    for (size_t i = 0; i < server_count; i++) {
        if (cluster_of[i] < 0 || (size_t)cluster_of[i] >= server_count) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "cluster of server %zu must be in [0, %zu), got %d", i, server_count,
                             cluster_of[i]);
        }
    }
    return DCAT_OK;
}

dcat_status partition_check(const dcat_world *world, const int32_t *cluster_of, int32_t *scratch,
                            dcat_error *err)
{
    size_t S = dcat_world_server_count(world);
    dcat_status status = check_labels(cluster_of, S, err);
    if (status != DCAT_OK) {
        return status;
    }
    int32_t *last = scratch;         // [S] of each cluster's members so far
    int32_t *previous = &scratch[S]; // [S] the member before this one
    memset(last, -1, sizeof *last * S);
    for (size_t i = 0; i < S; i++) {
        int32_t k = cluster_of[i];
        for (int32_t j = last[k]; j >= 0; j = previous[j]) {
            if (!world_may_share(world, (int32_t)i, j)) {
                return dcat_fail(err, DCAT_ERR_RANGE,
                                 "(10c): servers %d and %zu of cluster %d are %.17g m apart, the "
                                 "limit is %.17g m",
                                 j, i, k, dcat_world_distance_m(world, (int)i, j),
                                 dcat_world_config_view(world)->span_m_max);
            }
        }
        previous[i] = last[k];
        last[k] = (int32_t)i;
    }
    return DCAT_OK;
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
