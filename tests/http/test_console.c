// SPDX-License-Identifier: Apache-2.0
// The console's files, and the answers that only it asks for.
#include "exchange/http/console.h"
#include "exchange/live/history.h"
#include "support.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static talk t;
static const char *const user = t.keys[ROLE_USER], *const provider = t.keys[ROLE_PROVIDER],
                         *const operator= t.keys[ROLE_OPERATOR],
                         *const auditor = t.keys[ROLE_AUDITOR];

static bool says(const char *text)
{
    return strstr(t.body, text) != NULL;
}

static void header(const char *name, char *value, size_t room)
{
    char line[64];
    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = strstr(t.head, line);
    if (at == NULL) {
        fail_msg("no header %s in\n%s", name, t.head);
        return;
    }
    at += strlen(line);
    snprintf(value, room, "%.*s", (int)strcspn(at, "\r"), at);
}

static void test_page_is_strict_and_known_by_its_tag(void **fixture)
{
    (void)fixture;
    char value[128], tag[80];
    assert_int_equal(GET(&t, "/", NULL), 200);
    assert_true(says("<!doctype html>") && !says("<style") && !says(" style="));
    header("Content-Security-Policy", value, sizeof value);
    assert_string_equal(value, "default-src 'self'");
    header("Content-Type", value, sizeof value);
    assert_string_equal(value, "text/html; charset=utf-8");
    header("ETag", value, sizeof value);
    snprintf(tag, sizeof tag, "If-None-Match: %.40s\r\n", value);
    assert_int_equal(talk_ask(&t, "GET", "/", NULL, tag, NULL), 304);
    assert_int_equal(GET(&t, "/console/console.css", NULL), 200);
    header("Content-Type", value, sizeof value);
    assert_string_equal(value, "text/css; charset=utf-8");
    assert_int_equal(GET(&t, "/console/nothing.js", NULL), 404);
    assert_int_equal(GET(&t, "/console/..%2f..%2fetc%2fpasswd", NULL), 404);
}

static void test_every_file_has_a_type_that_browsers_run(void **fixture)
{
    (void)fixture;
    assert_true(console_file_count > 3);
    assert_null(console_find("none"));
    for (size_t i = 0; i < console_file_count; i++) {
        assert_ptr_equal(console_find(console_files[i].name), &console_files[i]);
        assert_string_not_equal(console_type(console_files[i].name), "application/octet-stream");
    }
    assert_string_equal(console_type("name"), "application/octet-stream");
    assert_string_equal(console_type("a.svg"), "image/svg+xml");
}

static void test_overview_adds_up(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 201);
    assert_int_equal(GET(&t, "/v1/overview", operator), 200);
    assert_true(says("\"sum_micro\":0") && says("\"kind\":\"user.held\""));
    assert_true(says("\"complete\":true") && says("\"earned_micro\":0"));
    assert_true(says("\"area\":\"south\",\"arrived\":1"));
    assert_int_equal(GET(&t, "/v1/overview", user), 200);
    assert_false(says("accounts")); // of others
    assert_int_equal(GET(&t, "/v1/overview", NULL), 401);
}

static void test_history_ends_now(void **fixture)
{
    (void)fixture;
    assert_int_equal(GET(&t, "/v1/history?span=60", provider), 200);
    assert_true(says("\"every_s\":10") && says("\"commit_p99_s\":"));
    assert_int_equal(GET(&t, "/v1/history?span=59", provider), 422);
    assert_int_equal(GET(&t, "/v1/history?span=x", provider), 422);
}

static void test_lists_begin_with_the_newest_where_that_is_asked(void **fixture)
{
    (void)fixture;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 201);
    }
    assert_int_equal(GET(&t, "/v1/tasks?order=newest&limit=2", auditor), 200);
    char *first = strstr(t.body, "{\"id\":\"4\""), *second = strstr(t.body, "{\"id\":\"3\"");
    assert_non_null(first);
    assert_true(second > first && !says("{\"id\":\"2\""));
    char link[128];
    header("Link", link, sizeof link);
    assert_string_equal(link, "</v1/tasks?after=3&limit=2&order=newest>; rel=\"next\"");
    assert_int_equal(GET(&t, "/v1/tasks?order=newest&limit=2&after=3", user), 200);
    assert_true(says("{\"id\":\"2\"") && says("{\"id\":\"1\"") && !says("{\"id\":\"3\""));
    assert_int_equal(GET(&t, "/v1/tasks?order=random", user), 422);
    assert_int_equal(GET(&t, "/v1/transfers?order=newest&limit=1", operator), 200);
    assert_true(says("\"kind\":\"hold\""));
}

static void test_transfers_of_a_task_are_found(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 201);
    assert_int_equal(POST(&t, "/v1/tasks/5/cancel", user, "{\"reason\":\"not needed\"}"), 200);
    assert_true(says("\"closed_at\":"));
    assert_int_equal(GET(&t, "/v1/transfers?task=5", user), 200);
    assert_true(says("\"kind\":\"hold\"") && says("\"kind\":\"release\"") &&
                !says("\"task\":\"4\""));
    assert_int_equal(GET(&t, "/v1/transfers?task=4", user), 200); // open
    assert_true(says("\"kind\":\"hold\"") && !says("\"task\":\"5\""));
    assert_int_equal(GET(&t, "/v1/transfers?task=999", user), 404);
    assert_int_equal(GET(&t, "/v1/transfers?task=x", user), 422);
    assert_int_equal(GET(&t, "/v1/transfers?task=5&order=newest", user), 422);
    // Another user sees none of them.
    assert_int_equal(GET(&t, "/v1/transfers?task=5", t.keys[4]), 200);
    assert_true(says("\"transfers\":[]"));
}

static void test_actions_tell_their_reasons(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/halt", operator, "{\"reason\":\"payouts look wrong\"}"), 200);
    assert_int_equal(POST(&t, "/v1/resume", operator, "{\"reason\":\"they were right\"}"), 200);
    assert_int_equal(
        POST(&t, "/v1/servers", provider,
             "{\"name\":\"s\",\"x_km\":11,\"y_km\":21,\"speed_ghz\":600,\"cores\":100}"),
        201);
    assert_int_equal(talk_ask(&t, "PATCH", "/v1/servers/0", operator, "",
                              "{\"do\":\"suspend\",\"reason\":\"smoke\"}"),
                     200);
    assert_int_equal(
        talk_ask(&t, "PATCH", "/v1/servers/0", operator, "", "{\"do\":\"admit\",\"why\":1}"), 422);
    assert_int_equal(GET(&t, "/v1/actions", auditor), 200);
    assert_true(says("\"action\":\"halt\"") && says("\"reason\":\"payouts look wrong\""));
    assert_true(says("\"action\":\"suspend\"") && says("\"server\":\"0\"") && says("smoke"));
    assert_true(says("\"reason\":\"not needed\"")); // of the cancelled task
    assert_int_equal(GET(&t, "/v1/actions", user), 403);
}

static void test_history_is_a_ring(void **fixture)
{
    (void)fixture;
    live_history h;
    assert_true(live_history_create(&h));
    assert_true(live_history_is_due(&h, 0));
    for (int i = 0; i < HISTORY_SAMPLES + 5; i++) {
        const live_sample s = {.at_ns = i * HISTORY_EVERY_NS};
        live_history_add(&h, &s);
    }
    assert_int_equal(h.count, HISTORY_SAMPLES);
    assert_int_equal(live_history_at(&h, 0)->at_ns, 5 * HISTORY_EVERY_NS);
    int64_t last_ns = (HISTORY_SAMPLES + 4) * HISTORY_EVERY_NS;
    assert_int_equal(live_history_at(&h, h.count - 1)->at_ns, last_ns);
    assert_false(live_history_is_due(&h, last_ns + HISTORY_EVERY_NS - 1));
    assert_true(live_history_is_due(&h, last_ns + HISTORY_EVERY_NS));
    live_history_destroy(&h);
}

static void test_quantile_of_commits(void **fixture)
{
    (void)fixture;
    const live_sample from = {.commits = {5, 1}};
    assert_true(live_commit_quantile(&from, &from, 0.99) == 0.0);
    live_sample to = from;
    to.commits[2] += 100; // from 0.3 to 1 ms
    assert_float_equal(live_commit_quantile(&from, &to, 0.5), 0.00065, 1e-9);
    to.commits[LIVE_BOUND_COUNT] += 900; // above all bounds
    assert_float_equal(live_commit_quantile(&from, &to, 0.99), 10.0, 1e-9);
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
        cmocka_unit_test(test_page_is_strict_and_known_by_its_tag),
        cmocka_unit_test(test_every_file_has_a_type_that_browsers_run),
        cmocka_unit_test(test_overview_adds_up),
        cmocka_unit_test(test_history_ends_now),
        cmocka_unit_test(test_lists_begin_with_the_newest_where_that_is_asked),
        cmocka_unit_test(test_transfers_of_a_task_are_found),
        cmocka_unit_test(test_actions_tell_their_reasons),
        cmocka_unit_test(test_history_is_a_ring),
        cmocka_unit_test(test_quantile_of_commits),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
