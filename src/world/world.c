// SPDX-License-Identifier: Apache-2.0
#include "world/world.h"

#include "dcat/rng.h"
#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include "resources/resources.h"
#include "world/world_lists.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Up to so many servers their distances are kept in a table (32 MiB), beyond they are computed when
// asked for.
#define DISTANCE_TABLE_MAX 2048

// Counts must be set; places the arrays of world in the arena.
static void layout(arena *a, dcat_world *world)
{
    size_t S = world->server_count;
    size_t A = world->area_count;
    const dcat_network_config *network = &world->config.network;
    world->servers = ARENA_ARRAY(a, dcat_server, S);
    world->areas = ARENA_ARRAY(a, dcat_area, A);
    world->nodes = ARENA_ARRAY(a, dcat_site, network->node_count);
    world->links = ARENA_ARRAY(a, dcat_link, network->link_count);
    world->link_rate_bps = ARENA_ARRAY(a, double, network->link_count);
    world->unit_cost = ARENA_ARRAY(a, double, S);
    world->classes = ARENA_ARRAY(a, world_class, world->class_count);
    world->members = ARENA_ARRAY(a, dcat_member, world->class_count * S);
    size_t resources_size = world_resources_bytes(&world->config);
    world->resources = resources_size > 0 ? arena_take(a, resources_size) : NULL;
    world->true_speed_hz =
        world->config.true_speed_hz != NULL ? ARENA_ARRAY(a, double, world->class_count *S) : NULL;
    world->dear = ARENA_ARRAY(a, uint8_t, S);
    world->distance_m = S <= DISTANCE_TABLE_MAX ? ARENA_ARRAY(a, double, S *S) : NULL;
    if (network->reach_s == 0.0) {
        world->seconds_per_bit = ARENA_ARRAY(a, double, A *S);
        world->propagation_s = ARENA_ARRAY(a, double, A *S);
        world->hop_count = ARENA_ARRAY(a, int32_t, A * S);
    } else {
        world->stops.count = world_stop_count(world);
        world->stops.first = ARENA_ARRAY(a, int32_t, world->stops.count + 1);
        world->stops.server = ARENA_ARRAY(a, int32_t, S);
        world->stops.seconds_per_bit = ARENA_ARRAY(a, double, S);
        world->stops.propagation_s = ARENA_ARRAY(a, double, S);
    }
}

// What comes behind, once the lists are made.
static void layout_lists(arena *a, dcat_world *world, const world_lists *lists)
{
    size_t S = world->server_count;
    size_t pair_count = 2 * lists->pair_count;
    world->neighbour_first = ARENA_ARRAY(a, size_t, S + 1);
    world->neighbour = ARENA_ARRAY(a, int32_t, pair_count);
    world->neighbour_m = ARENA_ARRAY(a, double, pair_count);
    if (lists->rows != NULL) {
        world->reach_count = lists->reach_count;
        world->row_first = ARENA_ARRAY(a, size_t, world->area_count + 1);
        world->row_stop = ARENA_ARRAY(a, int32_t, lists->entry_count);
        world->seconds_per_bit = ARENA_ARRAY(a, double, lists->entry_count);
        world->propagation_s = ARENA_ARRAY(a, double, lists->entry_count);
        world->hop_count = ARENA_ARRAY(a, int32_t, lists->entry_count);
    }
}

static void copy_servers(dcat_world *world, const dcat_server *servers)
{
    const dcat_market_config *market = &world->config.market;
    for (size_t i = 0; i < world->server_count; i++) {
        dcat_server *server = &world->servers[i];
        *server = servers[i];
        world->owner_max = server->owner > world->owner_max ? server->owner : world->owner_max;
        server->energy_cost =
            isnan(server->energy_cost) ? market->energy_cost : server->energy_cost;
        server->time_cost_per_s =
            isnan(server->time_cost_per_s) ? market->time_cost_per_s : server->time_cost_per_s;
        world->unit_cost[i] = dcat_unit_cost(server->energy_cost, server->time_cost_per_s,
                                             server->speed_hz, server->core_count);
    }
}

// A cluster's limit must be positive for a clock to reach it: some cost, however small.
static dcat_status check_unit_costs(const dcat_world *world, dcat_error *err)
{
    for (size_t i = 0; i < world->server_count; i++) {
        if (!(world->unit_cost[i] > 0.0 && isfinite(world->unit_cost[i]))) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "server %zu: its cost per cycle (8) must be finite and > 0, got %g; "
                             "give it an energy or a time cost",
                             i, world->unit_cost[i]);
        }
    }
    return DCAT_OK;
}

static void fill_distances(dcat_world *world)
{
    size_t S = world->server_count;
    for (size_t i = 0; world->distance_m != NULL && i < S; i++) {
        world->distance_m[i * S + i] = 0.0;
        for (size_t j = 0; j < i; j++) {
            double distance_m = dcat_distance_m(world->config.geometry, world->servers[i].site,
                                                world->servers[j].site);
            world->distance_m[i * S + j] = distance_m;
            world->distance_m[j * S + i] = distance_m;
        }
    }
}

// What the configuration points to beside the network.
static void copy_resources(dcat_world *world, const dcat_world_config *from)
{
    if (world->resources != NULL) {
        world->config.resources = resources_copy(world->resources, from->resources);
    }
    if (world->true_speed_hz != NULL) {
        memcpy(world->true_speed_hz, from->true_speed_hz,
               sizeof *world->true_speed_hz * world->class_count * world->server_count);
        world->config.true_speed_hz = world->true_speed_hz;
    }
}

static dcat_status fill(dcat_world *world, const dcat_world_config *config,
                        const dcat_server *servers, const dcat_area *areas, dcat_error *err)
{
    const dcat_network_config *network = &config->network;
    copy_servers(world, servers);
    memcpy(world->areas, areas, sizeof *areas * world->area_count);
    if (network->node_count > 0) {
        memcpy(world->nodes, network->nodes, sizeof *network->nodes * network->node_count);
    }
    if (network->link_count > 0) {
        memcpy(world->links, network->links, sizeof *network->links * network->link_count);
    }
    world->config.network.nodes = world->nodes;
    world->config.network.links = world->links;
    copy_resources(world, config);
    dcat_auction_rules_init(&world->rules, &config->auction);
    world->rules_on_limits = world->rules;
    world->rules_on_limits.config.ceiling_per_cycle = INFINITY;
    dcat_status status = check_unit_costs(world, err);
    if (status == DCAT_OK) {
        status = world_fill_classes(world, err);
    }
    if (status == DCAT_OK) {
        world_find_dear(world);
        fill_distances(world);
        status = network_fill(world, err);
    }
    // Paths have them now.
    world->config.network.latency_s = NULL;
    world->config.network.area_zone = world->config.network.server_zone = NULL;
    world->config.network.zone_count = 0;
    return status;
}

// Memory for a world; NULL and an error if there is none. More than there can be is not asked for:
// the system may promise it and end the process later.
static unsigned char *take_block(const dcat_world *sizes, size_t byte_count, dcat_error *err)
{
    const dcat_world_needs needs = {.bytes = (double)byte_count};
    if (world_needs_check(&needs, sizes, err) != DCAT_OK) {
        return NULL;
    }
    unsigned char *block = aligned_alloc(DCAT_ARENA_ALIGN, byte_count);
    if (block == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world of %zu servers (%zu MiB)",
                  sizes->server_count, byte_count >> 20);
    }
    return block;
}

// The world without its lists, in a block of its own.
static dcat_status create_part(const dcat_world *sizes, const dcat_server *servers,
                               const dcat_area *areas, dcat_world **part, dcat_error *err)
{
    dcat_world measured = *sizes;
    arena measure = {0};
    arena_take(&measure, sizeof measured);
    layout(&measure, &measured);
    arena place = {.base = take_block(sizes, measure.used, err)};
    if (place.base == NULL) {
        return DCAT_ERR_MEMORY;
    }
    dcat_world *made = arena_take(&place, sizeof *made);
    *made = *sizes;
    layout(&place, made);
    dcat_status status = fill(made, &sizes->config, servers, areas, err);
    if (status != DCAT_OK) {
        free(made);
        return status;
    }
    *part = made;
    return DCAT_OK;
}

// The part and its lists in one block: what the part points to lies as far from it as before.
static dcat_status create_whole(const dcat_world *part, world_lists *lists, dcat_world **world,
                                dcat_error *err)
{
    dcat_world sizes = *part;
    arena measure = {0};
    arena_take(&measure, sizeof sizes);
    layout(&measure, &sizes);
    size_t part_bytes = measure.used;
    layout_lists(&measure, &sizes, lists);
    arena place = {.base = take_block(part, measure.used, err)};
    if (place.base == NULL) {
        return DCAT_ERR_MEMORY;
    }
    memcpy(place.base, part, part_bytes);
    dcat_world *made = arena_take(&place, sizeof *made);
    layout(&place, made);
    layout_lists(&place, made, lists);
    made->config.network.nodes = made->nodes;
    made->config.network.links = made->links;
    copy_resources(made, &part->config);
    world_lists_move(lists, made);
    *world = made;
    return DCAT_OK;
}

// The part of a world from which the lists are made, its map, and what both will need; the caller
// frees the part and destroys the lists, whatever came of it.
static dcat_status begin(const dcat_world_config *config, const dcat_server *servers,
                         size_t server_count, const dcat_area *areas, size_t area_count,
                         uint64_t seed, dcat_world **part, world_lists *lists,
                         dcat_world_needs *needs, dcat_error *err)
{
    *part = NULL;
    *lists = (world_lists){0};
    dcat_status status = world_check_inputs(config, servers, server_count, areas, area_count, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_world sizes = {
        .config = *config, .seed = seed, .server_count = server_count, .area_count = area_count};
    sizes.class_count =
        config->resources != NULL ? dcat_resources_class_count(config->resources) : 1;
    if (config->network.kind == DCAT_NETWORK_HOPS) { // ignores a graph that came along
        sizes.config.network.node_count = 0;
        sizes.config.network.link_count = 0;
    }
    status = create_part(&sizes, servers, areas, part, err);
    if (status == DCAT_OK) {
        status = world_lists_begin(lists, *part, err);
    }
    if (status == DCAT_OK) {
        arena measure = {0};
        layout(&measure, &sizes);
        status = world_lists_needs(lists, *part, measure.used, needs, err);
    }
    return status;
}

dcat_status dcat_world_needs_of(const dcat_world_config *config, const dcat_server *servers,
                                size_t server_count, const dcat_area *areas, size_t area_count,
                                uint64_t seed, dcat_world_needs *needs, dcat_error *err)
{
    dcat_world *part;
    world_lists lists;
    dcat_status status =
        begin(config, servers, server_count, areas, area_count, seed, &part, &lists, needs, err);
    needs->limit_bytes = world_memory_bytes();
    world_lists_destroy(&lists);
    free(part);
    return status;
}

dcat_status dcat_world_create(const dcat_world_config *config, const dcat_server *servers,
                              size_t server_count, const dcat_area *areas, size_t area_count,
                              uint64_t seed, dcat_world **world, dcat_error *err)
{
    dcat_world *part;
    world_lists lists;
    dcat_world_needs needs;
    dcat_status status =
        begin(config, servers, server_count, areas, area_count, seed, &part, &lists, &needs, err);
    if (status == DCAT_OK) {
        status = world_needs_check(&needs, part, err);
    }
    if (status == DCAT_OK) {
        status = world_lists_create(&lists, part, err);
    }
    if (status == DCAT_OK) {
        status = create_whole(part, &lists, world, err);
    }
    world_lists_destroy(&lists);
    free(part);
    return status;
}

void dcat_world_destroy(dcat_world *world)
{
    free(world);
}

const dcat_world_config *dcat_world_config_view(const dcat_world *world)
{
    return &world->config;
}

double dcat_world_slot_start_s(const dcat_world *world, uint32_t cycle, uint32_t slot)
{
    const dcat_world_config *config = &world->config;
    return ((double)cycle * config->slots_per_cycle + slot) * config->slot_s;
}

size_t dcat_world_server_count(const dcat_world *world)
{
    return world->server_count;
}

size_t dcat_world_area_count(const dcat_world *world)
{
    return world->area_count;
}

const dcat_server *dcat_world_servers_view(const dcat_world *world)
{
    return world->servers;
}

const dcat_area *dcat_world_areas_view(const dcat_world *world)
{
    return world->areas;
}

const double *dcat_world_unit_cost_view(const dcat_world *world)
{
    return world->unit_cost;
}

const dcat_member *dcat_world_members_view(const dcat_world *world)
{
    return world->members;
}

uint64_t dcat_world_seed(const dcat_world *world)
{
    return world->seed;
}

// Where a value is in an ascending array, or where it would be.
static size_t lower_bound(const int32_t *array, size_t low, size_t high, int32_t value)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (array[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The path by way of the server's stop, if that has one in reach.
static dcat_path path_in_reach(const dcat_world *world, size_t area, int32_t server)
{
    const dcat_path none = {INFINITY, INFINITY, 0};
    const world_stops *stops = &world->stops;
    int32_t stop = world_stop_of(world, (size_t)server);
    size_t end = world->row_first[area + 1];
    size_t at = lower_bound(world->row_stop, world->row_first[area], end, stop);
    if (at == end || world->row_stop[at] != stop) {
        return none;
    }
    size_t m = lower_bound(stops->server, (size_t)stops->first[stop],
                           (size_t)stops->first[stop + 1], server);
    dcat_path path = world_path_by(world, at, m);
    bool in_reach =
        world_in_reach(&world->config.network, path.seconds_per_bit, path.propagation_s);
    return in_reach ? path : none;
}

dcat_path dcat_world_path(const dcat_world *world, int area, int server)
{
    assert(area >= 0 && (size_t)area < world->area_count);
    assert(server >= 0 && (size_t)server < world->server_count);
    if (world->row_first != NULL) {
        return path_in_reach(world, (size_t)area, server);
    }
    size_t at = (size_t)area * world->server_count + (size_t)server;
    return (dcat_path){world->seconds_per_bit[at], world->propagation_s[at], world->hop_count[at]};
}

size_t dcat_world_paths(const dcat_world *world, int area, int32_t *servers, dcat_path *paths)
{
    assert(area >= 0 && (size_t)area < world->area_count);
    size_t count = 0;
    if (world->row_first == NULL) {
        for (; count < world->server_count; count++) {
            servers[count] = (int32_t)count;
            paths[count] = dcat_world_path(world, area, (int)count);
        }
        return count;
    }
    const world_stops *stops = &world->stops;
    for (size_t at = world->row_first[area]; at < world->row_first[area + 1]; at++) {
        int32_t stop = world->row_stop[at];
        for (int32_t m = stops->first[stop]; m < stops->first[stop + 1]; m++) {
            dcat_path path = world_path_by(world, at, (size_t)m);
            if (world_in_reach(&world->config.network, path.seconds_per_bit, path.propagation_s)) {
                servers[count] = stops->server[m];
                paths[count++] = path;
            }
        }
    }
    return count;
}

size_t dcat_world_path_count(const dcat_world *world)
{
    return world->row_first == NULL ? world->area_count * world->server_count : world->reach_count;
}

size_t dcat_world_pair_count(const dcat_world *world)
{
    return world->neighbour_first[world->server_count] / 2;
}

const double *dcat_world_link_rate_view(const dcat_world *world)
{
    return world->config.network.kind == DCAT_NETWORK_GRAPH ? world->link_rate_bps : NULL;
}

// What the parts of the SITES stream are for.
enum { PART_SERVER_SITE, PART_SERVER_SPEED, PART_AREA_SITE, PART_SERVER_COST };

static dcat_site draw_site(uint64_t seed, uint32_t part, uint32_t index, double side_m)
{
    dcat_draw draw = dcat_draw_at(seed, DCAT_STREAM_SITES, part, 0, 0, index);
    return (dcat_site){side_m * dcat_draw_uniform(&draw, 0), side_m * dcat_draw_uniform(&draw, 1)};
}

void dcat_draw_servers(uint64_t seed, double side_m, dcat_range speed_hz, int core_count,
                       dcat_server *servers, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        dcat_draw draw =
            dcat_draw_at(seed, DCAT_STREAM_SITES, PART_SERVER_SPEED, 0, 0, (uint32_t)i);
        servers[i] = (dcat_server){
            .site = draw_site(seed, PART_SERVER_SITE, (uint32_t)i, side_m),
            .speed_hz = speed_hz.min + (speed_hz.max - speed_hz.min) * dcat_draw_uniform(&draw, 0),
            .core_count = core_count,
            .energy_cost = NAN,
            .time_cost_per_s = NAN,
            .node = -1,
        };
    }
}

void dcat_draw_costs(uint64_t seed, const dcat_market_config *market, double noise,
                     dcat_server *servers, size_t server_count)
{
    for (size_t i = 0; noise > 0.0 && i < server_count; i++) {
        dcat_draw draw = dcat_draw_at(seed, DCAT_STREAM_SITES, PART_SERVER_COST, 0, 0, (uint32_t)i);
        double factor = 1.0 + noise * (2.0 * dcat_draw_uniform(&draw, 0) - 1.0);
        servers[i].energy_cost = market->energy_cost * factor;
        servers[i].time_cost_per_s = market->time_cost_per_s * factor;
    }
}

void dcat_draw_areas(uint64_t seed, double side_m, dcat_area *areas, size_t area_count)
{
    for (size_t i = 0; i < area_count; i++) {
        areas[i] =
            (dcat_area){.site = draw_site(seed, PART_AREA_SITE, (uint32_t)i, side_m), .node = -1};
    }
}

void dcat_draw_owners(uint64_t seed, int32_t owner_count, dcat_server *servers, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        dcat_draw draw = dcat_draw_at(seed, DCAT_STREAM_OWNERS, 0, 0, 0, (uint32_t)i);
        servers[i].owner = 1 + (int32_t)dcat_pick(dcat_draw_u64(&draw, 0), (uint32_t)owner_count);
    }
}
