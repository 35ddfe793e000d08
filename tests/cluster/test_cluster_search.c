// SPDX-License-Identifier: Apache-2.0
// Local moves are legal and of every kind; linkage-tuned and search earn at least what they start
// from, by the simulation that they go by.

#include "cluster/moves.h"
#include "cluster/oracle.h"
#include "cluster/support.h"
#include "cluster_worlds.h"
#include <stdio.h>

enum { S = 24 };

static double arrivals_per_slot = 12.0, work_cycles = 700e9, data_bits = 20e6, deadline_s = 2.5;

static dcat_observation sight(void)
{
    return (dcat_observation){.area_count = 1,
                              .arrivals_per_slot = &arrivals_per_slot,
                              .work_cycles = &work_cycles,
                              .data_bits = &data_bits,
                              .deadline_s = &deadline_s};
}

static dcat_world *world_of(uint64_t seed)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 350e3;
    config.auction.ceiling_per_cycle = 1.8e-9;
    return random_world(&config, LAYOUT_PLANE, S, seed);
}

// What changed: clusters fewer (a merge), more (a split, or a server alone), or as many, of the
// same sizes server for server (a swap) or not.
static void test_moves_are_legal_and_of_every_kind(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of(3);
    moves m;
    arena measure = {0};
    moves_layout(&measure, world, &m);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    moves_layout(&place, world, &m);
    uint8_t dear[S] = {[5] = 1, [11] = 1};
    m.dear = dear;
    m.rng = dcat_rng_at(1, DCAT_STREAM_USER, 5, 0);
    start_single(m.current, S);
    moves_enter(&m);
    int fewer = 0, more = 0, moved = 0, swapped = 0, nothing = 0;
    for (int i = 0; i < 4000; i++) {
        if (!moves_propose(&m, true)) {
            nothing++;
            continue;
        }
        assert_partition_is_legal(world, m.proposal);
        int32_t before = cluster_count_of(m.current, S), after = cluster_count_of(m.proposal, S);
        int changed = 0;
        for (int a = 0; a < S; a++) {
            for (int b = 0; b < a; b++) {
                bool together = m.proposal[a] == m.proposal[b];
                assert_false(together && (dear[a] || dear[b]));
                changed += together != (m.current[a] == m.current[b]);
            }
        }
        assert_true(changed > 0 || after == before); // a lone server moved to a cluster of its own
        fewer += after < before;
        more += after > before;
        int32_t size[2][S] = {{0}};
        for (int a = 0; a < S; a++) {
            size[0][m.current[a]]++;
            size[1][m.proposal[a]]++;
        }
        int64_t squares = 0;
        for (int k = 0; k < S; k++) {
            squares += size[0][k] * size[0][k] - size[1][k] * size[1][k];
        }
        moved += after == before && squares != 0;
        swapped += after == before && squares == 0 && changed > 0;
        moves_accept(&m);
        assert_memory_equal(m.current, m.proposal, sizeof(int32_t) * S);
    }
    assert_true(fewer > 100 && more > 100 && moved > 100 && swapped > 20 && nothing > 0);
    free(place.base);
    dcat_world_destroy(world);
}

static void decide_under(const char *name, const char *auction, const dcat_world *world,
                         const dcat_observation *seen, int32_t *cluster_of)
{
    const dcat_cluster_input input = {
        .world = world, .observation = seen, .auction = dcat_auction_find(auction), .seed = 4};
    start_single(cluster_of, S);
    decide_with(dcat_clusterer_find(name), &input, 0x33, cluster_of);
}

// On the arrivals that the search saw, which are drawn again here.
static double worth(const dcat_world *world, const char *auction, const int32_t *cluster_of)
{
    const dcat_observation seen = sight();
    const dcat_cluster_input input = {
        .world = world, .observation = &seen, .auction = dcat_auction_find(auction), .seed = 4};
    oracle o;
    arena measure = {0};
    oracle_layout(&measure, world, oracle_task_count(world), &o);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    oracle_layout(&place, world, oracle_task_count(world), &o);
    assert_true(oracle_begin(&o, &input, CLUSTER_PART_TUNED));
    double profit = oracle_profit(&o, cluster_of);
    free(place.base);
    return profit;
}

static void test_search_earns_at_least_what_it_starts_from(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea", "rea-s"};
    const dcat_observation seen = sight();
    double gained = 0.0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        dcat_world *world = world_of(seed);
        for (size_t a = 0; a < 2; a++) {
            int32_t linkage[S], tuned[S], found[S], again[S];
            decide_under("linkage", auctions[a], world, &seen, linkage);
            decide_under("linkage-tuned", auctions[a], world, &seen, tuned);
            decide_under("search", auctions[a], world, &seen, found);
            decide_under("search", auctions[a], world, &seen, again);
            assert_memory_equal(found, again, sizeof found);
            assert_partition_is_legal(world, tuned);
            assert_partition_is_legal(world, found);
            double base = worth(world, auctions[a], linkage);
            assert_true(worth(world, auctions[a], tuned) >= base);
            assert_true(worth(world, auctions[a], found) >= worth(world, auctions[a], tuned));
            gained += worth(world, auctions[a], found) / base - 1.0;
        }
        dcat_world_destroy(world);
    }
    assert_true(gained / 6.0 > 0.01); // a percent in the mean, at the very least
}

static void test_search_is_linkage_where_nothing_arrives(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of(2);
    const dcat_observation nothing = {.area_count = 0};
    int32_t linkage[S], tuned[S], found[S];
    decide_under("linkage", "rea", world, &nothing, linkage);
    decide_under("linkage-tuned", "rea", world, &nothing, tuned);
    decide_under("search", "rea", world, &nothing, found);
    assert_memory_equal(linkage, tuned, sizeof tuned);
    assert_memory_equal(linkage, found, sizeof found);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_are_legal_and_of_every_kind),
        cmocka_unit_test(test_search_earns_at_least_what_it_starts_from),
        cmocka_unit_test(test_search_is_linkage_where_nothing_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
