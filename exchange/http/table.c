// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/table.h"

#include <string.h>

bool http_wants_csv(http_request *r, const http_table *table)
{
    const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept");
    bool csv = table->columns != NULL && accept != NULL && strncmp(accept, "text/csv", 8) == 0;
    if (csv) {
        r->type = "text/csv";
    }
    return csv;
}

bool http_newest(http_request *r, bool *newest)
{
    const char *order = http_query(r, "order");
    *newest = order != NULL && strcmp(order, "newest") == 0;
    return *newest || order == NULL || strcmp(order, "oldest") == 0 ||
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "order must be oldest or newest");
}

static void bind_all(http_request *r, sqlite3_stmt *s, const http_filter *filter)
{
    if (!http_reads_all(r)) {
        sqlite3_bind_int(s, 3, r->caller.party);
    }
    if (filter == NULL) {
        return;
    }
    if (filter->word != NULL) {
        sqlite3_bind_text(s, 4, filter->word, -1, SQLITE_STATIC);
    } else {
        sqlite3_bind_int64(s, 4, filter->from_ns);
        sqlite3_bind_int64(s, 5, filter->to_ns);
        sqlite3_bind_int64(s, 6, filter->id); // no harm where there is none
    }
}

int64_t http_write_rows(http_request *r, const http_table *table, const http_filter *filter,
                        int64_t *after, int64_t limit, FILE *out)
{
    bool csv = http_wants_csv(r, table), good = false;
    int64_t count = 0;
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db, table->sql);
    if (s != NULL) {
        sqlite3_bind_int64(s, 1, *after);
        sqlite3_bind_int64(s, 2, limit);
        bind_all(r, s, filter);
        fprintf(out, csv ? "%s\n" : "\"%s\":[", csv ? table->columns : table->key);
        int code = SQLITE_DONE;
        while ((code = sqlite3_step(s)) == SQLITE_ROW) {
            fputs(count++ > 0 && !csv ? "," : "", out);
            table->write(r, s, csv, out);
            *after = http_int(s, 0);
        }
        fputs(csv ? "" : "]", out);
        good = http_sql_end(r, s, code);
    }
    http_reader_give(r->server, reader);
    return good ? count : -1;
}

bool http_answer_table(http_request *r, const http_table *table, const http_filter *filter,
                       FILE *out)
{
    int64_t after = 0, limit = 0;
    bool newest = false;
    if (!http_page(r, &after, &limit) || !http_newest(r, &newest)) {
        return false;
    }
    after = newest && after < 0 ? INT64_MAX : after;
    bool csv = http_wants_csv(r, table);
    fputs(csv ? "" : "{", out);
    int64_t count = http_write_rows(r, table, filter, &after, limit, out);
    fputs(csv ? "" : "}", out);
    if (count == limit) {
        http_next(r, after, limit);
    }
    return count >= 0;
}

int64_t http_first_transfer(http_request *r, sqlite3 *db, const char *value, int64_t least)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT %s FROM transfer t JOIN event e ON e.seq=t.seq WHERE t.id>=? ORDER BY t.id"
             " LIMIT 1",
             value);
    sqlite3_stmt *s = http_sql(r, db, sql);
    sqlite3_stmt *last = http_sql(r, db, "SELECT coalesce(max(id),0)+1 FROM transfer");
    int64_t low = 1, high = 1;
    if (s != NULL && last != NULL && sqlite3_step(last) == SQLITE_ROW) {
        high = http_int(last, 0);
    }
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        sqlite3_reset(s);
        sqlite3_bind_int64(s, 1, middle);
        if (sqlite3_step(s) == SQLITE_ROW && http_int(s, 0) < least) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    sqlite3_finalize(s);
    sqlite3_finalize(last);
    return low;
}
