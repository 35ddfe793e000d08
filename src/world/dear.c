// SPDX-License-Identifier: Apache-2.0
// Servers that are too dear for the public ceiling.

#include "world/world.h"

#include <math.h>

static double lowest_tariff(const dcat_world *world)
{
    double lowest = INFINITY;
    for (size_t i = 0; i < world->server_count; i++) {
        lowest = fmin(lowest, world->members[i].tariff);
    }
    return lowest;
}

void world_find_dear(dcat_world *world)
{
    const dcat_auction_config *auction = &world->config.auction;
    double lowest = auction->share->by_tariff ? lowest_tariff(world) : 0.0;
    bool asked = world->config.dear_alone && !auction->opt_out;
    world->dear_count = 0;
    for (size_t i = 0; i < world->server_count; i++) {
        const dcat_member *server = &world->members[i];
        double least_limit = auction->share->by_tariff ? server->unit_cost / server->tariff * lowest
                                                       : server->unit_cost;
        bool dear = least_limit > auction->ceiling_per_cycle ||
                    server->unit_cost > auction->tariff_ceiling * server->tariff;
        world->dear[i] = asked && dear;
        world->dear_count += world->dear[i];
    }
}

const uint8_t *dcat_world_dear_view(const dcat_world *world, const dcat_auction *auction)
{
    bool under_ceiling = auction->under_ceiling && auction->limit == DCAT_LIMIT_MAX;
    return under_ceiling && world->dear_count > 0 ? world->dear : NULL;
}
