// SPDX-License-Identifier: Apache-2.0
// bidders.h - which clusters are one bidder in an auction.
//
// Clusters joined by a common owner would otherwise set each other's prices, so of one bidder's
// candidates only the lowest bid stands. Choice: of equal ones that of the lower cluster, so that a
// rule's own draw for ties is among bidders. Lotteries and ask orders go by bidders, too: who could
// choose the cluster that stands would else choose its luck.

#ifndef DCAT_MARKET_BIDDERS_H
#define DCAT_MARKET_BIDDERS_H

#include "base/arena.h"
#include "world/world.h"
#include <stdbool.h>

typedef struct bidders {
    bool joined;        // some bidder has several clusters
    int32_t *of;        // [C] its bidder: the lowest cluster that the bidder has
    int32_t *lowest;    // [C] scratch, by bidder; -1 between uses
    int32_t *cluster;   // [C] scratch of bidders_set
    int32_t *seen_with; // [owners + 1] scratch: a cluster of the owner
} bidders;

void bidders_layout(arena *a, const dcat_world *world, bidders *b);

// By the owners of the servers: joined are clusters that share one, and what those share.
void bidders_join(bidders *b, const dcat_world *world, const int32_t *cluster_of,
                  int32_t cluster_count);

// As somebody else says: clusters with equal numbers are one bidder; NULL: every cluster is its
// own.
void bidders_set(bidders *b, const int32_t *bidder_of, int32_t cluster_count);

// Leave of a list of bids those that stand, and make their clusters bidders; returns how many.
size_t bidders_keep_lowest(bidders *b, double *bid, int32_t *cluster, int32_t *item, size_t count);

#endif
