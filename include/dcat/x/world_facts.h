// SPDX-License-Identifier: Apache-2.0
// world_facts.h - what reports and studies ask of a world, and random worlds for them.

#ifndef DCAT_X_WORLD_FACTS_H
#define DCAT_X_WORLD_FACTS_H

#include "dcat/world.h"

#ifdef __cplusplus
extern "C" {
#endif

// Position of a server in a space where straight lines approximate distance (k-means needs means):
// the plane itself, or the unit sphere scaled to the Earth's radius. Writes 3 metres.
DCAT_API void dcat_world_position_m(const dcat_world *world, int server, double position[3]);

// All paths from an area: to every server, or to those in reach. Writes the servers and their
// paths, both with room for [S], in an order that is fixed but means nothing; returns how many.
// O(S), or in proportion to what is in reach.
DCAT_API size_t dcat_world_paths(const dcat_world *world, int area, int32_t *servers,
                                 dcat_path *paths);

// How many paths there are from all areas together.
DCAT_API size_t dcat_world_path_count(const dcat_world *world);

// Which share of the servers costs more than the ceiling, whatever class of work they do, and so
// never sells under the rules that have one.
DCAT_API double dcat_world_share_above_ceiling(const dcat_world *world);

// How many pairs of servers are within the span limit (10c).
DCAT_API size_t dcat_world_pair_count(const dcat_world *world);

// What a world takes while it is made, from a sample of its servers and areas: within a few per
// cent for places and networks that are alike everywhere.
typedef struct dcat_world_needs {
    double pair_count;  // of servers within the span limit
    double way_count;   // from areas to the places of servers
    double bytes;       // of memory, at most at a time
    double limit_bytes; // what this process can have: machine, container or ulimit -v
} dcat_world_needs;

// The arguments of dcat_world_create, which refuses what needs more than there is. Time and memory
// are in proportion to servers, areas, nodes and links. Errors: those of dcat_world_create.
DCAT_API dcat_status dcat_world_needs_of(const dcat_world_config *config,
                                         const dcat_server *servers, size_t server_count,
                                         const dcat_area *areas, size_t area_count, uint64_t seed,
                                         dcat_world_needs *needs, dcat_error *err);

// The drawn rate of every link of a graph network, [link_count]; NULL for hops.
DCAT_API const double *dcat_world_link_rate_view(const dcat_world *world);

// Rates of the other links that the seed draws, bit/s. Of hops: link hop >= 0 of the way from an
// area to a server. Of a graph: the access link of an area, or of a server.
DCAT_API double dcat_world_hop_rate(const dcat_world *world, int area, int server, int hop);
DCAT_API double dcat_world_area_access_rate(const dcat_world *world, int area);
DCAT_API double dcat_world_server_access_rate(const dcat_world *world, int server);

// Random servers and areas on a square, for synthetic worlds: uniform positions and speeds drawn
// from the seed. The positions of the first n are the same for any count.
DCAT_API void dcat_draw_servers(uint64_t seed, double side_m, dcat_range speed_hz, int core_count,
                                dcat_server *servers, size_t server_count);
// Give servers costs of their own: the market's, times 1 + u with u uniform in [-noise, noise],
// drawn from the seed for nothing else. Without noise they keep the market's.
DCAT_API void dcat_draw_costs(uint64_t seed, const dcat_market_config *market, double noise,
                              dcat_server *servers, size_t server_count);
DCAT_API void dcat_draw_areas(uint64_t seed, double side_m, dcat_area *areas, size_t area_count);

// Give every server one of owner_count >= 1 owners, uniformly, by draws of their own: everything
// else stays as it was.
DCAT_API void dcat_draw_owners(uint64_t seed, int32_t owner_count, dcat_server *servers,
                               size_t server_count);

#ifdef __cplusplus
}
#endif
#endif
