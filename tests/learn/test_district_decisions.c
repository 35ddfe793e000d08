// SPDX-License-Identifier: Apache-2.0
// Decisions on districts: what does not change them, and what stays as it is.

#include "dcat/x/model.h"
#include "district_support.h"
#include "learn/district/district.h"
#include "world/world.h"
#include <stdlib.h>
#include <string.h>

static void test_a_bound_on_reach_changes_no_decision(void **state)
{
    (void)state;
    // What the bound leaves out could not have the data before any deadline.
    static place p;
    static sight s;
    static int32_t all[SERVERS_MAX], bounded[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    see(&s, 40);
    place_uniform(&p, 13, 400, 40);
    dcat_world *world = make_world(&p);
    start_alone(all, 400);
    decide(world, &s.observation, actor, all);
    dcat_world_destroy(world);
    p.config.network.reach_s = 3.0;
    p.config.network.reach_bits = 20e6;
    p.config.network.reach_work_cycles = 500e9;
    world = make_world(&p);
    assert_true(dcat_world_path(world, 0, 0).seconds_per_bit > 0.0);
    start_alone(bounded, 400);
    decide(world, &s.observation, actor, bounded);
    dcat_world_destroy(world);
    assert_memory_equal(all, bounded, sizeof(int32_t) * 400);
    dcat_actor_destroy(actor);
}

// Two countries of 150 servers and 10 areas each, 20 000 km apart.
static void place_countries(place *p)
{
    place_uniform(p, 17, 300, 20);
    for (size_t i = 0; i < 300; i++) {
        p->servers[i].site.x = 0.5 * p->servers[i].site.x + (i < 150 ? 0.0 : 20000 * KM);
    }
    for (size_t area = 0; area < 20; area++) {
        p->areas[area].site.x = 0.5 * p->areas[area].site.x + (area < 10 ? 0.0 : 20000 * KM);
    }
}

static void test_what_changes_far_away_changes_nothing_here(void **state)
{
    (void)state;
    static place p;
    static sight s;
    static int32_t before[SERVERS_MAX], after[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    place_countries(&p);
    see(&s, 20);
    dcat_world *world = make_world(&p);
    start_alone(before, 300);
    decide(world, &s.observation, actor, before);
    dcat_world_destroy(world);
    for (size_t i = 150; i < 300; i++) {
        p.servers[i].speed_hz = i % 2 == 0 ? 100e9 : 900e9;
    }
    for (size_t area = 10; area < 20; area++) {
        s.number[0][area] *= 7.0;
    }
    world = make_world(&p);
    start_alone(after, 300);
    decide(world, &s.observation, actor, after);
    dcat_world_destroy(world);
    assert_memory_equal(before, after, sizeof(int32_t) * 150);
    assert_memory_not_equal(before, after, sizeof(int32_t) * 300);
    dcat_actor_destroy(actor);
}

static void test_a_district_without_demand_stays_as_it_is(void **state)
{
    (void)state;
    // Nothing arrives in the second country. Its servers 200 and 201 are put at one place and share
    // a cluster; so do server 202, at another place there, and server 0, which is illegal, but what
    // is left of it within the district is not.
    static place p;
    static sight s;
    static int32_t cluster_of[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    place_countries(&p);
    p.servers[201].site = p.servers[200].site;
    see(&s, 20);
    for (size_t area = 10; area < 20; area++) {
        s.number[0][area] = 0.0;
    }
    dcat_world *world = make_world(&p);
    start_alone(cluster_of, 300);
    cluster_of[201] = cluster_of[200];
    cluster_of[202] = cluster_of[0];
    decide(world, &s.observation, actor, cluster_of);
    for (size_t i = 150; i < 300; i++) {
        for (size_t j = 0; j < i; j++) {
            bool together = i == 201 && j == 200;
            assert_int_equal(cluster_of[i] == cluster_of[j], together);
        }
    }
    assert_in_range(count_clusters(cluster_of, 150), 1, 149);
    dcat_world_destroy(world);
    dcat_actor_destroy(actor);
}

static void test_nothing_observed_leaves_large_worlds_as_they_are(void **state)
{
    (void)state;
    static place p;
    static sight s;
    static int32_t cluster_of[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    place_uniform(&p, 3, 200, 10);
    dcat_world *world = make_world(&p);
    see(&s, 10);
    memset(s.number[0], 0, sizeof s.number[0]);
    start_alone(cluster_of, 200);
    decide(world, &s.observation, actor, cluster_of);
    assert_int_equal(count_clusters(cluster_of, 200), 200);
    dcat_world_destroy(world);
    dcat_actor_destroy(actor);
}

static void test_samples_redraw_districts_and_keep_the_span_limit(void **state)
{
    (void)state;
    static place p;
    static sight s;
    static int32_t plain[SERVERS_MAX], sampled[SERVERS_MAX], again[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    place_uniform(&p, 19, 150, 15);
    dcat_world *world = make_world(&p);
    see(&s, 15);
    start_alone(plain, 150);
    start_alone(sampled, 150);
    start_alone(again, 150);
    decide(world, &s.observation, actor, plain);
    dcat_actor_set_sample_count(actor, 6);
    decide(world, &s.observation, actor, sampled);
    decide(world, &s.observation, actor, again);
    assert_memory_equal(sampled, again, sizeof sampled);
    assert_memory_not_equal(sampled, plain, sizeof plain);
    assert_legal(world, sampled);
    dcat_world_destroy(world);
    dcat_actor_destroy(actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bound_on_reach_changes_no_decision),
        cmocka_unit_test(test_what_changes_far_away_changes_nothing_here),
        cmocka_unit_test(test_a_district_without_demand_stays_as_it_is),
        cmocka_unit_test(test_nothing_observed_leaves_large_worlds_as_they_are),
        cmocka_unit_test(test_samples_redraw_districts_and_keep_the_span_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
