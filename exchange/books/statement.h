// SPDX-License-Identifier: Apache-2.0
// statement.h (internal) - lines of an invoice, and who writes them.

#ifndef DCAT_EXCHANGE_BOOKS_STATEMENT_H
#define DCAT_EXCHANGE_BOOKS_STATEMENT_H

#include "exchange/books/object.h"

typedef enum books_category {
    CATEGORY_USAGE,
    CATEGORY_CREDIT,     // for work that came late
    CATEGORY_ADJUSTMENT, // disputes that were won; of providers what the exchange rounds up
    CATEGORY_TAX,        // of the month
    CATEGORY_ROUNDING,   // of the month, to the currency's minor unit
    CATEGORY_COUNT
} books_category;

typedef struct books_line {
    int32_t party, area; // area: where the work was done; -1: of no place
    int32_t sku;         // among those of the page; -1: of nothing that is sold
    books_category category;
    bool correction;       // of a month that was invoiced before
    int64_t from_s, to_s;  // wall time
    dcat_money gross, tax; // tax: in it
    int64_t tasks, late, legs;
    books_wide node_ns, core_ns, card_ns; // of work, at the speed that was declared
    int64_t seq_first, seq_last;
} books_line;

typedef struct books_page {
    const books *b;
    const books_span *month;
    FILE *out;
    char root[72];            // of the log, at the end of the month or now
    char (*skus)[BOOKS_NAME]; // [sku_count] "class/device"
    int32_t sku_count;
} books_page;

void books_focus_head(const books_page *page);
void books_focus_line(const books_page *page, const books_line *line);
void books_csv_head(const books_page *page);
void books_csv_line(const books_page *page, const books_line *line);

int books_minor_digits(const books *b);
bool books_of_provider(const books *b, int32_t party);
const char *books_legal_name(const books *b, int32_t party); // or its name; -1: the exchange's
const char *books_sku(const books_page *page, const books_line *line);
// "demo-2026-11-7" in text [BOOKS_NAME].
const char *books_invoice_id(const books_page *page, int32_t party, char *text);

#endif
