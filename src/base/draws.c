// SPDX-License-Identifier: Apache-2.0
#include "base/draws.h"

#include <assert.h>

static void one_by_one(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle,
                       uint32_t slot, uint32_t first, size_t count, dcat_draw *draws)
{
    for (size_t i = 0; i < count; i++) {
        draws[i] = dcat_draw_at(seed, stream, part, cycle, slot, first + (uint32_t)i);
    }
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <Random123/philox.h>

#define ROUNDS 10
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i all(uint32_t word)
{
    return _mm256_set1_epi64x((int64_t)word);
}

// Philox4x32-10 of four counters: word w of each is the lower half of a lane of x[w]. What stands
// in upper halves is never looked at.
AVX2 static inline void four_at_once(uint64_t seed, uint32_t stream_part, uint32_t cycle,
                                     uint32_t slot, uint32_t first, dcat_draw *draws)
{
    const __m256i m0 = all(PHILOX_M4x32_0), m1 = all(PHILOX_M4x32_1);
    const __m256i w0 = all(PHILOX_W32_0), w1 = all(PHILOX_W32_1);
    __m256i k0 = all((uint32_t)seed), k1 = all((uint32_t)(seed >> 32));
    __m256i x0 = _mm256_add_epi64(all(first), _mm256_set_epi64x(3, 2, 1, 0));
    __m256i x1 = all(slot), x2 = all(cycle), x3 = all(stream_part);
#pragma GCC unroll 10
    for (int round = 0; round < ROUNDS; round++) {
        __m256i p0 = _mm256_mul_epu32(m0, x0), p1 = _mm256_mul_epu32(m1, x2);
        x0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), x1), k0);
        x2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), x3), k1);
        x1 = p1;
        x3 = p0;
        k0 = _mm256_add_epi64(k0, w0);
        k1 = _mm256_add_epi64(k1, w1);
    }
    __m256i low = _mm256_blend_epi32(x0, _mm256_slli_epi64(x1, 32), 0xaa);
    __m256i high = _mm256_blend_epi32(x2, _mm256_slli_epi64(x3, 32), 0xaa);
    __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
    _mm_storeu_si128((__m128i *)&draws[0], _mm256_castsi256_si128(even));
    _mm_storeu_si128((__m128i *)&draws[1], _mm256_castsi256_si128(odd));
    _mm_storeu_si128((__m128i *)&draws[2], _mm256_extracti128_si256(even, 1));
    _mm_storeu_si128((__m128i *)&draws[3], _mm256_extracti128_si256(odd, 1));
}

AVX2 static void all_at_once(uint64_t seed, uint32_t stream_part, uint32_t cycle, uint32_t slot,
                             uint32_t first, size_t count, dcat_draw *draws)
{
    for (size_t i = 0; i < count; i += DRAW_ROW) {
        four_at_once(seed, stream_part, cycle, slot, first + (uint32_t)i, &draws[i]);
    }
}

void draw_many(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle, uint32_t slot,
               uint32_t first, size_t count, dcat_draw *draws)
{
    assert((unsigned)stream < 256 && part < (1u << 24) && count % DRAW_ROW == 0);
    if (__builtin_cpu_supports("avx2")) {
        all_at_once(seed, (uint32_t)stream << 24 | part, cycle, slot, first, count, draws);
    } else {
        one_by_one(seed, stream, part, cycle, slot, first, count, draws);
    }
}

#else

void draw_many(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle, uint32_t slot,
               uint32_t first, size_t count, dcat_draw *draws)
{
    one_by_one(seed, stream, part, cycle, slot, first, count, draws);
}

#endif
