// cluster_linkage.c - complete-linkage agglomeration up to the span limit: the strongest simple
// rule, and blind to profit.
//
// The link of two clusters is the largest distance between a member of one and a member of the
// other. Start from single servers; merge the two clusters with the smallest link while that is
// within the limit. The link bounds the span of the union, so every cluster stays legal.
//
// Choice: among equal links the pair with the lowest clusters merges first, clusters being known by
// their smallest server: first the lower of the two, then the higher.
//
// Each cluster remembers its nearest cluster among those above it. Links only grow by a merge, so a
// remembered neighbour stays the nearest until it takes part in a merge itself. A merge then costs
// O(S) plus O(S) for each cluster that has to look again: O(S^2) overall on most worlds, O(S^3) at
// worst. Memory O(S^2).

#include "base/arena.h"
#include "core/cluster_support.h"
#include "core/clusterer.h"
#include <math.h>

typedef struct linkage_work {
    double *link_m;    // [S, S] only above the diagonal: links of live clusters
    double *nearest_m; // [S] link to the nearest cluster; INFINITY when there is none
    int32_t *nearest;  // [S] the nearest cluster with a higher index, lowest among equals
    int32_t *live;     // [live_count] clusters that still exist, ascending
    size_t live_count;
    size_t server_count;
} linkage_work;

static size_t linkage_layout(const dcat_world *world, void *base, linkage_work *work)
{
    size_t server_count = dcat_world_server_count(world);
    arena a = {.base = base};
    work->link_m = ARENA_ARRAY(&a, double, server_count *server_count);
    work->nearest_m = ARENA_ARRAY(&a, double, server_count);
    work->nearest = ARENA_ARRAY(&a, int32_t, server_count);
    work->live = ARENA_ARRAY(&a, int32_t, server_count);
    work->live_count = server_count;
    work->server_count = server_count;
    return a.used;
}

static size_t linkage_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    linkage_work measured;
    return linkage_layout(world, NULL, &measured);
}

static double *link_between(const linkage_work *work, int32_t a, int32_t b)
{
    size_t low = (size_t)(a < b ? a : b);
    size_t high = (size_t)(a < b ? b : a);
    return &work->link_m[low * work->server_count + high];
}

// Look for the nearest cluster of live[position] among those behind it.
static void find_nearest(linkage_work *work, size_t position)
{
    int32_t cluster = work->live[position];
    const double *link_m = &work->link_m[(size_t)cluster * work->server_count];
    double best_m = INFINITY;
    int32_t best = CLUSTER_NONE;
    for (size_t p = position + 1; p < work->live_count; p++) {
        int32_t other = work->live[p];
        if (link_m[other] < best_m) {
            best_m = link_m[other];
            best = other;
        }
    }
    work->nearest_m[cluster] = best_m;
    work->nearest[cluster] = best;
}

static void start_from_single_servers(const dcat_world *world, linkage_work *work)
{
    size_t server_count = work->server_count;
    for (size_t i = 0; i < server_count; i++) {
        work->live[i] = (int32_t)i;
        for (size_t j = i + 1; j < server_count; j++) {
            work->link_m[i * server_count + j] = dcat_world_distance_m(world, (int)i, (int)j);
        }
    }
    for (size_t i = 0; i < server_count; i++) {
        find_nearest(work, i);
    }
}

// The live cluster with the shortest link to its nearest, lowest among equals.
static int32_t closest_cluster(const linkage_work *work)
{
    int32_t best = work->live[0];
    for (size_t p = 1; p < work->live_count; p++) {
        int32_t cluster = work->live[p];
        if (work->nearest_m[cluster] < work->nearest_m[best]) {
            best = cluster;
        }
    }
    return best;
}

static void remove_live(linkage_work *work, int32_t cluster)
{
    size_t kept = 0;
    for (size_t p = 0; p < work->live_count; p++) {
        if (work->live[p] != cluster) {
            work->live[kept++] = work->live[p];
        }
    }
    work->live_count = kept;
}

// Merge cluster high into low: links first, then the neighbours that the merge made stale.
static void merge_clusters(linkage_work *work, int32_t low, int32_t high)
{
    remove_live(work, high);
    for (size_t p = 0; p < work->live_count; p++) {
        int32_t other = work->live[p];
        if (other != low) {
            double *link_m = link_between(work, low, other);
            *link_m = fmax(*link_m, *link_between(work, high, other));
        }
    }
    for (size_t p = 0; p < work->live_count; p++) {
        int32_t cluster = work->live[p];
        int32_t nearest = work->nearest[cluster];
        if (nearest == low || nearest == high) { // high was that of low
            find_nearest(work, p);
        }
    }
}

static void linkage_decide(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of)
{
    double span_m_max = dcat_world_config_view(input->world)->span_m_max;
    linkage_work work;
    linkage_layout(input->world, workspace, &work);
    start_from_single_servers(input->world, &work);
    for (size_t i = 0; i < work.server_count; i++) {
        cluster_of[i] = (int32_t)i;
    }
    while (work.live_count > 1) {
        int32_t low = closest_cluster(&work);
        if (work.nearest_m[low] > span_m_max) {
            break;
        }
        int32_t high = work.nearest[low];
        merge_clusters(&work, low, high);
        for (size_t i = 0; i < work.server_count; i++) {
            cluster_of[i] = cluster_of[i] == high ? low : cluster_of[i];
        }
    }
    dcat_partition_canonical(cluster_of, work.server_count, work.live);
}

const dcat_clusterer dcat_clusterer_linkage = {
    .name = "linkage",
    .summary = "complete-linkage clusters up to the span limit",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = linkage_workspace_bytes,
    .decide = linkage_decide,
};
