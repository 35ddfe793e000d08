// SPDX-License-Identifier: Apache-2.0
// tables.h (internal) - the tables of a data folder against the bodies of its events.

#ifndef DCAT_EXCHANGE_VERIFY_TABLES_H
#define DCAT_EXCHANGE_VERIFY_TABLES_H

#include "exchange/verify/source.h"
#include "exchange/verify/tally.h"

typedef struct tables {
    sqlite3 *db;
    sqlite3_stmt *transfers, *award, *members, *task, *tile;
    bool transfers_begun, more_transfers;
    int64_t tiles;
} tables;

// Errors: ERR_FORMAT (no such tables).
dcat_status tables_begin(tables *t, sqlite3 *db, dcat_error *err);
void tables_end(tables *t);

// An event's columns and rows. last_leaf: of the event itself.
dcat_status tables_take(tables *t, const tally *b, const verify_entry *entry, const json_t *body,
                        const verify_hash *leaf, dcat_error *err);
// A tile that is full.
dcat_status tables_take_tile(tables *t, const tally *b, int level, uint64_t index,
                             const verify_hash *root, dcat_error *err);
// Behind the last event: what only the end says, and rows that no event led to.
dcat_status tables_finish(tables *t, tally *b, dcat_error *err);

#endif
