// SPDX-License-Identifier: Apache-2.0
// mlp.h - the small network by its definition: one output at a time, one sum after the
// other.

#ifndef DCAT_BENCH_REFERENCE_MLP_H
#define DCAT_BENCH_REFERENCE_MLP_H

#include "learn/net/mlp.h"

#include <stdbool.h>

// y = W^T x + b, rectified or not; W is [in, out].
static inline void reference_layer(size_t in, size_t out, const float *w, const float *b,
                                   const float *x, bool rectify, float *y)
{
    for (size_t j = 0; j < out; j++) {
        float sum = b[j];
        for (size_t i = 0; i < in; i++) {
            sum += w[i * out + j] * x[i];
        }
        y[j] = rectify && sum < 0.0f ? 0.0f : sum;
    }
}

// One row x [in] to y [out].
static inline void reference_mlp_forward(rl_mlp net, const float *weights, const float *x, float *y)
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    float hidden_1[RL_HIDDEN_MAX], hidden_2[RL_HIDDEN_MAX];
    reference_layer(net.in, net.hidden, &weights[at.w1], &weights[at.b1], x, true, hidden_1);
    reference_layer(net.hidden, net.hidden, &weights[at.w2], &weights[at.b2], hidden_1, true,
                    hidden_2);
    reference_layer(net.hidden, net.out, &weights[at.w3], &weights[at.b3], hidden_2, false, y);
}

#endif
