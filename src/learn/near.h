// SPDX-License-Identifier: Apache-2.0
// near.h (internal) - the few nearest servers of each.

#ifndef DCAT_LEARN_NEAR_H
#define DCAT_LEARN_NEAR_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

#define RL_NEAR_MAX 12 // of a server

typedef struct rl_near {
    int32_t *server; // [S, RL_NEAR_MAX] nearest first
    double *distance_m;
    int32_t *count; // [S]
} rl_near;

void rl_near_layout(arena *a, size_t server_count, rl_near *near);

// None yet.
void rl_near_clear(rl_near *near, size_t server_count);

// Another server of i's, to be kept while it is among the nearest.
void rl_near_offer(rl_near *near, size_t i, int32_t other, double distance_m);

// Is other one of those nearest to i?
bool rl_near_has(const rl_near *near, size_t i, int32_t other);

#endif
