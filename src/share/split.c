// SPDX-License-Identifier: Apache-2.0
#include "dcat/share.h"

#include <assert.h>
#include <stdbool.h>

__extension__ typedef unsigned __int128 wide;

// The largest remainder that comes after (remainder, index) `last`; ties to the lower index.
static size_t next_remainder(int64_t amount, const uint64_t *weight, size_t count, wide total,
                             wide *remainder, size_t last)
{
    size_t best = count;
    wide most = 0;
    for (size_t i = 0; i < count; i++) {
        wide mine = (wide)amount * weight[i] % total;
        bool left = last == count || mine < *remainder || (mine == *remainder && i > last);
        if (left && (best == count || mine > most)) {
            best = i;
            most = mine;
        }
    }
    *remainder = most;
    return best;
}

void dcat_share_split(int64_t amount, const uint64_t *weight, size_t count, int64_t *share)
{
    wide total = 0;
    for (size_t i = 0; i < count; i++) {
        total += weight[i];
    }
    assert(amount >= 0 && total > 0);
    int64_t left = amount;
    for (size_t i = 0; i < count; i++) {
        share[i] = (int64_t)((wide)amount * weight[i] / total);
        left -= share[i];
    }
    wide remainder = 0;
    for (size_t last = count; left > 0; left--) {
        last = next_remainder(amount, weight, count, total, &remainder, last);
        share[last]++;
    }
}
