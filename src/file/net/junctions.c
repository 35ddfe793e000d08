// SPDX-License-Identifier: Apache-2.0
// Nodes without coordinates: which of them join others, and where those go.

#include "file/net/topology.h"

#include <math.h>
#include <stdlib.h>

#define SWEEP_MAX 1000               // of the search for the junctions' places
#define STEP_BUDGET 400e6            // neighbours looked at in all sweeps
#define AT_REST 1e-12                // on the unit sphere; micrometres on the ground
#define DEGREES 0x1.ca5dc1a63c1f8p+5 // of one radian
#define PLACE_DIGITS 1e6             // per degree: a tenth of a metre, the same on every machine

// The distinct neighbours of every node: those of n are neighbour[first[n]] to [first[n + 1]].
typedef struct graph {
    size_t node_count;
    size_t *first;   // [node_count + 1]
    int *neighbour;  // [first[node_count]]
    int *degree;     // [node_count] without dropped ones
    int *queue;      // [node_count]
    int *mark;       // [node_count] scratch
    double (*at)[3]; // [node_count] on the unit sphere, inside it while sweeping
} graph;

static void graph_free(graph *g)
{
    free(g->first);
    free(g->neighbour);
    free(g->degree);
    free(g->queue);
    free(g->mark);
    free(g->at);
}

static dcat_status graph_allocate(graph *g, const topology *t, dcat_error *err)
{
    size_t n = t->node_count;
    *g = (graph){.node_count = n,
                 .first = calloc(n + 2, sizeof *g->first),
                 .neighbour = calloc(2 * t->link_count + 1, sizeof *g->neighbour),
                 .degree = calloc(n + 1, sizeof *g->degree),
                 .queue = calloc(n + 1, sizeof *g->queue),
                 .mark = calloc(n + 1, sizeof *g->mark),
                 .at = calloc(n + 1, sizeof *g->at)};
    if (g->first == NULL || g->neighbour == NULL || g->degree == NULL || g->queue == NULL ||
        g->mark == NULL || g->at == NULL) {
        graph_free(g);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu nodes", n);
    }
    return DCAT_OK;
}

// Every link from both sides, then each list without the nodes that it has already.
static void graph_fill(graph *g, const topology *t)
{
    size_t *end = g->first + 1; // of the list of each node, which grows to its place
    for (size_t l = 0; l < t->link_count; l++) {
        if (t->links[l].source != t->links[l].target) {
            g->degree[t->links[l].source]++;
            g->degree[t->links[l].target]++;
        }
    }
    for (size_t n = 1; n < g->node_count; n++) {
        end[n] = end[n - 1] + (size_t)g->degree[n - 1];
    }
    for (size_t l = 0; l < t->link_count; l++) {
        const topology_link *link = &t->links[l];
        if (link->source != link->target) {
            g->neighbour[end[link->source]++] = link->target;
            g->neighbour[end[link->target]++] = link->source;
        }
    }
    size_t used = 0, from = 0;
    for (size_t n = 0; n < g->node_count; n++) {
        size_t to = end[n];
        g->first[n] = used;
        for (; from < to; from++) {
            int other = g->neighbour[from];
            if (g->mark[other] != (int)n + 1) {
                g->mark[other] = (int)n + 1;
                g->neighbour[used++] = other;
            }
        }
        g->degree[n] = (int)(used - g->first[n]);
    }
    g->first[g->node_count] = used;
}

// --- Who joins nobody

static void drop(topology *t, int node)
{
    t->nodes[node].dropped = true;
    t->counts.node_dropped_count++;
}

static bool is_open(const topology_node *node)
{
    return !node->dropped && !topology_is_placed(node);
}

// Again and again: a node that hangs on one other leads nowhere.
static void drop_ends(graph *g, topology *t)
{
    size_t head = 0, tail = 0;
    for (size_t n = 0; n < g->node_count; n++) {
        if (is_open(&t->nodes[n]) && g->degree[n] < 2) {
            g->queue[tail++] = (int)n;
            drop(t, (int)n);
        }
    }
    while (head < tail) {
        int node = g->queue[head++];
        for (size_t i = g->first[node]; i < g->first[node + 1]; i++) {
            int other = g->neighbour[i];
            if (--g->degree[other] < 2 && is_open(&t->nodes[other])) {
                g->queue[tail++] = other;
                drop(t, other);
            }
        }
    }
}

// The connected nodes without coordinates around one of them go to the queue; returns how many, and
// how many different placed nodes they touch. Marks are left on both.
static size_t walk_group(graph *g, const topology *t, int start, int *touched)
{
    int token = start + 1;
    size_t head = 0, tail = 0;
    *touched = 0;
    g->queue[tail++] = start;
    g->mark[start] = token;
    while (head < tail) {
        int node = g->queue[head++];
        for (size_t i = g->first[node]; i < g->first[node + 1]; i++) {
            int other = g->neighbour[i];
            if (t->nodes[other].dropped || g->mark[other] == token) {
                continue;
            }
            g->mark[other] = token;
            if (topology_is_placed(&t->nodes[other])) {
                ++*touched;
            } else {
                g->queue[tail++] = other;
            }
        }
    }
    return tail;
}

static void drop_groups(graph *g, topology *t)
{
    for (size_t n = 0; n < g->node_count; n++) {
        g->mark[n] = 0;
    }
    for (size_t n = 0; n < g->node_count; n++) {
        if (!is_open(&t->nodes[n]) || t->nodes[n].junction) {
            continue;
        }
        int touched;
        size_t count = walk_group(g, t, (int)n, &touched);
        for (size_t i = 0; i < count; i++) {
            if (touched < 2) {
                drop(t, g->queue[i]);
            } else {
                t->nodes[g->queue[i]].junction = true;
                t->counts.node_junction_count++;
            }
        }
    }
}

// --- Where the others go

static void put_on_sphere(const topology_node *node, double at[3])
{
    double lat = node->latitude / DEGREES, lon = node->longitude / DEGREES;
    at[0] = cos(lat) * cos(lon);
    at[1] = cos(lat) * sin(lon);
    at[2] = sin(lat);
}

static double rounded(double degrees)
{
    return round(degrees * PLACE_DIGITS) / PLACE_DIGITS + 0.0; // no -0
}

static void take_from_sphere(const double at[3], topology_node *node)
{
    node->latitude = rounded(atan2(at[2], hypot(at[0], at[1])) * DEGREES);
    node->longitude = rounded(atan2(at[1], at[0]) * DEGREES);
}

// Every junction begins at the placed node that fewest links part it from. Returns how many
// junctions the queue holds, nearest first.
static size_t begin_places(graph *g, const topology *t)
{
    size_t head = 0, tail = 0;
    for (size_t n = 0; n < g->node_count; n++) {
        g->mark[n] = topology_is_placed(&t->nodes[n]);
        if (g->mark[n]) {
            put_on_sphere(&t->nodes[n], g->at[n]);
            g->queue[tail++] = (int)n;
        }
    }
    size_t placed = tail;
    while (head < tail) {
        int node = g->queue[head++];
        for (size_t i = g->first[node]; i < g->first[node + 1]; i++) {
            int other = g->neighbour[i];
            if (!g->mark[other] && !t->nodes[other].dropped) {
                g->mark[other] = 1;
                g->at[other][0] = g->at[node][0];
                g->at[other][1] = g->at[node][1];
                g->at[other][2] = g->at[node][2];
                g->queue[tail++] = other;
            }
        }
    }
    for (size_t i = placed; i < tail; i++) {
        g->queue[i - placed] = g->queue[i];
    }
    return tail - placed;
}

// Put one junction at the mean of its neighbours; returns how far that is.
static double move_to_mean(graph *g, const topology *t, int node, double *steps)
{
    double sum[3] = {0}, count = 0.0, moved = 0.0;
    for (size_t i = g->first[node]; i < g->first[node + 1]; i++) {
        int other = g->neighbour[i];
        if (!t->nodes[other].dropped) {
            for (int d = 0; d < 3; d++) {
                sum[d] += g->at[other][d];
            }
            count++;
        }
    }
    for (int d = 0; d < 3; d++) {
        double mean = sum[d] / count;
        moved = fmax(moved, fabs(mean - g->at[node][d]));
        g->at[node][d] = mean;
    }
    *steps += count;
    return moved;
}

static void place_at_means(graph *g, topology *t)
{
    size_t count = begin_places(g, t);
    double moved = INFINITY, steps = 0.0;
    for (size_t i = 0; i < count; i++) { // stays where means cancel out
        take_from_sphere(g->at[g->queue[i]], &t->nodes[g->queue[i]]);
    }
    for (int sweep = 0; sweep < SWEEP_MAX && moved > AT_REST && steps < STEP_BUDGET; sweep++) {
        moved = 0.0;
        for (size_t i = 0; i < count; i++) {
            moved = fmax(moved, move_to_mean(g, t, g->queue[i], &steps));
        }
    }
    for (size_t i = 0; i < count; i++) {
        const double *at = g->at[g->queue[i]];
        if (sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]) > 1e-6) {
            take_from_sphere(at, &t->nodes[g->queue[i]]);
        }
    }
}

dcat_status topology_place_junctions(topology *t, dcat_error *err)
{
    graph g;
    dcat_status status = graph_allocate(&g, t, err);
    if (status != DCAT_OK) {
        return status;
    }
    graph_fill(&g, t);
    drop_ends(&g, t);
    drop_groups(&g, t);
    if (t->counts.node_junction_count > 0) {
        place_at_means(&g, t);
    }
    graph_free(&g);
    return DCAT_OK;
}
