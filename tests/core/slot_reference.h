// slot_reference.h - one slot of the market a second time, as naively as possible: queues kept per
// server, every delay and cost summed anew from the world, the literal auctions, plain loops.

#ifndef DCAT_TESTS_CORE_SLOT_REFERENCE_H
#define DCAT_TESTS_CORE_SLOT_REFERENCE_H

#include "dcat/state.h"

enum { REFERENCE_SERVER_MAX = 64, REFERENCE_TASK_MAX = 512 };

typedef struct reference_market {
    const dcat_world *world;
    dcat_auction_kind auction;
    uint64_t seed;
    int32_t cluster_count;
    int32_t cluster_of[REFERENCE_SERVER_MAX];
    dcat_server_account server[REFERENCE_SERVER_MAX];
} reference_market;

reference_market reference_market_of(const dcat_world *world, dcat_auction_kind auction,
                                     uint64_t seed);
void reference_set_clusters(reference_market *market, const int32_t *cluster_of);

// As dcat_state_step; awards are in the order of tasks.
void reference_step(reference_market *market, double now_s, uint32_t cycle, uint32_t slot,
                    const dcat_task *tasks, size_t task_count, dcat_award *awards);

#endif
