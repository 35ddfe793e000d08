// SPDX-License-Identifier: Apache-2.0
// A log applied again: every event's text, leaf and rows must come out as they stand there.
#include "exchange/store/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dcat_status row_wrong(const log_row *r, const char *what, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRId64 ": %s", r->seq, what);
}

static log_row row_of(sqlite3_stmt *statement)
{
    return (log_row){
        .seq = sqlite3_column_int64(statement, 0),
        .epoch = sqlite3_column_int64(statement, 7),
        .slot = sqlite3_column_int64(statement, 8),
        .at_ns = sqlite3_column_int64(statement, 1),
        .actor = sqlite3_column_int64(statement, 3),
        .kind = (const char *)sqlite3_column_text(statement, 2),
        .kind_bytes = (size_t)sqlite3_column_bytes(statement, 2),
        .bytes = {.body = sqlite3_column_blob(statement, 4),
                  .body_bytes = (size_t)sqlite3_column_bytes(statement, 4),
                  .sealed = sqlite3_column_blob(statement, 6),
                  .sealed_bytes = (size_t)sqlite3_column_bytes(statement, 6)},
        .leaf = sqlite3_column_blob(statement, 5),
        .whole_leaf = sqlite3_column_bytes(statement, 5) == MERKLE_BYTES,
    };
}

// Tables that are written anew refuse a row.
static dcat_status row_refused(const exchange_store *store, const log_row *r, dcat_error *err)
{
    char what[64];
    snprintf(what, sizeof what, "event %" PRId64 ": its rows cannot be", r->seq);
    return store_fault(store->anew, DCAT_ERR_FORMAT, what, err);
}

// I13: gap-free, and each leaf the hash of its body.
static dcat_status check_leaf(exchange_store *store, const log_row *r, dcat_error *err)
{
    if (r->seq != (int64_t)store->tree.size + 1) {
        return row_wrong(r, "the one before is missing", err);
    }
    if (r->bytes.body == NULL || r->kind == NULL || r->leaf == NULL || !r->whole_leaf) {
        return sqlite3_errcode(store->db) == SQLITE_NOMEM ? store_unread(store, err)
                                                          : row_wrong(r, "it is empty", err);
    }
    merkle_hash leaf = merkle_leaf(r->bytes.body, r->bytes.body_bytes);
    return memcmp(leaf.byte, r->leaf, MERKLE_BYTES) == 0
               ? DCAT_OK
               : row_wrong(r, "its leaf is not the hash of its body", err);
}

// What was written again in the store's body must be what stands in the log.
static dcat_status compare_body(exchange_store *store, const log_row *r, dcat_error *err)
{
    if (store->body.failed || store->led_to.failed) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for event %" PRId64, r->seq);
    }
    if (store->body.used != r->bytes.body_bytes ||
        memcmp(store->body.at, r->bytes.body, store->body.used) != 0) {
        return row_wrong(r, "applied again it leads to something else", err);
    }
    memcpy(&store->last, r->leaf, MERKLE_BYTES); // which is its hash
    merkle_add(&store->tree, &store->last);
    return DCAT_OK;
}

static dcat_status remake_cut(exchange_store *store, const body_rest *from, exchange_event *event,
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

// The event of a row, its cut made anew.
static dcat_status read_event(exchange_store *store, const log_row *r, exchange_event *event,
                              body_rest *rest, dcat_error *err)
{
    dcat_status status = body_read(&r->bytes, event, rest, err);
    if (status == DCAT_OK && event->kind == EVENT_CYCLE) {
        status = remake_cut(store, rest, event, err);
    }
    free(rest->clusters);
    return status;
}

static dcat_status apply_event(exchange_store *store, const log_row *r, const exchange_event *event,
                               const body_rest *rest, dcat_error *err)
{
    dcat_status status =
        compare_columns(store, r, exchange_kind_name(event->kind), event->at_ns, event->actor, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (event->kind == EVENT_SLOT && !store->setup.seeds_given &&
        event->slot.seed != store_slot_seed(store, event->slot.number)) {
        return row_wrong(r, "its seed is not that of the root before", err);
    }
    const merkle_hash prev = store->last;
    merkle_hash root = {{0}};
    if (event->kind == EVENT_SLOT) { // dear
        root = merkle_root(&store->tree);
    }
    told_clear(&store->led_to);
    const exchange_sink sink = told_sink(&store->led_to);
    exchange_result result = exchange_apply(store->x, event, &sink);
    if (result.code != CODE_DONE) {
        return row_wrong(r, exchange_code_name(result.code), err);
    }
    const body_entry entry = {.event = event,
                              .id = result.id,
                              .world_seed = rest->world_seed,
                              .led_to = &store->led_to,
                              .prev = &prev,
                              .root = event->kind == EVENT_SLOT ? &root : NULL,
                              .name = rest->name[0] == '\0' ? NULL : rest->name,
                              .sealed = r->bytes.sealed,
                              .sealed_bytes = r->bytes.sealed_bytes};
    body_write(&store->body, &entry);
    status = compare_body(store, r, err);
    if (event->kind == EVENT_SLOT) {
        store->slot_root = merkle_root(&store->tree);
    }
    store->at_ns = event->at_ns;
    if (status == DCAT_OK && store->anew != NULL && !rows_write_led_to(store, &entry)) {
        status = row_refused(store, r, err);
    }
    return status;
}

static dcat_status apply_again(replay *of, const log_row *r, dcat_error *err)
{
    exchange_store *store = of->store;
    exchange_event event = {.kind = EVENT_COUNT};
    body_rest rest;
    dcat_status status = read_event(store, r, &event, &rest, err);
    if (status != DCAT_OK) {
        return status;
    }
    store_draw(store, &event);
    status = apply_event(store, r, &event, &rest, err);
    if (event.kind == EVENT_CYCLE) { // in force now, unless it was refused
        bool entered = exchange_cut_in_force(store->x) == event.cut;
        exchange_cut_destroy(entered ? store->cut : event.cut);
        store->cut = entered ? event.cut : store->cut;
    }
    if (status == DCAT_OK && of->audit != NULL && of->audit->event != NULL) {
        of->audit->event(of->audit->user, store, &event);
    }
    return status;
}

// ---- rules

// The first event: the settings of all others.
static dcat_status begin(replay *of, const log_row *r, dcat_error *err)
{
    exchange_store *store = of->store;
    dcat_status status =
        setup_read(r->bytes.body, r->bytes.body_bytes, &store->setup, &store->own, err);
    if (status == DCAT_OK) {
        status = setup_version(r->bytes.body, r->bytes.body_bytes, &of->version, err);
    }
    if (status == DCAT_OK) {
        merkle_hash hash;
        bool sealed = store_take_secret(store, &r->bytes, &hash);
        setup_write(&store->body, &store->setup, of->version,
                    &(setup_chain){.sealed = sealed ? &hash : NULL});
        status = compare_body(store, r, err);
        store->slot_root = merkle_root(&store->tree);
    }
    if (status == DCAT_OK) {
        status = compare_columns(store, r, "rules", 0, EXCHANGE_SELF, err);
    }
    if (status == DCAT_OK) {
        status = exchange_create(&store->setup.config, &store->x, err);
    }
    if (status == DCAT_OK && of->audit != NULL && of->audit->tables) {
        status = rows_make_room(store) ? anew_begin(store, err)
                                       : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for tables");
        if (status == DCAT_OK && !rows_write_platform(store)) {
            status = row_refused(store, r, err);
        }
    }
    return status;
}

// Newer rules begin with the state that the older ones left: the snapshot that stands with them.
static dcat_status begin_again(replay *of, const log_row *r, dcat_error *err)
{
    exchange_store *store = of->store;
    const merkle_hash prev = store->last;
    const merkle tree = store->tree;
    merkle_hash state;
    if (of->balance == NULL && !snapshot_hash(store, &state)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a snapshot");
    }
    bool found = false;
    dcat_status status = snapshot_read(store, r->seq, &found, err);
    if (status != DCAT_OK || !found) {
        return status != DCAT_OK ? status : row_wrong(r, "its snapshot is missing", err);
    }
    if (of->balance == NULL && memcmp(&state, &store->snapshot_hash, sizeof state) != 0) {
        return row_wrong(r, "its snapshot is of another state", err);
    }
    for (size_t i = 0; of->balance != NULL && i < of->account_max; i++) {
        int32_t account = exchange_account_at(&store->setup.config, (int32_t)i);
        if (of->balance[i] != exchange_balance(store->x, account)) {
            return row_wrong(r, "its snapshot has other balances", err);
        }
    }
    store->tree = tree;
    store->last = prev;
    status = setup_version(r->bytes.body, r->bytes.body_bytes, &of->version, err);
    if (status != DCAT_OK) {
        return status;
    }
    const setup_chain chain = {
        .at_ns = store->at_ns, .prev = &prev, .state = &store->snapshot_hash};
    setup_write(&store->body, &store->setup, of->version, &chain);
    status = compare_body(store, r, err);
    return status == DCAT_OK ? compare_columns(store, r, "rules", chain.at_ns, EXCHANGE_SELF, err)
                             : status;
}

// ---- older rules

// By what the event itself says: the chain, and where money went.
static dcat_status follow(replay *of, const log_row *r, dcat_error *err)
{
    exchange_store *store = of->store;
    const exchange_config *config = &store->setup.config;
    if (of->audit != NULL) {
        of->audit->tables = false; // what is older is not written anew
    }
    of->account_max = exchange_account_room(config);
    if (of->balance == NULL) {
        of->balance = calloc(of->account_max, sizeof *of->balance);
    }
    if (of->balance == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for balances");
    }
    merkle_hash prev = {{0}};
    dcat_status status = body_read_told(&r->bytes, &store->led_to, &prev, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (memcmp(&prev, &store->last, sizeof prev) != 0) {
        return row_wrong(r, "it follows another event", err);
    }
    for (size_t i = 0; i < store->led_to.leg_count; i++) {
        const exchange_leg *leg = &store->led_to.legs[i];
        int32_t debit = exchange_account_index(config, leg->debit);
        int32_t credit = exchange_account_index(config, leg->credit);
        if (debit < 0 || credit < 0) {
            return row_wrong(r, "there is no such account", err);
        }
        // May go around, so that no amount that was read does harm.
        of->balance[debit] = (dcat_money)((uint64_t)of->balance[debit] - (uint64_t)leg->amount);
        of->balance[credit] = (dcat_money)((uint64_t)of->balance[credit] + (uint64_t)leg->amount);
    }
    memcpy(&store->last, r->leaf, MERKLE_BYTES);
    merkle_add(&store->tree, &store->last);
    return DCAT_OK;
}

// ---- the whole

static bool prepare_one(exchange_store *store, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v2(store->db, sql, -1, statement, NULL) == SQLITE_OK;
}

static bool prepare(replay *of)
{
    return prepare_one(of->store,
                       "SELECT seq,at_ns,kind,actor,body,leaf,sealed,epoch,slot FROM event WHERE "
                       "seq>? ORDER BY seq",
                       &of->events) &&
           prepare_one(of->store,
                       "SELECT seq,debit,credit,amount,coalesce(task,0),coalesce(attempt,0),kind "
                       "FROM transfer WHERE id>? ORDER BY id",
                       &of->transfers) &&
           prepare_one(of->store,
                       "SELECT cluster,pay,round,server,load FROM award JOIN award_member "
                       "USING(task,attempt) WHERE task=? AND attempt=? ORDER BY server",
                       &of->awards);
}

static dcat_status next_row(replay *of, const log_row *r, dcat_error *err)
{
    bool rules = r->kind != NULL && strcmp(r->kind, "rules") == 0;
    bool ours = of->version == RULES_VERSION;
    dcat_status status = check_leaf(of->store, r, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (r->seq == 1) {
        status = begin(of, r, err);
    } else if (rules) {
        status = begin_again(of, r, err);
    } else {
        status = ours ? apply_again(of, r, err) : follow(of, r, err);
    }
    if (status == DCAT_OK && of->version > RULES_VERSION) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "event %" PRId64 ": rules of version %" PRId64
                         ", this program knows those up to %d",
                         r->seq, of->version, RULES_VERSION);
    }
    if (status == DCAT_OK && !rules) {
        status = compare_legs(of, r, err);
    }
    return status == DCAT_OK && !rules ? compare_awards(of, r, err) : status;
}

static void count(replay *of, const log_row *r, size_t total)
{
    exchange_audit *audit = of->audit;
    if (audit != NULL) {
        bool ours = of->version == RULES_VERSION;
        audit->events += ours;
        audit->older += !ours;
        audit->awards += (int64_t)of->store->led_to.award_count;
        audit->transfers += (int64_t)of->store->led_to.leg_count;
        if (audit->progress != NULL && r->seq % 1024 == 0) {
            audit->progress(audit->user, (size_t)r->seq, total);
        }
    }
}

static dcat_status replay_rows(replay *of, size_t total, dcat_error *err)
{
    sqlite3_bind_int64(of->events, 1, (int64_t)of->store->tree.size);
    sqlite3_bind_int64(of->transfers, 1, of->store->snapshot_transfers);
    dcat_status status = DCAT_OK;
    int code;
    while (status == DCAT_OK && (code = sqlite3_step(of->events)) == SQLITE_ROW) {
        const log_row r = row_of(of->events);
        told_clear(&of->store->led_to);
        status = next_row(of, &r, err);
        if (status == DCAT_OK && of->audit != NULL) {
            status = compare_snapshot(of, &r, err);
        }
        if (status != DCAT_OK && of->audit != NULL) {
            of->audit->wrong_seq = r.seq;
        }
        count(of, &r, total);
    }
    if (status == DCAT_OK && (code != SQLITE_DONE || of->store->x == NULL)) {
        status = store_unread(of->store, err);
    }
    return status;
}

// ---- from where

// Of the log: how many events it has, by which event the last rules began, and the event of the
// last snapshot that does not stay.
static dcat_status look(replay *of, int64_t *last, int64_t *rules, dcat_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (!prepare_one(of->store,
                     "SELECT (SELECT coalesce(max(seq),0) FROM event),"
                     "(SELECT coalesce(max(seq),1) FROM snapshot WHERE stays<>0),"
                     "(SELECT max(seq) FROM snapshot WHERE stays=0)",
                     &statement) ||
        sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return store_unread(of->store, err);
    }
    *last = sqlite3_column_int64(statement, 0);
    *rules = sqlite3_column_int64(statement, 1);
    of->snapshot_seq = sqlite3_column_int64(statement, 2);
    sqlite3_finalize(statement);
    return DCAT_OK;
}

// The settings, and the version of the rules that an event names.
static dcat_status read_rules(replay *of, int64_t seq, dcat_error *err)
{
    sqlite3_bind_int64(of->events, 1, seq - 1);
    dcat_status status = DCAT_OK;
    if (sqlite3_step(of->events) == SQLITE_ROW) {
        const log_row r = row_of(of->events);
        status = seq == 1 ? next_row(of, &r, err)
                          : setup_version(r.bytes.body, r.bytes.body_bytes, &of->version, err);
    } else {
        status = store_unread(of->store, err);
    }
    sqlite3_reset(of->events);
    return status;
}

static dcat_status start_late(replay *of, int64_t last, int64_t rules, dcat_error *err)
{
    bool found = false;
    dcat_status status = read_rules(of, 1, err);
    if (status == DCAT_OK && rules > 1) {
        status = read_rules(of, rules, err);
    }
    if (status == DCAT_OK) {
        status = snapshot_read(of->store, 0, &found, err);
    }
    if (status == DCAT_OK && of->version != RULES_VERSION &&
        (of->version > RULES_VERSION || of->store->snapshot_seq != last)) {
        status = dcat_fail(
            err, DCAT_ERR_FORMAT,
            "the log was written by rules of version %" PRId64 ", this program has %d%s",
            of->version, RULES_VERSION,
            of->version > RULES_VERSION ? "" : ": stop it once with the program that wrote it");
    }
    of->store->version = of->version;
    return status;
}

static dcat_status count_rows(exchange_store *store, const char *sql, int64_t *rows,
                              dcat_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool read = prepare_one(store, sql, &statement) && sqlite3_step(statement) == SQLITE_ROW;
    *rows = read ? sqlite3_column_int64(statement, 0) : 0;
    dcat_status status = read ? DCAT_OK : store_unread(store, err);
    sqlite3_finalize(statement);
    return status;
}

// Rows that no event led to.
static dcat_status compare_counts(replay *of, dcat_error *err)
{
    exchange_audit *audit = of->audit;
    int64_t awards = 0;
    dcat_status status = count_rows(of->store, "SELECT count(*) FROM task", &audit->tasks, err);
    if (status == DCAT_OK) {
        status = count_rows(of->store, "SELECT count(*) FROM award", &awards, err);
    }
    // Transfers were walked beside the events to their end.
    if (status == DCAT_OK && audit->awards != awards) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "there are awards of no event");
    }
    return status;
}

dcat_status store_replay(exchange_store *store, exchange_audit *audit, dcat_error *err)
{
    replay of = {.store = store, .audit = audit, .version = RULES_VERSION};
    int64_t last = 0, rules = 0;
    dcat_status status = prepare(&of) ? look(&of, &last, &rules, err) : store_unread(store, err);
    if (status == DCAT_OK && audit == NULL) {
        status = start_late(&of, last, rules, err);
    }
    if (status == DCAT_OK) {
        status = replay_rows(&of, (size_t)last, err);
    }
    sqlite3_finalize(of.events);
    sqlite3_finalize(of.transfers);
    sqlite3_finalize(of.awards);
    if (status == DCAT_OK) {
        status = compare_balances(&of, err);
    }
    free(of.balance);
    if (status == DCAT_OK && audit != NULL) {
        status = compare_counts(&of, err);
    }
    if (status == DCAT_OK && audit != NULL && audit->tables) {
        status = anew_finish(store, err);
    }
    if (status == DCAT_OK) {
        status = compare_tasks(store, audit == NULL, err);
    }
    return status == DCAT_OK ? exchange_check(store->x, err) : status;
}
