// SPDX-License-Identifier: Apache-2.0
#include "market/totals.h"

void dcat_totals_count(dcat_totals *totals, const dcat_award *award)
{
    totals_count(totals, award);
}

void dcat_totals_add(dcat_totals *sum, const dcat_totals *part)
{
    sum->arrived += part->arrived;
    sum->awarded += part->awarded;
    sum->no_candidate += part->no_candidate;
    sum->no_bidder += part->no_bidder;
    sum->all_left += part->all_left;
    sum->round_limit += part->round_limit;
    sum->not_admitted += part->not_admitted;
    sum->no_device += part->no_device;
    sum->over_value += part->over_value;
    sum->single_candidate += part->single_candidate;
    sum->single_awarded += part->single_awarded;
    sum->contested += part->contested;
    sum->member_below_cost += part->member_below_cost;
    sum->late += part->late;
    sum->fee += part->fee;
    sum->payment += part->payment;
    sum->cost += part->cost;
    sum->transfer_s += part->transfer_s;
    sum->waiting_s += part->waiting_s;
    sum->processing_s += part->processing_s;
}
