// SPDX-License-Identifier: Apache-2.0
// random_world.h - random markets for property tests, and how many cases a test tries.

#ifndef DCAT_TESTS_RANDOM_WORLD_H
#define DCAT_TESTS_RANDOM_WORLD_H

#include "dcat/demand.h"
#include "dcat/rng.h"
#include "dcat/world.h"
#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include "dcat/x/world_facts.h"
#include "support.h"
#include <stdlib.h>

// Cases to try: the default times the environment's DCAT_TEST_SCALE, at least one.
static inline size_t test_cases(size_t by_default)
{
    const char *text = getenv("DCAT_TEST_SCALE");
    double scale = text != NULL ? strtod(text, NULL) : 1.0;
    double count = (double)by_default * (scale > 0.0 ? scale : 1.0);
    return count < 1.0 ? 1 : (size_t)count;
}

static inline dcat_rng test_rng(uint64_t seed)
{
    return dcat_rng_at(seed, DCAT_STREAM_USER, 7, 0);
}

static inline double rng_in(dcat_rng *rng, double low, double high)
{
    return low + (high - low) * dcat_rng_uniform(rng);
}

static inline bool rng_chance(dcat_rng *rng, double probability)
{
    return dcat_rng_uniform(rng) < probability;
}

enum { MARKET_SERVER_MAX = 32, MARKET_AREA_MAX = 8, MARKET_STEP_MAX = 6, MARKET_NODE_MAX = 12 };

// A world and demand for it, both owned by the test.
typedef struct market {
    dcat_world *world;
    dcat_demand *demand;
} market;

static inline void market_destroy(market *m)
{
    dcat_world_destroy(m->world);
    dcat_demand_destroy(m->demand);
    *m = (market){0};
}

// A settings lottery: every rule of the market takes both sides often.
static inline dcat_world_config market_config(dcat_rng *rng)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = rng_in(rng, 50e3, 400e3);
    config.slot_s = rng_chance(rng, 0.5) ? 1.0 : rng_in(rng, 0.3, 1.5);
    config.slots_per_cycle = 1 + (int)dcat_rng_below(rng, 5);
    config.market.task_order = rng_chance(rng, 0.5) ? DCAT_ORDER_ARRIVAL : DCAT_ORDER_URGENCY;
    config.market.queue = rng_chance(rng, 0.5) ? DCAT_QUEUE_FIFO : DCAT_QUEUE_PAPER;
    config.market.handicap_per_gigacycle_s = rng_chance(rng, 0.5) ? 0.0 : rng_in(rng, 0.05, 3.0);
    config.market.time_cost_per_s = rng_chance(rng, 0.5) ? 20.0 : 2000.0;
    config.auction.rea_decrement = rng_chance(rng, 0.5) ? 0.8 : rng_in(rng, 0.3, 0.99);
    config.auction.rea_round_max = rng_chance(rng, 0.5) ? 10 : DCAT_ROUND_UNLIMITED;
    config.auction.rea_all_left = rng_chance(rng, 0.5) ? DCAT_END_UNSOLD : DCAT_END_LOTTERY;
    config.auction.rea_round_end = rng_chance(rng, 0.3) ? DCAT_END_UNSOLD : DCAT_END_LOTTERY;
    config.auction.one_off_offer = rng_in(rng, 0.05, 1.0);
    if (rng_chance(rng, 0.5)) {
        config.auction.ceiling_per_cycle = rng_in(rng, 0.5, 15.0) * 1e-9;
    }
    return config;
}

// A connected graph of nodes in a box of degrees or metres: a random tree and some more links.
static inline void market_graph(dcat_rng *rng, dcat_world_config *config, dcat_site *nodes,
                                dcat_link *links)
{
    size_t node_count = 1 + dcat_rng_below(rng, MARKET_NODE_MAX);
    size_t link_count = 0;
    bool geo = config->geometry == DCAT_GEO;
    for (size_t n = 0; n < node_count; n++) {
        nodes[n] = geo ? (dcat_site){rng_in(rng, 100.0, 108.0), rng_in(rng, 28.0, 36.0)}
                       : (dcat_site){rng_in(rng, 0.0, 800e3), rng_in(rng, 0.0, 800e3)};
    }
    for (size_t n = 1; n < 2 * node_count; n++) {
        int a = (int)(n < node_count ? n : dcat_rng_below(rng, (uint32_t)node_count));
        int b = (int)dcat_rng_below(rng, (uint32_t)(n < node_count ? n : node_count));
        links[link_count++] =
            (dcat_link){.node_a = a,
                        .node_b = b,
                        .length_m = rng_chance(rng, 0.7) ? NAN : rng_in(rng, 0.0, 1e6),
                        .rate_bps = rng_chance(rng, 0.7) ? NAN : rng_in(rng, 1e8, 1e9)};
    }
    config->network.kind = DCAT_NETWORK_GRAPH;
    config->network.nodes = nodes;
    config->network.node_count = node_count;
    config->network.links = links;
    config->network.link_count = link_count;
}

// Every third market is even: work, deadlines and urgency are the same for all tasks, speeds are
// one or the other, sites few, data often none, and unit costs, prices and the ceiling halves of
// the fee, exact ones. So bids tie with each other, with prices and with the ceiling, tasks arrive
// and are urgent at once, and a third task on a server of the faster kind ends just when it must.
#define EVEN_WORK 0x1p39
#define EVEN_SPEED 0x1p38 // 2 s; some have twice that
#define EVEN_DEADLINE_S 3.0

static inline dcat_rng market_even_rng(uint64_t seed)
{
    return dcat_rng_at(seed, DCAT_STREAM_USER, 8, 0);
}

static inline double even_unit_cost(dcat_rng *rng, const dcat_market_config *prices)
{
    double fee =
        dcat_fee(prices->price_per_gigacycle, prices->urgency_s, EVEN_DEADLINE_S, EVEN_WORK);
    return ldexp(fee / EVEN_WORK, -(int)dcat_rng_below(rng, 5));
}

static inline void market_make_even(dcat_rng *rng, dcat_world_config *config, dcat_server *servers,
                                    size_t server_count, dcat_area *areas, size_t area_count)
{
    config->auction.rea_decrement = config->auction.rea_s_decrement = 0.5;
    config->auction.one_off_offer = ldexp(1.0, -(int)dcat_rng_below(rng, 4));
    if (isfinite(config->auction.ceiling_per_cycle)) {
        config->auction.ceiling_per_cycle = even_unit_cost(rng, &config->market);
    }
    size_t place_count = 1 + dcat_rng_below(rng, 3);
    for (size_t i = 0; i < server_count; i++) {
        const dcat_server *place = &servers[i < place_count ? i : i % place_count];
        servers[i].site = place->site;
        servers[i].node = place->node;
        servers[i].speed_hz = rng_chance(rng, 0.5) ? EVEN_SPEED : 2.0 * EVEN_SPEED;
        servers[i].energy_cost = 0.0;
        servers[i].time_cost_per_s = even_unit_cost(rng, &config->market) * servers[i].speed_hz;
    }
    for (size_t a = 0; a < area_count; a++) {
        areas[a].site = servers[a % server_count].site;
        areas[a].node = servers[a % server_count].node;
    }
}

static inline dcat_demand *market_demand_of(const dcat_demand_profile *profile)
{
    dcat_error err = {0};
    dcat_demand *demand = NULL;
    if (dcat_demand_create_profile(profile, &demand, &err) != DCAT_OK) {
        fail_msg("demand: %s", err.message);
    }
    return demand;
}

static inline void demand_make_even(dcat_rng *rng, const dcat_market_config *prices,
                                    dcat_demand_profile *profile)
{
    profile->work_cycles = (dcat_range){EVEN_WORK, EVEN_WORK};
    profile->deadline_s = (dcat_range){EVEN_DEADLINE_S, EVEN_DEADLINE_S};
    if (rng_chance(rng, 0.5)) {
        profile->data_bits = (dcat_range){0.0, 0.0};
    }
    if (isfinite(profile->value_per_gigacycle.min)) { // exactly the fee, or a rounding beside it
        double fee = dcat_fee(prices->price_per_gigacycle, prices->urgency_s, EVEN_DEADLINE_S, 1e9);
        profile->value_per_gigacycle = (dcat_range){fee, fee};
    }
}

static inline dcat_demand *market_demand(dcat_rng *rng, size_t area_count, dcat_rng *even,
                                         const dcat_market_config *prices)
{
    double weight[MARKET_STEP_MAX * MARKET_AREA_MAX];
    for (size_t i = 0; i < MARKET_STEP_MAX * MARKET_AREA_MAX; i++) {
        weight[i] = rng_chance(rng, 0.2) ? 0.0 : dcat_rng_uniform(rng);
    }
    weight[0] = 1.0;
    bool one_size = rng_chance(rng, 0.5);
    bool valued = rng_chance(rng, 0.4);
    dcat_demand_profile profile = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = rng_in(rng, 1.0, 14.0),
        .weight = weight,
        .step_count = MARKET_STEP_MAX,
        .area_count = area_count,
        .work_cycles = {500e9, 900e9},
        .data_bits = {one_size ? 20e6 : 0.0, one_size ? 20e6 : 60e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {valued ? 12.0 : INFINITY, valued ? 30.0 : INFINITY},
        .train_step_count = 3,
    };
    if (even != NULL) {
        demand_make_even(even, prices, &profile);
    }
    return market_demand_of(&profile);
}

// Shares, in half of the markets: rows, tariffs near the costs or far off, ceilings that some
// clusters and some members refuse. Even markets have tariffs that are halves, too.
static inline void market_draw_shares(uint64_t seed, bool even, dcat_world_config *config,
                                      dcat_server *servers, size_t server_count)
{
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 10, 0);
    dcat_rng halves = dcat_rng_at(seed, DCAT_STREAM_USER, 11, 0);
    if (rng_chance(&rng, 0.5)) {
        return;
    }
    config->auction.share = dcat_share_at(dcat_rng_below(&rng, (uint32_t)dcat_share_count()));
    config->auction.opt_out = config->auction.share->by_tariff && rng_chance(&rng, 0.5);
    if (rng_chance(&rng, 0.6)) {
        config->auction.tariff_ceiling =
            even && rng_chance(&rng, 0.7) ? 1.0 + dcat_rng_below(&rng, 2) : rng_in(&rng, 1.0, 1.6);
    }
    bool given = rng_chance(&rng, 0.7);
    for (size_t i = 0; given && i < server_count; i++) {
        servers[i].tariff_per_cycle =
            even ? even_unit_cost(&halves, &config->market)
                 : config->market.time_cost_per_s / 250e9 * rng_in(&rng, 0.7, 1.5);
    }
}

// Nullable, for markets with resources: make them for these servers.
typedef struct dcat_resources *market_resources_of(void *user, uint64_t seed, bool even,
                                                   const dcat_world_config *config,
                                                   const dcat_server *servers, size_t server_count);

// A random market: hops on the plane, or a graph on the plane or on the Earth.
static inline market market_create_by(uint64_t seed, bool shares, market_resources_of *resources_of,
                                      void *user)
{
    dcat_rng rng = test_rng(seed);
    dcat_world_config config = market_config(&rng);
    dcat_server servers[MARKET_SERVER_MAX];
    dcat_area areas[MARKET_AREA_MAX];
    dcat_site nodes[MARKET_NODE_MAX];
    dcat_link links[2 * MARKET_NODE_MAX];
    size_t server_count = 1 + dcat_rng_below(&rng, MARKET_SERVER_MAX);
    size_t area_count = 1 + dcat_rng_below(&rng, MARKET_AREA_MAX);
    dcat_draw_servers(seed, 800e3, (dcat_range){200e9, 300e9}, 100, servers, server_count);
    dcat_draw_areas(seed, 800e3, areas, area_count);
    if (rng_chance(&rng, 0.5)) {
        config.geometry = rng_chance(&rng, 0.7) ? DCAT_GEO : DCAT_PLANE;
        market_graph(&rng, &config, nodes, links);
    }
    for (size_t i = 0; i < server_count; i++) {
        if (config.network.kind == DCAT_NETWORK_GRAPH) {
            servers[i].node = (int)dcat_rng_below(&rng, (uint32_t)config.network.node_count);
            servers[i].site = nodes[servers[i].node];
        }
        if (config.geometry == DCAT_GEO) {
            servers[i].site.x += rng_in(&rng, -0.3, 0.3);
            servers[i].site.y += rng_in(&rng, -0.3, 0.3);
        }
        if (rng_chance(&rng, 0.2)) {
            servers[i].time_cost_per_s = rng_in(&rng, 1.0, 3000.0);
        }
    }
    for (size_t a = 0; config.network.kind == DCAT_NETWORK_GRAPH && a < area_count; a++) {
        areas[a].node = (int)dcat_rng_below(&rng, (uint32_t)config.network.node_count);
        areas[a].site = nodes[areas[a].node];
    }
    dcat_rng even = market_even_rng(seed);
    bool is_even = rng_chance(&even, 0.35);
    if (is_even) {
        market_make_even(&even, &config, servers, server_count, areas, area_count);
    }
    dcat_rng owners = dcat_rng_at(seed, DCAT_STREAM_USER, 10, 0);
    if (rng_chance(&owners, 0.4)) {
        dcat_draw_owners(seed, 1 + (int32_t)dcat_rng_below(&owners, (uint32_t)server_count),
                         servers, server_count);
        for (size_t i = 0; i < server_count; i++) { // and some have none
            servers[i].owner = rng_chance(&owners, 0.2) ? DCAT_NO_OWNER : servers[i].owner;
        }
    }
    if (shares) {
        market_draw_shares(seed, is_even, &config, servers, server_count);
    }
    // Fees are 16.7 to 20 a giga-cycle, and more or less where prices are even.
    dcat_rng terms = dcat_rng_at(seed, DCAT_STREAM_USER, 11, 0);
    if (rng_chance(&terms, 0.4)) {
        config.market.admission_per_gigacycle =
            rng_chance(&terms, 0.3) ? 0.0 : rng_in(&terms, 0.0, 19.0);
        config.market.admission_per_gigacycle_s =
            rng_chance(&terms, 0.2) ? 0.0 : rng_in(&terms, 0.5, 30.0);
    }
    config.market.ceiling_on =
        rng_chance(&terms, 0.5) ? DCAT_CEILING_ON_LIMIT : DCAT_CEILING_ON_BID;
    market made = {0};
    dcat_error err = {0};
    struct dcat_resources *resources =
        resources_of != NULL ? resources_of(user, seed, is_even, &config, servers, server_count)
                             : NULL;
    config.resources = resources;
    if (dcat_world_create(&config, servers, server_count, areas, area_count, seed, &made.world,
                          &err) != DCAT_OK) {
        fail_msg("world of seed %llu: %s", (unsigned long long)seed, err.message);
    }
    dcat_resources_destroy(resources);
    made.demand = market_demand(&rng, area_count, is_even ? &even : NULL, &config.market);
    return made;
}

// One in which every rule is as it is by default inside clusters.
static inline market market_create(uint64_t seed)
{
    return market_create_by(seed, false, NULL, NULL);
}

// One in which half divide in other ways.
static inline market market_create_with_shares(uint64_t seed)
{
    return market_create_by(seed, true, NULL, NULL);
}

// Servers join a random cluster they may legally join, or start a new one. Labels come out
// canonical.
static inline void random_partition(const dcat_world *world, dcat_rng *rng, int32_t *cluster_of)
{
    int32_t cluster_count = 0;
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        int32_t k = (int32_t)dcat_rng_below(rng, (uint32_t)cluster_count + 1);
        for (size_t j = 0; j < i && k < cluster_count; j++) {
            if (cluster_of[j] == k && dcat_world_distance_m(world, (int)i, (int)j) > span_m_max) {
                k = cluster_count;
            }
        }
        cluster_of[i] = k;
        cluster_count += k == cluster_count;
    }
}

#endif
