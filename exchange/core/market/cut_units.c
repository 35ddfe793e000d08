// SPDX-License-Identifier: Apache-2.0
// What servers of the exchange are in the world of a cut: their speeds as measured, their asks as
// costs.
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double own(int32_t has_own, double cost)
{
    return has_own == 1 ? cost : (double)NAN; // the market's
}

static double ask_per_s(const exchange *x, const server_record *s, int32_t pool, bool in_force)
{
    const ask_record *ask = unit_ask(s, pool, in_force);
    exchange_size size = size_of(x, s, pool);
    size.speed_hz = (int64_t)speed_measured(x, s, pool, in_force, (double)size.speed_hz);
    return exchange_ask_per_s(ask->micro, (exchange_per)ask->per, size);
}

// Per cycle of work; 0: none.
static double tariff_of(const exchange *x, const server_record *s, int32_t pool)
{
    const exchange_unit *u = &s->units[pool];
    exchange_size size = size_of(x, s, pool);
    double per_s = exchange_ask_per_s(u->tariff, (exchange_per)u->tariff_per, size);
    return u->exact_tariff > 0.0 ? u->exact_tariff
           : isnan(per_s)        ? 0.0
                                 : per_s / (double)size.speed_hz;
}

// Eq. (8) of the world says the ask again, energy being part of it already.
dcat_server cut_server(const exchange *x, const server_record *s, bool in_force)
{
    // Where there are classes, units have asks of their own.
    double per_s = x->config.class_count > 0 ? (double)NAN : ask_per_s(x, s, 0, in_force);
    const exchange_machine *m = &s->machine;
    return (dcat_server){
        .site = {m->x, m->y},
        .speed_hz = speed_measured(x, s, 0, in_force,
                                   m->exact_hz > 0.0 ? m->exact_hz : (double)m->speed_hz),
        .core_count = m->core_count,
        .energy_cost = isnan(per_s) ? own(m->own_costs, m->energy_cost) : 0.0,
        .time_cost_per_s = isnan(per_s) ? own(m->own_costs, m->time_cost_per_s) : per_s,
        .node = m->node,
        .tariff_per_cycle = x->config.class_count > 0 ? 0.0 : tariff_of(x, s, 0),
    };
}

static dcat_unit world_unit(const exchange *x, const server_record *s, int32_t pool, bool in_force)
{
    const exchange_unit *u = &s->units[pool];
    double per_s = ask_per_s(x, s, pool, in_force);
    double declared_hz = (double)size_of(x, s, pool).speed_hz;
    double measured_hz = speed_measured(x, s, pool, in_force, declared_hz);
    return (dcat_unit){
        .device = u->device,
        .count = u->count,
        .speed_hz = measured_hz < declared_hz ? measured_hz
                    : u->exact_hz > 0.0       ? u->exact_hz
                    : u->speed_hz > 0         ? (double)u->speed_hz
                                              : (double)NAN,
        .energy_cost = isnan(per_s) ? own(u->own_costs, u->energy_cost) : 0.0,
        .time_cost_per_s = isnan(per_s) ? own(u->own_costs, u->time_cost_per_s) : per_s,
        .tariff_per_cycle = tariff_of(x, s, pool),
    };
}

// ---- resources

// What the resources of a cut are made of. Units that are slower at some class than at others are
// devices of their own.
typedef struct making {
    dcat_unit *units;     // [W pools]
    uint8_t *barred;      // [W, classes]
    dcat_device *devices; // [devices + W pools]
    double *efficiency;   // [devices + W pools, classes]
    dcat_resources_config config;
} making;

static void making_free(making *m)
{
    free(m->units);
    free(m->barred);
    free(m->devices);
    free(m->efficiency);
}

static bool making_begin(making *m, const dcat_resources_config *from, size_t W)
{
    size_t units = W * DCAT_POOL_COUNT, D = from->device_count, Q = from->class_count;
    m->config = *from;
    m->units = calloc(units, sizeof *m->units);
    m->barred = calloc(W * Q, 1);
    m->devices = calloc(D + units, sizeof *m->devices);
    m->efficiency = calloc((D + units) * Q, sizeof *m->efficiency);
    if (m->units == NULL || m->barred == NULL || m->devices == NULL || m->efficiency == NULL) {
        return false;
    }
    memcpy(m->devices, from->devices, D * sizeof *m->devices);
    memcpy(m->efficiency, from->efficiency, D * Q * sizeof *m->efficiency);
    m->config.units = m->units;
    m->config.unit_count = 0;
    m->config.server_count = W;
    m->config.barred = m->barred;
    m->config.devices = m->devices;
    m->config.efficiency = m->efficiency;
    return true;
}

static void own_device(const exchange *x, making *m, const server_record *s, dcat_unit *unit,
                       bool in_force)
{
    size_t Q = m->config.class_count, D = m->config.device_count;
    double *row = &m->efficiency[D * Q];
    const double *from = &m->efficiency[(size_t)unit->device * Q];
    bool uneven = false;
    for (size_t q = 0; q < Q; q++) {
        bool its = m->config.classes[q].pool == m->devices[unit->device].pool;
        double factor = its ? speed_beside_best(x, s, (int32_t)q, in_force) : 1.0;
        row[q] = from[q] * factor;
        uneven = uneven || factor < 1.0;
    }
    if (uneven) {
        m->devices[D] = m->devices[unit->device];
        unit->device = (int)D;
        m->config.device_count++;
    }
}

// Units that have an ask, and classes that servers do not work on.
dcat_status cut_resources(const exchange *x, const exchange_cut_config *config,
                          const exchange_cut *cut, dcat_resources **resources, dcat_error *err)
{
    size_t W = (size_t)cut->server_count, Q = (size_t)x->config.class_count;
    making m;
    if (!making_begin(&m, config->resources, W)) {
        making_free(&m);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the units of %zu servers", W);
    }
    m.config.energy_cost = config->world.market.energy_cost;
    m.config.time_cost_per_s = config->world.market.time_cost_per_s;
    for (size_t w = 0; w < W; w++) {
        const server_record *s = &x->servers[cut->server_of[w]];
        for (int32_t pool = 0; pool < DCAT_POOL_COUNT; pool++) {
            if (has_unit(x, s, pool) && unit_trades(s, pool, cut->restored)) {
                dcat_unit *unit = &m.units[m.config.unit_count++];
                *unit = world_unit(x, s, pool, cut->restored);
                unit->server = (int)w;
                own_device(x, &m, s, unit, cut->restored);
            }
        }
        for (size_t q = 0; q < Q; q++) {
            m.barred[w * Q + q] = (s->barred | ~benchmark_classes(x, s, cut->restored)) >> q & 1;
        }
    }
    dcat_status status = dcat_resources_create(&m.config, resources, err);
    making_free(&m);
    return status;
}
