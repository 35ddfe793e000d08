// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/replay.h"

#include <stdio.h>
#include <string.h>

static bool is_text(sqlite3_stmt *row, int column, const char *text)
{
    const void *found = sqlite3_column_text(row, column);
    size_t bytes = strlen(text);
    return found != NULL && (size_t)sqlite3_column_bytes(row, column) == bytes &&
           memcmp(found, text, bytes) == 0;
}

static bool is_blob(sqlite3_stmt *row, int column, const void *bytes, size_t count)
{
    return sqlite3_column_bytes(row, column) == (int)count &&
           memcmp(sqlite3_column_blob(row, column), bytes, count) == 0;
}

dcat_status compare_columns(const exchange_store *store, const log_row *r, const char *kind,
                            int64_t at_ns, int32_t actor, dcat_error *err)
{
    bool same = r->epoch == 1 && r->slot == at_ns / store->setup.config.slot_ns &&
                r->at_ns == at_ns && r->actor == actor && r->kind_bytes == strlen(kind) &&
                memcmp(r->kind, kind, r->kind_bytes) == 0;
    return same ? DCAT_OK : row_wrong(r, "its columns say something else than its body", err);
}

// Transfers stand in the order of their events: the next one, or none.
static dcat_status next_transfer(replay *of, dcat_error *err)
{
    int code = sqlite3_step(of->transfers);
    of->transfer_seq = code == SQLITE_ROW ? sqlite3_column_int64(of->transfers, 0) : INT64_MAX;
    return code == SQLITE_ROW || code == SQLITE_DONE ? DCAT_OK : store_unread(of->store, err);
}

static bool is_leg(const replay *of, const exchange_leg *leg)
{
    sqlite3_stmt *transfers = of->transfers;
    return sqlite3_column_int64(transfers, 1) == leg->debit &&
           sqlite3_column_int64(transfers, 2) == leg->credit &&
           sqlite3_column_int64(transfers, 3) == leg->amount &&
           sqlite3_column_int64(transfers, 4) == leg->task &&
           sqlite3_column_int64(transfers, 5) == leg->attempt &&
           is_text(transfers, 6, exchange_leg_name(leg->kind));
}

// I5, I14: the transfers that stand under the event are its legs.
dcat_status compare_legs(replay *of, const log_row *r, dcat_error *err)
{
    const exchange_told *led_to = &of->store->led_to;
    dcat_status status = of->transfer_seq == 0 ? next_transfer(of, err) : DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < led_to->leg_count; i++) {
        bool same = of->transfer_seq == r->seq && is_leg(of, &led_to->legs[i]);
        status = same ? next_transfer(of, err) : row_wrong(r, "its transfers are others", err);
    }
    return status != DCAT_OK || of->transfer_seq > r->seq
               ? status
               : row_wrong(r, "its transfers are others", err);
}

static bool is_member(sqlite3_stmt *row, const exchange_award *a,
                      const exchange_told_member *member)
{
    return sqlite3_column_int64(row, 0) == a->cluster && sqlite3_column_int64(row, 1) == a->pay &&
           sqlite3_column_int64(row, 2) == a->round &&
           sqlite3_column_int64(row, 3) == member->server &&
           sqlite3_column_int64(row, 4) == member->load;
}

// One row a member, by server; the team is told in the order of servers, too.
static dcat_status compare_award(replay *of, const log_row *r, const exchange_told_award *told,
                                 dcat_error *err)
{
    const exchange_told_member *members = &of->store->led_to.members[told->member_first];
    sqlite3_bind_int64(of->awards, 1, told->award.task);
    sqlite3_bind_int(of->awards, 2, told->award.attempt);
    int32_t m = 0;
    int code = sqlite3_step(of->awards);
    while (code == SQLITE_ROW && m < told->award.member_count &&
           is_member(of->awards, &told->award, &members[m])) {
        code = sqlite3_step(of->awards);
        m++;
    }
    dcat_status status = code != SQLITE_ROW && code != SQLITE_DONE ? store_unread(of->store, err)
                         : code == SQLITE_DONE && m == told->award.member_count
                             ? DCAT_OK
                             : row_wrong(r, "its awards are others", err);
    sqlite3_reset(of->awards);
    return status;
}

// I14: its awards stand in their tables.
dcat_status compare_awards(replay *of, const log_row *r, dcat_error *err)
{
    const exchange_told *led_to = &of->store->led_to;
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < led_to->award_count; i++) {
        status = compare_award(of, r, &led_to->awards[i], err);
    }
    return status;
}

// Those by which rules began, and the last one: of the state that the log leads to, with what a
// start takes from beside it.
dcat_status compare_snapshot(const replay *of, const log_row *r, dcat_error *err)
{
    const exchange_store *store = of->store;
    bool last = r->seq == of->snapshot_seq && of->version == RULES_VERSION;
    bool rules = r->seq > 1 && strcmp(r->kind, "rules") == 0; // whose state was compared
    if (!last && !rules) {
        return DCAT_OK;
    }
    merkle_hash state = store->snapshot_hash, edge[64];
    if (last && !snapshot_hash(store, &state)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a snapshot");
    }
    snapshot_edge(&store->tree, edge);
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store->db,
                           "SELECT state,hash,edge,slot_root,transfers,version FROM snapshot "
                           "WHERE seq=?",
                           -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_int64(row, 1, r->seq) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return store_unread(store, err);
    }
    const void *bytes = sqlite3_column_blob(row, 0);
    const merkle_hash own = merkle_plain(bytes, (size_t)sqlite3_column_bytes(row, 0));
    bool same = memcmp(&own, &state, sizeof own) == 0 && is_blob(row, 1, &own, sizeof own);
    bool beside =
        is_blob(row, 2, edge, sizeof edge) &&
        is_blob(row, 3, &store->slot_root, sizeof store->slot_root) &&
        sqlite3_column_int64(row, 4) == of->audit->transfers + (int64_t)store->led_to.leg_count &&
        sqlite3_column_int64(row, 5) == of->version;
    sqlite3_finalize(row);
    return same && beside ? DCAT_OK
                          : row_wrong(r,
                                      same ? "its snapshot says something else than the events"
                                           : "its snapshot is of another state",
                                      err);
}

// What an account has in the end: as the exchange says, or the legs of a log that is older to its
// end.
static dcat_money balance_of(const replay *of, int32_t account)
{
    if (of->version == RULES_VERSION || of->balance == NULL) {
        return exchange_balance(of->store->x, account);
    }
    return account >= 0 && (size_t)account < of->account_max ? of->balance[account] : 0;
}

dcat_status compare_balances(const replay *of, dcat_error *err)
{
    exchange_store *store = of->store;
    sqlite3_stmt *statement = NULL;
    int made =
        sqlite3_prepare_v2(store->db, "SELECT id,balance FROM account", -1, &statement, NULL);
    bool same = made == SQLITE_OK;
    uint64_t sum = 0; // may go around, so that no balance that was read does harm
    while (same && sqlite3_step(statement) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(statement, 0);
        int64_t balance = sqlite3_column_int64(statement, 1);
        same = id == (int32_t)id && balance == balance_of(of, (int32_t)id);
        sum += (uint64_t)balance;
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || made != SQLITE_OK) {
        return store_unread(store, err);
    }
    return same && sum == 0 ? DCAT_OK : dcat_fail(err, DCAT_ERR_FORMAT, "the balances are others");
}

// The states of tasks that the exchange still knows.
dcat_status compare_tasks(exchange_store *store, bool open_ones, dcat_error *err)
{
    const char *sql = open_ones ? "SELECT id,state,attempt FROM task WHERE closed_ns IS NULL"
                                : "SELECT id,state,attempt FROM task";
    sqlite3_stmt *statement = NULL;
    int made = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    bool same = made == SQLITE_OK;
    int64_t open_count = 0;
    while (same && sqlite3_step(statement) == SQLITE_ROW) {
        exchange_task_view view;
        const char *state = (const char *)sqlite3_column_text(statement, 1);
        bool known = exchange_task_find(store->x, sqlite3_column_int64(statement, 0), &view);
        same = state != NULL &&
               (!known || (strcmp(state, machines[MACHINE_TASK].states[view.state]) == 0 &&
                           sqlite3_column_int(statement, 2) == view.attempt));
        open_count += known && view.settlement == SETTLEMENT_HELD;
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || made != SQLITE_OK) {
        return store_unread(store, err);
    }
    return same && open_count == exchange_time(store->x).open_tasks
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "the tasks are others");
}

// ---- every column: while events are applied again, all that follows from them is written into
// tables of a database of its own, and in the end both are compared, row by row

// Tables that hold what no event led to; they are looked at by others.
static const char *const others[] = {"event", "snapshot",   "idempotency",
                                     "tile",  "checkpoint", "log_key"};

// Tables that were written anew are ours: it is the machine that fails them.
static dcat_status anew_fault(sqlite3 *anew, dcat_error *err)
{
    return store_fault(anew, DCAT_ERR_IO, "cannot write tables to compare with", err);
}

dcat_status anew_begin(exchange_store *store, dcat_error *err)
{
    sqlite3 *log = store->db, *anew = NULL;
    if (sqlite3_open_v2("", &anew, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK) {
        dcat_status status = anew_fault(anew, err);
        sqlite3_close(anew);
        return status;
    }
    store->anew = anew;
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    store->db = anew; // whose statements these are from here on
    dcat_status status =
        store_sql(store, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN", err);
    if (status == DCAT_OK) {
        status = schema_begin(store, err);
    }
    if (status == DCAT_OK) {
        status = schema_prepare(store, err);
    }
    store->db = log;
    return status == DCAT_OK ? store_sql(store, "BEGIN", err) : status;
}

// ---- comparing

static bool same_value(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    int type = sqlite3_column_type(a, column);
    if (type != sqlite3_column_type(b, column)) {
        return false;
    }
    if (type == SQLITE_INTEGER) {
        return sqlite3_column_int64(a, column) == sqlite3_column_int64(b, column);
    }
    const void *at = sqlite3_column_blob(a, column), *other = sqlite3_column_blob(b, column);
    int count = sqlite3_column_bytes(a, column);
    return type == SQLITE_NULL || (count == sqlite3_column_bytes(b, column) &&
                                   (count == 0 || memcmp(at, other, (size_t)count) == 0));
}

// The row by what it begins with.
static dcat_status other_row(const char *table, sqlite3_stmt *row, int column, dcat_error *err)
{
    const char *first = (const char *)sqlite3_column_text(row, 0);
    char names[160] = "";
    snprintf(names, sizeof names, "table %s, row of %s %.40s", table, sqlite3_column_name(row, 0),
             first == NULL ? "" : first);
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s: %s%s", names,
                     column < 0 ? "events lead to another number of rows"
                                : "events lead to another ",
                     column < 0 ? "" : sqlite3_column_name(row, column));
}

// The first column that differs, or as many as there are.
static int first_other(sqlite3_stmt *log, sqlite3_stmt *anew, int columns)
{
    int at = 0;
    while (at < columns && same_value(log, anew, at)) {
        at++;
    }
    return at;
}

// All that is not said to be wrong was read.
static bool is_read(sqlite3_stmt *rows, int code)
{
    return (code == SQLITE_ROW || code == SQLITE_DONE) &&
           sqlite3_errcode(sqlite3_db_handle(rows)) != SQLITE_NOMEM;
}

static dcat_status compare_rows(const exchange_store *store, sqlite3_stmt *log, sqlite3_stmt *anew,
                                const char *table, dcat_error *err)
{
    int columns = sqlite3_column_count(log), at = columns, code = SQLITE_ROW, other = SQLITE_ROW;
    if (columns != sqlite3_column_count(anew)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "table %s has other columns", table);
    }
    while (at == columns && code == SQLITE_ROW && other == SQLITE_ROW) {
        code = sqlite3_step(log);
        other = sqlite3_step(anew);
        at = code == SQLITE_ROW && other == SQLITE_ROW ? first_other(log, anew, columns) : at;
    }
    if (!is_read(log, code)) {
        return store_unread(store, err);
    }
    if (!is_read(anew, other)) {
        return anew_fault(store->anew, err);
    }
    return at < columns         ? other_row(table, log, at, err)
           : code == other      ? DCAT_OK
           : code == SQLITE_ROW ? other_row(table, log, -1, err)
                                : other_row(table, anew, -1, err);
}

static dcat_status compare_table(exchange_store *store, const char *table, dcat_error *err)
{
    if (table == NULL) {
        return anew_fault(store->anew, err);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(table, others[i]) == 0) {
            return DCAT_OK;
        }
    }
    sqlite3_stmt *log = NULL, *anew = NULL;
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", table); // in the order of the primary key
    dcat_status status = DCAT_OK;
    if (sqlite3_prepare_v2(store->db, sql, -1, &log, NULL) != SQLITE_OK) {
        status = store_unread(store, err);
    } else if (sqlite3_prepare_v2(store->anew, sql, -1, &anew, NULL) != SQLITE_OK) {
        status = anew_fault(store->anew, err);
    } else {
        status = compare_rows(store, log, anew, table, err);
    }
    sqlite3_finalize(log);
    sqlite3_finalize(anew);
    return status;
}

dcat_status anew_finish(exchange_store *store, dcat_error *err)
{
    dcat_status status =
        rows_write_balances(store, err) == DCAT_OK ? DCAT_OK : anew_fault(store->anew, err);
    sqlite3_stmt *tables = NULL;
    if (status == DCAT_OK &&
        sqlite3_prepare_v2(store->anew, "SELECT name FROM sqlite_schema WHERE type='table'", -1,
                           &tables, NULL) != SQLITE_OK) {
        status = anew_fault(store->anew, err);
    }
    while (status == DCAT_OK && sqlite3_step(tables) == SQLITE_ROW) {
        status = compare_table(store, (const char *)sqlite3_column_text(tables, 0), err);
    }
    bool whole = sqlite3_finalize(tables) == SQLITE_OK; // or some were not compared
    return status == DCAT_OK && !whole ? anew_fault(store->anew, err) : status;
}
