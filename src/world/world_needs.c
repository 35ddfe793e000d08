// SPDX-License-Identifier: Apache-2.0
// What a world takes, before it is made.
//
// Servers, areas, nodes and links are counted; what grows faster than they do is not: how many
// servers are within the span limit of one, and how many places an area reaches. A sample of both
// tells, in the time of the sample.

#include "world/world_lists.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define SERVER_SAMPLE 256
#define AREA_SAMPLE 32

// Pairs are found into lists of 12 bytes each, with up to half as much in reserve, and move to 24
// in the world; ways are 24 in lists, with the same reserve, and 24 in the world. Lists are freed
// as they move, but memory in the world is used from both its ends.
#define PAIR_BYTES (12.0 * 1.25 + 24.0)
#define WAY_BYTES (24.0 * 1.25 + 24.0)
#define MAP_BYTES 60.0 // of a server: its point, its place in the tree, a part of a box

static dcat_status sample_pairs(world_lists *lists, const dcat_world *world, double *pair_count,
                                dcat_error *err)
{
    size_t S = world->server_count, step = (S + SERVER_SAMPLE - 1) / SERVER_SAMPLE;
    size_t found = 0, looked = 0;
    world_finder finder;
    dcat_status status = world_finder_make(&finder, world, &lists->map, err);
    for (size_t i = step / 2; status == DCAT_OK && i < S; i += step) {
        found +=
            world_find_servers(&finder, world->servers[i].site, world->config.span_m_max, S) - 1;
        looked++;
    }
    *pair_count = 0.5 * (double)S * (double)found / fmax((double)looked, 1.0);
    world_finder_free(&finder);
    return status;
}

dcat_status world_lists_needs(world_lists *lists, const dcat_world *world, size_t fixed_bytes,
                              dcat_world_needs *needs, dcat_error *err)
{
    double S = (double)world->server_count;
    dcat_status status = DCAT_OK;
    *needs = (dcat_world_needs){.pair_count = S * (S - 1.0) / 2.0};
    if (world->distance_m == NULL) {
        status = sample_pairs(lists, world, &needs->pair_count, err);
    }
    if (status == DCAT_OK && world->config.network.reach_s > 0.0) {
        status = network_sample_rows(world, lists, AREA_SAMPLE, &needs->way_count, err);
    }
    needs->bytes = 2.0 * (double)fixed_bytes + MAP_BYTES * S + PAIR_BYTES * needs->pair_count +
                   WAY_BYTES * needs->way_count; // 2: once in parts and once together
    return status;
}

// --- what there is

#define CONTAINER_LIMIT "/sys/fs/cgroup/memory.max" // a number, or "max"

static double container_bytes(void)
{
    double bytes = INFINITY;
    FILE *file = fopen(CONTAINER_LIMIT, "re");
    if (file != NULL) {
        unsigned long long value;
        bytes = fscanf(file, "%llu", &value) == 1 ? (double)value : INFINITY;
        fclose(file);
    }
    return bytes;
}

double world_memory_bytes(void)
{
    struct rlimit limit;
    long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    double bytes = container_bytes();
    if (pages > 0 && page_bytes > 0) {
        bytes = fmin(bytes, (double)pages * (double)page_bytes);
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        bytes = fmin(bytes, (double)limit.rlim_cur);
    }
    return bytes;
}

#define MIB (1.0 / 1048576.0)
#define SMALL_BYTES 67108864.0 // not worth asking how much there is

dcat_status world_needs_check(const dcat_world_needs *needs, const dcat_world *world,
                              dcat_error *err)
{
    double limit_bytes = needs->bytes < SMALL_BYTES ? INFINITY : world_memory_bytes();
    if (needs->bytes <= limit_bytes) {
        return DCAT_OK;
    }
    if (needs->pair_count == 0.0) {
        return dcat_fail(err, DCAT_ERR_MEMORY,
                         "a world of %zu servers and %zu areas needs %.0f MiB of memory, and at "
                         "most %.0f MiB can be had: fewer of them take less",
                         world->server_count, world->area_count, needs->bytes * MIB,
                         limit_bytes * MIB);
    }
    return dcat_fail(err, DCAT_ERR_MEMORY,
                     "a world of %zu servers and %zu areas needs about %.0f MiB of memory, and at "
                     "most %.0f MiB can be had: about %.3g pairs of servers are within the span "
                     "limit of %g km, and areas have %.3g ways to servers; a smaller "
                     "clustering.span_max_km or fewer servers take less",
                     world->server_count, world->area_count, needs->bytes * MIB, limit_bytes * MIB,
                     needs->pair_count, world->config.span_m_max * 1e-3, needs->way_count);
}
