// SPDX-License-Identifier: Apache-2.0
// explain.h - one task's auction, laid open: what every cluster could have done, and what it did.
//
// Call dcat_explanation_make from the hook before_slot of a run.

#ifndef DCAT_X_EXPLAIN_H
#define DCAT_X_EXPLAIN_H

#include "dcat/run.h"
#include "dcat/x/scenario.h"
#include "dcat/x/task_auction.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_explained_cluster {
    dcat_offer offer;
    bool bidder;    // was in the auction: a candidate, and its bidder's lowest bid
    int exit_round; // clock auctions: first round whose price is below its bid
    bool accepts;   // price auctions: takes the one price there is
} dcat_explained_cluster;

// What decided between the candidates.
typedef enum dcat_decided {
    DCAT_DECIDED_NOTHING = 0,    // unsold
    DCAT_DECIDED_ONLY_CANDIDATE, // nobody else could finish in time
    DCAT_DECIDED_PRICE,          // nobody else accepted the last price
    DCAT_DECIDED_LOWEST_BID,     // of an auction that compares bids
    DCAT_DECIDED_LOTTERY,        // several accepted the last price, or bid the same
    DCAT_DECIDED_LAST_ASKED,     // all would have left in one round; the last one asked stays
    DCAT_DECIDED_COUNT
} dcat_decided;

typedef struct dcat_explanation {
    dcat_state *state; // as the task met it: queues after the tasks auctioned before it
    dcat_task task;
    double now_s;
    uint32_t cycle, slot;
    int32_t place; // how many tasks of the slot were auctioned before
    dcat_award award;
    double start_price;               // of the clock, or the one price
    dcat_decided decided;             // what made the winner win
    size_t among;                     // how many were equal then: in the lottery, asked last, left
                                      // together, left after the last round
    double second_bid;                // lowest bid but one; INFINITY if there is none
    dcat_explained_cluster *clusters; // [C]
} dcat_explanation;

// Explain tasks[n] of a slot that is about to be auctioned. Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_explanation_make(dcat_explanation *e, const dcat_slot_record *slot,
                                           int32_t n, dcat_error *err);
DCAT_API void dcat_explanation_free(dcat_explanation *e);

DCAT_API void dcat_write_explanation_text(const dcat_explanation *e, const dcat_scenario *scenario,
                                          const dcat_policy *policy, FILE *file);
DCAT_API dcat_status dcat_write_explanation_json(const dcat_explanation *e,
                                                 const dcat_scenario *scenario,
                                                 const dcat_policy *policy, FILE *file,
                                                 dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
