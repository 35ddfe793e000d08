// Paths from areas to servers, eq. (3): fixed once per world.

#include "core/world_lists.h"

#include "dcat/model.h"
#include "dcat/rng.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

// What the parts of the LINKS stream are for.
enum { PART_HOPS, PART_LINK, PART_AREA_ACCESS, PART_SERVER_ACCESS };

static double draw_in(dcat_range range, double uniform)
{
    return range.min + (range.max - range.min) * uniform;
}

// --- hops: 1 + floor(distance / hop length) links, each with a drawn rate

// Whether a task could come this way in time: see network_list_rows.
static bool in_reach(const dcat_network_config *network, double seconds_per_bit,
                     double propagation_s)
{
    return dcat_transfer_delay_s(network->reach_bits, seconds_per_bit, propagation_s) <=
           network->reach_s;
}

static double hop_count_of(const dcat_network_config *network, double distance_m)
{
    return fmin(1.0 + floor(distance_m / network->hop_m), network->hop_max);
}

// With bounded reach the sum may stop where it is out of reach; it only grows.
static double hops_seconds_per_bit(const dcat_world *world, size_t area, size_t server, int hops)
{
    const dcat_network_config *network = &world->config.network;
    bool bounded = network->reach_s > 0.0;
    double seconds_per_bit = 0.0;
    for (int h = 0; h < hops && !(bounded && !in_reach(network, seconds_per_bit, 0.0)); h += 2) {
        dcat_draw draw = dcat_draw_at(world->seed, DCAT_STREAM_LINKS, PART_HOPS, (uint32_t)area,
                                      (uint32_t)server, (uint32_t)h / 2);
        for (int which = 0; which < 2 && h + which < hops; which++) {
            double uniform = dcat_draw_uniform(&draw, which);
            seconds_per_bit += 1.0 / draw_in(network->rate_bps, uniform);
        }
    }
    return seconds_per_bit;
}

static world_entry hops_path(const dcat_world *world, size_t area, size_t server)
{
    double distance_m = dcat_distance_m(world->config.geometry, world->areas[area].site,
                                        world->servers[server].site);
    double hops = hop_count_of(&world->config.network, distance_m);
    return (world_entry){
        .seconds_per_bit = hops_seconds_per_bit(world, area, server, (int)hops),
        .propagation_s = distance_m / world->config.network.signal_speed_mps,
        .server = (int32_t)server,
        .hop_count = (int32_t)hops,
    };
}

static void put_path(dcat_world *world, size_t area, const world_entry *path)
{
    size_t at = area * world->server_count + (size_t)path->server;
    world->hop_count[at] = path->hop_count;
    world->seconds_per_bit[at] = path->seconds_per_bit;
    world->propagation_s[at] = path->propagation_s;
}

static void fill_hops(dcat_world *world)
{
    for (size_t a = 0; a < world->area_count; a++) {
        for (size_t s = 0; s < world->server_count; s++) {
            world_entry path = hops_path(world, a, s);
            put_path(world, a, &path);
        }
    }
}

// No server farther than this is in reach: every hop takes at least reach_bits at the highest rate,
// and signals have a speed.
static double hops_reach_m(const dcat_network_config *network)
{
    double signal_m = network->signal_speed_mps * network->reach_s;
    double hop_least_s = network->reach_bits / network->rate_bps.max;
    double hops = floor(network->reach_s / hop_least_s) + 1.0; // one for rounding
    return hops >= network->hop_max ? signal_m : fmin(hops * network->hop_m, signal_m);
}

// On the Earth a distance costs far more than a draw: rule out what is out of reach by the hops
// that the straight line alone takes, which is shorter.
static bool surely_out_of_reach(const dcat_world *world, const double point[3], size_t area,
                                size_t server, const double server_point[3])
{
    if (world->config.geometry == DCAT_PLANE) {
        return false;
    }
    const dcat_network_config *network = &world->config.network;
    double chord_m = fmax(sqrt(kd_square(point, server_point)) - 1.0, 0.0); // 1 m for rounding
    int hops = (int)hop_count_of(network, chord_m);
    return !in_reach(network, hops_seconds_per_bit(world, area, server, hops), 0.0);
}

static dcat_status list_hops(const dcat_world *world, world_lists *lists, dcat_error *err)
{
    const dcat_network_config *network = &world->config.network;
    double reach_m = hops_reach_m(network);
    dcat_status status = DCAT_OK;
    for (size_t a = 0; a < world->area_count; a++) {
        double point[3];
        world_point(world->config.geometry, world->areas[a].site, point);
        size_t count = world_find_servers(lists, world, world->areas[a].site, reach_m);
        lists->row_first[a] = lists->entry_count;
        for (size_t j = 0; status == DCAT_OK && j < count; j++) {
            size_t s = (size_t)lists->found[j];
            if (surely_out_of_reach(world, point, a, s, lists->point[s])) {
                continue;
            }
            world_entry path = hops_path(world, a, s);
            if (in_reach(network, path.seconds_per_bit, path.propagation_s)) {
                status = world_add_entry(lists, path, err);
            }
        }
    }
    lists->row_first[world->area_count] = lists->entry_count;
    return status;
}

// --- graph: least-delay paths by Dijkstra, one access link at each end

typedef struct label { // best known way to a node
    double delay_s;    // at the reference data size
    double seconds_per_bit, propagation_s;
    int hop_count;
    bool done;
} label;

typedef struct arc {
    int to;
    double seconds_per_bit, propagation_s;
} arc;

typedef struct graph {
    size_t node_count;
    size_t *first;      // [node_count + 1] into arcs
    arc *arcs;          // [2 * link_count]
    label *labels;      // [node_count]
    arc *server_access; // [S] from their node
    int *heap;          // [2 * link_count + 1] nodes with their key at push time
    double *key;
    int *key_hops;
    size_t heap_count;
} graph;

static bool key_less(const graph *g, size_t a, size_t b)
{
    return g->key[a] < g->key[b] || (g->key[a] == g->key[b] && g->key_hops[a] < g->key_hops[b]);
}

static void heap_swap(graph *g, size_t a, size_t b)
{
    int node = g->heap[a];
    double key = g->key[a];
    int hops = g->key_hops[a];
    g->heap[a] = g->heap[b];
    g->key[a] = g->key[b];
    g->key_hops[a] = g->key_hops[b];
    g->heap[b] = node;
    g->key[b] = key;
    g->key_hops[b] = hops;
}

static void heap_push(graph *g, int node, const label *way)
{
    size_t at = g->heap_count++;
    g->heap[at] = node;
    g->key[at] = way->delay_s;
    g->key_hops[at] = way->hop_count;
    while (at > 0 && key_less(g, at, (at - 1) / 2)) {
        heap_swap(g, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static int heap_pop(graph *g)
{
    int top = g->heap[0];
    heap_swap(g, 0, --g->heap_count);
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < g->heap_count && key_less(g, child, least)) {
                least = child;
            }
        }
        if (least == at) {
            return top;
        }
        heap_swap(g, at, least);
        at = least;
    }
}

static bool label_better(const label *a, const label *b)
{
    return a->delay_s < b->delay_s || (a->delay_s == b->delay_s && a->hop_count < b->hop_count);
}

// Least delay from source to every node at the reference data size, ties by fewer hops.
static void dijkstra(graph *g, int source, double reference_bits)
{
    for (size_t n = 0; n < g->node_count; n++) {
        g->labels[n] = (label){.delay_s = INFINITY};
    }
    g->labels[source] = (label){0};
    g->heap_count = 0;
    heap_push(g, source, &g->labels[source]);
    while (g->heap_count > 0) {
        int node = heap_pop(g);
        label *from = &g->labels[node];
        if (from->done) {
            continue;
        }
        from->done = true;
        for (size_t i = g->first[node]; i < g->first[node + 1]; i++) {
            const arc *step = &g->arcs[i];
            label way = {
                .seconds_per_bit = from->seconds_per_bit + step->seconds_per_bit,
                .propagation_s = from->propagation_s + step->propagation_s,
                .hop_count = from->hop_count + 1,
            };
            way.delay_s =
                dcat_transfer_delay_s(reference_bits, way.seconds_per_bit, way.propagation_s);
            if (!g->labels[step->to].done && label_better(&way, &g->labels[step->to])) {
                g->labels[step->to] = way;
                heap_push(g, step->to, &way);
            }
        }
    }
}

static void resolve_links(dcat_world *world)
{
    const dcat_network_config *network = &world->config.network;
    for (size_t i = 0; i < network->link_count; i++) {
        dcat_link *link = &world->links[i];
        if (isnan(link->length_m)) {
            link->length_m = dcat_distance_m(world->config.geometry, world->nodes[link->node_a],
                                             world->nodes[link->node_b]);
        }
        dcat_draw draw = dcat_draw_at(world->seed, DCAT_STREAM_LINKS, PART_LINK, 0, 0, (uint32_t)i);
        world->link_rate_bps[i] = isnan(link->rate_bps)
                                      ? draw_in(network->rate_bps, dcat_draw_uniform(&draw, 0))
                                      : link->rate_bps;
    }
}

// Arcs of every node, both directions of every link, by counting sort.
static void build_arcs(graph *g, const dcat_world *world)
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
        arc step = {.seconds_per_bit = 1.0 / world->link_rate_bps[i],
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

// The access link of a site: its distance to its node at a drawn rate.
static arc access_link(const dcat_world *world, dcat_site site, int node, uint32_t part,
                       uint32_t index)
{
    const dcat_network_config *network = &world->config.network;
    double length_m = dcat_distance_m(world->config.geometry, site, world->nodes[node]);
    dcat_draw draw = dcat_draw_at(world->seed, DCAT_STREAM_LINKS, part, 0, 0, index);
    return (arc){.to = node,
                 .seconds_per_bit = 1.0 / draw_in(network->access_bps, dcat_draw_uniform(&draw, 0)),
                 .propagation_s = length_m / network->signal_speed_mps};
}

static dcat_status graph_create(graph *g, const dcat_world *world, dcat_error *err)
{
    size_t node_count = world->config.network.node_count;
    size_t arc_count = 2 * world->config.network.link_count;
    *g = (graph){
        .node_count = node_count,
        .first = calloc(node_count + 1, sizeof *g->first),
        .arcs = calloc(arc_count + 1, sizeof *g->arcs),
        .labels = calloc(node_count, sizeof *g->labels),
        .server_access = calloc(world->server_count, sizeof *g->server_access),
        .heap = calloc(arc_count + 1, sizeof *g->heap),
        .key = calloc(arc_count + 1, sizeof *g->key),
        .key_hops = calloc(arc_count + 1, sizeof *g->key_hops),
    };
    if (g->first == NULL || g->arcs == NULL || g->labels == NULL || g->server_access == NULL ||
        g->heap == NULL || g->key == NULL || g->key_hops == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a network of %zu nodes", node_count);
    }
    build_arcs(g, world);
    for (size_t i = 0; i < world->server_count; i++) {
        g->server_access[i] = access_link(world, world->servers[i].site, world->servers[i].node,
                                          PART_SERVER_ACCESS, (uint32_t)i);
    }
    return DCAT_OK;
}

static void graph_destroy(graph *g)
{
    free(g->first);
    free(g->arcs);
    free(g->labels);
    free(g->server_access);
    free(g->heap);
    free(g->key);
    free(g->key_hops);
}

// A path from an area to every server, or an error if there is none.
static dcat_status graph_path(const dcat_world *world, const graph *g, size_t area,
                              const arc *first, size_t server, world_entry *path, dcat_error *err)
{
    const arc *last = &g->server_access[server];
    const label *way = &g->labels[last->to];
    if (!way->done) {
        return dcat_fail(err, DCAT_ERR_REFERENCE,
                         "no path joins area %zu (node %d) and server %zu (node %d)", area,
                         world->areas[area].node, server, last->to);
    }
    *path = (world_entry){
        .seconds_per_bit = first->seconds_per_bit + way->seconds_per_bit + last->seconds_per_bit,
        .propagation_s = first->propagation_s + way->propagation_s + last->propagation_s,
        .server = (int32_t)server,
        .hop_count = way->hop_count + 2,
    };
    return DCAT_OK;
}

// The paths of one area: into its row of the tables, or into lists as far as they are in reach.
static dcat_status make_area(const dcat_world *world, graph *g, size_t a, dcat_world *tables,
                             world_lists *lists, dcat_error *err)
{
    const dcat_network_config *network = &world->config.network;
    const dcat_area *area = &world->areas[a];
    arc first = access_link(world, area->site, area->node, PART_AREA_ACCESS, (uint32_t)a);
    dijkstra(g, area->node, network->reference_bits);
    dcat_status status = DCAT_OK;
    assert((tables == NULL) != (lists == NULL));
    for (size_t s = 0; status == DCAT_OK && s < world->server_count; s++) {
        world_entry path = {0};
        status = graph_path(world, g, a, &first, s, &path, err);
        if (status == DCAT_OK && lists == NULL) {
            put_path(tables, a, &path);
        } else if (status == DCAT_OK &&
                   in_reach(network, path.seconds_per_bit, path.propagation_s)) {
            status = world_add_entry(lists, path, err);
        }
    }
    return status;
}

// Every area, into tables or into lists; the other is NULL.
static dcat_status make_graph(const dcat_world *world, dcat_world *tables, world_lists *lists,
                              dcat_error *err)
{
    graph g;
    dcat_status status = graph_create(&g, world, err);
    for (size_t a = 0; status == DCAT_OK && a < world->area_count; a++) {
        if (lists != NULL) {
            lists->row_first[a] = lists->entry_count;
        }
        status = make_area(world, &g, a, tables, lists, err);
    }
    if (lists != NULL) {
        lists->row_first[world->area_count] = lists->entry_count;
    }
    graph_destroy(&g);
    return status;
}

dcat_status network_fill(dcat_world *world, dcat_error *err)
{
    bool bounded = world->config.network.reach_s > 0.0;
    if (world->config.network.kind == DCAT_NETWORK_GRAPH) {
        resolve_links(world);
        return bounded ? DCAT_OK : make_graph(world, world, NULL, err);
    }
    if (!bounded) {
        fill_hops(world);
    }
    return DCAT_OK;
}

dcat_status network_list_rows(const dcat_world *world, world_lists *lists, dcat_error *err)
{
    return world->config.network.kind == DCAT_NETWORK_GRAPH ? make_graph(world, NULL, lists, err)
                                                            : list_hops(world, lists, err);
}
