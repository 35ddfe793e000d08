// SPDX-License-Identifier: Apache-2.0
// Tables, and the rows of an event. The log is the truth; what else is written follows from it, in
// the same transaction.
#include "exchange/store/object.h"

#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "PRAGMA application_id=0x64636174;" // "dcat"
    "PRAGMA user_version=1;"
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, epoch INT NOT NULL, slot INT NOT NULL,"
    " at_ns INT NOT NULL, kind TEXT NOT NULL, actor INT NOT NULL, body BLOB NOT NULL, sealed BLOB,"
    " leaf BLOB NOT NULL CHECK(length(leaf)=32)) STRICT;"
    "CREATE TABLE account(id INTEGER PRIMARY KEY, party INT, kind TEXT NOT NULL,"
    " balance INT NOT NULL, floor INT, CHECK(floor IS NULL OR balance>=floor)) STRICT;"
    "CREATE TABLE transfer(id INTEGER PRIMARY KEY, seq INT NOT NULL REFERENCES event,"
    " debit INT NOT NULL REFERENCES account, credit INT NOT NULL REFERENCES account,"
    " amount INT NOT NULL CHECK(amount>0), kind TEXT NOT NULL, task INT, attempt INT,"
    " CHECK(debit<>credit)) STRICT;"
    "CREATE TABLE task(id INTEGER PRIMARY KEY, party INT NOT NULL, client BLOB NOT NULL,"
    " body_hash BLOB NOT NULL, area INT NOT NULL, work INT NOT NULL CHECK(work>0),"
    " data INT NOT NULL CHECK(data>=0), deadline_us INT NOT NULL CHECK(deadline_us>0),"
    " max_fee INT, fee INT NOT NULL CHECK(fee>0), arrived_ns INT NOT NULL, state TEXT NOT NULL,"
    " attempt INT NOT NULL, reason TEXT, UNIQUE(party, client)) STRICT;"
    "CREATE TABLE award(task INT NOT NULL REFERENCES task, attempt INT NOT NULL, slot INT NOT NULL,"
    " cycle INT NOT NULL, cluster INT NOT NULL, candidates INT NOT NULL, round INT NOT NULL,"
    " pay INT NOT NULL, start_ns INT NOT NULL, finish_ns INT NOT NULL,"
    " PRIMARY KEY(task, attempt)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE award_member(task INT NOT NULL, attempt INT NOT NULL, server INT NOT NULL,"
    " load INT NOT NULL, PRIMARY KEY(task, attempt, server),"
    " FOREIGN KEY(task, attempt) REFERENCES award) STRICT, WITHOUT ROWID;";

dcat_status store_dead(exchange_store *store, const char *what, dcat_error *err)
{
    store->failed = true;
    return dcat_fail(err, DCAT_ERR_IO, "%s: %s", what,
                     store->db == NULL ? "no database" : sqlite3_errmsg(store->db));
}

dcat_status store_sql(exchange_store *store, const char *sql, dcat_error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? DCAT_OK
               : store_dead(store, "cannot write the log", err);
}

dcat_status rows_prepare(exchange_store *store, dcat_error *err)
{
    static const char *const texts[STATEMENT_COUNT] = {
#define STATEMENT_TEXT(name, text) text,
        STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
    };
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK) {
            return store_dead(store, "the log has other tables", err);
        }
    }
    return DCAT_OK;
}

// Bind integers from the first parameter on, run, and be ready for the next.
static bool run(exchange_store *store, enum statement which, const int64_t *values, int count)
{
    sqlite3_stmt *statement = store->statements[which];
    bool ok = true;
    for (int i = 0; i < count; i++) {
        ok = ok && sqlite3_bind_int64(statement, i + 1, values[i]) == SQLITE_OK;
    }
    ok = ok && sqlite3_step(statement) == SQLITE_DONE;
    ok = sqlite3_reset(statement) == SQLITE_OK && ok;
    sqlite3_clear_bindings(statement);
    return ok;
}

static bool bind_text(exchange_store *store, enum statement which, int at, const char *words)
{
    return sqlite3_bind_text(store->statements[which], at, words, -1, SQLITE_STATIC) == SQLITE_OK;
}

// Integers with a word among them at a place of its own.
static bool run_with(exchange_store *store, enum statement which, const int64_t *values, int count,
                     int at, const char *words)
{
    sqlite3_stmt *statement = store->statements[which];
    bool ok = true;
    for (int i = 0, place = 1; i < count; i++, place++) {
        place += place == at;
        ok = ok && sqlite3_bind_int64(statement, place, values[i]) == SQLITE_OK;
    }
    ok = ok && bind_text(store, which, at, words);
    return ok && run(store, which, NULL, 0);
}

// ---- accounts

static bool add_account(exchange_store *store, int32_t id, int32_t party, const char *kind,
                        bool overdraws)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_ACCOUNT];
    bool ok = party < 0 || sqlite3_bind_int(statement, 2, party) == SQLITE_OK;
    ok = ok && (overdraws || sqlite3_bind_int(statement, 4, 0) == SQLITE_OK);
    ok = ok && bind_text(store, STATEMENT_ACCOUNT, 3, kind);
    const int64_t values[] = {id};
    return ok && run(store, STATEMENT_ACCOUNT, values, 1);
}

static bool add_platform(exchange_store *store)
{
    static const char *const names[] = {
#define NAME(name, text) text,
        EXCHANGE_PLATFORM(NAME)
#undef NAME
    };
    bool ok = true;
    for (int32_t i = 0; i < ACCOUNT_PLATFORM_COUNT; i++) {
        bool overdraws = i == ACCOUNT_WORLD || i == ACCOUNT_PROFIT || i == ACCOUNT_ROUNDING;
        ok = ok && add_account(store, i, -1, names[i], overdraws);
    }
    return ok;
}

static bool add_party(exchange_store *store, int32_t party, int32_t role)
{
    bool user = role == ROLE_USER;
    return add_account(store, exchange_account_available(party), party,
                       user ? "user.available" : "provider.payable", false) &&
           add_account(store, exchange_account_held(party), party,
                       user ? "user.held" : "provider.bond", false);
}

// ---- an event

// The leaf of a new body, with its row.
static bool add_event(exchange_store *store, int64_t slot, int64_t at_ns, const char *kind,
                      int32_t actor)
{
    store->last = merkle_leaf(store->body.at, store->body.used);
    merkle_add(&store->tree, &store->last);
    sqlite3_stmt *statement = store->statements[STATEMENT_EVENT];
    bool ok =
        sqlite3_bind_int64(statement, 1, (int64_t)store->tree.size) == SQLITE_OK &&
        sqlite3_bind_int64(statement, 2, slot) == SQLITE_OK &&
        sqlite3_bind_int64(statement, 3, at_ns) == SQLITE_OK &&
        bind_text(store, STATEMENT_EVENT, 4, kind) &&
        sqlite3_bind_int(statement, 5, actor) == SQLITE_OK &&
        sqlite3_bind_blob64(statement, 6, store->body.at, store->body.used, SQLITE_STATIC) ==
            SQLITE_OK &&
        sqlite3_bind_blob(statement, 7, store->last.byte, MERKLE_BYTES, SQLITE_STATIC) == SQLITE_OK;
    return ok && run(store, STATEMENT_EVENT, NULL, 0);
}

static bool add_legs(exchange_store *store)
{
    bool ok = true;
    for (size_t i = 0; ok && i < store->led_to.leg_count; i++) {
        const exchange_leg *leg = &store->led_to.legs[i];
        const int64_t row[] = {(int64_t)store->tree.size,
                               leg->debit,
                               leg->credit,
                               leg->amount,
                               leg->task,
                               leg->attempt};
        const int64_t out[] = {-leg->amount, leg->debit}, in[] = {leg->amount, leg->credit};
        ok = run_with(store, STATEMENT_TRANSFER, row, 6, 5, exchange_leg_name(leg->kind)) &&
             run(store, STATEMENT_MOVE, out, 2) && run(store, STATEMENT_MOVE, in, 2);
    }
    return ok;
}

static bool add_task(exchange_store *store, const exchange_event *event, int64_t id)
{
    exchange_task_view view = {0};
    exchange_task_find(store->x, id, &view);
    sqlite3_stmt *statement = store->statements[STATEMENT_TASK];
    const exchange_client *client = &event->task.client;
    const int64_t values[] = {id, event->actor};
    const int64_t more[] = {event->task.area,      event->task.work_cycles,
                            event->task.data_bits, event->task.deadline_us,
                            event->task.max_fee,   view.fee,
                            event->at_ns};
    bool ok = sqlite3_bind_blob(statement, 3, client->id, sizeof client->id, SQLITE_STATIC) ==
                  SQLITE_OK &&
              sqlite3_bind_blob(statement, 4, client->body, sizeof client->body, SQLITE_STATIC) ==
                  SQLITE_OK;
    for (int i = 0; i < 7; i++) {
        ok = ok && sqlite3_bind_int64(statement, 5 + i, more[i]) == SQLITE_OK;
    }
    return ok && run(store, STATEMENT_TASK, values, 2);
}

static bool add_steps(exchange_store *store)
{
    bool ok = true;
    sqlite3_stmt *statement = store->statements[STATEMENT_TASK_STATE];
    for (size_t i = 0; ok && i < store->led_to.step_count; i++) {
        const exchange_step *step = &store->led_to.steps[i];
        if (step->machine == MACHINE_TASK && step->from != TASK_NONE) {
            const char *state = machines[MACHINE_TASK].states[step->to];
            ok =
                bind_text(store, STATEMENT_TASK_STATE, 1, state) &&
                sqlite3_bind_int(statement, 2, step->attempt) == SQLITE_OK &&
                (step->reason == NULL || bind_text(store, STATEMENT_TASK_STATE, 3, step->reason)) &&
                sqlite3_bind_int64(statement, 4, step->id) == SQLITE_OK &&
                run(store, STATEMENT_TASK_STATE, NULL, 0);
        }
    }
    return ok;
}

static bool add_awards(exchange_store *store)
{
    bool ok = true;
    for (size_t i = 0; ok && i < store->led_to.award_count; i++) {
        const exchange_award *a = &store->led_to.awards[i].award;
        const int64_t row[] = {a->task,
                               a->attempt,
                               a->slot,
                               a->cycle,
                               a->cluster,
                               a->candidate_count,
                               a->round,
                               a->pay,
                               (int64_t)(a->start_s * 1e9),
                               (int64_t)(a->finish_s * 1e9)};
        ok = run(store, STATEMENT_AWARD, row, 10);
        for (int32_t m = 0; ok && m < a->member_count; m++) {
            size_t at = store->led_to.awards[i].member_first + (size_t)m;
            const told_member *member = &store->led_to.members[at];
            const int64_t part[] = {a->task, a->attempt, member->server, member->load};
            ok = run(store, STATEMENT_MEMBER, part, 4);
        }
    }
    return ok;
}

dcat_status rows_write(exchange_store *store, const exchange_event *event, int64_t id,
                       dcat_error *err)
{
    int64_t slot = event->at_ns / store->setup.config.slot_ns;
    bool ok = !store->led_to.failed && !store->body.failed &&
              add_event(store, slot, event->at_ns, exchange_kind_name(event->kind), event->actor);
    ok = ok && (event->kind != EVENT_PARTY || add_party(store, (int32_t)id, event->party.role));
    ok = ok && (event->kind != EVENT_SUBMIT || add_task(store, event, id));
    ok = ok && add_legs(store) && add_steps(store) && add_awards(store);
    return ok ? DCAT_OK : store_dead(store, "cannot write the log", err);
}

dcat_status rows_begin_schema(exchange_store *store, dcat_error *err)
{
    return store_sql(store, schema, err);
}

dcat_status rows_write_rules(exchange_store *store, dcat_error *err)
{
    setup_write(&store->body, &store->setup);
    bool ok = !store->body.failed && add_event(store, 0, 0, "rules", EXCHANGE_SELF) &&
              add_platform(store);
    return ok ? DCAT_OK : store_dead(store, "cannot write the log", err);
}

exchange_result rows_known(exchange_store *store, const exchange_event *event)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_TASK_KNOWN];
    const exchange_client *client = &event->task.client;
    exchange_result result = {.code = CODE_DONE};
    sqlite3_bind_int(statement, 1, event->actor);
    sqlite3_bind_blob(statement, 2, client->id, sizeof client->id, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        bool same =
            sqlite3_column_bytes(statement, 1) == (int)sizeof client->body &&
            memcmp(sqlite3_column_blob(statement, 1), client->body, sizeof client->body) == 0;
        result.code = same ? CODE_REPEATED : CODE_KEY_REUSED;
        result.id = same ? sqlite3_column_int64(statement, 0) : 0;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}
