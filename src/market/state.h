// SPDX-License-Identifier: Apache-2.0
// state.h (internal) - the inside of dcat_state. Arrays are [C] unless said, with room for S.

#ifndef DCAT_MARKET_STATE_H
#define DCAT_MARKET_STATE_H

#include "dcat/market.h"
#include "dcat/share.h"
#include "market/bidders.h"
#include "market/scan.h"
#include "world/world.h"

struct dcat_state {
    const dcat_world *world;
    const dcat_auction *auction;
    dcat_market_config market; // as it is for this auction
    bool admits_all;           // it has no admission
    uint64_t seed;
    size_t task_max;

    int32_t cluster_count;
    int32_t *cluster_of;   // [S]
    int32_t *member_first; // [C + 1] into members
    int32_t *members;      // [S] ascending within a cluster
    dcat_share_rules shares;
    // Those of the members who work: the arrays above, or their own where some may opt out.
    int32_t *works_in;     // [S] cluster, or -1
    int32_t *worker_first; // [C + 1] into workers
    int32_t *workers;      // [S]
    double *speed_hz;
    double *unit_cost_mean; // per cycle
    double *unit_cost_max;
    double *tariff;     // per cycle
    double *unit_limit; // these four: dcat_terms
    double *unit_break_even;
    double *unit_start; // the highest of the bidder's
    double *own_start;
    double *unit_standing; // the limit, or INFINITY where it is above the start price
    double *busy_until_s;
    double *fifo_until_s; // when a machine would be free; kept under DCAT_QUEUE_PAPER

    // Earned since the clusters were formed; split among members when somebody asks.
    double *cluster_work_cycles;
    double *cluster_payment;
    double *cluster_busy_s;
    dcat_server_account *accounts; // [S] up to when the clusters were formed
    double payment_total;          // everything ever paid
    double now_s;                  // of the last slot; time does not run backwards

    scan scan; // the clusters again, as a slot step looks at them
    bidders bidders;
    // The rule's fast path, where it has one and every cluster is a bidder of its own.
    bool (*fast)(const dcat_auction_rules *rules, candidates *candidates,
                 dcat_auction_result *result);

    // Scratch of a slot step: candidates of one task.
    double *bid;
    int32_t *candidate; // their clusters
    int32_t *item;      // theirs in the list of the task's area
    int32_t *order;     // [task_max]
};

// dcat_state_step and dcat_state_auction_task for callers that have checked.
void state_step(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                const dcat_task *tasks, size_t task_count, dcat_award *awards, dcat_totals *totals);
dcat_award state_auction_task(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                              const dcat_task *tasks, int32_t n, dcat_totals *totals);

// Copy into a state made for the same world, auction and task_max.
void state_copy(dcat_state *to, const dcat_state *from);

// As if reset and then put into clusters [S], with servers busy until busy_until_s [S]; Nullable:
// queues are empty.
void state_place(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of);

// When each server [S] has done what it was given.
void state_queues(const dcat_state *state, double *busy_until_s);

// A cluster is busy for longer than its awards account for. The queue is kept twice, so nobody
// writes busy_until_s alone.
static inline void state_delay(dcat_state *state, int32_t cluster, double extra_s)
{
    state->busy_until_s[cluster] += extra_s;
    if (state->scan.ready) {
        scan_set_busy(&state->scan, state->scan.rank_of[cluster], state->busy_until_s[cluster]);
    }
}

#endif
