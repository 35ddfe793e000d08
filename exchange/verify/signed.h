// SPDX-License-Identifier: Apache-2.0
// signed.h (internal) - what stands in a data folder of signatures and of states: every checkpoint,
// every snapshot, against the tree as it was then.

#ifndef DCAT_EXCHANGE_VERIFY_SIGNED_H
#define DCAT_EXCHANGE_VERIFY_SIGNED_H

#include "exchange/verify/note.h"
#include "exchange/verify/tally.h"

#include <sqlite3.h>

typedef struct signed_rows {
    sqlite3 *db;
    sqlite3_stmt *notes, *snapshots;
    bool more_notes, more_snapshots;
    uint64_t notes_seen;
    const verify_key *keys; // [key_count]
    size_t key_count;
} signed_rows;

dcat_status signed_begin(signed_rows *s, sqlite3 *db, const verify_key *keys, size_t key_count,
                         dcat_error *err);
void signed_end(signed_rows *s);
// The rows of the tree as it is after an event.
dcat_status signed_take(signed_rows *s, const tally *b, const verify_tree *tree, dcat_error *err);
// Rows behind the last event.
dcat_status signed_finish(signed_rows *s, const tally *b, dcat_error *err);

#endif
