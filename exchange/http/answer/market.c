// SPDX-License-Identifier: Apache-2.0
// What everybody may know of the market.
#include "base/json.h"
#include "exchange/http/answer/units.h"
#include "exchange/http/fields.h"
#include "exchange/http/out.h"
#include "exchange/http/request.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

// ---- clusters

static int by_cluster(const void *a, const void *b)
{
    const int32_t *one = a, *other = b; // cluster, server
    return one[0] != other[0] ? (one[0] > other[0]) - (one[0] < other[0])
                              : (one[1] > other[1]) - (one[1] < other[1]);
}

bool answer_clusters(http_request *r, FILE *out)
{
    const exchange *x = live_lock(r->server->live);
    int32_t count = exchange_server_count(x), used = 0;
    uint32_t cycle = exchange_time(x).cycle;
    int32_t(*pairs)[2] = calloc((size_t)count + 1, sizeof *pairs);
    for (int32_t i = 0; pairs != NULL && i < count; i++) {
        int32_t cluster = exchange_cluster_of(x, i);
        if (cluster >= 0) {
            pairs[used][0] = cluster;
            pairs[used++][1] = i;
        }
    }
    live_unlock(r->server->live);
    if (pairs == NULL) {
        return http_refuse(&r->problem, PROBLEM_BUSY, "no memory");
    }
    qsort(pairs, (size_t)used, sizeof *pairs, by_cluster);
    fprintf(out, "{\"cycle\":%u,\"clusters\":[", cycle);
    for (int32_t i = 0; i < used; i++) {
        bool same = i > 0 && pairs[i][0] == pairs[i - 1][0];
        fprintf(out, "%s\"%d\"", i == 0 ? "[" : same ? "," : "],[", pairs[i][1]);
    }
    fputs(used > 0 ? "]]}" : "]}", out);
    free(pairs);
    return true;
}

// The cluster of every server that was sealed, in their order, as the event has it.
static void write_partition(sqlite3_stmt *s, FILE *out)
{
    json_error_t why;
    json_t *body =
        json_object_of(sqlite3_column_blob(s, 6), (size_t)sqlite3_column_bytes(s, 6), &why);
    const json_t *clusters = json_object_get(json_object_get(body, "data"), "clusters");
    fputs(",\"cluster_of\":[", out);
    for (size_t i = 0; i < json_array_size(clusters); i++) {
        fprintf(out, "%s%" JSON_INTEGER_FORMAT, i > 0 ? "," : "",
                json_integer_value(json_array_get(clusters, i)));
    }
    fputs("]", out);
    json_decref(body);
}

bool answer_cycle(http_request *r, FILE *out)
{
    int64_t number = 0;
    if (!http_part_id(r, 0, &number)) {
        return false;
    }
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s =
        http_sql(r, db,
                 "SELECT c.first_slot,c.seq,c.policy,c.servers,c.clusters,e.at_ns,e.body"
                 " FROM cycle c JOIN event e ON e.seq=c.seq WHERE c.number=?");
    bool good = s != NULL;
    if (good) {
        sqlite3_bind_int64(s, 1, number);
        int code = sqlite3_step(s);
        bool found = code == SQLITE_ROW;
        if (found) {
            fprintf(out,
                    "{\"number\":%" PRId64 ",\"first_slot\":%" PRId64 ",\"servers\":%d,"
                    "\"clusters\":%d,\"policy\":",
                    number, http_int(s, 0), sqlite3_column_int(s, 3), sqlite3_column_int(s, 4));
            out_text(out, (const char *)sqlite3_column_text(s, 2));
            fputs(",\"cut_at\":", out);
            http_out_unix(r, out, http_int(s, 5));
            fprintf(out, ",\"event_seq\":\"%" PRId64 "\"", http_int(s, 1));
            write_partition(s, out);
            fputs("}", out);
            code = sqlite3_step(s);
        }
        good = http_sql_end(r, s, code);
        if (good && !found) {
            good =
                http_refuse(&r->problem, PROBLEM_NOT_FOUND, "there is no cycle %" PRId64, number);
        }
    }
    http_reader_give(r->server, reader);
    return good;
}

// ---- the market

static void write_areas(const http_request *r, const exchange_setup *setup, FILE *out)
{
    bool geo = setup->world.geometry == DCAT_GEO;
    fputs(",\"areas\":[", out);
    for (int32_t a = 0; a < setup->config.area_count; a++) {
        const dcat_site *site = &setup->areas[a].site;
        fprintf(out, "%s{\"name\":", a > 0 ? "," : "");
        out_text(out, r->server->config.area_names[a]);
        fprintf(out, ",\"%s\":%.9g,\"%s\":%.9g}", geo ? "lon" : "x_km",
                geo ? site->x : site->x / 1e3, geo ? "lat" : "y_km", geo ? site->y : site->y / 1e3);
    }
    fputs("]", out);
}

static void write_rules(const exchange_setup *setup, FILE *out)
{
    const exchange_config *c = &setup->config;
    double ceiling = setup->world.auction.ceiling_per_cycle * 1e9;
    fprintf(out,
            ",\"geometry\":\"%s\",\"slot_s\":%.9g,\"pricing\":\"%s\",\"commission_bp\":%d,"
            "\"price_per_gigacycle\":%.15g,\"urgency_s\":%.15g,\"auction\":\"%s\","
            "\"ceiling_per_gigacycle\":",
            setup->world.geometry == DCAT_GEO ? "geo" : "plane", (double)c->slot_ns / 1e9,
            c->pricing == EXCHANGE_SPREAD ? "spread" : "pass-through", c->commission_bp,
            c->price_per_gigacycle, c->urgency_s, setup->auction);
    if (isfinite(ceiling)) {
        fprintf(out, "%.15g", ceiling);
    } else {
        fputs("null", out);
    }
}

static void write_state(http_request *r, FILE *out)
{
    int servers[SERVER_STATE_COUNT] = {0};
    int32_t clusters = 0;
    const exchange *x = live_lock(r->server->live);
    exchange_time_view time = exchange_time(x);
    for (int32_t i = 0; i < exchange_server_count(x); i++) {
        exchange_server_view v;
        servers[exchange_server_find(x, i, &v) ? v.state : 0]++;
        int32_t cluster = exchange_cluster_of(x, i);
        clusters = cluster >= clusters ? cluster + 1 : clusters;
    }
    enum mode_state mode = exchange_mode(x);
    uint64_t events = exchange_store_size(live_store(r->server->live));
    merkle_hash root = exchange_store_root(live_store(r->server->live));
    live_unlock(r->server->live);
    fprintf(out,
            ",\"mode\":\"%s\",\"slot\":%" PRId64 ",\"cycle\":%u,\"open_tasks\":%" PRId64
            ",\"clusters\":%d,\"events\":%" PRIu64 ",\"root\":\"",
            machines[MACHINE_MODE].states[mode], time.slot, time.cycle, time.open_tasks, clusters,
            events);
    for (size_t i = 0; i < sizeof root.byte; i++) {
        fprintf(out, "%02x", root.byte[i]);
    }
    fputs("\",\"servers\":{", out);
    for (int s = SERVER_REGISTERED, some = 0; s < SERVER_STATE_COUNT; s++) {
        if (servers[s] > 0) {
            fprintf(out, "%s\"%s\":%d", some++ > 0 ? "," : "", machines[MACHINE_SERVER].states[s],
                    servers[s]);
        }
    }
    fputs("}", out);
}

bool answer_market(http_request *r, FILE *out)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    const live_config *config = live_config_view(r->server->live);
    char policy[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(config->policy, policy);
    fputs("{\"epoch\":1,\"name\":", out);
    out_text(out, setup->name);
    fprintf(out,
            ",\"currency\":\"%s\",\"policy\":\"%s\",\"cycle_s\":%.9g,\"now\":", setup->currency,
            policy, (double)config->cycle_ns / 1e9);
    http_out_unix(r, out, live_now_ns(r->server->live));
    write_rules(setup, out);
    write_state(r, out);
    write_areas(r, setup, out);
    out_nodes(r, setup, out);
    out_classes(setup, out);
    out_programs(r, setup, out);
    fputs("}", out);
    return true;
}
