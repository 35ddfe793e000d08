// SPDX-License-Identifier: Apache-2.0
// Statements and reports from where they are: an exchange that is asked, or its data.
#include "tool/exchange/books.h"

#include "base/json.h"
#include "base/memory.h"
#include "exchange/books/books.h"
#include "exchange/settings/settings.h"
#include "tool/exchange/report.h"

#include <stdlib.h>
#include <string.h>

enum { READ_MS = 3600000, ASK_MS = 600000 };

// ---- from the data

typedef struct opened {
    exchange_settings settings;
    bool has_settings;
    exchange_reader *reader;
    books *books;
} opened;

static void close_all(opened *o)
{
    books_close(o->books);
    exchange_reader_close(o->reader);
    if (o->has_settings) {
        exchange_settings_free(&o->settings);
    }
}

static dcat_status open_all(opened *o, const books_source *source, dcat_error *err)
{
    books_options options = {.minor_digits = -1};
    dcat_status status = DCAT_OK;
    if (source->config != NULL) {
        status = exchange_settings_load(source->config, &o->settings, err);
        o->has_settings = status == DCAT_OK;
    }
    if (o->has_settings) {
        const exchange_settings *s = &o->settings;
        options = (books_options){.legal_name = s->legal_name,
                                  .tax_id = s->legal_tax_id,
                                  .address = s->legal_address,
                                  .tax_bp = s->tax_bp,
                                  .minor_digits = s->minor_digits,
                                  .area_names = s->area_names,
                                  .area_count = s->setup.config.area_count,
                                  .currency = s->currency};
    }
    if (status == DCAT_OK) {
        status = exchange_reader_open(source->data, READ_MS, &o->reader, err);
    }
    return status == DCAT_OK ? books_open(o->reader, &options, &o->books, err) : status;
}

// ---- from the exchange

// The answer, or an exit code after a message.
static int ask(const remote_options *r, const char *path, client_answer *answer)
{
    remote_options patient = *r;
    patient.patience_ms = ASK_MS;
    client *c = NULL;
    int code = remote_open(&patient, &c);
    if (code == 0) {
        code = remote_call_any(&patient, c, "GET", path, answer);
    }
    client_destroy(c);
    return code;
}

// ---- statements

int books_print_statement(const remote_options *r, const books_source *source, const char *month,
                          const char *format, const char *party)
{
    if (source->data == NULL) {
        char path[160];
        snprintf(path, sizeof path, "/v1/statements?month=%s&format=%s%s%s", month, format,
                 party != NULL ? "&party=" : "", party != NULL ? party : "");
        client_answer answer;
        int code = ask(r, path, &answer);
        if (code == 0) {
            fputs(answer.text != NULL ? answer.text : "", stdout);
            client_answer_free(&answer);
        }
        return code;
    }
    opened o = {.has_settings = false};
    dcat_error err = {0};
    books_span span;
    dcat_status status = open_all(&o, source, &err);
    if (status == DCAT_OK && !books_month(month, &span)) {
        status = dcat_fail(&err, DCAT_ERR_RANGE, "there is no month %s", month);
    }
    if (status == DCAT_OK) {
        bool focus = strcmp(format, "focus") == 0;
        status = books_statement(o.books, &span, party == NULL ? -1 : atoi(party),
                                 focus ? BOOKS_FOCUS : BOOKS_CSV, stdout, NULL, &err);
    }
    close_all(&o);
    return cli_exit(status, &err);
}

// ---- reports

static dcat_status report_of_data(const books_source *source, const report_wish *wish,
                                  json_t **report, dcat_error *err)
{
    opened o = {.has_settings = false};
    books_span span;
    dcat_status status = open_all(&o, source, err);
    bool known = wish->day != NULL ? books_day(wish->day, &span) : books_month(wish->month, &span);
    if (status == DCAT_OK && !known) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "there is no day or month %s",
                           wish->day != NULL ? wish->day : wish->month);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *memory = status == DCAT_OK ? open_memstream(&text, &size) : NULL;
    bool whole = false;
    if (memory != NULL) {
        status = books_report(o.books, &span, memory, err);
        whole = memory_stream_end(memory, &text);
    }
    if (status == DCAT_OK && !whole) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a report");
    }
    if (status == DCAT_OK) {
        json_error_t why;
        *report = json_object_of(text, size, &why);
        status = *report != NULL ? DCAT_OK
                                 : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a report");
    }
    free(text);
    close_all(&o);
    return status;
}

int books_print_report(const remote_options *r, const books_source *source, const report_wish *wish)
{
    json_t *report = NULL;
    dcat_error err = {0};
    if (source->data != NULL) {
        int code = cli_exit(report_of_data(source, wish, &report, &err), &err);
        if (code != 0) {
            return code;
        }
    } else {
        char path[64];
        snprintf(path, sizeof path, "/v1/reports?%s=%s", wish->day != NULL ? "day" : "month",
                 wish->day != NULL ? wish->day : wish->month);
        client_answer answer;
        int code = ask(r, path, &answer);
        if (code != 0) {
            return code;
        }
        report = json_incref(answer.body);
        client_answer_free(&answer);
    }
    dcat_status status = report_show(r, report, wish, &err);
    json_decref(report);
    return cli_exit(status, &err);
}
