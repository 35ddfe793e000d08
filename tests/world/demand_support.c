// SPDX-License-Identifier: Apache-2.0
#include "demand_support.h"

#include "random_world.h"

dcat_world *simple_world(double slot_s, int slots_per_cycle, size_t area_count)
{
    dcat_world_config config = dcat_world_config_default();
    config.slot_s = slot_s;
    config.slots_per_cycle = slots_per_cycle;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    dcat_area areas[MARKET_AREA_MAX] = {{.node = 0}};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, &server, 1, areas, area_count, 1, &world, NULL),
                     DCAT_OK);
    return world;
}

dcat_task task_at(double arrival_s)
{
    return (dcat_task){.arrival_s = arrival_s,
                       .work_cycles = 700e9,
                       .data_bits = 20e6,
                       .deadline_s = 2.5,
                       .value = INFINITY};
}

dcat_demand *task_demand(const dcat_task *tasks, size_t count, double slot_s, int per_cycle)
{
    dcat_error err = {0};
    dcat_demand *demand = NULL;
    if (dcat_demand_create_tasks(tasks, count, 2, slot_s, per_cycle, &demand, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return demand;
}
