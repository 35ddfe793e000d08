// SPDX-License-Identifier: Apache-2.0
#include "auction/mask.h"

#include <assert.h>
#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void draw_block(const slot_terms *slot, uint32_t index)
{
    uint32_t block = index / DRAW_BLOCK, first = block * DRAW_BLOCK;
    size_t left = slot->task_count - first, count = left < DRAW_BLOCK ? left : DRAW_BLOCK;
    draw_many(slot->seed, DCAT_STREAM_AUCTION, 0, slot->cycle, slot->slot, first,
              (count + DRAW_ROW - 1) / DRAW_ROW * DRAW_ROW, &slot->all->draws[first]);
    slot->all->drawn[block] = true;
}

// --- feasibility mask

static bool feasible_exactly(const candidates *c, size_t item, double admission_s)
{
    int32_t r = candidate_rank(c, item);
    double transfer_s = c->transfer_s[item];
    double queue_s = dcat_waiting_delay_s(c->clusters->queue[r].busy_until_s, c->slot->now_s);
    double waiting_s = c->task->late_s + dcat_queue_delay_s(c->slot->queue, queue_s, transfer_s);
    double processing_s = dcat_processing_delay_s(c->task->work_cycles, c->clusters->speed_hz[r]);
    return dcat_total_delay_s(transfer_s, waiting_s, processing_s) <= c->task->deadline_s &&
           dcat_start_delay_s(c->slot->queue, queue_s, transfer_s) <= admission_s;
}

// (10b) as the equations have it, with the market's admission.
static uint64_t mask_exactly(const candidates *c, size_t word)
{
    const size_t count = mask_items(c, word);
    uint64_t mask = 0;
    for (size_t j = 0; j < count; j++) {
        mask |= (uint64_t)feasible_exactly(c, word * MASK_BITS + j, c->task->admission_s) << j;
    }
    return mask;
}

// A bit for each of count items that makes the deadline and is admitted; *margin_s is how close one
// comes to doing so or not, and *soonest_s, where not all are admitted, how much past the deadline
// the soonest ends. fifo, limited and rank == NULL, where items are ranks, are known where this is
// called: eight loops. An odd count reads one item more, which every list has to spare.
#ifdef __SSE2__
static inline __m128d load_rounded(const float *two)
{
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)two)));
}

static INLINED uint64_t mask_along(const allowance *a, bool fifo, bool limited,
                                   const double *transfer_s, const float *rounded_s,
                                   const cluster_queue *queue, const int32_t *rank, size_t count,
                                   double *margin_s, double *soonest_s)
{
    const __m128d now_s = _mm_set1_pd(a->now_s), left_s = _mm_set1_pd(a->left_s);
    const __m128d work_cycles = _mm_set1_pd(a->work_cycles), sign = _mm_set1_pd(-0.0);
    const __m128d admission_s = _mm_set1_pd(a->admission_s), idle = _mm_setzero_pd();
    __m128d least_s = _mm_set1_pd(INFINITY), first_s = _mm_set1_pd(INFINITY);
    uint64_t mask = 0;
    for (size_t j = 0; j < count; j += 2) {
        size_t r0 = rank == NULL ? j : (size_t)rank[j];
        size_t r1 = rank == NULL ? j + 1 : (size_t)rank[j + 1];
        __m128d one = _mm_load_pd(&queue[r0].busy_until_s);
        __m128d other = _mm_load_pd(&queue[r1].busy_until_s);
        __m128d queue_s = _mm_sub_pd(_mm_unpacklo_pd(one, other), now_s); // below 0: it is idle
        __m128d processing_s = _mm_mul_pd(_mm_unpackhi_pd(one, other), work_cycles);
        __m128d way_s = rank == NULL ? _mm_loadu_pd(&transfer_s[j]) : load_rounded(&rounded_s[j]);
        __m128d start_s = _mm_max_pd(queue_s, fifo ? way_s : idle);
        __m128d ready_s = fifo ? start_s : _mm_add_pd(start_s, way_s);
        __m128d over_s = _mm_sub_pd(_mm_add_pd(ready_s, processing_s), left_s);
        if (limited) {
            first_s = _mm_min_pd(over_s, first_s);
            over_s = _mm_max_pd(over_s, _mm_sub_pd(start_s, admission_s));
        }
        least_s = _mm_min_pd(_mm_andnot_pd(sign, over_s), least_s);
        mask |= (uint64_t)(unsigned)_mm_movemask_pd(over_s) << j;
    }
    *margin_s = _mm_cvtsd_f64(_mm_min_sd(least_s, _mm_unpackhi_pd(least_s, least_s)));
    *soonest_s = _mm_cvtsd_f64(_mm_min_sd(first_s, _mm_unpackhi_pd(first_s, first_s)));
    return mask;
}
#else
static inline uint64_t mask_along(const allowance *a, bool fifo, bool limited,
                                  const double *transfer_s, const float *rounded_s,
                                  const cluster_queue *queue, const int32_t *rank, size_t count,
                                  double *margin_s, double *soonest_s)
{
    uint64_t mask = 0;
    *margin_s = *soonest_s = INFINITY;
    for (size_t j = 0; j < count; j++) {
        const cluster_queue *q = &queue[rank == NULL ? j : (size_t)rank[j]];
        double way_s = rank == NULL ? transfer_s[j] : (double)rounded_s[j];
        double start_s = fmax(q->busy_until_s - a->now_s, fifo ? way_s : 0.0);
        double ready_s = fifo ? start_s : start_s + way_s;
        double over_s = ready_s + a->work_cycles * q->seconds_per_cycle - a->left_s;
        if (limited) {
            *soonest_s = fmin(*soonest_s, over_s);
            over_s = fmax(over_s, start_s - a->admission_s);
        }
        *margin_s = fmin(*margin_s, fabs(over_s));
        mask |= (uint64_t)(over_s < 0.0) << j;
    }
    return mask;
}
#endif

static INLINED uint64_t mask_at(const candidates *c, const allowance *a, bool fifo, bool limited,
                                size_t first, size_t count, double *margin_s, double *soonest_s)
{
    const double *transfer_s = &c->transfer_s[first];
    const cluster_queue *queue = c->clusters->queue;
    return c->rank == NULL ? mask_along(a, fifo, limited, transfer_s, NULL, &queue[first], NULL,
                                        count, margin_s, soonest_s)
                           : mask_along(a, fifo, limited, transfer_s, &c->rounded_s[first], queue,
                                        &c->rank[first], count, margin_s, soonest_s);
}

// Who refuses the start price of its own takes no part.
static bool bid_stands(const candidates *c, size_t item, double bid)
{
    const double *unit_start = c->clusters->unit_start;
    return unit_start == NULL ||
           bid <= dcat_cluster_cost(c->task->work_cycles, unit_start[candidate_rank(c, item)]);
}

static double bid_of(const candidates *c, size_t item)
{
    double busy_until_s = c->clusters->queue[candidate_rank(c, item)].busy_until_s;
    double queue_s = dcat_waiting_delay_s(busy_until_s, c->slot->now_s);
    double delay_s = dcat_start_delay_s(c->slot->queue, queue_s, c->transfer_s[item]);
    double bid = candidate_limit(c, item) +
                 market_handicap(c->slot->handicap_per_gigacycle_s, c->task->gigacycles, delay_s);
    return bid_stands(c, item, bid) ? bid : INFINITY;
}

// Nobody's bid in words before the first.
static inline lowest_bids bids_before(const candidates *c, size_t word)
{
    const lowest_bids nobody = {NO_CANDIDATE, NO_CANDIDATE, INFINITY, INFINITY};
    return word > 0 ? *c->clusters->lowest : nobody;
}

// Bids of the candidates in a word, one by one: remembers them and the lowest so far.
static __attribute__((noinline)) void find_bids(const candidates *c, size_t word, uint64_t mask)
{
    lowest_bids two = bids_before(c, word);
    for (uint64_t left = mask; left != 0; left &= left - 1) {
        size_t item = word * MASK_BITS + (size_t)bits_first(left);
        double bid = bid_of(c, item);
        c->clusters->bid[item] = bid;
        if (bid < two.lowest) {
            two.second = two.lowest;
            two.lowest = bid;
            two.best = item;
        } else if (bid < two.second) {
            two.second = bid;
        }
    }
    *c->clusters->lowest = two;
}

uint64_t mask_in_full(candidates *c, size_t word)
{
    uint64_t mask = mask_keep(c, word, mask_items(c, word), mask_exactly(c, word));
    c->feasible_count += bits_in(mask);
    if (c->slot->handicap_per_gigacycle_s != 0.0) {
        find_bids(c, word, mask);
    }
    return mask;
}

static INLINED uint64_t make_mask(candidates *c, size_t word, bool limited)
{
    const allowance a = allowance_of(c);
    const size_t first = word * MASK_BITS, count = mask_items(c, word);
    double margin_s, soonest_s;
    uint64_t mask = c->slot->queue == DCAT_QUEUE_FIFO
                        ? mask_at(c, &a, true, limited, first, count, &margin_s, &soonest_s)
                        : mask_at(c, &a, false, limited, first, count, &margin_s, &soonest_s);
    if (limited) {
        double *least_s = c->clusters->soonest_s;
        for (int lane = 0; word == 0 && lane < 4; lane++) {
            least_s[lane] = INFINITY;
        }
        least_s[0] = soonest_s < least_s[0] ? soonest_s : least_s[0];
    }
    if (mask_in_doubt(c, &a, margin_s)) {
        return mask_in_full(c, word);
    }
    mask = mask_keep(c, word, count, mask);
    c->feasible_count += bits_in(mask);
    if (c->slot->handicap_per_gigacycle_s != 0.0) {
        find_bids(c, word, mask);
    }
    return mask;
}

// Apart, so that markets that admit everybody do not pay for it.
static uint64_t make_mask_limited(candidates *c, size_t word)
{
    return mask_admission_binds(c) ? make_mask(c, word, true) : make_mask(c, word, false);
}

static uint64_t make_mask_for_all(candidates *c, size_t word)
{
    return make_mask(c, word, false);
}

mask_maker *candidates_mask_maker(bool wide, bool handicaps, bool limited)
{
    return wide      ? wide_mask_maker(handicaps, limited)
           : limited ? make_mask_limited
                     : make_mask_for_all;
}

bool candidates_some_not_admitted(const candidates *c)
{
    assert(c->words_made == mask_word_count(c) && c->feasible_count == 0);
    if (!mask_admission_binds(c) || c->count == 0) {
        return false;
    }
    const double *lane = c->clusters->soonest_s;
    double even_s = lane[0] < lane[2] ? lane[0] : lane[2];
    double odd_s = lane[1] < lane[3] ? lane[1] : lane[3];
    double soonest_s = even_s < odd_s ? even_s : odd_s;
    if (!c->clusters->speed_extreme && fabs(soonest_s) > allowance_of(c).margin_s) {
        return soonest_s < 0.0;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (feasible_exactly(c, i, INFINITY)) {
            return true;
        }
    }
    return false;
}

size_t candidates_nth(const candidates *c, size_t nth)
{
    for (size_t word = 0;; word++) {
        assert(word < c->words_made);
        uint64_t mask = c->clusters->mask[word];
        size_t count = bits_in(mask);
        if (nth < count) {
            return word * MASK_BITS + nth_bit(mask, nth);
        }
        nth -= count;
    }
}

// --- bids with handicaps

static __attribute__((noinline)) uint64_t accepting(const candidates *c, size_t word, double price)
{
    const double *bid = &c->clusters->bid[word * MASK_BITS];
    uint64_t accept = 0;
    for (uint64_t left = c->clusters->mask[word]; left != 0; left &= left - 1) {
        int j = bits_first(left);
        accept |= (uint64_t)(bid[j] <= price) << j;
    }
    return accept;
}

uint64_t candidates_accepting(const candidates *c, size_t word, double price)
{
    return c->clusters->wide ? wide_accepting(c, word, price) : accepting(c, word, price);
}

void candidates_search_on(candidates *c)
{
    lowest_bids *two = c->clusters->lowest;
    // Limits ascend, and no bid is below its limit.
    for (size_t word = c->words_made;
         word < mask_word_count(c) &&
         (two->best == NO_CANDIDATE || candidate_limit(c, word * MASK_BITS) < two->second);
         word++) {
        candidates_mask(c, word);
    }
    if (two->best == NO_CANDIDATE && c->feasible_count > 0) { // it bids INFINITY
        two->best = candidates_nth(c, 0);
    }
}

bool candidates_sell_at(candidates *c, double price, dcat_auction_result *result)
{
    if (!candidates_all_accept(c, price)) {
        return false;
    }
    size_t count = candidates_count(c);
    *result = count == 0 ? auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0)
                         : candidates_lottery(c, count, 0, price);
    return true;
}
