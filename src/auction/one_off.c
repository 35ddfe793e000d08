// OB-REA, the paper's baseline: one offer, a random cluster among those that accept.

#include "auction/auction.h"

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    if (input->bidder_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    return auction_lottery(input, rules->config.one_off_offer * input->fee, 0);
}

const dcat_auction dcat_auction_one_off = {
    .name = "one-off",
    .summary = "one offer at a share of the fee, a random acceptor (OB-REA of the paper)",
    .limit = DCAT_LIMIT_MEAN,
    .run = run,
};
