// SPDX-License-Identifier: Apache-2.0
// Large worlds of dcat bench: what making them costs, and finding the servers that may share a
// cluster.

#include "bench/bench.h"
#include "bench/reference/cluster.h"
#include "world/kdtree.h"

#include <math.h>
#include <stdlib.h>

#define STRAIGHT_SERVERS 4000
#define STRAIGHT_SERVERS_QUICK 500
#define NEIGHBOUR_SERVERS 10000
#define NEIGHBOUR_SERVERS_QUICK 1000

dcat_status bench_only_make_world(size_t server_count, bool national, dcat_error *err)
{
    bench_place place;
    dcat_status status = bench_place_large(&place, server_count, national, err);
    if (status == DCAT_OK) {
        status = bench_place_make_world(&place, err);
    }
    bench_place_free(&place);
    return status;
}

// --- peak memory

static dcat_status add_memory(bench *b, size_t server_count, bool national, dcat_error *err)
{
    char count[32], name[BENCH_NAME_BYTES];
    snprintf(count, sizeof count, "%zu", server_count);
    snprintf(name, sizeof name, "world/%s%zu/memory", national ? "national-" : "", server_count);
    const char *const arguments[] = {"bench", "--make-world", count, national ? "--national" : NULL,
                                     NULL};
    const bench_target target = {BENCH_AT_MOST, 4096.0};
    return bench_child_memory(
        b, name, arguments, server_count == 100000 ? target : bench_no_target,
        json_pack("{s:s,s:I,s:s}", "world", national ? "national" : "uniform", "servers",
                  (json_int_t)server_count, "process",
                  national ? "generates, reads and makes the world" : "makes the world"),
        err);
}

// --- time

static dcat_status make_world(void *user, double *seconds, dcat_error *err)
{
    double start_s = bench_process_s();
    dcat_status status = bench_place_make_world(user, err);
    *seconds = bench_process_s() - start_s;
    return status;
}

// All pairs of servers are looked at, and every area gets a path to every server.
static dcat_status make_world_by_pairs(void *user, double *seconds, dcat_error *err)
{
    const bench_place *place = user;
    dcat_world_config config = place->config;
    dcat_world *world = NULL;
    double sum_m;
    config.network.reach_s = 0.0;
    double start_s = bench_process_s();
    dcat_status status = dcat_world_create(&config, place->servers, place->server_count,
                                           place->areas, place->area_count, 1, &world, err);
    reference_neighbours(config.geometry, place->servers, place->server_count, config.span_m_max,
                         &sum_m);
    *seconds = bench_process_s() - start_s;
    dcat_world_destroy(world);
    return status;
}

static dcat_status add_time(bench *b, size_t server_count, bool national, bool against_pairs,
                            dcat_error *err)
{
    char name[BENCH_NAME_BYTES];
    bench_place place;
    dcat_status status = bench_place_large(&place, server_count, national, err);
    if (status == DCAT_OK) {
        const bench_target target = {BENCH_AT_MOST, 30.0};
        snprintf(name, sizeof name, "world/%s/time", place.label);
        const bench_race race = {
            .name = name,
            .unit = "s",
            .target = server_count == 100000 ? target : bench_no_target,
            .ours = {make_world, &place, 0.0},
            .straight = {against_pairs ? make_world_by_pairs : NULL, &place, 0.0},
            .straight_is = "every pair of servers is looked at, every area has a path to every "
                           "server",
            .params = bench_place_params(&place, "cpu"),
        };
        status = bench_run(b, &race, NULL, err);
        if (status == DCAT_OK && national && server_count == 100000) {
            status =
                bench_two_threads(b, name, &race.ours, bench_place_params(&place, "wall"), err);
        }
    }
    bench_place_free(&place);
    return status;
}

typedef struct neighbour_search {
    bench_place *place;
    double (*point)[3]; // [S]
    int32_t *found;     // [S]
    void *tree_memory;
    size_t pair_count; // found by the last search
} neighbour_search;

static dcat_status search_by_tree(void *user, double *seconds, dcat_error *err)
{
    neighbour_search *search = user;
    const bench_place *place = search->place;
    double span_m_max = place->config.span_m_max;
    kdtree tree = {0};
    (void)err;
    double start_s = bench_process_s();
    arena a = {.base = search->tree_memory};
    kd_layout(&a, place->server_count, &tree);
    kd_build(&tree, (const double(*)[3])search->point);
    size_t pair_count = 0;
    for (size_t i = 0; i < place->server_count; i++) {
        size_t count = kd_within(&tree, search->point[i], span_m_max, search->found);
        for (size_t n = 0; n < count; n++) {
            size_t j = (size_t)search->found[n];
            pair_count += j > i && dcat_distance_m(place->config.geometry, place->servers[i].site,
                                                   place->servers[j].site) <= span_m_max;
        }
    }
    *seconds = bench_process_s() - start_s;
    search->pair_count = pair_count;
    return DCAT_OK;
}

static dcat_status search_by_pairs(void *user, double *seconds, dcat_error *err)
{
    neighbour_search *search = user;
    const bench_place *place = search->place;
    double sum_m;
    double start_s = bench_process_s();
    size_t pair_count = reference_neighbours(place->config.geometry, place->servers,
                                             place->server_count, place->config.span_m_max, &sum_m);
    *seconds = bench_process_s() - start_s;
    if (pair_count != search->pair_count) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "%zu pairs of neighbours, %zu when all are tried",
                         search->pair_count, pair_count);
    }
    return DCAT_OK;
}

static dcat_status run_searches(bench *b, neighbour_search *search, dcat_error *err)
{
    char name[BENCH_NAME_BYTES];
    snprintf(name, sizeof name, "neighbours/%s", search->place->label);
    for (size_t i = 0; i < search->place->server_count; i++) {
        search->point[i][0] = search->place->servers[i].site.x;
        search->point[i][1] = search->place->servers[i].site.y;
    }
    const bench_race race = {
        .name = name,
        .unit = "s",
        .ours = {search_by_tree, search, 0.0},
        .straight = {search_by_pairs, search, 0.0},
        .straight_is = "every pair of servers is looked at",
        .params = bench_place_params(search->place, "cpu"),
    };
    return bench_run(b, &race, NULL, err);
}

static dcat_status add_neighbours(bench *b, dcat_error *err)
{
    bench_place place;
    neighbour_search search = {.place = &place};
    size_t server_count = b->quick ? NEIGHBOUR_SERVERS_QUICK : NEIGHBOUR_SERVERS;
    kdtree tree;
    arena measure = {0};
    kd_layout(&measure, server_count, &tree);
    dcat_status status = bench_place_large(&place, server_count, false, err);
    if (status == DCAT_OK) {
        search.point = calloc(server_count, sizeof *search.point);
        search.found = calloc(server_count, sizeof *search.found);
        search.tree_memory = aligned_alloc(DCAT_ARENA_ALIGN, measure.used);
        bool enough = search.point != NULL && search.found != NULL && search.tree_memory != NULL;
        status = enough
                     ? run_searches(b, &search, err)
                     : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", server_count);
    }
    free(search.point);
    free(search.found);
    free(search.tree_memory);
    bench_place_free(&place);
    return status;
}

dcat_status bench_world(bench *b, dcat_error *err)
{
    static const size_t server_counts[] = {10000, 100000};
    int size_count = b->quick ? 1 : 2;
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < 2 * size_count; i++) {
        // Before this process grows, which a child's peak would not be below.
        status = add_memory(b, server_counts[i % size_count], i >= size_count, err);
    }
    for (int i = 0; status == DCAT_OK && i < 2 * size_count; i++) {
        status = add_time(b, server_counts[i % size_count], i >= size_count, false, err);
    }
    if (status == DCAT_OK) {
        status =
            add_time(b, b->quick ? STRAIGHT_SERVERS_QUICK : STRAIGHT_SERVERS, false, true, err);
    }
    return status == DCAT_OK ? add_neighbours(b, err) : status;
}
