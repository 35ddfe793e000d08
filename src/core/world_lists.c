#include "core/world_lists.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WGS84_RADIUS_M 6378137.0
#define WGS84_FLATTENING (1.0 / 298.257223563)
#define RADIANS_PER_DEGREE 0.017453292519943295

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

#define ROUNDING_M 1e-3 // far more than points and distances are rounded by

size_t world_find_servers(world_lists *lists, const dcat_world *world, dcat_site site,
                          double distance_m)
{
    double point[3];
    world_point(world->config.geometry, site, point);
    size_t count = kd_within(&lists->tree, point, distance_m + ROUNDING_M, lists->found);
    for (size_t j = 0; j < count; j++) {
        lists->mark[lists->found[j] / 64] |= UINT64_C(1) << (lists->found[j] % 64);
    }
    size_t at = 0;
    for (size_t w = 0; at < count; w++) {
        for (uint64_t left = lists->mark[w]; left != 0; left &= left - 1) {
            lists->found[at++] = (int32_t)(64 * w) + __builtin_ctzll(left);
        }
        lists->mark[w] = 0;
    }
    return count;
}

dcat_status world_add_entry(world_lists *lists, world_entry entry, dcat_error *err)
{
    if (lists->entry_count == lists->entry_room) {
        size_t room = lists->entry_room == 0 ? 1024 : 2 * lists->entry_room;
        world_entry *grown = realloc(lists->entry, sizeof *grown * room);
        if (grown == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY,
                             "no memory for the paths from areas to servers (%zu MiB)",
                             (sizeof *grown * room) >> 20);
        }
        lists->entry = grown;
        lists->entry_room = room;
    }
    lists->entry[lists->entry_count++] = entry;
    return DCAT_OK;
}

// --- neighbours

// One server's neighbours below it, ascending: found by the tree, or all of few.
static size_t find_lower(world_lists *lists, const dcat_world *world, size_t server, int32_t *lower,
                         double *lower_m)
{
    double span_m_max = world->config.span_m_max;
    size_t found_count = server;
    bool all = world->distance_m != NULL;
    if (!all) {
        found_count = world_find_servers(lists, world, world->servers[server].site, span_m_max);
    }
    size_t count = 0;
    for (size_t j = 0; j < found_count; j++) {
        int32_t other = all ? (int32_t)j : lists->found[j];
        if (other >= (int32_t)server) {
            break;
        }
        double distance_m = dcat_world_distance_m(world, (int)server, other);
        if (distance_m <= span_m_max) {
            lower[count] = other;
            lower_m[count++] = distance_m;
        }
    }
    return count;
}

typedef struct pair_list { // pairs (server, lower), by server, then lower
    size_t *first;         // [S + 1]
    int32_t *lower;
    double *distance_m;
    size_t count, room;
} pair_list;

static dcat_status no_memory_for_pairs(size_t count, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu pairs of servers within the span",
                     count);
}

static dcat_status make_room(pair_list *pairs, size_t room, dcat_error *err)
{
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

static dcat_status find_pairs(world_lists *lists, const dcat_world *world, pair_list *pairs,
                              dcat_error *err)
{
    size_t S = world->server_count;
    dcat_status status = make_room(pairs, S, err);
    for (size_t i = 0; status == DCAT_OK && i < S; i++) {
        if (pairs->room - pairs->count < i) { // it may have that many
            status = make_room(pairs, 2 * pairs->room + S, err);
        }
        if (status == DCAT_OK) {
            assert(pairs->lower != NULL && pairs->distance_m != NULL);
            pairs->count += find_lower(lists, world, i, &pairs->lower[pairs->count],
                                       &pairs->distance_m[pairs->count]);
            pairs->first[i + 1] = pairs->count;
        }
    }
    return status;
}

// Both sides of every pair: a server's lower ones come first, then the higher ones as they turn up.
static void list_both_sides(const pair_list *pairs, size_t server_count, world_lists *lists)
{
    size_t *first = lists->neighbour_first; // calloc'd
    assert(first != NULL && pairs->first != NULL && pairs->lower != NULL);
    for (size_t i = 0; i < server_count; i++) {
        first[i + 1] += pairs->first[i + 1] - pairs->first[i];
        for (size_t j = pairs->first[i]; j < pairs->first[i + 1]; j++) {
            first[pairs->lower[j] + 1]++;
        }
    }
    for (size_t i = 0; i < server_count; i++) {
        first[i + 1] += first[i];
    }
    // first[i] is the next free place of server i until all is placed, which shifts it by one list.
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = pairs->first[i]; j < pairs->first[i + 1]; j++) {
            int32_t lower = pairs->lower[j];
            lists->neighbour[first[i]] = lower;
            lists->neighbour_m[first[i]++] = pairs->distance_m[j];
            lists->neighbour[first[lower]] = (int32_t)i;
            lists->neighbour_m[first[lower]++] = pairs->distance_m[j];
        }
    }
    for (size_t i = server_count; i > 0; i--) {
        first[i] = first[i - 1];
    }
    first[0] = 0;
}

static dcat_status list_neighbours(world_lists *lists, const dcat_world *world, dcat_error *err)
{
    size_t S = world->server_count;
    pair_list pairs = {.first = calloc(S + 1, sizeof *pairs.first)};
    lists->neighbour_first = calloc(S + 1, sizeof *lists->neighbour_first);
    dcat_status status = pairs.first == NULL || lists->neighbour_first == NULL
                             ? no_memory_for_pairs(0, err)
                             : find_pairs(lists, world, &pairs, err);
    if (status == DCAT_OK) {
        lists->neighbour = malloc(sizeof *lists->neighbour * (2 * pairs.count + 1));
        lists->neighbour_m = malloc(sizeof *lists->neighbour_m * (2 * pairs.count + 1));
        if (lists->neighbour == NULL || lists->neighbour_m == NULL) {
            status = no_memory_for_pairs(pairs.count, err);
        } else {
            lists->pair_count = pairs.count;
            list_both_sides(&pairs, S, lists);
        }
    }
    free(pairs.first);
    free(pairs.lower);
    free(pairs.distance_m);
    return status;
}

// --- all of it

static dcat_status plant_tree(world_lists *lists, const dcat_world *world, dcat_error *err)
{
    size_t S = world->server_count;
    arena measure = {0};
    kd_layout(&measure, S, &lists->tree);
    lists->point = malloc(sizeof *lists->point * S);
    lists->found = malloc(sizeof *lists->found * S);
    lists->mark = calloc(S / 64 + 1, sizeof *lists->mark);
    lists->tree_memory = aligned_alloc(DCAT_ARENA_ALIGN, measure.used);
    if (lists->point == NULL || lists->found == NULL || lists->mark == NULL ||
        lists->tree_memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a map of %zu servers", S);
    }
    for (size_t i = 0; i < S; i++) {
        world_point(world->config.geometry, world->servers[i].site, lists->point[i]);
    }
    arena place = {.base = lists->tree_memory};
    kd_layout(&place, S, &lists->tree);
    kd_build(&lists->tree, (const double(*)[3])lists->point);
    return DCAT_OK;
}

dcat_status world_lists_create(world_lists *lists, const dcat_world *world, dcat_error *err)
{
    bool bounded = world->config.network.reach_s > 0.0;
    dcat_status status = DCAT_OK;
    *lists = (world_lists){0};
    if (bounded || world->distance_m == NULL) {
        status = plant_tree(lists, world, err);
    }
    if (status == DCAT_OK) {
        status = list_neighbours(lists, world, err);
    }
    if (status == DCAT_OK && bounded) {
        lists->row_first = malloc(sizeof *lists->row_first * (world->area_count + 1));
        status = lists->row_first == NULL
                     ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", world->area_count)
                     : network_list_rows(world, lists, err);
    }
    return status;
}

void world_lists_destroy(world_lists *lists)
{
    free(lists->neighbour_first);
    free(lists->neighbour);
    free(lists->neighbour_m);
    free(lists->row_first);
    free(lists->entry);
    free(lists->point);
    free(lists->found);
    free(lists->mark);
    free(lists->tree_memory);
}
