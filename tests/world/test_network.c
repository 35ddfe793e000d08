// SPDX-License-Identifier: Apache-2.0
// Paths: the hops formula, and least-delay paths against Floyd and Warshall's.

#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include "random_world.h"
#include <stdio.h>
#include <string.h>

static dcat_server server_at(double x, double y, int node)
{
    return (dcat_server){.site = {x, y},
                         .speed_hz = 250e9,
                         .core_count = 100,
                         .energy_cost = NAN,
                         .time_cost_per_s = NAN,
                         .node = node};
}

static dcat_world *create(const dcat_world_config *config, const dcat_server *servers,
                          size_t server_count, const dcat_area *areas, size_t area_count,
                          uint64_t seed)
{
    dcat_error err = {0};
    dcat_world *world = NULL;
    if (dcat_world_create(config, servers, server_count, areas, area_count, seed, &world, &err) !=
        DCAT_OK) {
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
    }
    return world;
}

// --- hops

static void test_hops_grow_with_distance_up_to_the_cap(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default(); // 60 km a hop, at most 24
    const double x_km[] = {0.0, 59.9, 60.0, 119.0, 1379.0, 1380.0, 1440.0, 9000.0};
    const int hops[] = {1, 1, 2, 2, 23, 24, 24, 24};
    dcat_server servers[8];
    for (int i = 0; i < 8; i++) {
        servers[i] = server_at(x_km[i] * 1e3, 0.0, 0);
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = create(&config, servers, 8, &area, 1, 1);
    for (int i = 0; i < 8; i++) {
        dcat_path path = dcat_world_path(world, 0, i);
        assert_int_equal(path.hop_count, hops[i]);
        assert_near(path.propagation_s, x_km[i] * 1e3 / 3e8, 1e-15); // the way itself is not capped
        // Every link between 100 and 500 Mb/s.
        assert_true(path.seconds_per_bit >= hops[i] / 500e6);
        assert_true(path.seconds_per_bit <= hops[i] / 100e6);
    }
    dcat_world_destroy(world);
}

static void test_hop_rates_are_uniform_and_belong_to_the_pair_and_seed(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    enum { SERVERS = 60, AREAS = 40 };
    dcat_server servers[SERVERS];
    dcat_area areas[AREAS];
    dcat_draw_servers(1, 1e6, (dcat_range){200e9, 300e9}, 100, servers, SERVERS);
    dcat_draw_areas(1, 1e6, areas, AREAS);
    dcat_world *world = create(&config, servers, SERVERS, areas, AREAS, 1);
    dcat_world *fewer = create(&config, servers, 5, areas, 3, 1);
    dcat_world *other = create(&config, servers, 5, areas, 3, 2);
    double seconds_per_bit = 0.0, hops = 0.0;
    for (int a = 0; a < AREAS; a++) {
        for (int s = 0; s < SERVERS; s++) {
            dcat_path path = dcat_world_path(world, a, s);
            seconds_per_bit += path.seconds_per_bit;
            hops += path.hop_count;
            if (a < 3 && s < 5) {
                assert_true(dcat_world_path(fewer, a, s).seconds_per_bit == path.seconds_per_bit);
                assert_true(dcat_world_path(other, a, s).seconds_per_bit != path.seconds_per_bit);
            }
        }
    }
    // E(1 / v) for v uniform in [100, 500] Mb/s is ln(5) / 400e6 = 4.0236e-9 s a bit; E(1 / v^2) =
    // 1 / (100e6 * 500e6), so the standard deviation is 1.952e-9.
    double mean = seconds_per_bit / hops;
    printf("%.0f links, mean %.4g s per bit\n", hops, mean);
    assert_true(fabs(mean - log(5.0) / 400e6) < 5.0 * 1.952e-9 / sqrt(hops));
    dcat_world_destroy(world);
    dcat_world_destroy(fewer);
    dcat_world_destroy(other);
}

// What a report of the links says adds up to the paths, to the last bit.
static void test_rates_of_links_add_up_to_paths(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[5];
    dcat_area areas[3];
    dcat_draw_servers(1, 1e6, (dcat_range){200e9, 300e9}, 100, servers, 5);
    dcat_draw_areas(1, 1e6, areas, 3);
    dcat_world *world = create(&config, servers, 5, areas, 3, 7);
    for (int a = 0; a < 3; a++) {
        for (int s = 0; s < 5; s++) {
            dcat_path path = dcat_world_path(world, a, s);
            double seconds_per_bit = 0.0;
            for (int h = 0; h < path.hop_count; h++) {
                seconds_per_bit += 1.0 / dcat_world_hop_rate(world, a, s, h);
            }
            assert_true(path.seconds_per_bit == seconds_per_bit);
        }
    }
    dcat_world_destroy(world);

    // Two nodes and a link of 250 Mb/s between them.
    const dcat_site nodes[] = {{0.0, 0.0}, {3e5, 0.0}};
    const dcat_link links[] = {{0, 1, NAN, 250e6}};
    config.network.kind = DCAT_NETWORK_GRAPH;
    config.network.nodes = nodes;
    config.network.node_count = 2;
    config.network.links = links;
    config.network.link_count = 1;
    const dcat_server ends[] = {server_at(0.0, 0.0, 0), server_at(3e5, 0.0, 1)};
    const dcat_area here = {.site = {0.0, 0.0}, .node = 0};
    world = create(&config, ends, 2, &here, 1, 7);
    double first = 1.0 / dcat_world_area_access_rate(world, 0);
    for (int s = 0; s < 2; s++) {
        double last = 1.0 / dcat_world_server_access_rate(world, s);
        double way = s == 0 ? 0.0 : 1.0 / dcat_world_link_rate_view(world)[0];
        assert_true(dcat_world_path(world, 0, s).seconds_per_bit == first + way + last);
        assert_true(first != last);
    }
    dcat_world_destroy(world);
}

static void test_hops_count_by_geodesic_on_the_earth(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.geometry = DCAT_GEO;
    const dcat_server server = server_at(1.0, 0.0, 0); // a degree of the equator: 111.3 km
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = create(&config, &server, 1, &area, 1, 1);
    assert_int_equal(dcat_world_path(world, 0, 0).hop_count, 2);
    assert_near(dcat_world_path(world, 0, 0).propagation_s, 111319.490793 / 3e8, 1e-12);
    dcat_world_destroy(world);
}

static void test_very_many_hops_are_counted(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.network.hop_m = 1.0;
    config.network.hop_max = 1000000;
    const dcat_server server = server_at(70000.0, 0.0, 0);
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = create(&config, &server, 1, &area, 1, 1);
    assert_int_equal(dcat_world_path(world, 0, 0).hop_count, 70001);
    dcat_world_destroy(world);
}

// --- graph

#define ACCESS_BPS 1e9

static dcat_world_config graph_config(const dcat_site *nodes, size_t node_count,
                                      const dcat_link *links, size_t link_count)
{
    dcat_world_config config = dcat_world_config_default();
    config.network.kind = DCAT_NETWORK_GRAPH;
    config.network.access_bps = (dcat_range){ACCESS_BPS, ACCESS_BPS};
    config.network.nodes = nodes;
    config.network.node_count = node_count;
    config.network.links = links;
    config.network.link_count = link_count;
    return config;
}

static void test_path_takes_the_least_delay_and_one_access_link_at_each_end(void **fixture)
{
    (void)fixture;
    // 0 - 1 direct: 100 Mb/s, 20 Mb take 0.2 s. Over node 2: twice 500 Mb/s, 0.08 s: better.
    const dcat_site nodes[] = {{0.0, 0.0}, {300e3, 0.0}, {150e3, 200e3}};
    const dcat_link links[] = {{0, 1, NAN, 100e6}, {0, 2, NAN, 500e6}, {2, 1, NAN, 500e6}};
    dcat_world_config config = graph_config(nodes, 3, links, 3);
    const dcat_server server = server_at(300e3, 3e3, 1);     // 3 km from its node
    const dcat_area area = {.site = {0.0, -6e3}, .node = 0}; // 6 km
    dcat_world *world = create(&config, &server, 1, &area, 1, 1);
    dcat_path path = dcat_world_path(world, 0, 0);
    assert_int_equal(path.hop_count, 4); // access, two links, access
    assert_near(path.seconds_per_bit * 1e9, 1.0 + 2.0 + 2.0 + 1.0, 1e-14); // ns a bit
    // 250 km twice, 6 km and 3 km.
    assert_near(path.propagation_s, 509e3 / 3e8, 1e-15);
    dcat_world_destroy(world);

    // For tiny data only the distance counts: direct is 300 km instead of 500.
    config.network.reference_bits = 1e3;
    world = create(&config, &server, 1, &area, 1, 1);
    path = dcat_world_path(world, 0, 0);
    assert_int_equal(path.hop_count, 3);
    assert_near(path.seconds_per_bit * 1e9, 1.0 + 10.0 + 1.0, 1e-14);
    dcat_world_destroy(world);
}

static void test_ties_go_to_fewer_hops(void **fixture)
{
    (void)fixture;
    // 0 - 1 - 2 with 2^-27 s a bit and 0 - 2 with 2^-26: the same delay exactly, in either order of
    // links.
    const dcat_site nodes[] = {{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}};
    const dcat_link two_first[] = {{0, 1, 0.0, 0x1p27}, {1, 2, 0.0, 0x1p27}, {0, 2, 0.0, 0x1p26}};
    const dcat_link one_first[] = {{2, 0, 0.0, 0x1p26}, {2, 1, 0.0, 0x1p27}, {0, 1, 0.0, 0x1p27}};
    const dcat_server server = server_at(0.0, 0.0, 2);
    const dcat_area area = {.node = 0};
    for (int order = 0; order < 2; order++) {
        const dcat_world_config config =
            graph_config(nodes, 3, order == 0 ? two_first : one_first, 3);
        dcat_world *world = create(&config, &server, 1, &area, 1, 1);
        assert_int_equal(dcat_world_path(world, 0, 0).hop_count, 3);
        dcat_world_destroy(world);
    }
}

static void test_parallel_links_and_self_links_do_no_harm(void **fixture)
{
    (void)fixture;
    const dcat_site nodes[] = {{0.0, 0.0}, {100e3, 0.0}};
    const dcat_link links[] = {{0, 0, NAN, 500e6},
                               {0, 1, NAN, 100e6},
                               {1, 0, NAN, 500e6},
                               {0, 1, NAN, 200e6},
                               {1, 1, 0.0, 100e6}};
    const dcat_world_config config = graph_config(nodes, 2, links, 5);
    const dcat_server servers[] = {server_at(100e3, 0.0, 1), server_at(0.0, 0.0, 0)};
    const dcat_area area = {.node = 0};
    dcat_world *world = create(&config, servers, 2, &area, 1, 1);
    assert_near(dcat_world_path(world, 0, 0).seconds_per_bit * 1e9, 1.0 + 2.0 + 1.0, 1e-14);
    assert_int_equal(dcat_world_path(world, 0, 0).hop_count, 3);
    assert_int_equal(dcat_world_path(world, 0, 1).hop_count, 2); // same node: the access links only
    assert_near(dcat_world_path(world, 0, 1).seconds_per_bit * 1e9, 2.0, 1e-14);
    dcat_world_destroy(world);
}

static void test_disconnected_networks_are_refused(void **fixture)
{
    (void)fixture;
    const dcat_site nodes[] = {{0.0, 0.0}, {1e5, 0.0}, {2e5, 0.0}};
    const dcat_link link = {0, 1, NAN, NAN};
    const dcat_world_config config = graph_config(nodes, 3, &link, 1);
    const dcat_server servers[] = {server_at(0.0, 0.0, 1), server_at(0.0, 0.0, 2)};
    const dcat_area areas[] = {{.node = 1}, {.node = 0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_world_create(&config, servers, 2, areas, 2, 1, &world, &err),
                     DCAT_ERR_REFERENCE);
    assert_null(world);
    assert_string_equal(err.message, "no path joins area 0 (node 1) and server 1 (node 2)");
    // A node that nobody needs may be unreachable.
    assert_int_equal(dcat_world_create(&config, servers, 1, areas, 2, 1, &world, &err), DCAT_OK);
    dcat_world_destroy(world);
}

static void test_two_islands_are_refused_from_either_side(void **fixture)
{
    (void)fixture;
    const dcat_site nodes[] = {{0.0, 0.0}, {1e5, 0.0}, {2e5, 0.0}, {3e5, 0.0}};
    const dcat_link links[] = {{0, 1, NAN, NAN}, {2, 3, NAN, NAN}};
    const dcat_world_config config = graph_config(nodes, 4, links, 2);
    for (int area_node = 0; area_node < 4; area_node++) {
        for (int server_node = 0; server_node < 4; server_node++) {
            const dcat_server server = server_at(0.0, 0.0, server_node);
            const dcat_area area = {.node = area_node};
            dcat_world *world = NULL;
            dcat_status status = dcat_world_create(&config, &server, 1, &area, 1, 1, &world, NULL);
            assert_int_equal(status,
                             area_node / 2 == server_node / 2 ? DCAT_OK : DCAT_ERR_REFERENCE);
            dcat_world_destroy(world);
        }
    }
}

enum { NODE_MAX = 14, LINK_MAX = 40 };

typedef struct way {
    double delay_s;
    int hops;
} way;

static bool shorter(way a, way b)
{
    return a.delay_s < b.delay_s || (a.delay_s == b.delay_s && a.hops < b.hops);
}

static void floyd_warshall(const dcat_world *world, way ways[NODE_MAX][NODE_MAX])
{
    const dcat_network_config *network = &dcat_world_config_view(world)->network;
    const double *rate_bps = dcat_world_link_rate_view(world);
    size_t N = network->node_count;
    for (size_t a = 0; a < N; a++) {
        for (size_t b = 0; b < N; b++) {
            ways[a][b] = a == b ? (way){0.0, 0} : (way){INFINITY, 0};
        }
    }
    for (size_t i = 0; i < network->link_count; i++) {
        const dcat_link *link = &network->links[i];
        way direct = {
            network->reference_bits / rate_bps[i] + link->length_m / network->signal_speed_mps, 1};
        if (shorter(direct, ways[link->node_a][link->node_b])) {
            ways[link->node_a][link->node_b] = ways[link->node_b][link->node_a] = direct;
        }
    }
    for (size_t via = 0; via < N; via++) {
        for (size_t a = 0; a < N; a++) {
            for (size_t b = 0; b < N; b++) {
                way together = {ways[a][via].delay_s + ways[via][b].delay_s,
                                ways[a][via].hops + ways[via][b].hops};
                if (shorter(together, ways[a][b])) {
                    ways[a][b] = together;
                }
            }
        }
    }
}

// Random rates and lengths, or powers of two without length, where sums are exact and ties abound.
static size_t random_links(dcat_rng *rng, bool ties, size_t node_count, dcat_link *links)
{
    size_t link_count = dcat_rng_below(rng, LINK_MAX + 1);
    for (size_t i = 0; i < link_count; i++) {
        links[i] = (dcat_link){
            .node_a = (int)dcat_rng_below(rng, (uint32_t)node_count),
            .node_b = (int)dcat_rng_below(rng, (uint32_t)node_count),
            .length_m = ties                   ? 0.0
                        : rng_chance(rng, 0.5) ? NAN
                                               : rng_in(rng, 0.0, 2e6),
            .rate_bps = ties                   ? (rng_chance(rng, 0.5) ? 0x1p27 : 0x1p26)
                        : rng_chance(rng, 0.5) ? NAN
                                               : rng_in(rng, 5e7, 2e9),
        };
    }
    return link_count;
}

// A bound on the reach leaves out exactly the paths beyond it, wherever the search stops: data may
// be more or less than what paths are the fastest for. Returns how many were left out.
static size_t compare_with_bounded(const dcat_world *all, dcat_world_config config, dcat_rng *rng)
{
    size_t N = dcat_world_server_count(all), left_out = 0;
    config.network.reach_bits = config.network.reference_bits * rng_in(rng, 0.2, 2.0);
    config.network.reach_s = rng_in(rng, 0.01, 0.6);
    dcat_world *near = create(&config, dcat_world_servers_view(all), N, dcat_world_areas_view(all),
                              N, dcat_world_seed(all));
    for (size_t i = 0; i < N * N; i++) {
        dcat_path path = dcat_world_path(all, (int)(i / N), (int)(i % N));
        dcat_path kept = dcat_world_path(near, (int)(i / N), (int)(i % N));
        bool in_reach = dcat_transfer_delay_s(config.network.reach_bits, path.seconds_per_bit,
                                              path.propagation_s) <= config.network.reach_s;
        assert_true(kept.seconds_per_bit == (in_reach ? path.seconds_per_bit : INFINITY));
        assert_true(kept.propagation_s == (in_reach ? path.propagation_s : INFINITY));
        assert_int_equal(kept.hop_count, in_reach ? path.hop_count : 0);
        left_out += !in_reach;
    }
    assert_int_equal(dcat_world_path_count(near), N * N - left_out);
    dcat_world_destroy(near);
    return left_out;
}

#define CROWD 17 // areas on a node: then paths are looked for from the server

// A server alone has the paths that it has beside others. Sums with ties are exact.
static void compare_with_crowd(const dcat_world *all, dcat_world_config config, bool ties,
                               dcat_rng *rng)
{
    size_t N = dcat_world_server_count(all), server = dcat_rng_below(rng, (uint32_t)N);
    const double tolerance = ties ? 0.0 : 1e-14;
    dcat_area crowd[CROWD * NODE_MAX];
    for (size_t a = 0; a < CROWD * N; a++) {
        crowd[a] = dcat_world_areas_view(all)[a % N];
    }
    dcat_world *alone = create(&config, &dcat_world_servers_view(all)[server], 1, crowd, CROWD * N,
                               dcat_world_seed(all));
    for (size_t a = 0; a < CROWD * N; a++) {
        dcat_path path = dcat_world_path(all, (int)(a % N), (int)server);
        dcat_path back = dcat_world_path(alone, (int)a, 0);
        assert_near(back.seconds_per_bit, path.seconds_per_bit, tolerance * path.seconds_per_bit);
        assert_near(back.propagation_s, path.propagation_s, tolerance * path.propagation_s);
        assert_int_equal(back.hop_count, path.hop_count);
    }
    dcat_world_destroy(alone);
}

// One random graph with an area and a server on every node. Returns whether it was connected;
// adds to left_out the paths that a bound on the reach left out.
static bool compare_with_floyd_warshall(uint64_t seed, size_t *left_out)
{
    dcat_rng rng = test_rng(seed);
    bool ties = rng_chance(&rng, 0.4);
    size_t N = 1 + dcat_rng_below(&rng, NODE_MAX);
    dcat_site nodes[NODE_MAX];
    dcat_link links[LINK_MAX];
    dcat_server servers[NODE_MAX];
    dcat_area areas[NODE_MAX];
    for (size_t n = 0; n < N; n++) {
        nodes[n] = (dcat_site){rng_in(&rng, 0.0, 1e6), rng_in(&rng, 0.0, 1e6)};
        servers[n] = server_at(nodes[n].x, nodes[n].y, (int)n);
        areas[n] = (dcat_area){.site = nodes[n], .node = (int)n};
    }
    size_t link_count = random_links(&rng, ties, N, links);
    dcat_world_config config = graph_config(nodes, N, links, link_count);
    config.network.reference_bits = ties ? 0x1p24 : rng_chance(&rng, 0.2) ? 0.0 : 20e6;

    // With areas and servers on node 0 alone the world exists, whatever is connected; its link
    // rates are those of the whole one.
    dcat_world *corner = create(&config, servers, 1, areas, 1, seed);
    way ways[NODE_MAX][NODE_MAX];
    floyd_warshall(corner, ways);
    dcat_world_destroy(corner);
    bool connected = true;
    for (size_t n = 0; n < N; n++) {
        connected = connected && isfinite(ways[0][n].delay_s);
    }
    dcat_world *world = NULL;
    dcat_status status = dcat_world_create(&config, servers, N, areas, N, seed, &world, NULL);
    assert_int_equal(status, connected ? DCAT_OK : DCAT_ERR_REFERENCE);
    for (size_t a = 0; connected && a < N; a++) {
        for (size_t b = 0; b < N; b++) {
            dcat_path path = dcat_world_path(world, (int)a, (int)b);
            double delay_s =
                dcat_transfer_delay_s(config.network.reference_bits,
                                      path.seconds_per_bit - 2.0 / ACCESS_BPS, path.propagation_s);
            if (!(fabs(delay_s - ways[a][b].delay_s) <= 1e-12 + 1e-12 * delay_s) ||
                path.hop_count != ways[a][b].hops + 2) {
                fail_msg("seed %llu, node %zu to %zu: %.17g s in %d links, Floyd-Warshall %.17g s "
                         "in %d",
                         (unsigned long long)seed, a, b, delay_s, path.hop_count - 2,
                         ways[a][b].delay_s, ways[a][b].hops);
            }
        }
    }
    if (connected) {
        compare_with_crowd(world, config, ties, &rng);
    }
    *left_out += connected ? compare_with_bounded(world, config, &rng) : 0;
    dcat_world_destroy(world);
    return connected;
}

static void test_paths_agree_with_floyd_and_warshall(void **fixture)
{
    (void)fixture;
    size_t count = test_cases(3000), connected = 0, left_out = 0;
    for (uint64_t seed = 1; seed <= count; seed++) {
        connected += compare_with_floyd_warshall(seed, &left_out);
    }
    printf("seeds 1 to %zu: %zu connected, %zu paths out of reach\n", count, connected, left_out);
    assert_true(connected > count / 5 && connected < count);
    assert_true(left_out > connected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hops_grow_with_distance_up_to_the_cap),
        cmocka_unit_test(test_hop_rates_are_uniform_and_belong_to_the_pair_and_seed),
        cmocka_unit_test(test_rates_of_links_add_up_to_paths),
        cmocka_unit_test(test_hops_count_by_geodesic_on_the_earth),
        cmocka_unit_test(test_very_many_hops_are_counted),
        cmocka_unit_test(test_path_takes_the_least_delay_and_one_access_link_at_each_end),
        cmocka_unit_test(test_ties_go_to_fewer_hops),
        cmocka_unit_test(test_parallel_links_and_self_links_do_no_harm),
        cmocka_unit_test(test_disconnected_networks_are_refused),
        cmocka_unit_test(test_two_islands_are_refused_from_either_side),
        cmocka_unit_test(test_paths_agree_with_floyd_and_warshall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
