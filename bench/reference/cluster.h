// SPDX-License-Identifier: Apache-2.0
// cluster.h - clusterers and neighbour search without trees, lists or heaps: every pair
// is looked at.

#ifndef DCAT_BENCH_REFERENCE_CLUSTER_H
#define DCAT_BENCH_REFERENCE_CLUSTER_H

#include "dcat/cluster.h"
#include "dcat/x/world_facts.h"
#include "world/kdtree.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Pairs of servers within the span limit, by looking at all pairs; their distances added up.
static inline size_t reference_neighbours(dcat_geometry geometry, const dcat_server *servers,
                                          size_t server_count, double span_m_max, double *sum_m)
{
    size_t pair_count = 0;
    *sum_m = 0.0;
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = i + 1; j < server_count; j++) {
            double distance_m = dcat_distance_m(geometry, servers[i].site, servers[j].site);
            if (distance_m <= span_m_max) {
                pair_count++;
                *sum_m += distance_m;
            }
        }
    }
    return pair_count;
}

// Complete linkage on a table of all links, a row of which is looked through again when its nearest
// was merged: O(S^2) a merge at worst. Writes cluster_of [S]; false without memory.
static inline bool reference_linkage_by_table(const dcat_world *world, int32_t *cluster_of)
{
    size_t S = dcat_world_server_count(world);
    double *link_m = calloc(S * S, sizeof *link_m), *nearest_m = calloc(S, sizeof *nearest_m);
    int32_t *nearest = calloc(S, sizeof *nearest);
    bool *stale = calloc(S, 1), *live = calloc(S, 1);
    bool enough = link_m != NULL && nearest_m != NULL && nearest != NULL && stale && live;
    for (size_t i = 0; enough && i < S; i++) {
        cluster_of[i] = (int32_t)i;
        stale[i] = live[i] = true;
        for (size_t j = 0; j < S; j++) {
            link_m[i * S + j] = dcat_world_distance_m(world, (int)i, (int)j);
        }
    }
    while (enough) {
        size_t low = 0;
        double best_m = INFINITY;
        for (size_t i = 0; i < S; i++) {
            if (live[i] && stale[i]) {
                nearest_m[i] = INFINITY;
                for (size_t j = i + 1; j < S; j++) {
                    if (live[j] && link_m[i * S + j] < nearest_m[i]) {
                        nearest_m[i] = link_m[i * S + j];
                        nearest[i] = (int32_t)j;
                    }
                }
                stale[i] = false;
            }
            if (live[i] && nearest_m[i] < best_m) {
                best_m = nearest_m[i];
                low = i;
            }
        }
        if (!(best_m <= dcat_world_config_view(world)->span_m_max)) {
            break;
        }
        size_t high = (size_t)nearest[low];
        live[high] = false;
        for (size_t i = 0; i < S; i++) {
            double longer_m = fmax(link_m[low * S + i], link_m[high * S + i]);
            link_m[low * S + i] = link_m[i * S + low] = longer_m;
            stale[i] = i == low || (live[i] && nearest_m[i] < INFINITY &&
                                    (nearest[i] == (int32_t)low || nearest[i] == (int32_t)high));
            cluster_of[i] = cluster_of[i] == (int32_t)high ? (int32_t)low : cluster_of[i];
        }
    }
    if (enough) {
        dcat_partition_canonical(cluster_of, S, nearest);
    }
    free(link_m);
    free(nearest_m);
    free(nearest);
    free(stale);
    free(live);
    return enough;
}

typedef struct reference_kmeans_work {
    double (*position)[3], *square; // [S]
    double (*centre)[3], (*sum)[3]; // [n]
    size_t *count;                  // [n]
    size_t server_count, centre_count;
} reference_kmeans_work;

// k-means++: each next centre is a server drawn in proportion to its squared distance from those
// that are there, by a running sum.
static inline void reference_kmeans_start(reference_kmeans_work *work, dcat_rng *rng)
{
    size_t S = work->server_count;
    size_t server = dcat_rng_below(rng, (uint32_t)S);
    for (size_t k = 0; k < work->centre_count; k++) {
        double total = 0.0;
        memcpy(work->centre[k], work->position[server], sizeof work->centre[k]);
        for (size_t i = 0; i < S; i++) {
            work->square[i] = fmin(work->square[i], kd_square(work->position[i], work->centre[k]));
            total += work->square[i];
        }
        double target = dcat_rng_uniform(rng) * total;
        server = 0;
        for (size_t i = 0; i < S; i++) {
            if (work->square[i] > 0.0) {
                server = i;
                if (target < work->square[i]) {
                    break;
                }
                target -= work->square[i];
            }
        }
    }
}

// One round of Lloyd's: everybody to the nearest centre, centres to their means. Did one move?
static inline bool reference_kmeans_round(reference_kmeans_work *work, int32_t *cluster_of)
{
    bool moved = false;
    memset(work->sum, 0, work->centre_count * sizeof work->sum[0]);
    memset(work->count, 0, work->centre_count * sizeof work->count[0]);
    for (size_t i = 0; i < work->server_count; i++) {
        double least = INFINITY;
        for (size_t k = 0; k < work->centre_count; k++) {
            double to = kd_square(work->position[i], work->centre[k]);
            if (to < least) {
                least = to;
                cluster_of[i] = (int32_t)k;
            }
        }
        for (int d = 0; d < 3; d++) {
            work->sum[cluster_of[i]][d] += work->position[i][d];
        }
        work->count[cluster_of[i]]++;
    }
    for (size_t k = 0; k < work->centre_count; k++) {
        for (int d = 0; work->count[k] > 0 && d < 3; d++) {
            double mean = work->sum[k][d] / (double)work->count[k];
            moved = moved || mean != work->centre[k][d];
            work->centre[k][d] = mean;
        }
    }
    return moved;
}

// Lloyd's algorithm with every distance looked at; nobody is deleted, whatever the span limit is.
// n is a third of the servers. Writes cluster_of [S]; false without memory.
static inline bool reference_kmeans(const dcat_world *world, uint64_t seed, int32_t *cluster_of)
{
    size_t S = dcat_world_server_count(world);
    size_t n = (S + 1) / 3 > 1 ? (S + 1) / 3 : 1;
    reference_kmeans_work work = {
        .position = calloc(S, sizeof *work.position),
        .square = calloc(S, sizeof *work.square),
        .centre = calloc(n, sizeof *work.centre),
        .sum = calloc(n, sizeof *work.sum),
        .count = calloc(n, sizeof *work.count),
        .server_count = S,
        .centre_count = n,
    };
    int32_t *scratch = calloc(S, sizeof *scratch);
    bool enough = work.position && work.square && work.centre && work.sum && work.count && scratch;
    if (enough) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_CLUSTER, 1, 0);
        for (size_t i = 0; i < S; i++) {
            dcat_world_position_m(world, (int)i, work.position[i]);
            work.square[i] = INFINITY;
        }
        reference_kmeans_start(&work, &rng);
        bool moved = true;
        for (int round = 0; moved && round < 100; round++) {
            moved = reference_kmeans_round(&work, cluster_of);
        }
        dcat_partition_canonical(cluster_of, S, scratch);
    }
    free(work.position);
    free(work.square);
    free(work.centre);
    free(work.sum);
    free(work.count);
    free(scratch);
    return enough;
}

#endif
