// SPDX-License-Identifier: Apache-2.0
// plane.h (internal) - the clusters of a state as one class of work sees them.
//
// A state has a plane for each class. Arrays are [C] unless said, with room for S.

#ifndef DCAT_MARKET_PLANE_H
#define DCAT_MARKET_PLANE_H

#include "dcat/market.h"
#include "dcat/share.h"
#include "market/scan.h"
#include "world/world.h"

typedef struct plane {
    double price_per_gigacycle, urgency_s; // p and mu of eq. (5)
    int32_t class_id;
    size_t queue;               // of a server's, that this class waits in
    const dcat_member *servers; // [S] the world's, as this class sees them
    // Those of the members who work: the arrays of the state, or their own where some may not.
    // Where nobody does, all of a cluster is 0 here, but its costs and limits, which are INFINITY.
    int32_t *works_in;     // [S] cluster, or -1
    int32_t *worker_first; // [C + 1] into workers
    int32_t *workers;      // [S]
    double *speed_hz;
    double *unit_cost_mean; // per cycle
    double *unit_cost_max;
    double *tariff;     // per cycle
    double *ratio_max;  // cost / tariff
    double *unit_limit; // these four: dcat_terms
    double *unit_break_even;
    double *unit_start; // the highest of the bidder's
    double *own_start;
    double *unit_standing; // the limit, or INFINITY where it is above the start price
    double standing_max;   // the largest that is a number
    double *busy_until_s;  // when the last of those who work is free
    double *fifo_until_s;  // when a machine would be free; kept under DCAT_QUEUE_PAPER
    // Where the world has resources: ends of the work of this one alone, and the planes, a bit
    // each, in which some of the same servers work behind the same queues. NULL otherwise, and the
    // ends are the arrays above.
    double *own_busy_s, *own_fifo_s;
    uint64_t *meets;
    // How many times as long as promised the work of a cluster takes, INFINITY where it never ends;
    // NULL: as promised.
    double *stretch;

    // Earned since the clusters were formed; split among members when somebody asks.
    double *cluster_work_cycles;
    double *cluster_payment;
    double *cluster_busy_s;

    scan scan; // the clusters again, as a slot step looks at them
} plane;

// Counts of state must be set; places the arrays. first is the first plane of the state, whose
// scratch all share, or NULL for that one itself.
void plane_layout(arena *a, const dcat_state *state, const plane *first, plane *p);

// First use of fresh memory.
void plane_init(const dcat_state *state, int32_t class_id, plane *p);

// What the clusters are to this class, behind the queues of their servers.
void plane_form(const dcat_state *state, plane *p);

// Which planes meet which, once all are formed.
void plane_find_meetings(const dcat_state *state, plane *p);

// Start prices, after who is one bidder.
void plane_set_starts(const dcat_state *state, plane *p);

// What falls to a server of work_cycles that its cluster has done for a payment.
dcat_member_share plane_member_share(const plane *p, const dcat_share *share, int32_t server,
                                     double work_cycles, double payment);

// Put into an account what the server's cluster has to do since it was formed, and what it earned
// (9).
void plane_add_queue(const plane *p, int32_t server, dcat_server_account *account);
void plane_add_earnings(const plane *p, const dcat_share *share, int32_t server,
                        dcat_server_account *account);

static inline size_t plane_worker_count(const plane *p, int32_t cluster)
{
    return (size_t)(p->worker_first[cluster + 1] - p->worker_first[cluster]);
}

// Both numbers of a queue are kept twice, so nobody writes busy_until_s alone.
static inline void plane_set_busy(plane *p, int32_t cluster, double busy_until_s)
{
    p->busy_until_s[cluster] = busy_until_s;
    if (p->scan.ready) {
        scan_set_busy(&p->scan, p->scan.rank_of[cluster], busy_until_s);
    }
}

// A cluster was given work of this class, which it will have done then. Where other classes wait
// behind the same servers, planes [Q] are told.
void plane_tell(plane *planes, const plane *p, int32_t cluster);

// A finish within rounding of a deadline is not late.
#define LATE_TOLERANCE_S 1e-9

// What becomes of an award that is booked by speeds which are not those of the servers.
void plane_keep_truth(plane *p, int32_t cluster, double start_s, double latest_s,
                      dcat_award *award);

// A cluster is busy for longer than its awards account for.
void plane_delay(plane *p, int32_t cluster, double extra_s);

#endif
