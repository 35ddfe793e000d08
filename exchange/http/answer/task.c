// SPDX-License-Identifier: Apache-2.0
// Tasks, as users see them.
#include "dcat/x/model.h"
#include "exchange/http/answer/explain.h"
#include "exchange/http/out.h"
#include "exchange/http/table.h"

#include <inttypes.h>
#include <string.h>

// ---- one task

typedef struct task_row {
    int64_t id, area, work, data, deadline_us, arrived_ns, seq, attempt;
    int64_t cluster, forecast_ns, closed_ns; // < 0: none
    dcat_money max_fee, fee, charge, pay;    // charge, pay: < 0: not yet
    int32_t party;
    const char *state, *reason, *class_name; // class_name: Nullable, without classes
    double needed;                           // what would have served it; 0: no number would
} task_row;

static void write_task(const http_request *r, const task_row *t, FILE *out)
{
    fprintf(out, "{\"id\":\"%" PRId64 "\",\"party\":\"%d\",\"state\":\"%s\",\"reason\":", t->id,
            t->party, t->state);
    out_text(out, t->reason);
    out_needed(out, t->reason, t->needed);
    if (t->class_name != NULL) {
        fputs(",\"class\":", out);
        out_text(out, t->class_name);
    }
    fputs(",\"area\":", out);
    out_text(out, r->server->config.area_names[t->area]);
    fprintf(out, ",\"work_gigacycles\":%.15g,\"data_megabits\":%.15g,\"deadline_s\":%.15g",
            (double)t->work / 1e9, (double)t->data / 1e6, (double)t->deadline_us / 1e6);
    fputs(",\"received_at\":", out);
    http_out_unix(r, out, t->arrived_ns);
    if (t->max_fee < DCAT_MONEY_MAX) {
        fputs(",\"max_fee_micro\":", out);
        out_money(out, t->max_fee);
    }
    fputs(",\"fee_micro\":", out);
    out_money(out, t->fee);
    if (t->charge >= 0) {
        fputs(",\"charge_micro\":", out);
        out_money(out, t->charge);
        fputs(",\"pay_micro\":", out);
        out_money(out, t->pay);
    }
    if (t->cluster >= 0) {
        fprintf(out, ",\"cluster\":%" PRId64 ",\"forecast_at\":", t->cluster);
        http_out_unix(r, out, t->forecast_ns);
    }
    if (t->closed_ns >= 0) {
        fputs(",\"closed_at\":", out);
        http_out_unix(r, out, t->closed_ns);
    }
    fprintf(out, ",\"attempt\":%" PRId64 ",\"event_seq\":\"%" PRId64 "\"}", t->attempt, t->seq);
}

#define TASK_COLUMNS                                                                               \
    "id,party,state,reason,area,work,data,deadline_us,arrived_ns,seq,t.attempt,"                   \
    "coalesce(max_fee,1000000000000000000),fee,coalesce(charge,-1),coalesce(t.pay,0),"             \
    "coalesce(cluster,-1),coalesce(finish_ns,-1),coalesce(closed_ns,-1),class,coalesce(needed,0)"
#define TASK_ROWS " FROM task t LEFT JOIN award a ON a.task=t.id AND a.attempt=t.attempt "

static task_row row_of(sqlite3_stmt *s)
{
    return (task_row){
        .id = http_int(s, 0),
        .party = sqlite3_column_int(s, 1),
        .state = (const char *)sqlite3_column_text(s, 2),
        .reason = (const char *)sqlite3_column_text(s, 3),
        .area = http_int(s, 4),
        .work = http_int(s, 5),
        .data = http_int(s, 6),
        .deadline_us = http_int(s, 7),
        .arrived_ns = http_int(s, 8),
        .seq = http_int(s, 9),
        .attempt = http_int(s, 10),
        .max_fee = http_int(s, 11),
        .fee = http_int(s, 12),
        .charge = http_int(s, 13),
        .pay = http_int(s, 14),
        .cluster = http_int(s, 15),
        .forecast_ns = http_int(s, 16),
        .closed_ns = http_int(s, 17),
        .class_name = (const char *)sqlite3_column_text(s, 18),
        .needed = sqlite3_column_double(s, 19),
    };
}

// The task of an id as the log has it, if the caller may see it; then `more` about it.
static bool tell_task(http_request *r, int64_t id, FILE *out,
                      bool (*more)(http_request *r, sqlite3 *db, int64_t arrived_ns, int64_t id,
                                   FILE *out))
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db, "SELECT " TASK_COLUMNS TASK_ROWS "WHERE id=?");
    bool good = s != NULL;
    if (good) {
        sqlite3_bind_int64(s, 1, id);
        int code = sqlite3_step(s);
        task_row row = code == SQLITE_ROW ? row_of(s) : (task_row){0};
        if (code == SQLITE_DONE ||
            (code == SQLITE_ROW && !http_reads_all(r) && row.party != r->caller.party)) {
            good = http_refuse(&r->problem, PROBLEM_NOT_FOUND, "there is no task %" PRId64, id);
        } else if (code != SQLITE_ROW) {
            good = http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read");
        } else {
            write_task(r, &row, out);
            good = more == NULL || more(r, db, row.arrived_ns, id, out);
        }
        sqlite3_finalize(s);
    }
    http_reader_give(r->server, reader);
    return good;
}

bool answer_task(http_request *r, FILE *out)
{
    int64_t id = 0;
    return http_part_id(r, 0, &id) && tell_task(r, id, out, NULL);
}

// Of cancel, dispute and resolve.
bool answer_of_task(http_request *r, FILE *out)
{
    if (http_item_problem(r, r->command.items, &r->problem)) {
        return false;
    }
    return tell_task(r, r->command.items[0].result.id, out, NULL);
}

// ---- submitted ones, without another look at the log

static void write_submitted(const http_request *r, const live_item *item, FILE *out)
{
    const exchange_event *event = &item->event;
    const exchange_task_view *view = &item->task;
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    const task_row row = {
        .class_name = setup->resources == NULL ? NULL : setup->class_names[event->task.class_id],
        .id = item->result.id,
        .party = event->actor,
        .state = machines[MACHINE_TASK].states[view->state],
        .reason = view->reason,
        .area = event->task.area,
        .work = event->task.work_cycles,
        .data = event->task.data_bits,
        .deadline_us = event->task.deadline_us,
        .arrived_ns = event->at_ns,
        .seq = item->seq,
        .attempt = view->attempt,
        .max_fee = event->task.max_fee,
        .fee = view->fee,
        .charge = -1,
        .cluster = -1,
        .closed_ns = -1,
    };
    write_task(r, &row, out);
}

static void explain_fee(const http_request *r, const live_item *item, http_problem *problem)
{
    if (problem->code == PROBLEM_FEE_ABOVE_LIMIT) {
        const exchange_config *c = &exchange_store_setup_view(live_store(r->server->live))->config;
        dcat_money fee = exchange_task_fee(c, &item->event);
        snprintf(problem->detail, sizeof problem->detail,
                 "the fee is %" PRId64 ", max_fee_micro is %" PRId64, fee,
                 item->event.task.max_fee);
    } else if (problem->code == PROBLEM_DEADLINE_IMPOSSIBLE) {
        const exchange *x = live_lock(r->server->live);
        double least_s = exchange_task_least_s(x, &item->event);
        live_unlock(r->server->live);
        snprintf(
            problem->detail, sizeof problem->detail,
            "deadline_s must be at least %.6g: all servers of the market together need so long",
            least_s);
    } else if (problem->code == PROBLEM_KEY_REUSED) {
        snprintf(problem->detail, sizeof problem->detail,
                 "the Idempotency-Key came with another task");
    }
}

bool answer_submit(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        explain_fee(r, item, &r->problem);
        return false;
    }
    if (item->result.code == CODE_REPEATED) {
        r->status = MHD_HTTP_OK;
        return tell_task(r, item->result.id, out, NULL);
    }
    write_submitted(r, item, out);
    return true;
}

static bool write_batch_item(http_request *r, const live_item *item, FILE *out)
{
    http_problem problem;
    if (http_item_problem(r, item, &problem)) {
        explain_fee(r, item, &problem);
        fprintf(out, "{\"status\":%d,\"problem\":", http_problem_status(problem.code));
        http_problem_write(&problem, out);
    } else if (item->result.code == CODE_REPEATED) {
        fputs("{\"status\":200,\"task\":", out);
        if (!tell_task(r, item->result.id, out, NULL)) {
            return false;
        }
    } else {
        fputs("{\"status\":201,\"task\":", out);
        write_submitted(r, item, out);
    }
    fputs("}", out);
    return true;
}

bool answer_batch(http_request *r, FILE *out)
{
    fputs("{\"answers\":[", out);
    bool good = true;
    for (size_t i = 0; i < r->command.count && good; i++) {
        fputs(i > 0 ? "," : "", out);
        good = write_batch_item(r, &r->command.items[i], out);
    }
    fputs("]}", out);
    return good;
}

bool answer_quote(http_request *r, FILE *out)
{
    live *l = r->server->live;
    exchange_event *event = &r->command.items[0].event;
    const exchange *x = live_lock(l);
    event->at_ns = live_now_ns(l);
    const exchange_quote quote = exchange_quote_of(x, event);
    int64_t slot = exchange_time(x).slot;
    live_unlock(l);
    if (quote.code != CODE_DONE && quote.code != CODE_INSUFFICIENT_BALANCE &&
        quote.code != CODE_FEE_ABOVE_LIMIT && quote.code != CODE_HALTED &&
        quote.code != CODE_DEADLINE_IMPOSSIBLE) {
        return http_refuse(&r->problem, http_problem_of(quote.code), "the task would be refused");
    }
    bool served = quote.code == CODE_DONE && quote.served;
    const char *reason = quote.code != CODE_DONE ? exchange_code_name(quote.code) : quote.reason;
    double now_s = (double)event->at_ns / 1e9;
    fputs("{\"fee_micro\":", out);
    out_money(out, quote.fee);
    fprintf(out, ",\"served\":%s,\"reason\":", served ? "true" : "false");
    out_text(out, served ? NULL : reason);
    out_needed(out, served ? NULL : reason, quote.needed);
    fprintf(out, ",\"candidates\":%d", quote.candidate_count);
    if (served) {
        fprintf(out, ",\"data_s\":%.6f,\"start_s\":%.6f,\"finish_s\":%.6f", quote.data_s - now_s,
                quote.start_s - now_s, quote.finish_s - now_s);
    }
    fprintf(out, ",\"slot\":%" PRId64 "}", slot);
    return true;
}

// ---- many

// A word that a task may be in, or NULL where none is asked for. False: refused.
static bool state_asked(http_request *r, const char **word)
{
    *word = http_query(r, "state");
    for (int i = TASK_ACCEPTED; *word != NULL && i < TASK_STATE_COUNT; i++) {
        if (strcmp(*word, machines[MACHINE_TASK].states[i]) == 0) {
            return true;
        }
    }
    return *word == NULL ||
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "state must be one of a task's");
}

static void write_row(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    (void)csv;
    const task_row task = row_of(row);
    write_task(r, &task, out);
}

bool answer_tasks(http_request *r, FILE *out)
{
#define TASK_LIST(before, who, order)                                                              \
    {                                                                                              \
        "tasks", NULL,                                                                             \
            "SELECT " TASK_COLUMNS TASK_ROWS "WHERE id" before "?1 AND " who                       \
            " (?4 IS NULL OR state=?4) ORDER BY id " order " LIMIT ?2",                            \
            write_row                                                                              \
    }
    static const http_table lists[2][2] = {
        {TASK_LIST(">", "t.party=?3 AND", "ASC"), TASK_LIST(">", "", "ASC")},
        {TASK_LIST("<", "t.party=?3 AND", "DESC"), TASK_LIST("<", "", "DESC")}};
    http_filter filter = {0};
    bool newest = false;
    return state_asked(r, &filter.word) && http_newest(r, &newest) &&
           http_answer_table(r, &lists[newest][http_reads_all(r)],
                             filter.word != NULL ? &filter : NULL, out);
}

// ---- why

static bool write_team(http_request *r, sqlite3 *db, int64_t task, int64_t attempt, FILE *out)
{
    sqlite3_stmt *s = http_sql(r, db,
                               "SELECT m.server,s.name,m.load,m.state,m.pool FROM award_member m"
                               " JOIN server s ON s.id=m.server WHERE task=? AND attempt=?");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int64(s, 1, task);
    sqlite3_bind_int64(s, 2, attempt);
    int code = SQLITE_DONE;
    bool some = false;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        fprintf(out, "%s{\"server\":\"%d\",\"name\":", some ? "," : "", sqlite3_column_int(s, 0));
        out_text(out, (const char *)sqlite3_column_text(s, 1));
        fprintf(out, ",\"pool\":\"%s\",\"load_gigacycles\":%.15g,\"state\":\"%s\"}",
                sqlite3_column_text(s, 4), (double)http_int(s, 2) / 1e9, sqlite3_column_text(s, 3));
        some = true;
    }
    return http_sql_end(r, s, code);
}

static bool write_awards(http_request *r, sqlite3 *db, int64_t arrived_ns, int64_t task, FILE *out)
{
    int64_t slot_ns = exchange_store_setup_view(live_store(r->server->live))->config.slot_ns;
    sqlite3_stmt *s = http_sql(r, db,
                               "SELECT attempt,slot,cycle,cluster,candidates,round,pay,data_ns,"
                               "start_ns,finish_ns FROM award WHERE task=? ORDER BY attempt");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int64(s, 1, task);
    int code = SQLITE_DONE;
    bool some = false, good = true;
    fputs(",\"awards\":[", out);
    while (good && (code = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t at_ns = http_int(s, 1) * slot_ns;
        int64_t data_ns = http_int(s, 7), start_ns = http_int(s, 8);
        int64_t finish_ns = http_int(s, 9);
        fprintf(out,
                "%s{\"attempt\":%d,\"slot\":%" PRId64
                ",\"cycle\":%d,\"cluster\":%d,\"candidates\":%d,\"rounds\":%d,\"payment_micro\":",
                some ? "," : "", sqlite3_column_int(s, 0), http_int(s, 1), sqlite3_column_int(s, 2),
                sqlite3_column_int(s, 3), sqlite3_column_int(s, 4), sqlite3_column_int(s, 5));
        out_money(out, http_int(s, 6));
        fprintf(out,
                ",\"slot_wait_s\":%.6f,\"transfer_s\":%.6f,\"start_wait_s\":%.6f,"
                "\"processing_s\":%.6f,\"finish_at\":",
                (double)(at_ns - arrived_ns) / 1e9, (double)(data_ns - at_ns) / 1e9,
                (double)(start_ns - at_ns) / 1e9, (double)(finish_ns - start_ns) / 1e9);
        http_out_unix(r, out, finish_ns);
        fputs(",\"team\":[", out);
        good = write_team(r, db, task, http_int(s, 0), out);
        fputs("]}", out);
        some = true;
    }
    fputs("]", out);
    if (!good) {
        sqlite3_finalize(s);
        return false;
    }
    return http_sql_end(r, s, code);
}

static bool write_reasons(http_request *r, sqlite3 *db, int64_t arrived_ns, int64_t task, FILE *out)
{
    return write_awards(r, db, arrived_ns, task, out) && http_write_why(r, db, task, out);
}

bool answer_explanation(http_request *r, FILE *out)
{
    int64_t id = 0;
    fputs("{\"task\":", out);
    bool good = http_part_id(r, 0, &id) && tell_task(r, id, out, write_reasons);
    fputs("}", out);
    return good;
}
