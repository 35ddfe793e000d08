// SPDX-License-Identifier: Apache-2.0
// Servers that are too dear for the public ceiling.

#include "world/world.h"

#include <math.h>

static double lowest_tariff(const dcat_world *world, const dcat_member *members)
{
    double lowest = INFINITY;
    for (size_t i = 0; i < world->server_count; i++) {
        lowest = fmin(lowest, members[i].tariff);
    }
    return lowest;
}

// For one class: what servers are to it.
static void find_dear(dcat_world *world, const dcat_member *members)
{
    const dcat_auction_config *auction = &world->config.auction;
    double lowest = auction->share->by_tariff ? lowest_tariff(world, members) : 0.0;
    for (size_t i = 0; i < world->server_count; i++) {
        const dcat_member *server = &members[i];
        double least_limit = auction->share->by_tariff ? server->unit_cost / server->tariff * lowest
                                                       : server->unit_cost;
        bool dear = least_limit > auction->ceiling_per_cycle ||
                    server->unit_cost > auction->tariff_ceiling * server->tariff;
        bool able = server->speed_hz > 0.0;
        world->dear[i] = world->dear[i] && (dear || !able);
    }
}

// Choice: with several classes of work, who is too dear for every one that it can do. A member who
// is so for some of them alone keeps its cluster from those.
void world_find_dear(dcat_world *world)
{
    bool asked = world->config.dear_alone && !world->config.auction.opt_out;
    world->dear_count = 0;
    for (size_t i = 0; i < world->server_count; i++) {
        world->dear[i] = asked;
    }
    for (size_t q = 0; q < world->class_count; q++) {
        find_dear(world, &world->members[q * world->server_count]);
    }
    for (size_t i = 0; i < world->server_count; i++) {
        world->dear_count += world->dear[i];
    }
}

const uint8_t *dcat_world_dear_view(const dcat_world *world, const dcat_auction *auction)
{
    bool under_ceiling =
        auction != NULL && auction->under_ceiling && auction->limit == DCAT_LIMIT_MAX;
    return under_ceiling && world->dear_count > 0 ? world->dear : NULL;
}
