// SPDX-License-Identifier: Apache-2.0
// linkage.c - complete-linkage agglomeration up to the span limit: the strongest simple
// rule, and blind to profit.
//
// The link of two clusters is the largest distance between a member of one and a member of the
// other. Start from single servers; merge the two clusters with the smallest link while that is
// within the limit. The link bounds the span of the union, so every cluster stays legal.
//
// Choice: among equal links the pair with the lowest clusters merges first, clusters being known by
// their smallest server: first the lower of the two, then the higher.
//
// How it is found. Whichever two clusters are each other's nearest merge sooner or later, whatever
// else merges before: a merge of others never brings a cluster nearer to them, as the link of a
// union is the larger of two links, and where it is no larger the union keeps the lower number. So
// the order of such merges does not matter, and there is no need to know the smallest link of all.
// A chain that goes from a cluster to its nearest, and from there to its nearest, has smaller and
// smaller links, so it soon ends at such a pair; and it stays in one neighbourhood, which fast
// memory holds.
//
// Only links within the limit are kept, as those beyond it never merge and links only grow. A list
// of neighbours is not told of the merges of others: whoever reads it looks up what became of the
// clusters in it. The link to a union is the largest link to its parts, and when a part is not in
// the list the union is beyond the limit. A single server has the world's list, a union one of its
// own. With d neighbours each that is O(S d) in practice; a merge reads some lists.

// All of this holds for the other links and under a cap on size as well: the mean and the least of
// two links are no smaller than the smaller of them, whether two clusters are within the limit does
// not depend on the link, and what a cap forbids it forbids for good.

#include "cluster/linkage.h"
#include "base/arena.h"
#include "cluster/clusterer.h"
#include "cluster/support.h"
#include "world/world.h"
#include <assert.h>
#include <math.h>

typedef struct linked { // a neighbour
    double link_m;
    int32_t cluster; // its smallest server
    int32_t size;    // its servers
} linked;

typedef struct linked_list {
    linked *at;    // by cluster, ascending
    int32_t count; //
} linked_list;

typedef struct linkage_work {
    linked *list;   // [pairs] that of cluster k from first[k] on, once it is a union
    int32_t *count; // [S] neighbours of a union
    int32_t *size;  // [S] servers of a cluster
    int32_t *into;  // [S] the cluster it was merged into, itself while live
    int32_t *place; // [S] where a cluster is in the list being read
    int32_t *chain; // [S]
    uint8_t *alone; // [S] whether a cluster has no neighbour any more
    linked *one;    // [largest list] of a single server, while it is read
    linked *other;  // [largest list]
    const dcat_world *world;
    const uint8_t *dear; // [S] Nullable: servers that are nobody's neighbour
    linkage_rule rule;
} linkage_work;

static size_t largest_list(const dcat_world *world)
{
    size_t largest = 0;
    for (size_t i = 0; i < world->server_count; i++) {
        size_t count = world_neighbours_of(world, i).count;
        largest = count > largest ? count : largest;
    }
    return largest;
}

static size_t linkage_layout(const dcat_world *world, void *base, linkage_work *work)
{
    size_t server_count = world->server_count, largest = largest_list(world);
    arena a = {.base = base};
    work->list = ARENA_ARRAY(&a, linked, world->neighbour_first[server_count]);
    work->count = ARENA_ARRAY(&a, int32_t, server_count);
    work->size = ARENA_ARRAY(&a, int32_t, server_count);
    work->into = ARENA_ARRAY(&a, int32_t, server_count);
    work->place = ARENA_ARRAY(&a, int32_t, server_count);
    work->chain = ARENA_ARRAY(&a, int32_t, server_count);
    work->alone = ARENA_ARRAY(&a, uint8_t, server_count);
    work->one = ARENA_ARRAY(&a, linked, largest);
    work->other = ARENA_ARRAY(&a, linked, largest);
    work->world = world;
    return a.used;
}

static size_t linkage_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    linkage_work measured;
    return linkage_layout(world, NULL, &measured);
}

static void start_from_single_servers(linkage_work *work, const uint8_t *dear)
{
    work->dear = dear;
    for (size_t i = 0; i < work->world->server_count; i++) {
        work->size[i] = 1;
        work->into[i] = (int32_t)i;
        work->place[i] = 0;
        work->alone[i] = world_is_dear(dear, (int32_t)i);
    }
}

// --- lists

// What a server's or a former cluster's cluster is now; shortens the way there.
static int32_t cluster_now(linkage_work *work, int32_t cluster)
{
    int32_t *into = work->into;
    while (into[cluster] != cluster) {
        into[cluster] = into[into[cluster]];
        cluster = into[cluster];
    }
    return cluster;
}

static linked_list list_of_union(const linkage_work *work, int32_t cluster)
{
    return (linked_list){&work->list[work->world->neighbour_first[cluster]], work->count[cluster]};
}

// The link of somebody to the union of two clusters from its links to them.
static inline double link_of_union(linkage_link link, double a_m, int32_t a_size, double b_m,
                                   int32_t b_size)
{
    switch (link) {
    case LINK_SINGLE:
        return b_m < a_m ? b_m : a_m;
    case LINK_AVERAGE:
        return ((double)a_size * a_m + (double)b_size * b_m) / (double)(a_size + b_size);
    default:
        return b_m > a_m ? b_m : a_m;
    }
}

// Put a former neighbour into the list being made. The part of a union that has its number is the
// lowest, so it comes first; when it is not there, the union is not a neighbour.
static inline void put_linked(linkage_work *work, linked_list *made, linked part)
{
    int32_t now = cluster_now(work, part.cluster);
    if (now == part.cluster) {
        work->place[now] = made->count;
        made->at[made->count++] = part;
        return;
    }
    int32_t place = work->place[now];
    if (place < made->count && made->at[place].cluster == now) {
        linked *whole = &made->at[place];
        whole->link_m =
            link_of_union(work->rule.link, whole->link_m, whole->size, part.link_m, part.size);
        whole->size += part.size;
    }
}

// Keep the neighbours all of whose servers are within the limit, and with whom a cluster of this
// size is not too large.
static void drop_incomplete(const linkage_work *work, int32_t size, linked_list *made)
{
    int32_t kept = 0, size_max = work->rule.size_max - size;
    for (int32_t n = 0; n < made->count; n++) {
        linked neighbour = made->at[n];
        made->at[kept] = neighbour;
        kept += neighbour.size == work->size[neighbour.cluster] && neighbour.size <= size_max;
    }
    made->count = kept;
}

// A single server's neighbours where owners stay apart. By itself, so that it costs nobody else.
static __attribute__((noinline)) linked_list read_of_one_owner(linkage_work *work, int32_t server,
                                                               linked *room)
{
    linked_list made = {room, 0};
    world_neighbours around = world_neighbours_of(work->world, (size_t)server);
    for (size_t j = 0; j < around.count; j++) {
        if (around.distance_m[j] <= work->rule.span_m_max &&
            !world_is_dear(work->dear, around.server[j]) &&
            !world_owners_differ(work->world, server, around.server[j])) {
            put_linked(work, &made, (linked){around.distance_m[j], around.server[j], 1});
        }
    }
    drop_incomplete(work, 1, &made);
    return made;
}

// The neighbours of a cluster as they are now; a single server's are put together in room.
static linked_list read_list(linkage_work *work, int32_t cluster, linked *room)
{
    linked_list made = {room, 0};
    if (work->size[cluster] == 1 && work->rule.owners_apart) {
        return read_of_one_owner(work, cluster, room);
    }
    if (work->size[cluster] == 1) {
        world_neighbours around = world_neighbours_of(work->world, (size_t)cluster);
        for (size_t j = 0; j < around.count; j++) {
            if (around.distance_m[j] <= work->rule.span_m_max &&
                !world_is_dear(work->dear, around.server[j])) {
                put_linked(work, &made, (linked){around.distance_m[j], around.server[j], 1});
            }
        }
        drop_incomplete(work, 1, &made);
        return made;
    }
    linked_list before = list_of_union(work, cluster);
    made.at = before.at; // what is put there has been read
    for (int32_t n = 0; n < before.count; n++) {
        put_linked(work, &made, before.at[n]);
    }
    drop_incomplete(work, work->size[cluster], &made);
    work->count[cluster] = made.count;
    return made;
}

// The nearest neighbour of a cluster, the lowest among equals: so is the pair with it.
static int32_t nearest_to(linkage_work *work, int32_t cluster)
{
    linked_list list = read_list(work, cluster, work->one);
    double best_m = INFINITY;
    int32_t best = CLUSTER_NONE;
    for (int32_t n = 0; n < list.count; n++) {
        if (list.at[n].link_m < best_m) {
            best_m = list.at[n].link_m;
            best = list.at[n].cluster;
        }
    }
    return best;
}

// --- merging

// Merge cluster high into low: the union has the neighbours that both have.
static void merge_clusters(linkage_work *work, int32_t low, int32_t high)
{
    linked_list of_low = read_list(work, low, work->one);
    linked_list of_high = read_list(work, high, work->other);
    linked *kept = &work->list[work->world->neighbour_first[low]];
    int32_t count = 0;
    for (int32_t a = 0, b = 0; a < of_low.count && b < of_high.count;) {
        linked left = of_low.at[a], right = of_high.at[b];
        if (left.cluster == right.cluster) {
            left.link_m = link_of_union(work->rule.link, left.link_m, work->size[low], right.link_m,
                                        work->size[high]);
            kept[count++] = left; // at most at a, which has been read
        }
        a += left.cluster <= right.cluster;
        b += right.cluster <= left.cluster;
    }
    work->count[low] = count;
    work->size[low] += work->size[high];
    work->into[high] = low;
}

// Follow the chain from a cluster until nothing is left of it.
static void follow_chain(linkage_work *work, int32_t cluster)
{
    int32_t *chain = work->chain;
    size_t length = 0;
    chain[length++] = cluster;
    while (length > 0) {
        int32_t last = chain[length - 1], nearest = nearest_to(work, last);
        if (nearest == CLUSTER_NONE) { // then it was nobody's nearest
            assert(length == 1);
            work->alone[last] = 1;
            length--;
        } else if (length > 1 && chain[length - 2] == nearest) {
            merge_clusters(work, last < nearest ? last : nearest, last < nearest ? nearest : last);
            length -= 2;
        } else {
            chain[length++] = nearest;
        }
    }
}

void linkage_form(const dcat_world *world, const uint8_t *dear, const linkage_rule *rule,
                  void *workspace, int32_t *cluster_of)
{
    linkage_work work;
    linkage_layout(world, workspace, &work);
    work.rule = *rule;
    start_from_single_servers(&work, dear);
    size_t server_count = world->server_count;
    for (int32_t i = 0; (size_t)i < server_count; i++) {
        while (work.into[i] == i && !work.alone[i]) {
            follow_chain(&work, i);
        }
    }
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = cluster_now(&work, (int32_t)i);
    }
    dcat_partition_canonical(cluster_of, server_count, work.place);
}

static dcat_status linkage_decide(const dcat_cluster_input *input, void *workspace,
                                  int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    const linkage_rule rule = {LINK_COMPLETE, dcat_world_config_view(input->world)->span_m_max,
                               LINKAGE_SIZE_ANY, false};
    linkage_form(input->world, dcat_world_dear_view(input->world, input->auction), &rule, workspace,
                 cluster_of);
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_linkage = {
    DCAT_SIZED(dcat_clusterer),
    .name = "linkage",
    .summary = "complete-linkage clusters up to the span limit",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = linkage_workspace_bytes,
    .decide = linkage_decide,
};
