// SPDX-License-Identifier: Apache-2.0
// request.h (internal) - one request from its first line to its answer.

#ifndef DCAT_EXCHANGE_HTTP_REQUEST_H
#define DCAT_EXCHANGE_HTTP_REQUEST_H

#include "exchange/http/keys.h"
#include "exchange/http/limits.h"
#include "exchange/http/problem.h"
#include "exchange/http/routes.h"
#include "exchange/http/server.h"
#include "exchange/store/reader.h"

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum { HTTP_THREADS = 2, HTTP_READERS = 4, HTTP_STATUSES = 24 };

// What the platform earned since midnight, summed up as transfers come.
typedef struct http_today {
    int64_t day_ns, after; // its first moment; the last transfer that was counted
    dcat_money earned;
} http_today;

struct http_server {
    http_config config;
    live *live;
    http_keys *keys;
    failures *failures;
    guests *guests;
    struct MHD_Daemon *daemon;
    pthread_mutex_t readers_lock;
    pthread_cond_t readers_free;
    exchange_reader *readers[HTTP_READERS];
    bool reader_taken[HTTP_READERS];
    http_today today;
    pthread_mutex_t today_lock;
    atomic_int streams;           // of events
    pthread_mutex_t streams_lock; // of the list
    struct stream *first_stream;
    atomic_bool stops;                                              // streams are to end
    atomic_uint_least64_t requests[ROUTE_COUNT + 1][HTTP_STATUSES]; // by route and status
};

// Classes of work and their names; work is the one of an exchange that has none.
static inline size_t http_class_count(const exchange_setup *setup)
{
    return setup->resources == NULL ? 1 : setup->resources->class_count;
}
static inline const char *http_class_name(const exchange_setup *setup, size_t class_id)
{
    return setup->resources == NULL ? "work" : setup->class_names[class_id];
}

typedef struct http_request {
    http_server *server;
    struct MHD_Connection *connection;
    http_route_id route; // ROUTE_COUNT: none
    http_parts parts;
    http_caller caller;
    char *body; // [body_used]
    size_t body_used, body_room;
    http_problem problem;
    live_command command;        // its items are the request's
    bool begun, pushed, written; // has a decision; waits for the writer; is on disk
    unsigned char answer_key[EXCHANGE_ANSWER_KEY_MAX];
    char *rendered; // the answer that is kept
    size_t rendered_length;
    // The answer.
    int status;
    const char *type;          // Nullable: JSON
    char etag[24];             // of a file of the console; else empty
    char next[96];             // query of the next page, if there is one
    char once[HTTP_KEY_BYTES]; // a key that is shown once
    char *backup;              // Nullable, owned: path of a backup
} http_request;

// What a route does. A request that changes something is parsed into events, goes through the
// writer, and is answered when they are on disk; any other is answered at once.
typedef struct http_handler {
    // Nullable. False: refused.
    bool (*parse)(http_request *r, const json_t *body);
    // Write the body of the answer, set r->status. False: refused after all.
    bool (*answer)(http_request *r, FILE *out);
    // Nullable: the answer is not kept under the client's Idempotency-Key. Else what tells a body
    // from the same one of another route; "" where no other one takes such a body.
    const char *kept_as;
    int status; // of the answer, unless it sets another one
    bool body_optional;
    bool only_looks; // what was parsed changes nothing: no way through the writer
} http_handler;

extern const http_handler http_handlers[ROUTE_COUNT];

// Events that the stream furthest behind has not been told of.
int64_t http_streams_behind(http_server *s);

// ---- shared by handlers
// Items of the command, all zero, each of them by the caller; NULL: refused.
live_item *http_items(http_request *r, size_t count);
// The only item's event, of a kind.
exchange_event *http_event(http_request *r, exchange_kind kind);
// Keep a document beside the event of an item: {"field":value,...} as compact JSON.
bool http_seal(http_request *r, live_item *item, const json_t *document);
bool http_name(http_request *r, live_item *item, const char *name);
// The problem of an item that was not done; false when it was.
bool http_item_problem(const http_request *r, const live_item *item, http_problem *problem);
// The value of a part of the path that is an id. False: refused.
bool http_part_id(http_request *r, int part, int64_t *id);
// An id as parties and servers have them: one that none of them has where it is larger.
static inline int32_t http_id(int64_t id)
{
    return id > INT32_MAX ? INT32_MAX : (int32_t)id;
}
const char *http_query(const http_request *r, const char *name); // NULL: not there
// `after` and `limit`; false: refused.
bool http_page(http_request *r, int64_t *after, int64_t *limit);
void http_next(http_request *r, int64_t after, int64_t limit);
bool http_reads_all(const http_request *r); // an operator or auditor

// A connection for SQL; give it back.
exchange_reader *http_reader_take(http_server *s, sqlite3 **db);
void http_reader_give(http_server *s, exchange_reader *reader);
sqlite3_stmt *http_sql(http_request *r, sqlite3 *db, const char *sql); // NULL: refused
// After the last row: false when it was not the end.
bool http_sql_end(http_request *r, sqlite3_stmt *statement, int code);

static inline int64_t http_int(sqlite3_stmt *row, int column)
{
    return (int64_t)sqlite3_column_int64(row, column);
}

const char *http_program_of(const http_request *r, size_t class_id); // that benchmarks of it run

// A statement of a month as CSV: format csv or focus. False: refused.
bool http_books_statement(http_request *r, const books_span *month, const char *format, FILE *out);

void http_out_unix(const http_request *r, FILE *out, int64_t at_ns); // a time of the exchange

// ---- handlers
bool parse_submit(http_request *r, const json_t *body);
bool parse_batch(http_request *r, const json_t *body);
bool parse_quote(http_request *r, const json_t *body);
bool parse_of_task(http_request *r, const json_t *body); // cancel, dispute, resolve
bool parse_party(http_request *r, const json_t *body);
bool parse_key(http_request *r, const json_t *body);
bool parse_revoke(http_request *r, const json_t *body);
bool parse_server(http_request *r, const json_t *body);
bool parse_change(http_request *r, const json_t *body);
bool parse_remove(http_request *r, const json_t *body);
bool parse_ask(http_request *r, const json_t *body);
bool parse_benchmark(http_request *r, const json_t *body);
bool parse_heartbeats(http_request *r, const json_t *body);
bool parse_award(http_request *r, const json_t *body);
bool parse_reports(http_request *r, const json_t *body);
bool parse_deposit(http_request *r, const json_t *body);
bool parse_voucher(http_request *r, const json_t *body);
bool parse_terms(http_request *r, const json_t *body);
bool parse_payout(http_request *r, const json_t *body);
bool parse_payout_end(http_request *r, const json_t *body);
bool parse_bond(http_request *r, const json_t *body);
bool parse_offer(http_request *r, const json_t *body);
bool parse_mode(http_request *r, const json_t *body);
bool parse_backup(http_request *r, const json_t *body);

bool answer_submit(http_request *r, FILE *out);
bool answer_batch(http_request *r, FILE *out);
bool answer_quote(http_request *r, FILE *out);
bool answer_of_task(http_request *r, FILE *out);
bool answer_tasks(http_request *r, FILE *out);
bool answer_task(http_request *r, FILE *out);
bool answer_explanation(http_request *r, FILE *out);
bool answer_parties(http_request *r, FILE *out);
bool answer_party(http_request *r, FILE *out);
bool answer_key(http_request *r, FILE *out);
bool answer_revoked(http_request *r, FILE *out);
bool answer_servers(http_request *r, FILE *out);
bool answer_server(http_request *r, FILE *out);
bool answer_ask(http_request *r, FILE *out);
bool answer_benchmark(http_request *r, FILE *out);
bool answer_benchmarks(http_request *r, FILE *out);
bool answer_heartbeats(http_request *r, FILE *out);
bool answer_awards(http_request *r, FILE *out);
bool answer_award(http_request *r, FILE *out);
bool answer_reports(http_request *r, FILE *out);
bool answer_providers(http_request *r, FILE *out);
bool answer_clusters(http_request *r, FILE *out);
bool answer_cycle(http_request *r, FILE *out);
bool answer_market(http_request *r, FILE *out);
bool answer_accounts(http_request *r, FILE *out);
bool answer_transfers(http_request *r, FILE *out);
bool answer_statement(http_request *r, FILE *out);
bool answer_deposit(http_request *r, FILE *out);
bool answer_voucher(http_request *r, FILE *out);
bool answer_terms_now(http_request *r, FILE *out);
bool answer_terms(http_request *r, FILE *out);
bool answer_payouts(http_request *r, FILE *out);
bool answer_payout(http_request *r, FILE *out);
bool answer_earnings(http_request *r, FILE *out);
bool answer_bond(http_request *r, FILE *out);
bool answer_offer(http_request *r, FILE *out);
bool answer_report(http_request *r, FILE *out);
bool answer_mode(http_request *r, FILE *out);
bool answer_backup(http_request *r, FILE *out);
bool answer_actions(http_request *r, FILE *out);
bool answer_history(http_request *r, FILE *out);
bool answer_overview(http_request *r, FILE *out);
bool answer_console(http_request *r, FILE *out);
bool answer_checkpoint(http_request *r, FILE *out);
bool answer_log_key(http_request *r, FILE *out);
bool answer_bundle(http_request *r, FILE *out);
bool answer_tile(http_request *r, FILE *out);
bool answer_entries(http_request *r, FILE *out);
bool answer_proof(http_request *r, FILE *out);
bool answer_sealed(http_request *r, FILE *out);
bool answer_openapi(http_request *r, FILE *out);
bool answer_healthz(http_request *r, FILE *out);
bool answer_readyz(http_request *r, FILE *out);
bool answer_version(http_request *r, FILE *out);
bool answer_metrics(http_request *r, FILE *out);

// libmicrohttpd's ways in.
enum MHD_Result http_on_request(void *user, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **state);
void http_on_end(void *user, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode code);
extern const int http_statuses[HTTP_STATUSES]; // that are counted; 0 past the last

// Begin a stream of events: queues its own answer.
// What the query's `only` leaves out, for live_listener; false: it is none.
bool http_stream_only(http_request *r, uint32_t *passes_over);
enum MHD_Result http_stream(http_request *r, uint32_t passes_over);

#endif
