// SPDX-License-Identifier: Apache-2.0
// Statements of a month as invoices, and reports: the books are read while the exchange goes on.
#include "exchange/books/books.h"
#include "exchange/http/fields.h"
#include "exchange/http/request.h"

#include <string.h>

// The party whose statement is asked for: one's own; with a key that reads all, anybody's or all.
static bool party_of(http_request *r, int32_t *party)
{
    const char *named = http_query(r, "party");
    int64_t id = -1;
    if (!http_reads_all(r)) {
        *party = r->caller.party;
        return true;
    }
    if (named != NULL && (!fields_digits(named, &id) || id > INT32_MAX)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "party must be an id");
    }
    *party = (int32_t)id;
    return true;
}

// What of the books is written: a report, or a statement.
typedef struct asked {
    bool report;
    books_span span;
    int32_t party;       // of a statement; -1: all
    books_format format; // of a statement
} asked;

static bool write_books(http_request *r, const asked *a, FILE *out)
{
    books_options options = r->server->config.books;
    options.area_names = r->server->config.area_names;
    options.area_count = exchange_store_setup_view(live_store(r->server->live))->config.area_count;
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    books *b = NULL;
    dcat_error err = {0};
    dcat_status status = books_open(reader, &options, &b, &err);
    if (status == DCAT_OK) {
        status = a->report ? books_report(b, &a->span, out, &err)
                           : books_statement(b, &a->span, a->party, a->format, out, NULL, &err);
    }
    books_close(b);
    http_reader_give(r->server, reader);
    if (status == DCAT_ERR_NOT_FOUND) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND, "%s", err.message);
    }
    return status == DCAT_OK || http_refuse(&r->problem, PROBLEM_BUSY, "the %s cannot be made: %s",
                                            a->report ? "report" : "statement", err.message);
}

bool http_books_statement(http_request *r, const books_span *month, const char *format, FILE *out)
{
    bool focus = strcmp(format, "focus") == 0;
    asked a = {.span = *month, .format = focus ? BOOKS_FOCUS : BOOKS_CSV};
    if (!focus && strcmp(format, "csv") != 0) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "format must be csv or focus");
    }
    r->type = "text/csv";
    return party_of(r, &a.party) && write_books(r, &a, out);
}

bool answer_report(http_request *r, FILE *out)
{
    const char *day = http_query(r, "day"), *month = http_query(r, "month");
    asked a = {.report = true};
    if ((day == NULL) == (month == NULL) ||
        !(day != NULL ? books_day(day, &a.span) : books_month(month, &a.span))) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "give day, like 2026-11-28, or month, like 2026-11");
    }
    return write_books(r, &a, out);
}
