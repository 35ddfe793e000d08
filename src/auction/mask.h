// SPDX-License-Identifier: Apache-2.0
// mask.h (internal) - what the loops that make a word of the feasibility mask share.
//
// Words of the mask hold what a task takes from its slot's start, the delay until a cluster can
// begin and the processing delay (under DCAT_QUEUE_PAPER the transfer delay, too), against what is
// left until its deadline. They multiply by 1 / F instead of dividing by F, and add in another
// order than (4). Either moves a sum near what is left by less than a dozen roundings of the
// largest number involved. So a sum outside this margin is on the same side as the total of (4);
// where one is inside it the equations themselves decide. Delays rounded to float add their own
// roundings. The delay until a cluster can begin is held against the admission likewise; the worse
// of both decides.

#ifndef DCAT_AUCTION_MASK_H
#define DCAT_AUCTION_MASK_H

#include "auction/candidates.h"
#include "base/inlined.h"

#include <assert.h>
#include <float.h>

#define MASK_MARGIN 1e-14

typedef struct allowance {
    double now_s;
    double left_s; // until the deadline
    double margin_s;
    double work_cycles;
    double admission_s; // INFINITY: all are admitted
} allowance;

static inline allowance allowance_of(const candidates *c)
{
    // No item is farther than the network's reach.
    double rounded_s = c->rounded_s == NULL ? 0.0 : c->clusters->reach_s;
    return (allowance){
        .now_s = c->slot->now_s,
        .left_s = c->task->deadline_s - c->task->late_s,
        .margin_s = (c->task->late_s + c->task->deadline_s) * MASK_MARGIN +
                    rounded_s * FLT_EPSILON + (double)FLT_MIN,
        .work_cycles = c->task->work_cycles,
        .admission_s = c->task->admission_s,
    };
}

// Whether who can finish in time may be refused all the same: a candidate begins by its deadline in
// any case.
static inline bool mask_admission_binds(const candidates *c)
{
    return c->task->admission_s < c->task->deadline_s;
}

static inline size_t mask_items(const candidates *c, size_t word)
{
    assert(word * MASK_BITS < c->count);
    size_t count = c->count - word * MASK_BITS;
    return count < MASK_BITS ? count : MASK_BITS;
}

// Whether a sum came too close to what is left for the loops to judge.
static inline bool mask_in_doubt(const candidates *c, const allowance *a, double margin_s)
{
    return !(margin_s > a->margin_s) || c->clusters->speed_extreme;
}

// Makes a word by the equations, with its bids where there are handicaps, instead of a loop that
// was in doubt.
uint64_t mask_in_full(candidates *c, size_t word);

// Remembers a word, without the spare items behind the last.
static inline uint64_t mask_keep(candidates *c, size_t word, size_t count, uint64_t mask)
{
    mask &= UINT64_MAX >> (MASK_BITS - count) % MASK_BITS; // count is in [1, MASK_BITS]
    c->clusters->mask[word] = mask;
    c->words_made = word + 1;
    return mask;
}

// --- four items at a time, in a dense world, on processors with AVX2: the same to the last bit

bool wide_available(void);
mask_maker *wide_mask_maker(bool handicaps, bool limited);
uint64_t wide_accepting(const candidates *c, size_t word, double price);

#endif
