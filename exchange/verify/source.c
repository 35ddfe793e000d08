// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/source.h"

#include "exchange/verify/tree.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { BYTES_MAX = 256 << 20, TIMEOUT_S = 60, TRIES = 30 };

struct verify_source {
    char *where;
    const char *ca_file;
    sqlite3 *db; // of a data folder
    CURL *curl;  // of a URL
};

// ---- opening

static bool is_url(const char *where)
{
    return strncmp(where, "http://", 7) == 0 || strncmp(where, "https://", 8) == 0;
}

// How much there is beside tables and indices: views and computed columns, which could stand for a
// table and never end, and triggers. What cannot be read has none, and no tables either.
static int count_strange(sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    bool read = sqlite3_prepare_v2(
                    db,
                    "SELECT count(*) FROM sqlite_schema s WHERE type NOT IN('table','index') OR "
                    "sql LIKE 'create virtual%' OR EXISTS"
                    "(SELECT 1 FROM pragma_table_xinfo(s.name) WHERE hidden<>0)",
                    -1, &row, NULL) == SQLITE_OK &&
                sqlite3_step(row) == SQLITE_ROW;
    int count = read ? sqlite3_column_int(row, 0) : 0;
    sqlite3_finalize(row);
    return count;
}

static dcat_status open_database(verify_source *s, const char *path, dcat_error *err)
{
    sqlite3_stmt *row = NULL;
    bool good = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                sqlite3_exec(s->db, "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;BEGIN",
                             NULL, NULL, NULL) == SQLITE_OK;
    if (good && count_strange(s->db) > 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s is no log: it has more than tables and indices",
                         path);
    }
    good = good &&
           sqlite3_prepare_v2(s->db,
                              "SELECT seq,epoch,slot,at_ns,kind,actor,body,sealed,leaf FROM event "
                              "UNION ALL SELECT size,root,note,slot,0,0,0,0,0 FROM checkpoint",
                              -1, &row, NULL) == SQLITE_OK;
    sqlite3_step(row); // all that is read is as it stands now, whoever writes meanwhile
    sqlite3_finalize(row);
    return good ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_FORMAT, "%s is no log with checkpoints: %s", path,
                            sqlite3_errmsg(s->db));
}

static dcat_status open_it(verify_source *s, dcat_error *err)
{
    if (is_url(s->where)) {
        s->curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
        return s->curl != NULL ? DCAT_OK
                               : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a connection");
    }
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/exchange.db", s->where);
    if (stat(path, &about) == 0) {
        return open_database(s, path, err);
    }
    snprintf(path, sizeof path, "%s/checkpoint", s->where);
    return stat(path, &about) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_NOT_FOUND,
                           "%s: there is no log: neither exchange.db, as in a data folder, nor "
                           "checkpoint, as in an exported one",
                           s->where);
}

dcat_status verify_source_open(const char *where, const char *ca_file, verify_source **source,
                               dcat_error *err)
{
    verify_source *s = calloc(1, sizeof *s);
    char *copy = strdup(where);
    if (s == NULL || copy == NULL) {
        free(s);
        free(copy);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a log");
    }
    s->where = copy;
    s->ca_file = ca_file;
    size_t length = strlen(copy);
    if (length > 1 && copy[length - 1] == '/') {
        copy[length - 1] = '\0';
    }
    dcat_status status = open_it(s, err);
    if (status != DCAT_OK) {
        verify_source_close(s);
        return status;
    }
    *source = s;
    return DCAT_OK;
}

void verify_source_close(verify_source *source)
{
    if (source != NULL) {
        sqlite3_close(source->db);
        curl_easy_cleanup(source->curl);
        free(source->where);
        free(source);
    }
}

sqlite3 *verify_source_db(const verify_source *source)
{
    return source->db;
}

// ---- resources

static dcat_status none(const verify_source *s, const char *name, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s has no %s", s->where, name);
}

static bool add(verify_bytes *bytes, const char *more, size_t count)
{
    char *larger =
        bytes->count + count > BYTES_MAX ? NULL : realloc(bytes->at, bytes->count + count + 1);
    if (larger == NULL) {
        return false;
    }
    memcpy(&larger[bytes->count], more, count);
    bytes->at = larger;
    bytes->count += count;
    larger[bytes->count] = '\0';
    return true;
}

static void drop(verify_bytes *bytes)
{
    free(bytes->at);
    *bytes = (verify_bytes){NULL, 0};
}

static size_t receive(char *at, size_t one, size_t count, void *user)
{
    (void)one;
    return add(user, at, count) ? count : 0;
}

static CURLcode fetch_once(verify_source *s, const char *url, verify_bytes *bytes, long *status)
{
    curl_easy_setopt(s->curl, CURLOPT_URL, url);
    curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, bytes);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (s->ca_file != NULL) {
        curl_easy_setopt(s->curl, CURLOPT_CAINFO, s->ca_file);
    }
    CURLcode code = curl_easy_perform(s->curl);
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, status);
    return code;
}

static void pause_s(void)
{
    struct timespec second = {.tv_sec = 1};
    nanosleep(&second, NULL);
}

static dcat_status fetch(verify_source *s, const char *name, verify_bytes *bytes, dcat_error *err)
{
    char url[4096];
    snprintf(url, sizeof url, "%s/v1/log/%s", s->where, name);
    for (int i = 0;; i++) {
        long status = 0;
        CURLcode code = fetch_once(s, url, bytes, &status);
        bool busy = code == CURLE_OK && (status == 503 || status == 429);
        if (code == CURLE_OK && status == 200) {
            return bytes->at != NULL || add(bytes, "", 0)
                       ? DCAT_OK
                       : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %s", name);
        }
        drop(bytes);
        if (busy && i < TRIES) {
            pause_s();
            continue;
        }
        if (code == CURLE_OK && status == 404) {
            return none(s, name, err);
        }
        return code == CURLE_OK
                   ? dcat_fail(err, DCAT_ERR_IO, "%s answers %ld", url, status)
                   : dcat_fail(err, DCAT_ERR_IO, "%s: %s", url, curl_easy_strerror(code));
    }
}

dcat_status verify_read_file(const char *path, verify_bytes *bytes, dcat_error *err)
{
    *bytes = (verify_bytes){NULL, 0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        bool none = errno == ENOENT || errno == ENOTDIR;
        return dcat_fail(err, none ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO, "%s: %s", path,
                         strerror(errno));
    }
    char piece[65536];
    size_t got = 0;
    bool good = add(bytes, "", 0);
    while (good && (got = fread(piece, 1, sizeof piece, file)) > 0) {
        good = add(bytes, piece, got);
    }
    good = good && !ferror(file);
    fclose(file);
    if (!good) {
        drop(bytes);
        return dcat_fail(err, DCAT_ERR_IO, "%s cannot be read, or is too long", path);
    }
    return DCAT_OK;
}

static dcat_status read_file(verify_source *s, const char *name, verify_bytes *bytes,
                             dcat_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", s->where, name);
    dcat_status status = verify_read_file(path, bytes, err);
    return status == DCAT_ERR_NOT_FOUND ? none(s, name, err) : status;
}

// Of a data folder: what stands in a column of the rows, a line each.
static dcat_status select_lines(verify_source *s, const char *name, const char *sql, bool lines,
                                verify_bytes *bytes, dcat_error *err)
{
    sqlite3_stmt *row = NULL;
    bool good = true;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &row, NULL);
    while (good && code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(row, 0);
        size_t length = (size_t)sqlite3_column_bytes(row, 0);
        good = add(bytes, text == NULL ? "" : text, length) && add(bytes, "\n", lines);
    }
    sqlite3_finalize(row);
    if (!good) {
        drop(bytes);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %s", name);
    }
    return bytes->at != NULL ? DCAT_OK : none(s, name, err);
}

dcat_status verify_source_get(verify_source *source, const char *name, verify_bytes *bytes,
                              dcat_error *err)
{
    *bytes = (verify_bytes){NULL, 0};
    if (source->curl != NULL) {
        return fetch(source, name, bytes, err);
    }
    if (source->db == NULL) {
        return read_file(source, name, bytes, err);
    }
    if (strcmp(name, "checkpoint") == 0) {
        return select_lines(source, name, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1",
                            false, bytes, err);
    }
    return strcmp(name, "key") == 0
               ? select_lines(source, name, "SELECT verifier FROM log_key ORDER BY from_size", true,
                              bytes, err)
               : none(source, name, err);
}

void verify_place(const char *what, uint64_t index, uint64_t width, char name[VERIFY_NAME_SIZE])
{
    int used = snprintf(name, VERIFY_NAME_SIZE, "%s/", what);
    uint64_t unit = 1;
    while (index / unit >= 1000) {
        unit *= 1000;
    }
    for (; unit > 1; unit /= 1000) {
        used += snprintf(&name[used], (size_t)(VERIFY_NAME_SIZE - used), "x%03" PRIu64 "/",
                         index / unit % 1000);
    }
    used += snprintf(&name[used], (size_t)(VERIFY_NAME_SIZE - used), "%03" PRIu64, index % 1000);
    if (width < VERIFY_TILE) {
        snprintf(&name[used], (size_t)(VERIFY_NAME_SIZE - used), ".p/%" PRIu64, width);
    }
}

// ---- events

static dcat_status next_row(verify_reading *r, verify_entry *entry, dcat_error *err)
{
    sqlite3 *db = r->source->db;
    if (r->rows == NULL &&
        sqlite3_prepare_v2(db,
                           "SELECT seq,epoch,slot,at_ns,kind,actor,body,sealed,leaf FROM event "
                           "ORDER BY seq",
                           -1, &r->rows, NULL) != SQLITE_OK) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "the log cannot be read: %s", sqlite3_errmsg(db));
    }
    int code = sqlite3_step(r->rows);
    if (code != SQLITE_ROW) {
        return code == SQLITE_DONE
                   ? DCAT_OK
                   : dcat_fail(err, DCAT_ERR_FORMAT,
                               "the log cannot be read behind event %" PRId64 ": %s", r->seq,
                               sqlite3_errmsg(db));
    }
    const char *body = sqlite3_column_blob(r->rows, 6);
    *entry = (verify_entry){.seq = sqlite3_column_int64(r->rows, 0),
                            .body = body == NULL ? "" : body,
                            .body_bytes = (size_t)sqlite3_column_bytes(r->rows, 6),
                            .row = r->rows};
    if (entry->seq != r->seq + 1) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRId64 ": it is missing", r->seq + 1);
    }
    r->seq = entry->seq;
    return DCAT_OK;
}

static dcat_status next_bundle(verify_reading *r, dcat_error *err)
{
    uint64_t index = (uint64_t)r->seq / VERIFY_TILE, left = r->size - index * VERIFY_TILE;
    char name[VERIFY_NAME_SIZE];
    verify_place("entries", index, left < VERIFY_TILE ? left : VERIFY_TILE, name);
    free(r->bundle.at);
    r->at = 0;
    return verify_source_get(r->source, name, &r->bundle, err);
}

dcat_status verify_next(verify_reading *r, verify_entry *entry, dcat_error *err)
{
    *entry = (verify_entry){.seq = 0};
    if (r->source->db != NULL) {
        return next_row(r, entry, err);
    }
    bool at_end = (uint64_t)r->seq == r->size;
    if ((r->seq % VERIFY_TILE == 0 || at_end) && r->at != r->bundle.count) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRId64 ": more than its events follow it",
                         r->seq);
    }
    if (at_end) {
        return DCAT_OK;
    }
    dcat_status status = r->seq % VERIFY_TILE == 0 ? next_bundle(r, err) : DCAT_OK;
    if (status != DCAT_OK) {
        return status;
    }
    const char *from = &r->bundle.at[r->at];
    const char *stop = r->at < r->bundle.count ? memchr(from, '\n', r->bundle.count - r->at) : NULL;
    if (stop == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRId64 ": it is missing", r->seq + 1);
    }
    *entry = (verify_entry){.seq = ++r->seq, .body = from, .body_bytes = (size_t)(stop - from)};
    r->at += entry->body_bytes + 1;
    return DCAT_OK;
}

void verify_reading_end(verify_reading *reading)
{
    sqlite3_finalize(reading->rows);
    free(reading->bundle.at);
    *reading = (verify_reading){0};
}
