// SPDX-License-Identifier: Apache-2.0
// state.h - everything that changes during a run, and one slot of it.
//
// A state belongs to one environment: clusters, server queues, earnings. Many share one world.
// A slot step does no heap, no I/O, no locks and reads no clock.

#ifndef DCAT_STATE_H
#define DCAT_STATE_H

#include "dcat/auction.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_state dcat_state;

// What became of one task.
typedef struct dcat_award {
    dcat_auction_outcome outcome;
    int32_t cluster;         // winner, -1 when unsold
    int32_t candidate_count; // admitted clusters that could have finished it in time,
                             // whoever's they are
    int32_t round;           // price cuts made
    double fee;              // eq. (5), paid by the user if sold
    double payment;          // to the winner, handicap already taken off; 0 when unsold
    double limit;            // lowest payment the winner accepts; 0 when unsold
    double cost;             // eq. (8) of the winner; 0 when unsold
    double transfer_s, waiting_s, processing_s; // (1)-(3) of the winner; waiting_s counts from
                                                // arrival; 0 when unsold
    bool member_below_cost; // some member's share of the payment is below its own cost
    bool late; // it is finished after its deadline: under DCAT_QUEUE_PAPER in a first-in-first-out
               // queue of the awards, as nobody keeps its promises; where servers are not as fast
               // as the platform takes them to be (dcat_world_config.true_speed_hz), and then fee
               // is 0 and processing_s the true time
} dcat_award;

// Sums over tasks. Rates are quotients of these; see dcat_totals_add.
typedef struct dcat_totals {
    int64_t arrived, awarded;
    int64_t no_candidate, no_bidder, all_left, round_limit, not_admitted, // unsold, by outcome
        no_device, over_value;
    int64_t single_candidate;  // tasks with exactly one candidate, sold or not
    int64_t single_awarded;    // those of them that were sold
    int64_t contested;         // tasks with two candidates or more
    int64_t member_below_cost; // awards
    int64_t late;              // awards
    double fee, payment, cost; // awarded tasks
    double transfer_s, waiting_s, processing_s;
} dcat_totals;

DCAT_API void dcat_totals_add(dcat_totals *sum, const dcat_totals *part);
DCAT_API void dcat_totals_count(dcat_totals *totals, const dcat_award *award); // one task more
DCAT_INLINE double dcat_totals_profit(const dcat_totals *totals)               // eq. (6)
{
    return totals->fee - totals->payment;
}

// A state with every server its own cluster and empty queues. The seed keys the lotteries and ask
// orders of its auctions; task_max is the most tasks that any slot will have. Borrows world and
// auction, which must outlive it. Errors: ERR_RANGE (a row without name, rule or start price, or
// with a limit rule that there is not; task_max over INT32_MAX), ERR_MEMORY.
DCAT_API dcat_status dcat_state_create(const dcat_world *world, const dcat_auction *auction,
                                       uint64_t seed, size_t task_max, dcat_state **state,
                                       dcat_error *err);
DCAT_API void dcat_state_destroy(dcat_state *state);

// An independent copy: what happens to one does not show in the other. Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_state_clone(const dcat_state *state, dcat_state **copy, dcat_error *err);

// The same object placed in memory the caller owns: at least _bytes, 64-byte aligned.
DCAT_API size_t dcat_state_bytes(const dcat_world *world, size_t task_max);
DCAT_API dcat_state *dcat_state_init(void *memory, const dcat_world *world,
                                     const dcat_auction *auction, uint64_t seed, size_t task_max);

// Back to empty queues and singletons at time 0, keeping the auction and seed.
DCAT_API void dcat_state_reset(dcat_state *state);

// Put servers into clusters (canonical labels, span limit respected: asserted). Queues stay with
// the servers: a cluster is busy until its busiest member is.
DCAT_API void dcat_state_set_clusters(dcat_state *state, const int32_t *cluster_of);

// The same for labels from outside: in [0, S), any names, relabelled. Errors: ERR_RANGE, naming the
// server or the pair beyond the span limit; ERR_MEMORY. The clusters in force then stay.
DCAT_API dcat_status dcat_state_try_clusters(dcat_state *state, const int32_t *cluster_of,
                                             dcat_error *err);

// Which clusters count as one bidder: those with equal numbers in bidder_of [C], any numbers; NULL:
// every cluster is its own. Of one bidder's candidates in an auction only the lowest bid stands, of
// equal ones that of the lower cluster; the price is set by other bidders. Until the clusters
// change next: then, as before the first call, clusters that have servers of one owner are one
// bidder, and so are those that share another owner with one of these.
DCAT_API void dcat_state_set_bidders(dcat_state *state, const int32_t *bidder_of);

// The bidder of every cluster [C], by the lowest cluster that it has.
DCAT_API const int32_t *dcat_state_bidder_of_view(const dcat_state *state);

// Queues from outside: as if reset and then put into clusters (as dcat_state_set_clusters), with
// servers busy until busy_until_s [queues, S] (dcat_world_queue_count), >= 0. INFINITY: out of
// service, and so is its cluster, which is free when its last member is. Between slots only. O(S).
DCAT_API void dcat_state_place(dcat_state *state, const double *busy_until_s,
                               const int32_t *cluster_of);

// When one queue of a server (dcat_world_queue_of) empties, from outside: work done early or late,
// a cancelled task; INFINITY: out of service. Earnings so far are settled first, and the cluster is
// busy until its busiest member is; bidders are as after a change of clusters. Between slots only.
// O(S). Errors: ERR_RANGE.
DCAT_API dcat_status dcat_state_set_unit_busy(dcat_state *state, int32_t server, size_t queue,
                                              double busy_until_s, dcat_error *err);

// Queues, accounts and time of another state, of an earlier world. from_server [S of state]: its
// number there, or -1 for a new server. Every server is a cluster of its own then. Errors:
// ERR_RANGE (no such server; another count of queues).
DCAT_API dcat_status dcat_state_carry_over(dcat_state *state, const dcat_state *from,
                                           const int32_t *from_server, dcat_error *err);

// The seed of the lotteries and ask orders from the next slot on.
DCAT_API void dcat_state_set_seed(dcat_state *state, uint64_t seed);

// One slot: auction every task that arrived, in the market's order. Source: Algorithm 3, lines 4-6.
//   now_s     the slot's start, >= 0; never before the previous slot's
//   cycle, slot  key the auctions' random draws together with each task's position
//   tasks     [task_count], at most the state's task_max
//   awards    [task_count] Nullable: what became of each
//   totals    added to
// Errors: ERR_RANGE, ERR_REFERENCE, naming the first wrong task; nothing has happened then.
DCAT_API dcat_status dcat_state_step(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                                     const dcat_task *tasks, size_t task_count, dcat_award *awards,
                                     dcat_totals *totals, dcat_error *err);

DCAT_API const dcat_world *dcat_state_world(const dcat_state *state);
DCAT_API const dcat_auction *dcat_state_auction(const dcat_state *state);
DCAT_API int32_t dcat_state_cluster_count(const dcat_state *state);
DCAT_API const int32_t *dcat_state_cluster_of_view(const dcat_state *state); // [S]

typedef struct dcat_cluster_view {
    const int32_t *members; // [member_count] server indices, ascending
    size_t member_count;
    const int32_t *workers; // [worker_count] those of them who do not opt out, ascending
    size_t worker_count;
    // Of those who work. Where nobody can: 0, and the costs and limit INFINITY.
    double speed_hz;       // F
    double unit_cost_mean; // per cycle, weighted by speed
    double unit_cost_max;  // per cycle, of the dearest member
    double tariff;         // per cycle, weighted by speed
    double unit_limit;     // lowest payment per cycle that the cluster accepts
    double unit_start;     // start price of its own, per cycle; INFINITY: none
    double busy_until_s;
} dcat_cluster_view;
// As class 0 sees it, and as any does: workers are those of its team who can do the class.
DCAT_API dcat_cluster_view dcat_state_cluster(const dcat_state *state, int32_t cluster);
DCAT_API dcat_cluster_view dcat_state_team(const dcat_state *state, int32_t cluster,
                                           int32_t class_id);

// What falls to a server of work_cycles of a class that its cluster has done for a payment; nothing
// to one that does not work.
typedef struct dcat_member_share {
    double work_cycles, payment, cost;
} dcat_member_share;
DCAT_API dcat_member_share dcat_state_member_share(const dcat_state *state, int32_t class_id,
                                                   int32_t server, double work_cycles,
                                                   double payment);

// Per server, or per queue of a server, since creation or reset.
typedef struct dcat_server_account {
    double busy_until_s;
    double fifo_until_s; // the same in a first-in-first-out queue of its awards; kept under
                         // DCAT_QUEUE_PAPER
    double busy_s;       // time spent working
    double work_cycles;
    double payment; // its shares
    double cost;    // eq. (8)
} dcat_server_account;
// Of one queue (dcat_world_queue_of), and of all: the latest end, and sums of the rest.
DCAT_API dcat_server_account dcat_state_queue(const dcat_state *state, int32_t server,
                                              size_t queue);
DCAT_API dcat_server_account dcat_state_server(const dcat_state *state, int32_t server);

// Walk all invariants: every server in exactly one cluster, spans within the limit, sums and queues
// consistent. Tests call it after every slot. Errors: ERR_INTERNAL, naming what is broken.
DCAT_API dcat_status dcat_state_check(const dcat_state *state, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
