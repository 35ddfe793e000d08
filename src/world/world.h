// SPDX-License-Identifier: Apache-2.0
// world.h (internal) - the inside of dcat_world, for the parts of the core that read it per task.

#ifndef DCAT_WORLD_WORLD_H
#define DCAT_WORLD_WORLD_H

#include "base/arena.h"
#include "dcat/world.h"
#include "dcat/x/model.h"
#include <stdbool.h>

// Where servers are reached from: the nodes of a graph, whose servers share all of a path but their
// access link; or every server by itself.
typedef struct world_stops {
    size_t count;
    int32_t *first;          // [count + 1] into the arrays below
    int32_t *server;         // [S] stop by stop, ascending at each
    double *seconds_per_bit; // [S] from the stop to server[m]
    double *propagation_s;   // [S]
} world_stops;

// A class of work as tasks of it see the market.
typedef struct world_class {
    double price_per_gigacycle, urgency_s; // p and mu of eq. (5)
    double price_ratio;                    // p by the lowest of all classes
    size_t queue;                          // of a server's, see dcat_world_queue_of
} world_class;

struct dcat_world {
    dcat_world_config config; // network.nodes, .links and resources point into this block
    dcat_auction_rules rules;
    dcat_auction_rules rules_on_limits; // without the ceiling, see dcat_state_rules_view
    uint64_t seed;
    size_t server_count, area_count;
    int32_t owner_max;     // largest owner of a server; 0: nobody owns any
    dcat_server *servers;  // [S] own costs filled in
    dcat_area *areas;      // [A]
    dcat_site *nodes;      // [node_count]
    dcat_link *links;      // [link_count]
    double *link_rate_bps; // [link_count] after drawing
    double *unit_cost;     // [S] eq. (8) per cycle
    uint8_t *dear;         // [S] too dear for the ceiling; see dcat_world_dear_view
    size_t dear_count;     // 0 as well where nobody is to be left alone
    size_t class_count;    // Q; 1 without resources
    world_class *classes;  // [Q]
    size_t queue_count;    // of a server
    dcat_member *members;  // [Q, S] what shares read of servers
    void *resources;       // room for the copy that config points to; NULL: none
    double *true_speed_hz; // [Q, S] the same; NULL: none
    double *distance_m;    // [S, S]; NULL in a large world, see dcat_world_distance_m
    // Paths (3). Without a bound on the network's reach every area has a path to every server:
    // [A, S]. With one, only to those in reach, by way of their stops: row a, which is
    // row_first[a] .. row_first[a + 1] - 1, has the ways to the stops with a server in reach.
    size_t *row_first;       // [A + 1]; NULL without a bound
    int32_t *row_stop;       // ascending in a row; NULL without a bound
    double *seconds_per_bit; // eq. (3)
    double *propagation_s;
    int32_t *hop_count; // of the whole path
    world_stops stops;  // with a bound
    size_t reach_count; // with a bound: pairs of area and server in reach

    // Which servers may share a cluster (10c), ascending: see world_neighbours.
    size_t *neighbour_first; // [S + 1]
    int32_t *neighbour;
    double *neighbour_m;
};

// What dcat_world_create was handed. Errors: ERR_RANGE, ERR_REFERENCE, naming the first wrong one.
dcat_status world_check_inputs(const dcat_world_config *config, const dcat_server *servers,
                               size_t server_count, const dcat_area *areas, size_t area_count,
                               dcat_error *err);

// Fill dear: members are known.
void world_find_dear(dcat_world *world);

// Two servers of different owners, both of whom have one.
static inline bool world_owners_differ(const dcat_world *world, int32_t a, int32_t b)
{
    int32_t of_a = world->servers[a].owner, of_b = world->servers[b].owner;
    return of_a != of_b && of_a != DCAT_NO_OWNER && of_b != DCAT_NO_OWNER;
}

// Of what dcat_world_dear_view returned: is this server to be left alone?
static inline bool world_is_dear(const uint8_t *dear, int32_t server)
{
    return dear != NULL && dear[server] != 0;
}
// What a copy of the world's resources takes; 0 without any.
size_t world_resources_bytes(const dcat_world_config *config);

// Classes and members, from the servers and resources.
dcat_status world_fill_classes(dcat_world *world, dcat_error *err);

// The stop of a server, and the number of stops there are.
static inline int32_t world_stop_of(const dcat_world *world, size_t server)
{
    bool graph = world->config.network.kind == DCAT_NETWORK_GRAPH;
    return graph ? world->servers[server].node : (int32_t)server;
}

static inline size_t world_stop_count(const dcat_world *world)
{
    bool graph = world->config.network.kind == DCAT_NETWORK_GRAPH;
    return graph ? world->config.network.node_count : world->server_count;
}

// Whether a path is within the network's bound on reach.
//
// A path is left out when the transfer delay (3) of reach_bits exceeds reach_s. That changes no
// result for tasks with data_bits >= reach_bits and deadline_s <= reach_s: computed as it is, (3)
// does not decrease when data_bits grows, since a product with and a sum of non-negative numbers
// are rounded monotonically. So through such a server the task's transfer alone exceeds
// reach_s >= deadline_s, and the total (4), a sum of it and non-negative terms, as well. A
// cluster's transfer delay is the least of its members': if a member in reach gives it, leaving out
// others does not change it; if not, the cluster misses the deadline with or without them. So (10b)
// holds for the same clusters, with the same delays.
static inline bool world_in_reach(const dcat_network_config *network, double seconds_per_bit,
                                  double propagation_s)
{
    return dcat_transfer_delay_s(network->reach_bits, seconds_per_bit, propagation_s) <=
           network->reach_s;
}

// The path by entry `at` of a row to server[m] of its stop, in reach or not.
static inline dcat_path world_path_by(const dcat_world *world, size_t at, size_t m)
{
    return (dcat_path){world->seconds_per_bit[at] + world->stops.seconds_per_bit[m],
                       world->propagation_s[at] + world->stops.propagation_s[m],
                       world->hop_count[at]};
}

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

// May these two servers share a cluster? Constraint (10c): at the limit exactly they may.
bool world_may_share(const dcat_world *world, int32_t server_a, int32_t server_b);

#endif
