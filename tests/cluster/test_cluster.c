// SPDX-License-Identifier: Apache-2.0
// What every clusterer promises: legal and canonical partitions, the same ones again, no heap.

#include "cluster_worlds.h"
#include "market/count_allocations.h"
#include <stdio.h>

static const char *const cheap_clusterers[] = {"single", "random", "kmeans", "linkage"};
enum {
    CHEAP_COUNT = sizeof cheap_clusterers / sizeof cheap_clusterers[0],
    UNLEARNED_COUNT = 8, // those that need no model come first
};

static void test_table_lists_the_clusterers_in_order(void **fixture)
{
    (void)fixture;
    const char *const expected[] = {"single", "random",        "kmeans", "linkage",
                                    "anneal", "linkage-tuned", "search", "guard"};
    assert_true(dcat_clusterer_count() >= UNLEARNED_COUNT);
    for (size_t i = 0; i < UNLEARNED_COUNT; i++) {
        assert_string_equal(dcat_clusterer_at(i)->name, expected[i]);
        assert_ptr_equal(dcat_clusterer_find(expected[i]), dcat_clusterer_at(i));
        assert_true(strlen(dcat_clusterer_at(i)->summary) > 0);
    }
    assert_null(dcat_clusterer_find("k-means"));
    assert_null(dcat_clusterer_find(""));
}

static void test_canonical_labels_follow_the_smallest_server(void **fixture)
{
    (void)fixture;
    int32_t scratch[5];
    int32_t cluster_of[] = {3, 3, 0, 1, 0};
    const int32_t expected[] = {0, 0, 1, 2, 1};
    assert_int_equal(dcat_partition_canonical(cluster_of, 5, scratch), 3);
    assert_partition(cluster_of, expected, 5);
    assert_int_equal(dcat_partition_canonical(cluster_of, 5, scratch), 3); // again: no change
    assert_partition(cluster_of, expected, 5);
}

static void test_span_is_the_largest_distance_between_members(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 30.0, 100.0, 45.0};
    dcat_world *world = line_world(200.0, x_km, 4, 0);
    const int32_t members[] = {3, 0, 1}; // 45, 0, 30: the ends are 45 km apart
    assert_near(dcat_span_m(world, members, 3), 45e3, 1e-12);
    assert_near(dcat_span_m(world, members, 1), 0.0, 0.0);
    dcat_world_destroy(world);
}

static void test_single_leaves_every_server_alone(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 0.0, 1.0};
    const int32_t expected[] = {0, 1, 2};
    int32_t cluster_of[3] = {0, 0, 0}; // whatever was in force before
    dcat_world *world = line_world(200.0, x_km, 3, 0);
    decide("single", world, 1, cluster_of);
    assert_partition(cluster_of, expected, 3);
    dcat_world_destroy(world);
}

// A limit of every kind: zero, one that binds, one that never does.
static double random_span_m_max(dcat_rng *rng)
{
    switch (dcat_rng_below(rng, 8)) {
    case 0:
        return 0.0;
    case 1:
        return 1e9;
    default:
        return 100e3 * (double)dcat_rng_below(rng, 5) + // on the grid's distances half of the time
               (dcat_rng_below(rng, 2) == 0 ? 0.0 : 100e3 * dcat_rng_uniform(rng));
    }
}

static void test_partitions_of_random_worlds_are_legal(void **fixture)
{
    (void)fixture;
    enum { WORLD_COUNT = 6000 };
    printf("seeds 0..%d\n", WORLD_COUNT - 1);
    for (uint64_t seed = 0; seed < WORLD_COUNT; seed++) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 1, 0);
        size_t server_count = 1 + dcat_rng_below(&rng, 30);
        dcat_world_config config = dcat_world_config_default();
        config.span_m_max = random_span_m_max(&rng);
        config.kmeans_cluster_count = (int)dcat_rng_below(&rng, 12); // may exceed the servers
        dcat_world *world =
            random_world(&config, (random_layout_kind)(seed % LAYOUT_COUNT), server_count, seed);
        for (size_t c = 0; c < CHEAP_COUNT; c++) {
            int32_t cluster_of[CLUSTER_TEST_SERVER_MAX];
            decide(cheap_clusterers[c], world, seed, cluster_of);
            assert_partition_is_legal(world, cluster_of);
        }
        dcat_world_destroy(world);
    }
}

static void test_one_server_is_one_cluster(void **fixture)
{
    (void)fixture;
    const double x_km[] = {7.0};
    dcat_world *world = line_world(0.0, x_km, 1, 5);
    for (size_t c = 0; c < UNLEARNED_COUNT; c++) {
        int32_t cluster_of[1];
        decide(dcat_clusterer_at(c)->name, world, 3, cluster_of);
        assert_int_equal(cluster_of[0], 0);
    }
    dcat_world_destroy(world);
}

static void test_servers_at_one_point_may_merge_under_limit_zero(void **fixture)
{
    (void)fixture;
    enum { S = 12 };
    double x_km[S] = {0};
    dcat_world *world = line_world(0.0, x_km, S, 4);
    int32_t cluster_of[S];
    decide("linkage", world, 1, cluster_of);
    assert_int_equal(cluster_count_of(cluster_of, S), 1);
    decide("kmeans", world, 1, cluster_of); // one site gives one centre, whatever n says
    assert_int_equal(cluster_count_of(cluster_of, S), 1);
    decide("anneal", world, 1, cluster_of);
    assert_int_equal(cluster_count_of(cluster_of, S), 1);
    decide("random", world, 1, cluster_of);
    assert_in_range(cluster_count_of(cluster_of, S), 1, S - 1); // with this seed
    dcat_world_destroy(world);
}

static void test_two_servers_at_the_limit_may_merge_and_beyond_it_may_not(void **fixture)
{
    (void)fixture;
    const double x_km[] = {0.0, 150.0};
    const double short_of_it_km = 150.0 - 1e-9;
    dcat_world *at_limit = line_world(150.0, x_km, 2, 1);
    dcat_world *beyond = line_world(short_of_it_km, x_km, 2, 1);
    bool random_merged = false;
    for (uint64_t seed = 0; seed < 50; seed++) {
        int32_t cluster_of[2];
        decide("linkage", at_limit, seed, cluster_of);
        assert_int_equal(cluster_of[1], 0);
        decide("kmeans", at_limit, seed, cluster_of);
        assert_int_equal(cluster_of[1], 0);
        decide("random", at_limit, seed, cluster_of);
        random_merged = random_merged || cluster_of[1] == 0;
        for (size_t c = 0; c < CHEAP_COUNT; c++) {
            decide(cheap_clusterers[c], beyond, seed, cluster_of);
            assert_int_equal(cluster_of[1], 1);
        }
    }
    assert_true(random_merged);
    dcat_world_destroy(at_limit);
    dcat_world_destroy(beyond);
}

static void test_decisions_repeat_and_ignore_what_memory_held(void **fixture)
{
    (void)fixture;
    dcat_observation nothing = {.area_count = 0};
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = random_world(&config, LAYOUT_PLANE, 40, 5);
    for (size_t c = 0; c < CHEAP_COUNT; c++) {
        const dcat_clusterer *clusterer = dcat_clusterer_find(cheap_clusterers[c]);
        dcat_cluster_input input = {.world = world,
                                    .observation = &nothing,
                                    .auction = dcat_auction_find("rea"),
                                    .seed = 9};
        int32_t once[40], again[40];
        start_single(once, 40);
        memset(again, 0, sizeof again);
        decide_with(clusterer, &input, 0x00, once);
        input.cycle = 7; // decided once for the whole run: the cycle must not matter
        decide_with(clusterer, &input, 0xff, again);
        assert_memory_equal(once, again, sizeof once);
        assert_int_equal(clusterer->decide_every(world), 0);
    }
    dcat_world_destroy(world);
}

static void test_seed_matters_to_those_that_draw(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = random_world(&config, LAYOUT_PLANE, 40, 5);
    for (size_t c = 0; c < CHEAP_COUNT; c++) {
        int32_t one[40], other[40];
        decide(cheap_clusterers[c], world, 1, one);
        decide(cheap_clusterers[c], world, 2, other);
        bool draws = c == 1 || c == 2; // random, kmeans
        assert_int_equal(memcmp(one, other, sizeof one) != 0, draws);
    }
    dcat_world_destroy(world);
}

static void test_decisions_use_no_heap(void **fixture)
{
    (void)fixture;
    double arrivals_per_slot = 20.0, work_cycles = 700e9, data_bits = 20e6, deadline_s = 2.5;
    dcat_observation observation = {.area_count = 1,
                                    .arrivals_per_slot = &arrivals_per_slot,
                                    .work_cycles = &work_cycles,
                                    .data_bits = &data_bits,
                                    .deadline_s = &deadline_s};
    dcat_world_config config = dcat_world_config_default();
    config.anneal.iteration_max = 20;
    dcat_world *world = random_world(&config, LAYOUT_PLANE, 40, 5);
    for (size_t c = 0; c < UNLEARNED_COUNT; c++) {
        const dcat_clusterer *clusterer = dcat_clusterer_at(c);
        int32_t cluster_of[40];
        size_t bytes = clusterer->workspace_bytes(world, NULL);
        void *workspace = aligned_alloc(64, bytes + 64);
        dcat_cluster_input input = {.world = world,
                                    .observation = &observation,
                                    .auction = dcat_auction_find("rea"),
                                    .seed = 1};
        start_single(cluster_of, 40);
        size_t before = allocation_count;
        assert_true(before > 0); // the count works
        assert_int_equal(clusterer->decide(&input, workspace, cluster_of, NULL), DCAT_OK);
        assert_int_equal(allocation_count, before);
        free(workspace);
    }
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_lists_the_clusterers_in_order),
        cmocka_unit_test(test_canonical_labels_follow_the_smallest_server),
        cmocka_unit_test(test_span_is_the_largest_distance_between_members),
        cmocka_unit_test(test_single_leaves_every_server_alone),
        cmocka_unit_test(test_partitions_of_random_worlds_are_legal),
        cmocka_unit_test(test_one_server_is_one_cluster),
        cmocka_unit_test(test_servers_at_one_point_may_merge_under_limit_zero),
        cmocka_unit_test(test_two_servers_at_the_limit_may_merge_and_beyond_it_may_not),
        cmocka_unit_test(test_decisions_repeat_and_ignore_what_memory_held),
        cmocka_unit_test(test_seed_matters_to_those_that_draw),
        cmocka_unit_test(test_decisions_use_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
