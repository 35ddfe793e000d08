// SPDX-License-Identifier: Apache-2.0
// What servers ask: a number, the formula, or what a program says; signed and sent.
#include "exchange/agent/session.h"

#include "base/json.h"

#include <string.h>

enum { MICRO_DIGITS = 32 };

// The pool of a device, as the exchange says.
const char *session_pool_of(const session *s, const char *device)
{
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(s->devices, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        const char *pool = json_string_value(json_object_get(row, "pool"));
        if (name != NULL && pool != NULL && strcmp(name, device) == 0) {
            return pool;
        }
    }
    return "other";
}

typedef struct offered_price { // what is asked for, and how much
    size_t server;
    const char *pool, *amount, *per;
} offered_price;

static json_t *sign(session *s, const offered_price *a)
{
    json_t *document = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "exchange",
                                 s->exchange, "party", s->party, "server", s->servers[a->server].id,
                                 "pool", a->pool, "amount", a->amount, "currency", s->currency,
                                 "per", a->per, "nonce", (json_int_t)session_nonce(s));
    char signature[2 * SIGN_BYTES + 1];
    if (document == NULL || !sign_document(&s->key, SIGN_ASK, document, signature)) {
        json_decref(document);
        return NULL;
    }
    return json_pack("{s:o, s:s}", "document", document, "signature", signature);
}

static bool send_price(session *s, const offered_price *a)
{
    char path[64], code[CLIENT_CODE_SIZE] = "stale-nonce";
    bool sent = false;
    snprintf(path, sizeof path, "/v1/servers/%s/ask", s->servers[a->server].id);
    // An ask that was taken and whose answer was lost is stale when it comes again by itself.
    for (int n = 0; n < 2 && !sent && strcmp(code, "stale-nonce") == 0; n++) {
        json_t *answer = NULL, *body = sign(s, a);
        sent = body != NULL && session_call(s, "PUT", path, body, &answer, code);
        json_decref(answer);
    }
    return sent;
}

// Of a server's own speed.
static bool send_ask(session *s, size_t i, const char *amount)
{
    const offered_price a = {.server = i,
                             .pool = s->devices != NULL ? "cpu" : "main",
                             .amount = amount,
                             .per = agent_per_words[s->config->servers[i].ask.per]};
    return send_price(s, &a);
}

static void ask_for_units(session *s, size_t i)
{
    const agent_server *server = &s->config->servers[i];
    for (size_t u = 0; u < server->unit_count && s->silence_ns == 0; u++) {
        const agent_unit *unit = &server->units[u];
        const offered_price a = {.server = i,
                                 .pool = session_pool_of(s, unit->device),
                                 .amount =
                                     unit->ask.kind == AGENT_ASK_AMOUNT ? unit->ask.amount : "0",
                                 .per = agent_per_words[unit->ask.per]};
        s->servers[i].has_unit_ask[u] = s->servers[i].has_unit_ask[u] || send_price(s, &a);
    }
}

static json_t *question(const session *s, size_t i)
{
    const agent_server *server = &s->config->servers[i];
    return json_pack(
        "{s:s, s:s, s:s, s:f, s:I, s:I, s:s, s:s, s:I}", "exchange", s->exchange, "server",
        s->servers[i].id, "name", server->name, "speed_ghz", server->speed_ghz, "cores",
        (json_int_t)server->cores, "cards", (json_int_t)server->cards, "currency", s->currency,
        "per", agent_per_words[server->ask.per], "last_micro", (json_int_t)s->servers[i].ask_micro);
}

// Ask the server's program. Where it fails the last ask stays in force, and that is counted.
static bool ask_by_program(session *s, size_t i)
{
    const agent_server *server = &s->config->servers[i];
    json_t *asked = question(s, i);
    char *text = asked != NULL ? json_dumps(asked, JSON_COMPACT) : NULL;
    char why[WORD_SIZE] = "out of memory", amount[MICRO_DIGITS];
    int64_t micro = 0;
    bool known = text != NULL && ask_program(s->config, server, text, &micro, why);
    free(text);
    json_decref(asked);
    if (!known) {
        s->ask_error_count++;
        session_say(s, "error", "the ask of server %s: %s: %s; agent_ask_errors_total %lld",
                    server->name, server->ask.exec, why, (long long)s->ask_error_count);
        return true;
    }
    if (s->servers[i].has_ask && s->servers[i].ask_micro == micro) {
        return true;
    }
    snprintf(amount, sizeof amount, "%lld.%06lld", (long long)(micro / 1000000),
             (long long)(micro % 1000000));
    if (send_ask(s, i, amount)) {
        s->servers[i].has_ask = true;
        s->servers[i].ask_micro = micro;
    }
    return s->silence_ns == 0;
}

bool session_ask(session *s, bool again)
{
    dcat_error err = {0};
    for (size_t i = 0; i < s->config->server_count; i++) {
        const agent_server *server = &s->config->servers[i];
        ask_for_units(s, i);
        if (server->speed_ghz == 0.0) {
            if (s->silence_ns > 0) {
                return false;
            }
        } else if (server->ask.kind == AGENT_ASK_EXEC) {
            if (!ask_by_program(s, i)) {
                return false;
            }
        } else if (!again && !s->servers[i].has_ask) {
            s->servers[i].has_ask =
                send_ask(s, i, server->ask.kind == AGENT_ASK_AMOUNT ? server->ask.amount : "0");
            if (s->silence_ns > 0) {
                return false;
            }
        }
    }
    // What was used is never used again, whatever the clock says then.
    if (journal_set_number(s->journal, "nonce", s->nonce, &err) != DCAT_OK) {
        session_say(s, "error", "%s", err.message);
    }
    return true;
}
