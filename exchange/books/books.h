// SPDX-License-Identifier: Apache-2.0
// books.h - what the tables of a log say to accountants and operators: statements of a month, and
// reports of a day or a month.
//
// Everything is read, a few thousand rows a query, so that a running exchange can be asked: a
// reader's time-out holds for each query alone. Amounts are added as whole micro-units.

#ifndef DCAT_EXCHANGE_BOOKS_BOOKS_H
#define DCAT_EXCHANGE_BOOKS_BOOKS_H

#include "dcat/money.h"
#include "exchange/store/reader.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct books books;

// Who keeps the exchange, as invoices name it, and what is taxed. All nullable.
typedef struct books_options {
    const char *legal_name, *tax_id, *address;
    int32_t tax_bp;                // of what is sold, in it; basis points
    int32_t minor_digits;          // of the currency; -1: as ISO 4217 says
    const char *const *area_names; // [area_count], which is to be that of the log; NULL: by number
    int32_t area_count;
    const char *currency; // to be that of the log; NULL: whichever it is
} books_options;

// The reader is borrowed. Errors: ERR_FORMAT (the log's first event is no rules), ERR_RANGE (areas
// or currency are not the log's), ERR_IO, ERR_MEMORY.
dcat_status books_open(exchange_reader *reader, const books_options *options, books **b,
                       dcat_error *err);
void books_close(books *b);

// A span of time: [from, to), in seconds of Unix.
typedef struct books_span {
    int64_t from_s, to_s;
    char word[16]; // as it was given: 2026-11 or 2026-11-28
} books_span;
bool books_month(const char *text, books_span *span); // false: no month such as 2026-11
bool books_day(const char *text, books_span *span);   // false: no day such as 2026-11-28

// ---- statements

typedef enum books_format {
    BOOKS_CSV,   // an invoice's lines in plain words
    BOOKS_FOCUS, // FOCUS 1.2
} books_format;

// What was written, over all parties that it names.
typedef struct books_sums {
    int64_t rows, legs; // legs: transfers that are in one of the rows
    dcat_money total;   // of all rows
} books_sums;

// Rows of a party, or of all with -1: one an hour, thing sold, region and category, then tax and
// rounding of the month. They add up to the invoice, in minor units of the currency (I21). Of a
// provider it is the other direction: what the exchange owes it. Sums nullable.
// Errors: ERR_NOT_FOUND (no such party), ERR_IO, ERR_MEMORY.
dcat_status books_statement(books *b, const books_span *month, int32_t party, books_format format,
                            FILE *out, books_sums *sums, dcat_error *err);

// ---- reports

// A day or a month as JSON (openapi.yaml: Report): servers by device and site, outcomes of tasks,
// money, origins by serving regions, why tasks were not served and which fees that lost. Hours are
// of whole servers. Errors: ERR_IO, ERR_MEMORY.
dcat_status books_report(books *b, const books_span *span, FILE *out, dcat_error *err);

extern const char *const books_focus_columns[]; // as they are written, NULL at the end

#endif
