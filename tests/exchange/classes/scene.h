// SPDX-License-Identifier: Apache-2.0
// scene.h - two servers with cores and cards, and three classes of work.

#ifndef DCAT_TEST_EXCHANGE_CLASSES_SCENE_H
#define DCAT_TEST_EXCHANGE_CLASSES_SCENE_H

#include "exchange/stage.h"

enum { CPU, GPU, NPU, CLASSES };
#define GHZ INT64_C(1000000000)

// "server" is a core that says how fast it is; a card does 250 GHz, twice at class gpu.
static const dcat_device devices[] = {
    {.pool = DCAT_POOL_CPU,
     .speed_hz = 1.0,
     .core_count = 1,
     .memory_bytes = INFINITY,
     .energy_cost = NAN,
     .time_cost_per_s = NAN},
    {.pool = DCAT_POOL_GPU,
     .speed_hz = 250e9,
     .core_count = 1,
     .memory_bytes = INFINITY,
     .energy_cost = 0.0,
     .time_cost_per_s = 50.0},
};
static const dcat_class classes[CLASSES] = {
    [CPU] = {.pool = DCAT_POOL_CPU, .price_per_gigacycle = 10.0, .urgency_s = 2.0},
    [GPU] = {.pool = DCAT_POOL_GPU, .price_per_gigacycle = 20.0, .urgency_s = 2.0},
    [NPU] = {.pool = DCAT_POOL_NPU, .price_per_gigacycle = 10.0, .urgency_s = 2.0},
};
static const double efficiency[] = {1.0, 0.0, 0.0, 0.0, 2.0, 0.0};
static const dcat_resources_config resources = {
    DCAT_SIZED(dcat_resources_config),
    .devices = devices,
    .device_count = 2,
    .classes = classes,
    .class_count = CLASSES,
    .efficiency = efficiency,
};

static exchange_config config_of(void)
{
    exchange_config config = stage_config();
    config.class_count = CLASSES;
    config.device_count = 2;
    for (int q = 0; q < CLASSES; q++) {
        config.classes[q] = (exchange_class){.price_per_gigacycle = classes[q].price_per_gigacycle,
                                             .urgency_s = classes[q].urgency_s,
                                             .pool = (int32_t)classes[q].pool};
    }
    for (int d = 0; d < 2; d++) {
        config.devices[d] = (exchange_device){
            .speed_hz = devices[d].speed_hz, .pool = (int32_t)devices[d].pool, .core_count = 1};
    }
    return config;
}

typedef struct scene {
    stage s;
    int32_t user, provider[2], server[2];
} scene;

static exchange_event registration(int32_t provider, int32_t cores, int32_t cards,
                                   dcat_money tariff)
{
    exchange_event event = {.kind = EVENT_REGISTER,
                            .actor = provider,
                            .machine = {.speed_hz = 250 * GHZ, .core_count = 100}};
    event.units[DCAT_POOL_CPU] =
        (exchange_unit){.device = 0, .count = cores, .speed_hz = cores > 0 ? 250 * GHZ : 0};
    event.units[DCAT_POOL_GPU] = (exchange_unit){.device = 1,
                                                 .count = cards,
                                                 .tariff = tariff,
                                                 .tariff_per = tariff > 0 ? PER_GIGACYCLE : 0};
    return event;
}

static inline void ask(scene *c, int which, int32_t pool, dcat_money micro, exchange_per per)
{
    static int64_t nonce;
    const exchange_event event = {.kind = EVENT_ASK,
                                  .actor = c->provider[which],
                                  .at_ns = exchange_time(c->s.x).now_ns,
                                  .ask = {c->server[which], (int32_t)per, micro, ++nonce, pool}};
    stage_must(&c->s, &event, CODE_DONE);
}

#endif
