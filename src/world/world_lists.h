// SPDX-License-Identifier: Apache-2.0
// world_lists.h - the parts of a world whose size shows only while it is made: which servers may
// share a cluster, and which servers an area reaches.
//
// Servers are found through a tree of their places, so that neither memory nor time grows with the
// square of their number. In a large world blocks of servers and of areas are jobs, over threads;
// each keeps what it found to itself, so the world is the same for any number of threads.

#ifndef DCAT_WORLD_WORLD_LISTS_H
#define DCAT_WORLD_WORLD_LISTS_H

#include "dcat/x/world_facts.h"
#include "world/kdtree.h"
#include "world/network/network.h"
#include "world/world.h"

#define WORLD_SERVER_BLOCK 512 // servers of a job
#define WORLD_AREA_BLOCK 32    // areas of a job

// Where the servers are.
typedef struct world_map {
    double (*point)[3]; // [S]
    void *tree_memory;
    kdtree tree;
} world_map;

// Servers found near a site; one for each thread.
typedef struct world_finder {
    const dcat_world *world;
    const world_map *map;
    int32_t *found;  // [S] ascending
    uint64_t *marks; // [S / 64 + 1] put them in order
} world_finder;

// Where a site is in a space whose straight lines are never longer than the geometry's distance.
void world_point(dcat_geometry geometry, dcat_site site, double point[3]);

// Errors: ERR_MEMORY; free in any case.
dcat_status world_finder_make(world_finder *finder, const dcat_world *world, const world_map *map,
                              dcat_error *err);
void world_finder_free(world_finder *finder);

// Servers below `end` at most distance_m from site and perhaps some others, into finder->found;
// returns how many.
size_t world_find_servers(world_finder *finder, dcat_site site, double distance_m, size_t end);

// The pairs (server, lower) of one block of servers, by server, then lower.
typedef struct world_pairs {
    int32_t lower_count[WORLD_SERVER_BLOCK];
    int32_t *lower;
    double *distance_m;
    size_t count, room;
} world_pairs;

struct world_lists {
    world_map map;
    world_pairs *pairs; // [pair_block_count]
    network_rows *rows; // [row_block_count]; NULL when the network has no bound
    size_t pair_block_count, row_block_count;
    size_t pair_count, entry_count, reach_count;
};

// Threads for a world's jobs: one, as jobs_run takes it, unless the world is large.
int world_thread_count(const dcat_world *world);

// What the lists will need, beside fixed_bytes; pairs of a small world count as if all were within
// the span limit. The servers' map is planted, if the world has one. Errors: ERR_MEMORY.
dcat_status world_lists_needs(world_lists *lists, const dcat_world *world, size_t fixed_bytes,
                              dcat_world_needs *needs, dcat_error *err);

// How much memory this process can have: the machine's, the limit on address space (ulimit -v) or
// that of the container, whichever is least. What others use of it is not subtracted.
double world_memory_bytes(void);

// ERR_MEMORY and a message with the figures when there is less memory than needed.
dcat_status world_needs_check(const dcat_world_needs *needs, const dcat_world *world,
                              dcat_error *err);

// The map of the servers, where lists are made by one. Errors: ERR_MEMORY; destroy in any case.
dcat_status world_lists_begin(world_lists *lists, const dcat_world *world, dcat_error *err);

// Find everything, once begun; all of world but its lists must be there. Errors: ERR_MEMORY.
dcat_status world_lists_create(world_lists *lists, const dcat_world *world, dcat_error *err);
void world_lists_destroy(world_lists *lists);

// Move the lists into the arrays of a world that has room for them.
void world_lists_move(world_lists *lists, dcat_world *world);

#endif
