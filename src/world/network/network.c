// SPDX-License-Identifier: Apache-2.0
// Paths from areas to servers, eq. (3): fixed once per world.

#include "world/network/network.h"

#include "base/jobs.h"
#include "dcat/rng.h"
#include "world/world_lists.h"
#include <math.h>
#include <stdlib.h>

dcat_status network_add_entry(network_rows *rows, network_entry entry, dcat_error *err)
{
    if (rows->entry_count == rows->entry_room) {
        size_t room = rows->entry_room == 0 ? 1024 : rows->entry_room + rows->entry_room / 2;
        network_entry *grown = realloc(rows->entry, sizeof *grown * room);
        if (grown == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY,
                             "no memory for the paths from areas to servers (%zu MiB)",
                             (sizeof *grown * room) >> 20);
        }
        rows->entry = grown;
        rows->entry_room = room;
    }
    rows->entry[rows->entry_count++] = entry;
    return DCAT_OK;
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
        dcat_draw draw =
            dcat_draw_at(world->seed, DCAT_STREAM_LINKS, NETWORK_PART_LINK, 0, 0, (uint32_t)i);
        double drawn_bps = network_draw_in(network->rate_bps, dcat_draw_uniform(&draw, 0));
        world->link_rate_bps[i] = isnan(link->rate_bps) ? drawn_bps : link->rate_bps;
    }
}

// The servers of every stop, by counting sort, and how far they are from it.
static void fill_stops(dcat_world *world)
{
    world_stops *stops = &world->stops;
    bool graph = world->config.network.kind == DCAT_NETWORK_GRAPH;
    for (size_t n = 0; n <= stops->count; n++) {
        stops->first[n] = 0;
    }
    for (size_t i = 0; i < world->server_count; i++) {
        stops->first[world_stop_of(world, i)]++;
    }
    for (size_t n = 1; n <= stops->count; n++) {
        stops->first[n] += stops->first[n - 1];
    }
    for (size_t i = world->server_count; i-- > 0;) { // from behind: first[] ends at the start
        int32_t m = --stops->first[world_stop_of(world, i)];
        stops->server[m] = (int32_t)i;
        stops->seconds_per_bit[m] = 0.0;
        stops->propagation_s[m] = 0.0;
        if (graph) {
            network_arc access =
                network_access_link(world, world->servers[i].site, world->servers[i].node,
                                    NETWORK_PART_SERVER_ACCESS, (uint32_t)i);
            stops->seconds_per_bit[m] = access.seconds_per_bit;
            stops->propagation_s[m] = access.propagation_s;
        }
    }
}

// --- jobs: blocks of areas

typedef struct network_job {
    const dcat_world *world;
    dcat_world *tables;   // one of these two
    world_lists *lists;   //
    network_graph *graph; // NULL: hops
} network_job;

static dcat_status run_block(void *user, size_t block, dcat_error *err)
{
    const network_job *job = user;
    size_t first = block * WORLD_AREA_BLOCK, end = first + WORLD_AREA_BLOCK;
    end = end < job->world->area_count ? end : job->world->area_count;
    if (job->lists == NULL && job->graph == NULL) {
        network_fill_hops(job->tables, first, end);
        return DCAT_OK;
    }
    if (job->lists == NULL) {
        return network_fill_graph(job->graph, job->tables, first, end, err);
    }
    network_rows *rows = &job->lists->rows[block];
    rows->end = malloc(sizeof *rows->end * (end - first));
    if (rows->end == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", end - first);
    }
    return job->graph == NULL ? network_list_hops(job->world, job->lists, first, end, rows, err)
                              : network_list_graph(job->graph, job->world, first, end, rows, err);
}

// Choice: where there are many more areas than servers, and all paths are wanted, a graph is looked
// at from its servers. 20 servers and 30 000 areas then take a second instead of minutes.
#define AREAS_A_SERVER 16

static bool looks_back(const dcat_world *world, const world_lists *lists)
{
    return lists == NULL && world->config.network.kind == DCAT_NETWORK_GRAPH &&
           world->area_count > AREAS_A_SERVER * world->server_count;
}

#define SERVER_BLOCK 4

static dcat_status run_server_block(void *user, size_t block, dcat_error *err)
{
    const network_job *job = user;
    size_t first = block * SERVER_BLOCK, end = first + SERVER_BLOCK;
    end = end < job->world->server_count ? end : job->world->server_count;
    return network_fill_graph_back(job->graph, job->tables, first, end, err);
}

// All areas, into tables or into lists.
static dcat_status run_blocks(const dcat_world *world, dcat_world *tables, world_lists *lists,
                              dcat_error *err)
{
    network_graph graph = {0};
    network_job job = {.world = world, .tables = tables, .lists = lists};
    const dcat_jobs jobs = {.thread_count = world_thread_count(world)};
    const bool back = looks_back(world, lists);
    const job_list blocks = {
        .count = back ? (world->server_count + SERVER_BLOCK - 1) / SERVER_BLOCK
                      : (world->area_count + WORLD_AREA_BLOCK - 1) / WORLD_AREA_BLOCK,
        .jobs = &jobs,
        .run = back ? run_server_block : run_block,
        .user = &job,
    };
    dcat_status status = DCAT_OK;
    if (world->config.network.kind == DCAT_NETWORK_GRAPH) {
        status = network_graph_create(&graph, world, err);
        job.graph = &graph;
    }
    if (status == DCAT_OK) {
        status = jobs_run(&blocks, err);
    }
    network_graph_destroy(&graph);
    return status;
}

dcat_status network_fill(dcat_world *world, dcat_error *err)
{
    if (world->config.network.kind == DCAT_NETWORK_GRAPH) {
        resolve_links(world);
    }
    if (world->config.network.reach_s > 0.0) {
        fill_stops(world);
        return DCAT_OK;
    }
    return run_blocks(world, world, NULL, err);
}

// The rows of every step-th area, one after the other.
static dcat_status sample_rows(network_job *job, size_t step, double *entry_count, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    size_t A = job->world->area_count, found = 0, looked = 0;
    for (size_t a = step / 2; status == DCAT_OK && a < A; a += step) {
        size_t end;
        network_rows rows = {.end = &end};
        status = job->graph == NULL
                     ? network_list_hops(job->world, job->lists, a, a + 1, &rows, err)
                     : network_list_graph(job->graph, job->world, a, a + 1, &rows, err);
        found += rows.entry_count;
        looked++;
        free(rows.entry);
    }
    *entry_count = (double)found * (double)A / (double)looked;
    return status;
}

dcat_status network_sample_rows(const dcat_world *world, world_lists *lists, size_t most,
                                double *entry_count, dcat_error *err)
{
    network_graph graph = {0};
    network_job job = {.world = world, .lists = lists};
    dcat_status status = DCAT_OK;
    if (world->config.network.kind == DCAT_NETWORK_GRAPH) {
        status = network_graph_create(&graph, world, err);
        job.graph = &graph;
    }
    if (status == DCAT_OK) {
        status = sample_rows(&job, (world->area_count + most - 1) / most, entry_count, err);
    }
    network_graph_destroy(&graph);
    return status;
}

dcat_status network_list_rows(const dcat_world *world, world_lists *lists, dcat_error *err)
{
    lists->row_block_count = (world->area_count + WORLD_AREA_BLOCK - 1) / WORLD_AREA_BLOCK;
    lists->rows = calloc(lists->row_block_count, sizeof *lists->rows);
    if (lists->rows == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", world->area_count);
    }
    dcat_status status = run_blocks(world, NULL, lists, err);
    for (size_t b = 0; b < lists->row_block_count; b++) {
        lists->entry_count += lists->rows[b].entry_count;
        lists->reach_count += lists->rows[b].reach_count;
    }
    return status;
}
