// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/tables.h"

#include "exchange/verify/schema.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

// ---- columns of an event

enum { SEQ, EPOCH, SLOT, AT_NS, KIND, ACTOR, BODY, SEALED, LEAF };

static int64_t field(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool is_text(sqlite3_stmt *row, int column, const char *text)
{
    const void *found = sqlite3_column_text(row, column);
    return found != NULL && text != NULL &&
           (size_t)sqlite3_column_bytes(row, column) == strlen(text) &&
           memcmp(found, text, strlen(text)) == 0;
}

static bool is_hash(sqlite3_stmt *row, int column, const void *hash)
{
    return sqlite3_column_bytes(row, column) == VERIFY_HASH &&
           memcmp(sqlite3_column_blob(row, column), hash, VERIFY_HASH) == 0;
}

static bool is_hex(sqlite3_stmt *row, int column, const char *digits)
{
    unsigned char bytes[VERIFY_HASH];
    size_t count = 0;
    return digits != NULL &&
           sodium_hex2bin(bytes, sizeof bytes, digits, strlen(digits), NULL, &count, NULL) == 0 &&
           sqlite3_column_bytes(row, column) == (int)count &&
           memcmp(sqlite3_column_blob(row, column), bytes, count) == 0;
}

// What is sealed is what the body has the hash of; what is not sealed is nothing.
static bool sealed_is_right(sqlite3_stmt *row, const json_t *body)
{
    const char *digits = json_string_value(json_object_get(body, "sealed"));
    bool none = sqlite3_column_bytes(row, SEALED) == 0;
    char own[2 * VERIFY_HASH + 1];
    unsigned char hash[VERIFY_HASH];
    if (none || digits == NULL) {
        return none && digits == NULL;
    }
    crypto_hash_sha256(hash, sqlite3_column_blob(row, SEALED),
                       (unsigned long long)sqlite3_column_bytes(row, SEALED));
    sodium_bin2hex(own, sizeof own, hash, sizeof hash);
    return strcmp(own, digits) == 0;
}

static dcat_status take_columns(const tally *b, sqlite3_stmt *row, const json_t *body,
                                const verify_hash *leaf, dcat_error *err)
{
    if (!is_hash(row, LEAF, leaf)) {
        return tally_wrong(b, err, "its leaf is not the hash of its body");
    }
    if (!sealed_is_right(row, body)) {
        return tally_wrong(b, err, "what is sealed is not what its body has the hash of");
    }
    int64_t at_ns = field(body, "at_ns");
    return sqlite3_column_int64(row, EPOCH) == 1 && sqlite3_column_int64(row, AT_NS) == at_ns &&
                   sqlite3_column_int64(row, SLOT) == at_ns / b->slot_ns &&
                   sqlite3_column_int64(row, ACTOR) == field(body, "actor") &&
                   is_text(row, KIND, json_string_value(json_object_get(body, "kind")))
               ? DCAT_OK
               : tally_wrong(b, err, "its columns say something else than its body");
}

// ---- its rows

static bool is_task(sqlite3_stmt *row, int column, int64_t id, int64_t value)
{
    return id > 0 ? sqlite3_column_int64(row, column) == value
                  : sqlite3_column_type(row, column) == SQLITE_NULL;
}

static void next_transfer(tables *t)
{
    t->transfers_begun = true;
    t->more_transfers = sqlite3_step(t->transfers) == SQLITE_ROW;
}

// seq, debit, credit, amount, kind, task, attempt, id.
static dcat_status take_transfers(tables *t, const tally *b, const json_t *legs, dcat_error *err)
{
    sqlite3_stmt *row = t->transfers;
    if (!t->transfers_begun) {
        next_transfer(t);
    }
    for (size_t i = 0; i < json_array_size(legs); i++) {
        const json_t *leg = json_array_get(legs, i);
        int64_t task = tally_item(leg, LEG_TASK);
        bool same = t->more_transfers && sqlite3_column_int64(row, 0) == b->seq &&
                    sqlite3_column_int64(row, 1) == tally_item(leg, LEG_DEBIT) &&
                    sqlite3_column_int64(row, 2) == tally_item(leg, LEG_CREDIT) &&
                    sqlite3_column_int64(row, 3) == tally_item(leg, LEG_AMOUNT) &&
                    is_text(row, 4, tally_words(leg, LEG_KIND)) && is_task(row, 5, task, task) &&
                    is_task(row, 6, task, tally_item(leg, LEG_ATTEMPT)) &&
                    sqlite3_column_int64(row, 7) ==
                        b->transfers - (int64_t)json_array_size(legs) + (int64_t)i + 1;
        if (!same) {
            return tally_wrong(b, err, "I14: transfer %zu of it stands otherwise in its table",
                               i + 1);
        }
        next_transfer(t);
    }
    return !t->more_transfers || sqlite3_column_int64(row, 0) > b->seq
               ? DCAT_OK
               : tally_wrong(b, err, "I14: a transfer stands under it that it did not make");
}

static bool same_team(tables *t, int64_t task, int64_t attempt, const json_t *team)
{
    sqlite3_bind_int64(t->members, 1, task);
    sqlite3_bind_int64(t->members, 2, attempt);
    bool same = true;
    for (size_t m = 0; same && m < json_array_size(team); m++) {
        const json_t *member = json_array_get(team, m);
        same = sqlite3_step(t->members) == SQLITE_ROW &&
               sqlite3_column_int64(t->members, 0) == tally_item(member, MEMBER_SERVER) &&
               sqlite3_column_int64(t->members, 1) == tally_item(member, MEMBER_LOAD);
    }
    same = same && sqlite3_step(t->members) == SQLITE_DONE;
    sqlite3_reset(t->members);
    return same;
}

// slot, cluster, candidates, round, pay.
static dcat_status take_awards(tables *t, const tally *b, const json_t *awards, dcat_error *err)
{
    bool same = true;
    for (size_t i = 0; same && i < json_array_size(awards); i++) {
        const json_t *award = json_array_get(awards, i);
        int64_t task = tally_item(award, AWARD_TASK), attempt = tally_item(award, AWARD_ATTEMPT);
        sqlite3_bind_int64(t->award, 1, task);
        sqlite3_bind_int64(t->award, 2, attempt);
        same = sqlite3_step(t->award) == SQLITE_ROW &&
               sqlite3_column_int64(t->award, 0) == b->slot &&
               sqlite3_column_int64(t->award, 1) == tally_item(award, AWARD_CLUSTER) &&
               sqlite3_column_int64(t->award, 2) == tally_item(award, AWARD_CANDIDATES) &&
               sqlite3_column_int64(t->award, 3) == tally_item(award, AWARD_ROUND) &&
               sqlite3_column_int64(t->award, 4) == tally_item(award, AWARD_PAY);
        sqlite3_reset(t->award);
        same = same && same_team(t, task, attempt, json_array_get(award, AWARD_TEAM));
    }
    return same ? DCAT_OK
                : tally_wrong(b, err, "I14: an award of it stands otherwise in its table");
}

// What a task is, as it was submitted; its fee is what was held for it.
static dcat_status take_task(tables *t, const tally *b, const json_t *body, const json_t *data,
                             dcat_error *err)
{
    int64_t id = field(body, "id");
    const tally_task *task = tally_task_of(b, id);
    sqlite3_stmt *row = t->task;
    sqlite3_bind_int64(row, 1, id);
    static const char *const names[] = {"area", "work_cycles", "data_bits", "deadline_us",
                                        "max_fee"};
    bool same = sqlite3_step(row) == SQLITE_ROW;
    for (int i = 0; same && i < 5; i++) {
        same = sqlite3_column_int64(row, i) == field(data, names[i]);
    }
    same = same && sqlite3_column_int64(row, 5) == field(body, "actor") &&
           sqlite3_column_int64(row, 6) == task->held && sqlite3_column_int64(row, 7) == b->at_ns &&
           sqlite3_column_int64(row, 8) == b->seq &&
           is_hex(row, 9, json_string_value(json_object_get(data, "client"))) &&
           is_hex(row, 10, json_string_value(json_object_get(data, "body")));
    sqlite3_reset(row);
    return same ? DCAT_OK
                : tally_wrong(b, err, "I14: task %" PRId64 " stands otherwise in its table", id);
}

dcat_status tables_take(tables *t, const tally *b, const verify_entry *entry, const json_t *body,
                        const verify_hash *leaf, dcat_error *err)
{
    dcat_status status = take_columns(b, entry->row, body, leaf, err);
    if (status == DCAT_OK && json_object_get(body, "awards") != NULL) {
        status = take_awards(t, b, json_object_get(body, "awards"), err);
    }
    const char *kind = json_string_value(json_object_get(body, "kind"));
    if (status == DCAT_OK && kind != NULL && strcmp(kind, "submit") == 0) {
        status = take_task(t, b, body, json_object_get(body, "data"), err);
    }
    return status == DCAT_OK ? take_transfers(t, b, json_object_get(body, "legs"), err) : status;
}

dcat_status tables_take_tile(tables *t, const tally *b, int level, uint64_t index,
                             const verify_hash *root, dcat_error *err)
{
    sqlite3_bind_int(t->tile, 1, level);
    sqlite3_bind_int64(t->tile, 2, (int64_t)index);
    // One that is full, but behind the last checkpoint, is not there yet.
    bool there = sqlite3_step(t->tile) == SQLITE_ROW;
    bool same = !there || is_hash(t->tile, 0, root->byte);
    sqlite3_reset(t->tile);
    t->tiles += there;
    return same ? DCAT_OK
                : tally_wrong(b, err,
                              "tile %" PRIu64 " of level %d, which it ends, has another root",
                              index, level);
}

// ---- behind the last event

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        value = sqlite3_column_int64(row, 0);
    }
    sqlite3_finalize(row);
    return value;
}

// Balances are what the transfers lead to, and add up to nothing.
static dcat_status check_balances(tables *t, tally *b, dcat_error *err)
{
    sqlite3_stmt *row = NULL;
    int64_t id = 0, balance = 0, due = 0;
    uint64_t sum = 0;
    bool same = sqlite3_prepare_v2(t->db, "SELECT id,balance FROM account ORDER BY id", -1, &row,
                                   NULL) == SQLITE_OK;
    while (same && sqlite3_step(row) == SQLITE_ROW) {
        id = sqlite3_column_int64(row, 0);
        balance = sqlite3_column_int64(row, 1);
        int64_t *place = map_at(&b->accounts, (map_key){.low = (uint64_t)id}, NULL);
        if (place == NULL) {
            sqlite3_finalize(row);
            return tally_no_memory(err);
        }
        due = *place;
        same = balance == due;
        sum += (uint64_t)balance;
    }
    sqlite3_finalize(row);
    if (!same) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "table account: account %" PRId64 " has %" PRId64
                         ", its transfers lead to %" PRId64,
                         id, balance, due);
    }
    return sum == 0 && number(t->db, "SELECT count(*) FROM account") == (int64_t)b->accounts.used
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "table account: a row is missing");
}

static dcat_status check_tasks(tables *t, const tally *b, dcat_error *err)
{
    sqlite3_stmt *row = NULL;
    bool same = sqlite3_prepare_v2(t->db, "SELECT id,state,attempt FROM task ORDER BY id", -1, &row,
                                   NULL) == SQLITE_OK;
    int64_t id = 0, count = 0;
    while (same && sqlite3_step(row) == SQLITE_ROW) {
        id = sqlite3_column_int64(row, 0);
        const tally_task *task = tally_task_of(b, id);
        same = task != NULL && is_text(row, 1, task->state) &&
               sqlite3_column_int64(row, 2) == task->attempt;
        count++;
    }
    sqlite3_finalize(row);
    return same && count == (int64_t)b->task_count
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT,
                           "table task: task %" PRId64 " stands otherwise than its events say", id);
}

dcat_status tables_finish(tables *t, tally *b, dcat_error *err)
{
    dcat_status status = check_balances(t, b, err);
    if (status == DCAT_OK) {
        status = check_tasks(t, b, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (t->more_transfers) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "table transfer: row %" PRId64 " is of no event",
                         (int64_t)sqlite3_column_int64(t->transfers, 7));
    }
    if (number(t->db, "SELECT count(*) FROM award") != b->awards ||
        number(t->db, "SELECT count(*) FROM award_member") != (int64_t)b->team_count) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "table award: there are awards of no event");
    }
    // Under a checkpoint all are there.
    int64_t due = 0, size = number(t->db, "SELECT max(size) FROM checkpoint");
    for (int64_t tiles = size / VERIFY_TILE; tiles > 0; tiles /= VERIFY_TILE) {
        due += tiles;
    }
    return t->tiles >= due && number(t->db, "SELECT count(*) FROM tile") == t->tiles
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "table tile: there are other tiles than %" PRId64,
                           due);
}

static bool prepare(tables *t, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v2(t->db, sql, -1, statement, NULL) == SQLITE_OK;
}

dcat_status tables_begin(tables *t, sqlite3 *db, dcat_error *err)
{
    *t = (tables){.db = db};
    bool good =
        prepare(t, "SELECT seq,debit,credit,amount,kind,task,attempt,id FROM transfer ORDER BY id",
                &t->transfers) &&
        prepare(t, "SELECT slot,cluster,candidates,round,pay FROM award WHERE task=? AND attempt=?",
                &t->award) &&
        prepare(t,
                "SELECT server,load FROM award_member WHERE task=? AND attempt=? ORDER BY server",
                &t->members) &&
        prepare(t,
                "SELECT area,work,data,deadline_us,max_fee,party,fee,arrived_ns,seq,client,"
                "body_hash FROM task WHERE id=?",
                &t->task) &&
        prepare(t, "SELECT root FROM tile WHERE level=? AND idx=?", &t->tile);
    return good ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_FORMAT, "the log has other tables: %s",
                            sqlite3_errmsg(db));
}

void tables_end(tables *t)
{
    sqlite3_finalize(t->transfers);
    sqlite3_finalize(t->award);
    sqlite3_finalize(t->members);
    sqlite3_finalize(t->task);
    sqlite3_finalize(t->tile);
    *t = (tables){0};
}
