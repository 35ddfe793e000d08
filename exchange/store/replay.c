// SPDX-License-Identifier: Apache-2.0
// A log applied again: every event's text, leaf and rows must come out as they stand there.
#include "exchange/store/object.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// One row of the log; its pointers hold until the next step of the statement.
typedef struct row {
    int64_t seq, at_ns;
    const char *body, *kind;
    size_t length;
    int32_t actor;
    const void *leaf;
} row;

static dcat_status wrong(const row *r, const char *what, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRId64 ": %s", r->seq, what);
}

static row row_of(sqlite3_stmt *statement)
{
    return (row){
        .seq = sqlite3_column_int64(statement, 0),
        .at_ns = sqlite3_column_int64(statement, 1),
        .kind = (const char *)sqlite3_column_text(statement, 2),
        .actor = sqlite3_column_int(statement, 3),
        .body = sqlite3_column_blob(statement, 4),
        .length = (size_t)sqlite3_column_bytes(statement, 4),
        .leaf = sqlite3_column_blob(statement, 5),
    };
}

// I13: gap-free, and each leaf the hash of its body.
static dcat_status check_leaf(exchange_store *store, const row *r, dcat_error *err)
{
    if (r->seq != (int64_t)store->tree.size + 1) {
        return wrong(r, "the one before is missing", err);
    }
    if (r->body == NULL || r->kind == NULL || r->leaf == NULL) {
        return wrong(r, "it is empty", err);
    }
    merkle_hash leaf = merkle_leaf(r->body, r->length);
    return memcmp(leaf.byte, r->leaf, MERKLE_BYTES) == 0
               ? DCAT_OK
               : wrong(r, "its leaf is not the hash of its body", err);
}

// What was written again in the store's body must be what stands in the log.
static dcat_status compare_body(exchange_store *store, const row *r, dcat_error *err)
{
    if (store->body.failed || store->led_to.failed) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for event %" PRId64, r->seq);
    }
    if (store->body.used != r->length || memcmp(store->body.at, r->body, r->length) != 0) {
        return wrong(r, "applied again it leads to something else", err);
    }
    store->last = merkle_leaf(r->body, r->length);
    merkle_add(&store->tree, &store->last);
    return DCAT_OK;
}

// I5, I14: the transfers that stand under the event are its legs.
static dcat_status compare_legs(exchange_store *store, sqlite3_stmt *transfers, const row *r,
                                dcat_error *err)
{
    sqlite3_bind_int64(transfers, 1, r->seq);
    bool same = true;
    for (size_t i = 0; i < store->led_to.leg_count; i++) {
        const exchange_leg *leg = &store->led_to.legs[i];
        same = same && sqlite3_step(transfers) == SQLITE_ROW &&
               sqlite3_column_int(transfers, 0) == leg->debit &&
               sqlite3_column_int(transfers, 1) == leg->credit &&
               sqlite3_column_int64(transfers, 2) == leg->amount;
    }
    same = same && sqlite3_step(transfers) == SQLITE_DONE;
    sqlite3_reset(transfers);
    return same ? DCAT_OK : wrong(r, "its transfers are others", err);
}

// I14: its awards stand in their table.
static dcat_status compare_awards(exchange_store *store, sqlite3_stmt *awards, const row *r,
                                  dcat_error *err)
{
    bool same = true;
    for (size_t i = 0; i < store->led_to.award_count; i++) {
        const exchange_award *a = &store->led_to.awards[i].award;
        sqlite3_bind_int64(awards, 1, a->task);
        sqlite3_bind_int(awards, 2, a->attempt);
        same = same && sqlite3_step(awards) == SQLITE_ROW &&
               sqlite3_column_int(awards, 0) == a->cluster &&
               sqlite3_column_int64(awards, 1) == a->pay &&
               sqlite3_column_int(awards, 2) == a->member_count;
        sqlite3_reset(awards);
    }
    return same ? DCAT_OK : wrong(r, "its awards are others", err);
}

static dcat_status remake_cut(exchange_store *store, const body_cut *from, exchange_event *event,
                              dcat_error *err)
{
    dcat_status status = exchange_store_cut(store, from->world_seed, &event->cut, err);
    if (status == DCAT_OK && (size_t)event->cut->server_count != from->cluster_count) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "other servers take part");
    }
    if (status == DCAT_OK) {
        status = exchange_cut_set_clusters(event->cut, from->clusters, err);
    }
    if (status != DCAT_OK) {
        exchange_cut_destroy(event->cut);
        event->cut = NULL;
    }
    return status;
}

static dcat_status apply_again(exchange_store *store, const row *r, dcat_error *err)
{
    exchange_event event;
    int64_t id = 0;
    body_cut cut;
    dcat_status status = body_read(r->body, r->length, &event, &id, &cut, err);
    if (status == DCAT_OK && event.kind == EVENT_CYCLE) {
        status = remake_cut(store, &cut, &event, err);
    }
    free(cut.clusters);
    if (status != DCAT_OK) {
        return status;
    }
    if (event.at_ns != r->at_ns || event.actor != r->actor ||
        strcmp(exchange_kind_name(event.kind), r->kind) != 0) {
        return wrong(r, "its columns say something else than its body", err);
    }
    const merkle_hash root = merkle_root(&store->tree), prev = store->last;
    told_clear(&store->led_to);
    const exchange_sink sink = told_sink(&store->led_to);
    exchange_result result = exchange_apply(store->x, &event, &sink);
    if (result.code != CODE_DONE) {
        if (event.kind == EVENT_CYCLE) {
            exchange_cut_destroy(event.cut);
        }
        return wrong(r, exchange_code_name(result.code), err);
    }
    body_write(&store->body, &event, result.id,
               event.kind == EVENT_CYCLE ? event.cut->world_seed : 0, &store->led_to, &prev,
               event.kind == EVENT_SLOT ? &root : NULL);
    if (event.kind == EVENT_CYCLE) {
        exchange_cut_destroy(store->cut);
        store->cut = event.cut;
    }
    return compare_body(store, r, err);
}

// The first event: the settings of all others.
static dcat_status begin(exchange_store *store, const row *r, dcat_error *err)
{
    dcat_status status = setup_read(r->body, r->length, &store->setup, &store->areas, err);
    if (status == DCAT_OK) {
        setup_write(&store->body, &store->setup);
        status = compare_body(store, r, err);
    }
    return status == DCAT_OK ? exchange_create(&store->setup.config, &store->x, err) : status;
}

// ---- the whole

typedef struct reader {
    sqlite3_stmt *events, *transfers, *awards;
} reader;

static bool prepare(exchange_store *store, reader *of)
{
    *of = (reader){0};
    return sqlite3_prepare_v2(store->db,
                              "SELECT seq,at_ns,kind,actor,body,leaf FROM event ORDER BY seq", -1,
                              &of->events, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(store->db,
                              "SELECT debit,credit,amount FROM transfer WHERE seq=? ORDER BY id",
                              -1, &of->transfers, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(store->db,
                              "SELECT cluster,pay,(SELECT count(*) FROM award_member m WHERE "
                              "m.task=award.task AND m.attempt=award.attempt) FROM award WHERE "
                              "task=? AND attempt=?",
                              -1, &of->awards, NULL) == SQLITE_OK;
}

// The balances, and the states of the tasks that the exchange still knows.
static dcat_status compare_tables(exchange_store *store, dcat_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool same = sqlite3_prepare_v2(store->db, "SELECT id,balance FROM account", -1, &statement,
                                   NULL) == SQLITE_OK;
    int64_t sum = 0;
    while (same && sqlite3_step(statement) == SQLITE_ROW) {
        int64_t balance = sqlite3_column_int64(statement, 1);
        same = balance == exchange_balance(store->x, sqlite3_column_int(statement, 0));
        sum += balance;
    }
    sqlite3_finalize(statement);
    if (!same || sum != 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "the balances are others");
    }
    same = sqlite3_prepare_v2(store->db, "SELECT id,state,attempt FROM task", -1, &statement,
                              NULL) == SQLITE_OK;
    while (same && sqlite3_step(statement) == SQLITE_ROW) {
        exchange_task_view view;
        const char *state = (const char *)sqlite3_column_text(statement, 1);
        same = state != NULL &&
               (!exchange_task_find(store->x, sqlite3_column_int64(statement, 0), &view) ||
                (strcmp(state, machines[MACHINE_TASK].states[view.state]) == 0 &&
                 sqlite3_column_int(statement, 2) == view.attempt));
    }
    sqlite3_finalize(statement);
    return same ? DCAT_OK : dcat_fail(err, DCAT_ERR_FORMAT, "the tasks are others");
}

static dcat_status replay_rows(exchange_store *store, const reader *of, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    int code;
    while (status == DCAT_OK && (code = sqlite3_step(of->events)) == SQLITE_ROW) {
        const row r = row_of(of->events);
        status = check_leaf(store, &r, err);
        if (status == DCAT_OK && r.seq == 1) {
            status = begin(store, &r, err);
        } else if (status == DCAT_OK) {
            status = apply_again(store, &r, err);
        }
        if (status == DCAT_OK) {
            status = compare_legs(store, of->transfers, &r, err);
        }
        if (status == DCAT_OK) {
            status = compare_awards(store, of->awards, &r, err);
        }
    }
    if (status == DCAT_OK && (code != SQLITE_DONE || store->x == NULL)) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "the log cannot be read: %s",
                           sqlite3_errmsg(store->db));
    }
    return status;
}

dcat_status store_replay(exchange_store *store, dcat_error *err)
{
    reader of;
    dcat_status status = prepare(store, &of) ? replay_rows(store, &of, err)
                                             : store_dead(store, "the log has other tables", err);
    sqlite3_finalize(of.events);
    sqlite3_finalize(of.transfers);
    sqlite3_finalize(of.awards);
    if (status == DCAT_OK) {
        status = compare_tables(store, err);
    }
    return status == DCAT_OK ? exchange_check(store->x, err) : status;
}
