// SPDX-License-Identifier: Apache-2.0
// Posted price: take it or leave it at the reserve, a random cluster among those that accept.

#include "auction/candidates.h"
#include "dcat/x/clock.h"

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    double reserve = dcat_auction_reserve(&rules->config, input->fee, input->work_cycles);
    return auction_lottery(input, reserve, 0);
}

static bool fast(const dcat_auction_rules *rules, candidates *c, dcat_auction_result *result)
{
    return candidates_sell_at(
        c, dcat_auction_reserve(&rules->config, c->task->clock_fee, c->task->work_cycles), result);
}

const dcat_auction dcat_auction_posted = {
    DCAT_SIZED(dcat_auction),
    .name = "posted",
    .summary = "take it or leave it at the public ceiling, a random acceptor",
    .limit = DCAT_LIMIT_MAX,
    .under_ceiling = true,
    .start_price = auction_start_at_reserve,
    .run = run,
    .fast = fast,
    .promises = AUCTION_PROMISES_ALL,
};
