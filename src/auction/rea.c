// SPDX-License-Identifier: Apache-2.0
// Reduced-price equilibrium allocation: the paper's Algorithm 2, in closed form.
//
// The clock starts at the fee, which is not asked: round k >= 1 asks fee * gamma^k and everyone
// whose bid is above it leaves. Let k* be the first round whose price is below the second lowest
// bid. Before k* at least two remain; in k* at most the cheapest does. So k* decides, and nobody
// else matters. bench/reference/auction.h walks the rounds instead and must always agree.

#include "auction/candidates.h"
#include "dcat/x/clock.h"

// K rounds are done and several still accept.
static dcat_auction_result round_limit(const dcat_auction_rules *rules,
                                       const dcat_auction_input *input)
{
    int round = rules->config.rea_round_max;
    if (rules->config.rea_round_end == DCAT_END_UNSOLD) {
        return auction_unsold(DCAT_AUCTION_ROUND_LIMIT, round);
    }
    return auction_lottery(input, dcat_clock_price(&rules->rea, input->fee, round), round);
}

// Everyone who accepted the price of the round before this one has left.
static dcat_auction_result all_left(const dcat_auction_rules *rules,
                                    const dcat_auction_input *input, int round)
{
    if (rules->config.rea_all_left == DCAT_END_LOTTERY) {
        double price = dcat_clock_price(&rules->rea, input->fee, round - 1);
        dcat_auction_result result = auction_lottery(input, price, round);
        if (result.outcome == DCAT_AUCTION_SOLD) {
            return result;
        }
    }
    return auction_unsold(DCAT_AUCTION_ALL_LEFT, round);
}

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    // Choice: a lone candidate gets the task at the fee, as in the paper, unless even the fee is
    // below its bid; then (10f) would not hold for it.
    if (input->bidder_count == 1) {
        return input->bid[0] <= input->fee ? auction_sold(0, 0, input->fee)
                                           : auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    lowest_two two = auction_lowest_two(input);
    int round_max = rules->config.rea_round_max;
    if (round_max != DCAT_ROUND_UNLIMITED &&
        dcat_clock_price(&rules->rea, input->fee, round_max) >= two.second) {
        return round_limit(rules, input);
    }
    int round = dcat_clock_exit_round(&rules->rea, input->fee, two.second, 1);
    double price = dcat_clock_price(&rules->rea, input->fee, round);
    return price >= two.lowest ? auction_sold(two.best, round, price)
                               : all_left(rules, input, round);
}

static double start_price(const dcat_auction_rules *rules, double fee, double work_cycles)
{
    (void)rules;
    (void)work_cycles;
    return fee;
}

static const dcat_clock *clock_of(const dcat_auction_rules *rules)
{
    return &rules->rea;
}

// The lottery among those who left together pays the price before. Who could win one cut later may
// do better to leave with the others and draw for the higher price.
static unsigned promises_lost(const dcat_auction_config *config)
{
    return config->rea_all_left == DCAT_END_LOTTERY ? 1u << DCAT_PROMISE_TRUTHFUL_CLUSTERS : 0;
}

// --- the fast path

// The clock stops after K rounds. Where all accept its last price only their number counts.
static bool fast_stopped(const dcat_auction_rules *rules, candidates *c,
                         dcat_auction_result *result)
{
    int round = rules->config.rea_round_max;
    double price = clock_price(&rules->rea, c->task->clock_fee, round);
    if (!candidates_all_accept(c, price)) {
        return false;
    }
    size_t count = candidates_count(c);
    bool alone = count == 1; // it accepts this price, so the fee as well
    if (count == 0) {
        *result = auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    } else if (rules->config.rea_round_end == DCAT_END_UNSOLD && !alone) {
        *result = auction_unsold(DCAT_AUCTION_ROUND_LIMIT, round);
    } else {
        const double pay[] = {price, c->task->clock_fee}; // which nobody can foresee
        *result = candidates_lottery(c, count, alone ? 0 : round, pay[alone]);
    }
    return true;
}

// The clock runs until at most one is left: the two lowest bids decide, but for a lottery.
static bool fast_unlimited(const dcat_auction_rules *rules, candidates *c,
                           dcat_auction_result *result)
{
    lowest_bids two = candidates_lowest_bids(c);
    if (two.best == NO_CANDIDATE) {
        *result = auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
        return true;
    }
    if (c->feasible_count == 1) {
        *result = two.lowest <= c->task->clock_fee
                      ? auction_sold((int)two.best, 0, c->task->clock_fee)
                      : auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
        return true;
    }
    int round = dcat_clock_exit_round(&rules->rea, c->task->clock_fee, two.second, 1);
    double price = clock_price(&rules->rea, c->task->clock_fee, round);
    bool sold = price >= two.lowest;
    *result = sold ? auction_sold((int)two.best, round, price)
                   : auction_unsold(DCAT_AUCTION_ALL_LEFT, round);
    return sold || rules->config.rea_all_left == DCAT_END_UNSOLD;
}

static bool by_limit(const dcat_auction_config *config)
{
    return config->rea_round_max == DCAT_ROUND_UNLIMITED;
}

static bool fast(const dcat_auction_rules *rules, candidates *c, dcat_auction_result *result)
{
    return by_limit(&rules->config) ? fast_unlimited(rules, c, result)
                                    : fast_stopped(rules, c, result);
}

const dcat_auction dcat_auction_rea = {
    DCAT_SIZED(dcat_auction),
    .name = "rea",
    .summary = "reverse clock from the fee down, as in the paper (Algorithm 2)",
    .limit = DCAT_LIMIT_MEAN,
    .skips_start = true,
    .start_price = start_price,
    .clock = clock_of,
    .run = run,
    .fast = fast,
    .by_limit = by_limit,
    .promises = AUCTION_PROMISES_NOT_TO_MEMBERS,
    .promises_lost = promises_lost,
};
