// SPDX-License-Identifier: Apache-2.0
// rng.h - counter-based random numbers: every draw is a function of what it is for.
//
// A draw is Philox4x32-10 of (seed; stream, cycle, slot, index). Nothing depends on call order, so
// the same seed gives the same bits for any number of threads, and two policies see the same tasks.

#ifndef DCAT_RNG_H
#define DCAT_RNG_H

#include "dcat/error.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a draw is for. Streams never share numbers.
typedef enum dcat_stream {
    DCAT_STREAM_SITES = 1,  // positions and speeds of random servers and areas
    DCAT_STREAM_LINKS,      // link rates
    DCAT_STREAM_COUNT,      // how many tasks arrive in a slot
    DCAT_STREAM_TASK,       // what each task asks for
    DCAT_STREAM_AUCTION,    // lotteries and ask orders, one draw per task
    DCAT_STREAM_CLUSTER,    // clusterers
    DCAT_STREAM_ORACLE,     // simulations inside a clusterer
    DCAT_STREAM_OWNERS,     // who owns random servers
    DCAT_STREAM_DEVICES,    // which devices random servers have
    DCAT_STREAM_CLASS,      // of which class each task is
    DCAT_STREAM_USER = 128, // 128..255 are free for callers
} dcat_stream;

typedef struct dcat_draw {
    uint32_t word[4];
} dcat_draw;

// 128 random bits for one purpose. stream and part fit 8 and 24 bits.
DCAT_API dcat_draw dcat_draw_at(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle,
                                uint32_t slot, uint32_t index);

// Two uniform doubles in [0, 1) with 53 bits from one draw: which is 0 or 1.
DCAT_INLINE double dcat_draw_uniform(const dcat_draw *draw, int which)
{
    uint64_t high = draw->word[2 * which];
    uint64_t low = draw->word[2 * which + 1];
    return (double)(((high << 32) | low) >> 11) * 0x1p-53;
}

DCAT_INLINE uint64_t dcat_draw_u64(const dcat_draw *draw, int which)
{
    return ((uint64_t)draw->word[2 * which] << 32) | draw->word[2 * which + 1];
}

// A sequence of draws for one purpose, for code that needs an unknown number of them.
typedef struct dcat_rng {
    uint64_t seed;
    uint32_t stream_part; // stream << 24 | part
    uint32_t cycle;
    uint32_t slot;
    uint32_t index; // next draw
    dcat_draw draw;
    int left; // unused 64-bit halves of draw
} dcat_rng;

DCAT_API dcat_rng dcat_rng_at(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle);
DCAT_API uint64_t dcat_rng_u64(dcat_rng *rng);
DCAT_API double dcat_rng_uniform(dcat_rng *rng);                 // [0, 1)
DCAT_API uint32_t dcat_rng_below(dcat_rng *rng, uint32_t limit); // [0, limit), limit >= 1

// Index in [0, count) from 64 random bits; count >= 1. The bias is below count / 2^64.
DCAT_INLINE uint32_t dcat_pick(uint64_t bits, uint32_t count)
{
    return (uint32_t)((__extension__(unsigned __int128) bits * count) >> 64);
}

// Scramble 64 bits (the splitmix64 finaliser): a cheap hash for orders that must look random.
DCAT_INLINE uint64_t dcat_mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#ifdef __cplusplus
}
#endif
#endif
