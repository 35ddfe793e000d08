// SPDX-License-Identifier: Apache-2.0
// Who takes part: the operator, one user, and the owners of the world's servers with these.
#include "exchange/feed/object.h"

#include <math.h>

// A provider for each owner, and for each server without.
static dcat_status make_providers(exchange_feed *f, dcat_error *err)
{
    const dcat_server *servers = dcat_world_servers_view(f->world);
    size_t server_count = dcat_world_server_count(f->world);
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < server_count; i++) {
        size_t first = i;
        while (servers[i].owner != DCAT_NO_OWNER && first > 0 &&
               servers[first - 1].owner != servers[i].owner) {
            first--;
        }
        if (servers[i].owner != DCAT_NO_OWNER && first > 0) {
            f->provider[i] = f->provider[first - 1];
            continue;
        }
        const exchange_event event = {
            .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {ROLE_PROVIDER}};
        int64_t id = 0;
        status = feed_apply(f, &event, &id, err);
        f->provider[i] = (int32_t)id;
    }
    return status;
}

// What a server has of a pool, to the last bit.
static exchange_unit unit_of(const dcat_unit_facts *facts)
{
    return (exchange_unit){.device = facts->device,
                           .count = facts->count,
                           .speed_hz = llround(facts->speed_hz),
                           .exact_hz = facts->speed_hz,
                           .own_costs = 1,
                           .energy_cost = facts->energy_cost,
                           .time_cost_per_s = facts->time_cost_per_s,
                           .exact_tariff = facts->tariff_per_cycle};
}

static void take_units(const exchange_feed *f, int server, exchange_event *event)
{
    const dcat_resources *resources = dcat_world_config_view(f->world)->resources;
    if (resources == NULL) {
        event->units[0].exact_tariff = dcat_world_servers_view(f->world)[server].tariff_per_cycle;
        return;
    }
    for (int pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        const dcat_unit_facts facts = dcat_resources_unit(resources, server, (dcat_pool)pool);
        if (facts.count > 0) {
            event->units[pool] = unit_of(&facts);
        }
    }
    for (size_t q = 0; q < dcat_resources_class_count(resources); q++) {
        bool may = dcat_resources_may(resources, server, (int)q);
        event->barred |= may ? 0 : UINT64_C(1) << q;
    }
}

// Every unit asks by formula.
static dcat_status make_asks(exchange_feed *f, const exchange_event *registered, int32_t server,
                             dcat_error *err)
{
    bool classes = f->resources.class_count > 0;
    dcat_status status = DCAT_OK;
    int64_t nonce = 0;
    for (int32_t pool = 0; status == DCAT_OK && pool < DCAT_POOL_COUNT; pool++) {
        if (classes ? registered->units[pool].count > 0 : pool == 0) {
            const exchange_event event = {.kind = EVENT_ASK,
                                          .actor = registered->actor,
                                          .ask = {server, PER_FORMULA, 0, ++nonce, pool}};
            status = feed_apply(f, &event, NULL, err);
        }
    }
    return status;
}

static dcat_status make_server(exchange_feed *f, int index, int32_t provider, dcat_error *err)
{
    const dcat_server *server = &dcat_world_servers_view(f->world)[index];
    bool own = !isnan(server->energy_cost) || !isnan(server->time_cost_per_s);
    const dcat_market_config *market = &dcat_world_config_view(f->world)->market;
    exchange_event event = {.kind = EVENT_REGISTER, .actor = provider};
    event.machine = (exchange_machine){.x = server->site.x,
                                       .y = server->site.y,
                                       .speed_hz = llround(server->speed_hz),
                                       .exact_hz = server->speed_hz,
                                       .core_count = server->core_count,
                                       .own_costs = own};
    const dcat_network_config *network = &dcat_world_config_view(f->world)->network;
    if (network->kind == DCAT_NETWORK_GRAPH) {
        event.machine.node = server->node;
    }
    if (own) {
        event.machine.energy_cost =
            isnan(server->energy_cost) ? market->energy_cost : server->energy_cost;
        event.machine.time_cost_per_s =
            isnan(server->time_cost_per_s) ? market->time_cost_per_s : server->time_cost_per_s;
    }
    take_units(f, index, &event);
    const exchange_event registered = event;
    int64_t id = 0;
    dcat_status status = feed_apply(f, &event, &id, err);
    if (status == DCAT_OK) {
        event = (exchange_event){.kind = EVENT_ADMIT, .actor = EXCHANGE_SELF};
        event.server.server = (int32_t)id;
        status = feed_apply(f, &event, NULL, err);
    }
    return status == DCAT_OK ? make_asks(f, &registered, (int32_t)id, err) : status;
}

dcat_status feed_people(exchange_feed *f, dcat_error *err)
{
    static const exchange_role roles[PROVIDERS] = {[OPERATOR] = ROLE_OPERATOR, [USER] = ROLE_USER};
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < PROVIDERS; i++) {
        const exchange_event event = {
            .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {(int32_t)roles[i]}};
        status = feed_apply(f, &event, NULL, err);
    }
    exchange_event event = {
        .kind = EVENT_DEPOSIT, .actor = OPERATOR, .deposit = {USER, DCAT_MONEY_MAX}};
    if (status == DCAT_OK) {
        status = feed_apply(f, &event, NULL, err);
    }
    if (status == DCAT_OK) {
        status = make_providers(f, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < dcat_world_server_count(f->world); i++) {
        status = make_server(f, (int)i, f->provider[i], err);
    }
    event = (exchange_event){.kind = EVENT_OPEN, .actor = EXCHANGE_SELF};
    return status == DCAT_OK ? feed_apply(f, &event, NULL, err) : status;
}
