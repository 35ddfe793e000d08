// SPDX-License-Identifier: Apache-2.0
// What a clusterer sees, as numbers in [0, 1].
//
// Every quantity x is shown as x / (x + scale): 0.5 at the scale, which is what the long-run demand
// has on average, and never beyond 1 however large. [7 A] of areas (arrivals a slot; means of work,
// data and deadline; their standard deviations), then [S] of servers: how long each is still busy,
// against the length of a cycle; then [S]: the label of its cluster, divided by S. Where there are
// Q classes of work, more than one, [7 A Q] of areas by class follow, of area a and class q in
// column a Q + q of each row, and [W S]: how long each of a server's W queues is still busy.

#include "py.h"

#include "dcat/x/model.h"
#include <stdlib.h>

#define AREA_ROWS 7

size_t py_observation_length(const dcat_world *world)
{
    size_t A = dcat_world_area_count(world), S = dcat_world_server_count(world);
    size_t Q = dcat_world_class_count(world);
    size_t by_class = Q > 1 ? AREA_ROWS * A * Q + dcat_world_queue_count(world) * S : 0;
    return AREA_ROWS * A + 2 * S + by_class;
}

double py_fee(const dcat_world *world, const dcat_task *task)
{
    const dcat_world_config *config = dcat_world_config_view(world);
    double price = config->market.price_per_gigacycle, urgency_s = config->market.urgency_s;
    if (config->resources != NULL) {
        const dcat_class *wanted = &dcat_resources_classes_view(config->resources)[task->class_id];
        price = wanted->price_per_gigacycle;
        urgency_s = wanted->urgency_s;
    }
    return dcat_fee(price, urgency_s, task->deadline_s, task->work_cycles);
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

// Seven rows of areas, or of areas by class; nothing is seen where there are none.
static float *put_areas(float *out, const dcat_observation *seen, size_t count,
                        const py_scales *scales)
{
    static const dcat_observation nothing = {0};
    seen = seen != NULL ? seen : &nothing;
    out = put(out, seen->arrivals_per_slot, count, scales->arrivals);
    out = put(out, seen->work_cycles, count, scales->work);
    out = put(out, seen->data_bits, count, scales->data);
    out = put(out, seen->deadline_s, count, scales->deadline);
    out = put(out, seen->work_sd, count, scales->work);
    out = put(out, seen->data_sd, count, scales->data);
    return put(out, seen->deadline_sd, count, scales->deadline);
}

static float busy(double until_s, double now_s, const py_scales *scales)
{
    double left_s = until_s > now_s ? until_s - now_s : 0.0;
    return (float)(left_s / (left_s + scales->queue_s));
}

void py_observe(dcat_env *env, const py_scales *scales, float *out)
{
    const dcat_cluster_input input = dcat_env_observe(env);
    const dcat_observation *seen = input.observation;
    size_t A = seen->area_count, S = dcat_world_server_count(input.world);
    out = put_areas(out, seen, A, scales);
    double now_s = dcat_world_slot_start_s(input.world, dcat_env_cycle(env), dcat_env_slot(env));
    for (size_t i = 0; i < S; i++) {
        out[i] = busy(input.busy_until_s[i], now_s, scales);
        out[S + i] = (float)input.cluster_of[i] / (float)S;
    }
    out += 2 * S;
    size_t Q = dcat_world_class_count(input.world);
    if (Q == 1) {
        return;
    }
    py_scales of_class = *scales; // a class has its part of the arrivals
    of_class.arrivals /= (double)Q;
    out = put_areas(out, seen->by_class, A * Q, &of_class);
    const dcat_state *state = dcat_env_state_view(env);
    for (size_t w = 0; w < dcat_world_queue_count(input.world); w++, out += S) {
        for (size_t i = 0; i < S; i++) {
            out[i] = busy(dcat_state_queue(state, (int32_t)i, w).busy_until_s, now_s, scales);
        }
    }
}
