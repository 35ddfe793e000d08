// auction_reference.h - the auctions walked literally: round by round, set by set, question by
// question. Slow and plain; the closed forms in src/core/auction_*.c must always agree with it.

#ifndef DCAT_TESTS_CORE_AUCTION_REFERENCE_H
#define DCAT_TESTS_CORE_AUCTION_REFERENCE_H

#include "dcat/auction.h"

#define REFERENCE_BIDDER_MAX 64

dcat_auction_result reference_auction(dcat_auction_kind kind, const dcat_auction_rules *rules,
                                      const dcat_auction_input *input);

#endif
