// SPDX-License-Identifier: Apache-2.0
// A world of one's own, from arrays, and two policies on it: the core library alone, no files.
// Build it against an installed dcat:
//
//   cc own_world.c $(pkg-config --cflags --libs dcat) -o own_world

#include <dcat/dcat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SERVERS 6
#define AREAS 2
#define STEPS 4

static void must(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "own_world: %s\n", err->message);
        exit(dcat_status_is_user_error(status) ? 2 : 1);
    }
}

// Two towns 60 km apart, three servers in each. Everything is SI: metres, hertz, bits, seconds.
static dcat_world *make_world(dcat_error *err)
{
    const dcat_site towns[AREAS] = {{0.0, 0.0}, {60e3, 0.0}};
    dcat_server servers[SERVERS];
    dcat_area areas[AREAS];
    for (int a = 0; a < AREAS; a++) {
        areas[a] = (dcat_area){.site = towns[a]};
    }
    for (int s = 0; s < SERVERS; s++) {
        dcat_site town = towns[s % AREAS];
        servers[s] = (dcat_server){
            .site = {town.x + 2e3 * s, town.y + 5e3},
            .speed_hz = 250e9 + 25e9 * s,
            .core_count = 100,
            .energy_cost = NAN, // the market's
            .time_cost_per_s = NAN,
        };
    }
    dcat_world_config config = dcat_world_config_default();
    config.geometry = DCAT_PLANE;
    config.span_m_max = 30e3; // the towns cannot be one cluster
    dcat_world *world = NULL;
    must(dcat_world_create(&config, servers, SERVERS, areas, AREAS, 1, &world, err), err);
    return world;
}

// Arrivals by town and cycle: the first is busy first, the second later.
static dcat_demand *make_demand(dcat_error *err)
{
    const double weight[STEPS * AREAS] = {4, 1, 3, 2, 2, 3, 1, 4};
    const dcat_demand_profile profile = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = 3.0,
        .weight = weight,
        .step_count = STEPS,
        .area_count = AREAS,
        .work_cycles = {400e9, 1000e9},
        .data_bits = {50e6, 100e6},
        .deadline_s = {1.5, 2.5},
        .value_per_gigacycle = {INFINITY, INFINITY}, // users take any fee
        .train_step_count = 1,
    };
    dcat_demand *demand = NULL;
    must(dcat_demand_create_profile(&profile, &demand, err), err);
    return demand;
}

int main(void)
{
    dcat_error err = {0};
    dcat_world *world = make_world(&err);
    dcat_demand *demand = make_demand(&err);

    const char *const policies[] = {"random:rea", "linkage:rea-s"};
    printf("%-14s %8s %8s %10s\n", "policy", "arrived", "awarded", "profit");
    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
        dcat_run_config config = {DCAT_SIZED(dcat_run_config), .seed = 7, .cycle_count = STEPS};
        must(dcat_policy_parse(policies[p], &config.policy, &err), &err);
        dcat_run_result result;
        must(dcat_run(world, demand, &config, NULL, NULL, &result, &err), &err);
        printf("%-14s %8lld %8lld %10.1f\n", policies[p], (long long)result.totals.arrived,
               (long long)result.totals.awarded, dcat_totals_profit(&result.totals));
    }
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
    return EXIT_SUCCESS;
}
