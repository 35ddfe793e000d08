// explain.h - one task's auction, laid open.

#ifndef DCAT_CLI_EXPLAIN_H
#define DCAT_CLI_EXPLAIN_H

#include "dcat/dcat.h"
#include "dcat/x/x.h"
#include <stdio.h>

typedef struct explained_cluster {
    dcat_offer offer;
    bool bidder;    // was in the auction
    int exit_round; // clock auctions: first round whose price is below its bid
    bool accepts;   // price auctions: takes the one price there is
} explained_cluster;

typedef struct explanation {
    dcat_state *state; // as the task met it: queues after the tasks auctioned before it
    dcat_task task;
    double now_s;
    uint32_t cycle, slot;
    int32_t place; // how many tasks of the slot were auctioned before
    dcat_award award;
    double start_price;          // of the clock, or the one price
    double second_bid;           // lowest bid but one; INFINITY if there is none
    explained_cluster *clusters; // [C]
} explanation;

// Explain tasks[n] of a slot that is about to be auctioned. Errors: ERR_MEMORY.
dcat_status explanation_make(explanation *e, const dcat_slot_record *slot, int32_t n,
                             dcat_error *err);
void explanation_free(explanation *e);

void explanation_write_text(const explanation *e, const dcat_scenario *scenario,
                            const dcat_policy *policy, FILE *file);
dcat_status explanation_write_json(const explanation *e, const dcat_scenario *scenario,
                                   const dcat_policy *policy, FILE *file, dcat_error *err);

#endif
