// SPDX-License-Identifier: Apache-2.0
// OB-REA, the paper's baseline: one offer, a random cluster among those that accept.

#include "auction/candidates.h"

static double start_price(const dcat_auction_rules *rules, double fee, double work_cycles)
{
    (void)work_cycles;
    return rules->config.one_off_offer * fee;
}

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    return auction_lottery(input, start_price(rules, input->fee, input->work_cycles), 0);
}

static bool fast(const dcat_auction_rules *rules, candidates *c, dcat_auction_result *result)
{
    return candidates_sell_at(c, start_price(rules, c->task->clock_fee, c->task->work_cycles),
                              result);
}

const dcat_auction dcat_auction_one_off = {
    DCAT_SIZED(dcat_auction),
    .name = "one-off",
    .summary = "one offer at a share of the fee, a random acceptor (OB-REA of the paper)",
    .limit = DCAT_LIMIT_MEAN,
    .start_price = start_price,
    .run = run,
    .fast = fast,
    .promises = AUCTION_PROMISES_NOT_TO_MEMBERS,
};
