// SPDX-License-Identifier: Apache-2.0
// object.h (internal) - the inside of a feed.

#ifndef DCAT_EXCHANGE_FEED_OBJECT_H
#define DCAT_EXCHANGE_FEED_OBJECT_H

#include "exchange/feed/agenda.h"
#include "exchange/feed/feed.h"
#include "exchange/log/keeper.h"
#include "exchange/store/store.h"

enum { OPERATOR, USER, PROVIDERS }; // parties, as they come

struct exchange_feed {
    exchange_store *store;
    log_keeper *keeper;
    agenda agents;
    const dcat_world *world;
    const dcat_auction *auction;
    dcat_resources_config resources; // of the world, where it has any
    double *efficiency;              // [devices, classes] of these
    int32_t *provider;               // [S] party of each server
    int64_t *task_of;                // [slot_task_max] of a slot
    int64_t slot_ns, now_ns;
    uint64_t seed, clients, awards;
    uint32_t cycle_first;
    size_t slot_task_max;
    bool begun; // a slot
};

// Apply an event, which must be done; id is Nullable.
dcat_status feed_apply(exchange_feed *f, const exchange_event *event, int64_t *id, dcat_error *err);

// ---- people.c
dcat_status feed_people(exchange_feed *f, dcat_error *err);

#endif
