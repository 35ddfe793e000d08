#include "support.h"

#include "rl_support.h"
#include <stdlib.h>

dcat_world *rl_test_world(uint64_t seed, size_t server_count)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 150e3;
    config.slots_per_cycle = 5;
    dcat_server servers[64];
    dcat_area areas[RL_AREAS];
    dcat_draw_servers(seed, 400e3, (dcat_range){200e9, 300e9}, 100, servers, server_count);
    dcat_draw_areas(seed, 400e3, areas, RL_AREAS);
    dcat_world *world = NULL;
    dcat_error err = {0};
    dcat_status status =
        dcat_world_create(&config, servers, server_count, areas, RL_AREAS, seed, &world, &err);
    if (status != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

dcat_demand *rl_test_demand(void)
{
    double weight[RL_STEPS * RL_AREAS];
    for (size_t i = 0; i < RL_STEPS * RL_AREAS; i++) {
        weight[i] = 1.0 + (double)(i % 7);
    }
    const dcat_demand_profile profile = {
        .arrivals_per_slot = 10.0,
        .weight = weight,
        .step_count = RL_STEPS,
        .area_count = RL_AREAS,
        .work_cycles = {500e9, 900e9},
        .data_bits = {20e6, 20e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = RL_STEPS,
    };
    dcat_demand *demand = NULL;
    dcat_error err = {0};
    if (dcat_demand_create_profile(&profile, &demand, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return demand;
}

dcat_observation rl_test_observation(const dcat_demand *demand)
{
    size_t A = dcat_demand_area_count(demand);
    double *block = calloc(7 * A, sizeof *block);
    assert_non_null(block);
    dcat_observation observation = {
        .area_count = A,
        .arrivals_per_slot = block,
        .work_cycles = &block[A],
        .data_bits = &block[2 * A],
        .deadline_s = &block[3 * A],
        .work_sd = &block[4 * A],
        .data_sd = &block[5 * A],
        .deadline_sd = &block[6 * A],
    };
    dcat_demand_long_run(demand, &observation);
    return observation;
}

void rl_test_observation_free(dcat_observation *observation)
{
    free(observation->arrivals_per_slot);
}

static dcat_status open_world(void *user, uint64_t number, dcat_train_world *world, dcat_error *err)
{
    (void)err;
    *world = (dcat_train_world){
        .world = rl_test_world(number, 8 + number % 5),
        .demand = user,
        .cycle_first = 0,
        .cycle_count = 40,
    };
    return DCAT_OK;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user;
    dcat_world_destroy((dcat_world *)world->world); // made by open_world
}

dcat_train_source rl_test_source(dcat_demand *demand)
{
    return (dcat_train_source){.user = demand, .open = open_world, .close = close_world};
}
