// SPDX-License-Identifier: Apache-2.0
// totals.h (internal) - dcat_totals_count, for the slot step.

#ifndef DCAT_MARKET_TOTALS_H
#define DCAT_MARKET_TOTALS_H

#include "base/inlined.h"
#include "dcat/market.h"

static INLINED void totals_count_sold(dcat_totals *totals, const dcat_award *award)
{
    totals->awarded++;
    totals->single_awarded += award->candidate_count == 1;
    totals->member_below_cost += award->member_below_cost;
    totals->late += award->late;
    totals->fee += award->fee;
    totals->payment += award->payment;
    totals->cost += award->cost;
    totals->transfer_s += award->transfer_s;
    totals->waiting_s += award->waiting_s;
    totals->processing_s += award->processing_s;
}

static INLINED void totals_count(dcat_totals *totals, const dcat_award *award)
{
    totals->arrived++;
    totals->single_candidate += award->candidate_count == 1;
    totals->contested += award->candidate_count >= 2;
    if (award->outcome == DCAT_AUCTION_SOLD) {
        totals_count_sold(totals, award);
        return;
    }
    switch (award->outcome) {
    case DCAT_AUCTION_NO_CANDIDATE:
        totals->no_candidate++;
        break;
    case DCAT_AUCTION_NO_BIDDER:
        totals->no_bidder++;
        break;
    case DCAT_AUCTION_ALL_LEFT:
        totals->all_left++;
        break;
    case DCAT_AUCTION_NOT_ADMITTED:
        totals->not_admitted++;
        break;
    case DCAT_AUCTION_NO_DEVICE:
        totals->no_device++;
        break;
    case DCAT_AUCTION_OVER_VALUE:
        totals->over_value++;
        break;
    case DCAT_AUCTION_ROUND_LIMIT:
    case DCAT_AUCTION_SOLD:
    case DCAT_AUCTION_OUTCOME_COUNT:
        totals->round_limit++;
        break;
    }
}

#endif
