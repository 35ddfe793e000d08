// SPDX-License-Identifier: Apache-2.0
// How the exchange stands, in one answer: what an operator wants to know in five seconds.
#include "exchange/http/out.h"
#include "exchange/http/table.h"

#include <inttypes.h>

#define DAY_NS (INT64_C(86400) * 1000000000)
enum { OVERVIEW_TASKS = 2000, OVERVIEW_LEGS = 20000 };

// ---- what was earned today

// Adds up some more of today's transfers. *all: these were the last. No sum is larger than what the
// balances of these accounts went by, which is in whole micro-units.
static bool count_today(http_request *r, sqlite3 *db, int64_t now_ns, bool *all)
{
    http_today *today = &r->server->today;
    int64_t begun_ns = live_unix_ns(r->server->live, 0);
    int64_t day_ns = (begun_ns + now_ns) / DAY_NS * DAY_NS - begun_ns;
    if (today->day_ns != day_ns || today->after == 0) {
        int64_t first = http_first_transfer(r, db, "e.at_ns", day_ns);
        *today = (http_today){.day_ns = day_ns, .after = first - 1};
    }
    sqlite3_stmt *s = http_sql(
        r, db,
        "WITH own(id) AS (SELECT id FROM account WHERE kind IN"
        " ('platform.profit','platform.commission'))"
        " SELECT count(*),coalesce(max(id),?1),coalesce(sum(amount*((credit IN (SELECT id FROM"
        " own))-(debit IN (SELECT id FROM own)))),0) FROM (SELECT id,debit,credit,amount FROM"
        " transfer WHERE id>?1 ORDER BY id LIMIT ?2)");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int64(s, 1, today->after);
    sqlite3_bind_int(s, 2, OVERVIEW_LEGS);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        *all = http_int(s, 0) < OVERVIEW_LEGS;
        today->after = http_int(s, 1);
        today->earned += http_int(s, 2);
        code = sqlite3_step(s);
    }
    return http_sql_end(r, s, code);
}

static bool write_today(http_request *r, sqlite3 *db, int64_t now_ns, FILE *out)
{
    bool all = false;
    pthread_mutex_lock(&r->server->today_lock);
    bool good = count_today(r, db, now_ns, &all);
    const http_today today = r->server->today;
    pthread_mutex_unlock(&r->server->today_lock);
    if (!good) {
        return false;
    }
    fputs(",\"today\":{\"since\":", out);
    http_out_unix(r, out, today.day_ns);
    fputs(",\"earned_micro\":", out);
    out_money(out, today.earned);
    fprintf(out, ",\"complete\":%s}", all ? "true" : "false");
    return true;
}

// ---- the last tasks: by area, and why some were not served

static bool write_areas(http_request *r, sqlite3 *db, FILE *out)
{
    sqlite3_stmt *s =
        http_sql(r, db,
                 "SELECT area,count(*),sum(state IN ('settled','settled_late','settled_fault')),"
                 "sum(state='settled_late'),sum(state IN ('unserved','failed')),"
                 "total(pay),total(CASE WHEN pay>0 THEN work ELSE 0 END) FROM"
                 " (SELECT area,state,pay,work FROM task ORDER BY id DESC LIMIT ?) GROUP BY area "
                 "ORDER BY 2 DESC");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int(s, 1, OVERVIEW_TASKS);
    int code = SQLITE_DONE;
    bool some = false;
    fputs(",\"areas\":[", out);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        fprintf(out, "%s{\"area\":", some ? "," : "");
        out_text(out, r->server->config.area_names[http_int(s, 0)]);
        fprintf(out,
                ",\"arrived\":%d,\"served\":%d,\"late\":%d,\"unserved\":%d,\"paid_micro\":%.0f,"
                "\"paid_gigacycles\":%.9g}",
                sqlite3_column_int(s, 1), sqlite3_column_int(s, 2), sqlite3_column_int(s, 3),
                sqlite3_column_int(s, 4), sqlite3_column_double(s, 5),
                sqlite3_column_double(s, 6) / 1e9);
        some = true;
    }
    fputs("]", out);
    return http_sql_end(r, s, code);
}

static bool write_why(http_request *r, sqlite3 *db, FILE *out)
{
    sqlite3_stmt *s =
        http_sql(r, db,
                 "SELECT reason,count(*) FROM (SELECT state,reason FROM task ORDER BY id DESC"
                 " LIMIT ?) WHERE state IN ('unserved','failed') GROUP BY reason ORDER BY 2 DESC");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int(s, 1, OVERVIEW_TASKS);
    int code = SQLITE_DONE;
    bool some = false;
    fputs(",\"why\":[", out);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        fprintf(out, "%s{\"reason\":", some ? "," : "");
        out_text(out, (const char *)sqlite3_column_text(s, 0));
        fprintf(out, ",\"tasks\":%d}", sqlite3_column_int(s, 1));
        some = true;
    }
    fputs("]", out);
    return http_sql_end(r, s, code);
}

// How many tasks these are, since when, and how many of the open ones are past their deadline.
static bool write_span(http_request *r, sqlite3 *db, int64_t now_ns, FILE *out)
{
    sqlite3_stmt *s = http_sql(
        r, db,
        "SELECT count(*),coalesce(min(arrived_ns),?2),(SELECT count(*) FROM (SELECT arrived_ns,"
        "deadline_us FROM task WHERE closed_ns IS NULL ORDER BY id LIMIT ?1)"
        " WHERE arrived_ns+deadline_us*1000<?2) FROM (SELECT arrived_ns FROM task ORDER BY id DESC"
        " LIMIT ?1)");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int(s, 1, OVERVIEW_TASKS);
    sqlite3_bind_int64(s, 2, now_ns);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        fprintf(out,
                ",\"late_now\":%d,\"recent\":{\"tasks\":%d,\"since\":", sqlite3_column_int(s, 2),
                sqlite3_column_int(s, 0));
        http_out_unix(r, out, http_int(s, 1));
        fputs("}", out);
        code = sqlite3_step(s);
    }
    return http_sql_end(r, s, code);
}

// ---- money, of who may see all of it

static bool write_accounts(http_request *r, sqlite3 *db, FILE *out)
{
    sqlite3_stmt *s = http_sql(
        r, db, "SELECT kind,count(*),sum(balance) FROM account GROUP BY kind ORDER BY min(id)");
    if (s == NULL) {
        return false;
    }
    int code = SQLITE_DONE;
    dcat_money sum = 0;
    bool some = false;
    fputs(",\"accounts\":[", out);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        fprintf(out, "%s{\"kind\":\"%s\",\"accounts\":%d,\"balance_micro\":", some ? "," : "",
                sqlite3_column_text(s, 0), sqlite3_column_int(s, 1));
        out_money(out, http_int(s, 2));
        fputs("}", out);
        sum += http_int(s, 2);
        some = true;
    }
    fputs("],\"sum_micro\":", out);
    out_money(out, sum);
    return http_sql_end(r, s, code);
}

// ---- together

// Choice: not for providers, who would know when nobody looks.
static void write_canaries(const live_figures *figures, FILE *out)
{
    bool well = figures->canary_code == CODE_DONE;
    const char *why = exchange_code_name(figures->canary_code);
    fprintf(out, ",\"canaries\":{\"missed\":%" PRIu64 ",\"why\":", figures->canaries_missed);
    out_text(out, well ? NULL : why);
    fputs("}", out);
}

static void write_now(http_request *r, int64_t now_ns, FILE *out)
{
    live *l = r->server->live;
    const exchange *x = live_lock(l);
    exchange_time_view time = exchange_time(x);
    int64_t slot_ns = exchange_config_view(x)->slot_ns;
    const live_figures figures = *live_figures_of(l);
    enum mode_state mode = exchange_mode(x);
    live_unlock(l);
    fputs("{\"at\":", out);
    http_out_unix(r, out, now_ns);
    fputs(",\"started_at\":", out);
    http_out_unix(r, out, live_started_ns(l));
    fprintf(out,
            ",\"mode\":\"%s\",\"slot\":%" PRId64 ",\"slot_age_s\":%.3f,\"cycle\":%u,"
            "\"open_tasks\":%" PRId64 ",\"slots_skipped\":%" PRIu64 ",\"cuts_late\":%" PRIu64
            ",\"queue\":%d,\"tasks\":{",
            machines[MACHINE_MODE].states[mode], time.slot,
            (double)(now_ns - time.slot * slot_ns) / 1e9, time.cycle, time.open_tasks,
            figures.slots_skipped, figures.late, live_queue_depth(l));
    for (int s = TASK_ACCEPTED; s < TASK_STATE_COUNT; s++) {
        fprintf(out, "%s\"%s\":%" PRIu64, s > TASK_ACCEPTED ? "," : "",
                machines[MACHINE_TASK].states[s], figures.tasks[s]);
    }
    fputs("}", out);
    if (http_reads_all(r) && live_config_view(l)->canary_count > 0) {
        write_canaries(&figures, out);
    }
}

bool answer_overview(http_request *r, FILE *out)
{
    int64_t now_ns = live_now_ns(r->server->live);
    write_now(r, now_ns, out);
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    bool good = write_today(r, db, now_ns, out) && write_span(r, db, now_ns, out) &&
                write_areas(r, db, out) && write_why(r, db, out) &&
                (!http_reads_all(r) || write_accounts(r, db, out));
    http_reader_give(r->server, reader);
    fputs("}", out);
    return good;
}
