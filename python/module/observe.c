// SPDX-License-Identifier: Apache-2.0
// What a clusterer sees, as numbers in [0, 1].
//
// Every quantity x is shown as x / (x + scale): 0.5 at the scale, which is what the long-run demand
// has on average, and never beyond 1 however large. [7 A] of areas (arrivals a slot; means of work,
// data and deadline; their standard deviations), then [S] of servers: how long each is still busy,
// against the length of a cycle; then [S]: the label of its cluster, divided by S.

#include "py.h"

#include <stdlib.h>

#define AREA_ROWS 7

size_t py_observation_length(const dcat_world *world)
{
    return AREA_ROWS * dcat_world_area_count(world) + 2 * dcat_world_server_count(world);
}

static double mean_of(const double *value, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += value[i];
    }
    return sum > 0.0 ? sum / (double)count : 1.0; // nothing known: any scale serves
}

py_scales py_scales_of(const py_world *world)
{
    size_t A = dcat_world_area_count(world->world);
    const dcat_world_config *config = dcat_world_config_view(world->world);
    py_scales scales = {1.0, 1.0, 1.0, 1.0, config->slot_s * config->slots_per_cycle};
    double *memory = calloc(AREA_ROWS * A, sizeof *memory);
    if (memory != NULL) {
        dcat_observation seen = {.area_count = A,
                                 .arrivals_per_slot = memory,
                                 .work_cycles = memory + A,
                                 .data_bits = memory + 2 * A,
                                 .deadline_s = memory + 3 * A,
                                 .work_sd = memory + 4 * A,
                                 .data_sd = memory + 5 * A,
                                 .deadline_sd = memory + 6 * A};
        dcat_demand_long_run(world->demand, &seen);
        scales.arrivals = mean_of(seen.arrivals_per_slot, A);
        scales.work = mean_of(seen.work_cycles, A);
        scales.data = mean_of(seen.data_bits, A);
        scales.deadline = mean_of(seen.deadline_s, A);
        free(memory);
    }
    return scales;
}

static float *put(float *out, const double *value, size_t count, double scale)
{
    for (size_t i = 0; i < count; i++) {
        double x = value != NULL ? value[i] : 0.0;
        out[i] = (float)(x / (x + scale));
    }
    return out + count;
}

void py_observe(dcat_env *env, const py_scales *scales, float *out)
{
    const dcat_cluster_input input = dcat_env_observe(env);
    const dcat_observation *seen = input.observation;
    size_t A = seen->area_count, S = dcat_world_server_count(input.world);
    out = put(out, seen->arrivals_per_slot, A, scales->arrivals);
    out = put(out, seen->work_cycles, A, scales->work);
    out = put(out, seen->data_bits, A, scales->data);
    out = put(out, seen->deadline_s, A, scales->deadline);
    out = put(out, seen->work_sd, A, scales->work);
    out = put(out, seen->data_sd, A, scales->data);
    out = put(out, seen->deadline_sd, A, scales->deadline);
    double now_s = dcat_world_slot_start_s(input.world, dcat_env_cycle(env), dcat_env_slot(env));
    for (size_t i = 0; i < S; i++) {
        double left_s = input.busy_until_s[i] - now_s;
        left_s = left_s > 0.0 ? left_s : 0.0;
        out[i] = (float)(left_s / (left_s + scales->queue_s));
        out[S + i] = (float)input.cluster_of[i] / (float)S;
    }
}
