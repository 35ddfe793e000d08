// SPDX-License-Identifier: Apache-2.0
// replay.h (internal) - a log applied again, row by row.

#ifndef DCAT_EXCHANGE_STORE_REPLAY_H
#define DCAT_EXCHANGE_STORE_REPLAY_H

#include "exchange/store/object.h"

// One row of the log; its pointers hold until the next step of the statement.
typedef struct log_row {
    int64_t seq, epoch, slot, at_ns, actor;
    const char *kind; // [kind_bytes]
    size_t kind_bytes;
    body_bytes bytes;
    const void *leaf;
    bool whole_leaf;
} log_row;

typedef struct replay {
    exchange_store *store;
    exchange_audit *audit; // Nullable
    sqlite3_stmt *events, *transfers, *awards;
    int64_t version;     // of the rules by which the next event was applied
    dcat_money *balance; // by what the log says, while its rules are older than ours; NULL then not
    size_t account_max;
    int64_t transfer_seq; // event of the transfer that comes next; 0: none was read yet
    int64_t snapshot_seq; // the last snapshot that does not stay; 0: there is none
} replay;

dcat_status row_wrong(const log_row *r, const char *what, dcat_error *err);

// ---- compare.c: what stands in the tables under an event, and in the end, is what it led to.
dcat_status compare_columns(const exchange_store *store, const log_row *r, const char *kind,
                            int64_t at_ns, int32_t actor, dcat_error *err);
dcat_status compare_legs(replay *of, const log_row *r, dcat_error *err);
dcat_status compare_awards(replay *of, const log_row *r, dcat_error *err);
dcat_status compare_snapshot(const replay *of, const log_row *r, dcat_error *err); // of an audit
dcat_status compare_balances(const replay *of, dcat_error *err);
dcat_status compare_tasks(exchange_store *store, bool open_ones, dcat_error *err);

// An audit of every column of every table. Errors: ERR_FORMAT, naming table, row and
// column; ERR_IO, ERR_MEMORY.
dcat_status anew_begin(exchange_store *store, dcat_error *err);
dcat_status anew_finish(exchange_store *store, dcat_error *err);

#endif
