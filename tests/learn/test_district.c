// SPDX-License-Identifier: Apache-2.0
// Districts of large worlds: how a world is cut, how demand is shared out, what is decided.

#include "dcat/x/model.h"
#include "dcat/x/policy_file.h"
#include "district_support.h"
#include "learn/district/district.h"
#include "sim/golden_worlds.h"
#include "world/world.h"
#include <stdlib.h>
#include <string.h>

// Districts of a world, cut and with demand; free(block) ends them.
typedef struct cut_world {
    rl_districts districts;
    rl_district_pairs pairs;
    void *block;
} cut_world;

static cut_world cut_up(const dcat_world *world, const dcat_observation *observation)
{
    cut_world made;
    arena a = {0};
    rl_districts_layout(&a, world, &made.districts);
    rl_district_pairs_layout(&a, &made.pairs);
    made.block = aligned_alloc(DCAT_ARENA_ALIGN, a.used);
    assert_non_null(made.block);
    a = (arena){.base = made.block};
    rl_districts_layout(&a, world, &made.districts);
    rl_district_pairs_layout(&a, &made.pairs);
    rl_districts_cut(&made.districts);
    if (observation != NULL) {
        rl_districts_share(&made.districts, observation);
    }
    return made;
}

// --- cutting

static void check_cut(const dcat_world *world)
{
    cut_world first = cut_up(world, NULL), again = cut_up(world, NULL);
    const rl_districts *districts = &first.districts;
    size_t S = dcat_world_server_count(world);
    int seen[SERVERS_MAX] = {0};
    assert_int_equal(districts->count, again.districts.count);
    assert_true(districts->count <= rl_districts_count_max(S));
    assert_memory_equal(districts->district_of, again.districts.district_of, sizeof(int32_t) * S);
    for (size_t d = 0; d < districts->count; d++) {
        size_t count;
        const int32_t *server = rl_district_servers(districts, d, &count);
        assert_in_range(count, S <= RL_DISTRICT_MAX ? S : 3 * (RL_DISTRICT_MAX + 1) / 10,
                        RL_DISTRICT_MAX);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || server[i] > server[i - 1]);
            assert_int_equal(districts->district_of[server[i]], d);
            assert_int_equal(districts->place[server[i]], i);
            seen[server[i]]++;
        }
    }
    for (size_t i = 0; i < S; i++) {
        assert_int_equal(seen[i], 1);
    }
    free(first.block);
    free(again.block);
}

static void test_every_server_is_in_one_district_of_bounded_size(void **state)
{
    (void)state;
    static const size_t server_counts[] = {RL_WHOLE_MAX + 1, RL_DISTRICT_MAX, RL_DISTRICT_MAX + 1,
                                           300, 1000};
    static place p;
    for (size_t c = 0; c < sizeof server_counts / sizeof server_counts[0]; c++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            place_uniform(&p, seed, server_counts[c], 5);
            dcat_world *world = make_world(&p);
            check_cut(world);
            dcat_world_destroy(world);
        }
    }
}

static void test_servers_at_one_place_or_on_a_line_are_cut_too(void **state)
{
    (void)state;
    static place p;
    for (int line = 0; line < 2; line++) {
        place_uniform(&p, 1, 300, 5);
        for (size_t i = 0; i < p.server_count; i++) {
            p.servers[i].site = (dcat_site){line ? (double)(i % 100) * KM : 0.0, 0.0};
        }
        dcat_world *world = make_world(&p);
        check_cut(world);
        dcat_world_destroy(world);
    }
}

static void test_one_point_is_one_part(void **state)
{
    (void)state;
    static const double point[1][3] = {{1.0, 2.0, 3.0}};
    rl_cuts cuts;
    arena a = {0};
    rl_cuts_layout(&a, 1, 1, &cuts);
    a = (arena){.base = aligned_alloc(DCAT_ARENA_ALIGN, a.used)};
    void *block = a.base;
    rl_cuts_layout(&a, 1, 1, &cuts);
    rl_cuts_make(&cuts, point, (rl_cut_pairs){.first = NULL});
    assert_int_equal(cuts.part_count, 1);
    assert_int_equal(cuts.first[1], 1);
    free(block);
}

static void test_a_cut_goes_where_it_separates_no_pair(void **state)
{
    (void)state;
    // 120 servers around one city and 80 around another 600 km to the east, in shuffled order: no
    // pair between them is within 200 km. The middle of 200 servers is inside the first city.
    static place p;
    place_uniform(&p, 7, 200, 5);
    for (size_t i = 0; i < 200; i++) {
        bool west = i * 7 % 200 < 120;
        p.servers[i].site.x = p.servers[i].site.x * 0.05 + (west ? 0.0 : 600 * KM);
        p.servers[i].site.y *= 0.05;
    }
    dcat_world *world = make_world(&p);
    cut_world made = cut_up(world, NULL);
    assert_int_equal(made.districts.count, 2);
    for (size_t i = 0; i < 200; i++) {
        bool west = i * 7 % 200 < 120;
        assert_int_equal(made.districts.district_of[i], west ? 0 : 1);
    }
    free(made.block);
    dcat_world_destroy(world);
}

static void test_cuts_separate_far_fewer_pairs_than_medians_would(void **state)
{
    (void)state;
    // Medians would cut a square of 5000 km in 8 parts of 125 servers: once across, its halves
    // across, and their halves: 5000 + 2 * 2500 + 4 * 2500 = 20 000 km of cuts. At rho = 4e-5
    // servers a km^2 a km of cut separates rho^2 * 2/3 * 200^3 = 0.00853 pairs within 200 km, so
    // 171 in all, of 1000 * rho * pi * 200^2 / 2 = 2513: 6.8 %.
    static place p;
    size_t apart = 0, pairs = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        place_uniform(&p, seed, 1000, 5);
        dcat_world *world = make_world(&p);
        cut_world made = cut_up(world, NULL);
        for (size_t i = 0; i < 1000; i++) {
            world_neighbours near = world_neighbours_of(world, i);
            for (size_t n = 0; n < near.count; n++) {
                pairs++;
                apart +=
                    made.districts.district_of[near.server[n]] != made.districts.district_of[i];
            }
        }
        free(made.block);
        dcat_world_destroy(world);
    }
    print_message("%zu of %zu pairs are cut\n", apart / 2, pairs / 2);
    assert_true((double)apart < 0.04 * (double)pairs);
}

// --- demand

// An area's demand falls to districts by speed * time left: arrivals and transfer delays as they
// follow from dcat_world_path() alone. Grouping areas changes neither sum.
static void check_shares(const dcat_world *world, const dcat_observation *observation, bool grouped)
{
    cut_world made = cut_up(world, observation);
    const rl_districts *districts = &made.districts;
    size_t S = districts->S, A = districts->A;
    const dcat_server *servers = dcat_world_servers_view(world);
    double *expected = calloc(districts->count, sizeof *expected);
    double *expected_s = calloc(districts->count, sizeof *expected_s); // over servers, by arrivals
    double *reach = calloc(districts->count, sizeof *reach);
    static double in_time_s[SERVERS_MAX];
    assert_non_null(expected);
    assert_non_null(expected_s);
    assert_non_null(reach);
    double reached = 0.0, shared = 0.0;
    for (size_t area = 0; area < A; area++) {
        double total = 0.0, deadline_s = observation->deadline_s[area];
        memset(reach, 0, sizeof *reach * districts->count);
        for (size_t i = 0; i < S; i++) {
            dcat_path path = dcat_world_path(world, (int)area, (int)i);
            double transfer_s = dcat_transfer_delay_s(observation->data_bits[area],
                                                      path.seconds_per_bit, path.propagation_s);
            in_time_s[i] = fmin(transfer_s, deadline_s);
            double part = (deadline_s - in_time_s[i]) * servers[i].speed_hz;
            reach[districts->district_of[i]] += part;
            total += part;
        }
        for (size_t d = 0; total > 0.0 && d < districts->count; d++) {
            reach[d] *= observation->arrivals_per_slot[area] / total;
            expected[d] += reach[d];
        }
        for (size_t i = 0; total > 0.0 && i < S; i++) {
            size_t d = (size_t)districts->district_of[i];
            expected_s[d] += reach[d] * in_time_s[i];
        }
        reached += total > 0.0 ? observation->arrivals_per_slot[area] : 0.0;
    }
    size_t most = 0;
    for (size_t d = 0; d < districts->count; d++) {
        rl_market market = rl_district_market(districts, d, &made.pairs);
        double arrivals = 0.0, sum_s = 0.0;
        assert_true(market.A <= RL_DISTRICT_AREAS);
        most = market.A > most ? market.A : most;
        for (size_t area = 0; area < market.A; area++) {
            assert_true(market.area[area].arrivals > 0.0);
            assert_near(market.area[area].deadline_s, 2.5, 1e-9);
            assert_near(market.area[area].work_cycles, 700e9, 1e-9);
            arrivals += market.area[area].arrivals;
            for (size_t i = 0; i < market.S; i++) {
                double transfer_s = market.transfer_s[i * market.row + area];
                assert_true(transfer_s >= 0.0 && transfer_s < 2.5 + 1e-9);
                sum_s += market.area[area].arrivals * transfer_s;
            }
        }
        assert_near(arrivals, expected[d], 1e-9);
        assert_near(sum_s, expected_s[d], 1e-9);
        shared += arrivals;
    }
    assert_near(shared, reached, 1e-9);
    assert_true(!grouped || most > RL_DISTRICT_AREAS / 2);
    free(expected);
    free(expected_s);
    free(reach);
    free(made.block);
}

static void test_shares_of_an_areas_demand_add_up_to_one(void **state)
{
    (void)state;
    static place p;
    static sight s;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        place_uniform(&p, seed, 400, 40);
        dcat_world *world = make_world(&p);
        see(&s, 40);
        check_shares(world, &s.observation, false);
        dcat_world_destroy(world);
    }
}

static void test_shares_follow_the_paths_of_a_graph_with_a_bound_on_reach(void **state)
{
    (void)state;
    // A ring of 60 nodes 100 km apart; every node has 5 servers, every other an area. Links and
    // access links take 0.04 to 0.2 s for 20 Mb, so a deadline ends some 20 nodes away.
    enum { NODES = 60 };
    static place p;
    static sight s;
    dcat_site nodes[NODES];
    dcat_link links[NODES];
    place_uniform(&p, 23, 5 * NODES, NODES / 2);
    for (int n = 0; n < NODES; n++) {
        double angle = 2.0 * 3.14159265358979 * n / NODES;
        nodes[n] = (dcat_site){955 * KM * cos(angle), 955 * KM * sin(angle)};
        links[n] = (dcat_link){n, (n + 1) % NODES, NAN, NAN};
    }
    for (size_t i = 0; i < p.server_count; i++) {
        p.servers[i].node = (int)(i * 7 % NODES);
        p.servers[i].site = nodes[p.servers[i].node];
    }
    for (size_t area = 0; area < p.area_count; area++) {
        p.areas[area].node = (int)(2 * area);
        p.areas[area].site = nodes[2 * area];
    }
    p.config.network.kind = DCAT_NETWORK_GRAPH;
    p.config.network.access_bps = p.config.network.rate_bps;
    p.config.network.nodes = nodes;
    p.config.network.links = links;
    p.config.network.node_count = p.config.network.link_count = NODES;
    p.config.network.reach_s = 3.0;
    p.config.network.reach_bits = 20e6;
    p.config.network.reach_work_cycles = 500e9;
    dcat_world *world = make_world(&p);
    see(&s, p.area_count);
    check_shares(world, &s.observation, false);
    dcat_world_destroy(world);
}

static void test_many_areas_are_told_in_groups_that_lose_no_demand(void **state)
{
    (void)state;
    // 120 areas in the reach of one city's 300 servers.
    static place p;
    static sight s;
    place_uniform(&p, 3, 300, 120);
    for (size_t i = 0; i < 300; i++) {
        p.servers[i].site.x *= 0.1;
        p.servers[i].site.y *= 0.1;
    }
    for (size_t area = 0; area < 120; area++) {
        p.areas[area].site.x *= 0.2;
        p.areas[area].site.y *= 0.2;
    }
    dcat_world *world = make_world(&p);
    see(&s, 120);
    check_shares(world, &s.observation, true);
    dcat_world_destroy(world);
}

static void test_demand_that_nobody_reaches_is_nobodys(void **state)
{
    (void)state;
    static place p;
    static sight s;
    place_uniform(&p, 3, 200, 10);
    p.areas[4].site = (dcat_site){1e5 * KM, 1e5 * KM}; // thousands of hops away
    dcat_world *world = make_world(&p);
    see(&s, 10);
    check_shares(world, &s.observation, false);
    cut_world made = cut_up(world, &s.observation);
    double shared = 0.0;
    for (size_t d = 0; d < made.districts.count; d++) {
        rl_market market = rl_district_market(&made.districts, d, &made.pairs);
        for (size_t area = 0; area < market.A; area++) {
            shared += market.area[area].arrivals;
        }
    }
    // Areas bring 1, 2, 3, 4, 5, 1, 2, 3, 4, 5 arrivals; the fifth is out of reach.
    assert_near(shared, 25.0, 1e-9);
    free(made.block);
    dcat_world_destroy(world);
}

// --- who may join

static void test_a_server_may_join_its_nearest_even_where_all_stand_in_one_place(void **state)
{
    (void)state;
    static place p;
    static sight s;
    for (int same = 0; same < 2; same++) {
        place_uniform(&p, 5, 200, 5);
        for (size_t i = 0; i < 200; i++) {
            p.servers[i].site.x *= same ? 0.0 : 0.05;
            p.servers[i].site.y *= same ? 0.0 : 0.05;
        }
        dcat_world *world = make_world(&p);
        see(&s, 5);
        cut_world made = cut_up(world, &s.observation);
        for (size_t d = 0; d < made.districts.count; d++) {
            rl_market market = rl_district_market(&made.districts, d, &made.pairs);
            int joins[RL_DISTRICT_MAX] = {0};
            double nearest_m[RL_DISTRICT_MAX];
            for (size_t i = 0; i < market.S; i++) {
                nearest_m[i] = INFINITY;
            }
            for (size_t n = 0; n < market.pair_count; n++) {
                const rl_market_pair *pair = &market.pair[n];
                int32_t a = market.server[pair->a], b = market.server[pair->b];
                assert_true(pair->a != pair->b);
                assert_true(pair->distance_m <= p.config.span_m_max);
                assert_near(pair->distance_m, dcat_world_distance_m(world, a, b), 1e-9);
                joins[pair->a]++;
                joins[pair->b]++;
                nearest_m[pair->a] = fmin(nearest_m[pair->a], pair->distance_m);
                nearest_m[pair->b] = fmin(nearest_m[pair->b], pair->distance_m);
            }
            for (size_t i = 0; i < market.S; i++) {
                assert_in_range(joins[i], RL_NEAR_MAX, market.S - 1);
                assert_true(!same || joins[i] <= 2 * RL_NEAR_MAX);
                for (size_t j = 0; j < market.S; j++) {
                    double distance_m =
                        dcat_world_distance_m(world, market.server[i], market.server[j]);
                    assert_true(i == j || distance_m >= nearest_m[i]);
                }
            }
        }
        free(made.block);
        dcat_world_destroy(world);
    }
}

// --- decisions

static void test_decisions_on_large_worlds_are_fixed_bits(void **state)
{
    (void)state;
    static place p;
    static sight s;
    static int32_t cluster_of[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    place_uniform(&p, 12, 500, 50);
    p.config.span_m_max = 400 * KM; // some 20 others, more than a server may join
    dcat_world *world = make_world(&p);
    see(&s, 50);
    start_alone(cluster_of, 500);
    decide(world, &s.observation, actor, cluster_of);
    uint64_t hash = FNV1A_START;
    for (size_t i = 0; i < 500; i++) {
        hash = fnv1a(hash, (uint64_t)cluster_of[i]);
    }
    print_message("0x%016llx\n", (unsigned long long)hash);
    dcat_world_destroy(world);
    dcat_actor_destroy(actor);
    assert_true(hash == UINT64_C(0xb9bf15b093c87777));
}

static void test_worlds_on_the_globe_are_cut_and_decided_across_the_date_line(void **state)
{
    (void)state;
    // Servers within 3 degrees of 40 N 180 E, about 510 by 670 km: some share a cluster across the
    // date line, where longitudes are 360 degrees apart.
    static place p;
    static sight s;
    static int32_t cluster_of[SERVERS_MAX];
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_shipped(dcat_auction_find("rea-s"), &actor, NULL), DCAT_OK);
    for (size_t count = 100; count <= 200; count += 100) {
        place_uniform(&p, 29, count, 10);
        double side_m = 1000 * KM * sqrt((double)count / 40.0);
        p.config.geometry = DCAT_GEO;
        for (size_t i = 0; i < count; i++) {
            double x = 177.0 + 6.0 * p.servers[i].site.x / side_m;
            p.servers[i].site =
                (dcat_site){x > 180.0 ? x - 360.0 : x, 37.0 + 6.0 * p.servers[i].site.y / side_m};
        }
        for (size_t area = 0; area < 10; area++) {
            p.areas[area].site = p.servers[9 * area].site;
        }
        dcat_world *world = make_world(&p);
        check_cut(world);
        see(&s, 10);
        start_alone(cluster_of, count);
        decide(world, &s.observation, actor, cluster_of);
        assert_legal(world, cluster_of);
        size_t across = 0;
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < i; j++) {
                across += cluster_of[i] == cluster_of[j] &&
                          p.servers[i].site.x * p.servers[j].site.x < 0.0;
            }
        }
        print_message("%zu clusters; %zu pairs share one across the date line\n",
                      count_clusters(cluster_of, count), across);
        assert_true(across > 0);
        dcat_world_destroy(world);
    }
    dcat_actor_destroy(actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_server_is_in_one_district_of_bounded_size),
        cmocka_unit_test(test_servers_at_one_place_or_on_a_line_are_cut_too),
        cmocka_unit_test(test_one_point_is_one_part),
        cmocka_unit_test(test_a_cut_goes_where_it_separates_no_pair),
        cmocka_unit_test(test_cuts_separate_far_fewer_pairs_than_medians_would),
        cmocka_unit_test(test_shares_of_an_areas_demand_add_up_to_one),
        cmocka_unit_test(test_shares_follow_the_paths_of_a_graph_with_a_bound_on_reach),
        cmocka_unit_test(test_many_areas_are_told_in_groups_that_lose_no_demand),
        cmocka_unit_test(test_demand_that_nobody_reaches_is_nobodys),
        cmocka_unit_test(test_a_server_may_join_its_nearest_even_where_all_stand_in_one_place),
        cmocka_unit_test(test_decisions_on_large_worlds_are_fixed_bits),
        cmocka_unit_test(test_worlds_on_the_globe_are_cut_and_decided_across_the_date_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
