// SPDX-License-Identifier: Apache-2.0
// What handlers share.
#include "exchange/http/request.h"

#include "exchange/http/fields.h"
#include "exchange/http/out.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

// ---- events

live_item *http_items(http_request *r, size_t count)
{
    r->command.items = calloc(count, sizeof *r->command.items);
    if (r->command.items == NULL) {
        http_refuse(&r->problem, PROBLEM_BUSY, "no memory");
        return NULL;
    }
    r->command.count = count;
    for (size_t i = 0; i < count; i++) {
        r->command.items[i].event.actor = r->caller.party;
    }
    return r->command.items;
}

exchange_event *http_event(http_request *r, exchange_kind kind)
{
    live_item *item = http_items(r, 1);
    if (item == NULL) {
        return NULL;
    }
    item->event.kind = kind;
    return &item->event;
}

bool http_seal(http_request *r, live_item *item, const json_t *document)
{
    item->sealed = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    if (item->sealed == NULL) {
        return http_refuse(&r->problem, PROBLEM_BUSY, "no memory");
    }
    item->note.sealed = item->sealed;
    item->note.sealed_bytes = strlen(item->sealed);
    return item->note.sealed_bytes <= EXCHANGE_SEALED_MAX - 16 ||
           http_refuse(&r->problem, PROBLEM_TOO_LARGE, "what is to be kept has %zu bytes",
                       item->note.sealed_bytes);
}

bool http_name(http_request *r, live_item *item, const char *name)
{
    if (name == NULL) {
        return false;
    }
    (void)r;
    snprintf(item->name, sizeof item->name, "%s", name);
    item->note.name = item->name;
    return true;
}

// What is too little, and where one sees how much there is.
static const char *lacks(const exchange_event *e)
{
    return e->kind == EVENT_PAYOUT
               ? "it is more than what is free; GET /v1/earnings says what frees the rest"
           : e->kind != EVENT_BOND ? "the fee is held in full, and is more than what is available; "
                                     "GET /v1/accounts says "
                                     "how much is, an operator enters deposits"
           : e->bond.amount < 0
               ? "it is more than what is not locked; GET /v1/earnings says what frees the rest"
               : "it is more than what may be paid out; GET /v1/earnings says what frees the rest";
}

// Who may not be paid, credited or bound by it.
static const char *of_whom(const exchange_event *e)
{
    switch (e->kind) {
    case EVENT_DEPOSIT:
    case EVENT_VOUCHER:
    case EVENT_TERMS:
        return "the party must be a user; GET /v1/parties says who is";
    case EVENT_PAYOUT:
    case EVENT_BOND:
        return "the party must be a provider: its own, or named by an operator as party";
    default:
        return "";
    }
}

static const char *unknown(const exchange_event *e)
{
    switch (e->kind) {
    case EVENT_DEPOSIT:
    case EVENT_VOUCHER:
    case EVENT_TERMS:
    case EVENT_PAYOUT:
    case EVENT_BOND:
        return "there is no such party; GET /v1/parties lists them";
    case EVENT_CONFIRM:
    case EVENT_RETURN:
        return "there is no such payout; GET /v1/payouts lists them";
    default:
        return "";
    }
}

// What to say beyond the code.
static const char *detail_of(const live_item *item)
{
    switch (item->result.code) {
    case CODE_INSUFFICIENT_BALANCE:
        return lacks(&item->event);
    case CODE_FORBIDDEN:
        return of_whom(&item->event);
    case CODE_NOT_FOUND:
        return unknown(&item->event);
    case CODE_FEE_ABOVE_LIMIT:
        return "the fee is above max_fee_micro";
    case CODE_SPEND_CAP:
        return "the fee is above what may still be spent in this hour; GET /v1/terms says how much";
    case CODE_BUSY:
        return "there is no room at present";
    case CODE_OUT_OF_RANGE:
        return "a value is out of the range that the exchange has for it";
    case CODE_WRONG_ATTEMPT:
        return "the report is about another attempt than the one that is open";
    default:
        return "";
    }
}

// What it is, for which it was refused; "" where the code says it all. Things are as they are now,
// which is as they were unless somebody changed them meanwhile.
static void tell_state(const http_request *r, const live_item *item, char *text, size_t room)
{
    const exchange_event *e = &item->event;
    exchange_task_view task;
    exchange_server_view server;
    text[0] = '\0';
    const exchange *x = live_lock(r->server->live);
    switch (e->kind) {
    case EVENT_CANCEL:
    case EVENT_DISPUTE:
    case EVENT_RESOLVE:
    case EVENT_ACK:
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_FAULT:
        if (exchange_task_find(x, e->report.task, &task)) {
            snprintf(text, room, "task %lld is %s", (long long)e->report.task,
                     machines[MACHINE_TASK].states[task.state]);
        }
        break;
    case EVENT_ADMIT:
    case EVENT_DRAIN:
    case EVENT_UNDRAIN:
    case EVENT_SUSPEND:
        if (exchange_server_find(x, e->server.server, &server)) {
            snprintf(text, room, "server %d is %s", e->server.server,
                     machines[MACHINE_SERVER].states[server.state]);
        }
        break;
    case EVENT_CONFIRM:
    case EVENT_RETURN: // it is closed, and not as it was asked to be
        snprintf(text, room, "payout %lld was %s before", (long long)e->payout.payout,
                 e->kind == EVENT_CONFIRM ? "returned" : "confirmed");
        break;
    case EVENT_BOND:
        snprintf(text, room, "this exchange has no bonds: trust.bond is 0 in its settings");
        break;
    case EVENT_HALT:
    case EVENT_RESUME:
        snprintf(text, room, "the exchange is %s", machines[MACHINE_MODE].states[exchange_mode(x)]);
        break;
    default:
        break;
    }
    live_unlock(r->server->live);
}

bool http_item_problem(const http_request *r, const live_item *item, http_problem *problem)
{
    *problem = (http_problem){0};
    if (r->command.repeated == CODE_KEY_REUSED) {
        http_refuse(problem, PROBLEM_KEY_REUSED, "the Idempotency-Key came with another body");
    } else if (item->refusal != 0) {
        http_refuse(problem, (http_problem_code)item->refusal, "%s", item->detail);
    } else {
        http_problem_code code = http_problem_of(item->result.code);
        if (code == PROBLEM_WRONG_STATE) {
            char text[96];
            tell_state(r, item, text, sizeof text);
            http_refuse(problem, code, "%s", text);
        } else if (code != PROBLEM_NONE) {
            http_refuse(problem, code, "%s", detail_of(item));
        }
    }
    return problem->code != PROBLEM_NONE;
}

// ---- path and query

bool http_part_id(http_request *r, int part, int64_t *id)
{
    return fields_digits(r->parts.text[part], id) ||
           http_refuse(&r->problem, PROBLEM_NOT_FOUND, "an id is 1 to 18 digits");
}

const char *http_query(const http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool http_page(http_request *r, int64_t *after, int64_t *limit)
{
    const char *text = http_query(r, "after");
    *after = -1;
    *limit = 100;
    if (text != NULL && !fields_digits(text, after)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "after must be an id");
    }
    text = http_query(r, "limit");
    if (text != NULL && (!fields_digits(text, limit) || *limit < 1 || *limit > 1000)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "limit must be in [1, 1000]");
    }
    return true;
}

void http_next(http_request *r, int64_t after, int64_t limit)
{
    snprintf(r->next, sizeof r->next, "after=%lld&limit=%lld", (long long)after, (long long)limit);
}

bool http_reads_all(const http_request *r)
{
    return r->caller.role == ROLE_OPERATOR || r->caller.role == ROLE_AUDITOR;
}

// ---- SQL

exchange_reader *http_reader_take(http_server *s, sqlite3 **db)
{
    pthread_mutex_lock(&s->readers_lock);
    int i = 0;
    while (s->reader_taken[i]) {
        i++;
        if (i == HTTP_READERS) {
            pthread_cond_wait(&s->readers_free, &s->readers_lock);
            i = 0;
        }
    }
    s->reader_taken[i] = true;
    pthread_mutex_unlock(&s->readers_lock);
    *db = exchange_reader_start(s->readers[i]);
    return s->readers[i];
}

void http_reader_give(http_server *s, exchange_reader *reader)
{
    pthread_mutex_lock(&s->readers_lock);
    for (int i = 0; i < HTTP_READERS; i++) {
        if (s->readers[i] == reader) {
            s->reader_taken[i] = false;
        }
    }
    pthread_cond_signal(&s->readers_free);
    pthread_mutex_unlock(&s->readers_lock);
}

sqlite3_stmt *http_sql(http_request *r, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read: %s", sqlite3_errmsg(db));
        return NULL;
    }
    return statement;
}

bool http_sql_end(http_request *r, sqlite3_stmt *statement, int code)
{
    if (code != SQLITE_DONE) {
        http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read: %s",
                    sqlite3_errmsg(sqlite3_db_handle(statement)));
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE;
}

void http_out_unix(const http_request *r, FILE *out, int64_t at_ns)
{
    out_time(out, live_unix_ns(r->server->live, at_ns));
}
