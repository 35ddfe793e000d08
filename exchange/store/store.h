// SPDX-License-Identifier: Apache-2.0
// store.h - an exchange whose log is on disk: FOLDER/exchange.db, by SQLite.
//
// The table event is the truth; transfers, balances, tasks and awards are written in the same
// transaction and follow from it. Whatever was applied since the last commit is one transaction:
// nobody may be answered before exchange_store_commit says DCAT_OK. Opening applies the whole log
// again and refuses a folder whose roots, balances, tasks or awards disagree.
//
// After any failure to write the exchange in memory is ahead of the disk, so the store is dead:
// every later call says ERR_IO, and the program must end and begin again from the disk.

#ifndef DCAT_EXCHANGE_STORE_STORE_H
#define DCAT_EXCHANGE_STORE_STORE_H

#include "exchange/core/cut.h"
#include "exchange/core/exchange.h"
#include "exchange/store/merkle.h"

#define EXCHANGE_STORE_FILE "exchange.db"

// What the first event of a log says, and holds for all of it.
typedef struct exchange_setup {
    exchange_config config;
    dcat_world_config world; // a network of hops; what exchange_cut_config asks for
    const char *auction;     // name of a rule
    const dcat_area *areas;  // [config.area_count]
} exchange_setup;

typedef struct exchange_store exchange_store;

// A new log in a folder that exists. vfs: of SQLite; NULL: its own. Errors: ERR_RANGE, ERR_EXISTS
// (there is a log), ERR_IO (also: another process has it), ERR_MEMORY.
dcat_status exchange_store_create(const char *folder, const char *vfs, const exchange_setup *setup,
                                  exchange_store **store, dcat_error *err);

// The log of a folder, applied and checked. Errors: ERR_NOT_FOUND, ERR_FORMAT (naming the first
// event that is wrong), ERR_IO, ERR_MEMORY.
dcat_status exchange_store_open(const char *folder, const char *vfs, exchange_store **store,
                                dcat_error *err);
void exchange_store_close(exchange_store *store); // what was not committed is gone

// Apply an event; what is done is written with the next commit. Errors: ERR_IO: the store is dead.
dcat_status exchange_store_apply(exchange_store *store, const exchange_event *event,
                                 exchange_result *result, dcat_error *err);
dcat_status exchange_store_commit(exchange_store *store, dcat_error *err);

// The market of the sealed cycle, for an event `cycle`, which takes it over; until then the
// caller's, whose clusters it may set.
dcat_status exchange_store_cut(const exchange_store *store, uint64_t world_seed, exchange_cut **cut,
                               dcat_error *err);

// A copy as of the last commit, to a file that must not exist.
dcat_status exchange_store_backup(exchange_store *store, const char *path, dcat_error *err);

const exchange *exchange_store_view(const exchange_store *store);
uint64_t exchange_store_size(const exchange_store *store); // events, the first one included
merkle_hash exchange_store_root(const exchange_store *store);

#endif
