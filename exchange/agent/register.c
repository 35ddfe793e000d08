// SPDX-License-Identifier: Apache-2.0
// Being known: whose agent this is, by which key it signs, which servers it has.
#include "exchange/agent/session.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

static dcat_status refuse(const session *s, const char *what, const char *code, dcat_error *err)
{
    if (code[0] == '\0' || strcmp(code, "halted") == 0 || strcmp(code, "busy") == 0 ||
        strcmp(code, "rate-limited") == 0) {
        return dcat_fail(err, DCAT_ERR_IO, "the exchange does not answer: %s", what);
    }
    s->options->refused = true;
    return dcat_fail(err, DCAT_ERR_REFERENCE, "the exchange refuses %s: %s", what, code);
}

static bool take_text(const json_t *object, const char *key, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && value[0] != '\0' && (size_t)snprintf(text, size, "%s", value) < size;
}

// A journal belongs to one exchange: ids of another would be taken for its own.
static dcat_status check_exchange(session *s, dcat_error *err)
{
    int64_t known = 0;
    int64_t name = 0;
    for (const char *at = s->exchange; *at != '\0'; at++) {
        name = (int64_t)(((uint64_t)name * 1099511628211U) ^ (unsigned char)*at);
    }
    name = name == 0 ? 1 : name;
    dcat_status status = journal_number(s->journal, "exchange", &known, err);
    if (status == DCAT_OK && known == 0) {
        return journal_set_number(s->journal, "exchange", name, err);
    }
    if (status == DCAT_OK && known != name) {
        return dcat_fail(err, DCAT_ERR_REFERENCE,
                         "%s: this journal is about another exchange, not %s", s->config->journal,
                         s->exchange);
    }
    return status;
}

static dcat_status know_exchange(session *s, dcat_error *err)
{
    json_t *answer = NULL;
    char code[CLIENT_CODE_SIZE];
    if (!session_call(s, "GET", "/v1/market", NULL, &answer, code)) {
        return refuse(s, "GET /v1/market", code, err);
    }
    bool whole = take_text(answer, "name", s->exchange, sizeof s->exchange) &&
                 take_text(answer, "currency", s->currency, sizeof s->currency);
    bool newest = session_check_epoch(s, answer);
    json_decref(s->devices);
    json_decref(s->classes);
    json_decref(s->programs);
    const json_t *benchmark = json_object_get(answer, "benchmark");
    s->devices = json_incref(json_object_get(answer, "devices"));
    s->classes = json_incref(json_object_get(answer, "classes"));
    s->programs = json_incref(json_object_get(benchmark, "programs"));
    s->benchmarks = json_is_true(json_object_get(benchmark, "required"));
    json_decref(answer);
    if (!whole || !newest) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         whole ? "an exchange of an older epoch answers"
                               : "GET /v1/market must say name and currency");
    }
    dcat_status status = check_exchange(s, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!session_call(s, "GET", "/v1/accounts", NULL, &answer, code)) {
        return refuse(s, "GET /v1/accounts", code, err);
    }
    const json_t *account = NULL;
    size_t i;
    s->party[0] = '\0';
    json_array_foreach(json_object_get(answer, "accounts"), i, account)
    {
        if (take_text(account, "party", s->party, sizeof s->party)) {
            break;
        }
    }
    json_decref(answer);
    return s->party[0] != '\0'
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "GET /v1/accounts must name the party");
}

static dcat_status register_key(session *s, dcat_error *err)
{
    unsigned char key[SIGN_PUBLIC_BYTES];
    char hex[2 * SIGN_PUBLIC_BYTES + 1], path[64], code[CLIENT_CODE_SIZE];
    json_t *answer = NULL;
    sign_key_public(&s->key, key);
    sign_hex(key, sizeof key, hex);
    snprintf(path, sizeof path, "/v1/parties/%s/keys", s->party);
    json_t *body = json_pack("{s:s, s:s}", "kind", "sign", "key", hex);
    if (!session_call(s, "POST", path, body, &answer, code)) {
        return refuse(s, "the key that documents are signed with", code, err);
    }
    json_decref(answer);
    return DCAT_OK;
}

// ---- servers

static json_t *price(const char *amount, int64_t per)
{
    return amount == NULL ? NULL
                          : json_pack("{s:s, s:s}", "amount", amount, "per", agent_per_words[per]);
}

static json_t *describe_unit(const agent_unit *unit)
{
    json_t *body = json_pack("{s:s, s:I, s:f}", "device", unit->device, "count",
                             (json_int_t)unit->count, "speed_ghz", unit->speed_ghz);
    return unit->tariff_amount == NULL
               ? body
               : json_with(body, "tariff", price(unit->tariff_amount, unit->tariff_per));
}

static json_t *bars_of(const agent_server *server)
{
    json_t *bars = json_array();
    for (size_t i = 0; i < server->bar_count; i++) {
        bars = json_plus(bars, json_string(server->bars[i]));
    }
    return bars;
}

static json_t *describe(const agent_server *server)
{
    json_t *body = json_pack("{s:s}", "name", server->name), *units = json_array();
    if (server->speed_ghz > 0.0) {
        body = json_with(body, "speed_ghz", json_real(server->speed_ghz));
        body = json_with(body, "cores", json_integer(server->cores));
    }
    if (server->cards > 0) {
        body = json_with(body, "cards", json_integer(server->cards));
    }
    if (server->tariff_amount != NULL) {
        body = json_with(body, "tariff", price(server->tariff_amount, server->tariff_per));
    }
    if (server->start_s > 0.0) {
        body = json_with(body, "start_s", json_real(server->start_s));
    }
    if (server->node != NULL) {
        body = json_with(body, "node", json_string(server->node));
    }
    if (server->bar_count > 0) {
        body = json_with(body, "bars", bars_of(server));
    }
    for (size_t u = 0; u < server->unit_count; u++) {
        units = json_plus(units, describe_unit(&server->units[u]));
    }
    if (server->unit_count > 0) {
        body = json_with(body, "units", units);
    } else {
        json_decref(units);
    }
    body = json_with(body, server->has_plane ? "x_km" : "lat",
                     json_real(server->has_plane ? server->x_km : server->lat));
    return json_with(body, server->has_plane ? "y_km" : "lon",
                     json_real(server->has_plane ? server->y_km : server->lon));
}

static const json_t *find_server(const json_t *list, const char *name)
{
    const json_t *server = NULL;
    size_t i;
    json_array_foreach(list, i, server)
    {
        const char *said = json_string_value(json_object_get(server, "name"));
        if (said != NULL && strcmp(said, name) == 0) {
            return server;
        }
    }
    return NULL;
}

// Whether it bars the classes that it is registered with, in any order.
static bool bars_as_known(const agent_server *server, const json_t *known)
{
    const json_t *bars = json_object_get(known, "bars"), *bar = NULL;
    size_t i, found = 0;
    json_array_foreach(bars, i, bar)
    {
        size_t b = 0;
        while (b < server->bar_count && strcmp(server->bars[b], json_string_value(bar)) != 0) {
            b++;
        }
        found += b < server->bar_count;
    }
    return found == server->bar_count && found == json_array_size(bars);
}

static void compare(const session *s, const agent_server *server, const json_t *known)
{
    if (!bars_as_known(server, known)) {
        session_say(s, "warning",
                    "server %s is registered with other bars: register it under another name",
                    server->name);
    }
    double speed_ghz = json_number_value(json_object_get(known, "speed_ghz"));
    if (server->unit_count == 0 && fabs(speed_ghz - server->speed_ghz) > 1e-6 * server->speed_ghz) {
        session_say(s, "warning",
                    "server %s is registered with %g GHz, not %g: register it under another name",
                    server->name, speed_ghz, server->speed_ghz);
    }
}

static dcat_status register_server(session *s, size_t i, const json_t *list, dcat_error *err)
{
    const agent_server *server = &s->config->servers[i];
    const json_t *known = find_server(list, server->name);
    json_t *answer = NULL;
    char code[CLIENT_CODE_SIZE];
    if (known != NULL) {
        compare(s, server, known);
    } else if (!session_call(s, "POST", "/v1/servers", describe(server), &answer, code)) {
        char what[WORD_SIZE + 16];
        snprintf(what, sizeof what, "server %s", server->name);
        return refuse(s, what, code, err);
    } else {
        known = answer;
    }
    json_t *bars = json_object_get(known, "bars"); // of one that is new: as we said
    json_decref(s->servers[i].shown);
    json_decref(s->servers[i].bars);
    s->servers[i].shown = json_incref(json_object_get(known, "benchmarks"));
    s->servers[i].bars = bars != NULL ? json_incref(bars) : bars_of(server);
    bool named = take_text(known, "id", s->servers[i].id, sizeof s->servers[i].id);
    json_decref(answer);
    return named ? DCAT_OK
                 : dcat_fail(err, DCAT_ERR_FORMAT, "the exchange must say the id of server %s",
                             server->name);
}

// All pages of the list of servers.
static bool list_servers(session *s, json_t **all, char code[CLIENT_CODE_SIZE])
{
    char path[96] = "/v1/servers?limit=1000";
    *all = json_array();
    for (;;) {
        json_t *page = NULL;
        if (!session_call(s, "GET", path, NULL, &page, code)) {
            json_decref(*all);
            return false;
        }
        const json_t *servers = json_object_get(page, "servers");
        size_t count = json_array_size(servers);
        char last[AGENT_ID_SIZE] = "";
        for (size_t i = 0; i < count; i++) {
            json_t *server = json_array_get(servers, i);
            take_text(server, "id", last, sizeof last);
            *all = json_plus(*all, json_incref(server));
        }
        json_decref(page);
        if (count < 1000 || last[0] == '\0') {
            return true;
        }
        snprintf(path, sizeof path, "/v1/servers?limit=1000&after=%s", last);
    }
}

dcat_status session_register(session *s, dcat_error *err)
{
    dcat_status status = know_exchange(s, err);
    if (status == DCAT_OK) {
        status = register_key(s, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    json_t *list = NULL;
    char code[CLIENT_CODE_SIZE];
    if (!list_servers(s, &list, code)) {
        return refuse(s, "GET /v1/servers", code, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < s->config->server_count; i++) {
        status = register_server(s, i, list, err);
    }
    json_decref(list);
    return status;
}
