// SPDX-License-Identifier: Apache-2.0
// What version 2 of the features tells: classes of work, what a task needs, who is dear, what
// rivals cost. By hand, in worlds of a few servers.

#include "cluster/cluster_worlds.h"
#include "dcat/x/resources.h"
#include "learn/district/district.h"
#include "learn/walk.h"
#include "world/demand.h"
#include <math.h>

enum { CPU, GPU, BIG, DEVICES };
enum { WORK, TRAIN, SHARDED, CLASSES };

static const dcat_device devices[DEVICES] = {
    [CPU] = {DCAT_POOL_CPU, 250e9, 100, INFINITY, 0, 0.0, 50.0, 0.0},
    [GPU] = {DCAT_POOL_GPU, 100e9, 1, 10.0, 0, 0.0, 40.0, 0.0},
    [BIG] = {DCAT_POOL_GPU, 300e9, 1, 20.0, 0, 0.0, 90.0, 0.0},
};
static const dcat_class classes[CLASSES] = {
    [WORK] = {DCAT_POOL_CPU, 0.0, DCAT_MEMORY_EACH, 0, 10.0, 2.0},
    [TRAIN] = {DCAT_POOL_GPU, 0.0, DCAT_MEMORY_EACH, 0, 10.0, 2.0},
    [SHARDED] = {DCAT_POOL_GPU, 25.0, DCAT_MEMORY_SUM, 0, 10.0, 2.0},
};
static const double efficiency[DEVICES * CLASSES] = {
    1.0, 0.0, 0.0, // CPU
    0.0, 1.0, 1.0, // GPU
    0.0, 1.0, 1.0, // BIG
};

// Server 0 has a CPU and a GPU, 1 the big GPU, 2 a CPU; the same three again and again.
static dcat_world *mixed_world(size_t server_count)
{
    dcat_server servers[CLUSTER_TEST_SERVER_MAX];
    dcat_unit units[2 * CLUSTER_TEST_SERVER_MAX];
    size_t unit_count = 0;
    for (size_t i = 0; i < server_count; i++) {
        size_t row = i / 20;
        servers[i] = test_server(1e3 * (double)(i % 20), 1e3 * (double)row);
        int kind = (int)(i % 3);
        if (kind != 1) {
            units[unit_count++] = (dcat_unit){(int)i, CPU, 1, NAN, NAN, NAN, 0.0};
        }
        if (kind != 2) {
            units[unit_count++] = (dcat_unit){(int)i, kind == 0 ? GPU : BIG, 1, NAN, NAN, NAN, 0.0};
        }
    }
    const dcat_resources_config resources = {
        DCAT_SIZED(dcat_resources_config),
        .devices = devices,
        .device_count = DEVICES,
        .classes = classes,
        .class_count = CLASSES,
        .efficiency = efficiency,
        .units = units,
        .unit_count = unit_count,
        .server_count = server_count,
        .energy_cost = 1e-28,
        .time_cost_per_s = 20.0,
    };
    dcat_resources *made = NULL;
    assert_int_equal(dcat_resources_create(&resources, &made, NULL), DCAT_OK);
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 100e3;
    config.resources = made;
    dcat_world *world = build_world(&config, servers, server_count, 1);
    dcat_resources_destroy(made); // the world has its own
    return world;
}

// One area; arrivals by class, each task of so much work, hardly any data, due in 2 s.
typedef struct sight {
    double all[7], by[7 * CLASSES];
    dcat_observation by_class, observation;
} sight;

static void see(sight *s, const double *arrivals, double work_cycles)
{
    const double sizes[7] = {0.0, work_cycles, 1e3, 2.0, 0.0, 0.0, 0.0};
    for (int k = 0; k < 7; k++) {
        s->all[k] = sizes[k];
        for (int q = 0; q < CLASSES; q++) {
            s->by[k * CLASSES + q] = k == 0 ? arrivals[q] : sizes[k];
            s->all[0] += k == 0 ? arrivals[q] : 0.0;
        }
    }
    s->by_class = (dcat_observation){CLASSES,    &s->by[0],  &s->by[3],  &s->by[6], &s->by[9],
                                     &s->by[12], &s->by[15], &s->by[18], NULL,      1};
    s->observation =
        (dcat_observation){1,          &s->all[0], &s->all[1], &s->all[2],   &s->all[3],
                           &s->all[4], &s->all[5], &s->all[6], &s->by_class, CLASSES};
}

typedef struct looked {
    void *block;
    rl_scene scene;
    rl_merger merger;
} looked;

static looked look(const dcat_world *world, const dcat_observation *observation,
                   const char *auction)
{
    looked l = {0};
    for (int pass = 0; pass < 2; pass++) {
        arena a = {.base = l.block};
        rl_scene_layout(&a, world, rl_size_of(world), &l.scene);
        rl_merger_layout(&a, rl_size_of(world), &l.merger);
        l.block = pass == 0 ? aligned_alloc(DCAT_ARENA_ALIGN, a.used) : l.block;
        assert_non_null(l.block);
    }
    assert_true(rl_scene_set(&l.scene, observation, dcat_auction_find(auction), false));
    return l;
}

static void pair_of(looked *l, int32_t a, int32_t b, float x[RL_PAIR_COUNT])
{
    float weight[CLASSES * CLUSTER_TEST_SERVER_MAX];
    l->merger.scene = &l->scene; // it was moved since
    rl_pair_features(&l->merger, a, b, x, weight);
    for (int f = 0; f < RL_PAIR_COUNT; f++) {
        assert_true(isfinite(x[f]));
    }
}

static void test_a_union_is_told_what_it_has_no_device_for(void **state)
{
    (void)state;
    dcat_world *world = mixed_world(3);
    sight s;
    see(&s, (double[]){3.0, 1.0, 0.0}, 100e9);
    looked l = look(world, &s.observation, "rea");
    rl_merger_start(&l.merger, &l.scene);
    assert_int_equal(l.scene.Q, CLASSES);
    assert_int_equal(l.scene.A, 2); // classes with demand
    float x[RL_PAIR_COUNT];
    pair_of(&l, 0, 2, x); // CPU and GPU, CPU
    assert_near((double)x[RL_PAIR_no_device], 0.0, 1e-9);
    pair_of(&l, 1, 2, x); // the big GPU, CPU: both classes together
    assert_near((double)x[RL_PAIR_no_device], 0.0, 1e-9);
    // Speeds weighted by demand: three quarters of 250 GHz, and a quarter of 100 or 300.
    assert_near(l.scene.server_hz[0], 0.75 * 250e9 + 0.25 * 100e9, 1e-9);
    assert_near(l.scene.server_hz[1], 0.25 * 300e9, 1e-9);
    assert_near(l.scene.server_hz[2], 0.75 * 250e9, 1e-9);
    free(l.block);
    see(&s, (double[]){0.0, 3.0, 1.0}, 100e9); // 25 of memory: no two have it but 0 and 1
    l = look(world, &s.observation, "rea");
    rl_merger_start(&l.merger, &l.scene);
    pair_of(&l, 0, 2, x);
    assert_near((double)x[RL_PAIR_no_device], 0.25, 1e-6);
    pair_of(&l, 0, 1, x);
    assert_near((double)x[RL_PAIR_no_device], 0.0, 1e-9);
    // And that class is what 0 and 1 can do together and neither alone.
    assert_near((double)x[RL_PAIR_together], 0.25, 1e-3);
    rl_merger_join(&l.merger, 0, 1);
    pair_of(&l, 0, 2, x);
    assert_near((double)x[RL_PAIR_no_device], 0.0, 1e-9);
    assert_near((double)x[RL_PAIR_together], 0.0, 1e-3);
    free(l.block);
    dcat_world_destroy(world);
}

static void test_version_1_sees_servers_as_one_number(void **state)
{
    (void)state;
    dcat_world *world = mixed_world(3);
    sight s;
    see(&s, (double[]){3.0, 1.0, 1.0}, 100e9);
    looked l = {0};
    for (int pass = 0; pass < 2; pass++) {
        arena a = {.base = l.block};
        rl_scene_layout(&a, world, rl_size_of(world), &l.scene);
        l.block = pass == 0 ? aligned_alloc(DCAT_ARENA_ALIGN, a.used) : l.block;
    }
    l.scene.version = 1;
    assert_true(rl_scene_set(&l.scene, &s.observation, dcat_auction_find("rea"), false));
    assert_int_equal(l.scene.Q, 1);
    assert_int_equal(l.scene.A, 1);
    assert_near(l.scene.server_hz[1], 250e9, 0.0);
    free(l.block);
    dcat_world_destroy(world);
}

// Four servers of 250 GHz in one place, one class.
static dcat_world *four(double cost_of_last)
{
    dcat_server servers[4];
    for (int i = 0; i < 4; i++) {
        servers[i] = test_server(1e3 * i, 0.0);
        servers[i].energy_cost = 0.0;
        servers[i].time_cost_per_s = i == 3 ? cost_of_last : 250.0; // 1 a giga-cycle
        servers[i].owner = i == 0 ? DCAT_NO_OWNER : i < 3 ? 1 : 2;
    }
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 100e3;
    config.dear_alone = false;
    config.auction.ceiling_per_cycle = 1.8e-9;
    return build_world(&config, servers, 4, 1);
}

static void test_a_union_is_told_how_far_it_is_from_what_a_task_needs(void **state)
{
    (void)state;
    dcat_world *world = four(250.0);
    sight s;
    // 1500 giga-cycles within 2 s, of which the data takes next to nothing: 750 GHz, three servers.
    see(&s, (double[]){1.0, 0.0, 0.0}, 1500e9);
    s.observation.by_class = NULL;
    looked l = look(world, &s.observation, "rea");
    rl_merger_start(&l.merger, &l.scene);
    float x[RL_PAIR_COUNT], pool[RL_POOL_COUNT];
    pair_of(&l, 0, 1, x);
    assert_near((double)x[RL_PAIR_needed], (3.0 / 4.0) / (1.0 + 3.0 / 4.0), 1e-3);
    assert_near((double)x[RL_PAIR_shortfall], 1.0 / 3.0, 1e-3);
    assert_near((double)x[RL_PAIR_shortfall_most], 0.0, 0.0); // four would do
    assert_near((double)x[RL_PAIR_alone], 0.0, 0.0);
    rl_pool_features(&l.merger, 6, pool);
    assert_near((double)pool[RL_POOL_mean_shortfall], 2.0 / 3.0, 1e-3);
    assert_near((double)pool[RL_POOL_pool_alone], 0.0, 0.0);
    rl_merger_join(&l.merger, 0, 1);
    pair_of(&l, 0, 2, x);
    assert_near((double)x[RL_PAIR_shortfall], 0.0, 1e-3);
    assert_near((double)x[RL_PAIR_owners], 0.0, 0.0); // nobody's, 1's and 1's
    pair_of(&l, 0, 3, x);
    assert_near((double)x[RL_PAIR_owners], 1.0, 0.0); // 1's and 2's
    rl_merger_join(&l.merger, 0, 3);
    pair_of(&l, 0, 2, x);
    assert_near((double)x[RL_PAIR_owners], 1.0, 0.0);
    free(l.block);
    // 100 giga-cycles: each can do them alone.
    see(&s, (double[]){1.0, 0.0, 0.0}, 100e9);
    s.observation.by_class = NULL;
    l = look(world, &s.observation, "rea");
    rl_merger_start(&l.merger, &l.scene);
    pair_of(&l, 0, 1, x);
    assert_near((double)x[RL_PAIR_alone], 4.0 / 5.0, 1e-6);
    assert_near((double)x[RL_PAIR_together], 0.0, 1e-6);
    free(l.block);
    dcat_world_destroy(world);
}

static void test_a_union_is_told_who_is_dear_and_what_rivals_cost(void **state)
{
    (void)state;
    dcat_world *world = four(500.0); // the last one: 2 a giga-cycle, above the ceiling of 1.8
    sight s;
    see(&s, (double[]){1.0, 0.0, 0.0}, 400e9);
    s.observation.by_class = NULL;
    float cheap[RL_PAIR_COUNT], dear[RL_PAIR_COUNT];
    looked l = look(world, &s.observation, "rea-s");
    rl_merger_start(&l.merger, &l.scene);
    pair_of(&l, 0, 1, cheap);
    pair_of(&l, 0, 3, dear);
    assert_near((double)cheap[RL_PAIR_dear_members], 0.0, 0.0);
    assert_near((double)dear[RL_PAIR_dear_members], 0.5, 0.0);
    // A mean of 1.25, a fee of 20 a giga-cycle, of which a tenth is the scale. Under rea-s a
    // cluster bids what its dearest member costs.
    assert_near((double)cheap[RL_PAIR_cost_rivals], (1.0 - 1.25) / 2.0, 1e-5);
    assert_near((double)dear[RL_PAIR_cost_rivals], (2.0 - 1.25) / 2.0, 1e-5);
    assert_true(cheap[RL_PAIR_rivals_cheaper] < 0.5f && dear[RL_PAIR_rivals_cheaper] > 0.9f);
    free(l.block);
    l = look(world, &s.observation, "rea"); // the mean, and no ceiling
    rl_merger_start(&l.merger, &l.scene);
    pair_of(&l, 0, 3, dear);
    assert_near((double)dear[RL_PAIR_dear_members], 0.0, 0.0);
    assert_near((double)dear[RL_PAIR_cost_rivals], (1.5 - 1.25) / 2.0, 1e-5);
    free(l.block);
    dcat_world_destroy(world);
}

static void test_districts_tell_classes_apart(void **state)
{
    (void)state;
    dcat_world *world = mixed_world(210);
    sight s;
    see(&s, (double[]){3.0, 2.0, 1.0}, 100e9);
    rl_districts districts;
    rl_district_pairs pairs;
    void *block = NULL;
    for (int pass = 0; pass < 2; pass++) {
        arena a = {.base = block};
        rl_districts_layout(&a, world, &districts);
        rl_district_pairs_layout(&a, &pairs);
        block = pass == 0 ? aligned_alloc(DCAT_ARENA_ALIGN, a.used) : block;
    }
    rl_districts_cut(&districts);
    rl_districts_share(&districts, &s.observation);
    assert_true(districts.count > 1);
    double arrivals[CLASSES] = {0.0};
    for (size_t d = 0; d < districts.count; d++) {
        rl_market market = rl_district_market(&districts, d, &pairs);
        assert_int_equal(market.Q, CLASSES);
        for (size_t area = 0; area < market.A; area++) {
            arrivals[market.area[area].class_id] += market.area[area].arrivals;
        }
    }
    for (int q = 0; q < CLASSES; q++) {
        assert_near(arrivals[q], s.by[q], 1e-9);
    }
    // And an actor decides them: canonical, legal, the same twice.
    const dcat_actor_shape shape = dcat_actor_shape_default();
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_create(&shape, 3, &actor, NULL), DCAT_OK);
    dcat_actor_set_guard_tasks(actor, -1);
    const dcat_cluster_input input = {.world = world,
                                      .observation = &s.observation,
                                      .auction = dcat_auction_find("rea"),
                                      .seed = 1,
                                      .model = actor};
    int32_t once[CLUSTER_TEST_SERVER_MAX] = {0}, twice[CLUSTER_TEST_SERVER_MAX] = {0};
    decide_with(&dcat_clusterer_a2c, &input, 0x5a, once);
    decide_with(&dcat_clusterer_a2c, &input, 0xa5, twice);
    assert_partition_is_legal(world, once);
    assert_memory_equal(once, twice, sizeof(int32_t) * 210);
    dcat_actor_destroy(actor);
    free(block);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_union_is_told_what_it_has_no_device_for),
        cmocka_unit_test(test_version_1_sees_servers_as_one_number),
        cmocka_unit_test(test_a_union_is_told_how_far_it_is_from_what_a_task_needs),
        cmocka_unit_test(test_a_union_is_told_who_is_dear_and_what_rivals_cost),
        cmocka_unit_test(test_districts_tell_classes_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
