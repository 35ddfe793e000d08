// SPDX-License-Identifier: Apache-2.0
#include "cluster/oracle.h"

#include "market/state.h"
#define ORACLE_TASKS_MIN 10000
#define ORACLE_TASKS_PER_SERVER 250
#define ORACLE_SLOT_MAX 32768 // where hardly anything arrives

void oracle_layout(arena *a, const dcat_world *world, oracle *o)
{
    size_t task_max = ORACLE_TASKS_PER_SERVER * dcat_world_server_count(world);
    *o = (oracle){.world = world};
    o->task_max = task_max > ORACLE_TASKS_MIN ? task_max : ORACLE_TASKS_MIN;
    o->state_memory = arena_take(a, dcat_state_bytes(world, o->task_max));
    o->task = ARENA_ARRAY(a, dcat_task, o->task_max);
    o->task_end = ARENA_ARRAY(a, size_t, ORACLE_SLOT_MAX);
}

static bool has_demand(const dcat_observation *observation)
{
    for (size_t area = 0; area < observation->area_count; area++) {
        if (observation->arrivals_per_slot[area] > 0.0) {
            return true;
        }
    }
    return false;
}

// Slot by slot until there are task_max arrivals. The last slot may be cut.
static void draw_arrivals(oracle *o, const dcat_cluster_input *input, uint32_t part)
{
    double slot_s = dcat_world_config_view(o->world)->slot_s;
    size_t task_count = 0;
    size_t slot = 0;
    for (; slot < ORACLE_SLOT_MAX && task_count < o->task_max; slot++) {
        task_count += dcat_observation_draw(input->observation, input->seed, part, input->cycle,
                                            (uint32_t)slot, (double)slot * slot_s,
                                            &o->task[task_count], o->task_max - task_count);
        o->task_end[slot] = task_count;
    }
    o->slot_count = slot;
}

// The oracle's lotteries come from a seed of its own: it must not foresee those of the run.
static uint64_t lottery_seed(const dcat_cluster_input *input, uint32_t part)
{
    dcat_draw draw = dcat_draw_at(input->seed, DCAT_STREAM_CLUSTER, part, input->cycle, 1, 0);
    return dcat_draw_u64(&draw, 0);
}

bool oracle_begin(oracle *o, const dcat_cluster_input *input, uint32_t part)
{
    if (!has_demand(input->observation)) {
        return false;
    }
    o->state = dcat_state_init(o->state_memory, o->world, input->auction, lottery_seed(input, part),
                               o->task_max);
    draw_arrivals(o, input, part);
    return true;
}

double oracle_profit(const oracle *o, const int32_t *cluster_of)
{
    double slot_s = dcat_world_config_view(o->world)->slot_s;
    dcat_totals totals = {0};
    dcat_state_reset(o->state);
    dcat_state_set_clusters(o->state, cluster_of);
    size_t task_begin = 0;
    for (size_t slot = 0; slot < o->slot_count; slot++) {
        state_step(o->state, (double)slot * slot_s, 0, (uint32_t)slot, &o->task[task_begin],
                   o->task_end[slot] - task_begin, NULL, &totals);
        task_begin = o->task_end[slot];
    }
    return dcat_totals_profit(&totals);
}
