// SPDX-License-Identifier: Apache-2.0
#include "world/poisson.h"

// A mean above this is split into a sum of Poisson variables: exp(-mean) must not underflow.
#define CHUNK_MEAN 32.0

// Inversion: the smallest count whose cumulative probability exceeds uniform.
static size_t invert(double mean, double uniform)
{
    double probability = exp(-mean);
    double cumulative = probability;
    size_t count = 0;
    size_t count_max = poisson_bound(mean); // rounding could keep cumulative below uniform forever
    while (uniform >= cumulative && count < count_max) {
        count++;
        probability *= mean / (double)count;
        cumulative += probability;
    }
    return count;
}

size_t poisson_draw(double mean, size_t count_max, uint64_t seed, dcat_stream stream, uint32_t part,
                    uint32_t cycle, uint32_t slot)
{
    size_t count = 0;
    dcat_draw draw = {{0}};
    for (uint32_t chunk = 0; mean > 0.0; chunk++) {
        if (chunk % 2 == 0) {
            draw = dcat_draw_at(seed, stream, part, cycle, slot, chunk / 2);
        }
        count += invert(fmin(mean, CHUNK_MEAN), dcat_draw_uniform(&draw, (int)(chunk % 2)));
        mean -= CHUNK_MEAN;
    }
    return count < count_max ? count : count_max;
}
