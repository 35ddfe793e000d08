// SPDX-License-Identifier: Apache-2.0
// Second price: the lowest bid wins and is paid the second lowest, or the reserve if that is lower.
// Choice: equal lowest bids are decided by lottery; the winner is then paid its own bid, so the
// tie-break is worth nothing to anyone.

#include "auction/candidates.h"
#include "dcat/x/clock.h"

#include <math.h>

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    double reserve = dcat_auction_reserve(&rules->config, input->fee, input->work_cycles);
    lowest_two two = {0, input->bid[0], INFINITY};
    if (input->bidder_count >= 2) {
        two = auction_lowest_two(input);
    }
    if (two.lowest > reserve) {
        return auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    if (two.second == two.lowest) {
        return auction_lottery(input, two.lowest, 0);
    }
    return auction_sold(two.best, 0, fmin(two.second, reserve));
}

static bool fast(const dcat_auction_rules *rules, candidates *c, dcat_auction_result *result)
{
    lowest_bids two = candidates_lowest_bids(c);
    double reserve = dcat_auction_reserve(&rules->config, c->task->clock_fee, c->task->work_cycles);
    if (two.best == NO_CANDIDATE) {
        *result = auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
        return true;
    }
    *result = two.lowest > reserve ? auction_unsold(DCAT_AUCTION_NO_BIDDER, 0)
                                   : auction_sold((int)two.best, 0, fmin(two.second, reserve));
    return two.lowest > reserve || two.second > two.lowest; // equals draw lots
}

const dcat_auction dcat_auction_vickrey = {
    DCAT_SIZED(dcat_auction),
    .name = "vickrey",
    .summary = "lowest bid wins, is paid the second lowest or the public ceiling",
    .limit = DCAT_LIMIT_MAX,
    .under_ceiling = true,
    .start_price = auction_start_at_reserve,
    .run = run,
    .fast = fast,
    .by_limit = auction_by_limit,
    .promises = AUCTION_PROMISES_ALL,
};
