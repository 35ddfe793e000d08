// SPDX-License-Identifier: Apache-2.0
// The log walked for a report: servers' states and parts, tasks, transfers.
#include "exchange/books/report.h"

#include "exchange/core/exchange.h"
#include "exchange/core/ledger.h"
#include "exchange/core/machine.h"

#include <string.h>

// ---- pages: rows whose first column is an id, from one id on

typedef void take_row(report *r, sqlite3_stmt *row);

// sql: ?1 from an id, ?2 to one. A page is a span of ids.
static dcat_status walk(report *r, const char *sql, int64_t from, int64_t end, take_row *take)
{
    dcat_status status = DCAT_OK;
    for (int64_t at = from; status == DCAT_OK && at < end; at += BOOKS_PAGE) {
        sqlite3_stmt *s = books_sql(r->b, sql, r->err);
        if (s == NULL) {
            return DCAT_ERR_IO;
        }
        sqlite3_bind_int64(s, 1, at);
        sqlite3_bind_int64(s, 2, at + BOOKS_PAGE < end ? at + BOOKS_PAGE : end);
        int code = SQLITE_DONE;
        while ((code = sqlite3_step(s)) == SQLITE_ROW) {
            take(r, s);
        }
        status = books_end(r->b, s, code, r->err);
    }
    return status;
}

static bool is_server(const report *r, int64_t server)
{
    return server >= 0 && server < r->b->server_count;
}

// Of the unit of a server's pool; NULL where there is none.
static report_site *site_of(const report *r, int64_t server, const char *pool)
{
    int32_t unit = books_unit_of(r->b, server, pool);
    return unit < 0 ? NULL : &r->sites[r->site_of[unit]];
}

// ---- servers

// A state from one moment to the next of the same server; the last one until now.
static void take_state(report *r, sqlite3_stmt *row)
{
    int64_t server = sqlite3_column_int64(row, 0);
    bool last = sqlite3_column_type(row, 3) == SQLITE_NULL;
    const char *state = (const char *)sqlite3_column_text(row, 1);
    bool there = strcmp(state, machines[MACHINE_SERVER].states[SERVER_ACTIVE]) == 0 ||
                 strcmp(state, machines[MACHINE_SERVER].states[SERVER_DRAINING]) == 0;
    int64_t ns = report_part(r, sqlite3_column_int64(row, 2),
                             last ? r->to_ns : sqlite3_column_int64(row, 3));
    const books_server *of = is_server(r, server) ? &r->b->servers[server] : NULL;
    for (int32_t u = 0; there && of != NULL && u < of->unit_count; u++) {
        r->sites[r->site_of[of->unit_first + u]].offered_ns += ns;
    }
    r->offered_known = true;
}

// A part of an award: forecast, then what was.
static void take_part(report *r, sqlite3_stmt *row)
{
    report_site *site =
        site_of(r, sqlite3_column_int64(row, 0), (const char *)sqlite3_column_text(row, 5));
    if (site == NULL) {
        return;
    }
    site->allocated_ns +=
        report_part(r, sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2));
    if (sqlite3_column_type(row, 3) != SQLITE_NULL) {
        site->used_ns += report_part(r, sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4));
    }
}

dcat_status report_walk_servers(report *r)
{
    dcat_status status =
        walk(r,
             "SELECT server,state,at_ns,lead(at_ns) OVER (PARTITION BY server ORDER BY seq) FROM "
             "server_time WHERE server>=?1 AND server<?2",
             0, r->b->server_count, take_state);
    int64_t tasks = 1 + books_number(r->b, "SELECT max(id)+?*0 FROM task", 0, 0);
    return status != DCAT_OK
               ? status
               : walk(r,
                      "SELECT m.server,a.start_ns,a.finish_ns,m.started_ns,m.finished_ns,m.pool "
                      "FROM award "
                      "a JOIN award_member m ON m.task=a.task AND m.attempt=a.attempt WHERE "
                      "a.task>=?1 AND a.task<?2",
                      1, tasks, take_part);
}

// ---- tasks

static void lose(report *r, const char *word, dcat_money fee)
{
    int32_t i = 0;
    while (i < r->reason_count && strcmp(r->reasons[i].word, word) != 0) {
        i++;
    }
    i = i < REASON_MAX ? i : REASON_MAX - 1;
    if (i == r->reason_count) {
        r->reason_count++;
        snprintf(r->reasons[i].word, sizeof r->reasons[i].word, "%s", word);
    }
    r->reasons[i].tasks++;
    r->reasons[i].fee += fee;
}

// Where it was done and for how long, into the pair of its origin and that.
static void place(report *r, int64_t task, int attempt, int64_t origin, dcat_money fee)
{
    int64_t none = r->b->area_count, serving = none, most = -1;
    books_wide node_ns = 0;
    sqlite3_stmt *s = r->members;
    sqlite3_bind_int64(s, 1, task);
    sqlite3_bind_int(s, 2, attempt);
    while (sqlite3_step(s) == SQLITE_ROW) {
        int64_t server = sqlite3_column_int64(s, 0), load = sqlite3_column_int64(s, 1);
        int32_t unit = books_unit_of(r->b, server, (const char *)sqlite3_column_text(s, 2));
        if (unit >= 0 && r->b->units[unit].speed_hz > 0) {
            node_ns += books_work_ns(load, r->b->units[unit].speed_hz);
            serving = load > most ? r->b->servers[server].area : serving;
            most = load > most ? load : most;
        }
    }
    sqlite3_reset(s);
    origin = origin >= 0 && origin < none ? origin : none;
    serving = serving >= 0 ? serving : none;
    report_pair *p = &r->pairs[origin * (none + 1) + serving];
    p->tasks++;
    p->node_ns += node_ns;
    p->fee += fee;
}

static void take_task(report *r, sqlite3_stmt *row)
{
    const char *const *states = machines[MACHINE_TASK].states;
    int64_t closed_ns = sqlite3_column_int64(row, 4);
    if (closed_ns < r->from_ns || closed_ns >= r->to_ns) {
        return;
    }
    const char *state = (const char *)sqlite3_column_text(row, 1);
    const char *reason = (const char *)sqlite3_column_text(row, 2);
    dcat_money fee = sqlite3_column_int64(row, 3), charge = sqlite3_column_int64(row, 7);
    r->closed++;
    if (strcmp(state, states[TASK_UNSERVED]) == 0 || strcmp(state, states[TASK_FAILED]) == 0) {
        r->unserved += strcmp(state, states[TASK_UNSERVED]) == 0;
        r->failed += strcmp(state, states[TASK_FAILED]) == 0;
        lose(r, reason == NULL ? "unknown" : reason, fee);
        return;
    }
    bool late = strcmp(state, states[TASK_SETTLED_LATE]) == 0;
    bool fault = strcmp(state, states[TASK_SETTLED_FAULT]) == 0;
    bool settled =
        strcmp(state, states[TASK_SETTLED]) == 0 || strcmp(state, states[TASK_DISPUTED]) == 0;
    r->served += settled;
    r->late += late;
    r->fault += fault;
    r->cancelled += strcmp(state, states[TASK_CANCELLED]) == 0;
    r->refunded += strcmp(state, states[TASK_REFUNDED]) == 0;
    if (settled || late || fault) {
        place(r, sqlite3_column_int64(row, 0), sqlite3_column_int(row, 5),
              sqlite3_column_int64(row, 6), charge);
    }
}

dcat_status report_walk_tasks(report *r)
{
    int64_t tasks = 1 + books_number(r->b, "SELECT max(id)+?*0 FROM task", 0, 0);
    return walk(r,
                "SELECT id,state,reason,fee,closed_ns,attempt,area,coalesce(charge,0) FROM task "
                "WHERE id>=?1 AND id<?2 AND closed_ns IS NOT NULL",
                1, tasks, take_task);
}

// ---- transfers

// The server whose share a transfer is: shares of a task stand in the order of its servers. Those
// that were nothing have no transfer, so the next of the same provider is taken.
static void give(report *r, int64_t task, int attempt, int32_t party, int64_t nth,
                 dcat_money amount)
{
    sqlite3_stmt *s = r->members;
    sqlite3_bind_int64(s, 1, task);
    sqlite3_bind_int(s, 2, attempt);
    int64_t place = 0;
    report_site *found = NULL;
    while (sqlite3_step(s) == SQLITE_ROW) {
        int64_t server = sqlite3_column_int64(s, 0);
        bool own = is_server(r, server) && r->b->servers[server].party == party;
        if (own && (found == NULL || place <= nth)) {
            found = site_of(r, server, (const char *)sqlite3_column_text(s, 2));
        }
        place++;
    }
    sqlite3_reset(s);
    if (found != NULL) {
        found->revenue += amount;
    }
}

static void take_transfer(report *r, sqlite3_stmt *row)
{
    const char *kind = (const char *)sqlite3_column_text(row, 4);
    int64_t debit = sqlite3_column_int64(row, 1), credit = sqlite3_column_int64(row, 2);
    dcat_money amount = sqlite3_column_int64(row, 3);
    int32_t from = books_party_of(r->b, debit), to = books_party_of(r->b, credit);
    int64_t task = sqlite3_column_int64(row, 5), seq = sqlite3_column_int64(row, 7);
    int attempt = sqlite3_column_int(row, 6);
    bool share = strcmp(kind, exchange_leg_name(LEG_SHARE)) == 0;
    bool back = strcmp(kind, exchange_leg_name(LEG_REVERSAL)) == 0 && from >= 0;
    if (share || back) { // the next of its task in this event
        r->nth = r->nth_seq == seq && r->nth_task == task ? r->nth + 1 : 0;
        r->nth_seq = seq;
        r->nth_task = task;
    }
    if (strcmp(kind, exchange_leg_name(LEG_CHARGE)) == 0) {
        r->charged += amount;
    } else if (strcmp(kind, exchange_leg_name(LEG_CREDIT)) == 0) {
        r->charged += amount;
        r->credits += amount;
    } else if (strcmp(kind, exchange_leg_name(LEG_MARGIN)) == 0 ||
               strcmp(kind, exchange_leg_name(LEG_COMMISSION)) == 0) {
        r->kept += debit == ACCOUNT_CLEARING ? amount : -amount;
    } else if (strcmp(kind, exchange_leg_name(LEG_REVERSAL)) == 0) {
        r->kept -= from < 0 && to < 0 ? amount : 0;
        r->reversed += to >= 0 ? amount : 0;
        r->paid -= back ? amount : 0;
        if (back) {
            give(r, task, attempt, from, r->nth, -amount);
        }
    } else { // share, rounding
        r->kept -= debit == ACCOUNT_ROUNDING ? amount : 0;
        r->paid += amount;
        give(r, task, attempt, to, r->nth, amount);
    }
}

dcat_status report_walk_transfers(report *r)
{
    int64_t first = books_first_transfer(r->b, books_first_event(r->b, r->from_ns));
    int64_t last = books_first_transfer(r->b, books_first_event(r->b, r->to_ns));
    return walk(r,
                "SELECT id,debit,credit,amount,kind,coalesce(task,0),coalesce(attempt,0),seq "
                "FROM transfer WHERE id>=?1 AND id<?2 AND kind IN ('charge',"
                "'credit','share','rounding','reversal','margin','commission') ORDER BY id",
                first, last, take_transfer);
}
