// SPDX-License-Identifier: Apache-2.0
// poisson.h - Poisson counts from counter-based draws.

#ifndef DCAT_WORLD_POISSON_H
#define DCAT_WORLD_POISSON_H

#include "dcat/rng.h"
#include <math.h>
#include <stddef.h>

// A Poisson variable of this mean exceeds the bound with probability below 1e-12: eight standard
// deviations, plus a constant that covers small means, where the tail is not normal.
static inline size_t poisson_bound(double mean)
{
    return (size_t)(mean + 8.0 * sqrt(mean) + 40.0);
}

// Poisson count of the given mean >= 0, at most count_max; draws are (seed, stream, part, cycle,
// slot, 0...). O(mean), like the work of making that many tasks.
size_t poisson_draw(double mean, size_t count_max, uint64_t seed, dcat_stream stream, uint32_t part,
                    uint32_t cycle, uint32_t slot);

#endif
