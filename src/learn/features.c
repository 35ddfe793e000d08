// SPDX-License-Identifier: Apache-2.0
// Features and contexts of a pair of clusters, features of the whole partition.

#include "base/bits.h"
#include "dcat/x/actor.h"
#include "learn/feature_math.h"

#include <assert.h>
#include <string.h>

#define NAME(name) #name,
const char *const rl_pair_feature_names[RL_PAIR_COUNT] = {RL_PAIR_FEATURES(NAME)
                                                              RL_PAIR_FEATURES_2(NAME)};
const char *const rl_pool_feature_names[RL_POOL_COUNT] = {RL_POOL_FEATURES(NAME)
                                                              RL_POOL_FEATURES_2(NAME)};
const char *const rl_context_names[RL_CONTEXT_COUNT] = {RL_CONTEXTS(NAME)};
#undef NAME

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
    double demand_hz[RL_SCALES], class_hz[DCAT_CLASS_MAX];
    size_t other = (size_t)kb;
    class_speeds(merger, (size_t)ka, &other, class_hz);
    rl_demand_of(scene, class_hz, &merger->transfer_s[(size_t)ka * scene->A],
                 &merger->transfer_s[(size_t)kb * scene->A], demand_hz, merger->pair_chance);
    double least_hz =
        1e-6 * scene->demand_hz; // so that weights of a pair that can do nothing are 0
    double scale = 1.0 / larger(demand_hz[RL_CONTEXT_WAIT], least_hz);
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
    double per_deadline = 1.0 / (scene->deadline_s * RL_REACH_SOFTNESS);
    for (size_t area = 0; area < scene->A; area++) {
        double transfer_s = smaller(transfer_a[area], transfer_b[area]);
        double demand_hz = scene->area_demand_hz[area];
        double difference_s = transfer_a[area] - transfer_b[area];
        mean_s += demand_hz * transfer_s;
        apart_s += demand_hz * (difference_s < 0.0 ? -difference_s : difference_s);
        least_s = smaller(least_s, transfer_s);
        for (int scale = 0; scale < RL_SCALES; scale++) {
            double near = clamp01(rl_reach_of_deadline[scale] / RL_REACH_SOFTNESS + 0.5 -
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
    int both = bits_count_both(legal_a, legal_b, scene->words);
    // Of those that may join a, the members of b are no alternative to b, and the reverse.
    int of_a = bits_count(legal_a, scene->words) - merger->cluster[kb].size;
    int of_b = bits_count(legal_b, scene->words) - merger->cluster[ka].size;
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
    if (scene->version > 1) {
        rl_pair_features_2(merger, ka, kb, x);
    }
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
    if (scene->version > 1) {
        rl_pool_features_2(merger, x);
    }
}

dcat_actor_features dcat_actor_features_view(int version)
{
    version = version == 0 ? RL_FEATURE_VERSION : version;
    return (dcat_actor_features){
        .version = version,
        .pair_count = (int)rl_pair_count_of(version),
        .context_count = RL_CONTEXT_COUNT,
        .partition_count = (int)rl_pool_count_of(version),
        .pair = rl_pair_feature_names,
        .context = rl_context_names,
        .partition = rl_pool_feature_names,
    };
}
