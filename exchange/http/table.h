// SPDX-License-Identifier: Apache-2.0
// table.h - lists that the log answers: a query, a row at a time, as JSON or as CSV.

#ifndef EXCHANGE_HTTP_TABLE_H
#define EXCHANGE_HTTP_TABLE_H

#include "exchange/http/request.h"

typedef struct http_table {
    const char *key;     // of the list in JSON
    const char *columns; // of CSV; NULL: JSON alone
    // ?1 after, ?2 limit, ?3 the caller's party or NULL for all, ?4 and ?5 of the filter. The first
    // column is the id by which pages are told apart.
    const char *sql;
    void (*write)(http_request *r, sqlite3_stmt *row, bool csv, FILE *out);
} http_table;

typedef struct http_filter {
    const char *word;       // ?4; NULL: the span is meant
    int64_t from_ns, to_ns; // ?4 and ?5: times, or ids
    int64_t id;             // ?6, where a table has it
} http_filter;

// Whether `order=newest` is asked for: then a page begins before `after`, and ids fall. False:
// refused.
bool http_newest(http_request *r, bool *newest);

// Whether the caller accepts CSV of this table; then the answer's type is set.
bool http_wants_csv(http_request *r, const http_table *table);

// Write the rows after the id, at most limit, each by the table; then after is the last one's id.
// Returns how many, or -1: refused.
int64_t http_write_rows(http_request *r, const http_table *table, const http_filter *filter,
                        int64_t *after, int64_t limit, FILE *out);

// The first transfer whose value, "t.seq" or "e.at_ns", is not below a number. Both grow with ids.
int64_t http_first_transfer(http_request *r, sqlite3 *db, const char *value, int64_t least);

// A page of a table as the whole answer, with the link to the next one. filter NULL: none.
// False: refused.
bool http_answer_table(http_request *r, const http_table *table, const http_filter *filter,
                       FILE *out);

#endif
