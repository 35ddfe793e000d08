// SPDX-License-Identifier: Apache-2.0
#include "learn/near.h"

#include <string.h>

void rl_near_layout(arena *a, size_t server_count, rl_near *near)
{
    near->server = ARENA_ARRAY(a, int32_t, server_count * RL_NEAR_MAX);
    near->distance_m = ARENA_ARRAY(a, double, server_count *RL_NEAR_MAX);
    near->count = ARENA_ARRAY(a, int32_t, server_count);
}

void rl_near_clear(rl_near *near, size_t server_count)
{
    memset(near->count, 0, sizeof *near->count * server_count);
}

// Is a nearer to i than b? Of equally far ones that with the nearer number, then the lower: where
// many servers stand in one place, none is everybody's neighbour.
static bool is_nearer(int32_t i, int32_t a, double a_m, int32_t b, double b_m)
{
    int32_t a_apart = a > i ? a - i : i - a, b_apart = b > i ? b - i : i - b;
    if (a_m < b_m || a_m > b_m) {
        return a_m < b_m;
    }
    return a_apart != b_apart ? a_apart < b_apart : a < b;
}

void rl_near_offer(rl_near *near, size_t i, int32_t other, double distance_m)
{
    int32_t *server = &near->server[i * RL_NEAR_MAX];
    double *server_m = &near->distance_m[i * RL_NEAR_MAX];
    int32_t at = near->count[i], self = (int32_t)i;
    if (at < RL_NEAR_MAX) {
        near->count[i]++;
    } else if (is_nearer(self, other, distance_m, server[at - 1], server_m[at - 1])) {
        at--; // takes the place of the farthest
    } else {
        return;
    }
    while (at > 0 && is_nearer(self, other, distance_m, server[at - 1], server_m[at - 1])) {
        server[at] = server[at - 1];
        server_m[at] = server_m[at - 1];
        at--;
    }
    server[at] = other;
    server_m[at] = distance_m;
}

bool rl_near_has(const rl_near *near, size_t i, int32_t other)
{
    for (int32_t n = 0; n < near->count[i]; n++) {
        if (near->server[i * RL_NEAR_MAX + (size_t)n] == other) {
            return true;
        }
    }
    return false;
}
