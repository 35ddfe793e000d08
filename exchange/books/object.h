// SPDX-License-Identifier: Apache-2.0
// object.h (internal) - what is known of a log before its rows are read.

#ifndef DCAT_EXCHANGE_BOOKS_OBJECT_H
#define DCAT_EXCHANGE_BOOKS_OBJECT_H

#include "exchange/books/books.h"
#include "exchange/core/exchange.h"

enum { BOOKS_POOL = 72, BOOKS_NAME = 208, BOOKS_PAGE = 2000 };
#define HOUR_S INT64_C(3600)
__extension__ typedef __int128 books_wide; // nano-seconds of many servers, or of their cores

typedef struct books_party {
    int32_t role; // exchange_role
    char name[BOOKS_NAME], legal_name[BOOKS_NAME], tax_id[BOOKS_NAME];
} books_party;

typedef struct books_server {
    int32_t party, area;            // area: the nearest
    int32_t unit_first, unit_count; // among units
    char name[BOOKS_NAME];
} books_server;

typedef struct books_unit { // a pool of a server
    int32_t server, cores, cards;
    int64_t speed_hz;
    char pool[BOOKS_POOL], device[BOOKS_POOL]; // device: the pool's name where none is said
} books_unit;

struct books {
    exchange_reader *reader;
    books_options options;
    int64_t begun_ns, slot_ns; // wall time of slot 0
    bool geo;
    char name[BOOKS_NAME], currency[BOOKS_NAME];
    books_party *parties; // [party_count]
    int32_t party_count;
    books_server *servers; // [server_count]
    int32_t server_count;
    books_unit *units; // [unit_count] by server
    int32_t unit_count;
    double *area_x, *area_y; // [area_count]
    int32_t area_count;
};

// A statement of SQL, its time running from now; NULL: err says why.
sqlite3_stmt *books_sql(books *b, const char *sql, dcat_error *err);
// After the last row: OK when it was the end.
dcat_status books_end(books *b, sqlite3_stmt *s, int code, dcat_error *err);
// The first of one number, or `none`.
int64_t books_number(books *b, const char *sql, int64_t parameter, int64_t none);

// The first event at or after a moment of the exchange; one past the last where there is none.
int64_t books_first_event(books *b, int64_t at_ns);
int64_t books_first_transfer(books *b, int64_t seq); // of that event or a later one
int64_t books_at_ns(books *b, int64_t seq);          // when an event happened
int64_t books_ns(const books *b, int64_t unix_s);    // of the exchange
// The unit of a server's pool, or -1.
int32_t books_unit_of(const books *b, int64_t server, const char *pool);
// The party of an account, or -1.
int32_t books_party_of(const books *b, int64_t account);
// The name of an area in text [BOOKS_NAME].
const char *books_area(const books *b, int32_t area, char *text);
// A cell of CSV, in quotes where it needs them.
void books_cell(FILE *out, const char *text);
void books_money(FILE *out, dcat_money amount); // as a decimal, with no digit too many
void books_time(FILE *out, int64_t unix_s);     // 2026-11-28T09:00:00Z
static inline double books_hours(books_wide ns)
{
    return (double)ns / (1e9 * (double)HOUR_S);
}
// How long work takes at a speed > 0.
static inline books_wide books_work_ns(int64_t work_cycles, int64_t speed_hz)
{
    return (books_wide)work_cycles * 1000000000 / speed_hz;
}

#endif
