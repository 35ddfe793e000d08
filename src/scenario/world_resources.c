// SPDX-License-Identifier: Apache-2.0
// Devices and classes of work in a world: what its servers have, and what the platform takes that
// for.

#include "base/sized.h"
#include "dcat/rng.h"
#include "dcat/x/model.h"
#include "scenario/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PART_DEVICE, PART_COST };

// --- Devices of random servers

typedef struct lot {
    uint64_t number;
    int32_t server;
} lot;

static int by_number(const void *a, const void *b)
{
    const lot *left = a, *right = b;
    return left->number != right->number ? (left->number < right->number ? -1 : 1)
                                         : left->server - right->server;
}

// Choice: as many servers have a device as its share says, to the nearest; which they are is drawn.
dcat_status scenario_draw_devices(const dcat_scenario *s, uint64_t seed, int32_t **drawn,
                                  dcat_error *err)
{
    size_t S = s->servers.names.count;
    *drawn = NULL;
    if (s->drawn_device_count == 0) {
        return DCAT_OK;
    }
    int32_t *made = malloc(sizeof *made * S);
    lot *lots = malloc(sizeof *lots * S);
    if (made == NULL || lots == NULL) {
        free(made);
        free(lots);
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory for a world", s->path);
    }
    for (size_t i = 0; i < S; i++) {
        dcat_draw draw = dcat_draw_at(seed, DCAT_STREAM_DEVICES, PART_DEVICE, 0, 0, (uint32_t)i);
        lots[i] = (lot){dcat_draw_u64(&draw, 0), (int32_t)i};
    }
    qsort(lots, S, sizeof *lots, by_number);
    size_t n = 0;
    double share = 0.0;
    for (size_t d = 0; d < s->drawn_device_count; d++) {
        share += s->drawn_devices[d].share;
        for (size_t end = (size_t)lround(share * (double)S); n < end && n < S; n++) {
            made[lots[n].server] = (int32_t)d;
        }
    }
    for (; n < S; n++) {
        made[lots[n].server] = -1;
    }
    free(lots);
    *drawn = made;
    return DCAT_OK;
}

static double host_share(const dcat_scenario *s)
{
    double share = s->values->servers.random.host_speed;
    return share > 0.0 ? share : 1.0;
}

void scenario_draw_hosts(const dcat_scenario *s, const int32_t *drawn, dcat_server *servers)
{
    double share = host_share(s);
    for (size_t i = 0; drawn != NULL && share < 1.0 && i < s->servers.names.count; i++) {
        if (drawn[i] >= 0) {
            double cores = round(share * servers[i].core_count);
            servers[i].speed_hz *= share;
            servers[i].core_count = cores > 1.0 ? (int)cores : 1;
        }
    }
}

// --- Units

static dcat_unit cpu_of(const dcat_server *server, size_t index)
{
    return (dcat_unit){
        .server = (int)index,
        .device = 0,
        .count = server->core_count,
        .speed_hz = server->speed_hz,
        .energy_cost = server->energy_cost,
        .time_cost_per_s = server->time_cost_per_s,
        .tariff_per_cycle = server->tariff_per_cycle,
    };
}

static double stated(double own, double market)
{
    return isnan(own) ? market : own;
}

// Money a second of a drawn device, where that goes by what a cycle costs on its server, as it was
// drawn.
static double drawn_cost(const dcat_scenario *s, uint64_t seed, const dcat_server *server,
                         size_t index, const dcat_device *device)
{
    const dcat_market_config *market = &s->config.market;
    double noise = s->values->servers.random.device_cost_noise;
    dcat_draw draw = dcat_draw_at(seed, DCAT_STREAM_DEVICES, PART_COST, 0, 0, (uint32_t)index);
    double unit_cost =
        dcat_unit_cost(stated(server->energy_cost, market->energy_cost),
                       stated(server->time_cost_per_s, market->time_cost_per_s),
                       server->speed_hz / host_share(s), server->core_count / host_share(s));
    return unit_cost * device->speed_hz * (1.0 + noise * (2.0 * dcat_draw_uniform(&draw, 0) - 1.0));
}

static dcat_unit drawn_unit(const dcat_scenario *s, uint64_t seed, const dcat_server *server,
                            size_t index, const drawn_device *drawn)
{
    bool by_server = tree_find(&s->document.tree, "servers.random.device_cost_noise") != NULL;
    return (dcat_unit){
        .server = (int)index,
        .device = drawn->device,
        .count = drawn->count,
        .speed_hz = NAN,
        .energy_cost = by_server ? 0.0 : NAN,
        .time_cost_per_s =
            by_server ? drawn_cost(s, seed, server, index, &s->resources.devices[drawn->device])
                      : NAN,
    };
}

// Units of the file, the CPUs that speed_ghz stands for, and the devices that the seed draws.
static size_t list_units(const dcat_scenario *s, uint64_t seed, const int32_t *drawn,
                         const dcat_server *servers, dcat_unit *units)
{
    const resource_data *r = &s->resources;
    size_t count = r->unit_count;
    if (count > 0) {
        memcpy(units, r->units, count * sizeof *units);
    }
    for (size_t i = 0; i < s->servers.names.count; i++) {
        if (!r->no_cpu[i]) {
            units[count++] = cpu_of(&servers[i], i);
        }
        if (drawn != NULL && drawn[i] >= 0) {
            units[count++] = drawn_unit(s, seed, &servers[i], i, &s->drawn_devices[drawn[i]]);
        }
    }
    return count;
}

dcat_status scenario_make_resources(const dcat_scenario *s, uint64_t seed, const int32_t *drawn,
                                    const dcat_server *servers, dcat_resources **resources,
                                    dcat_resources **known, dcat_error *err)
{
    const resource_data *r = &s->resources;
    *resources = *known = NULL;
    if (!resource_data_any(r)) {
        return DCAT_OK;
    }
    dcat_unit *units = calloc(r->unit_count + 2 * s->servers.names.count, sizeof *units);
    if (units == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory for a world's units", s->path);
    }
    const dcat_resources_config config = {
        DCAT_SIZED(dcat_resources_config),
        .devices = r->devices,
        .device_count = r->device_names.count,
        .classes = r->classes,
        .class_count = r->class_names.count,
        .efficiency = r->efficiency,
        .barred = r->barred,
        .units = units,
        .unit_count = list_units(s, seed, drawn, servers, units),
        .server_count = s->servers.names.count,
        .energy_cost = s->config.market.energy_cost,
        .time_cost_per_s = s->config.market.time_cost_per_s,
    };
    dcat_error inner = {0};
    dcat_status status = dcat_resources_create(&config, resources, &inner);
    if (status == DCAT_OK && s->values->resources.collapse != COLLAPSE_NONE) {
        status = collapse_resources(s, &config, *resources, known, &inner);
    }
    free(units);
    if (status != DCAT_OK) {
        dcat_resources_destroy(*resources);
        *resources = NULL;
        return dcat_fail(err, status, "%s: %s", s->path, inner.message);
    }
    return DCAT_OK;
}

const char *dcat_scenario_class_name(const dcat_scenario *scenario, size_t class_id)
{
    const names *own = &scenario->resources.class_names;
    return own->count == 0 ? DCAT_CLASS_ONLY : names_at(own, class_id);
}

const char *dcat_scenario_device_name(const dcat_scenario *scenario, size_t device)
{
    return names_at(&scenario->resources.device_names, device);
}

bool dcat_scenario_stated_work(const dcat_scenario *scenario, const dcat_task *task,
                               dcat_stated_work *stated)
{
    if (scenario->stated == NULL || scenario->stated[task->id].device == 0) {
        return false;
    }
    const stated_work *row = &scenario->stated[task->id];
    *stated = (dcat_stated_work){row->device, row->count, row->seconds};
    return true;
}

void dcat_scenario_class_weights(const dcat_scenario *scenario, const dcat_task *task,
                                 double *weight)
{
    size_t class_count = scenario->resources.class_names.count;
    if (class_count == 0) {
        return;
    }
    if (dcat_demand_is_drawn(scenario->demand)) {
        memcpy(weight, scenario->class_weight + (size_t)task->area * class_count,
               class_count * sizeof *weight);
        return;
    }
    for (size_t q = 0; q < class_count; q++) {
        weight[q] = q == (size_t)task->class_id ? 1.0 : 0.0;
    }
}
