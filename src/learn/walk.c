// SPDX-License-Identifier: Apache-2.0
#include "learn/walk.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define CLOSED_SCORE (-1e30f) // of a pair that may not be chosen now; its probability is 0

// --- memory

void rl_walk_layout(arena *a, const dcat_world *world, rl_walk *walk)
{
    rl_walk_layout_sized(a, world, rl_size_of(world), walk);
}

void rl_walk_layout_sized(arena *a, const dcat_world *world, rl_size room, rl_walk *walk)
{
    walk->pair_max = room.pair_max;
    rl_scene_layout(a, world, room, &walk->scene);
    rl_merger_layout(a, room, &walk->start);
    rl_merger_layout(a, room, &walk->merger);
    walk->start_pairs = ARENA_ARRAY(a, rl_pair, walk->pair_max);
    walk->pairs = ARENA_ARRAY(a, rl_pair, walk->pair_max);
    walk->exponential = ARENA_ARRAY(a, float, walk->pair_max + 1);
    walk->scratch = ARENA_ARRAY(a, int32_t, room.S);
    walk->rows = NULL; // the caller's, as is batch
    walk->batch = NULL;
}

// --- scoring

static int32_t make_row(rl_walk *walk, int32_t a, int32_t b)
{
    rl_rows *rows = walk->rows;
    assert(rows->row_count < rows->row_max);
    size_t row = rows->row_count++;
    float unkept[RL_PAIR_COUNT];
    float *x = rows->x != NULL ? &rows->x[row * walk->actor->pair.in] : unkept;
    rl_pair_features(&walk->merger, a, b, x, &rows->area_weight[row * rows->area_count]);
    if (walk->batch == NULL) {
        rl_mlp_forward(walk->actor->pair, walk->actor->weights, x,
                       &rows->answer[row * RL_CONTEXT_COUNT]);
    }
    if (rows->d != NULL) {
        memset(&rows->d[row * RL_CONTEXT_COUNT], 0, sizeof(float) * RL_CONTEXT_COUNT);
    }
    return (int32_t)row;
}

// The network's answers to the rows made since the last time, in one batch.
static void answer_rows(rl_walk *walk)
{
    rl_rows *rows = walk->rows;
    size_t first = rows->answered_count;
    if (walk->batch != NULL) {
        rl_mlp_forward_rows(walk->actor->pair, walk->actor->weights,
                            &rows->x[first * walk->actor->pair.in], rows->row_count - first,
                            walk->batch, &rows->answer[first * RL_CONTEXT_COUNT]);
    }
    rows->answered_count = rows->row_count;
}

// The row of a pair of member sets, made unless it is there already.
static int32_t find_row(rl_walk *walk, int32_t a, int32_t b)
{
    rl_rows *rows = walk->rows;
    if (rows->key == NULL) {
        return make_row(walk, a, b);
    }
    uint64_t hash_a = walk->merger.cluster[a].hash, hash_b = walk->merger.cluster[b].hash;
    uint64_t key = dcat_mix64(hash_a + hash_b) ^ (hash_a * hash_b);
    key += key == 0;
    size_t mask = rows->slot_count - 1;
    size_t at = (size_t)key & mask;
    while (rows->key[at] != 0 && rows->key[at] != key) {
        at = (at + 1) & mask;
    }
    if (rows->key[at] == 0) {
        rows->key[at] = key;
        rows->slot[at] = make_row(walk, a, b);
    }
    return rows->slot[at];
}

static void add_pair(rl_walk *walk, int32_t a, int32_t b)
{
    assert(walk->pair_count < walk->pair_max);
    int32_t low = a < b ? a : b, high = a < b ? b : a;
    walk->pairs[walk->pair_count++] =
        (rl_pair){.a = low, .b = high, .row = find_row(walk, low, high)};
}

// In one pass, only the server whose turn it is may join, and only clusters of earlier servers,
// which have the smaller label.
static bool is_open(const rl_walk *walk, const rl_pair *pair)
{
    return !walk->actor->join || pair->b == walk->joiner;
}

// What was chosen ends the walk? Merging ends by stopping. In one pass to stop is to stay alone,
// and it is the next server's turn either way.
static bool ends_walk(rl_walk *walk, bool stopped)
{
    if (!walk->actor->join) {
        return stopped;
    }
    walk->joiner++;
    return walk->joiner == (int32_t)walk->scene.S;
}

// Score every live pair as things stand: answers of the network times contexts.
static void score_pairs(rl_walk *walk)
{
    const rl_rows *rows = walk->rows;
    for (size_t p = 0; p < walk->pair_count; p++) {
        rl_pair *pair = &walk->pairs[p];
        const float *answer = &rows->answer[(size_t)pair->row * RL_CONTEXT_COUNT];
        rl_pair_contexts(&walk->merger, &rows->area_weight[(size_t)pair->row * rows->area_count],
                         pair->context);
        float score = 0.0f;
        for (size_t j = 0; j < RL_CONTEXT_COUNT; j++) {
            score += answer[j] * pair->context[j];
        }
        pair->score = is_open(walk, pair) ? score : CLOSED_SCORE;
    }
}

static void add_pairs_of(rl_walk *walk, int32_t cluster)
{
    const rl_merger *merger = &walk->merger;
    for (size_t p = 0; p < merger->live_count; p++) {
        int32_t other = merger->live[p];
        if (other != cluster && rl_merger_legal(merger, cluster, other)) {
            add_pair(walk, cluster, other);
        }
    }
}

// The scene is set: single servers and their pairs.
static void begin(rl_walk *walk)
{
    rl_rows_forget(walk->rows); // another scene gives the same members other features
    if (walk->rows->x == NULL) {
        walk->rows->row_count = 0;
        walk->rows->answered_count = 0;
    }
    rl_merger_start(&walk->start, &walk->scene);
    rl_merger_copy(&walk->merger, &walk->start);
    walk->pair_count = 0;
    for (int32_t a = 0; a < (int32_t)walk->scene.S; a++) {
        for (int32_t b = a + 1; b < (int32_t)walk->scene.S; b++) {
            if (rl_merger_legal(&walk->merger, a, b)) {
                add_pair(walk, a, b);
            }
        }
    }
    answer_rows(walk);
    walk->start_count = walk->pair_count;
    memcpy(walk->start_pairs, walk->pairs, sizeof *walk->pairs * walk->pair_count);
    rl_pool_features(&walk->start, walk->start_count, walk->pool);
}

bool rl_walk_begin(rl_walk *walk, const dcat_actor *actor, const dcat_observation *observation,
                   const dcat_auction *auction)
{
    walk->actor = actor;
    walk->scene.version = actor->feature_version;
    bool seen = rl_scene_set(&walk->scene, observation, auction, actor->blind);
    if (seen) {
        begin(walk);
    }
    return seen;
}

bool rl_walk_begin_market(rl_walk *walk, const dcat_actor *actor, const rl_market *market,
                          const dcat_auction *auction)
{
    walk->actor = actor;
    walk->scene.version = actor->feature_version;
    bool seen = rl_scene_set_market(&walk->scene, market, auction, actor->blind);
    if (seen) {
        begin(walk);
    }
    return seen;
}

static void restart(rl_walk *walk)
{
    rl_merger_copy(&walk->merger, &walk->start);
    walk->pair_count = walk->start_count;
    walk->joiner = 1; // the first has nobody to join
    memcpy(walk->pairs, walk->start_pairs, sizeof *walk->pairs * walk->pair_count);
    if (walk->rows->x == NULL) {
        walk->rows->row_count = walk->start_count; // the last walk's are not kept
    }
}

static void write_tape(rl_sample *sample, const rl_pair *pair)
{
    rl_tape_entry *entry = &sample->tape[sample->tape_count++];
    entry->row = pair->row;
    memcpy(entry->d_log, pair->d_log, sizeof entry->d_log);
    memcpy(entry->d_entropy, pair->d_entropy, sizeof entry->d_entropy);
}

// Merge the clusters of a candidate. Its pairs and its parts' end (onto the sample's tape, when
// there is one), the union's begin.
static void merge(rl_walk *walk, rl_pair chosen, rl_sample *sample)
{
    size_t kept = 0;
    for (size_t p = 0; p < walk->pair_count; p++) {
        rl_pair pair = walk->pairs[p];
        bool ends =
            pair.a == chosen.a || pair.b == chosen.a || pair.a == chosen.b || pair.b == chosen.b;
        if (!ends) {
            walk->pairs[kept++] = pair;
        } else if (sample != NULL) {
            write_tape(sample, &pair);
        }
    }
    walk->pair_count = kept;
    rl_merger_join(&walk->merger, chosen.a, chosen.b);
    add_pairs_of(walk, chosen.a);
    answer_rows(walk);
}

static void write_clusters(rl_walk *walk, int32_t *cluster_of)
{
    size_t S = walk->scene.S;
    memcpy(cluster_of, walk->merger.cluster_of, sizeof *cluster_of * S);
    dcat_partition_canonical(cluster_of, S, walk->scratch);
}

static float score_stop(rl_walk *walk, float *x)
{
    rl_pool_features(&walk->merger, walk->pair_count, x);
    float score;
    rl_mlp_forward(walk->actor->stop, &walk->actor->weights[walk->actor->stop_at], x, &score);
    return score;
}

// --- deciding

void rl_walk_decide(rl_walk *walk, int32_t *cluster_of)
{
    restart(walk);
    for (bool ended = false; !ended && walk->pair_count > 0;) {
        score_pairs(walk);
        size_t best = 0;
        for (size_t p = 1; p < walk->pair_count; p++) {
            best = walk->pairs[p].score > walk->pairs[best].score ? p : best;
        }
        float x[RL_POOL_COUNT];
        bool stopped = score_stop(walk, x) >= walk->pairs[best].score;
        if (!stopped) {
            merge(walk, walk->pairs[best], NULL);
        }
        ended = ends_walk(walk, stopped);
    }
    write_clusters(walk, cluster_of);
}

// --- sampling

// exp(x) for x <= 0, to a relative 3e-7. The C library's may differ in the last bit from one
// version to the next, and then so would sampled decisions.
static float exponential(float x)
{
    if (!(x >= -87.0f)) { // nor is there a number where weights are so large that scores overflow
        return 0.0f;
    }
    int32_t power = (int32_t)(x * 1.44269504f - 0.5f); // to the nearest, since x <= 0
    float rest = (x - (float)power * 0.693359375f) + (float)power * 2.12194440e-4f;
    float y = 1.0f / 5040.0f;
    y = y * rest + 1.0f / 720.0f;
    y = y * rest + 1.0f / 120.0f;
    y = y * rest + 1.0f / 24.0f;
    y = y * rest + 1.0f / 6.0f;
    y = y * rest + 0.5f;
    y = y * rest + 1.0f;
    y = y * rest + 1.0f;
    const uint32_t bits = (uint32_t)(power + 127) << 23; // 2^power
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return y * scale;
}

// Probabilities of the candidates and stop, which comes last. Returns the sum of exp(score - top).
static double softmax(rl_walk *walk, float stop_score, float *highest)
{
    float top = stop_score;
    for (size_t p = 0; p < walk->pair_count; p++) {
        top = walk->pairs[p].score > top ? walk->pairs[p].score : top;
    }
    double sum = 0.0;
    for (size_t p = 0; p < walk->pair_count; p++) {
        walk->exponential[p] = exponential(walk->pairs[p].score - top);
        sum += (double)walk->exponential[p];
    }
    walk->exponential[walk->pair_count] = exponential(stop_score - top);
    sum += (double)walk->exponential[walk->pair_count];
    float scale = (float)(1.0 / sum);
    for (size_t p = 0; p <= walk->pair_count; p++) {
        walk->exponential[p] *= scale;
    }
    *highest = top;
    return sum;
}

static size_t pick(const rl_walk *walk, double uniform)
{
    double cumulative = 0.0;
    for (size_t p = 0; p < walk->pair_count; p++) {
        cumulative += (double)walk->exponential[p];
        if (uniform < cumulative) {
            return p;
        }
    }
    return walk->pair_count; // stop
}

// Clusters are known by one of their members.
static bool leads_to(const rl_pair *pair, const int32_t *target)
{
    return target[pair->a] == target[pair->b];
}

// As pick, among the candidates that lead to the target; stop when none does.
static size_t pick_towards(const rl_walk *walk, const int32_t *target, double uniform)
{
    size_t chosen = walk->pair_count;
    double sum = 0.0, cumulative = 0.0;
    for (size_t p = 0; p < walk->pair_count; p++) {
        sum += leads_to(&walk->pairs[p], target) ? (double)walk->exponential[p] : 0.0;
    }
    for (size_t p = 0; p < walk->pair_count && cumulative <= uniform * sum; p++) {
        if (leads_to(&walk->pairs[p], target)) {
            cumulative += (double)walk->exponential[p];
            chosen = p;
        }
    }
    return chosen;
}

// Book one choice: d log p(chosen) / d score_j = [j chosen] - p_j, and
// d H / d score_j = -p_j (log p_j + H).
static void book(rl_walk *walk, float stop_score, double log_sum, size_t chosen, rl_sample *sample)
{
    const float *probability = walk->exponential;
    double entropy = log_sum - (double)(probability[walk->pair_count] * stop_score);
    for (size_t p = 0; p < walk->pair_count; p++) {
        entropy -= (double)(probability[p] * walk->pairs[p].score);
    }
    float shift = (float)(entropy - log_sum);
    for (size_t p = 0; p < walk->pair_count; p++) {
        rl_pair *pair = &walk->pairs[p];
        float by_log = (p == chosen ? 1.0f : 0.0f) - probability[p];
        float by_entropy = -probability[p] * (pair->score + shift);
        for (size_t j = 0; j < RL_CONTEXT_COUNT; j++) {
            pair->d_log[j] += by_log * pair->context[j];
            pair->d_entropy[j] += by_entropy * pair->context[j];
        }
    }
    float stop_probability = probability[walk->pair_count];
    bool stops = chosen == walk->pair_count;
    rl_stop_entry stop = {(int32_t)walk->rows->stop_count, -stop_probability,
                          -stop_probability * (stop_score + shift)};
    stop.d_log += stops ? 1.0f : 0.0f;
    sample->merged[2 * sample->step_count] = stops ? -1 : walk->pairs[chosen].a;
    sample->merged[2 * sample->step_count + 1] = stops ? -1 : walk->pairs[chosen].b;
    sample->stop_tape[sample->stop_count++] = stop;
    sample->log_probability += (double)(stops ? stop_score : walk->pairs[chosen].score) - log_sum;
    sample->entropy += entropy;
    sample->step_count++;
}

void rl_walk_draw(rl_walk *walk, dcat_rng *rng, int32_t *cluster_of)
{
    restart(walk);
    for (bool ended = false; !ended && walk->pair_count > 0;) {
        float x[RL_POOL_COUNT], top;
        float stop_score = score_stop(walk, x);
        score_pairs(walk);
        softmax(walk, stop_score, &top);
        size_t chosen = pick(walk, dcat_rng_uniform(rng));
        bool stopped = chosen == walk->pair_count;
        if (!stopped) {
            merge(walk, walk->pairs[chosen], NULL);
        }
        ended = ends_walk(walk, stopped);
    }
    write_clusters(walk, cluster_of);
}

// Towards a target unless it is NULL.
static void sample_walk(rl_walk *walk, dcat_rng *rng, const int32_t *target, rl_sample *sample)
{
    rl_rows *rows = walk->rows;
    restart(walk);
    sample->tape_count = sample->stop_count = sample->step_count = 0;
    sample->log_probability = sample->entropy = 0.0;
    for (bool ended = false; !ended && walk->pair_count > 0;) {
        assert(rows->stop_count < rows->stop_max);
        float stop_score = score_stop(walk, &rows->stop_x[rows->stop_count * walk->actor->stop.in]);
        rows->stop_d[rows->stop_count] = 0.0f;
        score_pairs(walk);
        float top;
        double sum = softmax(walk, stop_score, &top);
        double log_sum = log(sum) + (double)top;
        double uniform = dcat_rng_uniform(rng);
        size_t chosen = target == NULL ? pick(walk, uniform) : pick_towards(walk, target, uniform);
        book(walk, stop_score, log_sum, chosen, sample);
        rows->stop_count++;
        bool stopped = chosen == walk->pair_count;
        if (!stopped) {
            merge(walk, walk->pairs[chosen], sample);
        }
        ended = ends_walk(walk, stopped);
    }
    for (size_t p = 0; p < walk->pair_count; p++) {
        write_tape(sample, &walk->pairs[p]);
    }
    memcpy(sample->state, walk->pool, sizeof sample->state);
    rl_pool_features(&walk->merger, walk->pair_count, sample->pool);
    write_clusters(walk, sample->cluster_of);
}

void rl_walk_sample(rl_walk *walk, dcat_rng *rng, rl_sample *sample)
{
    sample_walk(walk, rng, NULL, sample);
}

void rl_walk_follow(rl_walk *walk, dcat_rng *rng, const int32_t *target, rl_sample *sample)
{
    sample_walk(walk, rng, target, sample);
}
