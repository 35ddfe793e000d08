// SPDX-License-Identifier: Apache-2.0
// The HTTP client against a stand-in: what it sends, when it tries again and with which key, what
// it makes of refusals and of answers that are none.

#include "service/standin.h"

#include "exchange/client/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct script {
    const standin_answer *answers; // [count]; the last one again and again
    size_t count;
    char method[16], path[256], bearer[128], body[256], last_id[64];
    char keys[8][64]; // of the first requests
} script;

static standin_answer play(void *user, const standin_request *request)
{
    script *s = user;
    size_t i = request->try_number - 1;
    snprintf(s->method, sizeof s->method, "%s", request->method);
    snprintf(s->path, sizeof s->path, "%s", request->path);
    snprintf(s->bearer, sizeof s->bearer, "%s", request->bearer != NULL ? request->bearer : "");
    snprintf(s->last_id, sizeof s->last_id, "%s", request->last_id != NULL ? request->last_id : "");
    snprintf(s->body, sizeof s->body, "%s", request->body);
    if (i < 8) {
        snprintf(s->keys[i], sizeof s->keys[i], "%s", request->key != NULL ? request->key : "");
    }
    return s->answers[i < s->count ? i : s->count - 1];
}

static client *made(const standin *server, int try_max, const char *key_file)
{
    const client_config config = {
        .url = standin_url(server), .key_file = key_file, .try_max = try_max, .timeout_ms = 5000};
    client *c = NULL;
    dcat_error err = {0};
    if (client_create(&config, &c, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return c;
}

static void test_a_call_carries_key_body_and_id(void **state)
{
    (void)state;
    FILE *file = fopen("a.key", "w");
    fputs("dk_user_abc-DEF_1\n", file);
    fclose(file);
    const standin_answer ok = {.status = 201, .body = "{\"id\": \"7\"}"};
    script s = {.answers = &ok, .count = 1};
    standin *server = standin_start(play, &s);
    client *c = made(server, 1, "a.key");
    json_t *body = json_pack("{s:i}", "deadline_s", 2);
    client_answer answer;
    assert_int_equal(client_call(c, "POST", "/v1/tasks?a=1", body, "00ff", &answer, NULL), DCAT_OK);
    json_decref(body);
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer.code, "");
    assert_string_equal(json_string_value(json_object_get(answer.body, "id")), "7");
    client_answer_free(&answer);
    assert_string_equal(s.method, "POST");
    assert_string_equal(s.path, "/v1/tasks?a=1");
    assert_string_equal(s.bearer, "Bearer dk_user_abc-DEF_1");
    assert_string_equal(s.body, "{\"deadline_s\":2}");
    assert_string_equal(s.keys[0], "00ff");
    client_destroy(c);
    standin_stop(server);
    unlink("a.key");
}

static void test_tries_again_with_the_same_id(void **state)
{
    (void)state;
    const standin_answer answers[] = {{.status = 0},
                                      {.status = 503, .body = "{\"type\": \"x/busy\"}"},
                                      {.status = 200, .body = "{}"}};
    script s = {.answers = answers, .count = 3};
    standin *server = standin_start(play, &s);
    client *c = made(server, 5, NULL);
    client_answer answer;
    dcat_error err = {0};
    if (client_call(c, "POST", "/v1/halt", NULL, NULL, &answer, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(answer.status, 200);
    client_answer_free(&answer);
    // curl itself may try a connection that was closed once more: the same request.
    assert_true(standin_count(server) >= 3);
    assert_int_equal(strlen(s.keys[0]), 32);
    assert_string_equal(s.keys[0], s.keys[1]);
    assert_string_equal(s.keys[0], s.keys[2]);
    client_destroy(c);
    standin_stop(server);
}

static void test_a_refusal_is_an_answer_at_once(void **state)
{
    (void)state;
    const standin_answer refused = {
        .status = 422,
        .type = "application/problem+json",
        .body = "{\"type\": \"https://dcat.example/problems/fee-above-limit\", \"title\": \"t\","
                "\"detail\": \"max_fee_micro must be >= 5,\\n got \\u001b[1m3\", "
                "\"retry_after_s\": 2.5}"};
    script s = {.answers = &refused, .count = 1};
    standin *server = standin_start(play, &s);
    client *c = made(server, 5, NULL);
    client_answer answer;
    assert_int_equal(client_call(c, "GET", "/v1/tasks", NULL, NULL, &answer, NULL), DCAT_OK);
    assert_int_equal(answer.status, 422);
    assert_string_equal(answer.code, "fee-above-limit");
    assert_string_equal(answer.detail, "max_fee_micro must be >= 5,  got ?[1m3");
    assert_true(answer.retry_after_s == 2.5);
    assert_int_equal(standin_count(server), 1);
    client_answer_free(&answer);
    client_destroy(c);
    standin_stop(server);
}

static void test_halted_and_a_plain_404_are_not_tried_again(void **state)
{
    (void)state;
    const standin_answer answers[] = {
        {.status = 503, .body = "{\"type\": \"https://dcat.example/problems/halted\"}"},
        {.status = 404, .body = "<html>", .type = "text/html"}};
    script s = {.answers = answers, .count = 2};
    standin *server = standin_start(play, &s);
    client *c = made(server, 5, NULL);
    client_answer answer;
    assert_int_equal(client_call(c, "POST", "/v1/tasks", NULL, NULL, &answer, NULL), DCAT_OK);
    assert_string_equal(answer.code, "halted");
    client_answer_free(&answer);
    assert_int_equal(client_call(c, "GET", "/", NULL, NULL, &answer, NULL), DCAT_OK);
    assert_string_equal(answer.code, "http-404");
    client_answer_free(&answer);
    assert_int_equal(standin_count(server), 2);
    client_destroy(c);
    standin_stop(server);
}

static void test_what_is_no_answer_is_an_error(void **state)
{
    (void)state;
    const standin_answer answers[] = {{.status = 200, .body = "[1]"}, {.status = 200, .body = "{"}};
    script s = {.answers = answers, .count = 2};
    standin *server = standin_start(play, &s);
    client *c = made(server, 1, NULL);
    client_answer answer;
    dcat_error err = {0};
    assert_int_equal(client_call(c, "GET", "/a", NULL, NULL, &answer, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "/a: the answer must be an object of JSON"));
    assert_int_equal(client_call(c, "GET", "/b", NULL, NULL, &answer, &err), DCAT_ERR_FORMAT);
    standin_stop(server);
    assert_int_equal(client_call(c, "GET", "/c", NULL, NULL, &answer, &err), DCAT_ERR_IO);
    client_destroy(c);
}

static void test_a_show_is_a_command_that_hides_the_key(void **state)
{
    (void)state;
    FILE *file = fopen("b.key", "w");
    fputs("dk_user_secret", file);
    fclose(file);
    const standin_answer ok = {.status = 200, .body = "{}"};
    script s = {.answers = &ok, .count = 1};
    standin *server = standin_start(play, &s);
    char *text = NULL;
    size_t size = 0;
    FILE *show = open_memstream(&text, &size);
    const client_config config = {.url = standin_url(server), .key_file = "b.key", .show = show};
    client *c = NULL;
    assert_int_equal(client_create(&config, &c, NULL), DCAT_OK);
    json_t *body = json_pack("{s:s}", "reason", "it's");
    client_answer answer;
    assert_int_equal(client_call(c, "POST", "/v1/halt", body, "01", &answer, NULL), DCAT_OK);
    fclose(show);
    char expected[512];
    snprintf(expected, sizeof expected,
             "curl -X POST -H \"Authorization: Bearer $(cat 'b.key')\" -H 'Idempotency-Key: 01' "
             "-H 'Content-Type: application/json' -d '{\"reason\":\"it'\\''s\"}' '%s/v1/halt'\n",
             standin_url(server));
    assert_string_equal(text, expected);
    free(text);
    json_decref(body);
    client_answer_free(&answer);
    client_destroy(c);
    standin_stop(server);
    unlink("b.key");
}

static void test_wrong_places_and_keys_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *url, *key, *said;
    } cases[] = {
        {"ftp://127.0.0.1", NULL, "must begin with http:// or https://, got ftp://127.0.0.1"},
        {"http://example.org", NULL, "must begin with https:// where it leaves this machine"},
        {"http://127.0.0.1.example.org", NULL, "where it leaves this machine"},
        {"http://127.0.0.1:99999", NULL, "must be like http://127.0.0.1:8080, got"},
        {"", NULL, "must be like"},
        {"http://127.0.0.1/?a=1", NULL, "must be like"},
        {"http://127.0.0.1", "none.key", "none.key: No such file"},
        {"http://127.0.0.1", "empty.key", "empty.key:1: the key is missing"},
        {"http://127.0.0.1", "odd.key", "odd.key:1: a key is one word of letters"},
    };
    FILE *file = fopen("empty.key", "w");
    fclose(file);
    file = fopen("odd.key", "w");
    fputs("dk user\n", file);
    fclose(file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const client_config config = {.url = cases[i].url, .key_file = cases[i].key};
        client *c = NULL;
        dcat_error err = {0};
        assert_int_not_equal(client_create(&config, &c, &err), DCAT_OK);
        if (strstr(err.message, cases[i].said) == NULL) {
            fail_msg("%s: %s", cases[i].url, err.message);
        }
        assert_null(c);
    }
    unlink("empty.key");
    unlink("odd.key");
}

// ---- events

typedef struct heard {
    char text[512];
    size_t count, enough_at; // 0: never
} heard;

static bool hear(void *user, const client_event *event)
{
    heard *h = user;
    size_t used = strlen(h->text);
    snprintf(h->text + used, sizeof h->text - used, "%s/%s/%s;",
             event->id != NULL ? event->id : "-", event->name != NULL ? event->name : "-",
             event->data);
    return ++h->count != h->enough_at;
}

static void test_listens_from_the_last_event_on(void **state)
{
    (void)state;
    const standin_answer stream = {.status = 200,
                                   .type = "text/event-stream",
                                   .body =
                                       ": hello\n\nid: 1-5\nevent: award.offered\ndata: {\"a\":1}\n"
                                       "data: 2\n\nid: 1-6\r\ndata:x\r\n\r\nevent: nothing\n\n"};
    script s = {.answers = &stream, .count = 1};
    standin *server = standin_start(play, &s);
    client *c = made(server, 1, NULL);
    heard h = {0};
    char last_id[CLIENT_EVENT_ID_SIZE] = "1-4";
    dcat_error err = {0};
    assert_int_equal(client_listen(c, "/v1/events", last_id, hear, &h, NULL, &err), DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "the stream ended"));
    assert_string_equal(h.text, "1-5/award.offered/{\"a\":1}\n2;1-6/-/x;");
    assert_string_equal(last_id, "1-6");
    assert_string_equal(s.last_id, "1-4");
    h = (heard){.enough_at = 1};
    assert_int_equal(client_listen(c, "/v1/events", last_id, hear, &h, NULL, &err), DCAT_OK);
    assert_string_equal(s.last_id, "1-6");
    assert_int_equal(h.count, 1);
    client_destroy(c);
    standin_stop(server);
}

static void test_a_refused_stream_and_a_stop(void **state)
{
    (void)state;
    const standin_answer answers[] = {{.status = 403, .body = "{\"type\": \"forbidden\"}"}};
    script s = {.answers = answers, .count = 1};
    standin *server = standin_start(play, &s);
    client *c = made(server, 1, NULL);
    heard h = {0};
    char last_id[CLIENT_EVENT_ID_SIZE] = "";
    dcat_error err = {0};
    assert_int_equal(client_listen(c, "/v1/events", last_id, hear, &h, NULL, &err),
                     DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "forbidden"));
    const atomic_bool stop = true;
    assert_int_equal(client_listen(c, "/v1/events", last_id, hear, &h, &stop, &err), DCAT_OK);
    assert_int_equal(h.count, 0);
    client_destroy(c);
    standin_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_carries_key_body_and_id),
        cmocka_unit_test(test_tries_again_with_the_same_id),
        cmocka_unit_test(test_a_refusal_is_an_answer_at_once),
        cmocka_unit_test(test_halted_and_a_plain_404_are_not_tried_again),
        cmocka_unit_test(test_what_is_no_answer_is_an_error),
        cmocka_unit_test(test_a_show_is_a_command_that_hides_the_key),
        cmocka_unit_test(test_wrong_places_and_keys_are_named),
        cmocka_unit_test(test_listens_from_the_last_event_on),
        cmocka_unit_test(test_a_refused_stream_and_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
