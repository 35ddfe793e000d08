// SPDX-License-Identifier: Apache-2.0
// Decisions of a fixed actor are fixed bits: for every compiler and every optimisation level.
//
// A hash that changes means that results of existing policy files change: then RL_FEATURE_VERSION
// must change too, and the printed hashes go here.

#include "learn/net/actor.h"
#include "learn/walk.h"
#include "rl_support.h"
#include "sim/golden_worlds.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct golden {
    const char *auction;
    int sample_count;
    int64_t guard_tasks;  // -1: the policy alone
    uint64_t fifo, paper; // by queue rule
} golden;

static const golden expected[] = {
    {"rea", 0, -1, UINT64_C(0x4506032759e49059), UINT64_C(0x43718b5a822fe634)},
    {"rea-s", 0, -1, UINT64_C(0x9c7dcb07a088395e), UINT64_C(0xe3b184a225749861)},
    {"rea", 3, -1, UINT64_C(0x61e3550247b0568a), UINT64_C(0xc1e7f11af6b6eb51)},
    {"rea-s", 3, -1, UINT64_C(0x4ad9fd3c01452eca), UINT64_C(0x8fec7942d2e2ea03)},
    {"rea", 0, 0, UINT64_C(0x7f2f447a38091de8), UINT64_C(0x961fc2e9d35526d8)},
    {"rea-s", 0, 0, UINT64_C(0x3a400d39d02472e8), UINT64_C(0xd1f14b175fe4e197)},
    {"rea-s", 3, 30000, UINT64_C(0x0d9f4c876eae4068), UINT64_C(0x03783af48164d68a)},
};

enum { COUNT = sizeof expected / sizeof expected[0] };

// As created. Its scores lie close together, so that decisions hang on their last bits.
static dcat_actor *make_actor(int version)
{
    const dcat_actor_shape shape = {
        .pair_hidden = 16, .stop_hidden = 8, .critic_hidden = 8, .feature_version = version};
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_create(&shape, 2, &actor, NULL), DCAT_OK);
    return actor;
}

// Every partition decided on, into the hash.
static bool note_partition(void *user, const dcat_cycle_record *cycle)
{
    uint64_t *hash = user;
    for (int i = 0; i < GOLDEN_SERVERS; i++) {
        *hash = fnv1a(*hash, (uint64_t)dcat_state_cluster_of_view(cycle->state)[i]);
    }
    *hash = hash_totals(*hash, cycle->totals);
    return true;
}

static uint64_t hash_of(const dcat_actor *actor, const dcat_auction *auction,
                        dcat_world *const *worlds, const dcat_demand *demand)
{
    uint64_t hash = FNV1A_START;
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        const dcat_run_config config = {
            DCAT_SIZED(dcat_run_config),
            .policy = {.clusterer = &dcat_clusterer_a2c, .auction = auction, .model = actor},
            .seed = 11,
            .cycle_count = GOLDEN_CYCLES,
        };
        const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &hash,
                                      .after_cycle = note_partition};
        dcat_run_result result;
        assert_int_equal(dcat_run(worlds[w], demand, &config, &hooks, NULL, &result, NULL),
                         DCAT_OK);
    }
    return hash;
}

static void test_decisions_of_a_fixed_actor_are_fixed_bits(void **state)
{
    (void)state;
    dcat_demand *demand = golden_demand();
    static const dcat_queue_rule rules[] = {DCAT_QUEUE_FIFO, DCAT_QUEUE_PAPER};
    dcat_world *worlds[2][GOLDEN_WORLDS];
    dcat_actor *actor = make_actor(1);
    size_t wrong = 0;
    for (int w = 0; w < 2 * GOLDEN_WORLDS; w++) {
        worlds[w % 2][w / 2] = golden_world(w / 2, rules[w % 2]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        dcat_actor_set_sample_count(actor, expected[i].sample_count);
        dcat_actor_set_guard_tasks(actor, expected[i].guard_tasks);
        const dcat_auction *auction = dcat_auction_find(expected[i].auction);
        uint64_t fifo = hash_of(actor, auction, worlds[0], demand);
        uint64_t paper = hash_of(actor, auction, worlds[1], demand);
        bool same = fifo == expected[i].fifo && paper == expected[i].paper;
        wrong += !same;
        printf("    {\"%s\", %d, %lld, UINT64_C(0x%016llx), UINT64_C(0x%016llx)},%s\n",
               expected[i].auction, expected[i].sample_count, (long long)expected[i].guard_tasks,
               (unsigned long long)fifo, (unsigned long long)paper, same ? "" : " // differs");
    }
    for (int w = 0; w < 2 * GOLDEN_WORLDS; w++) {
        dcat_world_destroy(worlds[w % 2][w / 2]);
    }
    dcat_actor_destroy(actor);
    dcat_demand_destroy(demand);
    assert_int_equal(wrong, 0);
}

static uint64_t hash_floats(uint64_t hash, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash = fnv1a_double(hash, (double)x[i]);
    }
    return hash;
}

// Features and answers of every pair that a sampled clustering looked at. Decisions seldom hang on
// a last bit; this does always.
static uint64_t hash_walk(const dcat_actor *actor, const dcat_world *world,
                          const dcat_observation *observation)
{
    rl_walk walk;
    rl_rows rows;
    rl_sample sample = {0};
    void *block = NULL;
    for (int pass = 0; pass < 2; pass++) {
        arena a = {.base = block};
        rl_walk_layout(&a, world, &walk);
        rl_rows_layout(&a, world, walk.pair_max, 1, 1, &rows);
        rl_sample_layout(&a, walk.pair_max, GOLDEN_SERVERS, &sample);
        block = pass == 0 ? aligned_alloc(DCAT_ARENA_ALIGN, a.used) : block;
        assert_non_null(block);
    }
    walk.rows = &rows; // and no batch: the fixed-order loops of a decision
    rl_rows_clear(&rows);
    assert_true(rl_walk_begin(&walk, actor, observation, dcat_auction_find("rea-s")));
    dcat_rng rng = dcat_rng_at(1, DCAT_STREAM_USER, 0, 0);
    rl_walk_sample(&walk, &rng, &sample);
    uint64_t hash = hash_floats(FNV1A_START, rows.x, rows.row_count * actor->pair.in);
    hash = hash_floats(hash, rows.answer, rows.row_count * RL_CONTEXT_COUNT);
    hash = hash_floats(hash, rows.area_weight, rows.row_count * rows.area_count);
    hash = hash_floats(hash, rows.stop_x, rows.stop_count * actor->stop.in);
    for (int i = 0; i < GOLDEN_SERVERS; i++) {
        hash = fnv1a(hash, (uint64_t)sample.cluster_of[i]);
    }
    free(block);
    return hash;
}

static void test_features_and_answers_are_fixed_bits(void **state)
{
    (void)state;
    dcat_demand *demand = golden_demand();
    dcat_observation observation = rl_test_observation(demand);
    dcat_actor *actor = make_actor(1);
    uint64_t hash = 0;
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        dcat_world *world = golden_world(w, DCAT_QUEUE_FIFO);
        hash = fnv1a(hash, hash_walk(actor, world, &observation));
        dcat_world_destroy(world);
    }
    printf("0x%016llx\n", (unsigned long long)hash);
    dcat_actor_destroy(actor);
    rl_test_observation_free(&observation);
    dcat_demand_destroy(demand);
    assert_true(hash == UINT64_C(0x16e3ae6132ad2b51));
}

static void test_a_fresh_actor_has_fixed_bits(void **state)
{
    (void)state;
    dcat_actor *actor = make_actor(1);
    uint64_t hash = FNV1A_START;
    for (size_t i = 0; i < actor->weight_count; i++) {
        hash = fnv1a_double(hash, (double)actor->weights[i]);
    }
    dcat_actor_destroy(actor);
    printf("0x%016llx\n", (unsigned long long)hash);
    assert_true(hash == UINT64_C(0xf3d76dbc3b4a4a3b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions_of_a_fixed_actor_are_fixed_bits),
        cmocka_unit_test(test_features_and_answers_are_fixed_bits),
        cmocka_unit_test(test_a_fresh_actor_has_fixed_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
