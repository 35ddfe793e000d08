// SPDX-License-Identifier: Apache-2.0
// The partition under construction, and what its clusters could serve.

#include "learn/feature_math.h"

#include <assert.h>
#include <string.h>

// Of the mean deadline.
static const double wait_of_deadline[RL_SCALES] = {0.0, 0.2, 0.4};

// --- what a cluster could serve

// Work and deadlines are taken as uniform around their means.
void rl_demand_of(const rl_scene *scene, const double *class_hz, const double *transfer_a,
                  const double *transfer_b, double demand_hz[RL_SCALES], double *chance_of)
{
    double per_second[DCAT_CLASS_MAX], per_cycle[DCAT_CLASS_MAX], wait_s[RL_SCALES];
    for (size_t q = 0; q < scene->Q; q++) {
        double speed_hz = class_hz[q] > 0.0 ? class_hz[q] : 1.0; // so slow that it never is in time
        double spread_s =
            2.0 * SQRT_3 * sqrt(scene->deadline_var + scene->work_var / (speed_hz * speed_hz));
        per_second[q] = 1.0 / larger(spread_s, 0.02 * scene->deadline_s);
        per_cycle[q] = 1.0 / speed_hz;
    }
    for (int w = 0; w < RL_SCALES; w++) {
        demand_hz[w] = 0.0;
        wait_s[w] = wait_of_deadline[w] * scene->deadline_s;
    }
    for (size_t area = 0; area < scene->A; area++) {
        double transfer_s = smaller(transfer_a[area], transfer_b[area]);
        size_t q = (size_t)scene->area_class[area];
        double slack_s =
            scene->area_slack_s[area] - transfer_s - scene->area_work[area] * per_cycle[q];
        for (int w = 0; w < RL_SCALES; w++) {
            double chance = clamp01(0.5 + (slack_s - wait_s[w]) * per_second[q]);
            demand_hz[w] += scene->area_demand_hz[area] * chance;
            if (w == RL_CONTEXT_WAIT) {
                chance_of[area] = chance;
            }
        }
    }
}

// --- the partition

void rl_merger_layout(arena *a, rl_size room, rl_merger *merger)
{
    size_t S = room.S, A = room.A;
    merger->cluster = ARENA_ARRAY(a, rl_cluster, S);
    merger->transfer_s = ARENA_ARRAY(a, double, S *A);
    merger->chance = ARENA_ARRAY(a, double, S *A);
    merger->pair_chance = ARENA_ARRAY(a, double, A);
    merger->skill = ARENA_ARRAY(a, rl_skill, S * room.Q);
    merger->alone = ARENA_ARRAY(a, double, A);
    merger->able = ARENA_ARRAY(a, double, A);
    merger->able_hz = ARENA_ARRAY(a, double, A);
    merger->around = ARENA_ARRAY(a, float, RL_AREA_CONTEXTS *A);
    merger->legal = ARENA_ARRAY(a, uint64_t, S * ((S + 63) / 64));
    merger->link = ARENA_ARRAY(a, rl_link, S * S);
    merger->cluster_of = ARENA_ARRAY(a, int32_t, S);
    merger->live = ARENA_ARRAY(a, int32_t, S);
}

// Add a cluster to the sums of pool features and contexts, or take it away.
static void count_cluster(rl_merger *merger, int32_t k, double sign)
{
    const rl_scene *scene = merger->scene;
    const rl_cluster *cluster = &merger->cluster[k];
    const double *chance = &merger->chance[(size_t)k * scene->A];
    double class_hz[DCAT_CLASS_MAX];
    class_speeds(merger, (size_t)k, NULL, class_hz);
    for (size_t area = 0; area < scene->A; area++) {
        merger->able[area] += sign * chance[area];
        merger->able_hz[area] += sign * chance[area] * class_hz[scene->area_class[area]];
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
    double class_hz[DCAT_CLASS_MAX];
    class_speeds(merger, (size_t)k, NULL, class_hz);
    rl_demand_of(scene, class_hz, transfer_s, transfer_s, cluster->demand_hz,
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
    merger->scene = scene;
    merger->live_count = S;
    memcpy(merger->skill, scene->skill, sizeof(rl_skill) * S * scene->Q);
    memcpy(merger->transfer_s, scene->transfer_s, sizeof(double) * S * scene->A);
    memcpy(merger->legal, scene->legal, sizeof(uint64_t) * S * scene->words);
    memcpy(merger->link, scene->link, sizeof(rl_link) * S * S);
    memset(merger->sum, 0, sizeof merger->sum);
    memset(merger->able, 0, sizeof(double) * scene->A);
    memset(merger->able_hz, 0, sizeof(double) * scene->A);
    for (size_t i = 0; i < S; i++) {
        merger->live[i] = (int32_t)i;
        merger->cluster_of[i] = (int32_t)i;
        double speed_hz = scene->server_hz[i], cost = scene->server_cost[i];
        merger->cluster[i] = (rl_cluster){
            .size = 1,
            .above = scene->version > 1 ? scene->above[i] : 0,
            .owner = dcat_world_servers_view(scene->world)[rl_scene_server(scene, i)].owner,
            .speed_hz = speed_hz,
            .cost_weighted = speed_hz * cost,
            .cost_max = cost,
            .hash = dcat_mix64((uint64_t)i + UINT64_C(0x9e3779b97f4a7c15)),
        };
        describe_cluster(merger, (int32_t)i);
        count_cluster(merger, (int32_t)i, 1.0);
    }
    look_around(merger);
    for (size_t area = 0; area < scene->A; area++) {
        merger->alone[area] = squash(larger(merger->able[area], 0.0));
    }
    merger->alone_served = merger->sum[SUM_SERVED + 1];
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
    memcpy(merger->skill, from->skill, sizeof(rl_skill) * S * scene->Q);
    memcpy(merger->alone, from->alone, sizeof(double) * scene->A);
    merger->alone_served = from->alone_served;
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

static void join_skills(rl_merger *merger, size_t a, size_t b)
{
    size_t Q = merger->scene->Q;
    for (size_t q = 0; q < Q; q++) {
        rl_skill *into = &merger->skill[a * Q + q];
        const rl_skill *from = &merger->skill[b * Q + q];
        into->speed_hz += from->speed_hz;
        into->cost += from->cost;
        into->cost_max = larger(into->cost_max, from->cost_max);
        into->memory += from->memory;
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
    into->above += from->above;
    into->owner = rl_owner_of_both(into->owner, from->owner);
    join_skills(merger, (size_t)a, (size_t)b);
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
