// SPDX-License-Identifier: Apache-2.0
// clock.h - what rules of auctions are made of: clocks, the reserve, the order of questions, and
// what a rule promises.

#ifndef DCAT_X_CLOCK_H
#define DCAT_X_CLOCK_H

#include "dcat/auction.h"

#ifdef __cplusplus
extern "C" {
#endif

// Clock price of round k >= 0.
DCAT_API double dcat_clock_price(const dcat_clock *clock, double start, int round);

// First round k >= round_min whose price is below bid: the round in which that bidder leaves.
// bid > 0, start > 0.
DCAT_API int dcat_clock_exit_round(const dcat_clock *clock, double start, double bid,
                                   int round_min);

// Prepare rules. The config must have passed dcat_auction_config_check (asserted).
DCAT_API void dcat_auction_rules_init(dcat_auction_rules *rules, const dcat_auction_config *config);

// Whether a rule promises it under these settings: a lottery after a simultaneous exit, for one,
// takes truthfulness away from rea.
DCAT_API bool dcat_auction_promises(const dcat_auction *auction, const dcat_auction_config *config,
                                    dcat_promise promise);

// How clusters divide under a rule and these settings: as the market says under a public ceiling,
// else by load, at the limit that the rule's own row names.
DCAT_API dcat_share_rules dcat_auction_shares(const dcat_auction *auction,
                                              const dcat_auction_config *config);

// The most the platform pays: min(fee, r l). Start of the clock of rea-s.
DCAT_API double dcat_auction_reserve(const dcat_auction_config *config, double fee,
                                     double work_cycles);

// Ask order of rea-s within a round: ascending priority, distinct for distinct clusters. Depends on
// no bid.
DCAT_INLINE uint64_t dcat_ask_priority(uint64_t draw, int32_t cluster)
{
    return dcat_mix64(draw + ((uint64_t)cluster + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

#ifdef __cplusplus
}
#endif
#endif
