// SPDX-License-Identifier: Apache-2.0
// Words of the feasibility mask, four items at a time.
//
// With handicaps all bids of a word are found in the same loop: nobody can foresee who makes the
// deadline, nor which of two bids is lower, and to branch on it costs more than a bid.

#include "auction/mask.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx2,popcnt")))
#define LANES 4

bool wide_available(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}

// Bids with handicaps: what all have in common, and the lowest of every fourth one.
typedef struct wide_bids {
    __m256d h, gigacycles;
    __m256d lowest, second;
    __m256i best, item;
} wide_bids;

WIDE static INLINED wide_bids start_bids(const candidates *c, size_t word)
{
    const int64_t first = (int64_t)(word * MASK_BITS);
    wide_bids b = {
        .h = _mm256_set1_pd(c->slot->handicap_per_gigacycle_s),
        .gigacycles = _mm256_set1_pd(c->task->gigacycles),
        .lowest = _mm256_set1_pd(INFINITY),
        .second = _mm256_set1_pd(INFINITY),
        .best = _mm256_set1_epi64x((int64_t)NO_CANDIDATE),
        .item = _mm256_set_epi64x(first + 3, first + 2, first + 1, first),
    };
    if (word > 0) { // goes on from the words before
        const lowest_bids *before = c->clusters->lowest;
        b.lowest = _mm256_set_pd(INFINITY, INFINITY, INFINITY, before->lowest);
        b.second = _mm256_set_pd(INFINITY, INFINITY, INFINITY, before->second);
        b.best = _mm256_set1_epi64x((int64_t)before->best);
    }
    return b;
}

// Four bids; only those count whose sign of over_s says that they make the deadline.
WIDE static INLINED void add_bids(wide_bids *b, __m256d bid, __m256d over_s)
{
    bid = _mm256_blendv_pd(_mm256_set1_pd(INFINITY), bid, over_s);
    __m256d lower = _mm256_cmp_pd(bid, b->lowest, _CMP_LT_OQ);
    b->best = _mm256_blendv_epi8(b->best, b->item, _mm256_castpd_si256(lower));
    b->second = _mm256_min_pd(b->second, _mm256_max_pd(b->lowest, bid));
    b->lowest = _mm256_min_pd(b->lowest, bid);
    b->item = _mm256_add_epi64(b->item, _mm256_set1_epi64x(LANES));
}

// The lowest of two and two, then of one and one. Written as they are read, in pairs: a read that
// spans narrower writes waits for them.
WIDE static INLINED void end_bids(const wide_bids *b, lowest_bids *lowest)
{
    __m128d low = _mm256_castpd256_pd128(b->lowest), high = _mm256_extractf128_pd(b->lowest, 1);
    __m128d second =
        _mm_min_pd(_mm256_castpd256_pd128(b->second), _mm256_extractf128_pd(b->second, 1));
    __m128i best = _mm256_castsi256_si128(b->best);
    best = _mm_blendv_epi8(best, _mm256_extracti128_si256(b->best, 1),
                           _mm_castpd_si128(_mm_cmplt_pd(high, low)));
    second = _mm_min_pd(second, _mm_max_pd(low, high));
    low = _mm_min_pd(low, high);
    high = _mm_unpackhi_pd(low, low);
    second = _mm_min_pd(second, _mm_unpackhi_pd(second, second));
    best = _mm_blendv_epi8(best, _mm_unpackhi_epi64(best, best),
                           _mm_castpd_si128(_mm_cmplt_pd(high, low)));
    second = _mm_min_pd(second, _mm_max_pd(low, high));
    low = _mm_min_pd(low, high);
    _mm_storeu_si128((__m128i *)&lowest->best, _mm_unpacklo_epi64(best, _mm_set1_epi64x(-1)));
    _mm_storeu_pd(&lowest->lowest, _mm_unpacklo_pd(low, second));
}

// Of four queues, first and third, or second and fourth. Each is read as it is written.
WIDE static INLINED __m256d load_two(const cluster_queue *queue)
{
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_load_pd(&queue[0].busy_until_s)),
                                _mm_load_pd(&queue[2].busy_until_s), 1);
}

// What a loop over a word finds besides the mask.
typedef struct wide_finds {
    __m256d over_s;  // how close one of every fourth item comes to making its deadline or not
    __m256d first_s; // where not all are admitted, how much past its deadline the soonest ends
    wide_bids bids;  // where there are handicaps
} wide_finds;

WIDE static INLINED uint64_t mask_along(const candidates *c, const allowance *a, bool fifo,
                                        bool bids, bool limited, size_t word, size_t count,
                                        wide_finds *finds)
{
    const size_t first = word * MASK_BITS;
    const double *transfer_s = &c->transfer_s[first];
    const double *unit_limit = &c->clusters->unit_limit[first];
    const cluster_queue *queue = &c->clusters->queue[first];
    double *bid = &c->clusters->bid[first];
    const __m256d now_s = _mm256_set1_pd(a->now_s), left_s = _mm256_set1_pd(a->left_s);
    const __m256d work_cycles = _mm256_set1_pd(a->work_cycles), sign = _mm256_set1_pd(-0.0);
    const __m256d admission_s = _mm256_set1_pd(a->admission_s), idle = _mm256_setzero_pd();
    __m256d least_s = _mm256_set1_pd(INFINITY), first_s = least_s;
    wide_bids all;
    if (bids) {
        all = start_bids(c, word);
    }
    uint64_t mask = 0;
    for (size_t j = 0; j < count; j += LANES) {
        __m256d even = load_two(&queue[j]), odd = load_two(&queue[j + 1]);
        __m256d queue_s =
            _mm256_sub_pd(_mm256_unpacklo_pd(even, odd), now_s); // below 0: it is idle
        __m256d processing_s = _mm256_mul_pd(_mm256_unpackhi_pd(even, odd), work_cycles);
        __m256d way_s = _mm256_loadu_pd(&transfer_s[j]);
        __m256d start_s = _mm256_max_pd(queue_s, fifo ? way_s : idle);
        __m256d ready_s = fifo ? start_s : _mm256_add_pd(start_s, way_s);
        __m256d over_s = _mm256_sub_pd(_mm256_add_pd(ready_s, processing_s), left_s);
        if (limited) {
            first_s = _mm256_min_pd(over_s, first_s);
            over_s = _mm256_max_pd(over_s, _mm256_sub_pd(start_s, admission_s));
        }
        least_s = _mm256_min_pd(_mm256_andnot_pd(sign, over_s), least_s);
        mask |= (uint64_t)(unsigned)_mm256_movemask_pd(over_s) << j;
        if (bids) {
            __m256d limit = _mm256_mul_pd(work_cycles, _mm256_loadu_pd(&unit_limit[j]));
            __m256d handicap = _mm256_mul_pd(_mm256_mul_pd(all.h, start_s), all.gigacycles);
            __m256d own = _mm256_add_pd(limit, handicap);
            _mm256_storeu_pd(&bid[j], own);
            add_bids(&all, own, over_s);
        }
    }
    *finds = (wide_finds){least_s, first_s, all};
    return mask;
}

WIDE static INLINED double least_of(__m256d lanes)
{
    __m128d two = _mm_min_pd(_mm256_castpd256_pd128(lanes), _mm256_extractf128_pd(lanes, 1));
    return _mm_cvtsd_f64(_mm_min_sd(two, _mm_unpackhi_pd(two, two)));
}

WIDE static INLINED uint64_t make_mask(candidates *c, size_t word, bool bids, bool limited)
{
    const allowance a = allowance_of(c);
    const size_t count = mask_items(c, word);
    wide_finds finds;
    uint64_t mask = c->slot->queue == DCAT_QUEUE_FIFO
                        ? mask_along(c, &a, true, bids, limited, word, count, &finds)
                        : mask_along(c, &a, false, bids, limited, word, count, &finds);
    if (limited) {
        double *soonest_s = c->clusters->soonest_s;
        if (word > 0) {
            finds.first_s = _mm256_min_pd(finds.first_s, _mm256_loadu_pd(soonest_s));
        }
        _mm256_storeu_pd(soonest_s, finds.first_s);
    }
    if (mask_in_doubt(c, &a, least_of(finds.over_s))) {
        return mask_in_full(c, word);
    }
    if (bids) {
        end_bids(&finds.bids, c->clusters->lowest);
    }
    mask = mask_keep(c, word, count, mask);
    c->feasible_count += (size_t)__builtin_popcountll(mask);
    return mask;
}

WIDE static uint64_t make_plain(candidates *c, size_t word)
{
    return make_mask(c, word, false, false);
}

WIDE static uint64_t make_limited(candidates *c, size_t word)
{
    return mask_admission_binds(c) ? make_mask(c, word, false, true)
                                   : make_mask(c, word, false, false);
}

WIDE static uint64_t make_bids(candidates *c, size_t word)
{
    return make_mask(c, word, true, false);
}

WIDE static uint64_t make_bids_limited(candidates *c, size_t word)
{
    return mask_admission_binds(c) ? make_mask(c, word, true, true)
                                   : make_mask(c, word, true, false);
}

mask_maker *wide_mask_maker(bool handicaps, bool limited)
{
    return handicaps ? limited ? make_bids_limited : make_bids
           : limited ? make_limited
                     : make_plain;
}

WIDE uint64_t wide_accepting(const candidates *c, size_t word, double price)
{
    const double *bid = &c->clusters->bid[word * MASK_BITS];
    const size_t count = mask_items(c, word);
    const __m256d most = _mm256_set1_pd(price);
    uint64_t accept = 0;
    for (size_t j = 0; j < count; j += LANES) {
        __m256d yes = _mm256_cmp_pd(_mm256_loadu_pd(&bid[j]), most, _CMP_LE_OQ);
        accept |= (uint64_t)(unsigned)_mm256_movemask_pd(yes) << j;
    }
    return accept & c->clusters->mask[word];
}

#else

bool wide_available(void)
{
    return false;
}

// Nobody calls these two.
mask_maker *wide_mask_maker(bool handicaps, bool limited)
{
    return candidates_mask_maker(false, handicaps, limited);
}

uint64_t wide_accepting(const candidates *c, size_t word, double price)
{
    return candidates_accepting(c, word, price);
}

#endif
