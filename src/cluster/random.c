// SPDX-License-Identifier: Apache-2.0
// random.c - random clusters within the span limit: the paper's baseline without any
// optimisation.
//
// Choice: the paper only says that servers are divided at random and each cluster is legal. We let
// servers arrive in random order; each picks uniformly among the clusters it may legally join and a
// new one of its own.
//
// Choice: drawn once per world and seed. Drawing anew every cycle would also charge the baseline
// for moving servers that still have work in their queues, which says nothing about clustering.

#include "base/arena.h"
#include "base/sort.h"
#include "cluster/clusterer.h"
#include "cluster/support.h"
#include "world/world.h"

typedef struct random_work {
    int32_t *order;      // [S] servers as they arrive
    int32_t *open;       // [S] clusters the arriving server may join
    int32_t *size;       // [S] members, by cluster
    int32_t *near;       // [S] members within the limit of the arriving server; 0 between arrivals
    const uint8_t *dear; // [S] Nullable: servers that stay alone
} random_work;

static size_t random_layout(const dcat_world *world, void *base, random_work *work)
{
    size_t server_count = dcat_world_server_count(world);
    arena a = {.base = base};
    work->order = ARENA_ARRAY(&a, int32_t, server_count);
    work->open = ARENA_ARRAY(&a, int32_t, server_count);
    work->size = ARENA_ARRAY(&a, int32_t, server_count);
    work->near = ARENA_ARRAY(&a, int32_t, server_count);
    return a.used;
}

static size_t random_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    random_work measured;
    return random_layout(world, NULL, &measured);
}

// Fisher-Yates: every order is equally likely.
static void shuffle_servers(dcat_rng *rng, int32_t *order, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        order[i] = (int32_t)i;
    }
    for (size_t left = server_count; left > 1; left--) {
        uint32_t pick = dcat_rng_below(rng, (uint32_t)left);
        int32_t last = order[left - 1];
        order[left - 1] = order[pick];
        order[pick] = last;
    }
}

static int comes_first(const int32_t *list, size_t i, size_t j)
{
    return list[i] < list[j];
}

SORT_DEFINE(sort_ascending, int32_t *, comes_first, sort_swap)

// Clusters that server may join, ascending, into work->open; returns how many. All members of such
// a cluster are among the server's neighbours.
static uint32_t list_open_clusters(const dcat_world *world, int32_t server,
                                   const int32_t *cluster_of, random_work *work)
{
    if (world_is_dear(work->dear, server)) {
        return 0;
    }
    world_neighbours around = world_neighbours_of(world, (size_t)server);
    uint32_t open_count = 0;
    for (size_t n = 0; n < around.count; n++) {
        int32_t cluster = cluster_of[around.server[n]];
        bool closed = cluster == CLUSTER_NONE || world_is_dear(work->dear, around.server[n]);
        if (!closed && ++work->near[cluster] == work->size[cluster]) {
            work->open[open_count++] = cluster;
        }
    }
    for (size_t n = 0; n < around.count; n++) {
        int32_t cluster = cluster_of[around.server[n]];
        if (cluster != CLUSTER_NONE) {
            work->near[cluster] = 0;
        }
    }
    sort_ascending(work->open, open_count);
    return open_count;
}

static dcat_status random_decide(const dcat_cluster_input *input, void *workspace,
                                 int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    const dcat_world *world = input->world;
    size_t server_count = dcat_world_server_count(world);
    random_work work;
    random_layout(world, workspace, &work);
    work.dear = dcat_world_dear_view(world, input->auction);
    dcat_rng rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_RANDOM, 0);

    shuffle_servers(&rng, work.order, server_count);
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = CLUSTER_NONE;
        work.size[i] = 0;
        work.near[i] = 0;
    }
    int32_t cluster_count = 0;
    for (size_t i = 0; i < server_count; i++) {
        int32_t server = work.order[i];
        uint32_t open_count = list_open_clusters(world, server, cluster_of, &work);
        uint32_t pick = dcat_rng_below(&rng, open_count + 1);
        cluster_of[server] = pick < open_count ? work.open[pick] : cluster_count++;
        work.size[cluster_of[server]]++;
    }
    dcat_partition_canonical(cluster_of, server_count, work.order);
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_random = {
    DCAT_SIZED(dcat_clusterer),
    .name = "random",
    .summary = "random clusters within the span limit, drawn once (paper's baseline Rand)",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = random_workspace_bytes,
    .decide = random_decide,
};
