// SPDX-License-Identifier: Apache-2.0
// cut.h - the market of one cycle, made ahead of it: a world of the servers that take part, their
// asks, their clusters, and an engine that auctions.
//
// Making one takes memory and time, so it happens beside the exchange; the event `cycle` then puts
// it into force at once. A cut holds nothing that decides: the engine's queues are set from the
// exchange before every slot, so exchanges that were copied may share a cut.

#ifndef DCAT_EXCHANGE_CORE_CUT_H
#define DCAT_EXCHANGE_CORE_CUT_H

#include "exchange/core/exchange.h"

typedef struct exchange_cut_config {
    dcat_world_config world; // prices and slot are the exchange's; queue fifo; no resources
    // Nullable: devices, classes and efficiencies; its units and servers do not count. As many
    // devices and classes as the exchange has.
    const dcat_resources_config *resources;
    const dcat_area *areas; // [area_count of the exchange]
    const dcat_auction *auction;
    uint64_t world_seed;
} exchange_cut_config;

// The fastest that data of an area gets to somebody who can do a class, delay by delay.
typedef struct cut_reach {
    double seconds_per_bit, propagation_s;
} cut_reach;

struct exchange_cut {
    uint32_t number; // of the cycle
    int64_t seals;   // of the exchange when it was made
    uint64_t world_seed;
    dcat_world *world;
    dcat_state *state;
    int32_t server_count;             // W of the world
    int32_t server_max;               // of the exchange
    bool restored;                    // from a snapshot: asks are in force
    int32_t *server_of;               // [W] in the exchange
    int32_t *index_of;                // [server_max] in the world, or -1
    int32_t *cluster_of;              // [W] as decided
    size_t queue_count;               // of a server, in the world
    int32_t pool_of[DCAT_POOL_COUNT]; // [queue_count]
    // What the engine was last told, and when.
    int32_t *told_cluster; // [W]
    double *told_s;        // [queue_count, W]
    double *begin_s;       // [queue_count, W] with which the last slot's auctions began
    double told_now_s;
    // What a start takes, in the last slot: behind other work, and of who is idle (market/start.c).
    double *hold_s, *lead_s;   // [queue_count, W]
    int32_t *labels, *scratch; // [W]
    // For the task that is auctioned: how many servers take none of so few cores or cards, the
    // least that one of them takes, and when their queues end (NAN: of others).
    int32_t left_out, least_count;
    double *kept_s;   // [W]
    cut_reach *reach; // [areas, classes]
    double *class_hz; // [classes] of all servers together
    size_t area_count, class_count;
    // Tasks of a slot.
    dcat_task *tasks; // [slot_task_max]
    int32_t *task_of; // [slot_task_max] place in the exchange
    int32_t *order;   // [slot_task_max]
};

// The market of the next cycle, as the event `seal` left it: servers that were admitted or active
// and had an ask, each a cluster of its own. Errors: ERR_RANGE (nothing is sealed, nobody takes
// part, a setting that the exchange cannot have, what dcat_world_create refuses), ERR_MEMORY.
dcat_status exchange_cut_create(const exchange *x, const exchange_cut_config *config,
                                exchange_cut **cut, dcat_error *err);
void exchange_cut_destroy(exchange_cut *cut);

// The cut in force of an exchange that was read from a snapshot, made again of what it said, and
// put into force there. Errors: ERR_FORMAT, ERR_RANGE, ERR_MEMORY.
dcat_status exchange_cut_restore(exchange *x, const exchange_snapshot_cut *from,
                                 const exchange_cut_config *config, exchange_cut **cut,
                                 dcat_error *err);

// Clusters of its world's servers [W], any labels. Errors: ERR_RANGE (10c), ERR_MEMORY; the
// clusters decided before then stay.
dcat_status exchange_cut_set_clusters(exchange_cut *cut, const int32_t *cluster_of,
                                      dcat_error *err);

// Bring the engine in line with the exchange for a slot at now_s.
void cut_tell(const exchange *x, exchange_cut *cut, double now_s);

// That a booking made these servers busy in the queue of its class.
void cut_booked(exchange_cut *cut, int32_t class_id, const int32_t *members, int32_t count);

// A server of its world to a class.
const dcat_member *cut_member(const exchange_cut *cut, int32_t class_id, int32_t w);

// ---- market/cut_units.c: the devices of the servers of a cut, as measured
dcat_status cut_resources(const exchange *x, const exchange_cut_config *config,
                          const exchange_cut *cut, dcat_resources **resources, dcat_error *err);

#endif
