// SPDX-License-Identifier: Apache-2.0
// Clusters of large worlds: distances, the span limit, and the rules against straightforward
// versions.

#include "bench/reference/cluster.h"
#include "cluster/cluster_worlds.h"
#include "dcat/run.h"
#include "dcat/x/constraint.h"
#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include "random_world.h"
#include "world/world.h"
#include <math.h>
#include <stdio.h>

// --- large worlds

enum { LARGE = 2100 }; // too many for a table of distances

static dcat_world *large_world(random_layout_kind layout, double span_m_max, dcat_server *servers)
{
    dcat_rng rng = test_rng(1);
    dcat_site centre = {179.0, 60.0}; // the date line runs through it
    for (size_t i = 0; i < LARGE; i++) {
        dcat_site site = random_site(layout, centre, &rng);
        servers[i] = test_server(site.x, site.y);
    }
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = span_m_max;
    config.geometry = layout == LAYOUT_GEO ? DCAT_GEO : DCAT_PLANE;
    return build_world(&config, servers, LARGE, 1);
}

static void test_distances_and_neighbours_of_a_large_world_are_those_of_a_small_one(void **fixture)
{
    (void)fixture;
    static dcat_server servers[LARGE];
    const double span_m_max = 60e3;
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        dcat_world *world = large_world((random_layout_kind)layout, span_m_max, servers);
        dcat_world_config config = *dcat_world_config_view(world);
        size_t neighbour_count = 0;
        for (size_t i = 0; i < LARGE; i += 150) {
            world_neighbours around = world_neighbours_of(world, i);
            size_t next = 0;
            for (size_t j = 0; j < LARGE; j++) {
                // A world of two servers has a table; the higher one keeps the higher index.
                const dcat_server two[2] = {servers[i < j ? i : j], servers[i < j ? j : i]};
                double distance_m = 0.0;
                if (j % 50 == 0 && i != j) {
                    dcat_world *small = build_world(&config, two, 2, 1);
                    distance_m = dcat_world_distance_m(small, 0, 1);
                    assert_true(dcat_world_distance_m(world, (int)i, (int)j) == distance_m);
                    assert_true(dcat_world_distance_m(world, (int)j, (int)i) == distance_m);
                    dcat_world_destroy(small);
                }
                distance_m = dcat_world_distance_m(world, (int)i, (int)j);
                if (i != j && distance_m <= span_m_max) {
                    assert_true(next < around.count);
                    assert_int_equal(around.server[next], j);
                    assert_true(around.distance_m[next] == distance_m);
                    next++;
                }
                assert_true(world_may_share(world, (int32_t)i, (int32_t)j) ==
                            (i == j || distance_m <= span_m_max));
            }
            assert_int_equal(next, around.count);
            neighbour_count += around.count;
        }
        assert_true(neighbour_count > 15);
        size_t pair_count = 0;
        for (size_t i = 0; i < LARGE; i++) {
            pair_count += world_neighbours_of(world, i).count;
        }
        assert_int_equal(2 * dcat_world_pair_count(world), pair_count);
        dcat_world_destroy(world);
    }
}

// (10c) looks cluster by cluster, but names the pair that comes first in order of servers.
static void test_span_check_names_the_first_pair_beyond_the_limit(void **fixture)
{
    (void)fixture;
    size_t broken = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        dcat_rng rng = test_rng(seed);
        size_t S = 2 + dcat_rng_below(&rng, 30);
        uint32_t cluster_count = 1 + dcat_rng_below(&rng, (uint32_t)S);
        int32_t cluster_of[32];
        dcat_world_config config = dcat_world_config_default();
        config.span_m_max = rng_in(&rng, 200e3, 1200e3);
        dcat_world *world = random_world(&config, LAYOUT_PLANE, S, seed);
        for (size_t i = 0; i < S; i++) {
            cluster_of[i] = (int32_t)dcat_rng_below(&rng, cluster_count);
        }
        char expected[64] = "";
        for (size_t i = 0; i < S && expected[0] == '\0'; i++) {
            for (size_t j = 0; j < i && expected[0] == '\0'; j++) {
                if (cluster_of[i] == cluster_of[j] &&
                    dcat_world_distance_m(world, (int)i, (int)j) > config.span_m_max) {
                    snprintf(expected, sizeof expected, "servers %zu and %zu of cluster %d ", j, i,
                             cluster_of[i]);
                }
            }
        }
        dcat_error err = {0};
        dcat_status status = dcat_check_10c(world, cluster_of, &err);
        assert_int_equal(status, expected[0] == '\0' ? DCAT_OK : DCAT_ERR_INTERNAL);
        assert_true(expected[0] == '\0' || strstr(err.message, expected) != NULL);
        broken += expected[0] != '\0';
        dcat_world_destroy(world);
    }
    assert_true(broken > 50 && broken < 250);
}

static void decide_large(const char *name, const dcat_world *world, uint64_t seed,
                         int32_t *cluster_of)
{
    const dcat_clusterer *clusterer = dcat_clusterer_find(name);
    void *workspace = aligned_alloc(64, (clusterer->workspace_bytes(world, NULL) + 127) / 64 * 64);
    const dcat_cluster_input input = {
        .world = world, .auction = dcat_auction_find("rea"), .seed = seed};
    assert_int_equal(clusterer->decide(&input, workspace, cluster_of, NULL), DCAT_OK);
    free(workspace);
}

static void test_linkage_of_a_large_world_equals_the_table_of_links(void **fixture)
{
    (void)fixture;
    static dcat_server servers[LARGE];
    static int32_t expected[LARGE], cluster_of[LARGE];
    for (int layout = 0; layout < 2; layout++) { // geodesics of all pairs would take long
        dcat_world *world = large_world((random_layout_kind)layout, 100e3, servers);
        assert_true(reference_linkage_by_table(world, expected));
        decide_large("linkage", world, 1, cluster_of);
        assert_memory_equal(cluster_of, expected, sizeof expected);
        dcat_world_destroy(world);
    }
}

static void test_clusterers_keep_the_span_in_a_large_world(void **fixture)
{
    (void)fixture;
    static dcat_server servers[LARGE];
    static int32_t cluster_of[LARGE];
    static const char *const names[] = {"single", "random", "kmeans", "linkage"};
    dcat_world *world = large_world(LAYOUT_GEO, 60e3, servers);
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea"), 1, 1, &state, NULL),
                     DCAT_OK);
    for (size_t c = 0; c < 4; c++) {
        decide_large(names[c], world, 1, cluster_of);
        dcat_state_set_clusters(state, cluster_of);
        assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    }
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// --- clusterers against straightforward versions

// Servers arrive in random order and join any cluster that all of its members let them.
static void random_by_pairs(const dcat_world *world, uint64_t seed, int32_t *cluster_of)
{
    size_t S = dcat_world_server_count(world);
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    int32_t order[CLUSTER_TEST_SERVER_MAX], open[CLUSTER_TEST_SERVER_MAX];
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_CLUSTER, 0, 0);
    int32_t cluster_count = 0;
    for (size_t i = 0; i < S; i++) {
        order[i] = (int32_t)i;
        cluster_of[i] = -1;
    }
    for (size_t left = S; left > 1; left--) {
        uint32_t pick = dcat_rng_below(&rng, (uint32_t)left);
        int32_t last = order[left - 1];
        order[left - 1] = order[pick];
        order[pick] = last;
    }
    for (size_t i = 0; i < S; i++) {
        uint32_t open_count = 0;
        for (int32_t k = 0; k < cluster_count; k++) {
            bool legal = true;
            for (size_t j = 0; j < S; j++) {
                legal = legal && (cluster_of[j] != k ||
                                  dcat_world_distance_m(world, order[i], (int)j) <= span_m_max);
            }
            if (legal) {
                open[open_count++] = k;
            }
        }
        uint32_t pick = dcat_rng_below(&rng, open_count + 1);
        cluster_of[order[i]] = pick < open_count ? open[pick] : cluster_count++;
    }
    dcat_partition_canonical(cluster_of, S, order);
}

static void test_random_and_kmeans_equal_straightforward_versions(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 0; seed < 300; seed++) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 3, 0);
        size_t server_count = 1 + dcat_rng_below(&rng, 120);
        dcat_world_config config = dcat_world_config_default();
        int32_t expected[CLUSTER_TEST_SERVER_MAX], cluster_of[CLUSTER_TEST_SERVER_MAX];
        random_layout_kind layout = (random_layout_kind)(seed % LAYOUT_COUNT);
        config.span_m_max = 100e3 * (double)dcat_rng_below(&rng, 6);
        dcat_world *world = random_world(&config, layout, server_count, seed);
        random_by_pairs(world, seed, expected);
        decide("random", world, seed, cluster_of);
        assert_partition(cluster_of, expected, server_count);
        dcat_world_destroy(world);
        config.span_m_max = 1e9; // nobody is deleted
        world = random_world(&config, layout, server_count, seed);
        assert_true(reference_kmeans(world, seed, expected));
        decide("kmeans", world, seed, cluster_of);
        assert_partition(cluster_of, expected, server_count);
        dcat_world_destroy(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances_and_neighbours_of_a_large_world_are_those_of_a_small_one),
        cmocka_unit_test(test_span_check_names_the_first_pair_beyond_the_limit),
        cmocka_unit_test(test_linkage_of_a_large_world_equals_the_table_of_links),
        cmocka_unit_test(test_clusterers_keep_the_span_in_a_large_world),
        cmocka_unit_test(test_random_and_kmeans_equal_straightforward_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
