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
#define FOUR (DRAW_ROW / 2)
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i all(uint32_t word)
{
    return _mm256_set1_epi64x((int64_t)word);
}

// Four counters: word w of each is the lower half of a lane of x[w]. What stands in upper halves is
// never looked at.
typedef struct four {
    __m256i x0, x1, x2, x3;
} four;

AVX2 static inline four four_from(uint32_t stream_part, uint32_t cycle, uint32_t slot,
                                  uint32_t first)
{
    return (four){_mm256_add_epi64(all(first), _mm256_set_epi64x(3, 2, 1, 0)), all(slot),
                  all(cycle), all(stream_part)};
}

AVX2 static inline four next_round(four c, __m256i k0, __m256i k1)
{
    __m256i p0 = _mm256_mul_epu32(all(PHILOX_M4x32_0), c.x0);
    __m256i p1 = _mm256_mul_epu32(all(PHILOX_M4x32_1), c.x2);
    return (four){_mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(c.x1, k0)), p1,
                  _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(c.x3, k1)), p0};
}

AVX2 static inline void store_four(const four *c, dcat_draw *draws)
{
    __m256i low = _mm256_blend_epi32(c->x0, _mm256_slli_epi64(c->x1, 32), 0xaa);
    __m256i high = _mm256_blend_epi32(c->x2, _mm256_slli_epi64(c->x3, 32), 0xaa);
    __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
    _mm_storeu_si128((__m128i *)&draws[0], _mm256_castsi256_si128(even));
    _mm_storeu_si128((__m128i *)&draws[1], _mm256_castsi256_si128(odd));
    _mm_storeu_si128((__m128i *)&draws[2], _mm256_extracti128_si256(even, 1));
    _mm_storeu_si128((__m128i *)&draws[3], _mm256_extracti128_si256(odd, 1));
}

// Philox4x32-10. Every round of a four waits for the one before, so two take turns.
AVX2 static void all_at_once(uint64_t seed, uint32_t stream_part, uint32_t cycle, uint32_t slot,
                             uint32_t first, size_t count, dcat_draw *draws)
{
    for (size_t i = 0; i < count; i += DRAW_ROW) {
        four a = four_from(stream_part, cycle, slot, first + (uint32_t)i);
        four b = four_from(stream_part, cycle, slot, first + (uint32_t)i + FOUR);
        __m256i k0 = all((uint32_t)seed), k1 = all((uint32_t)(seed >> 32));
#pragma GCC unroll 10
        for (int round = 0; round < ROUNDS; round++) {
            a = next_round(a, k0, k1);
            b = next_round(b, k0, k1);
            k0 = _mm256_add_epi64(k0, all(PHILOX_W32_0));
            k1 = _mm256_add_epi64(k1, all(PHILOX_W32_1));
        }
        store_four(&a, &draws[i]);
        store_four(&b, &draws[i + FOUR]);
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
