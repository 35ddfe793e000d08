// SPDX-License-Identifier: Apache-2.0
// Fixed runs give fixed bits: for every compiler and every optimisation level.
//
// A hash that changes means that results change. When that is meant, say so in the commit and put
// the printed hashes here.

#include "dcat/x/world_facts.h"
#include "golden_worlds.h"
#include <stdio.h>

typedef struct golden {
    const char *policy;
    uint64_t fifo, paper; // by queue rule
} golden;

static const golden expected[] = {
    {"single:rea", UINT64_C(0xd264cf1c5cfa9359), UINT64_C(0xb85087b586e89b34)},
    {"single:one-off", UINT64_C(0x322bf33c2c7e665d), UINT64_C(0x224c1be062167175)},
    {"single:rea-s", UINT64_C(0x8d943dc0a143e15e), UINT64_C(0x8f2154328886dc61)},
    {"single:vickrey", UINT64_C(0xafbac3d9adb6566d), UINT64_C(0xd3d53d3ca7c8fbde)},
    {"single:posted", UINT64_C(0xf1b4867d790b7528), UINT64_C(0x8d5bc7de30d360b6)},
    {"random:rea", UINT64_C(0x9c1687485b268860), UINT64_C(0x3c5b8d5489a67353)},
    {"random:one-off", UINT64_C(0x5c0c506cc9abbed0), UINT64_C(0xd9a7007906674283)},
    {"random:rea-s", UINT64_C(0x41802a125872a043), UINT64_C(0xa1d59998085c7a2c)},
    {"random:vickrey", UINT64_C(0x9c72e69fbb1b6d37), UINT64_C(0x417e4af85cc90cf0)},
    {"random:posted", UINT64_C(0x0c5b03137d87c6f4), UINT64_C(0x32ba837b6274e7be)},
    {"kmeans:rea", UINT64_C(0xf0f1192772ad8fd9), UINT64_C(0x98092308d8122cfd)},
    {"kmeans:one-off", UINT64_C(0x47fb1063a60c934b), UINT64_C(0xde59a3464f355ef7)},
    {"kmeans:rea-s", UINT64_C(0x30fc37e62ebc3f49), UINT64_C(0xcddae42a27d6fd8b)},
    {"kmeans:vickrey", UINT64_C(0x5bfec979a78bf1ea), UINT64_C(0x66e7fe28889255d8)},
    {"kmeans:posted", UINT64_C(0x25d8ae7289cdbb24), UINT64_C(0x7c1db43b6f8eb9d8)},
    {"linkage:rea", UINT64_C(0xee587d4f858d2c2b), UINT64_C(0x6c822fb772ddd0b9)},
    {"linkage:one-off", UINT64_C(0xfbe04d0fed1b2e69), UINT64_C(0x60f2b338de88ee63)},
    {"linkage:rea-s", UINT64_C(0x9902a060529fafe2), UINT64_C(0x1899343ac21d120b)},
    {"linkage:vickrey", UINT64_C(0xdc0a4626fbd98263), UINT64_C(0x6bfa39c26051239f)},
    {"linkage:posted", UINT64_C(0x5867b1527bd4b411), UINT64_C(0x41a4f28f87318ab1)},
    {"anneal:rea", UINT64_C(0x602f42891bea73f5), UINT64_C(0x1b3690a548674e11)},
    {"anneal:rea-s", UINT64_C(0x483c3a15cb95d354), UINT64_C(0x4e97644125fbc7aa)},
};

enum { COUNT = sizeof expected / sizeof expected[0] };

// The totals of every cycle in every world.
static uint64_t hash_of(const char *policy, dcat_world *const *worlds, const dcat_demand *demand)
{
    uint64_t hash = FNV1A_START;
    dcat_run_config config = {DCAT_SIZED(dcat_run_config), .seed = 11, .cycle_first = 0,
                              .cycle_count = GOLDEN_CYCLES};
    assert_int_equal(dcat_policy_parse(policy, &config.policy, NULL), DCAT_OK);
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        dcat_totals cycles[GOLDEN_CYCLES];
        dcat_run_result result;
        assert_int_equal(dcat_run(worlds[w], demand, &config, NULL, cycles, &result, NULL),
                         DCAT_OK);
        for (int c = 0; c < GOLDEN_CYCLES; c++) {
            hash = hash_totals(hash, &cycles[c]);
        }
    }
    return hash;
}

static void test_fixed_runs_give_fixed_bits(void **fixture)
{
    (void)fixture;
    static const dcat_queue_rule rules[] = {DCAT_QUEUE_FIFO, DCAT_QUEUE_PAPER};
    dcat_demand *demand = golden_demand();
    dcat_world *worlds[2][GOLDEN_WORLDS];
    size_t wrong = 0;
    for (int w = 0; w < 2 * GOLDEN_WORLDS; w++) {
        worlds[w % 2][w / 2] = golden_world(w / 2, rules[w % 2]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t fifo = hash_of(expected[i].policy, worlds[0], demand);
        uint64_t paper = hash_of(expected[i].policy, worlds[1], demand);
        bool same = fifo == expected[i].fifo && paper == expected[i].paper;
        wrong += !same;
        printf("    {\"%s\", UINT64_C(0x%016llx), UINT64_C(0x%016llx)},%s\n", expected[i].policy,
               (unsigned long long)fifo, (unsigned long long)paper, same ? "" : " // differs");
    }
    for (int w = 0; w < 2 * GOLDEN_WORLDS; w++) {
        dcat_world_destroy(worlds[w % 2][w / 2]);
    }
    dcat_demand_destroy(demand);
    assert_int_equal(wrong, 0);
}

// Without a hash of its own: whatever is drawn for one purpose is the same bits everywhere.
static void test_drawn_worlds_and_tasks_have_fixed_bits(void **fixture)
{
    (void)fixture;
    dcat_server servers[GOLDEN_SERVERS];
    uint64_t hash = FNV1A_START;
    dcat_draw_servers(1, 1e6, (dcat_range){200e9, 300e9}, 100, servers, GOLDEN_SERVERS);
    for (int i = 0; i < GOLDEN_SERVERS; i++) {
        hash = fnv1a_double(hash, servers[i].site.x);
        hash = fnv1a_double(hash, servers[i].site.y);
        hash = fnv1a_double(hash, servers[i].speed_hz);
    }
    dcat_world *world = golden_world(0, DCAT_QUEUE_FIFO);
    dcat_demand *demand = golden_demand();
    dcat_task tasks[200];
    assert_true(dcat_demand_slot_task_max(demand) <= 200);
    for (uint32_t slot = 0; slot < 100; slot++) {
        size_t count = dcat_demand_slot(demand, world, 5, slot % GOLDEN_CYCLES, slot, 0, tasks);
        for (size_t n = 0; n < count; n++) {
            hash = fnv1a_double(hash, tasks[n].work_cycles);
            hash = fnv1a_double(hash, tasks[n].data_bits);
            hash = fnv1a_double(hash, tasks[n].deadline_s);
            hash = fnv1a(hash, (uint64_t)tasks[n].area);
        }
    }
    for (int a = 0; a < GOLDEN_AREAS; a++) {
        for (int s = 0; s < GOLDEN_SERVERS; s++) {
            dcat_path path = dcat_world_path(world, a, s);
            hash = fnv1a_double(hash, path.seconds_per_bit);
            hash = fnv1a_double(hash, path.propagation_s);
        }
    }
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
    printf("0x%016llx\n", (unsigned long long)hash);
    assert_true(hash == UINT64_C(0x09d3a9f99375e3a7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_runs_give_fixed_bits),
        cmocka_unit_test(test_drawn_worlds_and_tasks_have_fixed_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
