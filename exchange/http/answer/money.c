// SPDX-License-Identifier: Apache-2.0
// Balances, transfers and statements, as JSON or, where it is asked for, as CSV.
#include "exchange/http/fields.h"
#include "exchange/http/out.h"
#include "exchange/http/table.h"

#include <inttypes.h>

// ---- balances

static void write_account(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    (void)r;
    const char *kind = (const char *)sqlite3_column_text(row, 2);
    bool of_party = sqlite3_column_type(row, 1) != SQLITE_NULL;
    if (csv) {
        fprintf(out, "%" PRId64 ",%s,%s,%" PRId64 "\n", http_int(row, 0),
                of_party ? (const char *)sqlite3_column_text(row, 1) : "", kind, http_int(row, 3));
        return;
    }
    fprintf(out, "{\"id\":\"%" PRId64 "\",\"party\":", http_int(row, 0));
    out_text(out, (const char *)sqlite3_column_text(row, 1));
    fprintf(out, ",\"kind\":\"%s\",\"balance_micro\":", kind);
    out_money(out, http_int(row, 3));
    fputs("}", out);
}

bool answer_accounts(http_request *r, FILE *out)
{
    static const http_table accounts = {"accounts", "id,party,kind,balance_micro",
                                        "SELECT id,party,kind,balance FROM account WHERE id>?1 AND"
                                        " (?3 IS NULL OR party=?3) ORDER BY id LIMIT ?2",
                                        write_account};
    return http_answer_table(r, &accounts, NULL, out);
}

// ---- transfers

static void write_transfer(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    const char *kind = (const char *)sqlite3_column_text(row, 6);
    const char *task = (const char *)sqlite3_column_text(row, 7);
    if (csv) {
        fprintf(out, "%" PRId64 ",%" PRId64 ",", http_int(row, 0), http_int(row, 1));
        http_out_unix(r, out, http_int(row, 2));
        fprintf(out, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,%s\n", http_int(row, 3),
                http_int(row, 4), http_int(row, 5), kind, task == NULL ? "" : task);
        return;
    }
    fprintf(out, "{\"id\":\"%" PRId64 "\",\"event_seq\":\"%" PRId64 "\",\"at\":", http_int(row, 0),
            http_int(row, 1));
    http_out_unix(r, out, http_int(row, 2));
    fprintf(out, ",\"debit\":\"%" PRId64 "\",\"credit\":\"%" PRId64 "\",\"amount_micro\":",
            http_int(row, 3), http_int(row, 4));
    out_money(out, http_int(row, 5));
    fprintf(out, ",\"kind\":\"%s\",\"task\":", kind);
    out_text(out, task);
    fputs("}", out);
}

// The transfers of a task lie between those of the events that began and settled it: ids and
// events grow together, and there is no index of tasks.
static bool span_of_task(http_request *r, int64_t task, http_filter *span)
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db,
                               "SELECT t.seq,coalesce((SELECT max(seq) FROM settlement WHERE"
                               " task=t.id),-1) FROM task t WHERE id=?");
    bool good = s != NULL, found = false;
    if (good) {
        sqlite3_bind_int64(s, 1, task);
        int code = sqlite3_step(s);
        found = code == SQLITE_ROW;
        if (found) {
            int64_t last = http_int(s, 1);
            span->from_ns = http_first_transfer(r, db, "t.seq", http_int(s, 0));
            span->to_ns = last < 0 ? INT64_MAX : http_first_transfer(r, db, "t.seq", last + 1);
            code = sqlite3_step(s);
        }
        good = http_sql_end(r, s, code);
    }
    http_reader_give(r->server, reader);
    return good && (found ||
                    http_refuse(&r->problem, PROBLEM_NOT_FOUND, "there is no task %" PRId64, task));
}

#define TRANSFER_LIST(before, which, order)                                                        \
    {                                                                                              \
        "transfers", "id,event_seq,at,debit,credit,amount_micro,kind,task",                        \
            "SELECT t.id,t.seq,e.at_ns,t.debit,t.credit,t.amount,t.kind,nullif(t.task,0) FROM "    \
            "transfer t"                                                                           \
            " JOIN event e ON e.seq=t.seq WHERE t.id" before "?1 AND " which " (?3 IS NULL OR"     \
            " t.debit IN (SELECT id FROM account WHERE party=?3) OR"                               \
            " t.credit IN (SELECT id FROM account WHERE party=?3)) ORDER BY t.id " order           \
            " LIMIT ?2",                                                                           \
            write_transfer                                                                         \
    }

bool answer_transfers(http_request *r, FILE *out)
{
    static const http_table lists[2] = {TRANSFER_LIST(">", "", "ASC"),
                                        TRANSFER_LIST("<", "", "DESC")};
    static const http_table of_one =
        TRANSFER_LIST(">", "t.id>=?4 AND t.id<?5 AND t.task=?6 AND", "ASC");
    const char *task = http_query(r, "task");
    http_filter span = {0};
    bool newest = false;
    if (!http_newest(r, &newest)) {
        return false;
    }
    if (task == NULL) {
        return http_answer_table(r, &lists[newest], NULL, out);
    }
    if (!fields_digits(task, &span.id) || newest) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "task must be an id, and goes with the oldest first");
    }
    return span_of_task(r, span.id, &span) && http_answer_table(r, &of_one, &span, out);
}

// ---- statements

static void write_sums(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    (void)r;
    const char *kind = (const char *)sqlite3_column_text(row, 1);
    if (csv) {
        fprintf(out, "%" PRId64 ",%s,%" PRId64 ",%" PRId64 ",%" PRId64 "\n", http_int(row, 0), kind,
                http_int(row, 2), http_int(row, 3), http_int(row, 4));
        return;
    }
    fprintf(out, "{\"account\":\"%" PRId64 "\",\"kind\":\"%s\",\"count\":%" PRId64 ",\"in_micro\":",
            http_int(row, 0), kind, http_int(row, 2));
    out_money(out, http_int(row, 3));
    fputs(",\"out_micro\":", out);
    out_money(out, http_int(row, 4));
    fputs("}", out);
}

bool answer_statement(http_request *r, FILE *out)
{
    static const http_table sums = {
        "rows", "account,kind,count,in_micro,out_micro",
        "SELECT a.id,t.kind,count(*),sum(CASE WHEN t.credit=a.id THEN t.amount ELSE 0 END),"
        "sum(CASE WHEN t.debit=a.id THEN t.amount ELSE 0 END) FROM transfer t"
        " JOIN event e ON e.seq=t.seq JOIN account a ON a.id IN (t.debit,t.credit)"
        " WHERE a.id>?1 AND e.at_ns>=?4 AND e.at_ns<?5 AND (?3 IS NULL OR a.party=?3)"
        " GROUP BY a.id,t.kind ORDER BY a.id,t.kind LIMIT ?2",
        write_sums};
    const char *month = http_query(r, "month"), *format = http_query(r, "format");
    books_span span;
    if (!books_month(month, &span)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "month must be like 2026-11");
    }
    if (format != NULL) {
        return http_books_statement(r, &span, format, out);
    }
    const int64_t begun_ns = live_unix_ns(r->server->live, 0);
    const http_filter when = {.from_ns = span.from_s * 1000000000 - begun_ns,
                              .to_ns = span.to_s * 1000000000 - begun_ns};
    int64_t after = -1;
    bool csv = http_wants_csv(r, &sums);
    if (!csv) {
        fprintf(out, "{\"month\":\"%s\",", month);
    }
    bool good = http_write_rows(r, &sums, &when, &after, 100000, out) >= 0;
    fputs(csv ? "" : "}", out);
    return good;
}
