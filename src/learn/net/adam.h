// SPDX-License-Identifier: Apache-2.0
// adam.h (internal) - Adam, the optimiser. Source: Kingma and Ba, 2015.

#ifndef DCAT_LEARN_NET_ADAM_H
#define DCAT_LEARN_NET_ADAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct rl_adam {
    float *mean, *square; // [count] running moments of the gradient
    size_t count;
    uint64_t step;
} rl_adam;

// Step the weights in [first, first + count) against the gradient. The step counter moves on only
// by rl_adam_advance, so that parts of one array can have rates of their own.
void rl_adam_apply(rl_adam *adam, float *weights, const float *gradient, size_t first, size_t count,
                   double rate);
static inline void rl_adam_advance(rl_adam *adam)
{
    adam->step++;
}

double rl_norm(const float *x, size_t count);

#endif
