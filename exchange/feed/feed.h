// SPDX-License-Identifier: Apache-2.0
// feed.h - a simulation played once more by an exchange, in virtual time.
//
// Every server of the world is registered by its owner with an ask by formula, tasks are submitted
// as they arrive, agents keep every promise to the nano-second, slots are auctioned with the
// simulation's seed and nobody has a second try. Task, cluster, round and payment before rounding
// must be the simulation's, bit for bit. The log stays in its folder.

#ifndef DCAT_EXCHANGE_FEED_FEED_H
#define DCAT_EXCHANGE_FEED_FEED_H

#include "dcat/env.h"
#include "dcat/error.h"
#include "dcat/world.h"
#include <stdint.h>

typedef struct exchange_feed exchange_feed;

typedef struct exchange_feed_config {
    const char *folder; // of the log, which must not be there
    const dcat_world *world;
    const dcat_auction *auction;
    uint64_t seed;
    uint32_t cycle_first;
    size_t slot_task_max;
} exchange_feed_config;

// Errors: ERR_RANGE where an exchange cannot be this market (classes of
// work, tariffs, a queue other than fifo), and those of exchange_store_create.
dcat_status exchange_feed_create(const exchange_feed_config *config, exchange_feed **feed,
                                 dcat_error *err);
void exchange_feed_destroy(exchange_feed *feed);

// A slot that was simulated, in order. Errors: ERR_INTERNAL, naming the first task that the
// exchange awarded otherwise; those of the store.
dcat_status exchange_feed_slot(exchange_feed *feed, const dcat_slot_record *slot, dcat_error *err);

// What is still open is done, and the log ended. awards: that were the same.
dcat_status exchange_feed_finish(exchange_feed *feed, uint64_t *awards, dcat_error *err);

#endif
