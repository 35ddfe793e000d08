// SPDX-License-Identifier: Apache-2.0
// Scores of pairs become clusters.

#include "py.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct wish {
    float score;
    uint32_t pair;
} wish;

size_t py_merge_bytes(const py_world *world)
{
    size_t S = dcat_world_server_count(world->world);
    return world->pair_count * sizeof(wish) + 2 * S * world->words * sizeof(uint64_t);
}

// Highest first, equal ones by number.
static int by_score(const void *a, const void *b)
{
    const wish *x = a, *y = b;
    if (x->score != y->score) {
        return x->score < y->score ? 1 : -1;
    }
    return x->pair < y->pair ? -1 : 1;
}

static bool overlap(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        if ((a[w] & b[w]) != 0) {
            return true;
        }
    }
    return false;
}

static void unite(uint64_t *into, const uint64_t *from, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        into[w] |= from[w];
    }
}

static int32_t root_of(int32_t *cluster_of, int32_t i)
{
    while (cluster_of[i] != i) {
        cluster_of[i] = cluster_of[cluster_of[i]];
        i = cluster_of[i];
    }
    return i;
}

void py_merge(const py_world *world, const float *scores, int32_t *cluster_of, void *scratch)
{
    size_t S = dcat_world_server_count(world->world), words = world->words;
    wish *wishes = scratch;
    size_t count = 0;
    for (size_t p = 0; p < world->pair_count; p++) {
        if (scores[p] > 0.0f) { // a NaN is no wish
            wishes[count++] = (wish){scores[p], (uint32_t)p};
        }
    }
    qsort(wishes, count, sizeof *wishes, by_score);
    // By root: its members, and the servers that are too far from one of them.
    uint64_t *members = (uint64_t *)(void *)(wishes + world->pair_count);
    uint64_t *far = members + S * words;
    memset(members, 0, S * words * sizeof *members);
    memcpy(far, world->far, S * words * sizeof *far);
    for (size_t i = 0; i < S; i++) {
        cluster_of[i] = (int32_t)i;
        members[i * words + i / 64] |= UINT64_C(1) << (i % 64);
    }
    for (size_t n = 0; n < count; n++) {
        const int32_t *pair = &world->pairs[2 * wishes[n].pair];
        int32_t a = root_of(cluster_of, pair[0]), b = root_of(cluster_of, pair[1]);
        size_t at = (size_t)a * words, from = (size_t)b * words;
        if (a != b && !overlap(&members[at], &far[from], words)) {
            unite(&members[at], &members[from], words);
            unite(&far[at], &far[from], words);
            cluster_of[b] = a;
        }
    }
    for (size_t i = 0; i < S; i++) {
        cluster_of[i] = root_of(cluster_of, (int32_t)i);
    }
}
