// SPDX-License-Identifier: Apache-2.0
// Hops: 1 + floor(distance / hop length) links, each with a drawn rate.

#include "world/world_lists.h"

#include "dcat/rng.h"
#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include <math.h>

static double hop_count_of(const dcat_network_config *network, double distance_m)
{
    return fmin(1.0 + floor(distance_m / network->hop_m), network->hop_max);
}

// Of links h and h + 1, for an even h.
static dcat_draw hops_draw(const dcat_world *world, size_t area, size_t server, int h)
{
    return dcat_draw_at(world->seed, DCAT_STREAM_LINKS, NETWORK_PART_HOPS, (uint32_t)area,
                        (uint32_t)server, (uint32_t)h / 2);
}

double dcat_world_hop_rate(const dcat_world *world, int area, int server, int hop)
{
    dcat_draw draw = hops_draw(world, (size_t)area, (size_t)server, hop);
    return network_draw_in(world->config.network.rate_bps, dcat_draw_uniform(&draw, hop % 2));
}

// With bounded reach the sum may stop where it is out of reach; it only grows.
static double hops_seconds_per_bit(const dcat_world *world, size_t area, size_t server, int hops)
{
    const dcat_network_config *network = &world->config.network;
    bool bounded = network->reach_s > 0.0;
    double seconds_per_bit = 0.0;
    for (int h = 0; h < hops && !(bounded && !world_in_reach(network, seconds_per_bit, 0.0));
         h += 2) {
        dcat_draw draw = hops_draw(world, area, server, h);
        for (int which = 0; which < 2 && h + which < hops; which++) {
            double uniform = dcat_draw_uniform(&draw, which);
            seconds_per_bit += 1.0 / network_draw_in(network->rate_bps, uniform);
        }
    }
    return seconds_per_bit;
}

static dcat_path hops_path(const dcat_world *world, size_t area, size_t server)
{
    double distance_m = dcat_distance_m(world->config.geometry, world->areas[area].site,
                                        world->servers[server].site);
    double hops = hop_count_of(&world->config.network, distance_m);
    return (dcat_path){
        .seconds_per_bit = hops_seconds_per_bit(world, area, server, (int)hops),
        .propagation_s = distance_m / world->config.network.signal_speed_mps,
        .hop_count = (int)hops,
    };
}

void network_fill_hops(dcat_world *world, size_t first, size_t end)
{
    for (size_t a = first; a < end; a++) {
        for (size_t s = 0; s < world->server_count; s++) {
            network_put_path(world, a, s, hops_path(world, a, s));
        }
    }
}

// No server farther than this is in reach: every hop takes at least reach_bits at the highest rate,
// and signals have a speed.
static double hops_reach_m(const dcat_network_config *network)
{
    double signal_m = network->signal_speed_mps * network->reach_s;
    double hop_least_s = network->reach_bits / network->rate_bps.max;
    double hops = floor(network->reach_s / hop_least_s) + 1.0; // one for rounding
    return hops >= network->hop_max ? signal_m : fmin(hops * network->hop_m, signal_m);
}

// On the Earth a distance costs far more than a draw: rule out what is out of reach by the hops
// that the straight line alone takes, which is shorter.
static bool surely_out_of_reach(const dcat_world *world, const double point[3], size_t area,
                                size_t server, const double server_point[3])
{
    if (world->config.geometry == DCAT_PLANE) {
        return false;
    }
    const dcat_network_config *network = &world->config.network;
    double chord_m = fmax(sqrt(kd_square(point, server_point)) - 1.0, 0.0); // 1 m for rounding
    int hops = (int)hop_count_of(network, chord_m);
    return !world_in_reach(network, hops_seconds_per_bit(world, area, server, hops), 0.0);
}

// The row of one area.
static dcat_status list_area(world_finder *finder, size_t area, double reach_m, network_rows *rows,
                             dcat_error *err)
{
    const dcat_world *world = finder->world;
    dcat_site site = world->areas[area].site;
    double point[3];
    world_point(world->config.geometry, site, point);
    size_t count = world_find_servers(finder, site, reach_m, world->server_count);
    dcat_status status = DCAT_OK;
    for (size_t j = 0; status == DCAT_OK && j < count; j++) {
        size_t s = (size_t)finder->found[j];
        if (surely_out_of_reach(world, point, area, s, finder->map->point[s])) {
            continue;
        }
        dcat_path path = hops_path(world, area, s);
        if (world_in_reach(&world->config.network, path.seconds_per_bit, path.propagation_s)) {
            rows->reach_count++;
            status = network_add_entry(rows,
                                       (network_entry){path.seconds_per_bit, path.propagation_s,
                                                       (int32_t)s, path.hop_count},
                                       err);
        }
    }
    return status;
}

dcat_status network_list_hops(const dcat_world *world, const world_lists *lists, size_t first,
                              size_t end, network_rows *rows, dcat_error *err)
{
    world_finder finder;
    double reach_m = hops_reach_m(&world->config.network);
    dcat_status status = world_finder_make(&finder, world, &lists->map, err);
    for (size_t a = first; status == DCAT_OK && a < end; a++) {
        status = list_area(&finder, a, reach_m, rows, err);
        rows->end[a - first] = rows->entry_count;
    }
    world_finder_free(&finder);
    return status;
}
