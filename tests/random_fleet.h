// SPDX-License-Identifier: Apache-2.0
// random_fleet.h - devices, units and classes of work for random markets.

#ifndef DCAT_TESTS_RANDOM_FLEET_H
#define DCAT_TESTS_RANDOM_FLEET_H

#include "dcat/x/resources.h"
#include "random_world.h"

enum { FLEET_DEVICES = 5, FLEET_CLASS_MAX = 8 };

// The lists that a configuration points to.
typedef struct fleet {
    dcat_resources_config config;
    dcat_device devices[FLEET_DEVICES];
    dcat_class classes[FLEET_CLASS_MAX];
    double efficiency[FLEET_DEVICES * FLEET_CLASS_MAX];
    dcat_unit units[MARKET_SERVER_MAX * DCAT_POOL_COUNT];
} fleet;

static inline dcat_resources *fleet_create(const fleet *f)
{
    dcat_resources *made = NULL;
    dcat_error err = {0};
    if (dcat_resources_create(&f->config, &made, &err) != DCAT_OK) {
        fail_msg("fleet: %s", err.message);
    }
    return made;
}

static inline void fleet_begin(fleet *f, const dcat_world_config *world, size_t server_count)
{
    f->config = (dcat_resources_config){
        DCAT_SIZED(dcat_resources_config),
        .devices = f->devices,
        .classes = f->classes,
        .efficiency = f->efficiency,
        .units = f->units,
        .server_count = server_count,
        .energy_cost = world->market.energy_cost,
        .time_cost_per_s = world->market.time_cost_per_s,
    };
}

// The servers of a market as they are: one class, one device, efficiency 1.
static inline void fleet_restate(fleet *f, const dcat_world_config *world,
                                 const dcat_server *servers, size_t server_count)
{
    fleet_begin(f, world, server_count);
    f->config.device_count = f->config.class_count = 1;
    f->config.unit_count = server_count;
    f->devices[0] = (dcat_device){.pool = DCAT_POOL_CPU,
                                  .speed_hz = 1.0,
                                  .core_count = 1,
                                  .memory_bytes = INFINITY,
                                  .energy_cost = NAN,
                                  .time_cost_per_s = NAN};
    f->classes[0] = (dcat_class){.pool = DCAT_POOL_CPU,
                                 .price_per_gigacycle = world->market.price_per_gigacycle,
                                 .urgency_s = world->market.urgency_s};
    f->efficiency[0] = 1.0;
    for (size_t i = 0; i < server_count; i++) {
        f->units[i] = (dcat_unit){.server = (int)i,
                                  .count = servers[i].core_count,
                                  .speed_hz = servers[i].speed_hz,
                                  .energy_cost = servers[i].energy_cost,
                                  .time_cost_per_s = servers[i].time_cost_per_s,
                                  .tariff_per_cycle = servers[i].tariff_per_cycle};
    }
}

static inline void fleet_draw_device(dcat_rng *rng, bool even, dcat_device *device)
{
    double speed_hz = even ? EVEN_SPEED : rng_in(rng, 100e9, 300e9);
    *device = (dcat_device){
        .pool = (dcat_pool)dcat_rng_below(rng, 3),
        .speed_hz = speed_hz,
        .core_count = 100,
        .memory_bytes = 1.0 + dcat_rng_below(rng, 4),
        .features = dcat_rng_below(rng, 4),
        .energy_cost = rng_chance(rng, 0.5) ? 0.0 : NAN,
        .time_cost_per_s = rng_chance(rng, 0.7) ? rng_in(rng, 5.0, 60.0) : NAN,
        .tariff_per_cycle = rng_chance(rng, 0.7) ? 0.0 : rng_in(rng, 0.1, 0.5) * 1e-9,
    };
    device->energy_cost = even ? 0.0 : device->energy_cost;
    device->time_cost_per_s = even ? 0x1p5 : device->time_cost_per_s;
}

// Half of the classes want something that only some devices have.
static inline void fleet_draw_class(dcat_rng *rng, bool even, const dcat_market_config *prices,
                                    dcat_class *wanted)
{
    *wanted = (dcat_class){
        .pool = (dcat_pool)dcat_rng_below(rng, 3),
        .memory_bytes = rng_chance(rng, 0.6) ? 0.0 : 1.0 + dcat_rng_below(rng, 8),
        .memory_mode = rng_chance(rng, 0.7) ? DCAT_MEMORY_SUM : DCAT_MEMORY_EACH,
        .features = rng_chance(rng, 0.6) ? 0 : UINT64_C(1) << dcat_rng_below(rng, 2),
        .price_per_gigacycle =
            prices->price_per_gigacycle * (rng_chance(rng, 0.5) ? 1.0 : rng_in(rng, 0.7, 1.6)),
        .urgency_s = rng_chance(rng, 0.5) ? prices->urgency_s : rng_in(rng, 0.0, 4.0),
    };
    wanted->price_per_gigacycle = even ? prices->price_per_gigacycle : wanted->price_per_gigacycle;
    wanted->urgency_s = even ? prices->urgency_s : wanted->urgency_s;
}

static inline void fleet_draw_units(dcat_rng *rng, bool even, fleet *f)
{
    for (int i = 0; i < (int)f->config.server_count; i++) {
        bool taken[DCAT_POOL_COUNT] = {false};
        for (int d = 0; d < FLEET_DEVICES; d++) {
            if (taken[f->devices[d].pool] || rng_chance(rng, 0.45)) {
                continue;
            }
            taken[f->devices[d].pool] = true;
            int count = 1 << dcat_rng_below(rng, 2);
            bool measured = !even && rng_chance(rng, 0.3), own = rng_chance(rng, 0.3);
            f->units[f->config.unit_count++] = (dcat_unit){
                .server = i,
                .device = d,
                .count = count,
                .speed_hz = measured ? count * rng_in(rng, 100e9, 250e9) : NAN,
                .energy_cost = NAN,
                .time_cost_per_s = !own   ? NAN
                                   : even ? 0x1p6
                                          : rng_in(rng, 10.0, 90.0),
                .tariff_per_cycle = own ? 0.2e-9 : 0.0,
            };
        }
    }
}

// 1 to 8 classes in up to three pools. In even markets devices are as fast as each other or twice
// so, and as dear.
static inline void fleet_draw(fleet *f, uint64_t seed, bool even, const dcat_world_config *world,
                              size_t server_count)
{
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 12, 0);
    fleet_begin(f, world, server_count);
    f->config.device_count = FLEET_DEVICES;
    f->config.class_count = 1 + dcat_rng_below(&rng, FLEET_CLASS_MAX);
    for (size_t d = 0; d < FLEET_DEVICES; d++) {
        fleet_draw_device(&rng, even, &f->devices[d]);
    }
    for (size_t q = 0; q < f->config.class_count; q++) {
        fleet_draw_class(&rng, even, &world->market, &f->classes[q]);
    }
    for (size_t i = 0; i < FLEET_DEVICES * f->config.class_count; i++) {
        f->efficiency[i] = rng_chance(&rng, 0.2) ? 0.0
                           : even                ? ldexp(1.0, 1 - (int)dcat_rng_below(&rng, 3))
                                                 : rng_in(&rng, 0.2, 2.0);
    }
    fleet_draw_units(&rng, even, f);
}

static inline dcat_resources *fleet_draw_for(void *user, uint64_t seed, bool even,
                                             const dcat_world_config *config,
                                             const dcat_server *servers, size_t server_count)
{
    (void)servers;
    fleet_draw(user, seed, even, config, server_count);
    return fleet_create(user);
}

// A random market whose servers have units of f, which is drawn for it.
static inline market market_create_mixed(uint64_t seed, fleet *f)
{
    return market_create_by(seed, true, fleet_draw_for, f);
}

#endif
