// SPDX-License-Identifier: Apache-2.0
#include "bad_rules.h"
#include "dcat/x/clock.h"

#include <math.h>

#define FINER_STEPS 8

static dcat_auction_result sold(int winner, int round, double price)
{
    return (dcat_auction_result){DCAT_AUCTION_SOLD, winner, round, price};
}

static dcat_auction_result unsold(dcat_auction_outcome outcome)
{
    return (dcat_auction_result){outcome, -1, 0, 0.0};
}

static size_t acceptors(const dcat_auction_input *input, double price, int *first)
{
    size_t count = 0;
    for (size_t i = input->bidder_count; i-- > 0;) {
        if (input->bid[i] <= price) {
            *first = (int)i;
            count++;
        }
    }
    return count;
}

static dcat_auction_result lottery(const dcat_auction_input *input, double price, int round)
{
    int first = -1;
    size_t count = acceptors(input, price, &first);
    if (count == 0) {
        return unsold(DCAT_AUCTION_NO_BIDDER);
    }
    size_t nth = dcat_pick(input->draw, (uint32_t)count);
    int winner = first;
    while (nth > 0) {
        winner++;
        nth -= input->bid[winner] <= price;
    }
    return sold(winner, round, price);
}

// Walk the clock from the fee until at most one accepts; *round is where it stopped.
static size_t walk(const dcat_auction_rules *rules, const dcat_auction_input *input, int *round,
                   int *last)
{
    size_t count = 0;
    *round = 0;
    do {
        count = acceptors(input, dcat_clock_price(&rules->rea, input->fee, ++*round), last);
    } while (count > 1);
    return count;
}

dcat_auction_result bad_lottery_at_previous_price(const dcat_auction_rules *rules,
                                                  const dcat_auction_input *input)
{
    int round = 0;
    int last = -1;
    size_t left = walk(rules, input, &round, &last);
    return left == 1 ? sold(last, round, dcat_clock_price(&rules->rea, input->fee, round))
                     : lottery(input, dcat_clock_price(&rules->rea, input->fee, round - 1), round);
}

dcat_auction_result bad_finer_clock(const dcat_auction_rules *rules,
                                    const dcat_auction_input *input)
{
    int round = 0;
    int last = -1;
    if (walk(rules, input, &round, &last) == 1) {
        return sold(last, round, dcat_clock_price(&rules->rea, input->fee, round));
    }
    double price = dcat_clock_price(&rules->rea, input->fee, round - 1);
    double step = pow(rules->config.rea_decrement, 1.0 / FINER_STEPS);
    for (int k = 1; k <= FINER_STEPS; k++) {
        price *= step;
        if (acceptors(input, price, &last) == 1) {
            return sold(last, round, price);
        }
    }
    return unsold(DCAT_AUCTION_ALL_LEFT);
}

dcat_auction_result bad_first_price(const dcat_auction_rules *rules,
                                    const dcat_auction_input *input)
{
    int best = 0;
    for (size_t i = 1; i < input->bidder_count; i++) {
        best = input->bid[i] < input->bid[best] ? (int)i : best;
    }
    double reserve = dcat_auction_reserve(&rules->config, input->fee, input->work_cycles);
    return input->bid[best] <= reserve ? sold(best, 0, input->bid[best])
                                       : unsold(DCAT_AUCTION_NO_BIDDER);
}

// --- shares

static double limit_of_mean(const dcat_share *share, const dcat_share_team *team,
                            const dcat_member *servers, const int32_t *workers)
{
    (void)share;
    (void)servers;
    (void)workers;
    return team->unit_cost_mean;
}

static double cost_plus_surplus(const dcat_share *share, const dcat_share_team *team,
                                const dcat_member *member, double work_cycles, double payment)
{
    (void)share;
    double cost = work_cycles * (member->speed_hz / team->speed_hz) * member->unit_cost;
    return cost + (payment - work_cycles * team->unit_cost_mean) / (double)team->member_count;
}

const dcat_share bad_share_cost_plus_surplus = {
    DCAT_SIZED(dcat_share),           .name = "cost plus surplus", .unit_limit = limit_of_mean,
    .unit_break_even = limit_of_mean, .pay = cost_plus_surplus,
};

static double payment_less_others(const dcat_share *share, const dcat_share_team *team,
                                  const dcat_member *member, double work_cycles, double payment)
{
    (void)share;
    double load = member->speed_hz / team->speed_hz;
    return payment - work_cycles * (team->unit_cost_mean - load * member->unit_cost);
}

const dcat_share bad_share_team_vcg = {
    DCAT_SIZED(dcat_share),           .name = "team VCG",         .unit_limit = limit_of_mean,
    .unit_break_even = limit_of_mean, .pay = payment_less_others,
};

static double by_reported_cost(const dcat_share *share, const dcat_share_team *team,
                               const dcat_member *member, double work_cycles, double payment)
{
    (void)share;
    (void)work_cycles;
    return payment * (member->speed_hz * member->unit_cost) /
           (team->speed_hz * team->unit_cost_mean);
}

const dcat_share bad_share_reported_tariff = {
    DCAT_SIZED(dcat_share),      .name = "tariff from the reported cost", .by_tariff = true,
    .unit_limit = limit_of_mean, .unit_break_even = limit_of_mean,        .pay = by_reported_cost,
};

// --- teams and prices

double bad_price_of_the_largest_start(double clearing, double own_start, double highest_start)
{
    (void)own_start;
    return isfinite(highest_start) ? highest_start : clearing;
}

// Half of them, and at least one: those who say they are the cheapest beside their tariff.
size_t bad_team_of_the_cheapest(const dcat_member *said, const int32_t *members,
                                size_t member_count, double ratio_start, int32_t *workers)
{
    (void)ratio_start;
    size_t count = 0;
    while (count < (member_count + 1) / 2) {
        int32_t best = -1;
        for (size_t i = 0; i < member_count; i++) {
            bool taken = false;
            for (size_t j = 0; j < count; j++) {
                taken = taken || workers[j] == members[i];
            }
            if (!taken && (best < 0 || said[members[i]].unit_cost * said[best].tariff <
                                           said[best].unit_cost * said[members[i]].tariff)) {
                best = members[i];
            }
        }
        workers[count++] = best;
    }
    return count;
}
