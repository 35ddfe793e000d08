// SPDX-License-Identifier: Apache-2.0
// What stays the same while one decision is made: demand, transfer delays, who may join whom.

#include "base/bits.h"
#include "dcat/x/model.h"
#include "learn/feature_math.h"
#include "world/world.h"

#include <string.h>

rl_size rl_size_of(const dcat_world *world)
{
    size_t S = dcat_world_server_count(world);
    size_t Q = dcat_world_class_count(world);
    return (rl_size){S, Q * dcat_world_area_count(world), Q, world->neighbour_first[S] / 2};
}

void rl_scene_layout(arena *a, const dcat_world *world, rl_size room, rl_scene *scene)
{
    *scene = (rl_scene){.world = world, .version = RL_FEATURE_VERSION};
    scene->span_m_max = dcat_world_config_view(world)->span_m_max;
    scene->area_demand_hz = ARENA_ARRAY(a, double, room.A);
    scene->area_slack_s = ARENA_ARRAY(a, double, room.A);
    scene->area_work = ARENA_ARRAY(a, double, room.A);
    scene->area_class = ARENA_ARRAY(a, int32_t, room.A);
    scene->load_weight = ARENA_ARRAY(a, double, RL_SCALES *room.A);
    scene->rival_weight = ARENA_ARRAY(a, double, RL_SCALES *room.A);
    scene->transfer_s = ARENA_ARRAY(a, double, room.S *room.A);
    scene->legal = ARENA_ARRAY(a, uint64_t, room.S * ((room.S + 63) / 64));
    scene->link = ARENA_ARRAY(a, rl_link, room.S * room.S);
    rl_near_layout(a, room.S, &scene->near);
    rl_skills_layout(a, room, scene);
}

// --- demand

// Sums over areas, weighed by arrivals.
typedef struct demand_sums {
    double rate, work, deadline, work_var, deadline_var;
} demand_sums;

static void add_area(rl_scene *scene, demand_sums *sums, const rl_area *area)
{
    double slot_s = dcat_world_config_view(scene->world)->slot_s;
    size_t at = scene->A++;
    sums->rate += area->arrivals;
    sums->work += area->arrivals * area->work_cycles;
    sums->deadline += area->arrivals * area->deadline_s;
    sums->work_var += area->arrivals * area->work_var;
    sums->deadline_var += area->arrivals * area->deadline_var;
    scene->area_demand_hz[at] = area->arrivals * area->work_cycles / slot_s;
    scene->area_slack_s[at] = area->deadline_s;
    scene->area_work[at] = area->work_cycles;
    scene->area_class[at] = area->class_id;
    scene->demand_hz += scene->area_demand_hz[at];
}

// Means over demand.
static void finish_demand(rl_scene *scene, const demand_sums *sums)
{
    scene->work_cycles = sums->work / sums->rate;
    scene->deadline_s = sums->deadline / sums->rate;
    scene->work_var = sums->work_var / sums->rate;
    scene->deadline_var = sums->deadline_var / sums->rate;
    scene->work_min_cycles =
        larger(scene->work_cycles - SQRT_3 * sqrt(scene->work_var), 0.1 * scene->work_cycles);
}

static double variance_of(const double *sd, size_t area)
{
    return sd == NULL ? 0.0 : sd[area] * sd[area];
}

rl_area rl_area_of(const dcat_observation *observation, size_t area)
{
    return (rl_area){
        .arrivals = observation->arrivals_per_slot[area],
        .work_cycles = observation->work_cycles[area],
        .deadline_s = observation->deadline_s[area],
        .work_var = variance_of(observation->work_sd, area),
        .deadline_var = variance_of(observation->deadline_sd, area),
    };
}

bool rl_sees_classes(int version, const dcat_observation *observation)
{
    return version > 1 && observation->by_class != NULL && observation->class_count > 1;
}

// All areas of the world, those without demand left out; and all classes in them.
static bool read_demand(rl_scene *scene, const dcat_observation *observation)
{
    demand_sums sums = {0};
    bool by_class = rl_sees_classes(scene->version, observation);
    const dcat_observation *rows = by_class ? observation->by_class : observation;
    scene->Q = by_class ? observation->class_count : 1;
    size_t area_count = observation->area_count * scene->Q;
    for (size_t number = 0; number < area_count; number++) {
        rl_area area = rl_area_of(rows, number);
        if (!(area.arrivals > 0.0)) {
            continue;
        }
        area.class_id = (int32_t)(number % scene->Q);
        for (size_t i = 0; i < scene->S; i++) {
            dcat_path path = dcat_world_path(scene->world, (int)(number / scene->Q), (int)i);
            double transfer_s = dcat_transfer_delay_s(rows->data_bits[number], path.seconds_per_bit,
                                                      path.propagation_s);
            // What is out of reach misses its deadline, and features stay finite.
            scene->transfer_s[i * area_count + scene->A] =
                transfer_s < INFINITY ? transfer_s : area.deadline_s;
        }
        add_area(scene, &sums, &area);
    }
    if (scene->A == 0) {
        return false;
    }
    finish_demand(scene, &sums);
    // Rows were written as far apart as there are areas; close the gaps of silent ones.
    for (size_t i = 1; scene->A < area_count && i < scene->S; i++) {
        memmove(&scene->transfer_s[i * scene->A], &scene->transfer_s[i * area_count],
                sizeof(double) * scene->A);
    }
    return true;
}

static void weigh_rivals(rl_scene *scene)
{
    for (int scale = 0; scale < RL_SCALES; scale++) {
        for (size_t area = 0; area < scene->A; area++) {
            double speed_hz = 0.0;
            for (size_t i = 0; i < scene->S; i++) {
                speed_hz += speed_at(scene, i, scene->area_class[area]) *
                            within_reach(scene, scene->transfer_s[i * scene->A + area], scale);
            }
            size_t at = (size_t)scale * scene->A + area;
            double floor_hz = 1e-3 * scene->speed_hz;
            scene->load_weight[at] = scene->area_demand_hz[area] / larger(speed_hz, floor_hz);
            scene->rival_weight[at] = scene->area_demand_hz[area] * speed_hz / scene->speed_hz;
        }
    }
}

static void link_pair(rl_scene *scene, size_t i, size_t j, double distance_m)
{
    float rounded_m = (float)distance_m;
    while ((double)rounded_m > scene->span_m_max) { // rounding must not make a pair illegal
        rounded_m = nextafterf(rounded_m, 0.0f);
    }
    scene->link[i * scene->S + j] = (rl_link){rounded_m, rounded_m, rounded_m};
    scene->legal[i * scene->words + j / 64] |= UINT64_C(1) << (j % 64);
}

// Servers that may not share a cluster are infinitely far apart: how far is never asked.
static void forget_links(rl_scene *scene)
{
    const rl_link apart = {INFINITY, INFINITY, INFINITY};
    memset(scene->legal, 0, sizeof *scene->legal * scene->S * scene->words);
    for (size_t p = 0; p < scene->S * scene->S; p++) {
        scene->link[p] = apart;
    }
}

// Servers have so many others within the limit, in the mean, that only the nearest are candidates.
//
// Choice: with more than about what the densest worlds learned on have, features are like nothing
// that was learned, and an actor stops too early: docs/clusterers.md shows where that begins.
static bool is_dense(const dcat_world *world)
{
    return world->neighbour_first[world->server_count] > RL_DENSE * world->server_count;
}

static void link_neighbours(rl_scene *scene, size_t i)
{
    world_neighbours near = world_neighbours_of(scene->world, i);
    for (size_t n = 0; n < near.count && !world_is_dear(scene->dear, (int32_t)i); n++) {
        if (!world_is_dear(scene->dear, near.server[n])) {
            link_pair(scene, i, (size_t)near.server[n], near.distance_m[n]);
        }
    }
}

// The nearest of a server, and those that have it among theirs.
static void link_nearest(rl_scene *scene)
{
    rl_near *near = &scene->near;
    rl_near_clear(near, scene->S);
    for (size_t i = 0; i < scene->S; i++) {
        world_neighbours all = world_neighbours_of(scene->world, i);
        for (size_t n = 0; n < all.count && !world_is_dear(scene->dear, (int32_t)i); n++) {
            if (!world_is_dear(scene->dear, all.server[n])) {
                rl_near_offer(near, i, all.server[n], all.distance_m[n]);
            }
        }
    }
    for (size_t i = 0; i < scene->S; i++) {
        for (size_t at = i * RL_NEAR_MAX; at < i * RL_NEAR_MAX + (size_t)near->count[i]; at++) {
            link_pair(scene, i, (size_t)near->server[at], near->distance_m[at]);
            link_pair(scene, (size_t)near->server[at], i, near->distance_m[at]);
        }
    }
}

// Pairs of the world that may share a cluster.
static void link_servers(rl_scene *scene)
{
    forget_links(scene);
    if (is_dense(scene->world)) {
        link_nearest(scene);
        return;
    }
    for (size_t i = 0; i < scene->S; i++) {
        link_neighbours(scene, i);
    }
}

static void describe_world(rl_scene *scene)
{
    double transfer = 0.0, reach = 0.0;
    for (size_t i = 0; i < scene->S; i++) {
        for (size_t area = 0; area < scene->A; area++) {
            double transfer_s = scene->transfer_s[i * scene->A + area];
            double share = scene->area_demand_hz[area] / scene->demand_hz;
            transfer += share * transfer_s;
            reach += share * scene->server_hz[i] * within_reach(scene, transfer_s, 1);
        }
    }
    double servers_total = (double)scene->S;
    double degree = bits_count(scene->legal, scene->S * scene->words) / servers_total;
    scene->world_pair[0] = (float)squash(scene->demand_hz / scene->speed_hz);
    scene->world_pair[1] = (float)squash(servers_total / 40.0);
    scene->world_pair[2] = (float)squash(degree / 8.0);
    scene->world_pair[3] = (float)(transfer / servers_total / scene->deadline_s);
    scene->world_pair[4] = (float)(reach / scene->speed_hz);
}

// As much work as all servers could do, the same from every area that has any.
static void hide_demand(rl_scene *scene)
{
    scene->demand_hz = scene->speed_hz;
    for (size_t area = 0; area < scene->A; area++) {
        scene->area_demand_hz[area] = scene->speed_hz / (double)scene->A;
        scene->area_slack_s[area] = scene->deadline_s;
        scene->area_work[area] = scene->work_cycles;
    }
}

// What follows from servers, their links and demand.
static void describe_scene(rl_scene *scene, const dcat_auction *auction, bool blind)
{
    const dcat_world_config *config = dcat_world_config_view(scene->world);
    rl_skills_set(scene, auction);
    scene->speed_hz = 0.0;
    for (size_t i = 0; i < scene->S; i++) {
        scene->speed_hz += scene->server_hz[i];
    }
    scene->unit_fee = dcat_fee(config->market.price_per_gigacycle, config->market.urgency_s,
                               scene->deadline_s, 1.0);
    bool ceiling = auction->limit == DCAT_LIMIT_MAX && config->auction.ceiling_per_cycle < INFINITY;
    scene->ceiling = ceiling ? config->auction.ceiling_per_cycle : 0.0;
    if (blind) {
        hide_demand(scene);
    }
    weigh_rivals(scene);
    describe_world(scene);
    if (scene->version > 1) {
        rl_skills_weigh_costs(scene);
    }
}

static void begin_scene(rl_scene *scene, const int32_t *server, size_t server_count)
{
    scene->server = server;
    scene->S = server_count;
    scene->words = (server_count + 63) / 64;
    scene->A = 0;
    scene->demand_hz = 0.0;
}

bool rl_scene_set(rl_scene *scene, const dcat_observation *observation, const dcat_auction *auction,
                  bool blind)
{
    begin_scene(scene, NULL, dcat_world_server_count(scene->world));
    if (!read_demand(scene, observation)) {
        return false;
    }
    scene->dear = dcat_world_dear_view(scene->world, auction);
    link_servers(scene);
    describe_scene(scene, auction, blind);
    return true;
}

bool rl_scene_set_market(rl_scene *scene, const rl_market *market, const dcat_auction *auction,
                         bool blind)
{
    demand_sums sums = {0};
    begin_scene(scene, market->server, market->S);
    scene->Q = market->Q;
    for (size_t area = 0; area < market->A; area++) {
        add_area(scene, &sums, &market->area[area]);
    }
    if (market->A == 0) {
        return false;
    }
    finish_demand(scene, &sums);
    for (size_t i = 0; i < market->S; i++) {
        memcpy(&scene->transfer_s[i * market->A], &market->transfer_s[i * market->row],
               sizeof(double) * market->A);
    }
    forget_links(scene);
    for (size_t p = 0; p < market->pair_count; p++) {
        const rl_market_pair *pair = &market->pair[p];
        link_pair(scene, (size_t)pair->a, (size_t)pair->b, pair->distance_m);
        link_pair(scene, (size_t)pair->b, (size_t)pair->a, pair->distance_m);
    }
    describe_scene(scene, auction, blind);
    return true;
}
