// SPDX-License-Identifier: Apache-2.0
// What servers showed in benchmarks and canaries, and the documents that say so.
#include "base/json.h"
#include "exchange/http/answer/units.h"
#include "exchange/http/out.h"
#include "exchange/http/request.h"

#include <inttypes.h>
#include <stdlib.h>

// Of the class, as it was measured.
static double class_hz(const exchange_setup *setup, const exchange *x, int32_t server, size_t q)
{
    double unit_hz = (double)exchange_benchmark_hz(x, server, (int32_t)q);
    exchange_unit_view unit;
    if (setup->resources == NULL ||
        !exchange_unit_find(x, server, exchange_class_pool(&setup->config, (int32_t)q), &unit)) {
        return unit_hz;
    }
    return unit_hz * setup->resources
                         ->efficiency[(size_t)unit.unit.device * setup->resources->class_count + q];
}

void out_benchmarks(const exchange_setup *setup, const exchange *x, int32_t server, FILE *out)
{
    bool some = false;
    for (size_t q = 0; q < http_class_count(setup); q++) {
        if (exchange_benchmark_hz(x, server, (int32_t)q) > 0) {
            fputs(some ? ",{\"class\":" : ",\"benchmarks\":[{\"class\":", out);
            out_text(out, http_class_name(setup, q));
            fprintf(out, ",\"speed_ghz\":%.9g}", class_hz(setup, x, server, q) / 1e9);
            some = true;
        }
    }
    fputs(some ? "]" : "", out);
}

void out_canaries(const http_request *r, const exchange_canaries *c, FILE *out)
{
    if (c == NULL) {
        return;
    }
    fprintf(out, ",\"canaries\":{\"passed\":%d,\"late\":%d,\"failed\":%d,\"last_at\":", c->passed,
            c->late, c->failed);
    if (c->last_ns > 0) {
        http_out_unix(r, out, c->last_ns);
    } else {
        fputs("null", out);
    }
    fputs("}", out);
}

void out_programs(const http_request *r, const exchange_setup *setup, FILE *out)
{
    fprintf(out, ",\"benchmark\":{\"required\":%s,\"age_s\":%.9g,\"programs\":{",
            setup->config.benchmark ? "true" : "false",
            (double)r->server->config.benchmark_age_ns / 1e9);
    for (size_t q = 0; q < http_class_count(setup); q++) {
        fputs(q > 0 ? "," : "", out);
        out_text(out, http_class_name(setup, q));
        fprintf(out, ":\"%s\"", http_program_of(r, q));
    }
    fputs("}}", out);
}

bool answer_benchmark(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    const exchange_benchmark *b = &item->event.benchmark;
    const exchange *x = live_lock(r->server->live);
    double speed_hz = class_hz(setup, x, b->server, (size_t)b->class_id);
    live_unlock(r->server->live);
    fprintf(out, "{\"server\":\"%d\",\"class\":", b->server);
    out_text(out, http_class_name(setup, (size_t)b->class_id));
    fprintf(out, ",\"speed_ghz\":%.9g,\"event_seq\":\"%" PRId64 "\"}", speed_hz / 1e9, item->seq);
    return true;
}

// ---- the documents

#define BENCHMARKS                                                                                 \
    "SELECT e.seq,e.at_ns,e.sealed FROM event e WHERE e.kind='benchmark' AND"                      \
    " json_extract(e.body,'$.data.server')=?1 AND EXISTS(SELECT 1 FROM server s WHERE s.id=?1 AND" \
    " (?2 IS NULL OR s.party=?2)) ORDER BY e.seq DESC LIMIT 100"

// Byte for byte as it was handed in, but for spaces: what was signed is its canonical form.
static void write_document(http_request *r, sqlite3_stmt *s, FILE *out)
{
    int bytes = sqlite3_column_bytes(s, 2);
    const char *sealed = sqlite3_column_blob(s, 2);
    fprintf(out, "{\"event_seq\":\"%" PRId64 "\",\"at\":", http_int(s, 0));
    http_out_unix(r, out, http_int(s, 1));
    bool whole = bytes > EXCHANGE_SALT_BYTES + 2;
    if (whole) { // an object of its own, without its first brace
        fputs(",", out);
        fwrite(sealed + EXCHANGE_SALT_BYTES + 1, 1, (size_t)(bytes - EXCHANGE_SALT_BYTES - 1), out);
    } else {
        fputs("}", out);
    }
}

bool answer_benchmarks(http_request *r, FILE *out)
{
    int64_t server = 0;
    if (!http_part_id(r, 0, &server)) {
        return false;
    }
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db, BENCHMARKS);
    bool good = s != NULL, some = false;
    fputs("{\"benchmarks\":[", out);
    if (good) {
        sqlite3_bind_int64(s, 1, server);
        if (!http_reads_all(r)) {
            sqlite3_bind_int(s, 2, r->caller.party);
        }
        int code = SQLITE_DONE;
        while ((code = sqlite3_step(s)) == SQLITE_ROW) {
            fputs(some ? "," : "", out);
            write_document(r, s, out);
            some = true;
        }
        good = http_sql_end(r, s, code);
    }
    http_reader_give(r->server, reader);
    fputs("]}", out);
    return good;
}
