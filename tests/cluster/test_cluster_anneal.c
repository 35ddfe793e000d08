// SPDX-License-Identifier: Apache-2.0
// Annealing: hand-worked markets in which complete linkage is wrong, and profit on arrivals that
// the search never saw.

#include "cluster_worlds.h"
#include "dcat/market.h"
#include "dcat/x/world_facts.h"
#include <stdio.h>

#define AREA_MAX 12

// What an observation points to.
typedef struct seen {
    double arrivals_per_slot[AREA_MAX], work_cycles[AREA_MAX], data_bits[AREA_MAX],
        deadline_s[AREA_MAX], work_sd[AREA_MAX], data_sd[AREA_MAX], deadline_sd[AREA_MAX];
    dcat_observation observation;
} seen;

// The same demand in each of area_count areas.
static void fill_seen(seen *s, size_t area_count, double arrivals_per_slot, double work_cycles,
                      double deadline_s)
{
    for (size_t a = 0; a < area_count; a++) {
        s->arrivals_per_slot[a] = arrivals_per_slot;
        s->work_cycles[a] = work_cycles;
        s->data_bits[a] = 20e6;
        s->deadline_s[a] = deadline_s;
        s->work_sd[a] = 0.0;
        s->data_sd[a] = 0.0;
        s->deadline_sd[a] = 0.0;
    }
    s->observation = (dcat_observation){.area_count = area_count,
                                        .arrivals_per_slot = s->arrivals_per_slot,
                                        .work_cycles = s->work_cycles,
                                        .data_bits = s->data_bits,
                                        .deadline_s = s->deadline_s,
                                        .work_sd = s->work_sd,
                                        .data_sd = s->data_sd,
                                        .deadline_sd = s->deadline_sd};
}

// Anneal from the partition in cluster_of.
static void anneal(const dcat_world *world, const seen *s, uint64_t seed, uint32_t cycle,
                   int32_t *cluster_of)
{
    dcat_cluster_input input = {.world = world,
                                .observation = &s->observation,
                                .auction = dcat_auction_find("rea"),
                                .seed = seed,
                                .cycle = cycle};
    decide_with(dcat_clusterer_find("anneal"), &input, 0xa5, cluster_of);
}

static dcat_world *anneal_line_world(double span_km_max, const double *x_km, size_t server_count,
                                     int iteration_max)
{
    dcat_server servers[CLUSTER_TEST_SERVER_MAX];
    for (size_t i = 0; i < server_count; i++) {
        servers[i] = test_server(x_km[i] * 1e3, 0.0);
    }
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = span_km_max * 1e3;
    config.anneal.iteration_max = iteration_max;
    return build_world(&config, servers, server_count, 1);
}

static void test_anneal_without_demand_is_linkage(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    seen s;
    fill_seen(&s, 1, 0.0, 0.0, 0.0);
    for (uint64_t seed = 0; seed < 20; seed++) {
        dcat_world *world = random_world(&config, LAYOUT_PLANE, 30, seed);
        int32_t expected[30], cluster_of[30];
        decide("linkage", world, seed, expected);
        start_single(cluster_of, 30);
        anneal(world, &s, seed, 3, cluster_of);
        assert_partition(cluster_of, expected, 30);
        dcat_world_destroy(world);
    }
}

static void test_anneal_parts_a_pair_that_competition_needs_apart(void **fixture)
{
    (void)fixture;
    // Two servers of 250 GHz, tasks of 400 G with 3 s: either server alone takes 1.6 s. Linkage
    // merges them, and a lone candidate is paid the whole fee: profit 0. Apart, every task that
    // finds both free earns the difference between fee and clock.
    const double x_km[] = {0.0, 10.0};
    const int32_t apart[] = {0, 1};
    dcat_world *world = anneal_line_world(100.0, x_km, 2, 20);
    seen s;
    fill_seen(&s, 1, 0.5, 400e9, 3.0);
    for (uint64_t seed = 0; seed < 10; seed++) {
        int32_t cluster_of[2] = {0, 1};
        decide("linkage", world, seed, cluster_of);
        assert_int_equal(cluster_of[1], 0);
        anneal(world, &s, seed, 0, cluster_of);
        assert_partition(cluster_of, apart, 2);
    }
    dcat_world_destroy(world);
}

static void test_anneal_moves_a_server_to_where_it_is_needed(void **fixture)
{
    (void)fixture;
    // Limit 100. Linkage merges {1,2} at 10 km, then 0 at 100 (lowest of a tie): {0,1,2},{3}. Tasks
    // of 900 G with 2.6 s need two servers (1.8 s), so 3 alone serves nobody and {0,1,2} is without
    // a rival: profit 0. Two pairs compete.
    const double x_km[] = {0.0, 90.0, 100.0, 190.0};
    const int32_t linked[] = {0, 0, 0, 1};
    dcat_world *world = anneal_line_world(100.0, x_km, 4, 200);
    seen s;
    fill_seen(&s, 1, 0.5, 900e9, 2.6);
    for (uint64_t seed = 0; seed < 10; seed++) {
        int32_t cluster_of[4];
        decide("linkage", world, seed, cluster_of);
        assert_partition(cluster_of, linked, 4);
        anneal(world, &s, seed, 0, cluster_of);
        // 0-1 and 2-3, or 0-2 and 1-3: all of these spans are 100 or less.
        assert_int_equal(cluster_count_of(cluster_of, 4), 2);
        assert_int_not_equal(cluster_of[0], cluster_of[3]);
        assert_int_not_equal(cluster_of[1], cluster_of[2]);
        assert_partition_is_legal(world, cluster_of);
    }
    dcat_world_destroy(world);
}

static void test_anneal_keeps_the_partition_in_force_when_it_is_better_than_linkage(void **fixture)
{
    (void)fixture;
    // The market of two pairs again, with one proposal only: from {0,1},{2,3} any single step
    // leaves at most one cluster that serves, so the result is what was in force.
    const double x_km[] = {0.0, 90.0, 100.0, 190.0};
    const int32_t in_force[] = {0, 0, 1, 1};
    dcat_world *world = anneal_line_world(100.0, x_km, 4, 1);
    seen s;
    fill_seen(&s, 1, 0.5, 900e9, 2.6);
    for (uint64_t seed = 0; seed < 10; seed++) {
        int32_t cluster_of[4];
        memcpy(cluster_of, in_force, sizeof in_force);
        anneal(world, &s, seed, 5, cluster_of);
        assert_partition(cluster_of, in_force, 4);
    }
    dcat_world_destroy(world);
}

static void test_anneal_can_split_a_cluster_in_one_step(void **fixture)
{
    (void)fixture;
    // Two pairs 50 km apart make one cluster under linkage, without a rival: profit 0. Tasks need
    // two servers, so only the split into the pairs earns, and it is one proposal of about six.
    const double x_km[] = {0.0, 0.0, 50.0, 50.0};
    const int32_t together[] = {0, 0, 0, 0}, pairs[] = {0, 0, 1, 1};
    dcat_world *world = anneal_line_world(100.0, x_km, 4, 1);
    seen s;
    int split_count = 0;
    fill_seen(&s, 1, 0.5, 900e9, 2.6);
    for (uint64_t seed = 0; seed < 60; seed++) {
        int32_t cluster_of[4];
        start_single(cluster_of, 4);
        anneal(world, &s, seed, 0, cluster_of);
        bool split = cluster_of[3] != 0;
        assert_partition(cluster_of, split ? pairs : together, 4);
        split_count += split ? 1 : 0;
    }
    assert_in_range(split_count, 3, 20);
    dcat_world_destroy(world);
}

static void test_anneal_can_merge_two_clusters_in_one_step(void **fixture)
{
    (void)fixture;
    // Tasks of 900 G with 1.3 s need four servers (0.9 s). In force are two fours and two pairs,
    // which is better than linkage's single cluster; no single move makes a third four, but merging
    // the pairs does. One proposal in 36: a quarter merges, a third of these from a pair, and a
    // third of those with the other pair.
    const double x_km[12] = {0.0};
    const int32_t in_force[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3};
    const int32_t merged[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
    dcat_world *world = anneal_line_world(100.0, x_km, 12, 1);
    seen s;
    int merge_count = 0;
    fill_seen(&s, 1, 2.0, 900e9, 1.3);
    for (uint64_t seed = 0; seed < 200; seed++) {
        int32_t cluster_of[12];
        memcpy(cluster_of, in_force, sizeof in_force);
        anneal(world, &s, seed, 0, cluster_of);
        merge_count += memcmp(cluster_of, merged, sizeof merged) == 0 ? 1 : 0;
    }
    assert_in_range(merge_count, 1, 20);
    dcat_world_destroy(world);
}

static void test_anneal_is_legal_and_repeats_on_random_worlds(void **fixture)
{
    (void)fixture;
    printf("seeds 0..59\n");
    for (uint64_t seed = 0; seed < 60; seed++) {
        dcat_world_config config = dcat_world_config_default();
        size_t server_count = 1 + seed % 25;
        config.anneal.iteration_max = 40;
        config.anneal.temperature = 0.5; // accept nearly everything: go far
        config.slots_per_cycle = 3;
        config.span_m_max = 100e3 * (double)(seed % 5);
        dcat_world *world =
            random_world(&config, (random_layout_kind)(seed % LAYOUT_COUNT), server_count, seed);
        int32_t once[CLUSTER_TEST_SERVER_MAX], again[CLUSTER_TEST_SERVER_MAX];
        seen s;
        fill_seen(&s, 1, 5.0, 700e9, 2.5);
        dcat_cluster_input input = {.world = world,
                                    .observation = &s.observation,
                                    .auction = dcat_auction_find("rea-s"),
                                    .seed = seed,
                                    .cycle = 2};
        start_single(once, server_count);
        start_single(again, server_count);
        decide_with(dcat_clusterer_find("anneal"), &input, 0x00, once);
        decide_with(dcat_clusterer_find("anneal"), &input, 0xff, again);
        assert_memory_equal(once, again, sizeof *once * server_count);
        assert_partition_is_legal(world, once);
        dcat_world_destroy(world);
    }
}

static void test_anneal_decides_as_often_as_the_world_says(void **fixture)
{
    (void)fixture;
    const dcat_server server = test_server(0.0, 0.0);
    dcat_world_config config = dcat_world_config_default();
    config.anneal.recluster_every = 17;
    dcat_world *world = build_world(&config, &server, 1, 1);
    assert_int_equal(dcat_clusterer_find("anneal")->decide_every(world), 17);
    dcat_world_destroy(world);
}

static void test_anneal_survives_more_and_fewer_arrivals_than_it_simulates(void **fixture)
{
    (void)fixture;
    // It keeps 10 000 for so few servers: of 8 000 a slot the second slot is cut, of 100 000 the
    // first. At 1e-5 a slot it gives up after 32 768 slots, in which most likely nothing arrives.
    const double x_km[] = {0.0, 10.0, 20.0};
    const double arrivals_per_slot[] = {8e3, 100e3, 1e-5};
    dcat_world *world = anneal_line_world(100.0, x_km, 3, 2);
    for (size_t n = 0; n < 3; n++) {
        int32_t cluster_of[3] = {0, 1, 2};
        seen s;
        fill_seen(&s, 1, arrivals_per_slot[n], 400e9, 3.0);
        anneal(world, &s, 1, 0, cluster_of);
        assert_partition_is_legal(world, cluster_of);
    }
    dcat_world_destroy(world);
}

// --- held-out profit

enum { TASK_MAX = 512 };

// Mean profit per cycle on arrivals of a seed and part that no decision draws from.
static double held_out_profit(const dcat_world *world, const seen *s, uint32_t cycle_count,
                              const int32_t *cluster_of)
{
    static dcat_task tasks[TASK_MAX];
    const dcat_world_config *config = dcat_world_config_view(world);
    dcat_totals totals = {0};
    dcat_state *state = NULL;
    assert_int_equal(
        dcat_state_create(world, dcat_auction_find("rea"), 4711, TASK_MAX, &state, NULL), DCAT_OK);
    dcat_state_set_clusters(state, cluster_of);
    for (uint32_t slot = 0; slot < cycle_count * (uint32_t)config->slots_per_cycle; slot++) {
        double now_s = slot * config->slot_s;
        size_t task_count =
            dcat_observation_draw(&s->observation, 4711, 99, 0, slot, now_s, tasks, TASK_MAX);
        dcat_state_step(state, now_s, 0, slot, tasks, task_count, NULL, &totals, NULL);
    }
    dcat_state_destroy(state);
    return dcat_totals_profit(&totals) / cycle_count;
}

// 24 servers and 12 areas of unequal demand on 800 km, as dense as the paper's 40 on 1000 km.
static dcat_world *market_world(uint64_t seed, seen *s)
{
    dcat_server servers[24];
    dcat_area areas[AREA_MAX];
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = NULL;
    config.anneal.iteration_max = 300;
    dcat_draw_servers(seed, 800e3, (dcat_range){200e9, 300e9}, 100, servers, 24);
    dcat_draw_areas(seed, 800e3, areas, AREA_MAX);
    fill_seen(s, AREA_MAX, 0.0, 700e9, 2.5);
    for (size_t a = 0; a < AREA_MAX; a++) {
        s->arrivals_per_slot[a] = 0.4 * (double)(1 + a % 6); // sums to 16.8 a slot
        s->work_sd[a] = 115e9;                               // of the uniform on [500, 900] G
        s->deadline_sd[a] = 0.29;                            // of the uniform on [2, 3] s
    }
    assert_int_equal(dcat_world_create(&config, servers, 24, areas, AREA_MAX, seed, &world, NULL),
                     DCAT_OK);
    return world;
}

static void test_anneal_earns_more_than_linkage_on_arrivals_it_never_saw(void **fixture)
{
    (void)fixture;
    enum { WORLD_COUNT = 6 };
    double gain_sum = 0.0;
    printf("seeds 0..%d\n", WORLD_COUNT - 1);
    for (uint64_t seed = 0; seed < WORLD_COUNT; seed++) {
        seen s;
        dcat_world *world = market_world(seed, &s);
        int32_t linked[24], annealed[24];
        decide("linkage", world, seed, linked);
        start_single(annealed, 24);
        anneal(world, &s, seed, 0, annealed);
        assert_partition_is_legal(world, annealed);
        double linkage_profit = held_out_profit(world, &s, 30, linked);
        double anneal_profit = held_out_profit(world, &s, 30, annealed);
        gain_sum += anneal_profit / linkage_profit - 1.0;
        printf("held-out profit: linkage %.0f, anneal %.0f\n", linkage_profit, anneal_profit);
        dcat_world_destroy(world);
    }
    // A single world may lose by chance; on average the search must be worth it.
    assert_true(gain_sum / WORLD_COUNT > 0.06);
}

// --- exhaustive search

enum {
    TINY_SERVERS = 6, // 203 partitions
    TINY_CYCLES = 100,
};

// Five of six servers' worth of demand at one place, so that which servers go together, by speed,
// is all that matters.
static dcat_world *tiny_world(uint64_t seed, seen *s)
{
    dcat_world_config config = dcat_world_config_default();
    config.anneal.iteration_max = 600;
    config.anneal.temperature = 0.2; // one server of six matters much more than one of forty
    fill_seen(s, 1, 2.0, 700e9, 2.5);
    s->work_sd[0] = 115e9;
    s->deadline_sd[0] = 0.29;
    dcat_server servers[TINY_SERVERS];
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 3, 0);
    for (size_t i = 0; i < TINY_SERVERS; i++) {
        servers[i] = test_server(1e3 * (double)i, 0.0);
        servers[i].speed_hz = 100e9 + 300e9 * dcat_rng_uniform(&rng);
    }
    return build_world(&config, servers, TINY_SERVERS, seed);
}

// The most that any partition earns on held-out arrivals: label server by server with any cluster
// so far or a new one, which counts every partition once.
static double best_profit(const dcat_world *world, const seen *s, int32_t *cluster_of,
                          size_t labelled, int32_t cluster_count)
{
    if (labelled == TINY_SERVERS) {
        return held_out_profit(world, s, TINY_CYCLES, cluster_of);
    }
    double best = 0.0;
    for (int32_t k = 0; k <= cluster_count; k++) {
        cluster_of[labelled] = k;
        best = fmax(best, best_profit(world, s, cluster_of, labelled + 1,
                                      k == cluster_count ? k + 1 : cluster_count));
    }
    return best;
}

static void test_anneal_comes_close_to_exhaustive_search_on_tiny_worlds(void **fixture)
{
    (void)fixture;
    enum { WORLD_COUNT = 5 };
    double loss_max = 0.0;
    printf("seeds 0..%d\n", WORLD_COUNT - 1);
    for (uint64_t seed = 0; seed < WORLD_COUNT; seed++) {
        seen s;
        dcat_world *world = tiny_world(seed, &s);
        int32_t annealed[TINY_SERVERS], any[TINY_SERVERS];
        start_single(annealed, TINY_SERVERS);
        anneal(world, &s, seed, 0, annealed);
        double profit = held_out_profit(world, &s, TINY_CYCLES, annealed);
        double best = best_profit(world, &s, any, 0, 0);
        loss_max = fmax(loss_max, 1.0 - profit / best);
        printf("held-out profit: annealed %.0f, best %.0f\n", profit, best);
        dcat_world_destroy(world);
    }
    assert_true(loss_max < 0.025); // arrivals differ, so the best partition may
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anneal_without_demand_is_linkage),
        cmocka_unit_test(test_anneal_parts_a_pair_that_competition_needs_apart),
        cmocka_unit_test(test_anneal_moves_a_server_to_where_it_is_needed),
        cmocka_unit_test(test_anneal_keeps_the_partition_in_force_when_it_is_better_than_linkage),
        cmocka_unit_test(test_anneal_can_split_a_cluster_in_one_step),
        cmocka_unit_test(test_anneal_can_merge_two_clusters_in_one_step),
        cmocka_unit_test(test_anneal_is_legal_and_repeats_on_random_worlds),
        cmocka_unit_test(test_anneal_decides_as_often_as_the_world_says),
        cmocka_unit_test(test_anneal_survives_more_and_fewer_arrivals_than_it_simulates),
        cmocka_unit_test(test_anneal_earns_more_than_linkage_on_arrivals_it_never_saw),
        cmocka_unit_test(test_anneal_comes_close_to_exhaustive_search_on_tiny_worlds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
