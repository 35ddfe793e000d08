#include "rl/district.h"

#include "core/world.h"
#include "core/world_lists.h"

size_t rl_districts_count_max(size_t server_count)
{
    return rl_cuts_part_count_max(server_count, RL_DISTRICT_MAX);
}

void rl_districts_layout(arena *a, const dcat_world *world, rl_districts *districts)
{
    size_t S = dcat_world_server_count(world), A = dcat_world_area_count(world);
    size_t count_max = rl_districts_count_max(S);
    *districts = (rl_districts){.world = world, .S = S, .A = A};
    rl_cuts_layout(a, S, RL_DISTRICT_MAX, &districts->servers);
    rl_cuts_layout(a, A, 1, &districts->areas);
    districts->point = arena_take(a, sizeof *districts->point * (S > A ? S : A));
    districts->district_of = ARENA_ARRAY(a, int32_t, S);
    districts->place = ARENA_ARRAY(a, int32_t, S);
    districts->area = ARENA_ARRAY(a, rl_area, count_max * RL_DISTRICT_AREAS);
    districts->area_count = ARENA_ARRAY(a, int32_t, count_max);
    districts->transfer_s = ARENA_ARRAY(a, double, S *RL_DISTRICT_AREAS);
    rl_sharing_layout(a, world, &districts->sharing);
}

// --- cutting

void rl_districts_cut(rl_districts *districts)
{
    const dcat_world *world = districts->world;
    dcat_geometry geometry = world->config.geometry;
    const double(*points)[3] = (const double(*)[3])districts->point;
    for (size_t area = 0; area < districts->A; area++) {
        world_point(geometry, world->areas[area].site, districts->point[area]);
    }
    rl_cuts_make(&districts->areas, points, (rl_cut_pairs){.first = NULL});
    for (size_t i = 0; i < districts->S; i++) {
        world_point(geometry, world->servers[i].site, districts->point[i]);
    }
    const rl_cut_pairs may_join = {world->neighbour_first, world->neighbour};
    rl_cuts_make(&districts->servers, points, may_join);
    districts->count = districts->servers.part_count;
    for (size_t d = 0; d < districts->count; d++) {
        size_t count;
        const int32_t *server = rl_district_servers(districts, d, &count);
        for (size_t i = 0; i < count; i++) {
            districts->district_of[server[i]] = (int32_t)d;
            districts->place[server[i]] = (int32_t)i;
        }
    }
}

// --- one district

rl_size rl_district_size(void)
{
    return (rl_size){.S = RL_DISTRICT_MAX,
                     .A = RL_DISTRICT_AREAS,
                     .pair_max = (size_t)RL_DISTRICT_MAX * RL_DISTRICT_NEIGHBOURS};
}

void rl_district_pairs_layout(arena *a, rl_district_pairs *pairs)
{
    size_t count = rl_district_size().pair_max;
    pairs->pair = ARENA_ARRAY(a, rl_market_pair, count);
    pairs->near = ARENA_ARRAY(a, int32_t, count);
    pairs->near_m = ARENA_ARRAY(a, double, count);
    pairs->near_count = ARENA_ARRAY(a, int32_t, RL_DISTRICT_MAX);
}

// Is a nearer to i than b? Of equally far ones that with the nearer number, then the lower: where
// many servers stand in one place, none is everybody's neighbour.
static bool is_nearer(int32_t i, int32_t a, double a_m, int32_t b, double b_m)
{
    int32_t a_apart = a > i ? a - i : i - a, b_apart = b > i ? b - i : i - b;
    if (a_m < b_m || a_m > b_m) {
        return a_m < b_m;
    }
    return a_apart != b_apart ? a_apart < b_apart : a < b;
}

// Keep the nearest of what comes, the nearest first.
static void keep_near(rl_district_pairs *pairs, size_t i, int32_t other, double distance_m)
{
    int32_t *near = &pairs->near[i * RL_DISTRICT_NEIGHBOURS];
    double *near_m = &pairs->near_m[i * RL_DISTRICT_NEIGHBOURS];
    int32_t at = pairs->near_count[i], self = (int32_t)i;
    if (at < RL_DISTRICT_NEIGHBOURS) {
        pairs->near_count[i]++;
    } else if (is_nearer(self, other, distance_m, near[at - 1], near_m[at - 1])) {
        at--; // takes the place of the farthest
    } else {
        return;
    }
    for (; at > 0 && is_nearer(self, other, distance_m, near[at - 1], near_m[at - 1]); at--) {
        near[at] = near[at - 1];
        near_m[at] = near_m[at - 1];
    }
    near[at] = other;
    near_m[at] = distance_m;
}

static bool is_near(const rl_district_pairs *pairs, size_t i, int32_t other)
{
    for (int32_t n = 0; n < pairs->near_count[i]; n++) {
        if (pairs->near[i * RL_DISTRICT_NEIGHBOURS + (size_t)n] == other) {
            return true;
        }
    }
    return false;
}

// Pairs of which one has the other among its nearest, each once.
static size_t list_pairs(rl_district_pairs *pairs, size_t server_count)
{
    size_t count = 0;
    for (size_t i = 0; i < server_count; i++) {
        for (int32_t n = 0; n < pairs->near_count[i]; n++) {
            size_t at = i * RL_DISTRICT_NEIGHBOURS + (size_t)n;
            int32_t other = pairs->near[at];
            if (other > (int32_t)i || !is_near(pairs, (size_t)other, (int32_t)i)) {
                pairs->pair[count++] = (rl_market_pair){(int32_t)i, other, pairs->near_m[at]};
            }
        }
    }
    return count;
}

rl_market rl_district_market(const rl_districts *districts, size_t district,
                             rl_district_pairs *pairs)
{
    size_t first = (size_t)districts->servers.first[district];
    rl_market market = {
        .A = (size_t)districts->area_count[district],
        .area = &districts->area[district * RL_DISTRICT_AREAS],
        .transfer_s = &districts->transfer_s[first * RL_DISTRICT_AREAS],
        .row = RL_DISTRICT_AREAS,
        .pair = pairs->pair,
    };
    market.server = rl_district_servers(districts, district, &market.S);
    for (size_t i = 0; i < market.S; i++) {
        world_neighbours near = world_neighbours_of(districts->world, (size_t)market.server[i]);
        pairs->near_count[i] = 0;
        for (size_t n = 0; n < near.count; n++) {
            int32_t other = near.server[n];
            if (districts->district_of[other] == (int32_t)district) {
                keep_near(pairs, i, districts->place[other], near.distance_m[n]);
            }
        }
    }
    market.pair_count = list_pairs(pairs, market.S);
    return market;
}
