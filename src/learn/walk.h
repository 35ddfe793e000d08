// SPDX-License-Identifier: Apache-2.0
// walk.h (internal) - merging from single servers until the actor stops: greedy or sampled.
//
// A step chooses among the live candidates and stop. Merging only re-scores the pairs of the merged
// cluster. When learning, every scored pair keeps its features as a row; since a pair takes part in
// many choices, the derivative of the log-probability and of the entropy with respect to its score
// is summed over the steps on a tape, and goes back through the network once per row. Features
// depend on the members of the two clusters alone, so samples of one scene share rows.

#ifndef DCAT_LEARN_WALK_H
#define DCAT_LEARN_WALK_H

#include "learn/features.h"
#include "learn/net/actor.h"

typedef struct rl_pair {
    int32_t a, b; // clusters, a < b
    int32_t row;
    float score;
    float context[RL_CONTEXT_COUNT]; // of this step
    float d_log[RL_CONTEXT_COUNT];   // by answer of the pair network, summed over the steps so far
    float d_entropy[RL_CONTEXT_COUNT];
} rl_pair;

// Rows of pairs, for one scene or several. Capacity is for the worst case. Deciding keeps neither
// features nor keys.
typedef struct rl_rows {
    float *answer;      // [row_max, RL_CONTEXT_COUNT] of the pair network
    float *area_weight; // [row_max, A]
    float *x;           // [row_max, inputs of the actor]; NULL when deciding, as are those below
    float *d;           // [row_max, RL_CONTEXT_COUNT] derivative of the loss by answer
    uint64_t *key;      // [slot_count] of a pair's members; 0 is free
    int32_t *slot;      // [slot_count] row
    size_t row_max, row_count, area_count;
    size_t answered_count; // rows that the network has answered
    size_t slot_count;     // a power of two
    float *stop_x;         // [stop_max, inputs of the actor's stop]
    float *stop_d;         // [stop_max]
    size_t stop_max, stop_count;
} rl_rows;

typedef struct rl_tape_entry {
    int32_t row;
    float d_log[RL_CONTEXT_COUNT], d_entropy[RL_CONTEXT_COUNT];
} rl_tape_entry;

typedef struct rl_stop_entry {
    int32_t row;
    float d_log, d_entropy;
} rl_stop_entry;

// One sampled clustering.
typedef struct rl_sample {
    int32_t *cluster_of; // [S] canonical
    rl_tape_entry *tape; // [tape_count] pairs
    size_t tape_count;
    rl_stop_entry *stop_tape; // [stop_count] steps
    size_t stop_count;
    double log_probability;
    double entropy; // summed over steps
    size_t step_count;
    int32_t *merged;            // [step_count, 2] what each step merged; -1, -1 for stop
    float state[RL_POOL_COUNT]; // pool features of the single servers it started from
    float pool[RL_POOL_COUNT];  // and of the partition reached
} rl_sample;

typedef struct rl_walk {
    const dcat_actor *actor;
    rl_scene scene;
    rl_merger start, merger;
    rl_pair *start_pairs, *pairs; // [pair_max]
    size_t start_count, pair_count, pair_max;
    int32_t joiner;            // the server whose turn it is, in one pass
    float *exponential;        // [pair_max + 1] of the current softmax
    float pool[RL_POOL_COUNT]; // of the single servers: what the critic sees of the state
    int32_t *scratch;          // [S]
    rl_rows *rows;
    // Set: new rows are scored together by matrix products. NULL: one by one in a fixed order, so
    // that decisions are the same bits everywhere.
    const rl_mlp_scratch *batch;
} rl_walk;

// Place a walk's arrays for this whole world, or for parts of it up to a size.
void rl_walk_layout(arena *a, const dcat_world *world, rl_walk *walk);
void rl_walk_layout_sized(arena *a, const dcat_world *world, rl_size room, rl_walk *walk);

// Room for sample_max samples of scene_max scenes; sample_max 0: for decisions.
void rl_rows_layout(arena *a, const dcat_world *world, size_t pair_max, size_t sample_max,
                    size_t scene_max, rl_rows *rows);
void rl_rows_layout_sized(arena *a, rl_size room, size_t sample_max, size_t scene_max,
                          rl_rows *rows);
void rl_rows_clear(rl_rows *rows);
void rl_rows_forget(rl_rows *rows); // which pairs have rows: other features are to come
void rl_sample_layout(arena *a, size_t pair_max, size_t S, rl_sample *sample);

// Look at a world; false when nothing arrived. Then sample or decide as often as wished.
bool rl_walk_begin(rl_walk *walk, const dcat_actor *actor, const dcat_observation *observation,
                   const dcat_auction *auction);

// The same at a part of a world; the clusterings are of its servers, by their places in it.
bool rl_walk_begin_market(rl_walk *walk, const dcat_actor *actor, const rl_market *market,
                          const dcat_auction *auction);

// A clustering drawn from the softmax, without a tape. Writes canonical cluster_of.
void rl_walk_draw(rl_walk *walk, dcat_rng *rng, int32_t *cluster_of);

// The best-scored choice at every step, ties to the earlier candidate. Writes canonical cluster_of.
void rl_walk_decide(rl_walk *walk, int32_t *cluster_of);

// A sampled clustering with its tape. walk->rows must be for samples.
void rl_walk_sample(rl_walk *walk, dcat_rng *rng, rl_sample *sample);

// The same, but only merges that keep within the clusters of target [S] are drawn, as the actor
// would draw among these, then stop: how the actor would have come there.
void rl_walk_follow(rl_walk *walk, dcat_rng *rng, const int32_t *target, rl_sample *sample);

// Add to the rows the derivative of weight_log * log_probability + weight_entropy * entropy.
void rl_sample_weigh(const rl_sample *sample, float weight_log, float weight_entropy,
                     rl_rows *rows);

// Send the rows' derivatives back through both networks of the actor, adding to gradient.
void rl_rows_backward(const rl_rows *rows, const dcat_actor *actor, const rl_mlp_scratch *scratch,
                      float *gradient);

#endif
