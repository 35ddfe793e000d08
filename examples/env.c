// SPDX-License-Identifier: Apache-2.0
// Stepping a market of one's own: an agent sees the last cycle and the queues, says which servers
// act as one, and earns what the slots earn. The core library alone, no files. Build it against an
// installed dcat:
//
//   cc env.c $(pkg-config --cflags --libs dcat) -o env

#include <dcat/dcat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SERVERS 4
#define CYCLES 4

static void must(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "env: %s\n", err->message);
        exit(1);
    }
}

// The agent: one server alone after a quiet cycle, pairs of neighbours after a busy one.
static int decide(const dcat_cluster_input *seen, int32_t cluster_of[SERVERS])
{
    int together = seen->observation->arrivals_per_slot[0] > 3.0 ? 2 : 1;
    for (int s = 0; s < SERVERS; s++) {
        cluster_of[s] = s / together;
    }
    return SERVERS / together;
}

int main(void)
{
    dcat_error err = {0};
    dcat_server servers[SERVERS];
    for (int s = 0; s < SERVERS; s++) { // SI: metres, hertz
        servers[s] = (dcat_server){.site = {.x = 2e3 * s}, .speed_hz = 250e9, .core_count = 100};
        servers[s].energy_cost = servers[s].time_cost_per_s = NAN; // the market's
    }
    dcat_world_config where = dcat_world_config_default();
    dcat_world *world = NULL;
    must(dcat_world_create(&where, servers, SERVERS, &(dcat_area){0}, 1, 1, &world, &err), &err);

    const dcat_demand_profile profile = {DCAT_SIZED(dcat_demand_profile),
                                         .arrivals_per_slot = 3.0,
                                         .weight = (double[CYCLES]){1, 3, 4, 2},
                                         .step_count = CYCLES,
                                         .area_count = 1,
                                         .work_cycles = {200e9, 500e9},
                                         .data_bits = {50e6, 100e6},
                                         .deadline_s = {1.5, 2.5},
                                         .value_per_gigacycle = {INFINITY, INFINITY},
                                         .train_step_count = 1};
    dcat_demand *demand = NULL;
    must(dcat_demand_create_profile(&profile, &demand, &err), &err);

    dcat_env_config config = dcat_env_config_default();
    config.world = world;
    config.demand = demand;
    config.auction = dcat_auction_find("rea");
    dcat_env *env = NULL;
    must(dcat_env_create(&config, &env, &err), &err);
    while (dcat_env_cycle(env) < CYCLES) {
        dcat_cluster_input seen = dcat_env_observe(env);
        int32_t cluster_of[SERVERS], clusters = decide(&seen, cluster_of);
        must(dcat_env_set_clusters(env, cluster_of, &err), &err);
        dcat_totals reward = {0};
        do {
            must(dcat_env_step_slot(env, &reward, &err), &err);
        } while (dcat_env_cycle(env) == seen.cycle);
        printf("cycle %u: %d clusters, %3lld of %3lld tasks, profit %8.1f\n", seen.cycle, clusters,
               (long long)reward.awarded, (long long)reward.arrived, dcat_totals_profit(&reward));
    }
    dcat_env_destroy(env);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}
