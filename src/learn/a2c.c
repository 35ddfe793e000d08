// SPDX-License-Identifier: Apache-2.0
// a2c.c - DCAT's clusterer: the learned actor, deciding every cycle.
//
// The model is a dcat_actor. It sees the last cycle's demand. A world of at most RL_WHOLE_MAX
// servers is decided as a whole; a larger one district by district (district.h), side by side on
// several threads unless the caller spread its own work over threads. Districts do not look at each
// other, so the bits do not depend on threads.
//
// Choice: when nothing arrived in the last cycle there is nothing to decide by, and the partition
// in force stays. In a district that no demand reaches it stays as far as it is within the
// district.

#include "base/threads.h"
#include "cluster/guard.h"
#include "cluster/oracle.h"
#include "cluster/support.h"
#include "learn/district/district.h"
#include "learn/walk.h"

#include <assert.h>
#include <string.h>

#define THREAD_MAX 16 // that decide districts; each needs room for one

// What looking at one scene needs.
typedef struct a2c_worker {
    rl_walk walk;
    rl_rows rows;
    rl_district_pairs pairs;
    int32_t *cluster_of; // [RL_DISTRICT_MAX] by place in a district
} a2c_worker;

typedef struct a2c_work {
    const dcat_actor *actor;
    bool whole; // not in districts
    rl_districts districts;
    a2c_worker worker[THREAD_MAX];
    int worker_count;
    bool guarded;
    guard guard;
    oracle oracle;    // only for an actor that draws samples
    int32_t *drawn;   // [S]
    int32_t *scratch; // [S]
} a2c_work;

static int decide_every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

static void layout_worker(arena *a, const dcat_world *world, bool whole, a2c_worker *worker)
{
    rl_size room = whole ? rl_size_of(world) : rl_district_size(world);
    rl_walk_layout_sized(a, world, room, &worker->walk);
    rl_rows_layout_sized(a, room, 0, 1, &worker->rows);
    worker->walk.rows = &worker->rows;
    if (!whole) {
        rl_district_pairs_layout(a, &worker->pairs);
        worker->cluster_of = ARENA_ARRAY(a, int32_t, room.S);
    }
}

static size_t a2c_layout(const dcat_world *world, const dcat_actor *actor, void *base,
                         a2c_work *work)
{
    arena a = {.base = base};
    size_t S = dcat_world_server_count(world);
    work->actor = actor;
    work->whole = !rl_districts_needed(world);
    work->worker_count = 1;
    if (!work->whole) {
        size_t count_max = rl_districts_count_max(S);
        work->worker_count = count_max < THREAD_MAX ? (int)count_max : THREAD_MAX;
        rl_districts_layout(&a, world, &work->districts);
        work->districts.version = actor->feature_version;
        work->scratch = ARENA_ARRAY(&a, int32_t, S);
    }
    for (int t = 0; t < work->worker_count; t++) {
        layout_worker(&a, world, work->whole, &work->worker[t]);
    }
    if (actor->sample_count > 0) {
        oracle_layout(&a, world, oracle_task_count(world), &work->oracle);
        work->drawn = ARENA_ARRAY(&a, int32_t, S);
    }
    work->guarded = dcat_world_config_view(world)->guard && actor->guard_tasks >= 0;
    if (work->guarded) {
        guard_layout(&a, world, (size_t)actor->guard_tasks, &work->guard);
    }
    return a.used;
}

static size_t a2c_workspace_bytes(const dcat_world *world, const void *model)
{
    a2c_work measured;
    return a2c_layout(world, model, NULL, &measured);
}

// --- a whole world

// Keep the most profitable of the best-scored clustering and the drawn ones; ties to the earlier.
static void draw_and_keep_best(a2c_work *work, const dcat_cluster_input *input, int32_t *cluster_of)
{
    if (!oracle_begin(&work->oracle, input, CLUSTER_PART_A2C)) {
        return;
    }
    dcat_rng rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_A2C, input->cycle);
    size_t bytes = sizeof *cluster_of * dcat_world_server_count(input->world);
    double best_profit = oracle_profit(&work->oracle, cluster_of);
    for (int n = 0; n < work->actor->sample_count; n++) {
        rl_walk_draw(&work->worker[0].walk, &rng, work->drawn);
        double profit = oracle_profit(&work->oracle, work->drawn);
        if (profit > best_profit) {
            best_profit = profit;
            memcpy(cluster_of, work->drawn, bytes);
        }
    }
}

static void decide_whole(a2c_work *work, const dcat_cluster_input *input, int32_t *cluster_of)
{
    rl_walk *walk = &work->worker[0].walk;
    if (!rl_walk_begin(walk, work->actor, input->observation, input->auction)) {
        return;
    }
    rl_walk_decide(walk, cluster_of);
    if (work->actor->sample_count > 0) {
        draw_and_keep_best(work, input, cluster_of);
    }
}

// --- districts

// Label clusters of a district by the smallest server of each.
static void label_by_server(const rl_market *market, const int32_t *by_place, int32_t *cluster_of)
{
    for (size_t i = 0; i < market->S; i++) {
        size_t first = 0;
        while (by_place[first] != by_place[i]) {
            first++;
        }
        cluster_of[market->server[i]] = market->server[first];
    }
}

// Best-scored when rng is NULL, else drawn.
static void decide_district(const a2c_work *work, a2c_worker *worker,
                            const dcat_cluster_input *input, size_t number, dcat_rng *rng,
                            int32_t *cluster_of)
{
    rl_market market = rl_district_market(&work->districts, number, &worker->pairs);
    if (!rl_walk_begin_market(&worker->walk, work->actor, &market, input->auction)) {
        for (size_t i = 0; i < market.S; i++) {
            worker->cluster_of[i] = cluster_of[market.server[i]];
        }
    } else if (rng == NULL) {
        rl_walk_decide(&worker->walk, worker->cluster_of);
    } else {
        rl_walk_draw(&worker->walk, rng, worker->cluster_of);
    }
    label_by_server(&market, worker->cluster_of, cluster_of);
}

// A canonical partition with its clusters labelled by the smallest server of each.
static void copy_by_server(const int32_t *cluster_of, size_t server_count, int32_t *first_of,
                           int32_t *by_server)
{
    int32_t count = 0;
    for (size_t i = 0; i < server_count; i++) {
        if (cluster_of[i] == count) {
            first_of[count++] = (int32_t)i;
        }
        by_server[i] = first_of[cluster_of[i]];
    }
}

// Draw one district anew for each sample, in turn, and keep what earns more in the whole world.
static void redraw_districts(a2c_work *work, const dcat_cluster_input *input, int32_t *cluster_of)
{
    size_t S = dcat_world_server_count(input->world);
    if (!oracle_begin(&work->oracle, input, CLUSTER_PART_A2C)) {
        return;
    }
    dcat_rng rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_A2C, input->cycle);
    double best_profit = oracle_profit(&work->oracle, cluster_of);
    for (int n = 0; n < work->actor->sample_count; n++) {
        size_t number = (size_t)n % work->districts.count;
        copy_by_server(cluster_of, S, work->scratch, work->drawn);
        decide_district(work, &work->worker[0], input, number, &rng, work->drawn);
        dcat_partition_canonical(work->drawn, S, work->scratch);
        double profit = oracle_profit(&work->oracle, work->drawn);
        if (profit > best_profit) {
            best_profit = profit;
            memcpy(cluster_of, work->drawn, sizeof *cluster_of * S);
        }
    }
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

typedef struct district_task {
    a2c_work *work;
    const dcat_cluster_input *input;
    int32_t *cluster_of;
} district_task;

static void decide_one(void *user, size_t number, int thread)
{
    const district_task *task = user;
    decide_district(task->work, &task->work->worker[thread], task->input, number, NULL,
                    task->cluster_of);
}

static void decide_districts(a2c_work *work, const dcat_cluster_input *input, int32_t *cluster_of)
{
    if (!has_demand(input->observation)) {
        return;
    }
    work->districts.dear = dcat_world_dear_view(input->world, input->auction);
    rl_districts_cut(&work->districts);
    rl_districts_share(&work->districts, input->observation);
    int threads = threads_count(0);
    threads = threads < work->worker_count ? threads : work->worker_count;
    district_task task = {work, input, cluster_of};
    threads_for(work->districts.count, threads, decide_one, &task);
    dcat_partition_canonical(cluster_of, dcat_world_server_count(input->world), work->scratch);
    if (work->actor->sample_count > 0) {
        redraw_districts(work, input, cluster_of);
    }
}

// What demand will be like: an actor of version 1, and its guard, take the last cycle for it.
static dcat_cluster_input expected(const dcat_cluster_input *seen, const dcat_actor *actor)
{
    dcat_cluster_input input = *seen;
    if (actor->feature_version > 1 && input.forecast != NULL) {
        input.observation = input.forecast;
    }
    return input;
}

static dcat_status a2c_decide(const dcat_cluster_input *seen, void *workspace, int32_t *cluster_of,
                              dcat_error *err)
{
    (void)err;
    assert(seen->model != NULL);
    const dcat_cluster_input expecting = expected(seen, seen->model), *input = &expecting;
    a2c_work work;
    a2c_layout(input->world, input->model, workspace, &work);
    if (work.guarded) {
        guard_note_in_force(&work.guard, cluster_of);
    }
    if (work.whole) {
        decide_whole(&work, input, cluster_of);
    } else {
        decide_districts(&work, input, cluster_of);
    }
    if (work.guarded) {
        guard_decide(&work.guard, input, cluster_of);
    }
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_a2c = {
    DCAT_SIZED(dcat_clusterer),
    .name = "a2c",
    .summary = "DCAT: learned merging, anew in every cycle (--policy FILE, or the shipped policy)",
    .needs_model = true,
    .decide_every = decide_every_cycle,
    .workspace_bytes = a2c_workspace_bytes,
    .decide = a2c_decide,
};

// What looking at demand again and again is worth shows against this row. Choice: the first
// decision and not the commonest one of a run, which only a run that is over can tell. It is made
// on the long-run demand, since nothing was observed yet.
const dcat_clusterer dcat_clusterer_a2c_once = {
    DCAT_SIZED(dcat_clusterer),
    .name = "a2c-once",
    .summary = "the first decision of a2c, held for the whole run",
    .needs_model = true,
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = a2c_workspace_bytes,
    .decide = a2c_decide,
};
