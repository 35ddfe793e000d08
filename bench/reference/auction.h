// SPDX-License-Identifier: Apache-2.0
// auction.h - the auctions walked literally: round by round, set by set, question by
// question. Slow and plain; the closed forms in src/auction/*.c must always agree with it.
//
// Straightforward versions are headers without a .c file: tests hold the library against them and
// dcat bench measures them, but libdcat does not contain them.

#ifndef DCAT_BENCH_REFERENCE_AUCTION_H
#define DCAT_BENCH_REFERENCE_AUCTION_H

#include "dcat/auction.h"
#include "dcat/x/clock.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#ifndef REFERENCE_BIDDER_MAX // who includes this may need room for more
#define REFERENCE_BIDDER_MAX 64
#endif

// The clusters still in the auction.
typedef struct reference_bidders {
    bool in[REFERENCE_BIDDER_MAX];
    size_t count;
} reference_bidders;

static inline void reference_everybody(reference_bidders *all, const dcat_auction_input *input)
{
    assert(input->bidder_count <= REFERENCE_BIDDER_MAX);
    all->count = input->bidder_count;
    for (size_t i = 0; i < input->bidder_count; i++) {
        all->in[i] = true;
    }
}

static inline void reference_copy_bidders(reference_bidders *to, const reference_bidders *from,
                                          const dcat_auction_input *input)
{
    to->count = from->count;
    memcpy(to->in, from->in, input->bidder_count * sizeof from->in[0]);
}

static inline void reference_leave(reference_bidders *set, size_t i)
{
    set->in[i] = false;
    set->count--;
}

// Everyone whose bid is above the price leaves.
static inline void reference_drop_above(reference_bidders *set, const dcat_auction_input *input,
                                        double price)
{
    for (size_t i = 0; i < input->bidder_count; i++) {
        if (set->in[i] && input->bid[i] > price) {
            reference_leave(set, i);
        }
    }
}

static inline int reference_the_nth(const reference_bidders *set, size_t nth)
{
    int i = 0;
    for (size_t seen = 0;; i++) {
        if (set->in[i] && seen++ == nth) {
            return i;
        }
    }
}

static inline int reference_lottery(const reference_bidders *set, const dcat_auction_input *input)
{
    return reference_the_nth(set, dcat_pick(input->draw, (uint32_t)set->count));
}

static inline dcat_auction_result reference_sold(int winner, int round, double price)
{
    return (dcat_auction_result){DCAT_AUCTION_SOLD, winner, round, price};
}

static inline dcat_auction_result reference_unsold(dcat_auction_outcome outcome, int round)
{
    return (dcat_auction_result){outcome, -1, round, 0.0};
}

static inline double reference_reserve(const dcat_auction_rules *rules,
                                       const dcat_auction_input *input)
{
    double ceiling = rules->config.ceiling_per_cycle * input->work_cycles;
    return input->fee < ceiling ? input->fee : ceiling;
}

// Algorithm 2, with sets that shrink. The fee itself is never asked.
static inline dcat_auction_result reference_rea(const dcat_auction_rules *rules,
                                                const dcat_auction_input *input)
{
    reference_bidders set, before;
    double previous = input->fee;
    reference_everybody(&set, input);
    if (set.count == 1) {
        return input->bid[0] <= input->fee ? reference_sold(0, 0, input->fee)
                                           : reference_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    for (int k = 1;; k++) {
        double price = dcat_clock_price(&rules->rea, input->fee, k);
        reference_copy_bidders(&before, &set, input);
        reference_drop_above(&set, input, price);
        if (set.count == 1) {
            return reference_sold(reference_the_nth(&set, 0), k, price);
        }
        if (set.count == 0) {
            // Round 1: those who would not take the fee.
            reference_drop_above(&before, input, previous);
            if (rules->config.rea_all_left == DCAT_END_LOTTERY && before.count > 0) {
                return reference_sold(reference_lottery(&before, input), k, previous);
            }
            return reference_unsold(DCAT_AUCTION_ALL_LEFT, k);
        }
        if (k == rules->config.rea_round_max) {
            return rules->config.rea_round_end == DCAT_END_LOTTERY
                       ? reference_sold(reference_lottery(&set, input), k, price)
                       : reference_unsold(DCAT_AUCTION_ROUND_LIMIT, k);
        }
        previous = price;
    }
}

// Indices of the bidders in the order in which they are asked, by insertion.
static inline void reference_ask_order(const dcat_auction_input *input, size_t *order)
{
    for (size_t i = 0; i < input->bidder_count; i++) {
        uint64_t priority = dcat_ask_priority(input->draw, input->cluster[i]);
        size_t at = i;
        while (at > 0) {
            size_t other = order[at - 1];
            uint64_t other_priority = dcat_ask_priority(input->draw, input->cluster[other]);
            if (other_priority < priority ||
                (other_priority == priority && input->cluster[other] < input->cluster[i])) {
                break;
            }
            order[at] = other;
            at--;
        }
        order[at] = i;
    }
}

// One question at a time; from the first price cut on, the auction stops when one is left.
static inline dcat_auction_result reference_rea_s(const dcat_auction_rules *rules,
                                                  const dcat_auction_input *input)
{
    double reserve = reference_reserve(rules, input);
    size_t order[REFERENCE_BIDDER_MAX];
    double accepted[REFERENCE_BIDDER_MAX];
    reference_bidders set;
    reference_everybody(&set, input);
    reference_ask_order(input, order);
    reference_drop_above(&set, input, reserve); // p_0 is asked of everybody
    for (size_t i = 0; i < input->bidder_count; i++) {
        accepted[i] = reserve;
    }
    if (set.count == 0) {
        return reference_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    int round = 0;
    while (set.count > 1) {
        round++;
        double price = dcat_clock_price(&rules->rea_s, reserve, round);
        for (size_t at = 0; at < input->bidder_count && set.count > 1; at++) {
            size_t i = order[at];
            if (!set.in[i]) {
                continue;
            }
            if (input->bid[i] <= price) {
                accepted[i] = price;
            } else {
                reference_leave(&set, i);
            }
        }
    }
    int winner = reference_the_nth(&set, 0);
    return reference_sold(winner, round, accepted[winner]);
}

static inline dcat_auction_result reference_take_it_or_leave_it(const dcat_auction_input *input,
                                                                double price)
{
    reference_bidders set;
    reference_everybody(&set, input);
    reference_drop_above(&set, input, price);
    return set.count == 0 ? reference_unsold(DCAT_AUCTION_NO_BIDDER, 0)
                          : reference_sold(reference_lottery(&set, input), 0, price);
}

static inline dcat_auction_result reference_vickrey(const dcat_auction_rules *rules,
                                                    const dcat_auction_input *input)
{
    double reserve = reference_reserve(rules, input);
    double lowest = INFINITY;
    for (size_t i = 0; i < input->bidder_count; i++) {
        lowest = input->bid[i] < lowest ? input->bid[i] : lowest;
    }
    reference_bidders winners;
    reference_everybody(&winners, input);
    reference_drop_above(&winners, input, lowest);
    if (lowest > reserve) {
        return reference_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    if (winners.count > 1) { // a tie: the second lowest bid is the lowest one
        return reference_sold(reference_lottery(&winners, input), 0, lowest);
    }
    double pay = reserve;
    for (size_t i = 0; i < input->bidder_count; i++) {
        pay = !winners.in[i] && input->bid[i] < pay ? input->bid[i] : pay;
    }
    return reference_sold(reference_the_nth(&winners, 0), 0, pay);
}

static inline dcat_auction_result reference_auction(const dcat_auction *auction,
                                                    const dcat_auction_rules *rules,
                                                    const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return reference_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    if (strcmp(auction->name, "rea") == 0) {
        return reference_rea(rules, input);
    }
    if (strcmp(auction->name, "rea-s") == 0) {
        return reference_rea_s(rules, input);
    }
    if (strcmp(auction->name, "vickrey") == 0) {
        return reference_vickrey(rules, input);
    }
    bool one_off = strcmp(auction->name, "one-off") == 0;
    assert(one_off || strcmp(auction->name, "posted") == 0);
    return reference_take_it_or_leave_it(input, one_off ? rules->config.one_off_offer * input->fee
                                                        : reference_reserve(rules, input));
}

#endif
