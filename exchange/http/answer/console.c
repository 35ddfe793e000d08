// SPDX-License-Identifier: Apache-2.0
// The console: files that are in the program, and the figures that only it asks for.
#include "exchange/http/console.h"

#include "exchange/http/fields.h"
#include "exchange/http/out.h"
#include "exchange/http/request.h"
#include "exchange/store/merkle.h"

#include <inttypes.h>
#include <string.h>

// ---- files

const struct console_file *console_find(const char *name)
{
    for (size_t i = 0; i < console_file_count; i++) {
        if (strcmp(console_files[i].name, name) == 0) {
            return &console_files[i];
        }
    }
    return NULL;
}

const char *console_type(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot == NULL                ? "application/octet-stream"
           : strcmp(dot, ".js") == 0  ? "text/javascript; charset=utf-8"
           : strcmp(dot, ".css") == 0 ? "text/css; charset=utf-8"
           : strcmp(dot, ".svg") == 0 ? "image/svg+xml"
                                      : "text/html; charset=utf-8";
}

bool answer_console(http_request *r, FILE *out)
{
    const char *name = r->route == ROUTE_CONSOLE ? "index.html" : r->parts.text[0];
    const struct console_file *file = console_find(name);
    if (file == NULL) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND, "the console has no file %.72s", name);
    }
    merkle_hash hash = merkle_leaf(file->data, file->size);
    snprintf(r->etag, sizeof r->etag, "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", hash.byte[0],
             hash.byte[1], hash.byte[2], hash.byte[3], hash.byte[4], hash.byte[5], hash.byte[6],
             hash.byte[7]);
    r->type = console_type(name);
    const char *known =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    if (known != NULL && strcmp(known, r->etag) == 0) {
        r->status = MHD_HTTP_NOT_MODIFIED;
        return true;
    }
    return fwrite(file->data, 1, file->size, out) == file->size;
}

// ---- figures over time

enum { HISTORY_POINTS = 240 };

static void write_sample(const http_request *r, const live_sample *before, const live_sample *s,
                         FILE *out)
{
    fputs("{\"at\":", out);
    http_out_unix(r, out, s->at_ns);
    fprintf(out,
            ",\"cycle\":%u,\"events\":%" PRIu64 ",\"open_tasks\":%" PRId64 ",\"servers\":%d"
            ",\"accepted\":%" PRIu64 ",\"awarded\":%" PRIu64 ",\"served\":%" PRIu64
            ",\"late\":%" PRIu64 ",\"unserved\":%" PRIu64 ",\"failed\":%" PRIu64
            ",\"cancelled\":%" PRIu64,
            s->cycle, s->events, s->open_tasks, s->servers, s->tasks[TASK_ACCEPTED],
            s->tasks[TASK_AWARDED], s->tasks[TASK_SETTLED], s->tasks[TASK_SETTLED_LATE],
            s->tasks[TASK_UNSERVED], s->tasks[TASK_FAILED], s->tasks[TASK_CANCELLED]);
    fprintf(out,
            ",\"profit_micro\":%.0f,\"awarded_micro\":%.0f,\"awarded_gigacycles\":%.9g"
            ",\"commit_p99_s\":%.6f}",
            s->profit_micro, s->awarded_micro, s->awarded_cycles / 1e9,
            live_commit_quantile(before, s, 0.99));
}

// Of those that are kept: the span's, no more than a chart has room for, and how it stands now.
static void write_history(http_request *r, int64_t from_ns, FILE *out)
{
    live *l = r->server->live;
    int64_t now_ns = live_now_ns(l);
    const exchange *x = live_lock(l);
    const live_history *h = live_history_of(l);
    size_t first = 0;
    while (first < h->count && live_history_at(h, first)->at_ns < from_ns) {
        first++;
    }
    size_t step = (h->count - first) / HISTORY_POINTS + 1;
    const live_sample zero = {0}, *before = first > 0 ? live_history_at(h, first - 1) : &zero;
    for (size_t i = first; i < h->count; i += step) {
        write_sample(r, before, live_history_at(h, i), out);
        fputs(",", out);
        before = live_history_at(h, i);
    }
    const live_sample now =
        live_sample_of(x, live_figures_of(l), exchange_store_size(live_store(l)), now_ns);
    write_sample(r, before, &now, out);
    live_unlock(l);
}

bool answer_history(http_request *r, FILE *out)
{
    int64_t span_s = 900;
    const char *text = http_query(r, "span");
    if (text != NULL && (!fields_digits(text, &span_s) || span_s < 60 || span_s > 86400)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "span must be in [60, 86400]");
    }
    fputs("{\"started_at\":", out);
    http_out_unix(r, out, live_started_ns(r->server->live));
    fprintf(out, ",\"every_s\":%d,\"samples\":[", (int)(HISTORY_EVERY_NS / 1000000000));
    write_history(r, live_now_ns(r->server->live) - span_s * 1000000000, out);
    fputs("]}", out);
    return true;
}
