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
// Only links within the limit are kept, as those beyond it never merge and links only grow. So a
// cluster has a list of its neighbours, which starts as the world's list of its server and only
// shrinks: after a merge the union has those that both had. Each cluster remembers its nearest
// neighbour above it, which stays the nearest until it takes part in a merge itself; and a
// tournament over clusters knows the smallest of all. With P pairs of servers within the limit and
// at most d neighbours each that is O(P + S d log d) and memory O(P).

#include "base/arena.h"
#include "core/cluster_support.h"
#include "core/clusterer.h"
#include "core/world.h"
#include <math.h>
#include <string.h>

typedef struct linkage_work {
    int32_t *count;     // [S] neighbours of each live cluster
    int32_t *neighbour; // [pairs] as the world has them; clusters instead of servers, ascending
    double *link_m;     // [pairs]
    double *nearest_m;  // [S] link to the nearest cluster above; INFINITY when there is none
    int32_t *nearest;   // [S] it, lowest among equals
    int32_t *into;      // [S] the cluster it was merged into, itself while live
    int32_t *winner;    // [2 leaf_count] tournament of the smallest nearest_m; 1 is the root
    size_t leaf_count;
    size_t server_count;
    const size_t *first; // [S + 1] of the world's lists
} linkage_work;

static size_t linkage_layout(const dcat_world *world, void *base, linkage_work *work)
{
    size_t server_count = world->server_count;
    size_t pair_count = world->neighbour_first[server_count];
    size_t leaf_count = 1;
    while (leaf_count < server_count) {
        leaf_count *= 2;
    }
    arena a = {.base = base};
    work->count = ARENA_ARRAY(&a, int32_t, server_count);
    work->neighbour = ARENA_ARRAY(&a, int32_t, pair_count);
    work->link_m = ARENA_ARRAY(&a, double, pair_count);
    work->nearest_m = ARENA_ARRAY(&a, double, server_count);
    work->nearest = ARENA_ARRAY(&a, int32_t, server_count);
    work->into = ARENA_ARRAY(&a, int32_t, server_count);
    work->winner = ARENA_ARRAY(&a, int32_t, 2 * leaf_count);
    work->leaf_count = leaf_count;
    work->server_count = server_count;
    work->first = world->neighbour_first;
    return a.used;
}

static size_t linkage_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    linkage_work measured;
    return linkage_layout(world, NULL, &measured);
}

// --- the tournament

// The cluster with the shorter link to its nearest, the lower among equals; a is below b.
static int32_t closer(const linkage_work *work, int32_t a, int32_t b)
{
    if (a == CLUSTER_NONE || b == CLUSTER_NONE) {
        return a == CLUSTER_NONE ? b : a;
    }
    return work->nearest_m[b] < work->nearest_m[a] ? b : a;
}

static void play_from(linkage_work *work, int32_t cluster)
{
    for (size_t at = (work->leaf_count + (size_t)cluster) / 2; at > 0; at /= 2) {
        work->winner[at] = closer(work, work->winner[2 * at], work->winner[2 * at + 1]);
    }
}

static void play_all(linkage_work *work)
{
    for (size_t i = 0; i < work->leaf_count; i++) {
        work->winner[work->leaf_count + i] = i < work->server_count ? (int32_t)i : CLUSTER_NONE;
    }
    for (size_t at = work->leaf_count; at-- > 1;) {
        work->winner[at] = closer(work, work->winner[2 * at], work->winner[2 * at + 1]);
    }
}

// --- neighbours

// Look for the nearest neighbour above a cluster.
static void find_nearest(linkage_work *work, int32_t cluster)
{
    const int32_t *neighbour = &work->neighbour[work->first[cluster]];
    const double *link_m = &work->link_m[work->first[cluster]];
    double best_m = INFINITY;
    int32_t best = CLUSTER_NONE;
    for (int32_t n = 0; n < work->count[cluster]; n++) {
        if (neighbour[n] > cluster && link_m[n] < best_m) {
            best_m = link_m[n];
            best = neighbour[n];
        }
    }
    work->nearest_m[cluster] = best_m;
    work->nearest[cluster] = best;
}

static void start_from_single_servers(const dcat_world *world, linkage_work *work)
{
    size_t pair_count = world->neighbour_first[work->server_count];
    if (pair_count > 0) {
        memcpy(work->neighbour, world->neighbour, sizeof *work->neighbour * pair_count);
        memcpy(work->link_m, world->neighbour_m, sizeof *work->link_m * pair_count);
    }
    for (size_t i = 0; i < work->server_count; i++) {
        work->count[i] = (int32_t)(work->first[i + 1] - work->first[i]);
        work->into[i] = (int32_t)i;
        find_nearest(work, (int32_t)i);
    }
    play_all(work);
}

// Where other is in the list of cluster; it must be there.
static int32_t position_of(const linkage_work *work, int32_t cluster, int32_t other)
{
    const int32_t *neighbour = &work->neighbour[work->first[cluster]];
    int32_t low = 0, high = work->count[cluster];
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (neighbour[middle] < other) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void drop_neighbour(linkage_work *work, int32_t cluster, int32_t other)
{
    int32_t at = position_of(work, cluster, other);
    int32_t behind = --work->count[cluster] - at;
    int32_t *neighbour = &work->neighbour[work->first[cluster] + (size_t)at];
    double *link_m = &work->link_m[work->first[cluster] + (size_t)at];
    memmove(neighbour, neighbour + 1, sizeof *neighbour * (size_t)behind);
    memmove(link_m, link_m + 1, sizeof *link_m * (size_t)behind);
}

// A neighbour of low or high or both learns of their union; then looks again if it was nearest.
static void tell_neighbour(linkage_work *work, int32_t cluster, int32_t low, int32_t high,
                           const double *low_m, const double *high_m)
{
    if (high_m != NULL) {
        drop_neighbour(work, cluster, high);
    }
    if (low_m != NULL && high_m != NULL) {
        int32_t at = position_of(work, cluster, low);
        work->link_m[work->first[cluster] + (size_t)at] = fmax(*low_m, *high_m);
    } else if (low_m != NULL) {
        drop_neighbour(work, cluster, low);
    }
    if (work->nearest[cluster] == low || work->nearest[cluster] == high) {
        find_nearest(work, cluster);
        play_from(work, cluster);
    }
}

// Merge cluster high into low: both lists are walked together, and low keeps what both have.
static void merge_clusters(linkage_work *work, int32_t low, int32_t high)
{
    int32_t *of_low = &work->neighbour[work->first[low]];
    double *low_m = &work->link_m[work->first[low]];
    const int32_t *of_high = &work->neighbour[work->first[high]];
    const double *high_m = &work->link_m[work->first[high]];
    int32_t a = 0, b = 0, kept = 0;
    while (a < work->count[low] || b < work->count[high]) {
        bool has_low = a < work->count[low] && (b == work->count[high] || of_low[a] <= of_high[b]);
        bool has_high = b < work->count[high] && (a == work->count[low] || of_high[b] <= of_low[a]);
        int32_t cluster = has_low ? of_low[a] : of_high[b];
        if (cluster != low && cluster != high) {
            tell_neighbour(work, cluster, low, high, has_low ? &low_m[a] : NULL,
                           has_high ? &high_m[b] : NULL);
            if (has_low && has_high) {
                of_low[kept] = cluster;
                low_m[kept++] = fmax(low_m[a], high_m[b]);
            }
        }
        a += has_low;
        b += has_high;
    }
    work->count[low] = kept;
    work->count[high] = 0;
    work->into[high] = low;
    find_nearest(work, low);
    play_from(work, low);
    work->nearest_m[high] = INFINITY;
    work->nearest[high] = CLUSTER_NONE;
    play_from(work, high);
}

static void linkage_decide(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of)
{
    linkage_work work;
    linkage_layout(input->world, workspace, &work);
    start_from_single_servers(input->world, &work);
    for (;;) {
        int32_t low = work.winner[1];
        if (work.nearest[low] == CLUSTER_NONE) { // nobody has a neighbour within the limit
            break;
        }
        merge_clusters(&work, low, work.nearest[low]);
    }
    for (size_t i = 0; i < work.server_count; i++) {
        int32_t into = work.into[i]; // below i, so its label is final, or i itself
        cluster_of[i] = into == (int32_t)i ? into : cluster_of[into];
    }
    dcat_partition_canonical(cluster_of, work.server_count, work.into);
}

const dcat_clusterer dcat_clusterer_linkage = {
    .name = "linkage",
    .summary = "complete-linkage clusters up to the span limit",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = linkage_workspace_bytes,
    .decide = linkage_decide,
};
