// SPDX-License-Identifier: Apache-2.0
// world.h - what never changes during a run: servers, areas, network, prices, limits.
//
// A world is immutable after creation and shared by any number of states and threads. It holds, for
// every pair of area and server in its reach, the two coefficients of the transfer delay (3).

#ifndef DCAT_WORLD_H
#define DCAT_WORLD_H

#include "dcat/auction.h"
#include "dcat/error.h"
#include "dcat/x/model.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_range {
    double min, max; // min <= max; min == max is a constant
} dcat_range;

typedef enum dcat_geometry {
    DCAT_PLANE = 0, // x, y in metres; straight-line distance
    DCAT_GEO,       // x = longitude, y = latitude in degrees (WGS 84); geodesic distance
} dcat_geometry;

typedef struct dcat_site {
    double x, y;
} dcat_site;

#define DCAT_NO_OWNER 0 // so that servers that say nothing have none

typedef struct dcat_server {
    dcat_site site;
    double speed_hz;         // f_i > 0
    int core_count;          // n_i >= 1
    double energy_cost;      // epsilon_e; NAN: the market's
    double time_cost_per_s;  // epsilon_t; NAN: the market's
    int node;                // index into the network's nodes; ignored by DCAT_NETWORK_HOPS
    int32_t owner;           // 1..S: clusters with a common owner never bid against each other;
                             // DCAT_NO_OWNER: nobody else's
    double tariff_per_cycle; // s_i of share tariff, > 0; 0: eq. (8) at the market's costs, or at
                             // its own where the market has none
} dcat_server;

typedef struct dcat_area {
    dcat_site site;
    int node; // as above
} dcat_area;

typedef struct dcat_link {
    int node_a, node_b;
    double length_m; // >= 0; NAN: distance between the nodes
    double rate_bps; // > 0; NAN: drawn from rate_bps of the network by the world's seed
} dcat_link;

typedef enum dcat_network_kind {
    DCAT_NETWORK_HOPS = 0, // synthetic: 1 + floor(distance / hop_m) links, at most hop_max
    DCAT_NETWORK_GRAPH,    // nodes and links; least-delay paths; one access link at each end
} dcat_network_kind;

typedef struct dcat_network_config {
    dcat_network_kind kind;
    dcat_range rate_bps;     // links without a rate of their own; > 0
    double signal_speed_mps; // V of eq. (3); > 0
    double reference_bits;   // data size for which a path is the fastest; >= 0
    // A bound on reach, which large worlds need. 0: every area has a path to every server.
    // Otherwise only to servers that reach_bits get to within reach_s; those beyond are never
    // candidates. It changes no result for tasks of at least reach_bits and reach_work_cycles with
    // deadlines of at most reach_s; dcat_run() refuses others.
    double reach_s;           // >= 0
    double reach_bits;        // >= 0
    double reach_work_cycles; // >= 0
    double hop_m;             // hops only; > 0
    int hop_max;              // hops only; >= 1
    dcat_range access_bps;    // graph only: access links, drawn by the world's seed; > 0
    const dcat_site *nodes;   // [node_count] graph only
    size_t node_count;
    const dcat_link *links; // [link_count] graph only
    size_t link_count;
    // Nullable: what signals take between zones, one way, whatever the distance: [zone_count,
    // zone_count] from that of an area to that of a server; NAN: by distance. -1 is no zone. Not
    // with a bound on reach.
    const double *latency_s;
    size_t zone_count;
    const int32_t *area_zone;   // [A]
    const int32_t *server_zone; // [S]
} dcat_network_config;

// Order in which the arrivals of one slot are auctioned.
typedef enum dcat_task_order {
    DCAT_ORDER_ARRIVAL = 0, // as they came: the paper
    DCAT_ORDER_URGENCY,     // fee per work, descending; equal ones as they came
} dcat_task_order;

// What is held against the public ceiling and against start prices: the bid, which has the handicap
// in it, or the limit alone.
typedef enum dcat_ceiling_on {
    DCAT_CEILING_ON_BID = 0, // so handicap and ceiling cap together how long a cluster may have to
                             // wait
    DCAT_CEILING_ON_LIMIT,   // a handicap shuts nobody out; pay is at most the ceiling
} dcat_ceiling_on;

typedef struct dcat_market_config {
    double price_per_gigacycle; // p of eq. (5); > 0
    double urgency_s;           // mu of eq. (5); >= 0
    double energy_cost;         // epsilon_e: money per cycle at 1 Hz^2; >= 0
    double time_cost_per_s;     // epsilon_t: money per second of a server; >= 0
    dcat_task_order task_order;
    dcat_queue_rule queue;
    double handicap_per_gigacycle_s; // h: added to a cluster's bid per giga-cycle of the task and
                                     // second until it can begin (dcat_start_delay_s); >= 0
    // Only clusters that can begin soon enough take part: fee per giga-cycle >= a + b times the
    // seconds until they can (dcat_admission_s). Both >= 0; 0: all.
    double admission_per_gigacycle;   // a
    double admission_per_gigacycle_s; // b
    dcat_ceiling_on ceiling_on;       // alike without a handicap
    // Order, handicap and admission act under rules with a public ceiling only; see
    // dcat_state_market_view.
} dcat_market_config;

// Where k-means puts its first centres; the paper does not say.
typedef enum dcat_kmeans_start {
    DCAT_KMEANS_PLUS_PLUS = 0, // spread out, as k-means++: the stronger baseline
    DCAT_KMEANS_RANDOM,        // on distinct random servers
} dcat_kmeans_start;

typedef struct dcat_anneal_config {
    int iteration_max;   // proposals per decision; >= 1
    int recluster_every; // cycles between decisions; >= 1
    double temperature;  // start temperature as a share of the first profit; > 0
} dcat_anneal_config;

typedef struct dcat_world_config {
    size_t size; // DCAT_SIZED(dcat_world_config)
    dcat_geometry geometry;
    double span_m_max;   // R_max of (10c); >= 0
    double slot_s;       // length of a slot; > 0
    int slots_per_cycle; // >= 1
    dcat_market_config market;
    dcat_auction_config auction;
    dcat_network_config network;
    int kmeans_cluster_count; // n of k-means; 0: a third of the servers, rounded, at least 1
    dcat_kmeans_start kmeans_start;
    dcat_anneal_config anneal;
    bool dear_alone; // clusterers leave servers alone that are too dear for the public ceiling, see
                     // dcat_world_dear_view; default true
    bool guard;      // a2c puts nothing into force that earns less in simulation; default true
    double guard_margin; // share by which it must earn more to replace what is in force; >= 0;
                         // default 0.02
    // Nullable: what servers can do for each class of work; NULL: every server is its own number,
    // which does all work alike. As many servers as the world.
    const struct dcat_resources *resources;
    // Nullable: [Q, S] how fast servers really are at each class, where resources are what the
    // platform takes them for: auctions and promises go by resources, work takes its true time. A
    // late task pays no fee and its provider is paid. 0: never ends, and is given up at the
    // promised time. Needs resources and DCAT_QUEUE_FIFO.
    const double *true_speed_hz;
} dcat_world_config;

typedef struct dcat_world dcat_world;

// Table I of the paper where it gives a value; see docs/model.md for the others.
DCAT_API dcat_world_config dcat_world_config_default(void);

// The first wrong field by name, in declaration order.
DCAT_API dcat_status dcat_world_config_check(const dcat_world_config *config, dcat_error *err);

// Build a world. Inputs are copied. Errors: ERR_RANGE for a bad config, server, area, node or link
// (named with its index), ERR_REFERENCE for a node index that does not exist or a server that no
// path connects to some area, ERR_MEMORY.
DCAT_API dcat_status dcat_world_create(const dcat_world_config *config, const dcat_server *servers,
                                       size_t server_count, const dcat_area *areas,
                                       size_t area_count, uint64_t seed, dcat_world **world,
                                       dcat_error *err);
DCAT_API void dcat_world_destroy(dcat_world *world);

DCAT_API const dcat_world_config *dcat_world_config_view(const dcat_world *world);

// When a slot starts, seconds since cycle 0.
DCAT_API double dcat_world_slot_start_s(const dcat_world *world, uint32_t cycle, uint32_t slot);
DCAT_API size_t dcat_world_server_count(const dcat_world *world);
DCAT_API size_t dcat_world_area_count(const dcat_world *world);
DCAT_API const dcat_server *dcat_world_servers_view(const dcat_world *world); // [S]
DCAT_API const dcat_area *dcat_world_areas_view(const dcat_world *world);     // [A]
DCAT_API const double *dcat_world_unit_cost_view(const dcat_world *world); // [S] eq. (8), per cycle
// [Q, S] speeds, costs and tariffs for each class; a speed of 0 is of those who cannot do it.
DCAT_API const dcat_member *dcat_world_members_view(const dcat_world *world);
DCAT_API size_t dcat_world_class_count(const dcat_world *world); // Q; 1 without resources
// Queues of a server that do not wait for each other, and which of them a class waits in: one for
// each pool that some class needs, in the order of dcat_pool.
DCAT_API size_t dcat_world_queue_count(const dcat_world *world);
DCAT_API size_t dcat_world_queue_of(const dcat_world *world, int32_t class_id);
DCAT_API uint64_t dcat_world_seed(const dcat_world *world);

// [S] not 0: the clusterers of this library leave this server alone under the auction. It is too
// dear for the public ceiling: alone it could not bid, and as a member it would keep its cluster
// from bidding, or lose on every task. NULL when there is none: under rules without the ceiling
// (and without a rule: auction is nullable), with opt_out, which has such members leave by
// themselves, and without dear_alone.
//
// Dear is whose cost is above the ceiling, or above its own start price, tariff_ceiling * tariff.
// Choice: under share tariff a cluster's limit may be below the cost of a member with a high
// tariff. So there it is who would be above the ceiling even at the lowest tariff of all servers.
// auction is Nullable: nobody is.
DCAT_API const uint8_t *dcat_world_dear_view(const dcat_world *world, const dcat_auction *auction);

// Distance between two servers, metres. O(1): read from a table in worlds of up to 2048 servers,
// computed in larger ones; the same bits either way.
DCAT_API double dcat_world_distance_m(const dcat_world *world, int server_a, int server_b);

// The path from an area to a server, eq. (3).
typedef struct dcat_path {
    double seconds_per_bit; // sum of 1 / v_s
    double propagation_s;   // sum of d_s / V_s
    int hop_count;          // links on it
} dcat_path;
// Beyond the network's reach both delays are INFINITY and there are no hops. O(1), or O(log S) with
// a bound on the reach.
DCAT_API dcat_path dcat_world_path(const dcat_world *world, int area, int server);

// Distance between two sites, metres; the function every distance in a world comes from.
DCAT_API double dcat_distance_m(dcat_geometry geometry, dcat_site a, dcat_site b);

#ifdef __cplusplus
}
#endif
#endif
