// SPDX-License-Identifier: Apache-2.0
#include "base/sized.h"
#include "dcat/world.h"

#include <math.h>

dcat_world_config dcat_world_config_default(void)
{
    return (dcat_world_config){
        DCAT_SIZED(dcat_world_config),
        .geometry = DCAT_PLANE,
        .span_m_max = 200e3,
        .slot_s = 1.0,
        .slots_per_cycle = 20,
        .market =
            {
                .price_per_gigacycle = 10.0,
                .urgency_s = 2.0,
                .energy_cost = 1e-28,
                .time_cost_per_s = 20.0,
                .task_order = DCAT_ORDER_ARRIVAL,
                .queue = DCAT_QUEUE_FIFO,
                .handicap_per_gigacycle_s = 0.0,
                .admission_per_gigacycle = 0.0,
                .admission_per_gigacycle_s = 0.0,
                .ceiling_on = DCAT_CEILING_ON_BID,
            },
        .auction = dcat_auction_config_default(),
        .network =
            {
                .kind = DCAT_NETWORK_HOPS,
                .rate_bps = {100e6, 500e6},
                .signal_speed_mps = 3e8,
                .reference_bits = 20e6,
                .reach_s = 0.0,
                .reach_bits = 0.0,
                .reach_work_cycles = 0.0,
                .hop_m = 60e3,
                .hop_max = 24,
                .access_bps = {100e6, 500e6},
            },
        .kmeans_cluster_count = 0,
        .kmeans_start = DCAT_KMEANS_PLUS_PLUS,
        .anneal = {.iteration_max = 2000, .recluster_every = 24, .temperature = 0.02},
        .dear_alone = true,
        .guard = true,
        .guard_margin = 0.02,
    };
}

// The bounds of one number as the scenario writes it.
typedef struct bound {
    const char *name;
    double value;
    double low;
    bool low_allowed;
} bound;

static dcat_status check_bounds(const bound *bounds, size_t count, dcat_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const bound *b = &bounds[i];
        bool ok = isfinite(b->value) && (b->low_allowed ? b->value >= b->low : b->value > b->low);
        if (!ok) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s must be finite and %s %g, got %g", b->name,
                             b->low_allowed ? ">=" : ">", b->low, b->value);
        }
    }
    return DCAT_OK;
}

static dcat_status check_range(const char *name, dcat_range range, dcat_error *err)
{
    if (!(range.min > 0.0 && range.min <= range.max && isfinite(range.max))) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "%s must be a range of finite numbers > 0, got [%g, %g]", name, range.min,
                         range.max);
    }
    return DCAT_OK;
}

static dcat_status check_market(const dcat_market_config *market, dcat_error *err)
{
    const bound bounds[] = {
        {"market.price_per_gigacycle", market->price_per_gigacycle, 0.0, false},
        {"market.urgency_s", market->urgency_s, 0.0, true},
        {"market.energy_cost_per_cycle_hz2", market->energy_cost, 0.0, true},
        {"market.time_cost_per_s", market->time_cost_per_s, 0.0, true},
    };
    dcat_status status = check_bounds(bounds, sizeof bounds / sizeof bounds[0], err);
    if (status != DCAT_OK) {
        return status;
    }
    if (market->task_order != DCAT_ORDER_ARRIVAL && market->task_order != DCAT_ORDER_URGENCY) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "market.task_order must be arrival or urgency, got %d",
                         (int)market->task_order);
    }
    if (market->queue != DCAT_QUEUE_FIFO && market->queue != DCAT_QUEUE_PAPER) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.queue must be fifo or paper, got %d",
                         (int)market->queue);
    }
    if (market->ceiling_on != DCAT_CEILING_ON_BID && market->ceiling_on != DCAT_CEILING_ON_LIMIT) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.ceiling_on must be bid or limit, got %d",
                         (int)market->ceiling_on);
    }
    const bound terms[] = {
        {"market.handicap_per_gigacycle_s", market->handicap_per_gigacycle_s, 0.0, true},
        {"market.admission_per_gigacycle", market->admission_per_gigacycle, 0.0, true},
        {"market.admission_per_gigacycle_s", market->admission_per_gigacycle_s, 0.0, true},
    };
    return check_bounds(terms, sizeof terms / sizeof terms[0], err);
}

static dcat_status check_hops(const dcat_network_config *network, dcat_error *err)
{
    const bound bounds[] = {
        {"network.hops.hop_km", network->hop_m, 0.0, false},
        {"network.hops.hop_max", network->hop_max, 1.0, true},
    };
    return check_bounds(bounds, sizeof bounds / sizeof bounds[0], err);
}

static dcat_status check_graph(const dcat_network_config *network, dcat_error *err)
{
    dcat_status status = check_range("network.access_mbps", network->access_bps, err);
    if (status == DCAT_OK && network->node_count == 0) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "network.graph needs at least one node");
    }
    return status;
}

static dcat_status check_network(const dcat_network_config *network, dcat_error *err)
{
    if (network->kind != DCAT_NETWORK_HOPS && network->kind != DCAT_NETWORK_GRAPH) {
        return dcat_fail(err, DCAT_ERR_RANGE, "network.kind must be hops or graph, got %d",
                         (int)network->kind);
    }
    const bound bounds[] = {
        {"network.signal_speed_mps", network->signal_speed_mps, 0.0, false},
        {"network.reference_data_mb", network->reference_bits, 0.0, true},
        {"network.reach_s", network->reach_s, 0.0, true},
        {"network.reach_bits", network->reach_bits, 0.0, true},
        {"network.reach_work_cycles", network->reach_work_cycles, 0.0, true},
    };
    dcat_status status = check_range("network.link_mbps", network->rate_bps, err);
    if (status == DCAT_OK) {
        status = check_bounds(bounds, sizeof bounds / sizeof bounds[0], err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    return network->kind == DCAT_NETWORK_HOPS ? check_hops(network, err)
                                              : check_graph(network, err);
}

static dcat_status check_kmeans(const dcat_world_config *config, dcat_error *err)
{
    const bound count = {"clustering.kmeans.cluster_count", config->kmeans_cluster_count, 0.0,
                         true};
    dcat_status status = check_bounds(&count, 1, err);
    if (status == DCAT_OK && config->kmeans_start != DCAT_KMEANS_PLUS_PLUS &&
        config->kmeans_start != DCAT_KMEANS_RANDOM) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "clustering.kmeans.start must be plus-plus or random, got %d",
                         (int)config->kmeans_start);
    }
    return status;
}

static dcat_status check_clustering(const dcat_world_config *config, dcat_error *err)
{
    const bound bounds[] = {
        {"clustering.guard_margin", config->guard_margin, 0.0, true},
        {"clustering.anneal.iteration_max", config->anneal.iteration_max, 1.0, true},
        {"clustering.anneal.recluster_every", config->anneal.recluster_every, 1.0, true},
        {"clustering.anneal.temperature", config->anneal.temperature, 0.0, false},
    };
    dcat_status status = check_kmeans(config, err);
    return status == DCAT_OK ? check_bounds(bounds, sizeof bounds / sizeof bounds[0], err) : status;
}

dcat_status dcat_world_config_check(const dcat_world_config *config, dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_world_config, config, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (config->geometry != DCAT_PLANE && config->geometry != DCAT_GEO) {
        return dcat_fail(err, DCAT_ERR_RANGE, "geometry must be plane or geo, got %d",
                         (int)config->geometry);
    }
#ifndef DCAT_HAVE_PROJ
    if (config->geometry == DCAT_GEO) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "geometry geo needs PROJ, which this build of dcat does without");
    }
#endif
    const bound bounds[] = {
        {"clustering.span_max_km", config->span_m_max, 0.0, true},
        {"time.slot_s", config->slot_s, 0.0, false},
        {"time.slots_per_cycle", config->slots_per_cycle, 1.0, true},
    };
    status = check_bounds(bounds, sizeof bounds / sizeof bounds[0], err);
    if (status == DCAT_OK) {
        status = check_market(&config->market, err);
    }
    if (status == DCAT_OK) {
        status = dcat_auction_config_check(&config->auction, err);
    }
    if (status == DCAT_OK) {
        status = check_network(&config->network, err);
    }
    return status == DCAT_OK ? check_clustering(config, err) : status;
}
