// SPDX-License-Identifier: Apache-2.0
// cluster_worlds.h - small worlds for tests of clusterers, and a call that checks every decision.

#ifndef DCAT_TESTS_CLUSTER_CLUSTER_WORLDS_H
#define DCAT_TESTS_CLUSTER_CLUSTER_WORLDS_H

#include "dcat/run.h"
#include "dcat/world.h"
#include "support.h"
#include <stdlib.h>
#include <string.h>

#define CLUSTER_TEST_SERVER_MAX 256

static inline dcat_server test_server(double x, double y)
{
    return (dcat_server){.site = {x, y},
                         .speed_hz = 250e9,
                         .core_count = 100,
                         .energy_cost = NAN,
                         .time_cost_per_s = NAN,
                         .node = 0};
}

static inline dcat_world *build_world(const dcat_world_config *config, const dcat_server *servers,
                                      size_t server_count, uint64_t seed)
{
    const dcat_area area = {.site = servers[0].site};
    dcat_error err = {0};
    dcat_world *world = NULL;
    if (dcat_world_create(config, servers, server_count, &area, 1, seed, &world, &err) != DCAT_OK) {
        fail_msg("world: %s", err.message);
    }
    return world;
}

// Servers on a line, positions in kilometres.
static inline dcat_world *line_world(double span_km_max, const double *x_km, size_t server_count,
                                     int kmeans_cluster_count)
{
    dcat_server servers[CLUSTER_TEST_SERVER_MAX];
    for (size_t i = 0; i < server_count; i++) {
        servers[i] = test_server(x_km[i] * 1e3, 0.0);
    }
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = span_km_max * 1e3;
    config.kmeans_cluster_count = kmeans_cluster_count;
    return build_world(&config, servers, server_count, 1);
}

typedef enum random_layout_kind {
    LAYOUT_PLANE = 0, // uniform on a square of 1000 km
    LAYOUT_GRID,      // on the points of a coarse grid: many equal distances, shared sites
    LAYOUT_GEO,       // within some degrees of a random place, poles and date line included
    LAYOUT_COUNT
} random_layout_kind;

static inline dcat_site random_site(random_layout_kind layout, dcat_site centre, dcat_rng *rng)
{
    double x = dcat_rng_uniform(rng), y = dcat_rng_uniform(rng);
    if (layout == LAYOUT_PLANE) {
        return (dcat_site){1e6 * x, 1e6 * y};
    }
    if (layout == LAYOUT_GRID) {
        return (dcat_site){100e3 * floor(6.0 * x), 100e3 * floor(6.0 * y)};
    }
    double longitude = remainder(centre.x + 10.0 * (x - 0.5), 360.0);
    return (dcat_site){longitude, fmax(-90.0, fmin(90.0, centre.y + 10.0 * (y - 0.5)))};
}

// server_count random servers with random speeds under a span limit.
static inline dcat_world *random_world(const dcat_world_config *base, random_layout_kind layout,
                                       size_t server_count, uint64_t seed)
{
    dcat_server servers[CLUSTER_TEST_SERVER_MAX];
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 0, 0);
    dcat_site centre = {360.0 * dcat_rng_uniform(&rng) - 180.0,
                        180.0 * dcat_rng_uniform(&rng) - 90.0};
    for (size_t i = 0; i < server_count; i++) {
        dcat_site site = random_site(layout, centre, &rng);
        servers[i] = test_server(site.x, site.y);
        servers[i].speed_hz = 200e9 + 100e9 * dcat_rng_uniform(&rng);
    }
    dcat_world_config config = *base;
    config.geometry = layout == LAYOUT_GEO ? DCAT_GEO : DCAT_PLANE;
    return build_world(&config, servers, server_count, seed);
}

// Every label canonical, every pair within the limit, looked at pair by pair.
static inline void assert_partition_is_legal(const dcat_world *world, const int32_t *cluster_of)
{
    size_t server_count = dcat_world_server_count(world);
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    int32_t next = 0;
    for (size_t i = 0; i < server_count; i++) {
        assert_in_range(cluster_of[i], 0, next);
        next += cluster_of[i] == next ? 1 : 0;
        for (size_t j = 0; j < i; j++) {
            if (cluster_of[i] == cluster_of[j]) {
                assert_true(dcat_world_distance_m(world, (int)i, (int)j) <= span_m_max);
            }
        }
    }
}

static inline int32_t cluster_count_of(const int32_t *cluster_of, size_t server_count)
{
    int32_t last = -1;
    for (size_t i = 0; i < server_count; i++) {
        last = cluster_of[i] > last ? cluster_of[i] : last;
    }
    return last + 1;
}

// Decide in a workspace full of garbage, with bytes behind it that must survive.
static inline void decide_with(const dcat_clusterer *clusterer, const dcat_cluster_input *input,
                               int garbage, int32_t *cluster_of)
{
    enum { GUARD = 64 };
    size_t bytes = clusterer->workspace_bytes(input->world, input->model);
    unsigned char *workspace = aligned_alloc(64, (bytes + GUARD + 63) / 64 * 64);
    assert_non_null(workspace);
    memset(workspace, garbage, bytes + GUARD);
    assert_int_equal(clusterer->decide(input, workspace, cluster_of, NULL), DCAT_OK);
    for (size_t b = 0; b < GUARD; b++) {
        assert_int_equal(workspace[bytes + b], garbage);
    }
    free(workspace);
}

static inline void start_single(int32_t *cluster_of, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = (int32_t)i;
    }
}

// Decide from single servers, without demand, by the named clusterer.
static inline void decide(const char *name, const dcat_world *world, uint64_t seed,
                          int32_t *cluster_of)
{
    dcat_observation nothing = {.area_count = 0};
    dcat_cluster_input input = {.world = world,
                                .observation = &nothing,
                                .auction = dcat_auction_find("rea"),
                                .seed = seed,
                                .cycle = 0};
    start_single(cluster_of, dcat_world_server_count(world));
    decide_with(dcat_clusterer_find(name), &input, 0xa5, cluster_of);
}

static inline void assert_partition(const int32_t *cluster_of, const int32_t *expected,
                                    size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        if (cluster_of[i] != expected[i]) {
            fail_msg("server %zu is in cluster %d, expected %d", i, cluster_of[i], expected[i]);
        }
    }
}

#endif
