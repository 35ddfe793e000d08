// SPDX-License-Identifier: Apache-2.0
#include "world/world_lists.h"

#include "base/bits.h"
#include "base/jobs.h"
#include "base/threads.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WGS84_RADIUS_M 6378137.0
#define WGS84_FLATTENING (1.0 / 298.257223563)
#define RADIANS_PER_DEGREE 0.017453292519943295

// Small worlds have a table of distances, and are made in less time than threads take to start.
int world_thread_count(const dcat_world *world)
{
    return world->distance_m != NULL ? 1 : threads_count(0);
}

// --- servers by place

// The plane itself; or where the site is in space, whose chords are shorter than geodesics.
void world_point(dcat_geometry geometry, dcat_site site, double point[3])
{
    if (geometry == DCAT_PLANE) {
        point[0] = site.x;
        point[1] = site.y;
        point[2] = 0.0;
        return;
    }
    const double square = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING); // of the eccentricity
    double longitude = site.x * RADIANS_PER_DEGREE, latitude = site.y * RADIANS_PER_DEGREE;
    double normal_m = WGS84_RADIUS_M / sqrt(1.0 - square * sin(latitude) * sin(latitude));
    point[0] = normal_m * cos(latitude) * cos(longitude);
    point[1] = normal_m * cos(latitude) * sin(longitude);
    point[2] = normal_m * (1.0 - square) * sin(latitude);
}

static dcat_status plant_tree(world_map *map, const dcat_world *world, dcat_error *err)
{
    size_t S = world->server_count;
    arena measure = {0};
    kd_layout(&measure, S, &map->tree);
    map->point = malloc(sizeof *map->point * S);
    map->tree_memory = aligned_alloc(DCAT_ARENA_ALIGN, measure.used);
    if (map->point == NULL || map->tree_memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a map of %zu servers", S);
    }
    for (size_t i = 0; i < S; i++) {
        world_point(world->config.geometry, world->servers[i].site, map->point[i]);
    }
    arena place = {.base = map->tree_memory};
    kd_layout(&place, S, &map->tree);
    kd_build(&map->tree, (const double(*)[3])map->point);
    return DCAT_OK;
}

dcat_status world_finder_make(world_finder *finder, const dcat_world *world, const world_map *map,
                              dcat_error *err)
{
    size_t S = world->server_count;
    *finder = (world_finder){
        .world = world,
        .map = map,
        .found = malloc(sizeof *finder->found * S),
        .marks = calloc(S / 64 + 1, sizeof *finder->marks),
    };
    if (finder->found == NULL || finder->marks == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a map of %zu servers", S);
    }
    return DCAT_OK;
}

void world_finder_free(world_finder *finder)
{
    free(finder->found);
    free(finder->marks);
}

#define ROUNDING_M 1e-3 // far more than points and distances are rounded by

size_t world_find_servers(world_finder *finder, dcat_site site, double distance_m, size_t end)
{
    double point[3];
    int32_t *found = finder->found;
    size_t first_word = SIZE_MAX, count = 0;
    world_point(finder->world->config.geometry, site, point);
    size_t near_count = kd_within(&finder->map->tree, point, distance_m + ROUNDING_M, found);
    for (size_t j = 0; j < near_count; j++) {
        size_t server = (size_t)found[j], word = server / 64;
        if (server < end) {
            finder->marks[word] |= UINT64_C(1) << (server % 64);
            first_word = word < first_word ? word : first_word;
            count++;
        }
    }
    size_t at = 0;
    for (size_t w = first_word; at < count; w++) {
        for (uint64_t left = finder->marks[w]; left != 0; left &= left - 1) {
            found[at++] = (int32_t)(64 * w) + bits_first(left);
        }
        finder->marks[w] = 0;
    }
    return count;
}

// --- pairs of servers that may share a cluster

static dcat_status no_memory_for_pairs(size_t count, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu pairs of servers within the span",
                     count);
}

static dcat_status make_room(world_pairs *pairs, size_t more, dcat_error *err)
{
    if (pairs->room - pairs->count >= more) {
        return DCAT_OK;
    }
    size_t room = pairs->count + pairs->count / 2 + more;
    int32_t *lower = realloc(pairs->lower, sizeof *lower * room);
    if (lower == NULL) {
        return no_memory_for_pairs(room, err);
    }
    pairs->lower = lower;
    double *distance_m = realloc(pairs->distance_m, sizeof *distance_m * room);
    if (distance_m == NULL) {
        return no_memory_for_pairs(room, err);
    }
    pairs->distance_m = distance_m;
    pairs->room = room;
    return DCAT_OK;
}

// One server's neighbours below it, ascending: found by the tree, or all of few.
static dcat_status find_lower(world_finder *finder, size_t server, world_pairs *pairs,
                              int32_t *lower_count, dcat_error *err)
{
    const dcat_world *world = finder->world;
    double span_m_max = world->config.span_m_max;
    size_t found_count = server;
    bool all = world->distance_m != NULL;
    if (!all) {
        dcat_site site = world->servers[server].site;
        found_count = world_find_servers(finder, site, span_m_max, server);
    }
    dcat_status status = make_room(pairs, found_count, err);
    if (status != DCAT_OK) {
        return status;
    }
    size_t before = pairs->count;
    for (size_t j = 0; j < found_count; j++) {
        int32_t other = all ? (int32_t)j : finder->found[j];
        double distance_m = dcat_world_distance_m(world, (int)server, other);
        if (distance_m <= span_m_max) {
            pairs->lower[pairs->count] = other;
            pairs->distance_m[pairs->count++] = distance_m;
        }
    }
    *lower_count = (int32_t)(pairs->count - before);
    return DCAT_OK;
}

typedef struct pair_job {
    const dcat_world *world;
    world_lists *lists;
} pair_job;

static dcat_status find_pairs(void *user, size_t block, dcat_error *err)
{
    const pair_job *job = user;
    const dcat_world *world = job->world;
    world_pairs *pairs = &job->lists->pairs[block];
    size_t first = block * WORLD_SERVER_BLOCK, end = first + WORLD_SERVER_BLOCK;
    world_finder finder = {.world = world};
    dcat_status status = DCAT_OK;
    if (world->distance_m == NULL) {
        status = world_finder_make(&finder, world, &job->lists->map, err);
    }
    end = end < world->server_count ? end : world->server_count;
    for (size_t i = first; status == DCAT_OK && i < end; i++) {
        status = find_lower(&finder, i, pairs, &pairs->lower_count[i - first], err);
    }
    world_finder_free(&finder);
    return status;
}

static dcat_status find_all_pairs(world_lists *lists, const dcat_world *world, dcat_error *err)
{
    lists->pair_block_count = (world->server_count + WORLD_SERVER_BLOCK - 1) / WORLD_SERVER_BLOCK;
    lists->pairs = calloc(lists->pair_block_count, sizeof *lists->pairs);
    if (lists->pairs == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", world->server_count);
    }
    pair_job job = {world, lists};
    const dcat_jobs jobs = {.thread_count = world_thread_count(world)};
    const job_list blocks = {
        .count = lists->pair_block_count,
        .jobs = &jobs,
        .run = find_pairs,
        .user = &job,
    };
    dcat_status status = jobs_run(&blocks, err);
    for (size_t b = 0; b < lists->pair_block_count; b++) {
        lists->pair_count += lists->pairs[b].count;
    }
    return status;
}

static void free_pairs(world_pairs *pairs)
{
    free(pairs->lower);
    free(pairs->distance_m);
    pairs->lower = NULL;
    pairs->distance_m = NULL;
}

// Where the list of each server begins.
static void count_neighbours(const world_lists *lists, dcat_world *world)
{
    size_t *first = world->neighbour_first;
    memset(first, 0, sizeof *first * (world->server_count + 1));
    for (size_t b = 0; b < lists->pair_block_count; b++) {
        const world_pairs *pairs = &lists->pairs[b];
        for (size_t j = 0; j < pairs->count; j++) {
            first[pairs->lower[j] + 1]++;
        }
    }
    for (size_t i = 0; i < world->server_count; i++) {
        const world_pairs *pairs = &lists->pairs[i / WORLD_SERVER_BLOCK];
        first[i + 1] += first[i] + (size_t)pairs->lower_count[i % WORLD_SERVER_BLOCK];
    }
}

static void move_block(const world_pairs *pairs, size_t first, dcat_world *world, size_t *next)
{
    size_t j = 0;
    for (size_t i = first; i < first + WORLD_SERVER_BLOCK && i < world->server_count; i++) {
        size_t end = j + (size_t)pairs->lower_count[i - first];
        for (; j < end; j++) {
            assert(pairs->lower != NULL && pairs->distance_m != NULL);
            int32_t lower = pairs->lower[j];
            world->neighbour[next[i]] = lower;
            world->neighbour_m[next[i]++] = pairs->distance_m[j];
            world->neighbour[next[lower]] = (int32_t)i;
            world->neighbour_m[next[lower]++] = pairs->distance_m[j];
        }
    }
}

// Both sides of every pair: a server's lower ones come first, then the higher ones as they turn up.
// Pairs are freed on the way, so that they are not in memory twice.
static void move_pairs(world_lists *lists, dcat_world *world)
{
    size_t *next = world->neighbour_first; // free place of each server, until all is placed
    count_neighbours(lists, world);
    for (size_t b = 0; b < lists->pair_block_count; b++) {
        move_block(&lists->pairs[b], b * WORLD_SERVER_BLOCK, world, next);
        free_pairs(&lists->pairs[b]);
    }
    for (size_t i = world->server_count; i > 0; i--) { // each has moved on by its list
        next[i] = next[i - 1];
    }
    next[0] = 0;
}

// --- rows

static void free_rows(network_rows *rows)
{
    free(rows->end);
    free(rows->entry);
    rows->end = NULL;
    rows->entry = NULL;
}

static void move_rows(world_lists *lists, dcat_world *world)
{
    size_t at = 0;
    world->row_first[0] = 0;
    for (size_t b = 0; b < lists->row_block_count; b++) {
        network_rows *rows = &lists->rows[b];
        size_t first = b * WORLD_AREA_BLOCK, start = at;
        for (size_t a = first; a < first + WORLD_AREA_BLOCK && a < world->area_count; a++) {
            world->row_first[a + 1] = start + rows->end[a - first];
        }
        for (size_t j = 0; j < rows->entry_count; j++, at++) {
            world->row_stop[at] = rows->entry[j].stop;
            world->seconds_per_bit[at] = rows->entry[j].seconds_per_bit;
            world->propagation_s[at] = rows->entry[j].propagation_s;
            world->hop_count[at] = rows->entry[j].hop_count;
        }
        free_rows(rows);
    }
}

// --- all of it

dcat_status world_lists_begin(world_lists *lists, const dcat_world *world, dcat_error *err)
{
    bool bounded = world->config.network.reach_s > 0.0;
    *lists = (world_lists){0};
    return bounded || world->distance_m == NULL ? plant_tree(&lists->map, world, err) : DCAT_OK;
}

dcat_status world_lists_create(world_lists *lists, const dcat_world *world, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (world->config.network.reach_s > 0.0) {
        status = network_list_rows(world, lists, err);
    }
    if (status == DCAT_OK) {
        status = find_all_pairs(lists, world, err);
    }
    return status;
}

void world_lists_move(world_lists *lists, dcat_world *world)
{
    move_pairs(lists, world);
    if (lists->rows != NULL) {
        move_rows(lists, world);
    }
}

void world_lists_destroy(world_lists *lists)
{
    for (size_t b = 0; lists->pairs != NULL && b < lists->pair_block_count; b++) {
        free_pairs(&lists->pairs[b]);
    }
    for (size_t b = 0; lists->rows != NULL && b < lists->row_block_count; b++) {
        free_rows(&lists->rows[b]);
    }
    free(lists->pairs);
    free(lists->rows);
    free(lists->map.point);
    free(lists->map.tree_memory);
}
