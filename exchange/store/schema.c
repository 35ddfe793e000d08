// SPDX-License-Identifier: Apache-2.0
// Tables, statements, and how rows are bound.
#include "exchange/store/object.h"

#include <string.h>

// Tables are those of version 1 and what came since, for a new log as for an old one: columns at
// the end, with a value for rows that are there.
#define SCHEMA_VERSION_2                                                                           \
    "ALTER TABLE unit ADD COLUMN device TEXT;"                                                     \
    "ALTER TABLE unit ADD COLUMN count INT NOT NULL DEFAULT 1;"                                    \
    "ALTER TABLE unit ADD COLUMN tariff_micro INT;"                                                \
    "ALTER TABLE unit ADD COLUMN tariff_per TEXT;"                                                 \
    "ALTER TABLE task ADD COLUMN class TEXT;"                                                      \
    "ALTER TABLE task ADD COLUMN needed REAL;"                                                     \
    "ALTER TABLE award_member ADD COLUMN pool TEXT NOT NULL DEFAULT 'main';"

// The truth, and what follows from it of parties.
#define SCHEMA_PARTIES                                                                             \
    "PRAGMA application_id=0x64636174;" /* "dcat" */                                               \
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, epoch INT NOT NULL, slot INT NOT NULL,"           \
    " at_ns INT NOT NULL, kind TEXT NOT NULL, actor INT NOT NULL, body BLOB NOT NULL, sealed "     \
    "BLOB,"                                                                                        \
    " leaf BLOB NOT NULL CHECK(length(leaf)=32)) STRICT;"                                          \
    "CREATE TABLE party(id INTEGER PRIMARY KEY, role TEXT NOT NULL, name TEXT UNIQUE,"             \
    " seq INT NOT NULL REFERENCES event) STRICT;"                                                  \
    "CREATE TABLE api_key(hash BLOB PRIMARY KEY, party INT NOT NULL REFERENCES party,"             \
    " expires_ns INT NOT NULL, seq INT NOT NULL REFERENCES event, revoked_seq INT)"                \
    " STRICT, WITHOUT ROWID;"                                                                      \
    "CREATE TABLE sign_key(key BLOB PRIMARY KEY, party INT NOT NULL REFERENCES party,"             \
    " expires_ns INT NOT NULL, seq INT NOT NULL REFERENCES event, revoked_seq INT)"                \
    " STRICT, WITHOUT ROWID;"                                                                      \
    "CREATE TABLE server(id INTEGER PRIMARY KEY, party INT NOT NULL REFERENCES party, name TEXT,"  \
    " x REAL NOT NULL, y REAL NOT NULL, node INT NOT NULL, seq INT NOT NULL REFERENCES event,"     \
    " state TEXT NOT NULL, UNIQUE(party, name)) STRICT;"                                           \
    "CREATE TABLE unit(server INT NOT NULL REFERENCES server, pool TEXT NOT NULL,"                 \
    " declared_hz INT NOT NULL, cores INT NOT NULL, cards INT NOT NULL, PRIMARY KEY(server, "      \
    "pool))"                                                                                       \
    " STRICT, WITHOUT ROWID;"                                                                      \
    "CREATE TABLE ask(server INT NOT NULL, pool TEXT NOT NULL, nonce INT NOT NULL,"                \
    " seq INT NOT NULL REFERENCES event, micro INT NOT NULL, per TEXT NOT NULL,"                   \
    " state TEXT NOT NULL, from_cycle INT, PRIMARY KEY(server, pool, nonce),"                      \
    " FOREIGN KEY(server, pool) REFERENCES unit) STRICT, WITHOUT ROWID;"                           \
    "CREATE INDEX ask_live ON ask(server, state) WHERE state<>'replaced';"                         \
    "CREATE TABLE cycle(number INTEGER PRIMARY KEY, first_slot INT NOT NULL,"                      \
    " seq INT NOT NULL REFERENCES event, policy TEXT, servers INT NOT NULL,"                       \
    " clusters INT NOT NULL) STRICT;"

// Of money, tasks and awards.
#define SCHEMA_TASKS                                                                               \
    "CREATE TABLE account(id INTEGER PRIMARY KEY, party INT REFERENCES party, kind TEXT NOT NULL," \
    " balance INT NOT NULL, floor INT, CHECK(floor IS NULL OR balance>=floor)) STRICT;"            \
    "CREATE TABLE transfer(id INTEGER PRIMARY KEY, seq INT NOT NULL REFERENCES event,"             \
    " debit INT NOT NULL REFERENCES account, credit INT NOT NULL REFERENCES account,"              \
    " amount INT NOT NULL CHECK(amount>0), kind TEXT NOT NULL, task INT, attempt INT,"             \
    " CHECK(debit<>credit)) STRICT;"                                                               \
    "CREATE TABLE task(id INTEGER PRIMARY KEY, party INT NOT NULL REFERENCES party,"               \
    " client BLOB NOT NULL, body_hash BLOB NOT NULL, area INT NOT NULL,"                           \
    " work INT NOT NULL CHECK(work>0), data INT NOT NULL CHECK(data>=0),"                          \
    " deadline_us INT NOT NULL CHECK(deadline_us>0), max_fee INT, fee INT NOT NULL CHECK(fee>0),"  \
    " arrived_ns INT NOT NULL, seq INT NOT NULL REFERENCES event, state TEXT NOT NULL,"            \
    " attempt INT NOT NULL, tries INT NOT NULL, reason TEXT, charge INT, pay INT, closed_ns INT,"  \
    " UNIQUE(party, client)) STRICT;"                                                              \
    "CREATE INDEX task_open ON task(id) WHERE closed_ns IS NULL;"                                  \
    "CREATE INDEX task_party ON task(party, id);"                                                  \
    "CREATE TABLE award(task INT NOT NULL REFERENCES task, attempt INT NOT NULL, slot INT NOT "    \
    "NULL,"                                                                                        \
    " cycle INT NOT NULL, cluster INT NOT NULL, candidates INT NOT NULL, round INT NOT NULL,"      \
    " pay INT NOT NULL, data_ns INT NOT NULL, start_ns INT NOT NULL, finish_ns INT NOT NULL,"      \
    " PRIMARY KEY(task, attempt)) STRICT, WITHOUT ROWID;"                                          \
    "CREATE TABLE award_member(task INT NOT NULL, attempt INT NOT NULL,"                           \
    " server INT NOT NULL REFERENCES server, load INT NOT NULL, state TEXT NOT NULL,"              \
    " started_ns INT, finished_ns INT, PRIMARY KEY(task, attempt, server),"                        \
    " FOREIGN KEY(task, attempt) REFERENCES award) STRICT, WITHOUT ROWID;"                         \
    "CREATE TABLE settlement(task INTEGER PRIMARY KEY REFERENCES task,"                            \
    " seq INT NOT NULL REFERENCES event, outcome TEXT NOT NULL) STRICT;"                           \
    "CREATE TABLE idempotency(party INT NOT NULL, key BLOB NOT NULL, body_hash BLOB NOT NULL,"     \
    " seq INT NOT NULL, at_ns INT NOT NULL, status INT NOT NULL, answer BLOB NOT NULL,"            \
    " PRIMARY KEY(party, key)) STRICT, WITHOUT ROWID;"                                             \
    "CREATE TABLE snapshot(seq INTEGER PRIMARY KEY REFERENCES event, version INT NOT NULL,"        \
    " stays INT NOT NULL, state BLOB NOT NULL, hash BLOB NOT NULL, edge BLOB NOT NULL,"            \
    " slot_root BLOB NOT NULL, transfers INT NOT NULL) STRICT;"

// Of what was signed; logs that are older than these tables get them when they are opened.
#define SCHEMA_SIGNED                                                                              \
    "CREATE TABLE IF NOT EXISTS tile(level INT NOT NULL, idx INT NOT NULL,"                        \
    " root BLOB NOT NULL CHECK(length(root)=32), PRIMARY KEY(level, idx)) STRICT, WITHOUT ROWID;"  \
    "CREATE TABLE IF NOT EXISTS checkpoint(size INTEGER PRIMARY KEY, slot INT NOT NULL,"           \
    " root BLOB NOT NULL CHECK(length(root)=32), note TEXT NOT NULL) STRICT;"                      \
    "CREATE TABLE IF NOT EXISTS log_key(verifier TEXT PRIMARY KEY, from_size INT NOT NULL)"        \
    " STRICT;"

dcat_status store_fault(sqlite3 *db, dcat_status status, const char *what, dcat_error *err)
{
    switch (db == NULL ? SQLITE_NOMEM : sqlite3_errcode(db)) {
    case SQLITE_NOMEM:
        status = DCAT_ERR_MEMORY;
        break;
    case SQLITE_IOERR:
    case SQLITE_FULL:
        status = DCAT_ERR_IO;
        break;
    default:
        break;
    }
    return dcat_fail(err, status, "%s: %s", what,
                     db == NULL ? sqlite3_errstr(SQLITE_NOMEM) : sqlite3_errmsg(db));
}

dcat_status store_unread(const exchange_store *store, dcat_error *err)
{
    return store_fault(store->db, DCAT_ERR_FORMAT, "the tables of the log cannot be read", err);
}

dcat_status store_dead(exchange_store *store, const char *what, dcat_error *err)
{
    store->failed = true;
    return store_fault(store->db, DCAT_ERR_IO, what, err);
}

dcat_status store_sql(exchange_store *store, const char *sql, dcat_error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? DCAT_OK
               : store_dead(store, "cannot write the log", err);
}

dcat_status store_begin(exchange_store *store, dcat_error *err)
{
    if (store->open) {
        return DCAT_OK;
    }
    dcat_status status = store_sql(store, "BEGIN IMMEDIATE", err);
    store->open = status == DCAT_OK;
    return status;
}

dcat_status schema_begin(exchange_store *store, dcat_error *err)
{
    dcat_status status = store_sql(store, SCHEMA_PARTIES SCHEMA_TASKS, err);
    return status == DCAT_OK ? schema_upgrade(store, 1, err) : status;
}

// Choice: tables that came later are made where they are missing, so that older logs go on.
// server_time: each state of a server, from that event on. peer: where members of a team are met,
// as they said when they acknowledged; nobody but the team is told.
#define SCHEMA_LATER                                                                               \
    "CREATE TABLE IF NOT EXISTS payout(id INTEGER PRIMARY KEY,"                                    \
    " party INT NOT NULL REFERENCES party, amount INT NOT NULL CHECK(amount>0),"                   \
    " state TEXT NOT NULL, seq INT NOT NULL REFERENCES event, closed_seq INT) STRICT;"             \
    "CREATE TABLE IF NOT EXISTS server_time(server INT NOT NULL REFERENCES server,"                \
    " seq INT NOT NULL REFERENCES event, at_ns INT NOT NULL, state TEXT NOT NULL,"                 \
    " PRIMARY KEY(server, seq, state)) STRICT, WITHOUT ROWID;"                                     \
    "CREATE TABLE IF NOT EXISTS peer(task INT NOT NULL, attempt INT NOT NULL, rank INT NOT NULL,"  \
    " address TEXT NOT NULL, PRIMARY KEY(task, attempt, rank)) STRICT, WITHOUT ROWID;"             \
    "CREATE INDEX IF NOT EXISTS event_benchmark ON event(seq) WHERE kind='benchmark';"

dcat_status schema_upgrade(exchange_store *store, int64_t version, dcat_error *err)
{
    static const char *const since[EXCHANGE_STORE_VERSION + 1] = {
        [2] = SCHEMA_VERSION_2 SCHEMA_LATER SCHEMA_SIGNED "PRAGMA user_version=2",
    };
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && ++version <= EXCHANGE_STORE_VERSION) {
        status = store_sql(store, since[version], err);
    }
    return status;
}

dcat_status schema_prepare(exchange_store *store, dcat_error *err)
{
    static const char *const texts[STATEMENT_COUNT] = {
#define STATEMENT_TEXT(name, text) (text),
        STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
    };
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK) {
            return store_unread(store, err);
        }
    }
    return DCAT_OK;
}

// ---- rows

row_values row_begin(exchange_store *store, enum statement which)
{
    return (row_values){.store = store, .which = which, .ok = true};
}

void row_number(row_values *row, int64_t value)
{
    sqlite3_stmt *statement = row->store->statements[row->which];
    row->ok = row->ok && sqlite3_bind_int64(statement, ++row->at, value) == SQLITE_OK;
}

void row_number_or_null(row_values *row, int64_t value, bool known)
{
    if (known) {
        row_number(row, value);
    } else {
        sqlite3_stmt *statement = row->store->statements[row->which];
        row->ok = row->ok && sqlite3_bind_null(statement, ++row->at) == SQLITE_OK;
    }
}

void row_real(row_values *row, double value)
{
    sqlite3_stmt *statement = row->store->statements[row->which];
    row->ok = row->ok && sqlite3_bind_double(statement, ++row->at, value) == SQLITE_OK;
}

void row_words(row_values *row, const char *words)
{
    sqlite3_stmt *statement = row->store->statements[row->which];
    row->ok = row->ok && sqlite3_bind_text(statement, ++row->at, words, -1, SQLITE_STATIC) ==
                             SQLITE_OK; // NULL where it is
}

void row_text(row_values *row, const char *text, size_t bytes)
{
    sqlite3_stmt *statement = row->store->statements[row->which];
    row->ok = row->ok && sqlite3_bind_text64(statement, ++row->at, text, bytes, SQLITE_STATIC,
                                             SQLITE_UTF8) == SQLITE_OK;
}

void row_bytes(row_values *row, const void *bytes, size_t count)
{
    sqlite3_stmt *statement = row->store->statements[row->which];
    row->ok = row->ok &&
              sqlite3_bind_blob64(statement, ++row->at, bytes, count, SQLITE_STATIC) == SQLITE_OK;
}

bool row_write(row_values *row)
{
    // After some failures SQLite ends a transaction by itself, and what comes then would stand
    // alone.
    row->ok = row->ok && sqlite3_get_autocommit(row->store->db) == 0;
    sqlite3_stmt *statement = row->store->statements[row->which];
    row->ok = row->ok && sqlite3_step(statement) == SQLITE_DONE;
    row->ok = sqlite3_reset(statement) == SQLITE_OK && row->ok;
    return row->ok;
}
