// SPDX-License-Identifier: Apache-2.0
#include "learn/district/district.h"

#include "world/world.h"
#include "world/world_lists.h"

size_t rl_districts_count_max(size_t server_count)
{
    return rl_cuts_part_count_max(server_count, RL_DISTRICT_MAX);
}

void rl_districts_layout(arena *a, const dcat_world *world, rl_districts *districts)
{
    size_t S = dcat_world_server_count(world), A = dcat_world_area_count(world);
    size_t count_max = rl_districts_count_max(S);
    size_t row = rl_district_size(world).A;
    *districts =
        (rl_districts){.world = world, .version = RL_FEATURE_VERSION, .S = S, .A = A, .row = row};
    rl_cuts_layout(a, S, RL_DISTRICT_MAX, &districts->servers);
    rl_cuts_layout(a, A, 1, &districts->areas);
    districts->point = arena_take(a, sizeof *districts->point * (S > A ? S : A));
    districts->district_of = ARENA_ARRAY(a, int32_t, S);
    districts->place = ARENA_ARRAY(a, int32_t, S);
    districts->area = ARENA_ARRAY(a, rl_area, count_max * row);
    districts->area_count = ARENA_ARRAY(a, int32_t, count_max);
    districts->transfer_s = ARENA_ARRAY(a, double, S *row);
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

size_t rl_district_groups(size_t class_count)
{
    size_t share = RL_DISTRICT_ROWS / class_count;
    return class_count == 1 ? RL_DISTRICT_AREAS : share > 2 ? share : 2;
}

rl_size rl_district_size(const dcat_world *world)
{
    size_t Q = dcat_world_class_count(world);
    return (rl_size){.S = RL_DISTRICT_MAX,
                     .A = Q > 1 ? Q * rl_district_groups(Q) : RL_DISTRICT_AREAS,
                     .Q = Q,
                     .pair_max = (size_t)RL_DISTRICT_MAX * RL_NEAR_MAX};
}

void rl_district_pairs_layout(arena *a, rl_district_pairs *pairs)
{
    pairs->pair = ARENA_ARRAY(a, rl_market_pair, (size_t)RL_DISTRICT_MAX * RL_NEAR_MAX);
    rl_near_layout(a, RL_DISTRICT_MAX, &pairs->near);
}

// Pairs of which one has the other among its nearest, each once.
static size_t list_pairs(rl_district_pairs *pairs, size_t server_count)
{
    const rl_near *near = &pairs->near;
    size_t count = 0;
    for (size_t i = 0; i < server_count; i++) {
        for (int32_t n = 0; n < near->count[i]; n++) {
            size_t at = i * RL_NEAR_MAX + (size_t)n;
            int32_t other = near->server[at];
            if (other > (int32_t)i || !rl_near_has(near, (size_t)other, (int32_t)i)) {
                pairs->pair[count++] = (rl_market_pair){(int32_t)i, other, near->distance_m[at]};
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
        .Q = districts->Q,
        .area = &districts->area[district * districts->row],
        .transfer_s = &districts->transfer_s[first * districts->row],
        .row = districts->row,
        .pair = pairs->pair,
    };
    market.server = rl_district_servers(districts, district, &market.S);
    rl_near_clear(&pairs->near, market.S);
    for (size_t i = 0; i < market.S; i++) {
        world_neighbours near = world_neighbours_of(districts->world, (size_t)market.server[i]);
        bool alone = world_is_dear(districts->dear, market.server[i]);
        for (size_t n = 0; n < near.count && !alone; n++) {
            int32_t other = near.server[n];
            if (districts->district_of[other] == (int32_t)district &&
                !world_is_dear(districts->dear, other)) {
                rl_near_offer(&pairs->near, i, districts->place[other], near.distance_m[n]);
            }
        }
    }
    market.pair_count = list_pairs(pairs, market.S);
    return market;
}
