// SPDX-License-Identifier: Apache-2.0
// mlp.h (internal) - a small network: two hidden layers of rectified units, a few outputs.
//
// Two ways to the same output. One row at a time by loops in a fixed order, for decisions: the same
// bits on every machine. Many rows at a time by CBLAS, for learning: fast, and equal up to
// rounding. Weights are one array: W1 [in, hidden], b1, W2 [hidden, hidden], b2, W3 [hidden, out],
// b3.

#ifndef DCAT_LEARN_NET_MLP_H
#define DCAT_LEARN_NET_MLP_H

#include <stddef.h>
#include <stdint.h>

#define RL_HIDDEN_MAX 256
#define RL_HIDDEN_MULTIPLE 8 // hidden units come in eights: one vector register
#define RL_BATCH 256         // rows per matrix product

typedef struct rl_mlp {
    size_t in, hidden, out;
} rl_mlp;

typedef struct rl_mlp_parts { // offsets into the weights
    size_t w1, b1, w2, b2, w3, b3, count;
} rl_mlp_parts;

rl_mlp_parts rl_mlp_parts_of(rl_mlp net);

// Weights for a fresh network: He's scale, the last layer times out_scale; biases 0.
void rl_mlp_init(rl_mlp net, float *weights, uint64_t seed, uint32_t part, float out_scale);

// One row x [in] to y [out].
void rl_mlp_forward(rl_mlp net, const float *weights, const float *x, float *y);

// What a batch needs between forward and backward.
typedef struct rl_mlp_scratch {
    float *hidden_1, *hidden_2; // [RL_BATCH, RL_HIDDEN_MAX]
    float *delta_1, *delta_2;   // [RL_BATCH, RL_HIDDEN_MAX]
} rl_mlp_scratch;

// Rows x [row_count, in] to y [row_count, out].
void rl_mlp_forward_rows(rl_mlp net, const float *weights, const float *x, size_t row_count,
                         const rl_mlp_scratch *scratch, float *y);

// Add to gradient the derivative of the sum over rows and outputs of dy * y. Runs forward again, so
// it needs no memory of it.
void rl_mlp_backward_rows(rl_mlp net, const float *weights, const float *x, const float *dy,
                          size_t row_count, const rl_mlp_scratch *scratch, float *gradient);

#endif
