// SPDX-License-Identifier: Apache-2.0
// Servers above the public ceiling stay alone, whoever decides; the others cluster as without them.

#include "cluster/support.h"
#include "cluster_worlds.h"
#include "dcat/x/policy_file.h"
#include <stdio.h>

static const char *const clusterers[] = {"single",        "random", "kmeans", "linkage", "anneal",
                                         "linkage-tuned", "search", "guard",  "a2c"};
enum { CLUSTERER_COUNT = sizeof clusterers / sizeof clusterers[0] };

static double arrivals_per_slot = 10.0, work_cycles = 700e9, data_bits = 20e6, deadline_s = 2.5;

// With demand, by the shipped policy where one is needed, from any partition in force.
static void decide_under(const char *name, const char *auction, const dcat_world *world,
                         uint64_t seed, int32_t *cluster_of)
{
    const dcat_observation seen = {.area_count = 1,
                                   .arrivals_per_slot = &arrivals_per_slot,
                                   .work_cycles = &work_cycles,
                                   .data_bits = &data_bits,
                                   .deadline_s = &deadline_s};
    const dcat_clusterer *clusterer = dcat_clusterer_find(name);
    const dcat_auction *rule = dcat_auction_find(auction);
    dcat_actor *actor = NULL;
    if (clusterer->needs_model) {
        assert_int_equal(dcat_actor_shipped(rule, &actor, NULL), DCAT_OK);
    }
    const dcat_cluster_input input = {.world = world,
                                      .observation = &seen,
                                      .cluster_of = cluster_of,
                                      .auction = rule,
                                      .seed = seed,
                                      .model = actor};
    decide_with(clusterer, &input, 0x5a, cluster_of);
    dcat_actor_destroy(actor);
}

// At 1e-28 a cycle and Hz^2 a core at 4 GHz costs 1.6 a giga-cycle; above 4.24 GHz it is 1.8.
static dcat_world *mixed_world(const dcat_world_config *base, size_t server_count, bool far,
                               uint64_t seed)
{
    dcat_server servers[CLUSTER_TEST_SERVER_MAX];
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 3, 0);
    for (size_t i = 0; i < server_count; i++) {
        double x = dcat_rng_uniform(&rng), y = dcat_rng_uniform(&rng);
        servers[i] = test_server((far ? 4e6 : 1e6) * x, 1e6 * y);
        servers[i].speed_hz = 50e9 + 450e9 * dcat_rng_uniform(&rng);
    }
    dcat_world_config config = *base;
    config.auction.ceiling_per_cycle = 1.8e-9;
    return build_world(&config, servers, server_count, seed);
}

static void assert_dear_alone(const uint8_t *dear, const int32_t *cluster_of, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (dear[i] || dear[j]) {
                assert_int_not_equal(cluster_of[i], cluster_of[j]);
            }
        }
    }
}

static void test_dear_servers_stay_alone_whoever_decides(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 300e3;
    config.anneal.iteration_max = 20;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        size_t server_count = seed % 4 == 0 ? 100 : 30; // 100 are decided in districts
        dcat_world *world = mixed_world(&config, server_count, server_count > 80, seed);
        const uint8_t *dear = dcat_world_dear_view(world, dcat_auction_find("rea-s"));
        assert_non_null(dear);
        for (size_t c = 0; c < CLUSTERER_COUNT; c++) {
            int32_t cluster_of[CLUSTER_TEST_SERVER_MAX];
            start_single(cluster_of, server_count);
            if (strcmp(clusterers[c], "anneal") == 0) { // starts from it where it earns more
                decide_under("linkage", "rea", world, seed, cluster_of);
            }
            decide_under(clusterers[c], "rea-s", world, seed, cluster_of);
            assert_partition_is_legal(world, cluster_of);
            assert_dear_alone(dear, cluster_of, server_count);
            int32_t count = cluster_count_of(cluster_of, server_count);
            assert_true(c == 0 ? count == (int32_t)server_count : count < (int32_t)server_count);
        }
        dcat_world_destroy(world);
    }
}

static void test_dear_servers_join_where_the_ceiling_does_not_hold(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = mixed_world(&config, 30, false, 5);
    const uint8_t *dear = dcat_world_dear_view(world, dcat_auction_find("rea-s"));
    int32_t cluster_of[30];
    decide_under("linkage", "rea", world, 1, cluster_of);
    bool joined = false;
    for (size_t i = 0; i < 30; i++) {
        for (size_t j = 0; j < i; j++) {
            joined = joined || (dear[i] && cluster_of[i] == cluster_of[j]);
        }
    }
    assert_true(joined);
    dcat_world_destroy(world);
}

// 0 - 1 - 2 on a line, 100 km apart, limit 200: together; without the dear one in the middle the
// outer two still are.
static void test_others_cluster_as_if_dear_servers_were_not_there(void **fixture)
{
    (void)fixture;
    static const char *const rules[] = {"kmeans", "linkage"};
    const int32_t expected[] = {0, 1, 0};
    dcat_server servers[] = {test_server(0.0, 0.0), test_server(100e3, 0.0),
                             test_server(200e3, 0.0)};
    servers[1].speed_hz = 500e9; // 2.5 a giga-cycle
    dcat_world_config config = dcat_world_config_default();
    config.auction.ceiling_per_cycle = 1.8e-9;
    config.kmeans_cluster_count = 1;
    dcat_world *world = build_world(&config, servers, 3, 1);
    for (size_t c = 0; c < sizeof rules / sizeof rules[0]; c++) {
        int32_t cluster_of[3] = {0, 1, 2};
        decide_under(rules[c], "rea-s", world, 1, cluster_of);
        assert_partition(cluster_of, expected, 3);
    }
    dcat_world_destroy(world);
}

static void test_nobody_clusters_where_all_are_dear(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 10.0, 20.0};
    const int32_t expected[] = {0, 1, 2};
    dcat_server servers[3];
    for (size_t i = 0; i < 3; i++) {
        servers[i] = test_server(1e3 * x_km[i], 0.0);
    }
    dcat_world_config config = dcat_world_config_default();
    config.auction.ceiling_per_cycle = 0.1e-9;
    config.anneal.iteration_max = 5;
    dcat_world *world = build_world(&config, servers, 3, 1);
    for (size_t c = 0; c < CLUSTERER_COUNT; c++) {
        int32_t cluster_of[3] = {0, 1, 2};
        decide_under(clusterers[c], "rea-s", world, 1, cluster_of);
        assert_partition(cluster_of, expected, 3);
    }
    dcat_world_destroy(world);
}

static void test_dear_servers_leave_the_clusters_that_they_are_in(void **fixture)
{
    (void)fixture;
    const uint8_t dear[] = {1, 0, 0, 1, 0};
    const int32_t expected[] = {0, 1, 2, 3, 1};
    int32_t cluster_of[] = {0, 0, 1, 1, 0}, scratch[5];
    dcat_cluster_part(cluster_of, NULL, 5, scratch); // nobody is dear
    assert_int_equal(cluster_of[4], 0);
    dcat_cluster_part(cluster_of, dear, 5, scratch);
    assert_partition(cluster_of, expected, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dear_servers_stay_alone_whoever_decides),
        cmocka_unit_test(test_dear_servers_join_where_the_ceiling_does_not_hold),
        cmocka_unit_test(test_others_cluster_as_if_dear_servers_were_not_there),
        cmocka_unit_test(test_nobody_clusters_where_all_are_dear),
        cmocka_unit_test(test_dear_servers_leave_the_clusters_that_they_are_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
