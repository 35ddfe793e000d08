// SPDX-License-Identifier: Apache-2.0
#include "cluster/oracle.h"

#include "market/state.h"
#include <math.h>

#define ORACLE_TASKS_MIN 10000
#define ORACLE_TASKS_PER_SERVER 250
#define ORACLE_SLOT_MAX 32768 // where hardly anything arrives

static dcat_env_config config_of(const oracle *o, const dcat_auction *auction, uint64_t seed)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = o->world;
    config.auction = auction;
    config.seed = seed;
    config.task_max = o->room;
    config.trial = true;
    return config;
}

size_t oracle_task_count(const dcat_world *world)
{
    size_t task_count = ORACLE_TASKS_PER_SERVER * dcat_world_server_count(world);
    return task_count > ORACLE_TASKS_MIN ? task_count : ORACLE_TASKS_MIN;
}

void oracle_layout(arena *a, const dcat_world *world, size_t task_max, oracle *o)
{
    *o = (oracle){.world = world, .room = task_max, .task_max = task_max};
    const dcat_env_config config = config_of(o, dcat_auction_at(0), 0); // any: all need as much
    o->env_memory = arena_take(a, env_bytes(&config));
    o->task = ARENA_ARRAY(a, dcat_task, o->task_max);
    o->task_end = ARENA_ARRAY(a, size_t, ORACLE_SLOT_MAX);
    o->queue_s = ARENA_ARRAY(a, double, dcat_world_server_count(world));
}

bool oracle_has_demand(const dcat_observation *observation)
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
    if (!oracle_has_demand(input->observation)) {
        return false;
    }
    const dcat_env_config config = config_of(o, input->auction, lottery_seed(input, part));
    o->env = env_init(o->env_memory, &config);
    draw_arrivals(o, input, part);
    const dcat_arrivals arrivals = {o->task, o->task_end, o->slot_count};
    env_give(o->env, &arrivals);
    o->from_queues = false;
    return true;
}

void oracle_start_from(oracle *o, const dcat_cluster_input *input)
{
    double now_s = dcat_world_slot_start_s(o->world, input->cycle, 0);
    for (size_t i = 0; i < dcat_world_server_count(o->world); i++) {
        o->queue_s[i] = fmax(input->busy_until_s[i] - now_s, 0.0);
    }
    o->from_queues = true;
}

double oracle_profit(const oracle *o, const int32_t *cluster_of)
{
    dcat_totals totals = {0};
    env_place(o->env, 0, o->from_queues ? o->queue_s : NULL, cluster_of);
    env_step_cycle(o->env, &totals);
    return dcat_totals_profit(&totals);
}
