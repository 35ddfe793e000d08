// SPDX-License-Identifier: Apache-2.0
// auction.h (internal) - the rows of the table of auctions, one file each, and what they share.

#ifndef DCAT_AUCTION_AUCTION_H
#define DCAT_AUCTION_AUCTION_H

#include "dcat/auction.h"
#include "dcat/x/clock.h"

extern const dcat_auction dcat_auction_rea;
extern const dcat_auction dcat_auction_one_off;
extern const dcat_auction dcat_auction_rea_s;
extern const dcat_auction dcat_auction_vickrey;
extern const dcat_auction dcat_auction_posted;

// Members are safe and truthful where the limit is the dearest member's cost: a cluster then takes
// no price that hurts one of them, so a lie can only lose it good tasks. Where the limit is the
// mean, a dear member would rather have its cluster stay away, and says so.
#define AUCTION_PROMISES_ALL ((1u << DCAT_PROMISE_COUNT) - 1)
#define AUCTION_PROMISES_TO_MEMBERS                                                                \
    (1u << DCAT_PROMISE_TRUTHFUL_MEMBERS | 1u << DCAT_PROMISE_MEMBERS)
#define AUCTION_PROMISES_NOT_TO_MEMBERS (AUCTION_PROMISES_ALL & ~AUCTION_PROMISES_TO_MEMBERS)

// The start price of rules under the public ceiling: dcat_auction_reserve.
double auction_start_at_reserve(const dcat_auction_rules *rules, double fee, double work_cycles);

// A rule that always ranks clusters by limit.
bool auction_by_limit(const dcat_auction_config *config);

// The two lowest bids. best is the index of the lowest (the first of equals), second the second
// lowest value, which equals the lowest under a tie. bidder_count >= 2.
typedef struct lowest_two {
    int best;
    double lowest, second;
} lowest_two;

lowest_two auction_lowest_two(const dcat_auction_input *input);

// How many bids are at most price.
size_t auction_acceptor_count(const dcat_auction_input *input, double price);

// The nth (from 0) bidder whose bid is at most price; it must exist.
int auction_nth_acceptor(const dcat_auction_input *input, double price, size_t nth);

// Sell at price to a random one of those who accept it; outcome otherwise is NO_BIDDER.
dcat_auction_result auction_lottery(const dcat_auction_input *input, double price, int round);

void clock_init(dcat_clock *clock, double decrement);

// About the round in which bid leaves a clock from start.
int clock_guess_exit(const dcat_clock *clock, double start, double bid);

// dcat_clock_price, inline where it is a look into the table.
static inline double clock_price(const dcat_clock *clock, double start, int round)
{
    return round < DCAT_CLOCK_TABLE ? start * clock->factor[round]
                                    : dcat_clock_price(clock, start, round);
}

// dcat_clock_exit_round from a guess: walks the exact prices, so right for any and quick for a good
// one.
static inline int clock_exit_round_near(const dcat_clock *clock, double start, double bid,
                                        int round_min, int guess)
{
    int round = guess > round_min ? guess : round_min;
    while (round > round_min && clock_price(clock, start, round) < bid) {
        round--;
    }
    while (clock_price(clock, start, round) >= bid) {
        round++;
    }
    return round;
}

static inline dcat_auction_result auction_sold(int winner, int round, double clearing_price)
{
    return (dcat_auction_result){DCAT_AUCTION_SOLD, winner, round, clearing_price};
}

static inline dcat_auction_result auction_unsold(dcat_auction_outcome outcome, int round)
{
    return (dcat_auction_result){outcome, -1, round, 0.0};
}

#endif
