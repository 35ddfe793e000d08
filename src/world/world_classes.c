// SPDX-License-Identifier: Apache-2.0
// What servers are to each class of work.

#include "dcat/demand.h"
#include "dcat/x/world_facts.h"
#include "resources/resources.h"
#include "world/world.h"

#include <math.h>

size_t world_resources_bytes(const dcat_world_config *config)
{
    return config->resources != NULL ? resources_bytes(config->resources) : 0;
}

// Choice: a tariff is public, so without one it comes from the market's costs, not from the
// server's own; but from the speed that the server declares.
static double tariff_of(const dcat_market_config *market, const dcat_server *server,
                        double unit_cost)
{
    double tariff = dcat_unit_cost(market->energy_cost, market->time_cost_per_s, server->speed_hz,
                                   server->core_count);
    bool given = server->tariff_per_cycle > 0.0;
    return given ? server->tariff_per_cycle : tariff > 0.0 ? tariff : unit_cost;
}

// Without resources all work is alike, and a server is its own number.
static void fill_one_class(dcat_world *world)
{
    const dcat_market_config *market = &world->config.market;
    world->queue_count = 1;
    world->classes[0] = (world_class){
        .price_per_gigacycle = market->price_per_gigacycle,
        .urgency_s = market->urgency_s,
        .price_ratio = 1.0,
    };
    for (size_t i = 0; i < world->server_count; i++) {
        const dcat_server *server = &world->servers[i];
        world->members[i] = (dcat_member){
            .speed_hz = server->speed_hz,
            .unit_cost = world->unit_cost[i],
            .tariff = tariff_of(market, server, world->unit_cost[i]),
        };
    }
}

// A queue for each pool that a class needs.
static void number_queues(dcat_world *world, const dcat_class *classes)
{
    for (int pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        bool needed = false;
        for (size_t q = 0; q < world->class_count; q++) {
            if ((int)classes[q].pool == pool) {
                world->classes[q].queue = world->queue_count;
                needed = true;
            }
        }
        world->queue_count += needed;
    }
}

static void fill_classes(dcat_world *world, const dcat_class *classes)
{
    double price_min = INFINITY;
    for (size_t q = 0; q < world->class_count; q++) {
        price_min = fmin(price_min, classes[q].price_per_gigacycle);
    }
    for (size_t q = 0; q < world->class_count; q++) {
        world->classes[q] = (world_class){
            .price_per_gigacycle = classes[q].price_per_gigacycle,
            .urgency_s = classes[q].urgency_s,
            .price_ratio = classes[q].price_per_gigacycle / price_min,
        };
    }
    number_queues(world, classes);
}

static bool is_positive(double value)
{
    return value > 0.0 && isfinite(value);
}

dcat_status world_fill_classes(dcat_world *world, dcat_error *err)
{
    const dcat_resources *resources = world->config.resources;
    if (resources == NULL) {
        fill_one_class(world);
        return DCAT_OK;
    }
    fill_classes(world, dcat_resources_classes_view(resources));
    for (size_t at = 0; at < world->class_count * world->server_count; at++) {
        int q = (int)(at / world->server_count), i = (int)(at % world->server_count);
        dcat_member *member = &world->members[at];
        *member = (dcat_member){
            .speed_hz = dcat_effective_speed_hz(resources, i, q),
            .unit_cost = dcat_effective_unit_cost(resources, i, q),
            .tariff = dcat_effective_tariff(resources, i, q),
        };
        bool able = member->speed_hz > 0.0;
        if (able && !(is_positive(member->speed_hz) && is_positive(member->unit_cost) &&
                      is_positive(member->tariff))) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "server %d, class %d: effective speed, cost and tariff must be finite "
                             "and > 0, got %g Hz, %g and %g per cycle",
                             i, q, member->speed_hz, member->unit_cost, member->tariff);
        }
    }
    return DCAT_OK;
}

double dcat_world_share_above_ceiling(const dcat_world *world)
{
    double ceiling = world->config.auction.ceiling_per_cycle;
    size_t above = 0;
    for (size_t i = 0; i < world->server_count; i++) {
        double least = INFINITY;
        for (size_t q = 0; q < world->class_count; q++) {
            least = fmin(least, world->members[q * world->server_count + i].unit_cost);
        }
        above += least > ceiling;
    }
    return (double)above / (double)world->server_count;
}

double dcat_task_fee(const dcat_world *world, const dcat_task *task)
{
    const world_class *wanted = &world->classes[task->class_id];
    return dcat_fee(wanted->price_per_gigacycle, wanted->urgency_s, task->deadline_s,
                    task->work_cycles);
}

size_t dcat_world_class_count(const dcat_world *world)
{
    return world->class_count;
}

size_t dcat_world_queue_count(const dcat_world *world)
{
    return world->queue_count;
}

size_t dcat_world_queue_of(const dcat_world *world, int32_t class_id)
{
    return world->classes[class_id].queue;
}
