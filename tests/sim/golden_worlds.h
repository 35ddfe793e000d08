// SPDX-License-Identifier: Apache-2.0
// golden_worlds.h - fixed worlds made without files, and the hash of what happened in them.

#ifndef DCAT_TESTS_SIM_GOLDEN_WORLDS_H
#define DCAT_TESTS_SIM_GOLDEN_WORLDS_H

#include "dcat/run.h"
#include "dcat/x/world_facts.h"
#include "support.h"

enum { GOLDEN_SERVERS = 24, GOLDEN_AREAS = 5, GOLDEN_CYCLES = 6, GOLDEN_WORLDS = 3 };

// FNV-1a, byte by byte from the lowest: the same on every machine.
static inline uint64_t fnv1a(uint64_t hash, uint64_t bits)
{
    for (int byte = 0; byte < 8; byte++) {
        hash = (hash ^ ((bits >> (8 * byte)) & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static inline uint64_t fnv1a_double(uint64_t hash, double value)
{
    union {
        double value;
        uint64_t bits;
    } both = {.value = value};
    return fnv1a(hash, both.bits);
}

#define FNV1A_START UINT64_C(0xcbf29ce484222325)

// Field by field, so that a new counter does not change the hash of old ones.
static inline uint64_t hash_totals(uint64_t hash, const dcat_totals *t)
{
    const int64_t counts[] = {t->arrived,   t->awarded,          t->no_candidate,
                              t->no_bidder, t->all_left,         t->round_limit,
                              t->contested, t->single_candidate, t->member_below_cost};
    const double sums[] = {t->fee,        t->payment,   t->cost,
                           t->transfer_s, t->waiting_s, t->processing_s};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        hash = fnv1a(hash, (uint64_t)counts[i]);
    }
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        hash = fnv1a_double(hash, sums[i]);
    }
    return hash;
}

// World 0: hops, the paper's settings. 1: hops, urgency order, handicap, ceiling, tight prices.
// 2: a ring of nodes with chords, unlimited rounds. Distances on a plane need no more than sqrt(),
// which is exact everywhere; geodesics differ in their last bits between C libraries.
static inline dcat_world *golden_world(int which, dcat_queue_rule queue)
{
    dcat_server servers[GOLDEN_SERVERS];
    dcat_area areas[GOLDEN_AREAS];
    dcat_site nodes[8];
    dcat_link links[12];
    dcat_world_config config = dcat_world_config_default();
    dcat_draw_servers(7, 700e3, (dcat_range){200e9, 300e9}, 100, servers, GOLDEN_SERVERS);
    dcat_draw_areas(7, 700e3, areas, GOLDEN_AREAS);
    config.anneal =
        (dcat_anneal_config){.iteration_max = 20, .recluster_every = 3, .temperature = 0.02};
    config.market.queue = queue;
    if (which == 1) {
        config.market.task_order = DCAT_ORDER_URGENCY;
        config.market.handicap_per_gigacycle_s = 0.3;
        config.market.time_cost_per_s = 2000.0;
        config.auction.ceiling_per_cycle = 12e-9;
    }
    if (which == 2) {
        for (int n = 0; n < 8; n++) {
            nodes[n] = (dcat_site){100e3 * n, n % 2 == 0 ? 0.0 : 300e3};
            links[n] = (dcat_link){n, (n + 1) % 8, NAN, NAN};
        }
        for (int n = 0; n < 4; n++) {
            links[8 + n] = (dcat_link){n, n + 4, NAN, 1e9};
        }
        for (int i = 0; i < GOLDEN_SERVERS; i++) {
            servers[i].node = i % 8;
            areas[i % GOLDEN_AREAS].node = i % GOLDEN_AREAS;
        }
        config.network.kind = DCAT_NETWORK_GRAPH;
        config.network.nodes = nodes;
        config.network.node_count = 8;
        config.network.links = links;
        config.network.link_count = 12;
        config.auction.rea_round_max = DCAT_ROUND_UNLIMITED;
    }
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, GOLDEN_SERVERS, areas, GOLDEN_AREAS, 7, &world, &err) !=
        DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static inline dcat_demand *golden_demand(void)
{
    double weight[GOLDEN_CYCLES * GOLDEN_AREAS];
    for (int i = 0; i < GOLDEN_CYCLES * GOLDEN_AREAS; i++) {
        weight[i] = 1.0 + i % 7;
    }
    const dcat_demand_profile profile = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = 8.0,
        .weight = weight,
        .step_count = GOLDEN_CYCLES,
        .area_count = GOLDEN_AREAS,
        .work_cycles = {500e9, 900e9},
        .data_bits = {10e6, 30e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = 3,
    };
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_profile(&profile, &demand, NULL), DCAT_OK);
    return demand;
}

#endif
