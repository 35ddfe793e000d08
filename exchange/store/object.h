// SPDX-License-Identifier: Apache-2.0
// object.h (internal) - the inside of a store.

#ifndef DCAT_EXCHANGE_STORE_OBJECT_H
#define DCAT_EXCHANGE_STORE_OBJECT_H

#include "exchange/store/body.h"

#include <sqlite3.h>

// Prepared once: name and text.
#define STATEMENTS(X)                                                                              \
    X(EVENT, "INSERT INTO event VALUES(?,1,?,?,?,?,?,NULL,?)")                                     \
    X(ACCOUNT, "INSERT INTO account VALUES(?,?,?,0,?)")                                            \
    X(MOVE, "UPDATE account SET balance=balance+? WHERE id=?")                                     \
    X(TRANSFER, "INSERT INTO transfer VALUES(NULL,?,?,?,?,?,?,?)")                                 \
    X(TASK, "INSERT INTO task VALUES(?,?,?,?,?,?,?,?,?,?,?,'accepted',0,NULL)")                    \
    X(TASK_STATE, "UPDATE task SET state=?,attempt=?,reason=? WHERE id=?")                         \
    X(TASK_KNOWN, "SELECT id,body_hash FROM task WHERE party=? AND client=?")                      \
    X(AWARD, "INSERT INTO award VALUES(?,?,?,?,?,?,?,?,?,?)")                                      \
    X(MEMBER, "INSERT INTO award_member VALUES(?,?,?,?)")
enum statement {
#define STATEMENT_ENUM(name, text) STATEMENT_##name,
    STATEMENTS(STATEMENT_ENUM)
#undef STATEMENT_ENUM
        STATEMENT_COUNT
};

struct exchange_store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int lock; // of the folder
    exchange_setup setup;
    dcat_area *areas; // of the setup
    exchange *x;
    exchange_cut *cut; // in force
    merkle tree;
    merkle_hash last; // leaf
    told led_to;
    body_text body;
    int wal_pages;
    bool open;   // a transaction
    bool failed; // dead
};

// ---- rows.c
dcat_status rows_begin_schema(exchange_store *store, dcat_error *err);
dcat_status rows_prepare(exchange_store *store, dcat_error *err);
// The rows of an event, whose body and what it led to the store holds.
dcat_status rows_write(exchange_store *store, const exchange_event *event, int64_t id,
                       dcat_error *err);
dcat_status rows_write_rules(exchange_store *store, dcat_error *err);
// What a client's id stands for, also long after the exchange forgot it: CODE_DONE for nothing.
exchange_result rows_known(exchange_store *store, const exchange_event *event);
dcat_status store_sql(exchange_store *store, const char *sql, dcat_error *err);
dcat_status store_dead(exchange_store *store, const char *what, dcat_error *err);

// ---- replay.c
dcat_status store_replay(exchange_store *store, dcat_error *err);

#endif
