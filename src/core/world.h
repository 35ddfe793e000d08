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
    dcat_server *servers;    // [S] own costs filled in
    dcat_area *areas;        // [A]
    dcat_site *nodes;        // [node_count]
    dcat_link *links;        // [link_count]
    double *link_rate_bps;   // [link_count] after drawing
    double *unit_cost;       // [S] eq. (8) per cycle
    double *distance_m;      // [S, S]
    double *seconds_per_bit; // [A, S] eq. (3)
    double *propagation_s;   // [A, S]
    int32_t *hop_count;      // [A, S]
};

// Fill link rates and the three [A, S] tables. Errors: ERR_REFERENCE, ERR_MEMORY.
dcat_status network_fill(dcat_world *world, dcat_error *err);

#endif
