// SPDX-License-Identifier: Apache-2.0
// What was said before: clients' ids, names, and answers that may be asked for again.
#include "exchange/store/object.h"

#include <string.h>

// Whether a row was found. Choice: what cannot be read ends the store as what cannot be written
// does, since SQLite may have rolled back what was written before.
static bool found(exchange_store *store, const row_values *row)
{
    int code = row->ok ? sqlite3_step(store->statements[row->which]) : SQLITE_ERROR;
    store->failed = store->failed || (code != SQLITE_ROW && code != SQLITE_DONE);
    return code == SQLITE_ROW;
}

// The id under a name (of a party), or -1.
static int64_t named(exchange_store *store, enum statement which, int32_t party, const char *name)
{
    row_values row = row_begin(store, which);
    if (which == STATEMENT_SERVER_KNOWN) {
        row_number(&row, party);
    }
    row_words(&row, name);
    sqlite3_stmt *statement = store->statements[which];
    int64_t id = -1;
    if (found(store, &row)) {
        id = sqlite3_column_int64(statement, 0);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return id;
}

static exchange_result said(int64_t id, bool same)
{
    return (exchange_result){.code = same ? CODE_REPEATED : CODE_KEY_REUSED, .id = same ? id : 0};
}

static exchange_result known_task(exchange_store *store, const exchange_event *event)
{
    const exchange_client *client = &event->task.client;
    row_values row = row_begin(store, STATEMENT_TASK_KNOWN);
    row_number(&row, event->actor);
    row_bytes(&row, client->id, sizeof client->id);
    sqlite3_stmt *statement = store->statements[STATEMENT_TASK_KNOWN];
    exchange_result result = {.code = CODE_DONE};
    if (found(store, &row)) {
        bool same =
            sqlite3_column_bytes(statement, 1) == (int)sizeof client->body &&
            memcmp(sqlite3_column_blob(statement, 1), client->body, sizeof client->body) == 0;
        result = said(sqlite3_column_int64(statement, 0), same);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

static bool is_same(const exchange_machine *a, const exchange_machine *b)
{
    return a->x == b->x && a->y == b->y && a->speed_hz == b->speed_hz &&
           a->core_count == b->core_count && a->card_count == b->card_count && a->node == b->node &&
           a->own_costs == b->own_costs && a->exact_hz == b->exact_hz &&
           a->energy_cost == b->energy_cost && a->time_cost_per_s == b->time_cost_per_s;
}

static bool is_same_server(const exchange *x, int32_t server, const exchange_event *event)
{
    exchange_server_view view;
    bool same = exchange_server_find(x, server, &view) && is_same(&view.machine, &event->machine) &&
                view.start_ns == event->start_ns &&
                exchange_server_barred(x, server) == event->barred;
    for (int32_t pool = 0; same && pool < DCAT_POOL_COUNT; pool++) {
        exchange_unit_view unit = {.free_s = 0.0};
        exchange_unit_find(x, server, pool, &unit);
        same = exchange_unit_is_same(&unit.unit, &event->units[pool]);
    }
    return same;
}

exchange_result rows_known(exchange_store *store, const exchange_event *event,
                           const exchange_note *note)
{
    const exchange_result nothing = {.code = CODE_DONE};
    if (event->kind == EVENT_SUBMIT) {
        return known_task(store, event);
    }
    if (note == NULL || note->name == NULL) {
        return nothing;
    }
    if (event->kind == EVENT_PARTY) {
        int64_t id = named(store, STATEMENT_PARTY_KNOWN, 0, note->name);
        bool same = exchange_party_role(store->x, (int32_t)id) == event->party.role;
        return id < 0 ? nothing : said(id, same);
    }
    if (event->kind == EVENT_REGISTER) {
        int64_t id = named(store, STATEMENT_SERVER_KNOWN, event->actor, note->name);
        bool same = is_same_server(store->x, (int32_t)id, event);
        return id < 0 ? nothing : said(id, same);
    }
    return nothing;
}

int32_t exchange_store_party(exchange_store *store, const char *name)
{
    return store->failed ? -1 : (int32_t)named(store, STATEMENT_PARTY_KNOWN, 0, name);
}

// ---- answers

dcat_status exchange_store_answer(exchange_store *store, const exchange_answer *answer,
                                  dcat_error *err)
{
    if (store->failed) {
        return dcat_fail(err, DCAT_ERR_IO, "the store failed before");
    }
    if (answer->key_bytes < 1 || answer->key_bytes > EXCHANGE_ANSWER_KEY_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a key of an answer has 1 to %d bytes, not %zu",
                         EXCHANGE_ANSWER_KEY_MAX, answer->key_bytes);
    }
    dcat_status status = store_begin(store, err);
    if (status != DCAT_OK) {
        return status;
    }
    row_values row = row_begin(store, STATEMENT_ANSWER);
    row_number(&row, answer->party);
    row_bytes(&row, answer->key, answer->key_bytes);
    row_bytes(&row, answer->body.byte, MERKLE_BYTES);
    row_number(&row, (int64_t)store->tree.size);
    row_number(&row, store->at_ns);
    row_number(&row, answer->status);
    row_bytes(&row, answer->text_bytes > 0 ? answer->text : "", answer->text_bytes);
    return row_write(&row) ? DCAT_OK : store_dead(store, "cannot write an answer", err);
}

exchange_code exchange_store_answered(exchange_store *store, exchange_answer *answer)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_ANSWERED];
    sqlite3_reset(statement);
    row_values row = row_begin(store, STATEMENT_ANSWERED);
    row_number(&row, answer->party);
    row_bytes(&row, answer->key, answer->key_bytes);
    if (!found(store, &row)) {
        sqlite3_reset(statement);
        return CODE_DONE;
    }
    bool same = sqlite3_column_bytes(statement, 0) == MERKLE_BYTES &&
                memcmp(sqlite3_column_blob(statement, 0), answer->body.byte, MERKLE_BYTES) == 0;
    answer->status = sqlite3_column_int(statement, 1);
    body_clear(&store->body);
    body_put(&store->body, sqlite3_column_blob(statement, 2),
             (size_t)sqlite3_column_bytes(statement, 2));
    answer->text = store->body.at;
    answer->text_bytes = store->body.used;
    sqlite3_reset(statement);
    return same ? CODE_REPEATED : CODE_KEY_REUSED;
}

dcat_status exchange_store_forget_answers(exchange_store *store, int64_t before_ns, dcat_error *err)
{
    dcat_status status = store->failed ? dcat_fail(err, DCAT_ERR_IO, "the store failed before")
                                       : store_begin(store, err);
    if (status != DCAT_OK) {
        return status;
    }
    row_values row = row_begin(store, STATEMENT_FORGET);
    row_number(&row, before_ns);
    return row_write(&row) ? DCAT_OK : store_dead(store, "cannot forget answers", err);
}
