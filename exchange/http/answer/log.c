// SPDX-License-Identifier: Apache-2.0
// The log for everybody: checkpoint, tiles and entries as C2SP tlog-tiles names them, proofs, and
// what was sealed, once its time is over. Nothing is shown that the last checkpoint does not cover.
#include "exchange/http/fields.h"
#include "exchange/http/out.h"
#include "exchange/http/request.h"
#include "exchange/log/hashes.h"
#include "exchange/log/key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BUNDLE_ENTRY_MAX = 65535, INDEX_DIGITS = 3 };

// ---- the last checkpoint

typedef struct newest {
    uint64_t size;
    char note[LOG_NOTE_SIZE];
} newest;

static bool read_newest(http_request *r, sqlite3 *db, newest *n)
{
    *n = (newest){0};
    sqlite3_stmt *row =
        http_sql(r, db, "SELECT size,note FROM checkpoint ORDER BY size DESC LIMIT 1");
    if (row == NULL) {
        return false;
    }
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW) {
        n->size = (uint64_t)http_int(row, 0);
        snprintf(n->note, sizeof n->note, "%s", (const char *)sqlite3_column_text(row, 1));
        code = SQLITE_DONE;
    }
    return http_sql_end(r, row, code) &&
           (n->size > 0 || http_refuse(&r->problem, PROBLEM_BUSY, "nothing is signed yet"));
}

bool answer_checkpoint(http_request *r, FILE *out)
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    newest n;
    bool good = read_newest(r, db, &n);
    http_reader_give(r->server, reader);
    r->type = "text/plain; charset=utf-8";
    fputs(good ? n.note : "", out);
    return good;
}

bool answer_log_key(http_request *r, FILE *out)
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *row = http_sql(r, db, "SELECT verifier FROM log_key ORDER BY from_size");
    int code = SQLITE_DONE;
    while (row != NULL && (code = sqlite3_step(row)) == SQLITE_ROW) {
        fprintf(out, "%s\n", (const char *)sqlite3_column_text(row, 0));
    }
    bool good = row != NULL && http_sql_end(r, row, code);
    http_reader_give(r->server, reader);
    r->type = "text/plain; charset=utf-8";
    return good;
}

// ---- names of tiles

typedef struct place {
    uint64_t index; // of the tile
    size_t width;
} place;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// "x001/x234/067", and ".p/12" where it is not full.
static bool read_place(const char *text, place *p)
{
    uint64_t index = 0;
    for (bool more = true; more;) {
        more = *text == 'x';
        text += more;
        for (int i = 0; i < INDEX_DIGITS; i++) {
            if (!is_digit(text[i]) || index > UINT64_C(1) << 50) {
                return false;
            }
            index = index * 10 + (uint64_t)(text[i] - '0');
        }
        text += INDEX_DIGITS;
        if (more && *text++ != '/') {
            return false;
        }
    }
    *p = (place){.index = index, .width = LOG_WIDTH};
    if (*text == '\0') {
        return true;
    }
    char *end = NULL;
    if (strncmp(text, ".p/", 3) != 0 || text[3] < '1' || text[3] > '9') {
        return false;
    }
    p->width = (size_t)strtoul(&text[3], &end, 10);
    return *end == '\0' && p->width < LOG_WIDTH;
}

static bool no_tile(http_request *r)
{
    return http_refuse(&r->problem, PROBLEM_NOT_FOUND,
                       "there is no such tile under the last checkpoint");
}

// The place of a request under the last checkpoint, of a level of the tree.
static bool find_place(http_request *r, sqlite3 *db, int part, int level, place *p)
{
    newest n;
    if (!read_newest(r, db, &n)) {
        return false;
    }
    return (read_place(r->parts.text[part], p) &&
            p->index * LOG_WIDTH + p->width <= n.size >> (LOG_BITS * level)) ||
           no_tile(r);
}

// ---- tiles

bool answer_tile(http_request *r, FILE *out)
{
    const char *digits = r->parts.text[0];
    int level = is_digit(digits[0]) && digits[1] == '\0' ? digits[0] - '0' : LOG_LEVELS;
    merkle_hash hashes[LOG_WIDTH];
    place p = {0};
    if (level >= LOG_LEVELS) {
        return no_tile(r);
    }
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    bool good =
        find_place(r, db, 1, level, &p) &&
        (log_hashes(db, level, p.index * LOG_WIDTH, p.width, hashes) ||
         http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read: %s", sqlite3_errmsg(db)));
    http_reader_give(r->server, reader);
    r->type = "application/octet-stream";
    fwrite(hashes, MERKLE_BYTES, good ? p.width : 0, out);
    return good;
}

static void write_entry(const char *body, size_t length, bool bundle, FILE *out)
{
    if (bundle) {
        fputc((int)(length >> 8), out);
        fputc((int)(length & 0xff), out);
    }
    fwrite(body, 1, length, out);
    fputs(bundle ? "" : "\n", out);
}

// One body a line; or as a bundle, length and body, which has no room for the longest ones.
static bool write_entries(http_request *r, bool bundle, FILE *out)
{
    place p = {0};
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *row =
        find_place(r, db, 0, 0, &p)
            ? http_sql(r, db, "SELECT body FROM event WHERE seq>?1 AND seq<=?1+?2 ORDER BY seq")
            : NULL;
    bool good = row != NULL;
    if (good) {
        sqlite3_bind_int64(row, 1, (int64_t)(p.index * LOG_WIDTH));
        sqlite3_bind_int64(row, 2, (int64_t)p.width);
        int code = SQLITE_DONE;
        while (good && (code = sqlite3_step(row)) == SQLITE_ROW) {
            size_t length = (size_t)sqlite3_column_bytes(row, 0);
            good = !bundle || length <= BUNDLE_ENTRY_MAX ||
                   http_refuse(&r->problem, PROBLEM_NOT_FOUND,
                               "an entry is too long for a bundle: see /v1/log/entries");
            write_entry(sqlite3_column_blob(row, 0), good ? length : 0, bundle, out);
        }
        good = http_sql_end(r, row, good ? code : SQLITE_DONE) && good;
    }
    http_reader_give(r->server, reader);
    return good;
}

bool answer_entries(http_request *r, FILE *out)
{
    r->type = "application/jsonl";
    return write_entries(r, false, out);
}

bool answer_bundle(http_request *r, FILE *out)
{
    r->type = "application/octet-stream";
    return write_entries(r, true, out);
}

// ---- one event

static bool write_body(http_request *r, sqlite3 *db, int64_t seq, FILE *out)
{
    sqlite3_stmt *row = http_sql(r, db, "SELECT CAST(body AS TEXT) FROM event WHERE seq=?");
    if (row == NULL) {
        return false;
    }
    sqlite3_bind_int64(row, 1, seq);
    bool there = sqlite3_step(row) == SQLITE_ROW;
    if (there) {
        out_text(out, (const char *)sqlite3_column_text(row, 0));
    }
    sqlite3_finalize(row);
    return there || http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read");
}

static bool write_proof(http_request *r, sqlite3 *db, int64_t seq, FILE *out)
{
    newest n;
    merkle_hash path[LOG_PATH_MAX];
    if (!read_newest(r, db, &n)) {
        return false;
    }
    if (seq < 1 || (uint64_t)seq > n.size) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND,
                           "the last checkpoint is of events 1 to %" PRIu64, n.size);
    }
    int count = log_path(db, (uint64_t)seq - 1, n.size, path);
    if (count < 0) {
        return http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read: %s",
                           sqlite3_errmsg(db));
    }
    fprintf(out, "{\"seq\":\"%" PRId64 "\",\"index\":\"%" PRId64 "\",\"body\":", seq, seq - 1);
    bool good = write_body(r, db, seq, out);
    fputs(",\"path\":[", out);
    for (int i = 0; i < count; i++) {
        char digits[2 * MERKLE_BYTES + 1];
        sign_hex(path[i].byte, MERKLE_BYTES, digits);
        fprintf(out, "%s\"%s\"", i > 0 ? "," : "", digits);
    }
    fputs("],\"checkpoint\":", out);
    out_text(out, n.note);
    fputs("}", out);
    return good;
}

bool answer_proof(http_request *r, FILE *out)
{
    const char *text = http_query(r, "seq");
    int64_t seq = 0;
    if (text == NULL || !fields_digits(text, &seq)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "seq must be an event's number");
    }
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    bool good = write_proof(r, db, seq, out);
    http_reader_give(r->server, reader);
    return good;
}

// Of asks, when their time is over: the salt and what stood behind it.
bool answer_sealed(http_request *r, FILE *out)
{
    int64_t seq = 0, unseal_ns = r->server->config.unseal_ns;
    if (!http_part_id(r, 0, &seq)) {
        return false;
    }
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *row =
        http_sql(r, db, "SELECT at_ns,sealed FROM event WHERE seq=? AND kind='ask'");
    bool good = row != NULL;
    if (good) {
        sqlite3_bind_int64(row, 1, seq);
        good = (sqlite3_step(row) == SQLITE_ROW ||
                http_refuse(&r->problem, PROBLEM_NOT_FOUND, "no ask is event %" PRId64, seq)) &&
               (live_now_ns(r->server->live) - http_int(row, 0) >= unseal_ns ||
                http_refuse(&r->problem, PROBLEM_FORBIDDEN, "an ask is sealed for %" PRId64 " s",
                            unseal_ns / 1000000000));
        fwrite(good ? sqlite3_column_blob(row, 1) : "", 1,
               good ? (size_t)sqlite3_column_bytes(row, 1) : 0, out);
        sqlite3_finalize(row);
    }
    http_reader_give(r->server, reader);
    r->type = "application/octet-stream";
    return good;
}
