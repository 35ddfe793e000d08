// SPDX-License-Identifier: Apache-2.0
// What a log says of itself and of who takes part.
#include "exchange/books/object.h"

#include "base/json.h"
#include "dcat/world.h"
#include "exchange/core/ledger.h"
#include "exchange/store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

sqlite3_stmt *books_sql(books *b, const char *sql, dcat_error *err)
{
    sqlite3 *db = exchange_reader_start(b->reader);
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK) {
        dcat_fail(err, DCAT_ERR_IO, "the log cannot be read: %s", sqlite3_errmsg(db));
        return NULL;
    }
    return s;
}

dcat_status books_end(books *b, sqlite3_stmt *s, int code, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (code != SQLITE_DONE) {
        status = dcat_fail(err, DCAT_ERR_IO, "the log cannot be read: %s",
                           sqlite3_errmsg(exchange_reader_start(b->reader)));
    }
    sqlite3_finalize(s);
    return status;
}

int64_t books_number(books *b, const char *sql, int64_t parameter, int64_t none)
{
    sqlite3_stmt *s = books_sql(b, sql, NULL);
    int64_t value = none;
    if (s != NULL) {
        sqlite3_bind_int64(s, 1, parameter);
        bool some = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL;
        value = some ? sqlite3_column_int64(s, 0) : none;
    }
    sqlite3_finalize(s);
    return value;
}

static void copy(char to[BOOKS_NAME], const char *from)
{
    snprintf(to, BOOKS_NAME, "%s", from == NULL ? "" : from);
}

// ---- the rules

static dcat_status read_areas(books *b, const json_t *areas, dcat_error *err)
{
    size_t count = json_array_size(areas);
    b->area_x = calloc(count + 1, sizeof *b->area_x);
    b->area_y = calloc(count + 1, sizeof *b->area_y);
    if (b->area_x == NULL || b->area_y == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for areas");
    }
    b->area_count = (int32_t)count;
    for (size_t a = 0; a < count; a++) {
        const json_t *area = json_array_get(areas, a);
        b->area_x[a] = json_number_value(json_array_get(area, 0));
        b->area_y[a] = json_number_value(json_array_get(area, 1));
    }
    return DCAT_OK;
}

static dcat_status read_rules(books *b, dcat_error *err)
{
    sqlite3_stmt *s = books_sql(b, "SELECT body FROM event WHERE seq=1", err);
    if (s == NULL) {
        return DCAT_ERR_IO;
    }
    json_t *rules = NULL;
    if (sqlite3_step(s) == SQLITE_ROW) {
        json_error_t why;
        rules = json_object_of(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), &why);
    }
    sqlite3_finalize(s);
    if (rules == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "the log does not begin with its rules");
    }
    const json_t *config = json_object_get(rules, "config");
    b->begun_ns = json_integer_value(json_object_get(rules, "begun_unix_ns"));
    b->slot_ns = json_integer_value(json_object_get(config, "slot_ns"));
    b->geo = json_integer_value(json_object_get(config, "geometry")) == DCAT_GEO;
    copy(b->name, json_string_value(json_object_get(rules, "name")));
    copy(b->currency, json_string_value(json_object_get(rules, "currency")));
    dcat_status status = read_areas(b, json_object_get(rules, "areas"), err);
    json_decref(rules);
    return status;
}

// Choice: names and currency come from settings, which may be another exchange's.
static dcat_status check_options(const books *b, dcat_error *err)
{
    const books_options *o = &b->options;
    if (o->area_names != NULL && o->area_count != b->area_count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the settings are of another exchange: they have %d areas, the log %d",
                         o->area_count, b->area_count);
    }
    return o->currency == NULL || strcmp(o->currency, b->currency) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE,
                           "the settings are of another exchange: currency is %.20s, of the log "
                           "%.20s",
                           o->currency, b->currency);
}

// ---- who takes part

// What is sealed with a party: salt, then JSON.
static void read_legal(books_party *p, const char *sealed, size_t bytes)
{
    const size_t salt = EXCHANGE_SALT_BYTES;
    json_error_t why;
    json_t *said = bytes > salt ? json_object_of(sealed + salt, bytes - salt, &why) : NULL;
    copy(p->legal_name, json_string_value(json_object_get(said, "legal_name")));
    copy(p->tax_id, json_string_value(json_object_get(said, "tax_id")));
    json_decref(said);
}

static int32_t role_of(const char *word)
{
    int32_t role = 0;
    while (role < ROLE_COUNT && strcmp(exchange_role_name((exchange_role)role), word) != 0) {
        role++;
    }
    return role;
}

static dcat_status read_parties(books *b, dcat_error *err)
{
    int64_t count = 1 + books_number(b, "SELECT max(id)+?*0 FROM party", 0, -1);
    b->parties = calloc((size_t)count + 1, sizeof *b->parties);
    sqlite3_stmt *s = books_sql(b,
                                "SELECT p.id,p.role,p.name,e.sealed FROM party p JOIN event e ON "
                                "e.seq=p.seq ORDER BY p.id",
                                err);
    if (b->parties == NULL || s == NULL) {
        sqlite3_finalize(s);
        return s == NULL ? DCAT_ERR_IO : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for parties");
    }
    b->party_count = (int32_t)count;
    int code = SQLITE_DONE;
    while ((code = sqlite3_step(s)) == SQLITE_ROW && sqlite3_column_int64(s, 0) < count) {
        books_party *p = &b->parties[sqlite3_column_int64(s, 0)];
        p->role = role_of((const char *)sqlite3_column_text(s, 1));
        snprintf(p->name, sizeof p->name, "party-%d", sqlite3_column_int(s, 0));
        if (sqlite3_column_type(s, 2) != SQLITE_NULL) {
            copy(p->name, (const char *)sqlite3_column_text(s, 2));
        }
        read_legal(p, sqlite3_column_blob(s, 3), (size_t)sqlite3_column_bytes(s, 3));
    }
    return books_end(b, s, code == SQLITE_ROW ? SQLITE_DONE : code, err);
}

// Choice: where a server is, is the area next to it.
static int32_t area_of(const books *b, double x, double y)
{
    int32_t best = -1;
    double least = INFINITY;
    for (int32_t a = 0; a < b->area_count; a++) {
        double across = b->geo ? cos(y * 3.14159265358979323846 / 180.0) : 1.0;
        double d = hypot((b->area_x[a] - x) * across, b->area_y[a] - y);
        best = d < least ? a : best;
        least = d < least ? d : least;
    }
    return best;
}

static dcat_status read_servers(books *b, dcat_error *err)
{
    int64_t count = 1 + books_number(b, "SELECT max(id)+?*0 FROM server", 0, -1);
    b->servers = calloc((size_t)count + 1, sizeof *b->servers);
    sqlite3_stmt *s = books_sql(b, "SELECT id,party,name,x,y FROM server ORDER BY id", err);
    if (b->servers == NULL || s == NULL) {
        sqlite3_finalize(s);
        return s == NULL ? DCAT_ERR_IO : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for servers");
    }
    b->server_count = (int32_t)count;
    int code = SQLITE_DONE;
    while ((code = sqlite3_step(s)) == SQLITE_ROW && sqlite3_column_int64(s, 0) < count) {
        books_server *server = &b->servers[sqlite3_column_int64(s, 0)];
        server->party = sqlite3_column_int(s, 1);
        copy(server->name, (const char *)sqlite3_column_text(s, 2));
        server->area = area_of(b, sqlite3_column_double(s, 3), sqlite3_column_double(s, 4));
    }
    return books_end(b, s, code == SQLITE_ROW ? SQLITE_DONE : code, err);
}

static dcat_status read_units(books *b, dcat_error *err)
{
    int64_t count = books_number(b, "SELECT count(*)+?*0 FROM unit", 0, 0);
    b->units = calloc((size_t)count + 1, sizeof *b->units);
    sqlite3_stmt *s = books_sql(b,
                                "SELECT server,pool,coalesce(device,pool),declared_hz,cores,cards "
                                "FROM unit ORDER BY server,pool",
                                err);
    if (b->units == NULL || s == NULL) {
        sqlite3_finalize(s);
        return s == NULL ? DCAT_ERR_IO : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for units");
    }
    int code = SQLITE_DONE;
    while ((code = sqlite3_step(s)) == SQLITE_ROW && b->unit_count < count) {
        int64_t server = sqlite3_column_int64(s, 0);
        if (server < 0 || server >= b->server_count) {
            continue; // it came meanwhile
        }
        books_unit *u = &b->units[b->unit_count];
        u->server = (int32_t)server;
        snprintf(u->pool, sizeof u->pool, "%s", (const char *)sqlite3_column_text(s, 1));
        snprintf(u->device, sizeof u->device, "%s", (const char *)sqlite3_column_text(s, 2));
        u->speed_hz = sqlite3_column_int64(s, 3);
        u->cores = sqlite3_column_int(s, 4);
        u->cards = sqlite3_column_int(s, 5);
        books_server *of = &b->servers[server];
        of->unit_first = of->unit_count == 0 ? b->unit_count : of->unit_first;
        of->unit_count++;
        b->unit_count++;
    }
    return books_end(b, s, code == SQLITE_ROW ? SQLITE_DONE : code, err);
}

int32_t books_unit_of(const books *b, int64_t server, const char *pool)
{
    if (server < 0 || server >= b->server_count) {
        return -1;
    }
    const books_server *s = &b->servers[server];
    for (int32_t i = s->unit_first; i < s->unit_first + s->unit_count; i++) {
        if (strcmp(b->units[i].pool, pool) == 0) {
            return i;
        }
    }
    return -1;
}

dcat_status books_open(exchange_reader *reader, const books_options *options, books **b,
                       dcat_error *err)
{
    books *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for books");
    }
    made->reader = reader;
    made->options = *options;
    dcat_status status = read_rules(made, err);
    if (status == DCAT_OK) {
        status = check_options(made, err);
    }
    if (status == DCAT_OK) {
        status = read_parties(made, err);
    }
    if (status == DCAT_OK) {
        status = read_servers(made, err);
    }
    if (status == DCAT_OK) {
        status = read_units(made, err);
    }
    if (status != DCAT_OK) {
        books_close(made);
        return status;
    }
    *b = made;
    return DCAT_OK;
}

void books_close(books *b)
{
    if (b != NULL) {
        free(b->parties);
        free(b->servers);
        free(b->units);
        free(b->area_x);
        free(b->area_y);
        free(b);
    }
}
