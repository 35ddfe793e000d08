// SPDX-License-Identifier: Apache-2.0
// What a world needs is told before it is made, from a sample.

#include "random_world.h"
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sample_tells_how_many_pairs_and_ways_a_large_world_has),
        cmocka_unit_test(test_needs_follow_the_span_limit),
        cmocka_unit_test(test_of_a_small_world_every_pair_counts),
        cmocka_unit_test(test_needs_of_a_wrong_world_are_refused_as_the_world_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
