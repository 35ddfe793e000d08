// SPDX-License-Identifier: Apache-2.0
// draws.h (internal) - draws that differ by their index alone, several at once.

#ifndef DCAT_BASE_DRAWS_H
#define DCAT_BASE_DRAWS_H

#include "dcat/rng.h"

#include <stddef.h>

#define DRAW_ROW 8 // as many cost hardly more than one

// draws[i] is dcat_draw_at of index first + i, which stays below 2^32. count is a multiple of
// DRAW_ROW.
void draw_many(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle, uint32_t slot,
               uint32_t first, size_t count, dcat_draw *draws);

#endif
