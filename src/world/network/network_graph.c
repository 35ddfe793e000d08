// SPDX-License-Identifier: Apache-2.0
// Graphs: least-delay paths by Dijkstra, one access link at each end.

#include "world/network/network.h"

#include "base/bits.h"
#include "dcat/rng.h"
#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include <math.h>
#include <stdlib.h>

// --- the graph

// Arcs of every node, both directions of every link, by counting sort.
static void build_arcs(network_graph *g, const dcat_world *world)
{
    const dcat_network_config *network = &world->config.network;
    for (size_t i = 0; i < network->link_count; i++) {
        g->first[world->links[i].node_a + 1]++;
        g->first[world->links[i].node_b + 1]++;
    }
    for (size_t n = 0; n < g->node_count; n++) {
        g->first[n + 1] += g->first[n];
    }
    for (size_t i = network->link_count; i-- > 0;) { // backwards: first[] ends at the start again
        const dcat_link *link = &world->links[i];
        network_arc step = {.seconds_per_bit = 1.0 / world->link_rate_bps[i],
                            .propagation_s = link->length_m / network->signal_speed_mps};
        step.to = link->node_b;
        g->arcs[--g->first[link->node_a + 1]] = step;
        step.to = link->node_a;
        g->arcs[--g->first[link->node_b + 1]] = step;
    }
    // first[n + 1] now holds the start of node n; shift it into place.
    for (size_t n = 0; n < g->node_count; n++) {
        g->first[n] = g->first[n + 1];
    }
    g->first[g->node_count] = 2 * network->link_count;
}

// Mark the nodes that links join with one node; `queue` is scratch [node_count].
static void mark_joined(const network_graph *g, int node, bool *joined, int *queue)
{
    size_t count = 0;
    joined[node] = true;
    queue[count++] = node;
    while (count > 0) {
        int from = queue[--count];
        for (size_t i = g->first[from]; i < g->first[from + 1]; i++) {
            int to = g->arcs[i].to;
            if (!joined[to]) {
                joined[to] = true;
                queue[count++] = to;
            }
        }
    }
}

// A path for every area and server, or an error that names the first pair without one.
static dcat_status check_paths(const network_graph *g, const dcat_world *world, bool *joined,
                               int *queue, dcat_error *err)
{
    size_t area = 0, server = 0; // area 0 has all servers, and every area server 0, or there it is
    mark_joined(g, world->areas[0].node, joined, queue);
    while (server < world->server_count && joined[world->servers[server].node]) {
        server++;
    }
    if (server == world->server_count) {
        server = 0;
        while (area < world->area_count && joined[world->areas[area].node]) {
            area++;
        }
    }
    if (area == world->area_count) {
        return DCAT_OK;
    }
    return dcat_fail(err, DCAT_ERR_REFERENCE,
                     "no path joins area %zu (node %d) and server %zu (node %d)", area,
                     world->areas[area].node, server, world->servers[server].node);
}

dcat_status network_graph_create(network_graph *g, const dcat_world *world, dcat_error *err)
{
    size_t node_count = world->config.network.node_count;
    *g = (network_graph){
        .node_count = node_count,
        .first = calloc(node_count + 1, sizeof *g->first),
        .arcs = calloc(2 * world->config.network.link_count + 1, sizeof *g->arcs),
    };
    bool *joined = calloc(node_count, sizeof *joined);
    int *queue = calloc(node_count, sizeof *queue);
    dcat_status status;
    if (g->first == NULL || g->arcs == NULL || joined == NULL || queue == NULL) {
        status =
            dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a network of %zu nodes", node_count);
    } else {
        build_arcs(g, world);
        status = check_paths(g, world, joined, queue, err);
    }
    free(joined);
    free(queue);
    return status;
}

void network_graph_destroy(network_graph *g)
{
    free(g->first);
    free(g->arcs);
}

static double access_rate(const dcat_world *world, enum network_part part, uint32_t index)
{
    dcat_draw draw = dcat_draw_at(world->seed, DCAT_STREAM_LINKS, part, 0, 0, index);
    return network_draw_in(world->config.network.access_bps, dcat_draw_uniform(&draw, 0));
}

double dcat_world_area_access_rate(const dcat_world *world, int area)
{
    return access_rate(world, NETWORK_PART_AREA_ACCESS, (uint32_t)area);
}

double dcat_world_server_access_rate(const dcat_world *world, int server)
{
    return access_rate(world, NETWORK_PART_SERVER_ACCESS, (uint32_t)server);
}

network_arc network_access_link(const dcat_world *world, dcat_site site, int node,
                                enum network_part part, uint32_t index)
{
    double length_m = dcat_distance_m(world->config.geometry, site, world->nodes[node]);
    return (network_arc){.to = node,
                         .seconds_per_bit = 1.0 / access_rate(world, part, index),
                         .propagation_s = length_m / world->config.network.signal_speed_mps};
}

// --- the search

typedef struct label { // best known way to a node
    double delay_s;    // at the reference data size; INFINITY: none yet
    double seconds_per_bit, propagation_s;
    int hop_count;
    bool done;
} label;

typedef struct heap_item {
    double delay_s; // at push time
    int hop_count;
    int node;
} heap_item;

typedef struct arrival { // what the way to a node ends with
    size_t arc;
    int from;
} arrival;

typedef struct search {
    label *labels;     // [node_count]
    arrival *arrivals; // [node_count]
    int *seen;         // [node_count] nodes with a label
    size_t seen_count;
    heap_item *heap; // [2 * link_count + 1]
    size_t heap_count;
    uint64_t *marks; // [node_count / 64 + 1] puts nodes in order; 0 between uses
} search;

static const label no_label = {INFINITY, INFINITY, INFINITY, 0, false};

static dcat_status search_create(search *s, const network_graph *g, dcat_error *err)
{
    *s = (search){
        .labels = malloc(sizeof *s->labels * g->node_count),
        .arrivals = malloc(sizeof *s->arrivals * g->node_count),
        .seen = malloc(sizeof *s->seen * g->node_count),
        .heap = malloc(sizeof *s->heap * (g->first[g->node_count] + 1)),
        .marks = calloc(g->node_count / 64 + 1, sizeof *s->marks),
    };
    if (s->labels == NULL || s->arrivals == NULL || s->seen == NULL || s->heap == NULL ||
        s->marks == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a network of %zu nodes",
                         g->node_count);
    }
    for (size_t n = 0; n < g->node_count; n++) {
        s->labels[n] = no_label;
    }
    return DCAT_OK;
}

static void search_destroy(search *s)
{
    free(s->labels);
    free(s->arrivals);
    free(s->seen);
    free(s->heap);
    free(s->marks);
}

static bool item_less(const heap_item *a, const heap_item *b)
{
    return a->delay_s < b->delay_s || (a->delay_s == b->delay_s && a->hop_count < b->hop_count);
}

static void heap_push(search *s, int node, const label *way)
{
    const heap_item item = {way->delay_s, way->hop_count, node};
    size_t at = s->heap_count++;
    for (; at > 0 && item_less(&item, &s->heap[(at - 1) / 2]); at = (at - 1) / 2) {
        s->heap[at] = s->heap[(at - 1) / 2];
    }
    s->heap[at] = item;
}

static heap_item heap_pop(search *s)
{
    const heap_item top = s->heap[0], last = s->heap[--s->heap_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            const heap_item *than = least == at ? &last : &s->heap[least];
            if (child < s->heap_count && item_less(&s->heap[child], than)) {
                least = child;
            }
        }
        if (least == at) {
            s->heap[at] = last;
            return top;
        }
        s->heap[at] = s->heap[least];
        at = least;
    }
}

static bool label_better(const label *a, const label *b)
{
    return a->delay_s < b->delay_s || (a->delay_s == b->delay_s && a->hop_count < b->hop_count);
}

// Whether no way that takes so long at the reference data size, or goes on from there, is in reach:
// at reach_bits it takes as long if these are as many, and else at least in their proportion.
static bool is_beyond(const dcat_network_config *network, double delay_s)
{
    double share = network->reach_bits < network->reference_bits
                       ? network->reach_bits / network->reference_bits
                       : 1.0;
    return network->reach_s > 0.0 && delay_s * share * (1.0 - 1e-9) > network->reach_s;
}

static void forget_labels(search *s)
{
    for (size_t i = 0; i < s->seen_count; i++) {
        s->labels[s->seen[i]] = no_label;
    }
    s->seen_count = 0;
}

static void give_label(search *s, int node, const label *way)
{
    if (s->labels[node].delay_s == INFINITY) {
        s->seen[s->seen_count++] = node;
    }
    s->labels[node] = *way;
    heap_push(s, node, way);
}

// Least delay from source to every node at the reference data size, ties by fewer hops; with a
// bound on reach to those at least that are in it.
static void dijkstra(search *s, const network_graph *g, const dcat_network_config *network,
                     int source)
{
    const label start = {0};
    forget_labels(s);
    s->heap_count = 0;
    give_label(s, source, &start);
    while (s->heap_count > 0) {
        heap_item top = heap_pop(s);
        label *from = &s->labels[top.node];
        if (from->done) {
            continue;
        }
        if (is_beyond(network, top.delay_s)) {
            break;
        }
        from->done = true;
        for (size_t i = g->first[top.node]; i < g->first[top.node + 1]; i++) {
            const network_arc *step = &g->arcs[i];
            label way = {
                .seconds_per_bit = from->seconds_per_bit + step->seconds_per_bit,
                .propagation_s = from->propagation_s + step->propagation_s,
                .hop_count = from->hop_count + 1,
            };
            way.delay_s = dcat_transfer_delay_s(network->reference_bits, way.seconds_per_bit,
                                                way.propagation_s);
            if (!s->labels[step->to].done && label_better(&way, &s->labels[step->to])) {
                give_label(s, step->to, &way);
                s->arrivals[step->to] = (arrival){i, top.node};
            }
        }
    }
}

// The way from an area through its access link to a node.
static network_entry way_to(const search *s, const network_arc *access, int node)
{
    const label *way = &s->labels[node];
    return (network_entry){
        .seconds_per_bit = access->seconds_per_bit + way->seconds_per_bit,
        .propagation_s = access->propagation_s + way->propagation_s,
        .stop = node,
        .hop_count = way->hop_count + 2,
    };
}

// Look from one area; returns its access link.
static network_arc search_from(search *s, const network_graph *g, const dcat_world *world,
                               size_t area)
{
    const dcat_area *from = &world->areas[area];
    dijkstra(s, g, &world->config.network, from->node);
    return network_access_link(world, from->site, from->node, NETWORK_PART_AREA_ACCESS,
                               (uint32_t)area);
}

// --- all paths

dcat_status network_fill_graph(const network_graph *g, dcat_world *world, size_t first, size_t end,
                               dcat_error *err)
{
    search s;
    size_t S = world->server_count;
    network_arc *last = malloc(sizeof *last * S);
    dcat_status status = search_create(&s, g, err);
    if (last == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", S);
    }
    for (size_t i = 0; status == DCAT_OK && i < S; i++) {
        last[i] = network_access_link(world, world->servers[i].site, world->servers[i].node,
                                      NETWORK_PART_SERVER_ACCESS, (uint32_t)i);
    }
    for (size_t a = first; status == DCAT_OK && a < end; a++) {
        network_arc access = search_from(&s, g, world, a);
        for (size_t i = 0; i < S; i++) {
            network_entry way = way_to(&s, &access, last[i].to);
            network_put_path(world, a, i,
                             (dcat_path){way.seconds_per_bit + last[i].seconds_per_bit,
                                         way.propagation_s + last[i].propagation_s, way.hop_count});
        }
    }
    search_destroy(&s);
    free(last);
    return status;
}

// --- all paths of few servers to many areas: looked for from the servers

// The way from a node to where the search began, summed as a search from the node sums it.
static label way_back(const search *s, const network_graph *g, int node)
{
    label way = {0};
    for (; s->labels[node].hop_count > 0; node = s->arrivals[node].from) {
        const network_arc *step = &g->arcs[s->arrivals[node].arc];
        way.seconds_per_bit += step->seconds_per_bit;
        way.propagation_s += step->propagation_s;
        way.hop_count++;
    }
    return way;
}

static void fill_column(const search *s, const network_graph *g, dcat_world *world, size_t server,
                        const network_arc *first)
{
    const dcat_server *to = &world->servers[server];
    const network_arc last = network_access_link(world, to->site, to->node,
                                                 NETWORK_PART_SERVER_ACCESS, (uint32_t)server);
    for (size_t a = 0; a < world->area_count; a++) {
        const label way = way_back(s, g, world->areas[a].node);
        network_put_path(
            world, a, server,
            (dcat_path){first[a].seconds_per_bit + way.seconds_per_bit + last.seconds_per_bit,
                        first[a].propagation_s + way.propagation_s + last.propagation_s,
                        way.hop_count + 2});
    }
}

dcat_status network_fill_graph_back(const network_graph *g, dcat_world *world, size_t first,
                                    size_t end, dcat_error *err)
{
    search s;
    network_arc *access = malloc(sizeof *access * world->area_count);
    dcat_status status = search_create(&s, g, err);
    if (access == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", world->area_count);
    }
    for (size_t a = 0; status == DCAT_OK && a < world->area_count; a++) {
        access[a] = network_access_link(world, world->areas[a].site, world->areas[a].node,
                                        NETWORK_PART_AREA_ACCESS, (uint32_t)a);
    }
    for (size_t i = first; status == DCAT_OK && i < end; i++) {
        if (i == first || world->servers[i].node != world->servers[i - 1].node) {
            dijkstra(&s, g, &world->config.network, world->servers[i].node);
        }
        fill_column(&s, g, world, i, access);
    }
    search_destroy(&s);
    free(access);
    return status;
}

// --- paths in reach

// How many servers at the way's end are in reach.
static size_t count_in_reach(const dcat_world *world, const network_entry *way)
{
    const world_stops *stops = &world->stops;
    size_t count = 0;
    for (int32_t m = stops->first[way->stop]; m < stops->first[way->stop + 1]; m++) {
        count +=
            world_in_reach(&world->config.network, way->seconds_per_bit + stops->seconds_per_bit[m],
                           way->propagation_s + stops->propagation_s[m]);
    }
    return count;
}

// The row of the area that was looked from: nodes in ascending order.
static dcat_status list_nodes(search *s, const dcat_world *world, const network_arc *access,
                              network_rows *rows, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    size_t last = 0;
    for (size_t i = 0; i < s->seen_count; i++) {
        size_t node = (size_t)s->seen[i];
        bool reached = s->labels[node].done;
        s->marks[node / 64] |= (uint64_t)reached << (node % 64);
        last = node > last ? node : last;
    }
    for (size_t w = 0; w <= last / 64; w++) {
        for (uint64_t left = s->marks[w]; status == DCAT_OK && left != 0; left &= left - 1) {
            network_entry way = way_to(s, access, (int)(64 * w) + bits_first(left));
            size_t count = count_in_reach(world, &way);
            rows->reach_count += count;
            if (count > 0) {
                status = network_add_entry(rows, way, err);
            }
        }
        s->marks[w] = 0;
    }
    return status;
}

dcat_status network_list_graph(const network_graph *g, const dcat_world *world, size_t first,
                               size_t end, network_rows *rows, dcat_error *err)
{
    search s;
    dcat_status status = search_create(&s, g, err);
    for (size_t a = first; status == DCAT_OK && a < end; a++) {
        network_arc access = search_from(&s, g, world, a);
        status = list_nodes(&s, world, &access, rows, err);
        rows->end[a - first] = rows->entry_count;
    }
    search_destroy(&s);
    return status;
}
