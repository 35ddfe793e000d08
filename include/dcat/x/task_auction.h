// SPDX-License-Identifier: Apache-2.0
// task_auction.h - a slot taken apart: what one cluster looks like to one task, one task's auction,
// an award by hand.

#ifndef DCAT_X_TASK_AUCTION_H
#define DCAT_X_TASK_AUCTION_H

#include "dcat/market.h"

#ifdef __cplusplus
extern "C" {
#endif

// The part of a slot that belongs to tasks[n]: auction it and book the award. A slot is this for
// every task, in the order of dcat_task_order_of. Errors: as dcat_state_step.
DCAT_API dcat_status dcat_state_auction_task(dcat_state *state, double now_s, uint32_t cycle,
                                             uint32_t slot, const dcat_task *tasks, int32_t n,
                                             dcat_award *award, dcat_totals *totals,
                                             dcat_error *err);

// What would become of a task now, with draws that no slot has; nothing is booked. Errors: as
// dcat_state_step.
DCAT_API dcat_status dcat_state_quote(dcat_state *state, double now_s, const dcat_task *task,
                                      dcat_award *award, dcat_error *err);

// Book an award by hand, for agents that decide slot by slot: the cluster gets the task for this
// payment, whatever the auction would have said. award (Nullable) is filled with 0 rounds and 0
// candidates, since nobody was asked. Errors: ERR_RANGE: no such cluster, it cannot finish in time
// (10b), the user's value is below the fee, or a payment that is no number >= 0; and as
// dcat_state_step. Nothing has happened then.
DCAT_API dcat_status dcat_state_award_task(dcat_state *state, double now_s, const dcat_task *task,
                                           int32_t cluster, double payment, dcat_award *award,
                                           dcat_totals *totals, dcat_error *err);

// What one cluster looks like to one task at now_s, for explanations and checks.
typedef struct dcat_offer {
    double transfer_s, waiting_s, processing_s; // (1)-(3)
    bool feasible;                              // (10b) and the value rule of (10f)
    bool admitted;                              // by the market; candidates are both
    double cost;                                // eq. (8)
    double limit;                               // lowest payment accepted under the state's auction
    double handicap;                            // of the market
    double start; // of its own: no bid above it stands, and it is paid no more before its handicap
                  // is taken off; INFINITY: none. Where the ceiling is on limits, what it can be
                  // paid at most with its handicap
    double bid;   // limit + handicap; INFINITY where that does not stand
} dcat_offer;
DCAT_API dcat_offer dcat_state_offer(const dcat_state *state, double now_s, const dcat_task *task,
                                     int32_t cluster);

// Whether bid[i] is the one of its bidder's that stands: the lowest, of equal ones that of the
// lower cluster. bid and cluster [count] of a task's candidates, bidder_of as
// dcat_state_bidder_of_view. O(count).
DCAT_API bool dcat_bid_stands(const int32_t *bidder_of, const double *bid, const int32_t *cluster,
                              size_t count, size_t i);

// The order in which a slot of this world auctions tasks by this rule: writes order [task_count].
// Rules without a public ceiling take tasks as they come.
DCAT_API void dcat_task_order_of(const dcat_world *world, const dcat_auction *auction,
                                 const dcat_task *tasks, size_t task_count, int32_t *order);

// The market as it is for this state's auction. Choice: rules without a public ceiling, the
// paper's, know neither order nor handicap nor admission; by urgency they would first sell what
// pays least per work of all that is contested, at prices that nothing bounds.
DCAT_API const dcat_market_config *dcat_state_market_view(const dcat_state *state);

// What the auction of a task is told: the rules, and what stands for the fee (5). That is the fee,
// and the rules are the world's, unless the ceiling is on limits. Then the rules have none, every
// cluster has a start price of its own, and the fee is above all of these: Theorem 3 of
// docs/guarantees.md. The ceiling is on limits where the market says so, there are handicaps, and
// every cluster is a bidder of its own. Choice: bidders of several clusters have it on bids; one
// start for all of theirs would shut some of them out, and with different ones they would do better
// to keep one of them away.
DCAT_API const dcat_auction_rules *dcat_state_rules_view(const dcat_state *state);
DCAT_API double dcat_state_told_fee(const dcat_state *state, const dcat_task *task);

// The random bits that dcat_state_step gives the auction of tasks[index].
DCAT_API uint64_t dcat_state_auction_draw(const dcat_state *state, uint32_t cycle, uint32_t slot,
                                          uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
