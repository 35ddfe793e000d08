// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/constraint.h"

#include <math.h>
#include <stdlib.h>

dcat_status dcat_check_10a(const uint8_t *assigned, size_t task_count, size_t cluster_count,
                           dcat_error *err)
{
    for (size_t n = 0; n < task_count; n++) {
        size_t sum = 0;
        for (size_t k = 0; k < cluster_count; k++) {
            sum += assigned[n * cluster_count + k];
        }
        if (sum > 1) {
            return dcat_fail(err, DCAT_ERR_INTERNAL, "(10a): task %zu is assigned %zu times", n,
                             sum);
        }
    }
    return DCAT_OK;
}

dcat_status dcat_check_10b(const double *total_delay_s, const double *deadline_s, size_t task_count,
                           double tolerance, dcat_error *err)
{
    for (size_t n = 0; n < task_count; n++) {
        if (!(total_delay_s[n] <= deadline_s[n] * (1.0 + tolerance))) {
            return dcat_fail(err, DCAT_ERR_INTERNAL, "(10b): task %zu takes %.17g s of %.17g s", n,
                             total_delay_s[n], deadline_s[n]);
        }
    }
    return DCAT_OK;
}

static dcat_status check_pair_10c(const dcat_world *world, const int32_t *cluster_of, size_t i,
                                  size_t j, dcat_error *err)
{
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    double distance_m = dcat_world_distance_m(world, (int)i, (int)j);
    return distance_m <= span_m_max
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_INTERNAL,
                           "(10c): servers %zu and %zu of cluster %d are %g km apart, the "
                           "limit is %g km",
                           j, i, cluster_of[i], distance_m * 1e-3, span_m_max * 1e-3);
}

typedef struct membership {
    int32_t cluster, server;
} membership;

static int by_cluster(const void *a, const void *b)
{
    const membership *left = a;
    const membership *right = b;
    if (left->cluster != right->cluster) {
        return left->cluster < right->cluster ? -1 : 1;
    }
    return left->server < right->server ? -1 : left->server > right->server;
}

// The lowest server that is too far from a lower one of its cluster, and the lowest such one.
static void find_violation(const dcat_world *world, const membership *list, size_t count,
                           size_t *server, size_t *other)
{
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i].cluster != list[first].cluster) {
            first = i;
        }
        for (size_t j = first; j < i && (size_t)list[i].server < *server; j++) {
            if (dcat_world_distance_m(world, list[i].server, list[j].server) > span_m_max) {
                *server = (size_t)list[i].server;
                *other = (size_t)list[j].server;
            }
        }
    }
}

dcat_status dcat_check_10c(const dcat_world *world, const int32_t *cluster_of, dcat_error *err)
{
    size_t server_count = dcat_world_server_count(world);
    membership *list = malloc(sizeof *list * server_count);
    if (list == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to look at %zu servers", server_count);
    }
    for (size_t i = 0; i < server_count; i++) {
        list[i] = (membership){cluster_of[i], (int32_t)i};
    }
    qsort(list, server_count, sizeof *list, by_cluster);
    size_t server = SIZE_MAX, other = 0;
    find_violation(world, list, server_count, &server, &other);
    free(list);
    return server == SIZE_MAX ? DCAT_OK : check_pair_10c(world, cluster_of, server, other, err);
}

dcat_status dcat_check_10d(const uint8_t *assigned, size_t task_count, size_t cluster_count,
                           dcat_error *err)
{
    for (size_t i = 0; i < task_count * cluster_count; i++) {
        if (assigned[i] > 1) {
            return dcat_fail(err, DCAT_ERR_INTERNAL, "(10d): y of task %zu and cluster %zu is %d",
                             i / cluster_count, i % cluster_count, assigned[i]);
        }
    }
    return DCAT_OK;
}

static dcat_status check_pair_10e(const uint8_t *together, size_t server_count, size_t i, size_t j,
                                  dcat_error *err)
{
    uint8_t x = together[i * server_count + j];
    if (x > 1 || (i == j && x != 1)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "(10e): x of servers %zu and %zu is %d", i, j, x);
    }
    if (x != together[j * server_count + i]) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "(10e): x of servers %zu and %zu is not symmetric",
                         i, j);
    }
    return DCAT_OK;
}

dcat_status dcat_check_10e(const uint8_t *together, size_t server_count, dcat_error *err)
{
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = 0; j < server_count; j++) {
            dcat_status status = check_pair_10e(together, server_count, i, j, err);
            if (status != DCAT_OK) {
                return status;
            }
        }
    }
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = 0; j < i; j++) {
            for (size_t k = 0; together[i * server_count + j] == 1 && k < server_count; k++) {
                if (together[i * server_count + k] != together[j * server_count + k]) {
                    return dcat_fail(err, DCAT_ERR_INTERNAL,
                                     "(10e): servers %zu and %zu are together, but not both with "
                                     "server %zu",
                                     j, i, k);
                }
            }
        }
    }
    return DCAT_OK;
}

static dcat_status check_utilities(const char *who, const double *utility, size_t count,
                                   double tolerance, dcat_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!(utility[i] >= -tolerance)) {
            return dcat_fail(err, DCAT_ERR_INTERNAL, "(10f): %s %zu has utility %.17g", who, i,
                             utility[i]);
        }
    }
    return DCAT_OK;
}

dcat_status dcat_check_10f(double platform_utility, const double *user_utility, size_t user_count,
                           const double *server_utility, size_t server_count, double tolerance,
                           dcat_error *err)
{
    if (!(platform_utility >= -tolerance)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "(10f): the platform has utility %.17g",
                         platform_utility);
    }
    dcat_status status = check_utilities("user", user_utility, user_count, tolerance, err);
    return status == DCAT_OK
               ? check_utilities("server", server_utility, server_count, tolerance, err)
               : status;
}
