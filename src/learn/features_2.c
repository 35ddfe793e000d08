// SPDX-License-Identifier: Apache-2.0
// What version 2 of the features adds: what a union is to classes of work, to the work that asks
// for it, and to rivals.

#include "base/bits.h"
#include "learn/feature_math.h"

// Sums over areas near the union, weighed by their demand.
typedef struct near_sums {
    double weight;
    double no_device;
    double needed_hz; // to finish a mean task in time
    double cost;      // of a cycle: what u bids less the mean of servers near
    double cheaper;   // chance that one of them is cheaper
    double alone;
} near_sums;

#define SLACK_LEAST 0.05 // of the mean deadline: where data alone takes all the time

// What the union bids for a cycle of a class, as far as costs go.
static double bid_of(const rl_merger *merger, int32_t ka, int32_t kb, size_t q)
{
    const rl_scene *scene = merger->scene;
    const rl_skill *a = &merger->skill[(size_t)ka * scene->Q + q];
    const rl_skill *b = &merger->skill[(size_t)kb * scene->Q + q];
    double speed_hz = a->speed_hz + b->speed_hz;
    if (scene->bids_dearest) {
        return larger(a->cost_max, b->cost_max);
    }
    return speed_hz > 0.0 ? (a->cost + b->cost) / speed_hz : 0.0;
}

static void look_near(const rl_merger *merger, int32_t ka, int32_t kb, near_sums *sums)
{
    const rl_scene *scene = merger->scene;
    const double *transfer_a = &merger->transfer_s[(size_t)ka * scene->A];
    const double *transfer_b = &merger->transfer_s[(size_t)kb * scene->A];
    double class_hz[DCAT_CLASS_MAX], bid[DCAT_CLASS_MAX];
    size_t other = (size_t)kb;
    class_speeds(merger, (size_t)ka, &other, class_hz);
    for (size_t q = 0; q < scene->Q; q++) {
        bid[q] = bid_of(merger, ka, kb, q);
    }
    for (size_t area = 0; area < scene->A; area++) {
        size_t q = (size_t)scene->area_class[area];
        double transfer_s = smaller(transfer_a[area], transfer_b[area]);
        double weight = scene->area_demand_hz[area] * (within_reach(scene, transfer_s, 2) + 1e-3);
        double slack_s =
            larger(scene->area_slack_s[area] - transfer_s, SLACK_LEAST * scene->deadline_s);
        bool able = class_hz[q] > 0.0;
        double dearer = able ? bid[q] - scene->area_cost[area] : 0.0;
        sums->weight += weight;
        sums->no_device += able ? 0.0 : weight;
        sums->needed_hz += weight * scene->area_work[area] / slack_s;
        sums->cost += weight * dearer;
        sums->cheaper +=
            weight * clamp01(0.5 + dearer / (2.0 * SQRT_3 * scene->area_cost_sd[area] + 1e-30));
        sums->alone += weight * merger->alone[area];
    }
}

// Work that the union can finish in time and neither part can, of what it can; pair_features has
// left the union's chances.
static double gained(const rl_merger *merger, int32_t ka, int32_t kb)
{
    const rl_scene *scene = merger->scene;
    const double *chance_a = &merger->chance[(size_t)ka * scene->A];
    const double *chance_b = &merger->chance[(size_t)kb * scene->A];
    double gain_hz = 0.0, all_hz = 1e-3 * scene->demand_hz;
    for (size_t area = 0; area < scene->A; area++) {
        double chance = merger->pair_chance[area];
        double more = chance - larger(chance_a[area], chance_b[area]);
        gain_hz += scene->area_demand_hz[area] * larger(more, 0.0);
        all_hz += scene->area_demand_hz[area] * chance;
    }
    return gain_hz / all_hz;
}

// Speed of all others who may join the union.
static double joinable_hz(const rl_merger *merger, int32_t ka, int32_t kb)
{
    const rl_scene *scene = merger->scene;
    const uint64_t *legal_a = &merger->legal[(size_t)ka * scene->words];
    const uint64_t *legal_b = &merger->legal[(size_t)kb * scene->words];
    double speed_hz = 0.0;
    for (size_t w = 0; w < scene->words; w++) {
        for (uint64_t left = legal_a[w] & legal_b[w]; left != 0; left &= left - 1) {
            speed_hz += scene->server_hz[64 * w + (size_t)__builtin_ctzll(left)];
        }
    }
    return speed_hz;
}

// Choice: how many servers a task needs is told up to some ten, the mean speed being one.
static double squash_needed(const rl_scene *scene, double needed_hz)
{
    return squash(needed_hz * (double)scene->S / scene->speed_hz / 4.0);
}

void rl_pair_features_2(const rl_merger *merger, int32_t ka, int32_t kb, float *x)
{
    const rl_scene *scene = merger->scene;
    const rl_cluster *a = &merger->cluster[ka], *b = &merger->cluster[kb];
    double speed_hz = a->speed_hz + b->speed_hz;
    near_sums sums = {0};
    look_near(merger, ka, kb, &sums);
    double per_weight = 1.0 / sums.weight;
    double needed_hz = sums.needed_hz * per_weight;
    double most_hz = speed_hz + joinable_hz(merger, ka, kb);
    x[RL_PAIR_together] = (float)gained(merger, ka, kb);
    x[RL_PAIR_no_device] = (float)(sums.no_device * per_weight);
    x[RL_PAIR_dear_members] = (float)((double)(a->above + b->above) / (a->size + b->size));
    x[RL_PAIR_cost_rivals] = (float)(sums.cost * per_weight * 10.0 / scene->unit_fee);
    x[RL_PAIR_rivals_cheaper] = (float)(sums.cheaper * per_weight);
    x[RL_PAIR_needed] = (float)squash_needed(scene, needed_hz);
    x[RL_PAIR_shortfall] = (float)larger(1.0 - speed_hz / needed_hz, 0.0);
    x[RL_PAIR_shortfall_most] = (float)larger(1.0 - most_hz / needed_hz, 0.0);
    x[RL_PAIR_alone] = (float)(sums.alone * per_weight);
    x[RL_PAIR_owners] = rl_owner_of_both(a->owner, b->owner) == OWNERS_MIXED ? 1.0f : 0.0f;
}

void rl_pool_features_2(const rl_merger *merger, float *x)
{
    const rl_scene *scene = merger->scene;
    double slack_s = larger(1.0 - (double)scene->world_pair[3], SLACK_LEAST) * scene->deadline_s;
    double needed_hz = scene->work_cycles / slack_s, lacking = 0.0;
    for (size_t p = 0; p < merger->live_count; p++) {
        lacking += larger(1.0 - merger->cluster[merger->live[p]].speed_hz / needed_hz, 0.0);
    }
    x[RL_POOL_mean_shortfall] = (float)(lacking / (double)merger->live_count);
    x[RL_POOL_pool_needed] = (float)squash_needed(scene, needed_hz);
    x[RL_POOL_pool_alone] = (float)merger->alone_served;
}
