// SPDX-License-Identifier: Apache-2.0
// A large world is made by several threads and is the same bits as with one. ThreadSanitizer runs
// this program.

#include "base/threads.h"
#include "cluster/cluster_worlds.h"
#include "dcat/x/world_facts.h"
#include "world/world.h"
#include <stdio.h>

enum { SERVERS = 2500, AREAS = 70, SIDE = 6 }; // more than a table of distances takes

// Nodes on a grid with links between those beside each other.
static void make_grid(dcat_world_config *config, dcat_site *nodes, dcat_link *links)
{
    size_t link_count = 0;
    for (int n = 0; n < SIDE * SIDE; n++) {
        nodes[n] = (dcat_site){200e3 * (n % SIDE), 200e3 * (n / SIDE)};
        if (n % SIDE > 0) {
            links[link_count++] = (dcat_link){n - 1, n, NAN, NAN};
        }
        if (n >= SIDE) {
            links[link_count++] = (dcat_link){n - SIDE, n, NAN, NAN};
        }
    }
    config->network.kind = DCAT_NETWORK_GRAPH;
    config->network.nodes = nodes;
    config->network.node_count = SIDE * SIDE;
    config->network.links = links;
    config->network.link_count = link_count;
}

static dcat_world *make_world(dcat_network_kind kind, bool bounded)
{
    static dcat_server servers[SERVERS];
    static dcat_area areas[AREAS];
    dcat_site nodes[SIDE * SIDE];
    dcat_link links[2 * SIDE * SIDE];
    dcat_world_config config = dcat_world_config_default();
    dcat_draw_servers(3, 1000e3, (dcat_range){200e9, 300e9}, 100, servers, SERVERS);
    dcat_draw_areas(3, 1000e3, areas, AREAS);
    config.span_m_max = 80e3;
    if (kind == DCAT_NETWORK_GRAPH) {
        make_grid(&config, nodes, links);
        for (int i = 0; i < SERVERS; i++) {
            servers[i].node = i % (SIDE * SIDE);
        }
        for (int a = 0; a < AREAS; a++) {
            areas[a].node = a % (SIDE * SIDE);
        }
    }
    if (bounded) {
        config.network.reach_s = 0.7;
        config.network.reach_bits = 20e6;
    }
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, SERVERS, areas, AREAS, 3, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static void assert_same_worlds(const dcat_world *a, const dcat_world *b)
{
    static int32_t servers_a[SERVERS], servers_b[SERVERS];
    static dcat_path paths_a[SERVERS], paths_b[SERVERS];
    assert_int_equal(dcat_world_path_count(a), dcat_world_path_count(b));
    assert_int_equal(dcat_world_pair_count(a), dcat_world_pair_count(b));
    for (int area = 0; area < AREAS; area++) {
        size_t count = dcat_world_paths(a, area, servers_a, paths_a);
        assert_int_equal(dcat_world_paths(b, area, servers_b, paths_b), count);
        assert_memory_equal(servers_a, servers_b, count * sizeof servers_a[0]);
        for (size_t j = 0; j < count; j++) {
            assert_true(paths_a[j].seconds_per_bit == paths_b[j].seconds_per_bit &&
                        paths_a[j].propagation_s == paths_b[j].propagation_s);
            assert_int_equal(paths_a[j].hop_count, paths_b[j].hop_count);
        }
    }
    for (size_t i = 0; i < SERVERS; i++) {
        world_neighbours of_a = world_neighbours_of(a, i), of_b = world_neighbours_of(b, i);
        assert_int_equal(of_a.count, of_b.count);
        assert_memory_equal(of_a.server, of_b.server, of_a.count * sizeof *of_a.server);
        assert_memory_equal(of_a.distance_m, of_b.distance_m, of_a.count * sizeof *of_a.distance_m);
    }
}

static void test_worlds_do_not_depend_on_the_number_of_threads(void **fixture)
{
    (void)fixture;
    for (int which = 0; which < 4; which++) {
        dcat_network_kind kind = which % 2 == 0 ? DCAT_NETWORK_HOPS : DCAT_NETWORK_GRAPH;
        bool bounded = which >= 2;
        threads_set_default(1);
        dcat_world *one = make_world(kind, bounded);
        size_t path_count = dcat_world_path_count(one);
        assert_true(bounded == (path_count < (size_t)AREAS * SERVERS));
        assert_true(path_count > AREAS && dcat_world_pair_count(one) > SERVERS);
        for (int thread_count = 2; thread_count <= 8; thread_count *= 4) {
            threads_set_default(thread_count);
            dcat_world *many = make_world(kind, bounded);
            assert_same_worlds(one, many);
            dcat_world_destroy(many);
        }
        dcat_world_destroy(one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worlds_do_not_depend_on_the_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
