// SPDX-License-Identifier: Apache-2.0
// Who may do what: every role on every route, whose things they are, and 10 000 requests that are
// wrong. What is refused changes nothing: the root stays. So that it can, a slot takes an hour
// here.
#include "dcat/rng.h"
#include "support.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static talk t;

// ---- roles

static const char *path_of(http_route_id id, char path[128])
{
    // Each brace becomes 7, which nobody has.
    size_t used = 0;
    for (const char *c = http_routes[id].path; *c != '\0'; c++) {
        if (*c == '{') {
            path[used++] = '7';
            c = strchr(c, '}');
        } else {
            path[used++] = *c;
        }
    }
    path[used] = '\0';
    return path;
}

static void check_cell(http_route_id id, int role)
{
    char path[128];
    const http_route *route = &http_routes[id];
    bool may = (route->roles & 1u << role) != 0;
    if (id == ROUTE_EVENTS && may) {
        return; // a stream has no end
    }
    int status = talk_ask(&t, route->method, path_of(id, path), t.keys[role], "",
                          route->body_max > 0 ? "{\"no\":1}" : NULL);
    bool role_refused = status == 403 && strstr(t.body, "a key of role") != NULL;
    if (role_refused == may) {
        fail_msg("%s %s as %s: %d %s", route->method, path, exchange_role_name((exchange_role)role),
                 status, t.body);
    }
}

static void test_every_role_on_every_route(void **fixture)
{
    (void)fixture;
    int denied = 0;
    merkle_hash root = talk_root(&t);
    for (int id = 0; id < ROUTE_COUNT; id++) {
        char path[128];
        if (http_routes[id].roles == BY_NOBODY) {
            continue;
        }
        assert_int_equal(
            talk_ask(&t, http_routes[id].method, path_of((http_route_id)id, path), NULL, "", NULL),
            401);
        assert_int_equal(talk_ask(&t, http_routes[id].method, path, "dk_user_x", "", NULL), 401);
        for (int role = 0; role < ROLE_COUNT; role++) {
            check_cell((http_route_id)id, role);
            denied += (http_routes[id].roles & 1u << role) == 0;
        }
    }
    assert_true(denied > 50);
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
}

static void test_paths_and_methods_that_are_none(void **fixture)
{
    (void)fixture;
    assert_int_equal(GET(&t, "/v1/nothing", t.keys[0]), 404);
    assert_int_equal(GET(&t, "/v1/", NULL), 404);
    assert_int_equal(talk_ask(&t, "PUT", "/v1/tasks", t.keys[0], "", "{}"), 405);
    assert_string_equal(talk_code(&t), "wrong-method");
    assert_int_equal(talk_ask(&t, "BREW", "/v1/tasks", t.keys[0], "", ""), 405);
}

// ---- owners

static const char *const user = t.keys[0], *const provider = t.keys[1], *const operator= t.keys[2],
                         *const other_user = t.keys[4], *const other_provider = t.keys[5];

static void test_tasks_are_their_users(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 201);
    static const char *const gets[] = {"/v1/tasks/1", "/v1/tasks/1/explanation"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(GET(&t, gets[i], other_user), 404);
        assert_int_equal(GET(&t, gets[i], user), 200);
        assert_int_equal(GET(&t, gets[i], operator), 200);
        assert_int_equal(GET(&t, gets[i], t.keys[ROLE_AUDITOR]), 200);
    }
    merkle_hash root = talk_root(&t);
    assert_int_equal(POST(&t, "/v1/tasks/1/cancel", other_user, "{}"), 403);
    assert_int_equal(POST(&t, "/v1/tasks/1/dispute", other_user, "{\"reason\":\"x\"}"), 403);
    assert_int_equal(POST(&t, "/v1/tasks/1/dispute", user, "{\"reason\":\"x\"}"), 409);
    assert_int_equal(POST(&t, "/v1/tasks/9/cancel", user, ""), 404);
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
    assert_int_equal(GET(&t, "/v1/tasks", other_user), 200);
    assert_string_equal(t.body, "{\"tasks\":[]}");
    assert_int_equal(GET(&t, "/v1/tasks", operator), 200);
    assert_non_null(strstr(t.body, "\"id\":\"1\""));
    assert_int_equal(GET(&t, "/v1/accounts", other_user), 200);
    assert_null(strstr(t.body, "\"party\":\"0\""));
    assert_int_equal(GET(&t, "/v1/transfers", other_user), 200);
    assert_null(strstr(t.body, "\"kind\":\"hold\""));
    assert_int_equal(POST(&t, "/v1/tasks/1/cancel", user, ""), 200);
    assert_non_null(strstr(t.body, "\"state\":\"cancelled\""));
    assert_int_equal(POST(&t, "/v1/tasks/1/cancel", user, ""), 409);
}

#define SERVER "{\"name\":\"s\",\"x_km\":1,\"y_km\":2,\"speed_ghz\":250,\"cores\":100}"

static void test_servers_are_their_providers(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/servers", provider, SERVER), 201);
    assert_int_equal(POST(&t, "/v1/servers", provider, SERVER), 200);       // the same again
    assert_int_equal(POST(&t, "/v1/servers", other_provider, SERVER), 201); // a name of its own
    merkle_hash root = talk_root(&t);
    static const struct {
        const char *method, *path, *body;
    } acts[] = {
        {"PATCH", "/v1/servers/0", "{\"do\":\"drain\"}"},
        {"DELETE", "/v1/servers/0", NULL},
        {"POST", "/v1/heartbeats", "{\"servers\":[\"0\"]}"},
        {"PATCH", "/v1/servers/0", "{\"do\":\"suspend\"}"},
        {"PATCH", "/v1/servers/0", "{\"do\":\"admit\"}"},
    };
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        assert_int_equal(
            talk_ask(&t, acts[i].method, acts[i].path, other_provider, "", acts[i].body), 403);
    }
    // Not even its own provider may admit or suspend.
    assert_int_equal(talk_ask(&t, "PATCH", "/v1/servers/0", provider, "", acts[3].body), 403);
    assert_int_equal(talk_ask(&t, "PATCH", "/v1/servers/99", provider, "", acts[0].body), 404);
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
    assert_int_equal(GET(&t, "/v1/servers", other_provider), 200);
    assert_null(strstr(t.body, "\"id\":\"0\""));
    assert_int_equal(talk_ask(&t, "PATCH", "/v1/servers/0", operator, "", acts[3].body), 200);
    assert_int_equal(talk_ask(&t, "PATCH", "/v1/servers/0", operator, "", acts[4].body), 200);
}

static void test_keys_are_their_partys(void **fixture)
{
    (void)fixture;
    char path[128], made[HTTP_KEY_BYTES], hash[65];
    assert_int_equal(POST(&t, "/v1/parties/4/keys", user, "{\"kind\":\"bearer\"}"), 403);
    assert_int_equal(POST(&t, "/v1/parties/99/keys", operator, "{\"kind\":\"bearer\"}"), 404);
    assert_int_equal(POST(&t, "/v1/parties/0/keys", user, "{\"kind\":\"bearer\"}"), 201);
    assert_int_equal(sscanf(strstr(t.body, "\"key\":\"") + 7, "%71[^\"]", made), 1);
    assert_int_equal(sscanf(strstr(t.body, "\"hash\":\"") + 8, "%64[^\"]", hash), 1);
    assert_int_equal(GET(&t, "/v1/tasks", made), 200);
    snprintf(path, sizeof path, "/v1/keys/%s", hash);
    assert_int_equal(talk_ask(&t, "DELETE", path, other_user, "", NULL), 404);
    assert_int_equal(GET(&t, "/v1/tasks", made), 200);
    assert_int_equal(talk_ask(&t, "DELETE", path, made, "", NULL), 200);
    assert_int_equal(GET(&t, "/v1/tasks", made), 401); // at once
    assert_int_equal(talk_ask(&t, "DELETE", "/v1/keys/00", user, "", NULL), 404);
}

// ---- signatures

// An ask with one field changed; the signature is of what was `signed_as`.
static int ask(const char *amount, int64_t nonce, const char *party, bool good)
{
    json_t *document = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s}", "amount", amount, "currency",
                                 "EUR", "exchange", "talk", "nonce", (json_int_t)nonce, "party",
                                 party, "per", "giga-cycle", "server", "0");
    char signature[2 * SIGN_BYTES + 1];
    assert_true(sign_document(&t.sign, good ? SIGN_ASK : SIGN_RECEIPT, document, signature));
    char *text = json_dumps(document, JSON_INDENT(2)); // the layout is not signed
    char body[2048];
    snprintf(body, sizeof body, "{\"document\":%s,\"signature\":\"%s\"}", text, signature);
    free(text);
    json_decref(document);
    return talk_ask(&t, "PUT", "/v1/servers/0/ask", provider, "", body);
}

static void test_asks_are_signed_by_their_party_and_never_older(void **fixture)
{
    (void)fixture;
    merkle_hash root = talk_root(&t);
    assert_int_equal(ask("1.2", 5, "1", false), 422);
    assert_string_equal(talk_code(&t), "bad-signature");
    assert_int_equal(ask("1.2", 5, "5", true), 403);
    assert_int_equal(ask("1.2345678", 5, "1", true), 422);
    assert_int_equal(ask("1.", 5, "1", true), 422);
    assert_int_equal(ask("-1", 5, "1", true), 422);
    assert_int_equal(ask("0", 5, "1", true), 422);
    assert_int_equal(ask("1.2", 0, "1", true), 422);
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
    assert_int_equal(ask("1.2", 5, "1", true), 202);
    assert_int_equal(ask("1.2", 5, "1", true), 409);
    assert_string_equal(talk_code(&t), "stale-nonce");
    assert_int_equal(ask("1.3", 6, "1", true), 202);
}

// ---- requests that are wrong

// Bodies that are right, to be spoilt.
static const struct {
    const char *method, *path, *body;
    int role;
} right[] = {
    {"POST", "/v1/tasks", TALK_TASK, ROLE_USER},
    {"POST", "/v1/tasks:batch",
     "{\"tasks\":[{\"key\":\"0123456789abcdef\",\"task\":" TALK_TASK "}]}", ROLE_USER},
    {"POST", "/v1/quotes", TALK_TASK, ROLE_USER},
    {"POST", "/v1/tasks/1/dispute", "{\"reason\":\"slow\"}", ROLE_USER},
    {"POST", "/v1/tasks/1/resolve", "{\"refund\":true,\"reason\":\"slow\"}", ROLE_OPERATOR},
    {"POST", "/v1/parties", "{\"role\":\"user\",\"name\":\"x\",\"legal_name\":\"y\"}",
     ROLE_OPERATOR},
    {"POST", "/v1/deposits", "{\"party\":\"0\",\"amount_micro\":5}", ROLE_OPERATOR},
    {"POST", "/v1/servers", SERVER, ROLE_PROVIDER},
    {"PATCH", "/v1/servers/0", "{\"do\":\"drain\"}", ROLE_PROVIDER},
    {"POST", "/v1/heartbeats", "{\"servers\":[\"0\"]}", ROLE_PROVIDER},
    {"POST", "/v1/awards/1/1/ack", "{\"server\":\"0\"}", ROLE_PROVIDER},
    {"POST", "/v1/reports",
     "{\"reports\":[{\"kind\":\"ack\",\"task\":\"1\",\"attempt\":1,\"server\":\"0\"}]}",
     ROLE_PROVIDER},
    {"POST", "/v1/backups", "{\"name\":\"x\"}", ROLE_OPERATOR},
};

// Always wrong in place of a value or a field's name.
static const char *const poisons[] = {
    "NaN", "Infinity", "-0.0e", "1e999", "99999999999999999999", "\"\\ud800\"", "\"\xff\"",
    "[",   "{\"a\":",  "nul",   "'x'",   "\"\\u0000\"",
};

// Cut, repeated, poisoned, with a byte that JSON has nowhere, or with a field that nobody knows.
static void spoil(uint64_t seed, const char *body, char *out, size_t room)
{
    uint64_t bits = dcat_mix64(seed);
    size_t length = strlen(body);
    unsigned way = (unsigned)(bits % 5);
    size_t at = 1 + (size_t)(bits >> 8) % (length - 1);
    if (way == 0) {
        snprintf(out, room, "%.*s", (int)at, body);
    } else if (way == 1) {
        snprintf(out, room, "{\"field_%u\":1,%s", (unsigned)at, body + 1);
    } else if (way == 2) {
        const char *colon = strchr(body + at % (length / 2), ':');
        const char *poison = poisons[(bits >> 40) % (sizeof poisons / sizeof *poisons)];
        snprintf(out, room, "%.*s%s,%s", (int)(colon + 1 - body), body, poison, body + 1);
    } else if (way == 3) {
        snprintf(out, room, "%.*s\x01%s", (int)at, body, body + at);
    } else {
        snprintf(out, room, "%s%s", body, body);
    }
}

static void test_ten_thousand_wrong_requests_change_nothing(void **fixture)
{
    (void)fixture;
    merkle_hash root = talk_root(&t);
    for (uint64_t n = 0; n < 10000; n++) {
        size_t i = n % (sizeof right / sizeof *right);
        char body[4096];
        spoil(n, right[i].body, body, sizeof body);
        int status = talk_ask(&t, right[i].method, right[i].path, t.keys[right[i].role], "", body);
        if (status < 400 || status >= 500 || talk_code(&t)[0] == '\0') {
            fail_msg("request %d: %s %s\n%s\n%d %s", (int)n, right[i].method, right[i].path, body,
                     status, t.body);
        }
    }
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.setup.config.slot_ns = INT64_C(3600000000000);
    t.config.live.cycle_ns = t.setup.config.slot_ns;
    talk_open(&t);
    assert_int_equal(POST(&t, "/v1/tasks/9/cancel", t.keys[0], ""),
                     404); // wakes the writer: slot 0
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_role_on_every_route),
        cmocka_unit_test(test_paths_and_methods_that_are_none),
        cmocka_unit_test(test_tasks_are_their_users),
        cmocka_unit_test(test_servers_are_their_providers),
        cmocka_unit_test(test_keys_are_their_partys),
        cmocka_unit_test(test_asks_are_signed_by_their_party_and_never_older),
        cmocka_unit_test(test_ten_thousand_wrong_requests_change_nothing),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
