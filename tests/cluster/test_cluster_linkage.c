// SPDX-License-Identifier: Apache-2.0
// Complete linkage: hand-worked lines, and a reference that recomputes every link at every merge.

#include "cluster/linkage.h"
#include "cluster_worlds.h"
#include "world/world.h"
#include <stdio.h>

static void test_linkage_stops_where_the_next_merge_breaks_the_limit(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 100.0, 200.0, 300.0};
    const int32_t pairs[] = {0, 0, 1, 1};
    int32_t cluster_of[4];
    // Links of 100 everywhere; {0,1} is lowest. Then {2,3} at 100, {0,1}-{2} at 200. The two pairs
    // are 300 apart, beyond 200.
    dcat_world *world = line_world(200.0, x_km, 4, 0);
    decide("linkage", world, 1, cluster_of);
    assert_partition(cluster_of, pairs, 4);
    dcat_world_destroy(world);
    // At 300 exactly they merge.
    world = line_world(300.0, x_km, 4, 0);
    decide("linkage", world, 1, cluster_of);
    assert_int_equal(cluster_count_of(cluster_of, 4), 1);
    dcat_world_destroy(world);
}

static void test_linkage_breaks_ties_by_lowest_servers(void **fixture)
{
    (void)fixture;
    int32_t cluster_of[3];
    // 0 - 1 - 2 in a row, limit 150: the pairs (0,1) and (1,2) tie.
    const double in_a_row_km[] = {0.0, 100.0, 200.0};
    const int32_t first_two[] = {0, 0, 1};
    dcat_world *world = line_world(150.0, in_a_row_km, 3, 0);
    decide("linkage", world, 1, cluster_of);
    assert_partition(cluster_of, first_two, 3);
    dcat_world_destroy(world);
    // 2 - 0 - 1 in a row: the pairs (0,1) and (0,2) tie; the lower partner wins.
    const double middle_first_km[] = {100.0, 200.0, 0.0};
    world = line_world(150.0, middle_first_km, 3, 0);
    decide("linkage", world, 1, cluster_of);
    assert_partition(cluster_of, first_two, 3);
    dcat_world_destroy(world);
}

static void test_linkage_takes_the_shortest_link_first(void **fixture)
{
    (void)fixture;
    // Gaps 100, 60, 90; limit 150. {1,2} at 60, then 3 joins at 150 (0 would make 160):
    // {0},{1,2,3}.
    const double x_km[] = {0.0, 100.0, 160.0, 250.0};
    const int32_t expected[] = {0, 1, 1, 1};
    int32_t cluster_of[4];
    dcat_world *world = line_world(150.0, x_km, 4, 0);
    decide("linkage", world, 1, cluster_of);
    assert_partition(cluster_of, expected, 4);
    dcat_world_destroy(world);
}

// How far clusters a and b are apart by a link: their farthest members, the mean, their nearest.
static double reference_link_m(const dcat_world *world, const int32_t *cluster_of,
                               linkage_link link, int32_t a, int32_t b)
{
    int server_count = (int)dcat_world_server_count(world);
    double farthest_m = 0.0, nearest_m = INFINITY, sum_m = 0.0, pairs = 0.0;
    for (int i = 0; i < server_count; i++) {
        for (int j = 0; j < server_count; j++) {
            if (cluster_of[i] == a && cluster_of[j] == b) {
                double distance_m = dcat_world_distance_m(world, i, j);
                farthest_m = fmax(farthest_m, distance_m);
                nearest_m = fmin(nearest_m, distance_m);
                sum_m += distance_m;
                pairs += 1.0;
            }
        }
    }
    return link == LINK_COMPLETE ? farthest_m : link == LINK_SINGLE ? nearest_m : sum_m / pairs;
}

static int32_t reference_size(const int32_t *cluster_of, int32_t server_count, int32_t a)
{
    int32_t size = 0;
    for (int32_t i = 0; i < server_count; i++) {
        size += cluster_of[i] == a;
    }
    return size;
}

static bool reference_owners_fit(const dcat_world *world, const int32_t *cluster_of, int32_t a,
                                 int32_t b)
{
    const dcat_server *servers = dcat_world_servers_view(world);
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        for (size_t j = 0; j < dcat_world_server_count(world); j++) {
            if (cluster_of[i] == a && cluster_of[j] == b && servers[i].owner != DCAT_NO_OWNER &&
                servers[j].owner != DCAT_NO_OWNER && servers[i].owner != servers[j].owner) {
                return false;
            }
        }
    }
    return true;
}

// The definition: labels are smallest servers, pairs are looked at from the lowest up.
static void reference_linkage(const dcat_world *world, const linkage_rule *rule,
                              int32_t *cluster_of)
{
    int32_t server_count = (int32_t)dcat_world_server_count(world);
    int32_t scratch[CLUSTER_TEST_SERVER_MAX];
    bool merged = true;
    start_single(cluster_of, (size_t)server_count);
    while (merged) {
        double best_m = INFINITY;
        int32_t low = -1, high = -1;
        for (int32_t a = 0; a < server_count; a++) {
            for (int32_t b = a + 1; b < server_count; b++) {
                if (cluster_of[a] != a || cluster_of[b] != b) {
                    continue; // not the smallest of its cluster
                }
                bool legal =
                    reference_link_m(world, cluster_of, LINK_COMPLETE, a, b) <= rule->span_m_max &&
                    reference_size(cluster_of, server_count, a) <=
                        rule->size_max - reference_size(cluster_of, server_count, b) &&
                    (!rule->owners_apart || reference_owners_fit(world, cluster_of, a, b));
                double link_m = reference_link_m(world, cluster_of, rule->link, a, b);
                if (legal && link_m < best_m) {
                    best_m = link_m;
                    low = a;
                    high = b;
                }
            }
        }
        merged = low >= 0;
        for (int32_t i = 0; merged && i < server_count; i++) {
            cluster_of[i] = cluster_of[i] == high ? low : cluster_of[i];
        }
    }
    dcat_partition_canonical(cluster_of, (size_t)server_count, scratch);
}

static void assert_linkage_matches_reference(random_layout_kind layout, size_t server_count,
                                             double span_m_max, uint64_t seed)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = span_m_max;
    dcat_world *world = random_world(&config, layout, server_count, seed);
    int32_t expected[CLUSTER_TEST_SERVER_MAX], cluster_of[CLUSTER_TEST_SERVER_MAX];
    const linkage_rule rule = {LINK_COMPLETE, span_m_max, LINKAGE_SIZE_ANY, false};
    reference_linkage(world, &rule, expected);
    decide("linkage", world, seed, cluster_of);
    assert_partition(cluster_of, expected, server_count);
    dcat_world_destroy(world);
}

static void test_linkage_equals_the_naive_reference_on_random_worlds(void **fixture)
{
    (void)fixture;
    enum { WORLD_COUNT = 3000 };
    printf("seeds 0..%d\n", WORLD_COUNT - 1);
    for (uint64_t seed = 0; seed < WORLD_COUNT; seed++) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 2, 0);
        size_t server_count = 1 + dcat_rng_below(&rng, 24);
        // Multiples of 100 km are distances of the grid: ties and links exactly at the limit.
        double span_m_max = 100e3 * (double)dcat_rng_below(&rng, 9);
        assert_linkage_matches_reference((random_layout_kind)(seed % LAYOUT_COUNT), server_count,
                                         span_m_max, seed);
    }
}

static void test_linkage_equals_the_naive_reference_on_crowded_grids(void **fixture)
{
    (void)fixture;
    // 70 servers on 36 points: far more servers than clusters, and nearly every link is tied.
    for (uint64_t seed = 0; seed < 6; seed++) {
        assert_linkage_matches_reference(LAYOUT_GRID, 70, 100e3 * (double)seed, seed);
    }
}

// Other links, smaller spans, caps: on the plane, where no two distances are equal, so that the
// order of sums makes no difference.
static void test_other_links_and_caps_equal_the_naive_reference(void **fixture)
{
    (void)fixture;
    enum { WORLD_COUNT = 400 };
    printf("seeds 0..%d\n", WORLD_COUNT - 1);
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 400e3;
    for (uint64_t seed = 0; seed < WORLD_COUNT; seed++) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 4, 0);
        size_t server_count = 1 + dcat_rng_below(&rng, 30);
        dcat_world *world = random_world(&config, LAYOUT_PLANE, server_count, seed);
        const linkage_rule rule = {
            .link = (linkage_link)(seed % LINK_COUNT),
            .span_m_max = 400e3 * (0.4 + 0.6 * dcat_rng_uniform(&rng)),
            .size_max = seed % 2 == 0 ? LINKAGE_SIZE_ANY : 1 + (int32_t)dcat_rng_below(&rng, 6),
            .owners_apart = seed % 5 == 0,
        };
        for (size_t i = 0; i < server_count; i++) { // a third has none
            world->servers[i].owner = (int32_t)dcat_rng_below(&rng, 3);
        }
        int32_t expected[CLUSTER_TEST_SERVER_MAX], cluster_of[CLUSTER_TEST_SERVER_MAX];
        reference_linkage(world, &rule, expected);
        size_t bytes = dcat_clusterer_find("linkage")->workspace_bytes(world, NULL);
        void *workspace = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
        linkage_form(world, NULL, &rule, workspace, cluster_of);
        free(workspace);
        assert_partition(cluster_of, expected, server_count);
        dcat_world_destroy(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linkage_stops_where_the_next_merge_breaks_the_limit),
        cmocka_unit_test(test_linkage_breaks_ties_by_lowest_servers),
        cmocka_unit_test(test_linkage_takes_the_shortest_link_first),
        cmocka_unit_test(test_linkage_equals_the_naive_reference_on_random_worlds),
        cmocka_unit_test(test_linkage_equals_the_naive_reference_on_crowded_grids),
        cmocka_unit_test(test_other_links_and_caps_equal_the_naive_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
