// SPDX-License-Identifier: Apache-2.0
// network.h (internal) - paths from areas to servers, eq. (3), while a world is made.
//
// Without a bound on the network's reach they fill the world's tables; with one, rows list those in
// reach. Areas are independent of each other.

#ifndef DCAT_WORLD_NETWORK_H
#define DCAT_WORLD_NETWORK_H

#include "dcat/error.h"
#include "world/world.h"

#include <math.h>

// What the parts of the LINKS stream are for.
enum network_part {
    NETWORK_PART_HOPS,
    NETWORK_PART_LINK,
    NETWORK_PART_AREA_ACCESS,
    NETWORK_PART_SERVER_ACCESS,
};

static inline double network_draw_in(dcat_range range, double uniform)
{
    return range.min + (range.max - range.min) * uniform;
}

// The way from an area to a stop, with the number of links of the path through it.
typedef struct network_entry {
    double seconds_per_bit, propagation_s;
    int32_t stop, hop_count;
} network_entry;

// The rows of some areas, one behind the other.
typedef struct network_rows {
    size_t *end;          // [areas] of each row in entry
    network_entry *entry; // by row, then stop
    size_t entry_count, entry_room;
    size_t reach_count; // paths to servers in reach
} network_rows;

// Add an entry to the row being made. Errors: ERR_MEMORY.
dcat_status network_add_entry(network_rows *rows, network_entry entry, dcat_error *err);

// Signals take what the table of zones says, if it says it.
static inline double network_signal_s(const dcat_network_config *network, size_t area,
                                      size_t server, double by_distance_s)
{
    int32_t from = network->area_zone[area], to = network->server_zone[server];
    double stated_s =
        from < 0 || to < 0 ? NAN : network->latency_s[(size_t)from * network->zone_count + to];
    return isnan(stated_s) ? by_distance_s : stated_s;
}

// Write a path into a world's tables.
static inline void network_put_path(dcat_world *world, size_t area, size_t server, dcat_path path)
{
    const dcat_network_config *network = &world->config.network;
    size_t at = area * world->server_count + server;
    if (network->latency_s != NULL) {
        path.propagation_s = network_signal_s(network, area, server, path.propagation_s);
    }
    world->hop_count[at] = path.hop_count;
    world->seconds_per_bit[at] = path.seconds_per_bit;
    world->propagation_s[at] = path.propagation_s;
}

// Link rates; and the stops, or without a bound on reach the tables. Errors: ERR_REFERENCE when
// there is no path between some area and some server, ERR_MEMORY.
dcat_status network_fill(dcat_world *world, dcat_error *err);

typedef struct world_lists world_lists; // see world_lists.h

// All rows, into lists->rows. Errors: ERR_MEMORY.
dcat_status network_list_rows(const dcat_world *world, world_lists *lists, dcat_error *err);

// Entries of all rows together, from the rows of at most `most` areas. Errors: ERR_MEMORY.
dcat_status network_sample_rows(const dcat_world *world, world_lists *lists, size_t most,
                                double *entry_count, dcat_error *err);

// --- hops

// Areas first to end - 1: their paths into a world's tables, or in reach into rows.
void network_fill_hops(dcat_world *world, size_t first, size_t end);
dcat_status network_list_hops(const dcat_world *world, const world_lists *lists, size_t first,
                              size_t end, network_rows *rows, dcat_error *err);

// --- graphs

// The links of a network as seen from its nodes.
typedef struct network_arc {
    int to;
    double seconds_per_bit, propagation_s;
} network_arc;

typedef struct network_graph {
    size_t node_count;
    size_t *first;     // [node_count + 1] into arcs
    network_arc *arcs; // [2 * link_count]
} network_graph;

// Link rates are filled. Errors: ERR_REFERENCE as above, ERR_MEMORY; destroy in any case.
dcat_status network_graph_create(network_graph *graph, const dcat_world *world, dcat_error *err);
void network_graph_destroy(network_graph *graph);

// The access link of a site: its distance to its node at a drawn rate.
network_arc network_access_link(const dcat_world *world, dcat_site site, int node,
                                enum network_part part, uint32_t index);

// As those for hops. Errors: ERR_MEMORY.
dcat_status network_fill_graph(const network_graph *graph, dcat_world *world, size_t first,
                               size_t end, dcat_error *err);
// The same for servers first to end - 1 and all areas: a search from every server instead of every
// area. Of two ways that take as long but for rounding it may find the other.
dcat_status network_fill_graph_back(const network_graph *graph, dcat_world *world, size_t first,
                                    size_t end, dcat_error *err);
dcat_status network_list_graph(const network_graph *graph, const dcat_world *world, size_t first,
                               size_t end, network_rows *rows, dcat_error *err);

#endif
