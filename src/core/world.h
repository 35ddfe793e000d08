// world.h (internal) - the inside of dcat_world, for the parts of the core that read it per task.

#ifndef DCAT_CORE_WORLD_H
#define DCAT_CORE_WORLD_H

#include "base/arena.h"
#include "dcat/world.h"

struct dcat_world {
    dcat_world_config config; // network.nodes and .links point into this block
    dcat_auction_rules rules;
    uint64_t seed;
    size_t server_count, area_count;
    dcat_server *servers;  // [S] own costs filled in
    dcat_area *areas;      // [A]
    dcat_site *nodes;      // [node_count]
    dcat_link *links;      // [link_count]
    double *link_rate_bps; // [link_count] after drawing
    double *unit_cost;     // [S] eq. (8) per cycle
    double *distance_m;    // [S, S]; NULL in a large world, see dcat_world_distance_m
    // Paths (3). Without a bound on the network's reach every area has a path to every server:
    // [A, S]. With one, only to those in reach: row a is row_first[a] .. row_first[a + 1] - 1.
    size_t *row_first;       // [A + 1]; NULL without a bound
    int32_t *row_server;     // ascending in a row; NULL without a bound
    double *seconds_per_bit; // eq. (3)
    double *propagation_s;
    int32_t *hop_count;

    // Which servers may share a cluster (10c), ascending: see world_neighbours.
    size_t *neighbour_first; // [S + 1]
    int32_t *neighbour;
    double *neighbour_m;
};

typedef struct world_lists world_lists; // see world_lists.h

// Fill link rates; and the three [A, S] tables, unless the network's reach is bounded. Errors:
// ERR_REFERENCE, ERR_MEMORY.
dcat_status network_fill(dcat_world *world, dcat_error *err);

// Make the rows of a network with bounded reach; link rates are filled. Errors as above.
//
// A server is left out of an area's row when the transfer delay (3) of reach_bits exceeds reach_s.
// That changes no result for tasks with data_bits >= reach_bits and deadline_s <= reach_s:
// computed as it is, (3) does not decrease when data_bits grows, since a product with and a sum of
// non-negative numbers are rounded monotonically. So through such a server the task's transfer
// alone exceeds reach_s >= deadline_s, and the total (4), a sum of it and non-negative terms, as
// well. A cluster's transfer delay is the least of its members': if a member in reach gives it,
// leaving out others does not change it; if not, the cluster misses the deadline with or without
// them. So (10b) holds for the same clusters, with the same delays.
dcat_status network_list_rows(const dcat_world *world, world_lists *lists, dcat_error *err);

// The servers within the span limit of one server, ascending, without itself, and their distances.
typedef struct world_neighbours {
    const int32_t *server; // [count]
    const double *distance_m;
    size_t count;
} world_neighbours;

static inline world_neighbours world_neighbours_of(const dcat_world *world, size_t server)
{
    size_t first = world->neighbour_first[server];
    return (world_neighbours){&world->neighbour[first], &world->neighbour_m[first],
                              world->neighbour_first[server + 1] - first};
}

#endif
