// state.h (internal) - the inside of dcat_state. Arrays are [C] unless said, with room for S.

#ifndef DCAT_CORE_STATE_H
#define DCAT_CORE_STATE_H

#include "core/world.h"
#include "dcat/state.h"

struct dcat_state {
    const dcat_world *world;
    dcat_auction_kind auction;
    uint64_t seed;
    size_t task_max;

    int32_t cluster_count;
    int32_t *cluster_of;   // [S]
    int32_t *member_first; // [C + 1] into members
    int32_t *members;      // [S] ascending within a cluster
    double *speed_hz;
    double *unit_cost_mean; // per cycle
    double *unit_cost_max;
    double *unit_limit; // one of the two above, by the auction's rule
    double *busy_until_s;

    // Earned since the clusters were formed; split among members when somebody asks.
    double *cluster_work_cycles;
    double *cluster_payment;
    double *cluster_busy_s;
    dcat_server_account *accounts; // [S] up to when the clusters were formed
    double payment_total;          // everything ever paid

    // Transfer delay (3) from an area to every cluster, for the data size last asked there: most
    // worlds have one size, so a row is made once per clustering.
    double *transfer_s;    // [A, C], rows server_count apart
    double *transfer_bits; // [A] data size of each row; NAN: not made yet

    // Scratch of a slot step.
    double *bid;        // candidates of one task
    int32_t *candidate; // their clusters
    int32_t *order;     // [task_max]
};

#endif
