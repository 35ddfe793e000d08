// SPDX-License-Identifier: Apache-2.0
// K-means: the deletion of illegal members by hand, Lloyd's algorithm by its fixed point.

#include "cluster/support.h"
#include "cluster_worlds.h"
#include "dcat/x/world_facts.h"
#include <stdio.h>

// With n = 1 Lloyd's algorithm has nothing to choose, so only the deletion shows.
static void assert_deletion(double span_km_max, const double *x_km, const int32_t *expected,
                            size_t server_count)
{
    int32_t cluster_of[CLUSTER_TEST_SERVER_MAX];
    dcat_world *world = line_world(span_km_max, x_km, server_count, 1);
    for (uint64_t seed = 0; seed < 20; seed++) {
        decide("kmeans", world, seed, cluster_of);
        assert_partition(cluster_of, expected, server_count);
    }
    dcat_world_destroy(world);
}

static void test_kmeans_keeps_a_legal_cluster_whole(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 10.0, 20.0, 50.0};
    const int32_t expected[] = {0, 0, 0, 0};
    assert_deletion(50.0, x_km, expected, 4); // span 50, at the limit
}

static void test_kmeans_deletes_the_member_farthest_from_the_centroid(void **fixture)
{
    (void)fixture;
    // Centroid 32.5, so 100 is farthest (67.5) and leaves; 0, 10, 20 span 20.
    const double x_km[] = {0.0, 100.0, 10.0, 20.0};
    const int32_t expected[] = {0, 1, 0, 0};
    assert_deletion(50.0, x_km, expected, 4);
}

static void test_kmeans_moves_the_centroid_after_each_deletion(void **fixture)
{
    (void)fixture;
    // Centroid 56: 180 leaves. Of 0, 0, 0, 100 it is 25, so 100 leaves (75 away). From the old
    // centroid the zeros would have been farther (56) than 100 (44).
    const double x_km[] = {0.0, 0.0, 0.0, 100.0, 180.0};
    const int32_t expected[] = {0, 0, 0, 1, 2};
    assert_deletion(50.0, x_km, expected, 5);
}

static void test_kmeans_deletes_the_larger_of_two_equally_far_members(void **fixture)
{
    (void)fixture;
    // Centroid 30; servers 0 and 2 are both 30 away; 2 leaves and {0, 30} spans 30.
    const double x_km[] = {0.0, 30.0, 60.0};
    const int32_t expected[] = {0, 0, 1};
    assert_deletion(45.0, x_km, expected, 3);
}

static void test_kmeans_finds_blobs_that_are_far_apart(void **fixture)
{
    (void)fixture;
    // Three blobs of 2 km, 400 km apart. A start that misses one has probability near
    // (2 / 400)^2, and these seeds have none.
    const double x_km[] = {0.0, 400.0, 1.0, 800.0, 401.0, 2.0, 802.0, 402.0, 801.0};
    const int32_t expected[] = {0, 1, 0, 2, 1, 0, 2, 1, 2};
    dcat_world *world = line_world(10.0, x_km, 9, 3);
    for (uint64_t seed = 0; seed < 200; seed++) {
        int32_t cluster_of[9];
        decide("kmeans", world, seed, cluster_of);
        assert_partition(cluster_of, expected, 9);
    }
    dcat_world_destroy(world);
}

// Servers at 0, 10, 20 km and n = 2. Given that the first centre is server 0: with the second on
// server 1, 20 goes to 10 and stays there, {0},{1,2}; with the second on server 2, 10 is as far
// from both and goes to the lower centre, which stands on server 0, {0,1},{2}. The share of the
// latter.
static double share_with_second_centre_far(dcat_kmeans_start start)
{
    const dcat_server servers[] = {test_server(0, 0), test_server(10e3, 0), test_server(20e3, 0)};
    dcat_world_config config = dcat_world_config_default();
    int first_is_0 = 0, second_is_2 = 0;
    config.kmeans_cluster_count = 2;
    config.kmeans_start = start;
    dcat_world *world = build_world(&config, servers, 3, 1);
    for (uint64_t seed = 0; seed < 6000; seed++) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_KMEANS, 0);
        int32_t cluster_of[3];
        decide("kmeans", world, seed, cluster_of);
        if (dcat_rng_below(&rng, 3) == 0) {
            first_is_0++;
            second_is_2 += cluster_of[1] == 0 ? 1 : 0;
        }
    }
    dcat_world_destroy(world);
    return (double)second_is_2 / first_is_0;
}

static void test_kmeans_starts_by_squared_distance_and_breaks_ties_low(void **fixture)
{
    (void)fixture;
    // Squared distances 100 and 400. About 2000 trials: a standard deviation is 0.009.
    assert_near(share_with_second_centre_far(DCAT_KMEANS_PLUS_PLUS), 0.8, 0.03);
}

static void test_kmeans_may_start_from_any_two_servers_alike(void **fixture)
{
    (void)fixture;
    assert_near(share_with_second_centre_far(DCAT_KMEANS_RANDOM), 0.5, 0.04);
}

static void test_kmeans_with_a_centre_for_everybody_leaves_all_alone(void **fixture)
{
    (void)fixture;
    const dcat_server servers[] = {test_server(0, 0), test_server(10e3, 0), test_server(20e3, 0)};
    const int32_t expected[] = {0, 1, 2};
    static const dcat_kmeans_start starts[] = {DCAT_KMEANS_PLUS_PLUS, DCAT_KMEANS_RANDOM};
    for (int count = 3; count <= 5; count++) { // there are no more centres than servers
        for (int start = 0; start < 2; start++) {
            dcat_world_config config = dcat_world_config_default();
            int32_t cluster_of[3];
            config.kmeans_cluster_count = count;
            config.kmeans_start = starts[start];
            dcat_world *world = build_world(&config, servers, 3, 1);
            decide("kmeans", world, 4, cluster_of);
            assert_partition(cluster_of, expected, 3);
            dcat_world_destroy(world);
        }
    }
}

// Squared distance of a server to the mean position of a cluster.
static double square_to_mean(const dcat_world *world, const int32_t *cluster_of, int server,
                             int32_t cluster)
{
    double mean[3] = {0.0, 0.0, 0.0}, count = 0.0, position[3], square = 0.0;
    for (int i = 0; i < (int)dcat_world_server_count(world); i++) {
        if (cluster_of[i] == cluster) {
            dcat_world_position_m(world, i, position);
            count += 1.0;
            for (int d = 0; d < 3; d++) {
                mean[d] += position[d];
            }
        }
    }
    dcat_world_position_m(world, server, position);
    for (int d = 0; d < 3; d++) {
        square += (position[d] - mean[d] / count) * (position[d] - mean[d] / count);
    }
    return square;
}

static void test_kmeans_without_deletion_ends_at_a_fixed_point_of_lloyd(void **fixture)
{
    (void)fixture;
    printf("seeds 0..399\n");
    for (uint64_t seed = 0; seed < 400; seed++) {
        dcat_world_config config = dcat_world_config_default();
        size_t server_count = 2 + seed % 50;
        config.span_m_max = 1e9; // nobody is too far from anybody
        config.kmeans_cluster_count = 1 + (int)(seed % 7);
        dcat_world *world =
            random_world(&config, seed % 2 ? LAYOUT_PLANE : LAYOUT_GEO, server_count, seed);
        int32_t cluster_of[CLUSTER_TEST_SERVER_MAX];
        decide("kmeans", world, seed, cluster_of);
        int32_t cluster_count = cluster_count_of(cluster_of, server_count);
        // Sites are distinct, so all n are there: no cluster stays empty.
        int n = config.kmeans_cluster_count;
        assert_int_equal(cluster_count, n < (int)server_count ? n : (int)server_count);
        for (int i = 0; i < (int)server_count; i++) {
            double own = square_to_mean(world, cluster_of, i, cluster_of[i]);
            for (int32_t k = 0; k < cluster_count; k++) {
                assert_true(own <= square_to_mean(world, cluster_of, i, k) * (1.0 + 1e-9) + 1e-3);
            }
        }
        dcat_world_destroy(world);
    }
}

static void test_kmeans_makes_a_third_of_the_servers_clusters_by_default(void **fixture)
{
    (void)fixture;
    const int expected[][2] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 2}, {7, 2}, {8, 3}, {40, 13}};
    for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
        dcat_world_config config = dcat_world_config_default();
        config.span_m_max = 1e9;
        dcat_world *world = random_world(&config, LAYOUT_PLANE, (size_t)expected[e][0], 11);
        int32_t cluster_of[CLUSTER_TEST_SERVER_MAX];
        decide("kmeans", world, 1, cluster_of);
        assert_int_equal(cluster_count_of(cluster_of, (size_t)expected[e][0]), expected[e][1]);
        dcat_world_destroy(world);
    }
}

static void test_kmeans_with_fewer_sites_than_clusters_makes_one_per_site(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 5.0, 0.0, 5.0, 0.0};
    const int32_t expected[] = {0, 1, 0, 1, 0};
    dcat_world *world = line_world(100.0, x_km, 5, 4);
    for (uint64_t seed = 0; seed < 20; seed++) {
        int32_t cluster_of[5];
        decide("kmeans", world, seed, cluster_of);
        assert_partition(cluster_of, expected, 5);
    }
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kmeans_keeps_a_legal_cluster_whole),
        cmocka_unit_test(test_kmeans_deletes_the_member_farthest_from_the_centroid),
        cmocka_unit_test(test_kmeans_moves_the_centroid_after_each_deletion),
        cmocka_unit_test(test_kmeans_deletes_the_larger_of_two_equally_far_members),
        cmocka_unit_test(test_kmeans_finds_blobs_that_are_far_apart),
        cmocka_unit_test(test_kmeans_starts_by_squared_distance_and_breaks_ties_low),
        cmocka_unit_test(test_kmeans_may_start_from_any_two_servers_alike),
        cmocka_unit_test(test_kmeans_with_a_centre_for_everybody_leaves_all_alone),
        cmocka_unit_test(test_kmeans_without_deletion_ends_at_a_fixed_point_of_lloyd),
        cmocka_unit_test(test_kmeans_makes_a_third_of_the_servers_clusters_by_default),
        cmocka_unit_test(test_kmeans_with_fewer_sites_than_clusters_makes_one_per_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
