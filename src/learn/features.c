// SPDX-License-Identifier: Apache-2.0
#include "learn/features.h"
#include "dcat/policy.h"

#include "dcat/model.h"
#include "world/world.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define NAME(name) #name,
const char *const rl_pair_feature_names[RL_PAIR_COUNT] = {RL_PAIR_FEATURES(NAME)};
const char *const rl_pool_feature_names[RL_POOL_COUNT] = {RL_POOL_FEATURES(NAME)};
const char *const rl_context_names[RL_CONTEXT_COUNT] = {RL_CONTEXTS(NAME)};
#undef NAME

// Shares of the mean deadline: transfer delays that count as near, and waiting times.
static const double reach_of_deadline[RL_SCALES] = {0.15, 0.3, 0.5};
static const double wait_of_deadline[RL_SCALES] = {0.0, 0.2, 0.4};
#define REACH_SOFTNESS 0.2 // mean deadlines between fully and not at all within reach
#define CONTEXT_WAIT 1     // of wait_of_deadline: what contexts look at
#define SQRT_3 1.7320508075688772

static double squash(double x)
{
    return x / (1.0 + x);
}

static double clamp01(double x)
{
    return x < 0.0 ? 0.0 : (x > 1.0 ? 1.0 : x);
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

// How much a transfer delay is within reach, in [0, 1].
static double within_reach(const rl_scene *scene, double transfer_s, int scale)
{
    double shares = transfer_s / scene->deadline_s;
    return clamp01((reach_of_deadline[scale] - shares) / REACH_SOFTNESS + 0.5);
}

// --- scene

rl_size rl_size_of(const dcat_world *world)
{
    size_t S = dcat_world_server_count(world);
    return (rl_size){S, dcat_world_area_count(world), world->neighbour_first[S] / 2};
}

void rl_scene_layout(arena *a, const dcat_world *world, rl_size room, rl_scene *scene)
{
    *scene = (rl_scene){.world = world};
    scene->span_m_max = dcat_world_config_view(world)->span_m_max;
    scene->area_demand_hz = ARENA_ARRAY(a, double, room.A);
    scene->area_slack_s = ARENA_ARRAY(a, double, room.A);
    scene->area_work = ARENA_ARRAY(a, double, room.A);
    scene->load_weight = ARENA_ARRAY(a, double, RL_SCALES *room.A);
    scene->rival_weight = ARENA_ARRAY(a, double, RL_SCALES *room.A);
    scene->transfer_s = ARENA_ARRAY(a, double, room.S *room.A);
    scene->legal = ARENA_ARRAY(a, uint64_t, room.S * ((room.S + 63) / 64));
    scene->link = ARENA_ARRAY(a, rl_link, room.S * room.S);
    rl_near_layout(a, room.S, &scene->near);
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

// All areas of the world, those without demand left out.
static bool read_demand(rl_scene *scene, const dcat_observation *observation)
{
    demand_sums sums = {0};
    size_t area_count = observation->area_count;
    for (size_t number = 0; number < area_count; number++) {
        rl_area area = rl_area_of(observation, number);
        if (!(area.arrivals > 0.0)) {
            continue;
        }
        for (size_t i = 0; i < scene->S; i++) {
            dcat_path path = dcat_world_path(scene->world, (int)number, (int)i);
            double transfer_s = dcat_transfer_delay_s(observation->data_bits[number],
                                                      path.seconds_per_bit, path.propagation_s);
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

static double speed_of(const rl_scene *scene, size_t i)
{
    return dcat_world_servers_view(scene->world)[rl_scene_server(scene, i)].speed_hz;
}

static void weigh_rivals(rl_scene *scene)
{
    for (int scale = 0; scale < RL_SCALES; scale++) {
        for (size_t area = 0; area < scene->A; area++) {
            double speed_hz = 0.0;
            for (size_t i = 0; i < scene->S; i++) {
                speed_hz += speed_of(scene, i) *
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
    for (size_t n = 0; n < near.count; n++) {
        link_pair(scene, i, (size_t)near.server[n], near.distance_m[n]);
    }
}

// The nearest of a server, and those that have it among theirs.
static void link_nearest(rl_scene *scene)
{
    rl_near *near = &scene->near;
    rl_near_clear(near, scene->S);
    for (size_t i = 0; i < scene->S; i++) {
        world_neighbours all = world_neighbours_of(scene->world, i);
        for (size_t n = 0; n < all.count; n++) {
            rl_near_offer(near, i, all.server[n], all.distance_m[n]);
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

static int count_bits(const uint64_t *set, size_t words)
{
    int count = 0;
    for (size_t w = 0; w < words; w++) {
        count += __builtin_popcountll(set[w]);
    }
    return count;
}

static void describe_world(rl_scene *scene)
{
    double transfer = 0.0, reach = 0.0;
    for (size_t i = 0; i < scene->S; i++) {
        for (size_t area = 0; area < scene->A; area++) {
            double transfer_s = scene->transfer_s[i * scene->A + area];
            double share = scene->area_demand_hz[area] / scene->demand_hz;
            transfer += share * transfer_s;
            reach += share * speed_of(scene, i) * within_reach(scene, transfer_s, 1);
        }
    }
    double servers_total = (double)scene->S;
    double degree = count_bits(scene->legal, scene->S * scene->words) / servers_total;
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
    scene->speed_hz = 0.0;
    for (size_t i = 0; i < scene->S; i++) {
        scene->speed_hz += speed_of(scene, i);
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
    link_servers(scene);
    describe_scene(scene, auction, blind);
    return true;
}

bool rl_scene_set_market(rl_scene *scene, const rl_market *market, const dcat_auction *auction,
                         bool blind)
{
    demand_sums sums = {0};
    begin_scene(scene, market->server, market->S);
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

// --- what a cluster could serve

// Work rate that a cluster of this speed at these transfer delays could finish in time, for each
// waiting time, and the chance that a task of each area could after waiting CONTEXT_WAIT. Work and
// deadlines are taken as uniform around their means.
static void demand_of(const rl_scene *scene, double speed_hz, const double *transfer_a,
                      const double *transfer_b, double demand_hz[RL_SCALES], double *chance_of)
{
    double spread_s =
        2.0 * SQRT_3 * sqrt(scene->deadline_var + scene->work_var / (speed_hz * speed_hz));
    double per_second = 1.0 / larger(spread_s, 0.02 * scene->deadline_s);
    double wait_s[RL_SCALES];
    for (int w = 0; w < RL_SCALES; w++) {
        demand_hz[w] = 0.0;
        wait_s[w] = wait_of_deadline[w] * scene->deadline_s;
    }
    double per_cycle = 1.0 / speed_hz;
    for (size_t area = 0; area < scene->A; area++) {
        double transfer_s = smaller(transfer_a[area], transfer_b[area]);
        double slack_s =
            scene->area_slack_s[area] - transfer_s - scene->area_work[area] * per_cycle;
        for (int w = 0; w < RL_SCALES; w++) {
            double chance = clamp01(0.5 + (slack_s - wait_s[w]) * per_second);
            demand_hz[w] += scene->area_demand_hz[area] * chance;
            if (w == CONTEXT_WAIT) {
                chance_of[area] = chance;
            }
        }
    }
}

// --- merger

void rl_merger_layout(arena *a, rl_size room, rl_merger *merger)
{
    size_t S = room.S, A = room.A;
    merger->cluster = ARENA_ARRAY(a, rl_cluster, S);
    merger->transfer_s = ARENA_ARRAY(a, double, S *A);
    merger->chance = ARENA_ARRAY(a, double, S *A);
    merger->pair_chance = ARENA_ARRAY(a, double, A);
    merger->able = ARENA_ARRAY(a, double, A);
    merger->able_hz = ARENA_ARRAY(a, double, A);
    merger->around = ARENA_ARRAY(a, float, RL_AREA_CONTEXTS *A);
    merger->legal = ARENA_ARRAY(a, uint64_t, S * ((S + 63) / 64));
    merger->link = ARENA_ARRAY(a, rl_link, S * S);
    merger->cluster_of = ARENA_ARRAY(a, int32_t, S);
    merger->live = ARENA_ARRAY(a, int32_t, S);
}

enum {
    SUM_WORK_TIME,
    SUM_DEMAND, // RL_SCALES of them
    SUM_WITHIN = SUM_DEMAND + RL_SCALES,
    SUM_SINGLE,
    SUM_SERVED, // RL_SCALES of them
    SUM_COUNT = SUM_SERVED + RL_SCALES
};

// Add a cluster to the sums of pool features and contexts, or take it away.
static void count_cluster(rl_merger *merger, int32_t k, double sign)
{
    const rl_scene *scene = merger->scene;
    const rl_cluster *cluster = &merger->cluster[k];
    const double *chance = &merger->chance[(size_t)k * scene->A];
    for (size_t area = 0; area < scene->A; area++) {
        merger->able[area] += sign * chance[area];
        merger->able_hz[area] += sign * chance[area] * cluster->speed_hz;
    }
    merger->sum[SUM_WORK_TIME] +=
        sign * scene->work_cycles / (cluster->speed_hz * scene->deadline_s);
    merger->sum[SUM_WITHIN] += sign * cluster->within;
    merger->sum[SUM_SINGLE] += cluster->size == 1 ? sign : 0.0;
    for (int w = 0; w < RL_SCALES; w++) {
        merger->sum[SUM_DEMAND + w] += sign * squash(cluster->demand_hz[w] / cluster->speed_hz);
        merger->sum[SUM_SERVED + w] +=
            sign * smaller(cluster->demand_hz[w], cluster->speed_hz) / scene->speed_hz;
    }
}

static void describe_cluster(rl_merger *merger, int32_t k)
{
    const rl_scene *scene = merger->scene;
    rl_cluster *cluster = &merger->cluster[k];
    const double *transfer_s = &merger->transfer_s[(size_t)k * scene->A];
    demand_of(scene, cluster->speed_hz, transfer_s, transfer_s, cluster->demand_hz,
              &merger->chance[(size_t)k * scene->A]);
    cluster->within = 0.0;
    for (size_t area = 0; area < scene->A; area++) {
        cluster->within += scene->area_demand_hz[area] * within_reach(scene, transfer_s[area], 1);
    }
    cluster->within /= scene->demand_hz;
}

// Contexts of every area as the live clusters are now. Sums of what was added and taken away again
// may be a rounding error below 0.
static void look_around(rl_merger *merger)
{
    const rl_scene *scene = merger->scene;
    size_t A = scene->A;
    double floor_hz = 1e-3 * scene->speed_hz;
    for (size_t area = 0; area < A; area++) {
        double able = larger(merger->able[area], 0.0);
        double able_hz = larger(merger->able_hz[area], floor_hz);
        merger->around[area] = (float)squash(able);
        merger->around[A + area] = (float)(1.0 / (1.0 + able));
        merger->around[2 * A + area] = (float)squash(scene->area_demand_hz[area] / able_hz);
    }
}

void rl_merger_start(rl_merger *merger, const rl_scene *scene)
{
    size_t S = scene->S;
    const double *unit_cost = dcat_world_unit_cost_view(scene->world);
    merger->scene = scene;
    merger->live_count = S;
    memcpy(merger->transfer_s, scene->transfer_s, sizeof(double) * S * scene->A);
    memcpy(merger->legal, scene->legal, sizeof(uint64_t) * S * scene->words);
    memcpy(merger->link, scene->link, sizeof(rl_link) * S * S);
    memset(merger->sum, 0, sizeof merger->sum);
    memset(merger->able, 0, sizeof(double) * scene->A);
    memset(merger->able_hz, 0, sizeof(double) * scene->A);
    for (size_t i = 0; i < S; i++) {
        merger->live[i] = (int32_t)i;
        merger->cluster_of[i] = (int32_t)i;
        double speed_hz = speed_of(scene, i), cost = unit_cost[rl_scene_server(scene, i)];
        merger->cluster[i] = (rl_cluster){
            .size = 1,
            .speed_hz = speed_hz,
            .cost_weighted = speed_hz * cost,
            .cost_max = cost,
            .hash = dcat_mix64((uint64_t)i + UINT64_C(0x9e3779b97f4a7c15)),
        };
        describe_cluster(merger, (int32_t)i);
        count_cluster(merger, (int32_t)i, 1.0);
    }
    look_around(merger);
}

void rl_merger_copy(rl_merger *merger, const rl_merger *from)
{
    const rl_scene *scene = from->scene;
    size_t S = scene->S;
    merger->scene = scene;
    merger->live_count = from->live_count;
    memcpy(merger->cluster, from->cluster, sizeof(rl_cluster) * S);
    memcpy(merger->transfer_s, from->transfer_s, sizeof(double) * S * scene->A);
    memcpy(merger->chance, from->chance, sizeof(double) * S * scene->A);
    memcpy(merger->able, from->able, sizeof(double) * scene->A);
    memcpy(merger->able_hz, from->able_hz, sizeof(double) * scene->A);
    memcpy(merger->around, from->around, sizeof(float) * RL_AREA_CONTEXTS * scene->A);
    memcpy(merger->legal, from->legal, sizeof(uint64_t) * S * scene->words);
    memcpy(merger->link, from->link, sizeof(rl_link) * S * S);
    memcpy(merger->cluster_of, from->cluster_of, sizeof(int32_t) * S);
    memcpy(merger->live, from->live, sizeof(int32_t) * S);
    memcpy(merger->sum, from->sum, sizeof merger->sum);
}

// Links of the union to every other live cluster.
static void join_links(rl_merger *merger, size_t a, size_t b)
{
    size_t S = merger->scene->S;
    for (size_t p = 0; p < merger->live_count; p++) {
        size_t c = (size_t)merger->live[p];
        rl_link *to = &merger->link[a * S + c];
        const rl_link *from = &merger->link[b * S + c];
        to->max_m = from->max_m > to->max_m ? from->max_m : to->max_m;
        to->min_m = from->min_m < to->min_m ? from->min_m : to->min_m;
        to->sum_m += from->sum_m;
        merger->link[c * S + a] = *to;
    }
}

static void remove_live(rl_merger *merger, int32_t cluster)
{
    size_t kept = 0;
    for (size_t p = 0; p < merger->live_count; p++) {
        if (merger->live[p] != cluster) {
            merger->live[kept++] = merger->live[p];
        }
    }
    merger->live_count = kept;
}

void rl_merger_join(rl_merger *merger, int32_t a, int32_t b)
{
    const rl_scene *scene = merger->scene;
    rl_cluster *into = &merger->cluster[a];
    const rl_cluster *from = &merger->cluster[b];
    assert(a < b && rl_merger_legal(merger, a, b));
    count_cluster(merger, a, -1.0);
    count_cluster(merger, b, -1.0);
    const rl_link *link = &merger->link[(size_t)a * scene->S + (size_t)b];
    into->size += from->size;
    into->speed_hz += from->speed_hz;
    into->cost_weighted += from->cost_weighted;
    into->cost_max = larger(into->cost_max, from->cost_max);
    into->span_m = larger((double)link->max_m, larger(into->span_m, from->span_m));
    into->hash ^= from->hash;
    for (size_t area = 0; area < scene->A; area++) {
        double *transfer_s = &merger->transfer_s[(size_t)a * scene->A + area];
        *transfer_s = smaller(*transfer_s, merger->transfer_s[(size_t)b * scene->A + area]);
    }
    for (size_t w = 0; w < scene->words; w++) {
        merger->legal[(size_t)a * scene->words + w] &= merger->legal[(size_t)b * scene->words + w];
    }
    for (size_t i = 0; i < scene->S; i++) {
        merger->cluster_of[i] = merger->cluster_of[i] == b ? a : merger->cluster_of[i];
    }
    remove_live(merger, b);
    join_links(merger, (size_t)a, (size_t)b);
    describe_cluster(merger, a);
    count_cluster(merger, a, 1.0);
    look_around(merger);
}

// --- a pair

static void pair_sizes(const rl_scene *scene, const rl_cluster *a, const rl_cluster *b, float *x)
{
    double speed_hz = a->speed_hz + b->speed_hz;
    double in_deadlines = scene->work_cycles / scene->deadline_s;
    x[RL_PAIR_work_time_union] = (float)(in_deadlines / speed_hz);
    x[RL_PAIR_work_time_fast] = (float)(in_deadlines / larger(a->speed_hz, b->speed_hz));
    x[RL_PAIR_work_time_slow] = (float)(in_deadlines / smaller(a->speed_hz, b->speed_hz));
    x[RL_PAIR_work_time_small] = (float)(scene->work_min_cycles / (scene->deadline_s * speed_hz));
    int32_t small = a->size < b->size ? a->size : b->size;
    int32_t size = a->size + b->size;
    x[RL_PAIR_size_union] = (float)(size / 6.0);
    x[RL_PAIR_size_small] = (float)(small / 3.0);
    x[RL_PAIR_size_large] = (float)((size - small) / 6.0);
}

static void pair_costs(const rl_scene *scene, const rl_cluster *a, const rl_cluster *b, float *x)
{
    double scale = 10.0 / scene->unit_fee;
    double mean_a = a->cost_weighted / a->speed_hz;
    double mean_b = b->cost_weighted / b->speed_hz;
    double cost_max = larger(a->cost_max, b->cost_max);
    x[RL_PAIR_cost_mean] =
        (float)((a->cost_weighted + b->cost_weighted) / (a->speed_hz + b->speed_hz) * scale);
    x[RL_PAIR_cost_max] = (float)(cost_max * scale);
    x[RL_PAIR_cost_difference] =
        (float)((mean_a > mean_b ? mean_a - mean_b : mean_b - mean_a) * scale);
    x[RL_PAIR_cost_ceiling] = scene->ceiling > 0.0 ? (float)(cost_max / scene->ceiling) : 0.0f;
}

static void pair_spans(const rl_scene *scene, const rl_cluster *a, const rl_cluster *b,
                       const rl_link *link, float *x)
{
    double scale = 1.0 / larger(scene->span_m_max, 1.0);
    double parts_m = larger(a->span_m, b->span_m);
    double pairs = (double)a->size * b->size;
    x[RL_PAIR_span_union] = (float)(larger(parts_m, (double)link->max_m) * scale);
    x[RL_PAIR_span_parts] = (float)(parts_m * scale);
    x[RL_PAIR_distance_mean] = (float)((double)link->sum_m / pairs * scale);
    x[RL_PAIR_distance_min] = (float)((double)link->min_m * scale);
}

static void pair_demand(const rl_merger *merger, int32_t ka, int32_t kb, float *x,
                        float *area_weight)
{
    const rl_scene *scene = merger->scene;
    const rl_cluster *a = &merger->cluster[ka], *b = &merger->cluster[kb];
    double speed_hz = a->speed_hz + b->speed_hz;
    double demand_hz[RL_SCALES];
    demand_of(scene, speed_hz, &merger->transfer_s[(size_t)ka * scene->A],
              &merger->transfer_s[(size_t)kb * scene->A], demand_hz, merger->pair_chance);
    double least_hz =
        1e-6 * scene->demand_hz; // so that weights of a pair that can do nothing are 0
    double scale = 1.0 / larger(demand_hz[CONTEXT_WAIT], least_hz);
    for (size_t area = 0; area < scene->A; area++) {
        area_weight[area] =
            (float)(scene->area_demand_hz[area] * merger->pair_chance[area] * scale);
    }
    for (int w = 0; w < RL_SCALES; w++) {
        double parts_hz = a->demand_hz[w] + b->demand_hz[w];
        double best_hz = larger(a->demand_hz[w], b->demand_hz[w]);
        x[RL_PAIR_demand_union_0 + w] = (float)squash(demand_hz[w] / speed_hz);
        x[RL_PAIR_demand_parts_0 + w] = (float)squash(parts_hz / speed_hz);
        x[RL_PAIR_demand_gain_0 + w] =
            (float)((demand_hz[w] - best_hz) / (demand_hz[w] + 1e-3 * scene->demand_hz));
    }
}

static void pair_reach(const rl_merger *merger, int32_t ka, int32_t kb, float *x)
{
    const rl_scene *scene = merger->scene;
    const double *transfer_a = &merger->transfer_s[(size_t)ka * scene->A];
    const double *transfer_b = &merger->transfer_s[(size_t)kb * scene->A];
    double load[RL_SCALES] = {0}, rivals[RL_SCALES] = {0}, within[RL_SCALES] = {0};
    double mean_s = 0.0, apart_s = 0.0, least_s = INFINITY;
    double per_deadline = 1.0 / (scene->deadline_s * REACH_SOFTNESS);
    for (size_t area = 0; area < scene->A; area++) {
        double transfer_s = smaller(transfer_a[area], transfer_b[area]);
        double demand_hz = scene->area_demand_hz[area];
        double difference_s = transfer_a[area] - transfer_b[area];
        mean_s += demand_hz * transfer_s;
        apart_s += demand_hz * (difference_s < 0.0 ? -difference_s : difference_s);
        least_s = smaller(least_s, transfer_s);
        for (int scale = 0; scale < RL_SCALES; scale++) {
            double near = clamp01(reach_of_deadline[scale] / REACH_SOFTNESS + 0.5 -
                                  transfer_s * per_deadline);
            load[scale] += near * scene->load_weight[(size_t)scale * scene->A + area];
            rivals[scale] += near * scene->rival_weight[(size_t)scale * scene->A + area];
            within[scale] += near * demand_hz;
        }
    }
    double per_demand_s = 1.0 / (scene->demand_hz * scene->deadline_s);
    x[RL_PAIR_transfer_mean] = (float)(mean_s * per_demand_s);
    x[RL_PAIR_transfer_min] = (float)(least_s / scene->deadline_s);
    x[RL_PAIR_transfer_apart] = (float)(apart_s * per_demand_s);
    for (int scale = 0; scale < RL_SCALES; scale++) {
        x[RL_PAIR_load_0 + scale] = (float)squash(load[scale]);
        x[RL_PAIR_rivals_0 + scale] =
            (float)(rivals[scale] / (within[scale] + 1e-3 * scene->demand_hz));
        x[RL_PAIR_within_0 + scale] = (float)(within[scale] / scene->demand_hz);
    }
}

static void pair_alternatives(const rl_merger *merger, int32_t ka, int32_t kb, float *x)
{
    const rl_scene *scene = merger->scene;
    const uint64_t *legal_a = &merger->legal[(size_t)ka * scene->words];
    const uint64_t *legal_b = &merger->legal[(size_t)kb * scene->words];
    int both = 0;
    for (size_t w = 0; w < scene->words; w++) {
        both += __builtin_popcountll(legal_a[w] & legal_b[w]);
    }
    // Of those that may join a, the members of b are no alternative to b, and the reverse.
    int of_a = count_bits(legal_a, scene->words) - merger->cluster[kb].size;
    int of_b = count_bits(legal_b, scene->words) - merger->cluster[ka].size;
    x[RL_PAIR_joinable_union] = (float)(both / 8.0);
    x[RL_PAIR_joinable_fewer] = (float)((of_a < of_b ? of_a : of_b) / 8.0);
    x[RL_PAIR_joinable_more] = (float)((of_a < of_b ? of_b : of_a) / 8.0);
}

void rl_pair_features(const rl_merger *merger, int32_t ka, int32_t kb, float *x, float *area_weight)
{
    const rl_scene *scene = merger->scene;
    const rl_cluster *a = &merger->cluster[ka], *b = &merger->cluster[kb];
    const rl_link *link = &merger->link[(size_t)ka * scene->S + (size_t)kb];
    pair_sizes(scene, a, b, x);
    pair_costs(scene, a, b, x);
    pair_spans(scene, a, b, link, x);
    pair_demand(merger, ka, kb, x, area_weight);
    pair_reach(merger, ka, kb, x);
    pair_alternatives(merger, ka, kb, x);
    memcpy(&x[RL_PAIR_world_load], scene->world_pair, sizeof scene->world_pair);
}

void rl_pair_contexts(const rl_merger *merger, const float *area_weight, float *c)
{
    const rl_scene *scene = merger->scene;
    const float *around = merger->around;
    c[RL_CONTEXT_always] = 1.0f;
    c[RL_CONTEXT_progress] = (float)merger->live_count / (float)scene->S;
    // Side by side, since each sum waits for its last addition.
    _Static_assert(RL_AREA_CONTEXTS == 3, "sums below");
    float sum_0 = 0.0f, sum_1 = 0.0f, sum_2 = 0.0f;
    for (size_t area = 0; area < scene->A; area++) {
        sum_0 += area_weight[area] * around[area];
        sum_1 += area_weight[area] * around[scene->A + area];
        sum_2 += area_weight[area] * around[2 * scene->A + area];
    }
    c[RL_CONTEXT_around_rivalry] = sum_0;
    c[RL_CONTEXT_around_rivalry + 1] = sum_1;
    c[RL_CONTEXT_around_rivalry + 2] = sum_2;
}

void rl_pool_features(const rl_merger *merger, size_t candidate_count, float *x)
{
    const rl_scene *scene = merger->scene;
    const double *sum = merger->sum;
    double live = (double)merger->live_count;
    double S = (double)scene->S;
    x[RL_POOL_clusters] = (float)(live / S);
    x[RL_POOL_candidates] = (float)squash((double)candidate_count / S);
    x[RL_POOL_mean_work_time] = (float)(sum[SUM_WORK_TIME] / live);
    x[RL_POOL_mean_size] = (float)(S / live / 6.0);
    for (int w = 0; w < RL_SCALES; w++) {
        x[RL_POOL_mean_demand_0 + w] = (float)(sum[SUM_DEMAND + w] / live);
        x[RL_POOL_served_0 + w] = (float)sum[SUM_SERVED + w];
    }
    x[RL_POOL_mean_within] = (float)(sum[SUM_WITHIN] / live);
    x[RL_POOL_single] = (float)(sum[SUM_SINGLE] / live);
    for (size_t j = 0; j < RL_AREA_CONTEXTS; j++) {
        double all = 0.0;
        for (size_t area = 0; area < scene->A; area++) {
            all += scene->area_demand_hz[area] * (double)merger->around[j * scene->A + area];
        }
        x[RL_POOL_rivalry + j] = (float)(all / scene->demand_hz);
    }
    memcpy(&x[RL_POOL_pool_load], scene->world_pair, sizeof scene->world_pair);
}

dcat_actor_features dcat_actor_features_view(void)
{
    return (dcat_actor_features){
        .version = RL_FEATURE_VERSION,
        .pair_count = RL_PAIR_COUNT,
        .context_count = RL_CONTEXT_COUNT,
        .partition_count = RL_POOL_COUNT,
        .pair = rl_pair_feature_names,
        .context = rl_context_names,
        .partition = rl_pool_feature_names,
    };
}
