// world_lists.h - the parts of a world whose size shows only while it is made: which servers may
// share a cluster, and which servers an area reaches.
//
// Both are found through a tree of the servers' places, so that neither memory nor time grows with
// the square of the servers. The world copies them into its own block.

#ifndef DCAT_CORE_WORLD_LISTS_H
#define DCAT_CORE_WORLD_LISTS_H

#include "core/kdtree.h"
#include "core/world.h"

// A server in the reach of an area.
typedef struct world_entry {
    double seconds_per_bit, propagation_s;
    int32_t server, hop_count;
} world_entry;

struct world_lists {
    // Pairs of servers within the span limit, seen from both sides; servers ascend in each list.
    size_t *neighbour_first; // [S + 1]
    int32_t *neighbour;      // [neighbour_first[S]]
    double *neighbour_m;     // their distances
    size_t pair_count;
    // Servers in reach of each area, ascending; NULL when the network has no bound.
    size_t *row_first; // [A + 1]
    world_entry *entry;
    size_t entry_count, entry_room;
    // While they are made.
    double (*point)[3]; // [S]
    int32_t *found;     // [S] of one question
    uint64_t *mark;     // [S / 64 + 1] puts what was found in order
    void *tree_memory;
    kdtree tree;
};

// Where a site is in a space whose straight lines are never longer than the geometry's distance.
void world_point(dcat_geometry geometry, dcat_site site, double point[3]);

// Servers at most distance_m from site and perhaps some others, ascending, in lists->found; returns
// how many.
size_t world_find_servers(world_lists *lists, const dcat_world *world, dcat_site site,
                          double distance_m);

// Add an entry to the row being made. Errors: ERR_MEMORY.
dcat_status world_add_entry(world_lists *lists, world_entry entry, dcat_error *err);

// Everything of world but its lists must be there. Errors: ERR_REFERENCE, ERR_MEMORY; destroy in
// any case.
dcat_status world_lists_create(world_lists *lists, const dcat_world *world, dcat_error *err);
void world_lists_destroy(world_lists *lists);

#endif
