// SPDX-License-Identifier: Apache-2.0
// bad_rules.h - auctions that look reasonable and tempt to lie. An audit that lets one of them pass
// is worth nothing.

#ifndef DCAT_TESTS_AUDIT_BAD_RULES_H
#define DCAT_TESTS_AUDIT_BAD_RULES_H

#include "dcat/x/audit.h"

// The paper's clock, but when all leave together a lottery at the price before decides.
dcat_auction_result bad_lottery_at_previous_price(const dcat_auction_rules *rules,
                                                  const dcat_auction_input *input);

// The paper's clock, but when all leave together that round is run again in finer steps.
dcat_auction_result bad_finer_clock(const dcat_auction_rules *rules,
                                    const dcat_auction_input *input);

// The lowest bid wins and is paid what it asked.
dcat_auction_result bad_first_price(const dcat_auction_rules *rules,
                                    const dcat_auction_input *input);

// Every member gets the cost it reported, and an equal share of what is left. Where all members are
// needed this is the Shapley value as well.
extern const dcat_share bad_share_cost_plus_surplus;

// Every member gets the payment less what the others report: truthful, and more than there is.
extern const dcat_share bad_share_team_vcg;

// The tariff rule with what members report for a tariff.
extern const dcat_share bad_share_reported_tariff;

// Every winner is paid the largest start price of those who take part, whoever it belongs to.
double bad_price_of_the_largest_start(double clearing, double own_start, double highest_start);

// Who works is settled by bids: the cheaper half of the members.
size_t bad_team_of_the_cheapest(const dcat_member *said, const int32_t *members,
                                size_t member_count, double ratio_start, int32_t *workers);

#endif
