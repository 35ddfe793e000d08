// SPDX-License-Identifier: Apache-2.0
#include "dcat/rng.h"

#include <assert.h>
#include <Random123/philox.h>

// The counter names the purpose, the key is the seed; Philox does the rest.
static dcat_draw philox(uint64_t seed, uint32_t stream_part, uint32_t cycle, uint32_t slot,
                        uint32_t index)
{
    philox4x32_ctr_t counter = {{index, slot, cycle, stream_part}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    return (dcat_draw){{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

static uint32_t stream_part_of(dcat_stream stream, uint32_t part)
{
    assert((unsigned)stream < 256 && part < (1u << 24));
    return (uint32_t)stream << 24 | part;
}

dcat_draw dcat_draw_at(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle,
                       uint32_t slot, uint32_t index)
{
    return philox(seed, stream_part_of(stream, part), cycle, slot, index);
}

dcat_rng dcat_rng_at(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle)
{
    return (dcat_rng){.seed = seed, .stream_part = stream_part_of(stream, part), .cycle = cycle};
}

uint64_t dcat_rng_u64(dcat_rng *rng)
{
    if (rng->left == 0) {
        rng->draw = philox(rng->seed, rng->stream_part, rng->cycle, rng->slot, rng->index);
        rng->left = 2;
        if (++rng->index == 0) { // 2^32 draws later the slot word carries on
            rng->slot++;
        }
    }
    rng->left--;
    return dcat_draw_u64(&rng->draw, 1 - rng->left);
}

double dcat_rng_uniform(dcat_rng *rng)
{
    return (double)(dcat_rng_u64(rng) >> 11) * 0x1p-53;
}

uint32_t dcat_rng_below(dcat_rng *rng, uint32_t limit)
{
    assert(limit >= 1);
    return dcat_pick(dcat_rng_u64(rng), limit);
}
