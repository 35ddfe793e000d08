// SPDX-License-Identifier: Apache-2.0
// What a world needs is told before it is made, from a sample.

#include "dcat/x/world_facts.h"
#include "random_world.h"
#include "world/world_lists.h"
#include <string.h>
#include <sys/resource.h>

enum { SERVERS = 6000, AREAS = 150 };

typedef struct inputs {
    dcat_world_config config;
    dcat_server servers[SERVERS];
    dcat_area areas[AREAS];
} inputs;

static inputs *draw(void)
{
    static inputs in;
    in.config = dcat_world_config_default();
    in.config.span_m_max = 80e3;
    in.config.network.reach_s = 0.7;
    in.config.network.reach_bits = 20e6;
    dcat_draw_servers(3, 1000e3, (dcat_range){200e9, 300e9}, 100, in.servers, SERVERS);
    dcat_draw_areas(3, 1000e3, in.areas, AREAS);
    return &in;
}

static dcat_world_needs needs_of(const inputs *in, size_t server_count)
{
    dcat_world_needs needs;
    dcat_error err = {0};
    if (dcat_world_needs_of(&in->config, in->servers, server_count, in->areas, AREAS, 3, &needs,
                            &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return needs;
}

static void test_a_sample_tells_how_many_pairs_and_ways_a_large_world_has(void **fixture)
{
    (void)fixture;
    const inputs *in = draw();
    dcat_world *world = NULL;
    assert_int_equal(
        dcat_world_create(&in->config, in->servers, SERVERS, in->areas, AREAS, 3, &world, NULL),
        DCAT_OK);
    const dcat_world_needs needs = needs_of(in, SERVERS);
    // 256 servers with some 110 neighbours each, and fewer at the border: within 5 %.
    assert_near(needs.pair_count / (double)dcat_world_pair_count(world), 1.0, 0.05);
    // 30 of 150 areas; of a network of hops every path is a way.
    assert_near(needs.way_count / (double)dcat_world_path_count(world), 1.0, 0.1);
    // Of each pair both sides, with 12 bytes each; of a way 24. Nobody needs four times as much.
    double least =
        24.0 * (double)dcat_world_pair_count(world) + 24.0 * (double)dcat_world_path_count(world);
    assert_true(needs.bytes > least && needs.bytes < 4.0 * least);
    assert_true(needs.limit_bytes > 0.0);
    dcat_world_destroy(world);
}

static void test_needs_follow_the_span_limit(void **fixture)
{
    (void)fixture;
    inputs *in = draw();
    double pairs = needs_of(in, SERVERS).pair_count;
    in->config.span_m_max /= 2.0; // a quarter of the disc, and less of it is beyond the border
    double fewer = needs_of(in, SERVERS).pair_count;
    assert_true(fewer > pairs / 4.0 && fewer < pairs / 3.0);
    in->config.span_m_max = 2000e3; // all of them
    assert_near(needs_of(in, SERVERS).pair_count, SERVERS * (SERVERS - 1) / 2.0, 1e-3);
}

static void test_of_a_small_world_every_pair_counts(void **fixture)
{
    (void)fixture;
    assert_near(needs_of(draw(), 40).pair_count, 780.0, 1e-9);
}

static void test_needs_of_a_wrong_world_are_refused_as_the_world_is(void **fixture)
{
    (void)fixture;
    inputs *in = draw();
    dcat_world_needs needs;
    dcat_error err = {0};
    in->config.span_m_max = -1.0;
    assert_int_equal(
        dcat_world_needs_of(&in->config, in->servers, SERVERS, in->areas, AREAS, 3, &needs, &err),
        DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "clustering.span_max_km"));
}

// What cannot be had is refused with what it would take: memory, and of what there is too much.
static void test_a_world_that_does_not_fit_is_refused(void **fixture)
{
    (void)fixture;
    market m = market_create(4);
    dcat_error err = {0};
    dcat_world_needs needs = {.bytes = 1e3};
    assert_int_equal(world_needs_check(&needs, m.world, &err), DCAT_OK);
    needs.bytes = 1e8;
    assert_int_equal(world_needs_check(&needs, m.world, &err), DCAT_OK);
    needs.bytes = 1e18;
    assert_int_equal(world_needs_check(&needs, m.world, &err), DCAT_ERR_MEMORY);
    assert_non_null(strstr(err.message, "fewer of them"));
    needs.pair_count = 1e12;
    assert_int_equal(world_needs_check(&needs, m.world, &err), DCAT_ERR_MEMORY);
    assert_non_null(strstr(err.message, "clustering.span_max_km"));
    // A limit of addresses counts, too.
    struct rlimit own;
    assert_int_equal(getrlimit(RLIMIT_AS, &own), 0);
    double before = world_memory_bytes();
    if (own.rlim_max == RLIM_INFINITY) {
        const struct rlimit wide = {(rlim_t)1 << 50, own.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_AS, &wide), 0);
        assert_true(world_memory_bytes() <= fmin(before, 0x1p50));
        assert_int_equal(setrlimit(RLIMIT_AS, &own), 0);
    }
    market_destroy(&m);
}

static void test_servers_above_the_ceiling_are_counted(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[4];
    const dcat_area areas[1] = {{.node = 0}};
    for (size_t i = 0; i < 4; i++) { // costs of a cycle: 1e-9 to 4e-9, by time alone
        servers[i] = (dcat_server){.speed_hz = 100e9,
                                   .core_count = 100,
                                   .energy_cost = 0.0,
                                   .time_cost_per_s = 100.0 * (double)(i + 1)};
    }
    config.auction.ceiling_per_cycle = 2.5e-9;
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 4, areas, 1, 1, &world, NULL), DCAT_OK);
    assert_near(dcat_world_share_above_ceiling(world), 0.5, 0.0);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sample_tells_how_many_pairs_and_ways_a_large_world_has),
        cmocka_unit_test(test_needs_follow_the_span_limit),
        cmocka_unit_test(test_of_a_small_world_every_pair_counts),
        cmocka_unit_test(test_needs_of_a_wrong_world_are_refused_as_the_world_is),
        cmocka_unit_test(test_a_world_that_does_not_fit_is_refused),
        cmocka_unit_test(test_servers_above_the_ceiling_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
