// SPDX-License-Identifier: Apache-2.0
// Parties, keys, servers and asks.
#include "exchange/http/answer/units.h"
#include "exchange/http/out.h"
#include "exchange/http/table.h"
#include "exchange/sign/sign.h"

#include <inttypes.h>
#include <string.h>

// ---- parties and keys

static void write_party(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    (void)csv;
    (void)r;
    fprintf(out, "{\"id\":\"%d\",\"role\":\"%s\",\"name\":", sqlite3_column_int(row, 0),
            sqlite3_column_text(row, 1));
    out_text(out, (const char *)sqlite3_column_text(row, 2));
    fputs("}", out);
}

bool answer_parties(http_request *r, FILE *out)
{
    static const http_table parties = {
        "parties", NULL,
        "SELECT id,role,name FROM party WHERE id>?1 AND ?3 IS NULL ORDER BY id LIMIT ?2",
        write_party};
    return http_answer_table(r, &parties, NULL, out);
}

bool answer_party(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    r->status = item->result.code == CODE_REPEATED ? MHD_HTTP_OK : MHD_HTTP_CREATED;
    fprintf(out, "{\"id\":\"%" PRId64 "\",\"role\":\"%s\",\"name\":", item->result.id,
            exchange_role_name((exchange_role)item->event.party.role));
    out_text(out, item->name);
    fputs("}", out);
    return true;
}

bool answer_key(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    char hash[65];
    sign_hex(item->event.key.key.byte, sizeof item->event.key.key.byte, hash);
    r->status = item->result.code == CODE_REPEATED ? MHD_HTTP_OK : MHD_HTTP_CREATED;
    fprintf(out, "{\"party\":\"%d\",\"hash\":\"%s\"", item->event.key.party, hash);
    if (r->once[0] != '\0') {
        fprintf(out, ",\"key\":\"%s\"", r->once);
    }
    fputs("}", out);
    return true;
}

bool answer_revoked(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    fprintf(out, "{\"hash\":\"%s\",\"event_seq\":\"%" PRId64 "\"}", r->parts.text[0], item->seq);
    return true;
}

bool answer_deposit(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    fprintf(out, "{\"party\":\"%d\",\"amount_micro\":", item->event.deposit.party);
    out_money(out, item->event.deposit.amount);
    fprintf(out, ",\"event_seq\":\"%" PRId64 "\"}", item->seq);
    return true;
}

// ---- servers

// What goes with its asks, where something does.
static void write_offer(const http_request *r, const exchange_offer *o, FILE *out)
{
    if (o->until_ns == 0 && o->floor == 0 && o->min_count == 0 && o->notice_ns == 0) {
        return;
    }
    fputs(",\"offer\":{\"until\":", out);
    if (o->until_ns > 0) {
        http_out_unix(r, out, o->until_ns);
    } else {
        fputs("null", out);
    }
    fputs(",\"floor_micro\":", out);
    out_money(out, o->floor);
    fprintf(out, ",\"min_count\":%d,\"notice_s\":%" PRId64 "}", o->min_count,
            o->notice_ns / 1000000000);
}

// Under the lock of the exchange.
static bool write_server_view(http_request *r, const exchange *x, int32_t id, const char *name,
                              FILE *out)
{
    exchange_server_view v;
    if (!exchange_server_find(x, id, &v)) {
        return false;
    }
    bool geo = exchange_store_setup_view(live_store(r->server->live))->world.geometry == DCAT_GEO;
    fprintf(out, "{\"id\":\"%d\",\"party\":\"%d\",\"name\":", id, v.party);
    out_text(out, name);
    fprintf(out, ",\"state\":\"%s\",\"%s\":%.15g,\"%s\":%.15g",
            machines[MACHINE_SERVER].states[v.state], geo ? "lon" : "x_km",
            geo ? v.machine.x : v.machine.x / 1e3, geo ? "lat" : "y_km",
            geo ? v.machine.y : v.machine.y / 1e3);
    fprintf(out,
            ",\"speed_ghz\":%.15g,\"cores\":%d,\"cards\":%d,\"strikes\":%d,\"probation\":%s,"
            "\"open_parts\":%d",
            (double)v.machine.speed_hz / 1e9, v.machine.core_count, v.machine.card_count, v.strikes,
            v.probation ? "true" : "false", v.open_parts);
    write_offer(r, &v.offer, out);
    out_units(exchange_store_setup_view(live_store(r->server->live)), x, id, out);
    out_benchmarks(exchange_store_setup_view(live_store(r->server->live)), x, id, out);
    const exchange_canaries canaries = exchange_canaries_of(x, id);
    out_canaries(r, exchange_config_view(x)->canary_ns > 0 ? &canaries : NULL, out);
    fputs("}", out);
    return true;
}

static void write_server(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    (void)csv;
    const exchange *x = live_lock(r->server->live);
    write_server_view(r, x, sqlite3_column_int(row, 0), (const char *)sqlite3_column_text(row, 1),
                      out);
    live_unlock(r->server->live);
}

bool answer_servers(http_request *r, FILE *out)
{
    static const http_table servers = {
        "servers", NULL,
        "SELECT id,name FROM server WHERE id>?1 AND (?3 IS NULL OR party=?3) ORDER BY id LIMIT ?2",
        write_server};
    return http_answer_table(r, &servers, NULL, out);
}

// Of a change: its name is in the log alone.
static bool write_changed(http_request *r, int32_t id, FILE *out)
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db, "SELECT id,name FROM server WHERE id=?");
    bool good = s != NULL;
    if (good) {
        sqlite3_bind_int(s, 1, id);
        int code = sqlite3_step(s);
        if (code == SQLITE_ROW) {
            write_server(r, s, false, out);
            code = sqlite3_step(s);
        }
        good = http_sql_end(r, s, code);
    }
    http_reader_give(r->server, reader);
    return good;
}

bool answer_server(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    if (r->route == ROUTE_ADD_SERVER) {
        r->status = item->result.code == CODE_REPEATED ? MHD_HTTP_OK : MHD_HTTP_CREATED;
        if (!r->written) { // kept under a key: by the writer, who has the lock
            fprintf(out, "{\"id\":\"%" PRId64 "\",\"name\":", item->result.id);
            out_text(out, item->name);
            fputs("}", out);
            return true;
        }
    }
    return write_changed(r, (int32_t)item->result.id, out);
}

bool answer_ask(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    const exchange *x = live_lock(r->server->live);
    exchange_time_view time = exchange_time(x);
    live_unlock(r->server->live);
    uint32_t from = time.cycle + (time.sealed ? 2 : 1);
    fprintf(out, "{\"server\":\"%d\",\"in_force_from_cycle\":%u,\"event_seq\":\"%" PRId64 "\"}",
            item->event.ask.server, from, item->seq);
    return true;
}

// ---- providers

static void write_provider(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    (void)csv;
    int32_t party = sqlite3_column_int(row, 0);
    int servers = 0, active = 0, strikes = 0;
    exchange_canaries sum = {0};
    const exchange *x = live_lock(r->server->live);
    for (int32_t i = 0; i < exchange_server_count(x); i++) {
        exchange_server_view v;
        if (exchange_server_find(x, i, &v) && v.party == party) {
            servers++;
            active += v.state == SERVER_ACTIVE;
            strikes += v.strikes;
            const exchange_canaries c = exchange_canaries_of(x, i);
            sum.passed += c.passed;
            sum.late += c.late;
            sum.failed += c.failed;
            sum.last_ns = c.last_ns > sum.last_ns ? c.last_ns : sum.last_ns;
        }
    }
    bool canaries = exchange_config_view(x)->canary_ns > 0;
    live_unlock(r->server->live);
    fprintf(out, "{\"id\":\"%d\",\"name\":", party);
    out_text(out, (const char *)sqlite3_column_text(row, 1));
    fprintf(out, ",\"servers\":%d,\"active\":%d,\"strikes\":%d", servers, active, strikes);
    out_canaries(r, canaries ? &sum : NULL, out);
    fputs("}", out);
}

bool answer_providers(http_request *r, FILE *out)
{
    static const http_table providers = {
        "providers", NULL,
        "SELECT id,name FROM party WHERE id>?1 AND role='provider' AND ?3 IS ?3 ORDER BY id"
        " LIMIT ?2",
        write_provider};
    return http_answer_table(r, &providers, NULL, out);
}
