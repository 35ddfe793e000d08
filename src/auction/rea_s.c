// SPDX-License-Identifier: Apache-2.0
// Sequential reverse clock under a public ceiling.
//
// The clock starts at the reserve min(fee, r l), which is asked. Within a round the remaining
// clusters are asked one at a time, in an order that depends on no bid; the auction stops the
// moment one is left and pays the last price it accepted. So two that would leave on the same price
// cut never lose the task, and nobody's own bid moves the price it is paid.
//
// Closed form: let k* be the first round whose price is below the second lowest bid. Rounds before
// it end with two or more left. In k* everyone but perhaps the cheapest would leave:
//   - the cheapest accepts the price of k*: it wins. If it was asked before the last of those who
//     leave, it has accepted that price; otherwise its last accepted price is that of k* - 1;
//   - nobody accepts it: all but the last in the ask order leave, and that one wins at k* - 1.

#include "auction/candidates.h"
#include "base/inlined.h"
#include "dcat/x/clock.h"

#include <stdbool.h>

// Priorities of distinct clusters differ: the hash is one-to-one.
static bool asked_before(const dcat_auction_input *input, int a, int b)
{
    return dcat_ask_priority(input->draw, input->cluster[a]) <
           dcat_ask_priority(input->draw, input->cluster[b]);
}

// The last one asked among the bids at most price, leaving out one bidder (-1: none).
static int last_asked(const dcat_auction_input *input, double price, int except)
{
    int last = -1;
    for (int i = 0; i < (int)input->bidder_count; i++) {
        if (i != except && input->bid[i] <= price && (last < 0 || asked_before(input, last, i))) {
            last = i;
        }
    }
    return last;
}

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    double reserve = dcat_auction_reserve(&rules->config, input->fee, input->work_cycles);
    if (input->bidder_count == 1) {
        return input->bid[0] <= reserve ? auction_sold(0, 0, reserve)
                                        : auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    lowest_two two = auction_lowest_two(input);
    if (two.lowest > reserve) {
        return auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    if (two.second > reserve) {
        return auction_sold(two.best, 0, reserve);
    }
    int round = dcat_clock_exit_round(&rules->rea_s, reserve, two.second, 1);
    double price = dcat_clock_price(&rules->rea_s, reserve, round);
    double previous = dcat_clock_price(&rules->rea_s, reserve, round - 1);
    if (two.lowest > price) {
        return auction_sold(last_asked(input, previous, -1), round, previous);
    }
    int last_to_leave = last_asked(input, previous, two.best);
    bool accepted = asked_before(input, two.best, last_to_leave);
    return auction_sold(two.best, round, accepted ? price : previous);
}

static const dcat_clock *clock_of(const dcat_auction_rules *rules)
{
    return &rules->rea_s;
}

// --- the fast path

static INLINED uint64_t priority_of(uint64_t draw, const candidates *c, size_t item)
{
    return dcat_ask_priority(draw, candidate_cluster(c, item));
}

// Of a candidate and those behind it whose limit is at most price, the last one asked. Mostly there
// is nobody behind it.
static INLINED size_t last_by_limit(candidates *c, uint64_t draw, double price, size_t first,
                                    uint64_t *priority)
{
    size_t last = first;
    uint64_t latest = priority_of(draw, c, first);
    candidate_walk w = candidates_walk_behind(c, first);
    for (size_t i = next_candidate(&w); i != NO_CANDIDATE && candidate_limit(c, i) <= price;
         i = next_candidate(&w)) {
        uint64_t mine = priority_of(draw, c, i);
        last = mine > latest ? i : last;
        latest = mine > latest ? mine : latest;
    }
    *priority = latest;
    return last;
}

// With handicaps, of those whose bid is at most price, leaving out one.
static size_t last_by_bid(candidates *c, uint64_t draw, double price, size_t except,
                          uint64_t *priority)
{
    size_t last = NO_CANDIDATE;
    uint64_t latest = 0;
    for (size_t word = 0; word < mask_word_count(c); word++) {
        size_t first = word * MASK_BITS;
        if (word >= c->words_made && candidate_limit(c, first) > price) {
            break; // limits ascend, and no bid is below its limit
        }
        candidates_mask(c, word);
        uint64_t left = candidates_accepting(c, word, price);
        uint64_t but = except / MASK_BITS == word ? UINT64_C(1) << except % MASK_BITS : 0;
        for (left &= ~but; left != 0; left &= left - 1) {
            size_t i = first + (size_t)bits_first(left);
            uint64_t mine = priority_of(draw, c, i);
            last = mine >= latest ? i : last;
            latest = mine >= latest ? mine : latest;
        }
    }
    *priority = latest;
    return last;
}

// The clock below the reserve, with both bids at most the reserve.
static dcat_auction_result ask_in_turn(const dcat_auction_rules *rules, candidates *c,
                                       const lowest_bids *two, double reserve)
{
    const dcat_clock *clock = &rules->rea_s;
    // The reserve is mostly the ceiling: then the round hardly depends on the task.
    int round = c->clusters->guesses
                    ? clock_exit_round_near(clock, reserve, two->second, 1,
                                            c->clusters->exit_guess[candidate_rank(c, two->next)])
                    : clock_exit_round_near(clock, reserve, two->second, 1,
                                            clock_guess_exit(clock, reserve, two->second));
    double price = clock_price(clock, reserve, round);
    double previous = clock_price(clock, reserve, round - 1);
    uint64_t priority, draw = candidates_draw(c);
    size_t stays = two->lowest > price ? NO_CANDIDATE : two->best;
    size_t last = c->slot->handicap_per_gigacycle_s == 0.0
                      ? last_by_limit(c, draw, previous,
                                      stays == NO_CANDIDATE ? two->best : two->next, &priority)
                      : last_by_bid(c, draw, previous, stays, &priority);
    if (stays == NO_CANDIDATE) {
        return auction_sold((int)last, round, previous);
    }
    bool accepted = priority_of(draw, c, two->best) < priority;
    const double pay[] = {previous, price}; // which nobody can foresee
    return auction_sold((int)two->best, round, pay[accepted]);
}

static bool fast(const dcat_auction_rules *rules, candidates *c, dcat_auction_result *result)
{
    lowest_bids two = candidates_lowest_bids(c);
    double reserve = dcat_auction_reserve(&rules->config, c->task->clock_fee, c->task->work_cycles);
    if (two.best == NO_CANDIDATE) {
        *result = auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    } else if (two.lowest > reserve) {
        *result = auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    } else if (two.second > reserve) { // or there is no second
        *result = auction_sold((int)two.best, 0, reserve);
    } else {
        *result = ask_in_turn(rules, c, &two, reserve);
    }
    return true;
}

const dcat_auction dcat_auction_rea_s = {
    DCAT_SIZED(dcat_auction),
    .name = "rea-s",
    .summary = "sequential reverse clock under a public ceiling; no member ever loses (default)",
    .limit = DCAT_LIMIT_MAX,
    .under_ceiling = true,
    .start_price = auction_start_at_reserve,
    .clock = clock_of,
    .run = run,
    .fast = fast,
    .by_limit = auction_by_limit,
    .promises = AUCTION_PROMISES_ALL,
    .asks_in_turn = true,
};
