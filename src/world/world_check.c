// SPDX-License-Identifier: Apache-2.0
// What a world may be made of.

#include "resources/resources.h"
#include "world/world.h"

#include <math.h>

static dcat_status check_site(const char *what, size_t index, dcat_geometry geometry,
                              dcat_site site, dcat_error *err)
{
    if (!isfinite(site.x) || !isfinite(site.y)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s %zu: position must be finite, got (%g, %g)", what,
                         index, site.x, site.y);
    }
    if (geometry == DCAT_GEO && (fabs(site.x) > 180.0 || fabs(site.y) > 90.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "%s %zu: longitude must be in [-180, 180] and latitude in [-90, 90], "
                         "got (%g, %g)",
                         what, index, site.x, site.y);
    }
    return DCAT_OK;
}

static dcat_status check_node(const char *what, size_t index, const dcat_network_config *network,
                              int node, dcat_error *err)
{
    if (network->kind == DCAT_NETWORK_GRAPH && (node < 0 || (size_t)node >= network->node_count)) {
        return dcat_fail(err, DCAT_ERR_REFERENCE, "%s %zu: node %d does not exist, there are %zu",
                         what, index, node, network->node_count);
    }
    return DCAT_OK;
}

// NAN stands for the market's value.
static bool own_cost_ok(double cost)
{
    return isnan(cost) || (cost >= 0.0 && isfinite(cost));
}

static dcat_status check_server(const dcat_world_config *config, const dcat_server *server,
                                size_t server_count, size_t index, dcat_error *err)
{
    if (!(server->speed_hz > 0.0 && isfinite(server->speed_hz))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "server %zu: speed must be > 0 GHz, got %g", index,
                         server->speed_hz * 1e-9);
    }
    if (server->core_count < 1) {
        return dcat_fail(err, DCAT_ERR_RANGE, "server %zu: cores must be >= 1, got %d", index,
                         server->core_count);
    }
    if (!own_cost_ok(server->energy_cost) || !own_cost_ok(server->time_cost_per_s)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "server %zu: costs must be >= 0, got %g and %g",
                         index, server->energy_cost, server->time_cost_per_s);
    }
    if (server->owner < 0 || (size_t)server->owner > server_count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "server %zu: owner must be in [0, %zu], the number of servers, got %d",
                         index, server_count, server->owner);
    }
    if (!(server->tariff_per_cycle >= 0.0 && isfinite(server->tariff_per_cycle))) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "server %zu: tariff must be > 0 per giga-cycle, or 0 for none, got %g",
                         index, server->tariff_per_cycle * 1e9);
    }
    dcat_status status = check_node("server", index, &config->network, server->node, err);
    return status != DCAT_OK ? status
                             : check_site("server", index, config->geometry, server->site, err);
}

static dcat_status check_area(const dcat_world_config *config, const dcat_area *area, size_t index,
                              dcat_error *err)
{
    dcat_status status = check_node("area", index, &config->network, area->node, err);
    return status != DCAT_OK ? status
                             : check_site("area", index, config->geometry, area->site, err);
}

static dcat_status check_link(const dcat_network_config *network, const dcat_link *link,
                              size_t index, dcat_error *err)
{
    dcat_status status = check_node("link", index, network, link->node_a, err);
    if (status == DCAT_OK) {
        status = check_node("link", index, network, link->node_b, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (link->length_m < 0.0 || isinf(link->length_m)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "link %zu: length must be >= 0 km, got %g", index,
                         link->length_m * 1e-3);
    }
    if (link->rate_bps <= 0.0 || isinf(link->rate_bps)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "link %zu: rate must be > 0 Mb/s, got %g", index,
                         link->rate_bps * 1e-6);
    }
    return DCAT_OK;
}

static dcat_status check_graph(const dcat_world_config *config, dcat_error *err)
{
    const dcat_network_config *network = &config->network;
    dcat_status status = DCAT_OK;
    if (network->kind != DCAT_NETWORK_GRAPH) {
        return status;
    }
    for (size_t i = 0; status == DCAT_OK && i < network->node_count; i++) {
        status = check_site("node", i, config->geometry, network->nodes[i], err);
    }
    for (size_t i = 0; status == DCAT_OK && i < network->link_count; i++) {
        status = check_link(network, &network->links[i], i, err);
    }
    return status;
}

// Server and area indices key random draws and label arrays, so they must fit 31 bits; and the
// sizes of the [S, S] and [A, S] tables must not overflow.
static dcat_status check_zones(const char *what, const int32_t *zone, size_t count,
                               size_t zone_count, dcat_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (zone[i] < -1 || (zone[i] >= 0 && (size_t)zone[i] >= zone_count)) {
            return dcat_fail(err, DCAT_ERR_REFERENCE,
                             "%s %zu: zone %d does not exist, there are %zu", what, i, zone[i],
                             zone_count);
        }
    }
    return DCAT_OK;
}

static dcat_status check_latency(const dcat_network_config *network, size_t server_count,
                                 size_t area_count, dcat_error *err)
{
    if (network->latency_s == NULL) {
        return DCAT_OK;
    }
    if (network->area_zone == NULL || network->server_zone == NULL || network->reach_s > 0.0) {
        return dcat_fail(
            err, DCAT_ERR_RANGE,
            "delays between zones need the zones of areas and servers, and no bound on "
            "reach");
    }
    for (size_t i = 0; i < network->zone_count * network->zone_count; i++) {
        double delay_s = network->latency_s[i];
        if (!isnan(delay_s) && !(delay_s >= 0.0 && isfinite(delay_s))) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "the delay from zone %zu to zone %zu must be finite and >= 0, got %g",
                             i / network->zone_count, i % network->zone_count, delay_s);
        }
    }
    dcat_status status =
        check_zones("area", network->area_zone, area_count, network->zone_count, err);
    return status == DCAT_OK
               ? check_zones("server", network->server_zone, server_count, network->zone_count, err)
               : status;
}

#define COUNT_MAX ((size_t)1 << 28)

dcat_status world_check_inputs(const dcat_world_config *config, const dcat_server *servers,
                               size_t server_count, const dcat_area *areas, size_t area_count,
                               dcat_error *err)
{
    dcat_status status = dcat_world_config_check(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (server_count == 0 || area_count == 0 || server_count > COUNT_MAX ||
        area_count > COUNT_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "a world needs 1 to 2^28 servers and areas, got %zu and %zu", server_count,
                         area_count);
    }
    if (config->true_speed_hz != NULL &&
        (config->resources == NULL || config->market.queue != DCAT_QUEUE_FIFO)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "true speeds need resources and first-in-first-out queues");
    }
    if (config->resources != NULL && resources_server_count(config->resources) != server_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the resources are of %zu servers, the world has %zu",
                         resources_server_count(config->resources), server_count);
    }
    for (size_t i = 0; status == DCAT_OK && i < server_count; i++) {
        status = check_server(config, &servers[i], server_count, i, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < area_count; i++) {
        status = check_area(config, &areas[i], i, err);
    }
    if (status == DCAT_OK) {
        status = check_latency(&config->network, server_count, area_count, err);
    }
    return status == DCAT_OK ? check_graph(config, err) : status;
}
