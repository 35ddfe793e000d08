// SPDX-License-Identifier: Apache-2.0
// object.h (internal) - the inside of a store.

#ifndef DCAT_EXCHANGE_STORE_OBJECT_H
#define DCAT_EXCHANGE_STORE_OBJECT_H

#include "exchange/core/purse.h"
#include "exchange/store/body.h"

#include <sqlite3.h>

// Prepared once: name and text.
#define STATEMENTS(X)                                                                              \
    X(EVENT, "INSERT INTO event VALUES(?,1,?,?,?,?,?,?,?)")                                        \
    X(PARTY, "INSERT INTO party VALUES(?,?,?,?)")                                                  \
    X(PARTY_KNOWN, "SELECT id FROM party WHERE name=?")                                            \
    X(BEARER, "INSERT INTO api_key VALUES(?,?,?,?,NULL)")                                          \
    X(SIGNER, "INSERT INTO sign_key VALUES(?,?,?,?,NULL)")                                         \
    X(REVOKE_BEARER, "UPDATE api_key SET revoked_seq=? WHERE hash=?")                              \
    X(REVOKE_SIGNER, "UPDATE sign_key SET revoked_seq=? WHERE key=?")                              \
    X(SERVER, "INSERT INTO server VALUES(?,?,?,?,?,?,?,'registered')")                             \
    X(SERVER_KNOWN, "SELECT id FROM server WHERE party=? AND name=?")                              \
    X(SERVER_STATE, "UPDATE server SET state=? WHERE id=?")                                        \
    X(UNIT, "INSERT INTO unit VALUES(?,?,?,?,?,?,?,?,?)")                                          \
    X(ASK, "INSERT INTO ask VALUES(?,?,?,?,?,?,'signed',NULL)")                                    \
    X(ASK_STATE, "UPDATE ask SET state=?,from_cycle=coalesce(?,from_cycle) WHERE server=? AND "    \
                 "pool=? AND state=? AND state<>'replaced'")                                       \
    X(CYCLE, "INSERT INTO cycle VALUES(?,?,?,?,?,?)")                                              \
    X(ACCOUNT, "INSERT INTO account VALUES(?,?,?,0,?)")                                            \
    X(ACCOUNT_MORE, "INSERT OR IGNORE INTO account VALUES(?,?,?,0,?)")                             \
    X(MOVE, "UPDATE account SET balance=? WHERE id=?")                                             \
    X(TRANSFER, "INSERT INTO transfer VALUES(NULL,?,?,?,?,?,?,?)")                                 \
    X(TASK,                                                                                        \
      "INSERT INTO task VALUES(?,?,?,?,?,?,?,?,?,?,?,?,'accepted',0,0,NULL,NULL,NULL,NULL,?,"      \
      "NULL)")                                                                                     \
    X(TASK_STATE, "UPDATE task SET state=?,attempt=?,tries=?,reason=?,needed=?,charge=?,pay=?,"    \
                  "closed_ns=? WHERE id=?")                                                        \
    X(TASK_KNOWN, "SELECT id,body_hash FROM task WHERE party=? AND client=?")                      \
    X(AWARD, "INSERT INTO award VALUES(?,?,?,?,?,?,?,?,?,?,?)")                                    \
    X(MEMBER, "INSERT INTO award_member VALUES(?,?,?,?,'offered',NULL,NULL,?)")                    \
    X(MEMBER_STATE, "UPDATE award_member SET state=?,started_ns=?,finished_ns=? WHERE task=? AND " \
                    "attempt=? AND server=?")                                                      \
    X(PEER, "INSERT INTO peer VALUES(?,?,?,?)")                                                    \
    X(SETTLEMENT, "INSERT INTO settlement VALUES(?,?,?)")                                          \
    X(SETTLEMENT_STATE, "UPDATE settlement SET seq=?,outcome=? WHERE task=?")                      \
    X(PAYOUT, "INSERT INTO payout VALUES(?,?,?,'ordered',?,NULL)")                                 \
    X(PAYOUT_STATE, "UPDATE payout SET state=?,closed_seq=? WHERE id=?")                           \
    X(SERVER_TIME, "INSERT INTO server_time VALUES(?,?,?,?)")                                      \
    X(ANSWER, "INSERT INTO idempotency VALUES(?,?,?,?,?,?,?)")                                     \
    X(ANSWERED, "SELECT body_hash,status,answer FROM idempotency WHERE party=? AND key=?")         \
    X(FORGET, "DELETE FROM idempotency WHERE at_ns<?")                                             \
    X(TILE, "INSERT OR REPLACE INTO tile VALUES(?,?,?)")                                           \
    X(CHECKPOINT, "INSERT INTO checkpoint VALUES(?,?,?,?)")                                        \
    X(LOG_KEY, "INSERT OR IGNORE INTO log_key VALUES(?,?)")                                        \
    X(SNAPSHOT_DROP, "DELETE FROM snapshot WHERE stays=0")                                         \
    X(SNAPSHOT, "INSERT INTO snapshot SELECT ?,?,?,?,?,?,?,coalesce(max(id),0) FROM transfer")
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
    setup_own own; // what the setup points to
    exchange *x;
    exchange_cut *cut; // in force
    merkle tree;
    merkle_hash last;      // leaf
    merkle_hash slot_root; // after the last slot
    merkle_hash secret;    // of the lots of canaries; all 0 where there are none
    exchange_told led_to;
    int32_t *moved; // [moved_count] accounts whose rows the next commit writes
    bool *is_moved; // [accounts]
    size_t moved_count;
    body_text body, sealed;
    int64_t at_ns;              // of the last event
    int64_t version;            // of the rules by which events are applied
    int64_t snapshot_seq;       // event of the last snapshot; 0: there is none
    int64_t snapshot_transfers; // until then, of the one that was read
    merkle_hash snapshot_hash;  // of the one that was read
    int wal_pages;
    sqlite3 *anew; // of an audit: where rows are written once more; NULL: they are not
    bool open;     // a transaction
    bool failed;   // dead
};

// ---- schema.c
dcat_status schema_begin(exchange_store *store, dcat_error *err);
// Tables of an older version become ours, in the transaction that is open.
dcat_status schema_upgrade(exchange_store *store, int64_t version, dcat_error *err);
dcat_status schema_prepare(exchange_store *store, dcat_error *err);
dcat_status store_sql(exchange_store *store, const char *sql, dcat_error *err);
// For what SQLite said last: ERR_MEMORY without memory, ERR_IO where the disk failed, since nothing
// is known then of what was looked for; else the status.
dcat_status store_fault(sqlite3 *db, dcat_status status, const char *what, dcat_error *err);
dcat_status store_unread(const exchange_store *store, dcat_error *err); // of the log: ERR_FORMAT
dcat_status store_dead(exchange_store *store, const char *what, dcat_error *err); // ERR_IO
dcat_status store_begin(exchange_store *store, dcat_error *err); // a transaction, if none is open

// ---- rows.c
// The rows of an event, whose body, sealed part and what it led to the store holds.
dcat_status rows_write(exchange_store *store, const body_entry *entry, dcat_error *err);
// The same without that of the event itself; and those by which a log begins.
bool rows_write_led_to(exchange_store *store, const body_entry *entry);
bool rows_write_platform(exchange_store *store);
dcat_status rows_write_balances(exchange_store *store, dcat_error *err); // before a commit
bool rows_make_room(exchange_store *store); // for these, once the setup is known
dcat_status rows_write_rules(exchange_store *store, const setup_chain *chain, dcat_error *err);

// ---- known.c
// What stands in the tables under a client's id or a name, also long after the exchange forgot the
// task: CODE_DONE for nothing.
exchange_result rows_known(exchange_store *store, const exchange_event *event,
                           const exchange_note *note);

// ---- store.c
void store_draw(const exchange_store *store, exchange_event *event); // the lots that it goes by
uint64_t store_slot_seed(const exchange_store *store, int64_t number);
// The secret of the first event, and the hash of what is sealed of it; false: there is none.
bool store_take_secret(exchange_store *store, const body_bytes *first, merkle_hash *hash);

// ---- open.c
// exchange_store_create by rules of another version, for tests of what follows older ones.
dcat_status store_create_by(int64_t version, const char *folder, const char *vfs,
                            const exchange_setup *setup, exchange_store **store, dcat_error *err);
// ---- snapshot.c
// The snapshot of an event, or with 0 the last one, into the store.
dcat_status snapshot_read(exchange_store *store, int64_t seq, bool *found, dcat_error *err);
bool snapshot_hash(const exchange_store *store, merkle_hash *hash); // false without memory
void snapshot_edge(const merkle *tree, merkle_hash edge[64]); // without what is no part of the tree
bool snapshot_is_due(const exchange_store *store);
// An event `rules` of this program's version, with a snapshot that stays.
dcat_status snapshot_begin_rules(exchange_store *store, dcat_error *err);

// ---- replay.c
// From the last snapshot on, or with an audit all of it.
dcat_status store_replay(exchange_store *store, exchange_audit *audit, dcat_error *err);

// ---- binding; parameters count from 1, and each is bound for every row
typedef struct row_values {
    exchange_store *store;
    enum statement which;
    int at;
    bool ok;
} row_values;
row_values row_begin(exchange_store *store, enum statement which);
void row_number(row_values *row, int64_t value);
void row_number_or_null(row_values *row, int64_t value, bool known);
void row_real(row_values *row, double value);
void row_words(row_values *row, const char *words); // Nullable
void row_text(row_values *row, const char *text, size_t bytes);
void row_bytes(row_values *row, const void *bytes, size_t count);
bool row_write(row_values *row); // run, and be ready for the next

#endif
