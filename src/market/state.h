// SPDX-License-Identifier: Apache-2.0
// state.h (internal) - the inside of dcat_state. Arrays are [C] unless said, with room for S.

#ifndef DCAT_MARKET_STATE_H
#define DCAT_MARKET_STATE_H

#include "dcat/market.h"
#include "dcat/share.h"
#include "market/bidders.h"
#include "market/plane.h"
#include "world/world.h"

struct dcat_state {
    const dcat_world *world;
    const dcat_auction *auction;
    dcat_market_config market;       // as it is for this auction
    bool admits_all;                 // it has no admission
    bool on_limits;                  // the ceiling is, not on bids
    const dcat_auction_rules *rules; // dcat_state_rules_view
    uint64_t seed;
    size_t task_max;

    int32_t cluster_count;
    int32_t *cluster_of;   // [S]
    int32_t *member_first; // [C + 1] into members
    int32_t *members;      // [S] ascending within a cluster
    dcat_share_rules shares;
    plane *planes; // [plane_count], by class of work
    size_t plane_count;
    dcat_server_account *accounts; // [queue_count, S] up to when the clusters were formed
    double payment_total;          // everything ever paid
    double now_s;                  // of the last slot; time does not run backwards

    bidders bidders;
    // The rule's fast path, where it has one and every cluster is a bidder of its own.
    bool (*fast)(const dcat_auction_rules *rules, candidates *candidates,
                 dcat_auction_result *result);

    // Scratch of a slot step: candidates of one task.
    double *bid;
    int32_t *candidate; // their clusters
    int32_t *item;      // theirs in the list of the task's area
    int32_t *order;     // [task_max]
    struct told *told;  // [task_max]
    slot_draws draws;   // of the slot at work
};

// dcat_state_step and dcat_state_auction_task for callers that have checked.
void state_step(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                const dcat_task *tasks, size_t task_count, dcat_award *awards, dcat_totals *totals);
dcat_award state_auction_task(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                              const dcat_task *tasks, int32_t n, dcat_totals *totals);

// Copy into a state made for the same world, auction and task_max.
void state_copy(dcat_state *to, const dcat_state *from);

// As if reset and then put into clusters [S], with servers busy until busy_until_s [S] in all their
// queues; Nullable: queues are empty.
void state_place(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of);
// The same with each queue [queue_count, S] by itself.
void state_place_queues(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of);

// Write every cluster's earnings and queues to its members, before the clusters change.
void state_settle(dcat_state *state);

// Build everything that follows from cluster_of and the queues of servers.
void state_form(dcat_state *state);

// When each server [S] has done what it was given, in all its queues.
void state_queues(const dcat_state *state, double *busy_until_s);

// The plane of a task's class.
static inline plane *state_plane(const dcat_state *state, const dcat_task *task)
{
    return &state->planes[task->class_id];
}

// A cluster is busy for longer than its awards account for, in all its queues.
void state_delay(dcat_state *state, int32_t cluster, double extra_s);
// Its team for a class is, and with it all that wait for the same servers.
void state_delay_team(dcat_state *state, int32_t cluster, int32_t class_id, double extra_s);

#endif
