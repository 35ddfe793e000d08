// SPDX-License-Identifier: Apache-2.0
// A task's whole way over HTTP, what is told of it, and what holds when the server begins again.
#include "support.h"
#include "talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static talk t;
static const char *const user = t.keys[ROLE_USER], *const provider = t.keys[ROLE_PROVIDER],
                         *const operator= t.keys[ROLE_OPERATOR],
                         *const auditor = t.keys[ROLE_AUDITOR];

static bool says(const char *text)
{
    return strstr(t.body, text) != NULL;
}

// Ask again until the answer says something; the exchange's time goes on meanwhile.
static void await(const char *path, const char *key, const char *text)
{
    for (int i = 0; i < 30000; i++) {
        assert_int_equal(GET(&t, path, key), 200);
        if (says(text)) {
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fail_msg("%s never says %s, but\n%s", path, text, t.body);
}

static void sign(const char *kind, json_t *document, char *body, size_t room, const char *more)
{
    char signature[2 * SIGN_BYTES + 1];
    assert_true(sign_document(&t.sign, kind, document, signature));
    char *text = json_dumps(document, JSON_COMPACT);
    snprintf(body, room, "{%s\"document\":%s,\"signature\":\"%s\"}", more, text, signature);
    free(text);
    json_decref(document);
}

static void put_server_in_force(void)
{
    char body[2048];
    assert_int_equal(
        POST(&t, "/v1/servers", provider,
             "{\"name\":\"s\",\"x_km\":11,\"y_km\":21,\"speed_ghz\":600,\"cores\":100}"),
        201);
    sign(SIGN_ASK,
         json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s}", "amount", "0.5", "currency", "EUR", "exchange",
                   "talk", "nonce", 1, "party", "1", "per", "giga-cycle", "server", "0"),
         body, sizeof body, "");
    assert_int_equal(talk_ask(&t, "PUT", "/v1/servers/0/ask", provider, "", body), 202);
    await("/v1/servers", provider, "\"state\":\"active\"");
}

static int report(const char *verb, const char *task, const char *body)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/awards/%s/1/%s", task, verb);
    return POST(&t, path, provider, body);
}

static void work_on(const char *task)
{
    char body[2048], awarded[64];
    snprintf(awarded, sizeof awarded, "\"task\":\"%s\"", task);
    await("/v1/awards?open=1", provider, awarded);
    assert_int_equal(report("start", task, "{\"server\":\"0\"}"), 409); // first acknowledged
    assert_int_equal(GET(&t, "/v1/awards?open=1", provider), 200);
    assert_true(says("\"rank\":0,\"world_size\":1,\"before_cycles\":0") && says("\"peers\":null"));
    assert_int_equal(report("ack", task, "{\"server\":\"0\",\"address\":\"a b\"}"), 422);
    assert_int_equal(report("start", task, "{\"server\":\"0\",\"address\":\"a:1\"}"), 422);
    assert_int_equal(report("ack", task, "{\"server\":\"0\",\"address\":\"a:1\"}"), 200);
    assert_int_equal(report("ack", task, "{\"server\":\"0\"}"), 200); // said before
    assert_true(says("repeated"));
    assert_int_equal(GET(&t, "/v1/awards?open=1", provider), 200);
    assert_true(says("\"peers\":[\"a:1\"]")); // the first one counts
    assert_int_equal(report("start", task, "{\"server\":\"0\"}"), 200);
    assert_int_equal(report("finish", task, "{\"server\":\"0\"}"), 422); // without a receipt
    json_t *receipt = json_pack("{s:i,s:s,s:i,s:s,s:s,s:s}", "attempt", 1, "exchange", "talk",
                                "exit_code", 0, "party", "1", "server", "0", "task", task);
    sign(SIGN_RECEIPT, receipt, body, sizeof body, "\"server\":\"0\",");
    assert_int_equal(report("finish", task, body), 200);
    assert_int_equal(report("finish", task, body), 200);
}

static void test_task_is_accepted_awarded_run_and_settled(void **fixture)
{
    (void)fixture;
    put_server_in_force();
    assert_int_equal(POST(&t, "/v1/quotes", user, TALK_TASK), 200);
    assert_true(says("\"served\":true") && says("\"fee_micro\":6400000000"));
    const char *payload =
        "{\"origin\":{\"x_km\":10,\"y_km\":29},\"work_gigacycles\":600,\"data_megabits\":20,"
        "\"deadline_s\":30,\"payload\":{\"run\":[\"echo\",\"hello\"]}}";
    const char *key = "Idempotency-Key: 00112233445566778899AABB\r\n";
    assert_int_equal(talk_ask(&t, "POST", "/v1/tasks", user, key, payload), 201);
    assert_true(says("\"area\":\"north\"") && says("\"state\":\"accepted\""));
    assert_int_equal(talk_ask(&t, "POST", "/v1/tasks", user, key, payload), 200);
    assert_int_equal(talk_ask(&t, "POST", "/v1/tasks", user, key, TALK_TASK), 422);
    assert_string_equal(talk_code(&t), "key-reused");
    await("/v1/awards", provider, "\"run\":[\"echo\",\"hello\"]");
    work_on("1");
    assert_int_equal(GET(&t, "/v1/tasks/1", user), 200);
    assert_true(says("\"state\":\"settled\"") && says("\"charge_micro\":6400000000"));
    assert_int_equal(POST(&t, "/v1/tasks/1/cancel", user, ""), 409);
    assert_true(says("task 1 is settled"));
    assert_int_equal(POST(&t, "/v1/resume", operator, "{\"reason\":\"a test\"}"), 409);
    assert_true(says("the exchange is open"));
    assert_int_equal(talk_ask(&t, "PATCH", "/v1/servers/0", provider, "", "{\"do\":\"undrain\"}"),
                     409);
    assert_true(says("server 0 is active"));
    assert_int_equal(GET(&t, "/v1/tasks/1/explanation", auditor), 200);
    assert_true(says("\"load_gigacycles\":600") && says("\"payment_micro\":"));
    assert_true(says("\"cluster\":\"Cluster 0 was the only one that could finish in time.\""));
    assert_true(says("No rival made it fall") && says("\"award_event_seq\":\""));
    assert_int_equal(GET(&t, "/v1/awards", provider), 200);
    assert_true(says("\"awards\":[]"));
    assert_int_equal(GET(&t, "/v1/clusters", user), 200);
    assert_true(says("[[\"0\"]]"));
    assert_int_equal(GET(&t, "/v1/cycles/1", user), 200);
    assert_true(says("\"policy\":\"linkage:rea-s\""));
    assert_int_equal(GET(&t, "/v1/providers", user), 200);
    assert_true(says("\"active\":1"));
    assert_int_equal(GET(&t, "/metrics", NULL), 200);
    assert_true(says("dcat_tasks_total{outcome=\"settled\"} 1\n"));
    assert_true(says("dcat_http_requests_total{route=\"POST /v1/quotes\",status=\"200\"} 1\n"));
    assert_true(says("dcat_awards_total{candidates=\"1\"} 1\n"));
    assert_true(says("dcat_price_ratio_count 1\n"));
    static const char *const parts[] = {"slot", "transfer", "queue", "run"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char count[64];
        snprintf(count, sizeof count, "dcat_delay_seconds_count{part=\"%s\"} 1\n", parts[i]);
        assert_true(says(count));
    }
    assert_true(says("dcat_open_tasks{state=\"running\"} 0\n"));
    assert_true(says("dcat_cluster_span_meters{of=\"largest\"} 0\n")); // one server
    assert_true(says("dcat_busy_ratio 0\n"));
}

static void test_refusals_say_what_would_do(void **fixture)
{
    (void)fixture;
    char task[512];
    snprintf(task, sizeof task, "{\"max_fee_micro\":10,%s", &TALK_TASK[1]);
    assert_int_equal(POST(&t, "/v1/tasks", user, task), 422);
    assert_true(says("the fee is 6400000000, max_fee_micro is 10"));
    snprintf(task, sizeof task, "{\"max_fee_micro\":\"999999999999999999\",%s", &TALK_TASK[1]);
    assert_int_equal(POST(&t, "/v1/tasks", user, task), 201);
    assert_true(says("\"max_fee_micro\":\"999999999999999999\"")); // beyond 2^53
    snprintf(task, sizeof task,
             "{\"origin\":{\"area\":\"north\"},\"work_gigacycles\":9000000,\"data_megabits\":0,"
             "\"deadline_s\":0.001}");
    assert_int_equal(POST(&t, "/v1/tasks", user, task), 402);
    assert_string_equal(talk_code(&t), "insufficient-balance");
    assert_int_equal(POST(&t, "/v1/tasks", user, ""), 400);
    assert_int_equal(POST(&t, "/v1/tasks", user, "[]"), 400);
    char big[70000];
    memset(big, ' ', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    assert_int_equal(POST(&t, "/v1/tasks", user, big), 413);
    assert_int_equal(GET(&t, "/v1/tasks?limit=0", user), 422);
    assert_int_equal(GET(&t, "/v1/tasks?state=lost", user), 422);
    assert_int_equal(GET(&t, "/v1/statements?month=2026-13", user), 422);
}

static void test_lists_come_in_pages(void **fixture)
{
    (void)fixture;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 201);
    }
    char path[256] = "/v1/tasks?limit=2";
    int count = 0;
    while (path[0] != '\0') {
        assert_int_equal(GET(&t, path, user), 200);
        for (const char *at = t.body; (at = strstr(at, "\"id\":")) != NULL; at++) {
            count++;
        }
        path[0] = '\0';
        const char *link = strstr(t.head, "Link: <");
        if (link != NULL) {
            assert_int_equal(sscanf(link, "Link: <%255[^>]>; rel=\"next\"", path), 1);
        }
    }
    assert_int_equal(count, 5);
    assert_int_equal(talk_ask(&t, "GET", "/v1/transfers", user, "Accept: text/csv\r\n", NULL), 200);
    assert_true(says("id,event_seq,at,debit,credit,amount_micro,kind,task\n"));
    time_t begun =
        (time_t)(t.setup.begun_unix_ns / 1000000000); // also when a month has ended since
    strftime(path, sizeof path, "/v1/statements?month=%Y-%m", gmtime(&begun));
    assert_int_equal(GET(&t, path, user), 200);
    assert_true(says("\"kind\":\"deposit\",\"count\":1"));
}

static void test_batch_has_one_answer_an_item(void **fixture)
{
    (void)fixture;
    const char *body = "{\"tasks\":["
                       "{\"key\":\"a000000000000001\",\"task\":" TALK_TASK "},"
                       "{\"key\":\"a000000000000002\",\"task\":{\"no\":1}},"
                       "{\"key\":\"a000000000000001\",\"task\":" TALK_TASK "}]}";
    assert_int_equal(POST(&t, "/v1/tasks:batch", user, body), 200);
    const char *first = strstr(t.body, "\"status\":201"),
               *second = strstr(t.body, "\"status\":422");
    const char *third = strstr(t.body, "\"status\":200");
    assert_true(first != NULL && second > first && third > second);
    const char *reports =
        "{\"reports\":[{\"kind\":\"ack\",\"task\":\"1\",\"attempt\":9,\"server\":\"0\"},"
        "{\"kind\":\"no\",\"task\":\"1\",\"attempt\":1,\"server\":\"0\"}]}";
    assert_int_equal(POST(&t, "/v1/reports", provider, reports), 200);
    assert_true(says("\"code\":\"wrong-attempt\"") || says("\"code\":\"wrong-state\""));
    assert_true(says("\"code\":\"out-of-range\""));
}

static void test_answers_are_kept_under_the_clients_key(void **fixture)
{
    (void)fixture;
    const char *key = "Idempotency-Key: 00112233445566778899\r\n";
    const char *deposit = "{\"party\":\"4\",\"amount_micro\":7}";
    char first[512];
    assert_int_equal(talk_ask(&t, "POST", "/v1/deposits", operator, key, deposit), 201);
    snprintf(first, sizeof first, "%s", t.body);
    assert_int_equal(talk_ask(&t, "POST", "/v1/deposits", operator, key, deposit), 201);
    assert_string_equal(t.body, first);
    assert_int_equal(
        talk_ask(&t, "POST", "/v1/deposits", operator, key, "{\"party\":\"4\",\"amount_micro\":8}"),
        422);
    assert_int_equal(GET(&t, "/v1/accounts", t.keys[4]), 200);
    assert_true(says("\"balance_micro\":1000000000007"));
}

// Of tasks and of answers that are kept alike.
static void test_digits_of_a_key_in_another_case_are_another_key(void **fixture)
{
    (void)fixture;
    const struct {
        const char *path, *key, *body;
    } rows[] = {{"/v1/tasks", t.keys[4], TALK_TASK},
                {"/v1/deposits", operator, "{\"party\":\"0\",\"amount_micro\":7}" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char first[512];
        assert_int_equal(talk_ask(&t, "POST", rows[i].path, rows[i].key,
                                  "Idempotency-Key: abcdef00112233445566\r\n", rows[i].body),
                         201);
        snprintf(first, sizeof first, "%.500s", t.body);
        assert_int_equal(talk_ask(&t, "POST", rows[i].path, rows[i].key,
                                  "Idempotency-Key: ABCDEF00112233445566\r\n", rows[i].body),
                         201);
        assert_string_not_equal(t.body, first);
    }
}

static void test_halted_means_nothing_is_accepted(void **fixture)
{
    (void)fixture;
    assert_int_equal(GET(&t, "/readyz", NULL), 200);
    assert_int_equal(POST(&t, "/v1/halt", operator, "{\"reason\":\"drill\"}"), 200);
    assert_int_equal(GET(&t, "/readyz", NULL), 503);
    assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 503);
    assert_string_equal(talk_code(&t), "halted");
    assert_non_null(strstr(t.head, "Retry-After: "));
    assert_int_equal(POST(&t, "/v1/resume", operator, "{\"reason\":\"drill\"}"), 200);
    assert_int_equal(GET(&t, "/readyz", NULL), 200);
}

// What a stream says within a while, from an event on.
static void hear(const char *key, const char *since, const char *until, char *text, size_t room)
{
    char command[512];
    snprintf(command, sizeof command,
             "curl -sN --max-time 120 -H 'Authorization: Bearer %s' "
             "'http://127.0.0.1:%d/v1/events?since=%s' | grep -m1 -B10000 '%s'",
             key, http_server_port(t.server), since, until);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(text, 1, room - 1, pipe);
    text[got] = '\0';
    pclose(pipe);
}

static void test_events_are_told_to_whom_they_concern(void **fixture)
{
    (void)fixture;
    static char mine[1 << 19], others[1 << 19], agents[1 << 19];
    hear(user, "1-1", "task.settled", mine, sizeof mine);
    assert_non_null(strstr(mine, "event: task.accepted\ndata: {\"task\":\"1\""));
    assert_non_null(strstr(mine, "event: task.started"));
    assert_non_null(strstr(mine, "event: slot.cleared"));
    assert_null(strstr(mine, "award.offered"));
    hear(provider, "1-1", "award.offered", agents, sizeof agents);
    assert_non_null(strstr(agents, "event: server.active\ndata: {\"server\":\"0\"}"));
    assert_null(strstr(agents, "task.accepted"));
    hear(t.keys[4], "1-1", "exchange.halted", others, sizeof others);
    assert_null(strstr(others, "\"task\":\"1\""));
    hear(t.keys[4], "1-1", "\"size\":", others, sizeof others);
    assert_non_null(strstr(others, "event: checkpoint\ndata: {\"size\":"));
    hear(user, "2-5", "stream.reset", others, sizeof others);
    assert_non_null(strstr(others, "stream.reset"));
    hear(provider, "1-1&only=slot,award", "award.offered", agents, sizeof agents);
    assert_non_null(strstr(agents, "event: slot.cleared"));
    assert_null(strstr(agents, "event: server."));
    hear(user, "now&only=checkpoint", "checkpoint", mine, sizeof mine); // not from the log
    assert_non_null(strstr(mine, "event: checkpoint"));
    assert_null(strstr(mine, "event: slot"));
    assert_int_equal(GET(&t, "/v1/events?only=award,tasks", user), 422);
    assert_string_equal(talk_code(&t), "out-of-range");
    assert_int_equal(GET(&t, "/v1/events?only=", user), 422);
}

static void test_log_is_served_from_the_beginning_after_a_restart(void **fixture)
{
    (void)fixture;
    static char before[1 << 19], after[1 << 19];
    hear(user, "1-1", "task.settled", before, sizeof before);
    talk_stop(&t);
    talk_start(&t);
    hear(user, "1-1", "task.settled", after, sizeof after);
    assert_non_null(strstr(after, "event: task.accepted\ndata: {\"task\":\"1\""));
    assert_non_null(strstr(after, ": from the log"));
    assert_int_equal(GET(&t, "/v1/tasks/1", user), 200);
    assert_true(says("\"state\":\"settled\""));
    assert_int_equal(POST(&t, "/v1/backups", operator, "{\"name\":\"one\"}"), 201);
    assert_int_equal(POST(&t, "/v1/backups", operator, "{\"name\":\"one\"}"), 409);
    char path[128];
    struct stat about;
    snprintf(path, sizeof path, "%s/backups/one.db", t.folder);
    assert_int_equal(stat(path, &about), 0);
}

static void test_limits_are_kept(void **fixture)
{
    (void)fixture;
    talk_stop(&t);
    t.config.requests_per_s = t.config.failures_per_s = 1.0;
    talk_start(&t);
    int asked = 0, refused = 0;
    while (refused < 10 && asked < 1000) { // on a slow machine some more are let through
        refused += GET(&t, "/v1/market", user) == 429;
        asked++;
    }
    assert_int_equal(refused, 10);
    assert_string_equal(talk_code(&t), "rate-limited");
    assert_int_equal(GET(&t, "/v1/market", operator), 200); // a key of its own
    bool ended = false;
    for (int i = 0; i < 1000 && !ended; i++) { // guessing has an end, for all from there
        ended = GET(&t, "/v1/market", NULL) == 429 && GET(&t, "/v1/market", auditor) == 429;
    }
    assert_true(ended);
}

static void test_only_loopback_without_tls_and_only_the_logs_rules(void **fixture)
{
    (void)fixture;
    dcat_error err;
    http_config config = t.config;
    config.address = "0.0.0.0";
    assert_int_equal(http_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "no loopback address"));
    config.certificate = config.key = "x";
    assert_int_equal(http_config_check(&config, &err), DCAT_OK);
    config.key = NULL;
    assert_int_equal(http_config_check(&config, &err), DCAT_ERR_RANGE);
    config = t.config;
    config.address = "::1";
    assert_int_equal(http_config_check(&config, &err), DCAT_OK);
    config.address = "localhost";
    assert_int_equal(http_config_check(&config, &err), DCAT_ERR_RANGE);
    config = t.config;
    config.port = 65536;
    assert_int_equal(http_config_check(&config, &err), DCAT_ERR_RANGE);
    config = t.config;
    config.failures_per_s = 0.0;
    assert_int_equal(http_config_check(&config, &err), DCAT_ERR_RANGE);

    talk_stop(&t);
    http_server *server = NULL;
    exchange_setup other = t.setup;
    other.config.slot_ns *= 2;
    config = t.config;
    config.live.setup = &other;
    assert_int_equal(http_server_start(&config, &server, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "times differs"));
    talk_start(&t);
}

// Two on one port would each get some of the requests.
static void test_port_of_another_exchange_is_refused(void **fixture)
{
    (void)fixture;
    dcat_error err;
    talk other;
    talk_begin(&other);
    exchange_store *store = NULL;
    assert_int_equal(exchange_store_create(other.folder, NULL, &other.setup, &store, NULL),
                     DCAT_OK);
    exchange_store_close(store);
    other.config.port = http_server_port(t.server);
    assert_int_equal(http_server_start(&other.config, &other.server, &err), DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "is the port free?"));
    other.config.port = 0;
    talk_start(&other);
    talk_end(&other);
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task_is_accepted_awarded_run_and_settled),
        cmocka_unit_test(test_refusals_say_what_would_do),
        cmocka_unit_test(test_lists_come_in_pages),
        cmocka_unit_test(test_batch_has_one_answer_an_item),
        cmocka_unit_test(test_answers_are_kept_under_the_clients_key),
        cmocka_unit_test(test_digits_of_a_key_in_another_case_are_another_key),
        cmocka_unit_test(test_halted_means_nothing_is_accepted),
        cmocka_unit_test(test_events_are_told_to_whom_they_concern),
        cmocka_unit_test(test_log_is_served_from_the_beginning_after_a_restart),
        cmocka_unit_test(test_limits_are_kept),
        cmocka_unit_test(test_only_loopback_without_tls_and_only_the_logs_rules),
        cmocka_unit_test(test_port_of_another_exchange_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
