// SPDX-License-Identifier: Apache-2.0
// server.h - a market as slot.h sees it, and what a server is to a class of work: looked up anew in
// the lists of devices and units for every question.

#ifndef DCAT_BENCH_REFERENCE_SERVER_H
#define DCAT_BENCH_REFERENCE_SERVER_H

#ifndef REFERENCE_SERVER_MAX // who includes this may need room for more
#define REFERENCE_SERVER_MAX 64
#endif
#ifndef REFERENCE_TASK_MAX
#define REFERENCE_TASK_MAX 512
#endif
#ifndef REFERENCE_BIDDER_MAX
#define REFERENCE_BIDDER_MAX REFERENCE_SERVER_MAX
#endif

#include "bench/reference/auction.h"
#include "dcat/market.h"
#include "dcat/x/clock.h"
#include "dcat/x/resources.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct reference_market {
    const dcat_world *world;
    const dcat_auction *auction;
    uint64_t seed;
    int32_t cluster_count;
    int32_t cluster_of[REFERENCE_SERVER_MAX];
    int32_t bidder_of[REFERENCE_SERVER_MAX]; // by cluster
    bool joined;                             // some of them are one
    const dcat_resources_config *fleet; // what servers can do for classes; NULL: all of it alike
    dcat_server_account server[DCAT_POOL_COUNT][REFERENCE_SERVER_MAX]; // a queue for each pool
    // How near a decision of the last step came to being another, as a share: within rounding of 0,
    // whoever sums in another order may decide it the other way.
    double closest;
} reference_market;

// --- what a server is to a class of work

static inline dcat_pool reference_pool(const reference_market *ref, int32_t q)
{
    return ref->fleet == NULL ? DCAT_POOL_CPU : ref->fleet->classes[q].pool;
}

// The unit that a server would work on a class with; NULL: it cannot.
static inline const dcat_unit *reference_unit(const reference_market *ref, int32_t i, int32_t q)
{
    const dcat_class *wanted = &ref->fleet->classes[q];
    for (size_t u = 0; u < ref->fleet->unit_count; u++) {
        const dcat_unit *unit = &ref->fleet->units[u];
        const dcat_device *device = &ref->fleet->devices[unit->device];
        bool fits =
            device->memory_bytes >= wanted->memory_bytes || wanted->memory_mode == DCAT_MEMORY_SUM;
        if (unit->server == i && device->pool == wanted->pool && fits &&
            (device->features & wanted->features) == wanted->features) {
            return unit;
        }
    }
    return NULL;
}

static inline double reference_efficiency(const reference_market *ref, int32_t i, int32_t q)
{
    const dcat_unit *unit = reference_unit(ref, i, q);
    return unit == NULL
               ? 0.0
               : ref->fleet->efficiency[(size_t)unit->device * ref->fleet->class_count + (size_t)q];
}

static inline double reference_unit_speed_hz(const reference_market *ref, const dcat_unit *unit)
{
    return isnan(unit->speed_hz) ? unit->count * ref->fleet->devices[unit->device].speed_hz
                                 : unit->speed_hz;
}

static inline double reference_speed_hz(const reference_market *ref, int32_t i, int32_t q)
{
    if (ref->fleet == NULL) {
        return dcat_world_servers_view(ref->world)[i].speed_hz;
    }
    const dcat_unit *unit = reference_unit(ref, i, q);
    return unit == NULL ? 0.0
                        : reference_unit_speed_hz(ref, unit) * reference_efficiency(ref, i, q);
}

// Eq. (8) per cycle at these costs.
static inline double reference_cost_at(const reference_market *ref, const dcat_unit *unit,
                                       double energy_cost, double time_cost_per_s)
{
    double speed_hz = reference_unit_speed_hz(ref, unit);
    double core_hz = speed_hz / (unit->count * ref->fleet->devices[unit->device].core_count);
    return energy_cost * core_hz * core_hz + time_cost_per_s / speed_hz;
}

// What the operator says of the device.
static inline void reference_device_costs(const reference_market *ref, const dcat_unit *unit,
                                          double *energy_cost, double *time_cost_per_s)
{
    const dcat_device *device = &ref->fleet->devices[unit->device];
    *energy_cost = isnan(device->energy_cost) ? ref->fleet->energy_cost : device->energy_cost;
    *time_cost_per_s = isnan(device->time_cost_per_s) ? ref->fleet->time_cost_per_s
                                                      : unit->count * device->time_cost_per_s;
}

static inline double reference_unit_cost(const reference_market *ref, int32_t i, int32_t q)
{
    if (ref->fleet == NULL) {
        const dcat_server *s = &dcat_world_servers_view(ref->world)[i];
        double core_hz = s->speed_hz / s->core_count;
        return s->energy_cost * core_hz * core_hz + s->time_cost_per_s / s->speed_hz;
    }
    const dcat_unit *unit = reference_unit(ref, i, q);
    double energy_cost, time_cost_per_s;
    reference_device_costs(ref, unit, &energy_cost, &time_cost_per_s);
    energy_cost = isnan(unit->energy_cost) ? energy_cost : unit->energy_cost;
    time_cost_per_s = isnan(unit->time_cost_per_s) ? time_cost_per_s : unit->time_cost_per_s;
    return reference_cost_at(ref, unit, energy_cost, time_cost_per_s) /
           reference_efficiency(ref, i, q);
}

static inline double reference_tariff(const reference_market *ref, int32_t i, int32_t q)
{
    const dcat_server *s = &dcat_world_servers_view(ref->world)[i];
    const dcat_market_config *prices = &dcat_world_config_view(ref->world)->market;
    if (ref->fleet == NULL) {
        double core_hz = s->speed_hz / s->core_count;
        double market_cost =
            prices->energy_cost * core_hz * core_hz + prices->time_cost_per_s / s->speed_hz;
        return s->tariff_per_cycle > 0.0 ? s->tariff_per_cycle : market_cost;
    }
    const dcat_unit *unit = reference_unit(ref, i, q);
    const dcat_device *device = &ref->fleet->devices[unit->device];
    double energy_cost, time_cost_per_s;
    reference_device_costs(ref, unit, &energy_cost, &time_cost_per_s);
    double tariff =
        unit->tariff_per_cycle > 0.0 ? unit->tariff_per_cycle : device->tariff_per_cycle;
    tariff = tariff > 0.0 ? tariff : reference_cost_at(ref, unit, energy_cost, time_cost_per_s);
    return tariff / reference_efficiency(ref, i, q);
}

// Those who work hold together what a class of memory_mode sum needs, or nobody works on it.
static inline void reference_need_memory(const reference_market *ref, int32_t q, bool *works)
{
    double held[REFERENCE_SERVER_MAX] = {0};
    const dcat_class *wanted = ref->fleet == NULL ? NULL : &ref->fleet->classes[q];
    if (wanted == NULL || wanted->memory_mode != DCAT_MEMORY_SUM) {
        return;
    }
    int32_t S = (int32_t)dcat_world_server_count(ref->world);
    for (int32_t i = 0; i < S; i++) {
        const dcat_unit *unit = works[i] ? reference_unit(ref, i, q) : NULL;
        held[ref->cluster_of[i]] +=
            unit == NULL ? 0.0 : unit->count * ref->fleet->devices[unit->device].memory_bytes;
    }
    for (int32_t i = 0; i < S; i++) {
        works[i] = works[i] && held[ref->cluster_of[i]] >= wanted->memory_bytes;
    }
}

#endif
