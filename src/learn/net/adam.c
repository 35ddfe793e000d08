// SPDX-License-Identifier: Apache-2.0
#include "learn/net/adam.h"

#include <math.h>

#define MEAN_DECAY 0.9f
#define SQUARE_DECAY 0.999f
#define EPSILON 1e-8f

// By squaring, since pow() of another C library or processor may differ in the last bit, and ranks
// must take the same step.
static double power(double base, uint64_t exponent)
{
    double result = 1.0;
    for (; exponent > 0; exponent >>= 1) {
        result *= (exponent & 1) != 0 ? base : 1.0;
        base *= base;
    }
    return result;
}

void rl_adam_apply(rl_adam *adam, float *weights, const float *gradient, size_t first, size_t count,
                   double rate)
{
    double mean_bias = 1.0 - power((double)MEAN_DECAY, adam->step + 1);
    double square_bias = 1.0 - power((double)SQUARE_DECAY, adam->step + 1);
    float scale = (float)(rate / mean_bias);
    float root = (float)(1.0 / square_bias);
    for (size_t i = first; i < first + count; i++) {
        float g = gradient[i];
        adam->mean[i] += (1.0f - MEAN_DECAY) * (g - adam->mean[i]);
        adam->square[i] += (1.0f - SQUARE_DECAY) * (g * g - adam->square[i]);
        weights[i] -= scale * adam->mean[i] / (sqrtf(adam->square[i] * root) + EPSILON);
    }
}

double rl_norm(const float *x, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sqrt(sum);
}
