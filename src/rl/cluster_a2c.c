// cluster_a2c.c - DCAT's clusterer: the learned actor, deciding every cycle.
//
// The model is a dcat_actor. It sees the last cycle's demand. Choice: when nothing arrived in the
// last cycle there is nothing to decide by, and the partition in force stays.

#include "core/cluster_support.h"
#include "core/oracle.h"
#include "rl/walk.h"

#include <assert.h>
#include <string.h>

typedef struct a2c_work {
    rl_walk walk;
    rl_rows rows;
    oracle oracle;  // only for an actor that draws samples
    int32_t *drawn; // [S]
} a2c_work;

static int decide_every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

static size_t a2c_layout(const dcat_world *world, const dcat_actor *actor, void *base,
                         a2c_work *work)
{
    arena a = {.base = base};
    rl_walk_layout(&a, world, &work->walk);
    rl_rows_layout(&a, world, work->walk.pair_max, 0, 1, &work->rows);
    work->walk.rows = &work->rows;
    if (actor->sample_count > 0) {
        oracle_layout(&a, world, &work->oracle);
        work->drawn = ARENA_ARRAY(&a, int32_t, dcat_world_server_count(world));
    }
    return a.used;
}

static size_t a2c_workspace_bytes(const dcat_world *world, const void *model)
{
    a2c_work measured;
    return a2c_layout(world, model, NULL, &measured);
}

// Keep the most profitable of the best-scored clustering and the drawn ones; ties to the earlier.
static void draw_and_keep_best(a2c_work *work, const dcat_cluster_input *input, int32_t *cluster_of)
{
    const dcat_actor *actor = input->model;
    if (!oracle_begin(&work->oracle, input, CLUSTER_PART_A2C)) {
        return;
    }
    dcat_rng rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_A2C, input->cycle);
    size_t bytes = sizeof *cluster_of * dcat_world_server_count(input->world);
    double best_profit = oracle_profit(&work->oracle, cluster_of);
    for (int n = 0; n < actor->sample_count; n++) {
        rl_walk_draw(&work->walk, &rng, work->drawn);
        double profit = oracle_profit(&work->oracle, work->drawn);
        if (profit > best_profit) {
            best_profit = profit;
            memcpy(cluster_of, work->drawn, bytes);
        }
    }
}

static void a2c_decide(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of)
{
    const dcat_actor *actor = input->model;
    assert(actor != NULL);
    a2c_work work;
    a2c_layout(input->world, actor, workspace, &work);
    if (!rl_walk_begin(&work.walk, actor, input->observation, input->auction)) {
        return;
    }
    rl_walk_decide(&work.walk, cluster_of);
    if (actor->sample_count > 0) {
        draw_and_keep_best(&work, input, cluster_of);
    }
}

const dcat_clusterer dcat_clusterer_a2c = {
    .name = "a2c",
    .summary = "DCAT: learned merging that follows demand (--policy FILE, or the shipped policy)",
    .needs_model = true,
    .decide_every = decide_every_cycle,
    .workspace_bytes = a2c_workspace_bytes,
    .decide = a2c_decide,
};
