#include "core/auction_reference.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

// The clusters still in the auction.
typedef struct bidders {
    bool in[REFERENCE_BIDDER_MAX];
    size_t count;
} bidders;

static bidders everybody(const dcat_auction_input *input)
{
    bidders all = {.count = input->bidder_count};
    assert(input->bidder_count <= REFERENCE_BIDDER_MAX);
    for (size_t i = 0; i < input->bidder_count; i++) {
        all.in[i] = true;
    }
    return all;
}

static void leave(bidders *set, size_t i)
{
    set->in[i] = false;
    set->count--;
}

// Everyone whose bid is above the price leaves.
static void drop_above(bidders *set, const dcat_auction_input *input, double price)
{
    for (size_t i = 0; i < input->bidder_count; i++) {
        if (set->in[i] && input->bid[i] > price) {
            leave(set, i);
        }
    }
}

static int the_nth(const bidders *set, size_t nth)
{
    int i = 0;
    for (size_t seen = 0;; i++) {
        if (set->in[i] && seen++ == nth) {
            return i;
        }
    }
}

static int lottery(const bidders *set, const dcat_auction_input *input)
{
    return the_nth(set, dcat_pick(input->draw, (uint32_t)set->count));
}

static dcat_auction_result sold(int winner, int round, double price)
{
    return (dcat_auction_result){DCAT_AUCTION_SOLD, winner, round, price};
}

static dcat_auction_result unsold(dcat_auction_outcome outcome, int round)
{
    return (dcat_auction_result){outcome, -1, round, 0.0};
}

static double reserve_of(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    double ceiling = rules->config.ceiling_per_cycle * input->work_cycles;
    return input->fee < ceiling ? input->fee : ceiling;
}

// Algorithm 2, with sets that shrink. The fee itself is never asked.
static dcat_auction_result rea(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    bidders set = everybody(input);
    double previous = input->fee;
    if (set.count == 1) {
        return input->bid[0] <= input->fee ? sold(0, 0, input->fee)
                                           : unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    for (int k = 1;; k++) {
        double price = dcat_clock_price(&rules->rea, input->fee, k);
        bidders before = set;
        drop_above(&set, input, price);
        if (set.count == 1) {
            return sold(the_nth(&set, 0), k, price);
        }
        if (set.count == 0) {
            drop_above(&before, input, previous); // round 1: those who would not take the fee
            if (rules->config.rea_all_left == DCAT_END_LOTTERY && before.count > 0) {
                return sold(lottery(&before, input), k, previous);
            }
            return unsold(DCAT_AUCTION_ALL_EXITED, k);
        }
        if (k == rules->config.rea_round_max) {
            return rules->config.rea_round_end == DCAT_END_LOTTERY
                       ? sold(lottery(&set, input), k, price)
                       : unsold(DCAT_AUCTION_ROUND_LIMIT, k);
        }
        previous = price;
    }
}

// Indices of the bidders in the order in which they are asked, by insertion.
static void ask_order(const dcat_auction_input *input, size_t *order)
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
static dcat_auction_result rea_s(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    double reserve = reserve_of(rules, input);
    size_t order[REFERENCE_BIDDER_MAX];
    double accepted[REFERENCE_BIDDER_MAX];
    bidders set = everybody(input);
    ask_order(input, order);
    drop_above(&set, input, reserve); // p_0 is asked of everybody
    for (size_t i = 0; i < input->bidder_count; i++) {
        accepted[i] = reserve;
    }
    if (set.count == 0) {
        return unsold(DCAT_AUCTION_NO_BIDDER, 0);
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
                leave(&set, i);
            }
        }
    }
    int winner = the_nth(&set, 0);
    return sold(winner, round, accepted[winner]);
}

static dcat_auction_result take_it_or_leave_it(const dcat_auction_input *input, double price)
{
    bidders set = everybody(input);
    drop_above(&set, input, price);
    return set.count == 0 ? unsold(DCAT_AUCTION_NO_BIDDER, 0)
                          : sold(lottery(&set, input), 0, price);
}

static dcat_auction_result vickrey(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    double reserve = reserve_of(rules, input);
    double lowest = INFINITY;
    for (size_t i = 0; i < input->bidder_count; i++) {
        lowest = input->bid[i] < lowest ? input->bid[i] : lowest;
    }
    bidders winners = everybody(input);
    drop_above(&winners, input, lowest);
    if (lowest > reserve) {
        return unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    if (winners.count > 1) { // a tie: the second lowest bid is the lowest one
        return sold(lottery(&winners, input), 0, lowest);
    }
    double pay = reserve;
    for (size_t i = 0; i < input->bidder_count; i++) {
        pay = !winners.in[i] && input->bid[i] < pay ? input->bid[i] : pay;
    }
    return sold(the_nth(&winners, 0), 0, pay);
}

dcat_auction_result reference_auction(dcat_auction_kind kind, const dcat_auction_rules *rules,
                                      const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    switch (kind) {
    case DCAT_AUCTION_REA:
        return rea(rules, input);
    case DCAT_AUCTION_ONE_OFF:
        return take_it_or_leave_it(input, rules->config.one_off_offer * input->fee);
    case DCAT_AUCTION_REA_S:
        return rea_s(rules, input);
    case DCAT_AUCTION_VICKREY:
        return vickrey(rules, input);
    case DCAT_AUCTION_POSTED:
        return take_it_or_leave_it(input, reserve_of(rules, input));
    case DCAT_AUCTION_KIND_COUNT:
        break;
    }
    assert(false);
    return unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
}
