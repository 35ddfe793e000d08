// SPDX-License-Identifier: Apache-2.0
// kmeans.c - k-means on positions, then deletion of illegal members: the paper's baseline
// that knows geography only.
//
// Lloyd's algorithm from a k-means++ start, or a random one on request. Means are taken in a space
// where straight lines approximate distance (dcat_world_position_m), so that worlds on the globe
// need no projection.
//
// Choice: how "delete illegal connections" reads. While a cluster's span exceeds the limit, its
// member farthest from the centroid of those remaining leaves and works alone. docs/clusterers.md
// names the alternatives.
//
// Choice: a cluster that Lloyd's algorithm leaves empty is dropped in the end. Its centre stays
// where it was and may win servers back. From a k-means++ start that is one random world in ten
// thousand, unless there are fewer sites than clusters.

#include "base/arena.h"
#include "cluster/clusterer.h"
#include "cluster/support.h"
#include "dcat/x/world_facts.h"
#include "world/kdtree.h"
#include "world/world.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define KMEANS_ITERATION_MAX 100 // random worlds settle in about ten

typedef struct kmeans_work {
    double (*position)[3]; // [S] metres
    double (*centre)[3];   // [n] metres
    double *square;        // [2 leaf_count] sums of squared distances to the nearest centre so
                           // far: server i at leaf_count + i, and 1 the root of a tree of sums
    size_t leaf_count;     // servers, rounded up to a power of two
    double *square_max;    // [nodes of servers] largest square below a node
    kdtree servers;        // by position
    kdtree centres;        // by position, once per iteration
    int32_t *first;        // [n + 1] see dcat_cluster_list_members
    int32_t *member;       // [S] places in the list of servers; scratch in the end
    int32_t *server;       // [server_count] those who take part, ascending
    size_t server_count;
    size_t centre_count;
} kmeans_work;

static size_t target_cluster_count(const dcat_world *world, size_t server_count)
{
    size_t given = (size_t)dcat_world_config_view(world)->kmeans_cluster_count;
    size_t target = given > 0 ? given : (server_count + 1) / 3; // S / 3, rounded
    target = target > 1 ? target : 1;
    return target < server_count ? target : server_count;
}

// For server_count of the world's servers.
static size_t kmeans_layout(const dcat_world *world, size_t server_count, void *base,
                            kmeans_work *work)
{
    size_t centre_count = target_cluster_count(world, server_count);
    arena a = {.base = base};
    work->position = arena_take(&a, sizeof *work->position * server_count);
    work->centre = arena_take(&a, sizeof *work->centre * centre_count);
    work->leaf_count = 1;
    while (work->leaf_count < server_count) {
        work->leaf_count *= 2;
    }
    work->square = ARENA_ARRAY(&a, double, 2 * work->leaf_count);
    work->square_max = ARENA_ARRAY(&a, double, kd_node_count(server_count));
    kd_layout(&a, server_count, &work->servers);
    kd_layout(&a, centre_count, &work->centres);
    work->first = ARENA_ARRAY(&a, int32_t, centre_count + 1);
    work->member = ARENA_ARRAY(&a, int32_t, dcat_world_server_count(world));
    work->server = ARENA_ARRAY(&a, int32_t, server_count);
    work->server_count = server_count;
    work->centre_count = centre_count;
    return a.used;
}

static size_t kmeans_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    kmeans_work measured;
    return kmeans_layout(world, dcat_world_server_count(world), NULL, &measured);
}

// All but the dear ones, which stay alone; their positions.
static void list_servers(const dcat_world *world, const uint8_t *dear, kmeans_work *work)
{
    size_t count = 0;
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        if (!world_is_dear(dear, (int32_t)i)) {
            dcat_world_position_m(world, (int)i, work->position[count]);
            work->server[count++] = (int32_t)i;
        }
    }
}

// From labels of the places in the list to those of servers, by the smallest server of each. No
// server is before its place, so from the last on nothing is overwritten that is still to be read.
static void label_servers(const dcat_world *world, kmeans_work *work, int32_t *cluster_of)
{
    size_t next = dcat_world_server_count(world);
    for (size_t place = work->server_count; place-- > 0;) {
        size_t server = (size_t)work->server[place];
        int32_t first = work->server[cluster_of[place]];
        while (next > server + 1) {
            next--;
            cluster_of[next] = (int32_t)next;
        }
        cluster_of[server] = first;
        next = server;
    }
    while (next-- > 0) {
        cluster_of[next] = (int32_t)next;
    }
}

// A server with probability proportional to its square; server 0 if all are 0.
static size_t pick_by_square(const kmeans_work *work, dcat_rng *rng)
{
    const double *square = work->square;
    double target = dcat_rng_uniform(rng) * square[1];
    size_t at = 1;
    while (at < work->leaf_count) {
        at *= 2;
        // Rounding may leave a target beyond the last server that is possible.
        if (target >= square[at] && square[at + 1] > 0.0) {
            target -= square[at++];
        }
    }
    return square[1] > 0.0 ? at - work->leaf_count : 0;
}

// A new centre: lower the squares of the servers that are nearer to it than to any before, below a
// node of the tree of servers.
static void lower_squares(kmeans_work *work, const double centre[3], size_t node, int depth,
                          kd_span span)
{
    if (kd_box_square(&work->servers.box[node], centre) >= work->square_max[node]) {
        return;
    }
    double square_max = 0.0;
    if (depth > 0) {
        lower_squares(work, centre, 2 * node, depth - 1, kd_left(span));
        lower_squares(work, centre, 2 * node + 1, depth - 1, kd_right(span));
        square_max = fmax(work->square_max[2 * node], work->square_max[2 * node + 1]);
    }
    for (size_t j = span.first; depth == 0 && j < span.end; j++) {
        size_t i = (size_t)work->servers.order[j];
        double square = kd_square(work->position[i], centre);
        size_t at = work->leaf_count + i;
        if (square < work->square[at]) {
            work->square[at] = square;
            while ((at /= 2) > 0) {
                work->square[at] = work->square[2 * at] + work->square[2 * at + 1];
            }
        }
        square_max = fmax(square_max, work->square[work->leaf_count + i]);
    }
    work->square_max[node] = square_max;
}

// The k-means++ start: each further centre is a server, drawn with probability proportional to its
// squared distance to the nearest centre so far. Once every server stands on a centre the others
// are copies: they win no server, as ties go to the lower centre. Squares are summed in a tree, so
// that a centre costs what it changes; it changes few when there are many.
static void start_plus_plus(kmeans_work *work, dcat_rng *rng)
{
    size_t server = dcat_rng_below(rng, (uint32_t)work->server_count);
    kd_build(&work->servers, (const double(*)[3])work->position);
    for (size_t node = 0; node < kd_node_count(work->server_count); node++) {
        work->square_max[node] = INFINITY;
    }
    for (size_t i = 0; i < 2 * work->leaf_count; i++) {
        bool is_server = i >= work->leaf_count && i < work->leaf_count + work->server_count;
        work->square[i] = is_server ? INFINITY : 0.0;
    }
    for (size_t k = 0; k < work->centre_count; k++) {
        memcpy(work->centre[k], work->position[server], sizeof work->centre[k]);
        lower_squares(work, work->centre[k], 1, work->servers.depth,
                      (kd_span){0, work->server_count});
        server = pick_by_square(work, rng);
    }
}

// The plain start: centres on distinct random servers, by a partial shuffle.
static void start_random(kmeans_work *work, dcat_rng *rng)
{
    int32_t *deck = work->member; // free until servers are assigned
    for (size_t i = 0; i < work->server_count; i++) {
        deck[i] = (int32_t)i;
    }
    for (size_t k = 0; k < work->centre_count; k++) {
        size_t pick = k + dcat_rng_below(rng, (uint32_t)(work->server_count - k));
        int32_t server = deck[pick];
        deck[pick] = deck[k];
        deck[k] = server;
        memcpy(work->centre[k], work->position[server], sizeof work->centre[k]);
    }
}

// Every server to its nearest centre, the lowest among equals; lists the members of each.
// cluster_of holds centres to begin the search with: those of the iteration before.
static void assign_servers(kmeans_work *work, int32_t *cluster_of)
{
    kd_build(&work->centres, (const double(*)[3])work->centre);
    for (size_t i = 0; i < work->server_count; i++) {
        cluster_of[i] = kd_nearest(&work->centres, work->position[i], cluster_of[i]);
    }
    dcat_cluster_list_members(cluster_of, work->server_count, work->centre_count, work->first,
                              work->member);
}

// The servers of cluster k.
static int32_t *members_of(const kmeans_work *work, size_t k, size_t *member_count)
{
    *member_count = (size_t)(work->first[k + 1] - work->first[k]);
    return &work->member[work->first[k]];
}

static void centroid_of(const kmeans_work *work, const int32_t *members, size_t member_count,
                        double centroid[3])
{
    double sum[3] = {0.0, 0.0, 0.0};
    for (size_t m = 0; m < member_count; m++) {
        for (size_t d = 0; d < 3; d++) {
            sum[d] += work->position[members[m]][d];
        }
    }
    for (size_t d = 0; d < 3; d++) {
        centroid[d] = sum[d] / (double)member_count;
    }
}

// Move every centre to the mean of its servers. True if one moved.
static bool update_centres(kmeans_work *work)
{
    bool moved = false;
    for (size_t k = 0; k < work->centre_count; k++) {
        size_t member_count;
        const int32_t *members = members_of(work, k, &member_count);
        if (member_count > 0) {
            double centre[3];
            centroid_of(work, members, member_count, centre);
            moved = moved || kd_square(centre, work->centre[k]) > 0.0;
            memcpy(work->centre[k], centre, sizeof centre);
        }
    }
    return moved;
}

// Index into members of the one farthest from their centroid; the larger server among equals.
static size_t farthest_member(const kmeans_work *work, const int32_t *members, size_t member_count)
{
    double centroid[3];
    centroid_of(work, members, member_count, centroid);
    size_t farthest = 0;
    double square_max = -1.0;
    for (size_t m = 0; m < member_count; m++) {
        double square = kd_square(work->position[members[m]], centroid);
        if (square >= square_max) {
            square_max = square;
            farthest = m;
        }
    }
    return farthest;
}

// Members that may not share a cluster with one of the list.
static size_t count_conflicts(const dcat_world *world, const kmeans_work *work, int32_t place,
                              const int32_t *members, size_t member_count)
{
    size_t conflict_count = 0;
    for (size_t m = 0; m < member_count; m++) {
        conflict_count +=
            world_may_share(world, work->server[place], work->server[members[m]]) ? 0 : 1;
    }
    return conflict_count;
}

// Delete members until no pair is beyond the span limit. Labels those who leave, and those who
// stay, by the first place of each. Counting the illegal pairs once and taking off those of whoever
// leaves keeps this at O(members^2).
static void delete_illegal_members(const dcat_world *world, const kmeans_work *work,
                                   int32_t *members, size_t member_count, int32_t *cluster_of)
{
    size_t illegal_pair_count = 0;
    for (size_t m = 0; m < member_count; m++) {
        illegal_pair_count += count_conflicts(world, work, members[m], members, m);
    }
    while (illegal_pair_count > 0) {
        size_t leaving = farthest_member(work, members, member_count);
        int32_t place = members[leaving];
        illegal_pair_count -= count_conflicts(world, work, place, members, member_count);
        cluster_of[place] = place;
        member_count--;
        memmove(&members[leaving], &members[leaving + 1],
                sizeof *members * (member_count - leaving));
    }
    for (size_t m = 0; m < member_count; m++) {
        cluster_of[members[m]] = members[0];
    }
}

// The servers of the list, until no centre moves; centres end where they are.
static void run_lloyd(kmeans_work *work, int32_t *cluster_of)
{
    memset(cluster_of, 0, sizeof *cluster_of * work->server_count);
    bool moved = true;
    for (int iteration = 0; moved && iteration < KMEANS_ITERATION_MAX; iteration++) {
        assign_servers(work, cluster_of);
        moved = update_centres(work);
    }
}

static dcat_status kmeans_decide(const dcat_cluster_input *input, void *workspace,
                                 int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    assert(workspace != NULL);
    const dcat_world *world = input->world;
    const uint8_t *dear = dcat_world_dear_view(world, input->auction);
    size_t server_count = world->server_count - (dear != NULL ? world->dear_count : 0);
    if (server_count == 0) {
        return dcat_clusterer_single.decide(input, NULL, cluster_of, err);
    }
    kmeans_work work;
    kmeans_layout(world, server_count, workspace, &work);
    list_servers(world, dear, &work);
    dcat_rng rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_KMEANS, 0);
    if (dcat_world_config_view(world)->kmeans_start == DCAT_KMEANS_RANDOM) {
        start_random(&work, &rng);
    } else {
        start_plus_plus(&work, &rng);
    }
    run_lloyd(&work, cluster_of);
    for (size_t k = 0; k < work.centre_count; k++) {
        size_t member_count;
        int32_t *members = members_of(&work, k, &member_count);
        delete_illegal_members(world, &work, members, member_count, cluster_of);
    }
    label_servers(world, &work, cluster_of);
    dcat_partition_canonical(cluster_of, world->server_count, work.member);
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_kmeans = {
    DCAT_SIZED(dcat_clusterer),
    .name = "kmeans",
    .summary = "k-means on positions, then illegal members leave (paper's baseline KM)",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = kmeans_workspace_bytes,
    .decide = kmeans_decide,
};
