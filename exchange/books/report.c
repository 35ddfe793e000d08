// SPDX-License-Identifier: Apache-2.0
// A day or a month of an exchange as an operator looks at it: what was offered and used where, what
// it earned, what became of tasks, and why the others were not served. As JSON.
#include "exchange/books/report.h"

#include "exchange/core/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t report_part(const report *r, int64_t a_ns, int64_t b_ns)
{
    int64_t from = a_ns > r->from_ns ? a_ns : r->from_ns;
    int64_t to = b_ns < r->to_ns ? b_ns : r->to_ns;
    return to > from ? to - from : 0;
}

// ---- writing

static void write_name(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\":\"", key);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20) {
            fprintf(out, "\\u%04x", c);
        } else {
            fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
        }
    }
    fputs("\"", out);
}

static void write_hours(FILE *out, const char *key, books_wide ns, bool known)
{
    if (known) {
        fprintf(out, ",\"%s\":%.9g", key, books_hours(ns));
    } else {
        fprintf(out, ",\"%s\":null", key);
    }
}

static void write_sites(const report *r, FILE *out)
{
    char area[BOOKS_NAME];
    fputs(",\"sites\":[", out);
    for (int32_t i = 0; i < r->site_count; i++) {
        const report_site *s = &r->sites[i];
        bool known = r->offered_known;
        books_wide idle_ns = s->offered_ns > s->used_ns ? s->offered_ns - s->used_ns : 0;
        fputs(i > 0 ? ",{" : "{", out);
        write_name(out, "device", s->device);
        fputs(",", out);
        write_name(out, "site", books_area(r->b, s->area, area));
        fprintf(out, ",\"servers\":%d", s->servers);
        write_hours(out, "offered_hours", s->offered_ns, known);
        write_hours(out, "allocated_hours", s->allocated_ns, true);
        write_hours(out, "used_hours", s->used_ns, true);
        write_hours(out, "idle_hours", idle_ns, known);
        fprintf(out, ",\"revenue_micro\":%" PRId64 ",\"revenue_per_hour\":", s->revenue);
        if (known && s->offered_ns > 0) {
            fprintf(out, "%.9g}",
                    (double)s->revenue / (double)DCAT_MONEY_UNIT / books_hours(s->offered_ns));
        } else {
            fputs("null}", out);
        }
    }
    fputs("]", out);
}

static void write_pairs(const report *r, FILE *out)
{
    size_t side = (size_t)r->b->area_count + 1;
    char area[BOOKS_NAME];
    bool some = false;
    fputs(",\"regions\":[", out);
    for (size_t i = 0; i < side * side; i++) {
        const report_pair *p = &r->pairs[i];
        if (p->tasks == 0) {
            continue;
        }
        fputs(some ? ",{" : "{", out);
        write_name(out, "origin", books_area(r->b, (int32_t)(i / side), area));
        fputs(",", out);
        write_name(out, "serving", books_area(r->b, (int32_t)(i % side), area));
        fprintf(out, ",\"tasks\":%" PRId64, p->tasks);
        write_hours(out, "used_hours", p->node_ns, true);
        fprintf(out, ",\"fee_micro\":%" PRId64 "}", p->fee);
        some = true;
    }
    fputs("]", out);
}

static int by_fee(const void *a, const void *b)
{
    const report_reason *x = a, *y = b;
    int order = (y->fee > x->fee) - (y->fee < x->fee);
    return order != 0 ? order : strcmp(x->word, y->word);
}

static void write_reasons(report *r, FILE *out)
{
    qsort(r->reasons, (size_t)r->reason_count, sizeof *r->reasons, by_fee);
    fputs(",\"unserved_reasons\":[", out);
    for (int32_t i = 0; i < r->reason_count; i++) {
        fputs(i > 0 ? ",{" : "{", out);
        write_name(out, "reason", r->reasons[i].word);
        fprintf(out, ",\"tasks\":%" PRId64 ",\"fee_lost_micro\":%" PRId64 "}", r->reasons[i].tasks,
                r->reasons[i].fee);
    }
    fputs("]", out);
}

// The part of the time that the log has: null where it had not begun, or ended before.
static void write_covered(const report *r, FILE *out)
{
    int64_t from_ns = r->from_ns > 0 ? r->from_ns : 0;
    if (r->to_ns <= from_ns) {
        fputs(",\"covered_from\":null,\"covered_to\":null", out);
        return;
    }
    fputs(",\"covered_from\":\"", out);
    books_time(out, (r->b->begun_ns + from_ns) / 1000000000);
    fputs("\",\"covered_to\":\"", out);
    books_time(out, (r->b->begun_ns + r->to_ns) / 1000000000);
    fputs("\"", out);
}

static void write_all(report *r, FILE *out)
{
    dcat_money income = r->charged - r->credits - r->reversed;
    fputs("{", out);
    write_name(out, "exchange", r->b->name);
    fputs(",", out);
    write_name(out, "period", r->span->word);
    fputs(",", out);
    write_name(out, "currency", r->b->currency);
    fputs(",\"from\":\"", out);
    books_time(out, r->span->from_s);
    fputs("\",\"to\":\"", out);
    books_time(out, r->span->to_s);
    fputs("\"", out);
    write_covered(r, out);
    fprintf(out,
            ",\"tasks\":%" PRId64 ",\"served\":%" PRId64 ",\"late\":%" PRId64
            ",\"task_faults\":%" PRId64 ",\"unserved\":%" PRId64 ",\"failed\":%" PRId64
            ",\"cancelled\":%" PRId64 ",\"refunded\":%" PRId64,
            r->closed, r->served, r->late, r->fault, r->unserved, r->failed, r->cancelled,
            r->refunded);
    fprintf(out,
            ",\"charged_micro\":%" PRId64 ",\"credits_micro\":%" PRId64
            ",\"reversed_micro\":%" PRId64 ",\"paid_micro\":%" PRId64 ",\"kept_micro\":%" PRId64
            ",\"take_rate\":",
            r->charged, r->credits, r->reversed, r->paid, r->kept);
    if (income > 0) {
        fprintf(out, "%.9g", (double)r->kept / (double)income);
    } else {
        fputs("null", out);
    }
    write_sites(r, out);
    write_pairs(r, out);
    write_reasons(r, out);
    fputs("}", out);
}

// ---- the whole

static bool set_up(report *r)
{
    const books *b = r->b;
    size_t side = (size_t)b->area_count + 1;
    r->pairs = calloc(side * side, sizeof *r->pairs);
    r->sites = calloc((size_t)b->unit_count + 1, sizeof *r->sites);
    r->site_of = calloc((size_t)b->unit_count + 1, sizeof *r->site_of);
    if (r->pairs == NULL || r->sites == NULL || r->site_of == NULL) {
        return false;
    }
    for (int32_t u = 0; u < b->unit_count; u++) {
        int32_t i = 0, area = b->servers[b->units[u].server].area;
        while (i < r->site_count &&
               (r->sites[i].area != area || strcmp(r->sites[i].device, b->units[u].device) != 0)) {
            i++;
        }
        if (i == r->site_count) {
            r->site_count++;
            r->sites[i].area = area;
            snprintf(r->sites[i].device, BOOKS_POOL, "%s", b->units[u].device);
        }
        r->sites[i].servers++;
        r->site_of[u] = i;
    }
    return true;
}

dcat_status books_report(books *b, const books_span *span, FILE *out, dcat_error *err)
{
    report r = {.b = b, .span = span, .err = err};
    int64_t now_ns = books_number(b, "SELECT at_ns FROM event ORDER BY seq DESC LIMIT ?", 1, 0);
    r.from_ns = books_ns(b, span->from_s);
    r.to_ns = books_ns(b, span->to_s) <= now_ns ? books_ns(b, span->to_s) : now_ns + 1;
    r.members = books_sql(
        b, "SELECT server,load,pool FROM award_member WHERE task=? AND attempt=? ORDER BY server",
        err);
    if (r.members == NULL) {
        return DCAT_ERR_IO;
    }
    dcat_status status =
        set_up(&r) ? DCAT_OK : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a report");
    if (status == DCAT_OK) {
        status = report_walk_servers(&r);
    }
    if (status == DCAT_OK) {
        status = report_walk_tasks(&r);
    }
    if (status == DCAT_OK) {
        status = report_walk_transfers(&r);
    }
    if (status == DCAT_OK) {
        write_all(&r, out);
    }
    sqlite3_finalize(r.members);
    free(r.pairs);
    free(r.sites);
    free(r.site_of);
    return status;
}
