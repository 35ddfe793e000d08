// SPDX-License-Identifier: Apache-2.0
// The parts of a server by themselves: the queue, what is told, limits, keys, fields, texts.
#include "exchange/http/fields.h"
#include "exchange/http/keys.h"
#include "exchange/http/limits.h"
#include "exchange/http/out.h"
#include "exchange/live/hub.h"
#include "exchange/live/queue.h"
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)

static void test_queue_is_bounded_and_in_order(void **fixture)
{
    (void)fixture;
    queue q;
    live_command a = {0}, b = {0}, c = {0};
    int32_t count = 0;
    bool stopped = true;
    queue_init(&q, 2);
    assert_null(queue_take(&q, 0, &count, &stopped)); // that time is over
    assert_true(count == 0 && !stopped);
    assert_true(queue_push(&q, &a) && queue_push(&q, &b));
    assert_int_equal(queue_count(&q), 2);
    assert_false(queue_push(&q, &c));
    assert_ptr_equal(queue_take(&q, 0, &count, &stopped), &a);
    assert_int_equal(count, 2);
    assert_ptr_equal(a.next, &b);
    assert_null(b.next);
    assert_true(queue_push(&q, &c));
    queue_stop(&q);
    assert_false(queue_push(&q, &a));
    assert_ptr_equal(queue_take(&q, INT64_MAX / 2, &count, &stopped), &c);
    assert_true(stopped);
    queue_destroy(&q);
}

static int woken;
static void wake(live_listener *listener)
{
    (void)listener;
    woken++;
}

static void stage(live_hub *hub, int64_t seq, int32_t party)
{
    const live_note note = {.seq = seq, .id = seq, .party = party, .kind = NOTE_TASK};
    live_hub_stage(hub, &note);
}

static void test_hub_tells_those_whom_it_concerns(void **fixture)
{
    (void)fixture;
    live_hub *hub = live_hub_create(10);
    live_listener mine = {.party = 1, .role = ROLE_USER, .wake = wake};
    live_listener all = {.party = 9, .role = ROLE_AUDITOR, .wake = wake};
    live_note notes[8];
    bool lost = true;
    assert_true(live_hub_place(hub, 10, &mine.place) && live_hub_place(hub, 10, &all.place));
    uint64_t place = 0;
    assert_false(live_hub_place(hub, 9, &place)); // event 10 is in the log alone
    assert_true(live_hub_wait(hub, &mine) && live_hub_wait(hub, &all));
    woken = 0;
    stage(hub, 11, 2);
    assert_int_equal(live_hub_read(hub, &all, notes, 8, &lost), 0); // not published
    live_hub_publish(hub, 11);
    assert_int_equal(woken, 1);
    assert_int_equal(live_hub_size(hub), 11);
    assert_int_equal(live_hub_behind(hub, &all, 10), 1);
    assert_int_equal(live_hub_behind(hub, &mine, 10), 0); // it waits: nothing was for it
    assert_int_equal(live_hub_behind(hub, &all, 12), 0);
    assert_int_equal(live_hub_read(hub, &all, notes, 8, &lost), 1);
    assert_int_equal(notes[0].seq, 11);
    stage(hub, 12, 1);
    stage(hub, 12, LIVE_EVERYBODY);
    live_hub_publish(hub, 12);
    assert_int_equal(woken, 2);
    assert_int_equal(live_hub_read(hub, &mine, notes, 8, &lost), 2);
    assert_false(lost);
    assert_true(live_hub_place(hub, 11, &place));
    assert_int_equal(place, 1);
    assert_false(live_hub_wait(hub, &all)); // there is something already
    assert_true(live_hub_wait(hub, &mine));
    live_hub_wake_all(hub);
    assert_true(woken == 3 && mine.woken);
    assert_true(live_hub_wait(hub, &mine));
    live_hub_leave(hub, &mine);
    live_hub_wake_all(hub);
    assert_int_equal(woken, 3);
    live_hub_destroy(hub);
    live_hub_destroy(NULL);
}

static void test_hub_says_when_somebody_is_too_far_behind(void **fixture)
{
    (void)fixture;
    live_hub *hub = live_hub_create(0);
    live_listener slow = {.party = 1, .role = ROLE_USER, .wake = wake};
    live_note note;
    bool lost = false;
    for (int64_t seq = 1; seq <= LIVE_NOTES + 5; seq++) {
        stage(hub, seq, 1);
    }
    live_hub_publish(hub, LIVE_NOTES + 5);
    assert_int_equal(live_hub_read(hub, &slow, &note, 1, &lost), 0);
    assert_true(lost);
    assert_false(live_hub_place(hub, 3, &slow.place));
    assert_true(live_hub_place(hub, 6, &slow.place)); // of which the oldest is the next
    assert_int_equal(live_hub_read(hub, &slow, &note, 1, &lost), 1);
    assert_int_equal(note.seq, 7);
    live_hub_destroy(hub);
}

static void test_limits_fill_with_time_and_by_address(void **fixture)
{
    (void)fixture;
    rate_limit l = {0};
    assert_true(limit_take(&l, 2.0, 5 * S) && limit_take(&l, 2.0, 5 * S));
    assert_false(limit_take(&l, 2.0, 5 * S));
    assert_true(limit_take(&l, 2.0, 5 * S + S / 2));
    assert_false(limit_take(&l, 2.0, 5 * S + S / 2));
    assert_true(limit_has(&l, 2.0, 100 * S));
    assert_near(l.tokens, 2.0, 0); // and not more than a second's worth

    failures *f = failures_create(1.0);
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000001)}};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr *one = (const struct sockaddr *)&four;
    failures_count(f, one, S);
    assert_false(failures_allow(f, one, S));
    four.sin_port = 77; // the same address
    assert_false(failures_allow(f, one, S));
    assert_true(failures_allow(f, one, 2 * S));
    (void)failures_allow(f, (const struct sockaddr *)&six, S);
    (void)failures_allow(f, NULL, S);
    failures_destroy(f);
    failures_destroy(NULL);
}

static void test_bearer_keys_have_their_form_and_no_two_are_alike(void **fixture)
{
    (void)fixture;
    char one[HTTP_KEY_BYTES], two[HTTP_KEY_BYTES];
    exchange_key hash, other;
    http_key_make(ROLE_OPERATOR, one, &hash);
    http_key_make(ROLE_OPERATOR, two, &other);
    assert_int_equal(strlen(one), strlen("dk_operator_") + 43);
    assert_int_equal(
        strspn(one + 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(one, two);
    assert_memory_not_equal(&hash, &other, sizeof hash);
    other = http_key_hash(one);
    assert_memory_equal(&hash, &other, sizeof hash);
}

static fields fields_in(json_t **object, const char *text, http_problem *problem)
{
    *problem = (http_problem){0};
    *object = fields_parse(text, strlen(text), false, problem);
    assert_non_null(*object);
    return fields_of(*object, "", problem);
}

static void test_fields_are_of_their_kind_or_refused_by_name(void **fixture)
{
    (void)fixture;
    static const char *const words[] = {"a", "b"};
    json_t *object = NULL;
    http_problem problem;
    fields f =
        fields_in(&object,
                  "{\"i\":3,\"n\":2.5,\"t\":\"x\",\"m\":\"12\",\"k\":7,\"id\":\"0012\",\"w\":\"b\","
                  "\"b\":true,\"null\":null,\"name\":\"x y\"}",
                  &problem);
    assert_int_equal(fields_whole(&f, "i", FIELDS_REQUIRED, 0, 9), 3);
    assert_int_equal(fields_whole(&f, "none", 4, 0, 9), 4);
    assert_near(fields_number(&f, "n", FIELDS_REQUIRED_NUMBER, 0, 9), 2.5, 0);
    assert_near(fields_number(&f, "null", 6.0, 0, 9), 6.0, 0);
    assert_string_equal(fields_text(&f, "t", true, 1), "x");
    assert_null(fields_text(&f, "none", false, 1));
    assert_int_equal(fields_money(&f, "m", -1), 12);
    assert_int_equal(fields_money(&f, "k", -1), 7);
    assert_int_equal(fields_id(&f, "id"), 12);
    assert_int_equal(fields_word(&f, "w", words, 2, -1), 1);
    assert_int_equal(fields_word(&f, "none", words, 2, 0), 0);
    assert_true(fields_truth(&f, "b"));
    assert_string_equal(fields_name(&f, "name"), "x y");
    assert_true(fields_end(&f));
    json_decref(object);

    static const struct {
        const char *text, *says;
    } rows[] = {
        {"{\"i\":3.5}", "i must be a whole number"},
        {"{\"i\":10}", "i must be a whole number"},
        {"{\"n\":\"1\"}", "n must be a number"},
        {"{\"n\":99}", "n must be a number in [0, 9]"},
        {"{\"t\":\"\"}", "t must be a text"},
        {"{\"t\":\"xxxx\"}", "t must be a text of up to 3"},
        {"{\"m\":0}", "m must be whole micro"},
        {"{\"m\":\"-1\"}", "m must be whole micro"},
        {"{\"m\":1.5}", "m must be whole micro"},
        {"{\"id\":12}", "id must be an id"},
        {"{\"id\":\"1x\"}", "id must be an id"},
        {"{\"w\":\"c\"}", "w must be one of: a, b"},
        {"{\"b\":1}", "b must be true or false"},
        {"{\"name\":\"a\\\\\"}", "name must be of printable"},
        {"{\"name\":\"\xc3\xa4\"}", "name must be of printable"},
        {"{\"o\":1}", "o must be an object"},
        {"{\"a\":[]}", "a must be an array of 1 to 2"},
        {"{\"a\":[1,2,3]}", "a must be an array"},
        {"{\"other\":1}", "other is not known"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        f = fields_in(&object, rows[i].text, &problem);
        fields_whole(&f, "i", 0, 0, 9);
        fields_number(&f, "n", 0.0, 0, 9);
        fields_text(&f, "t", fields_has(&f, "t"), 3);
        fields_money(&f, "m", 1);
        fields_word(&f, "w", words, 2, 0);
        fields_object(&f, "o", false);
        if (fields_has(&f, "id")) {
            fields_id(&f, "id");
        }
        if (fields_has(&f, "b")) {
            fields_truth(&f, "b");
        }
        if (fields_has(&f, "name")) {
            fields_name(&f, "name");
        }
        if (fields_has(&f, "a")) {
            fields_array(&f, "a", 2);
        }
        assert_false(fields_end(&f));
        if (strstr(problem.detail, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].text, problem.detail);
        }
        json_decref(object);
    }
    problem = (http_problem){0};
    assert_null(fields_parse("[]", 2, false, &problem));
    assert_int_equal(problem.code, PROBLEM_MALFORMED);
    problem = (http_problem){0};
    assert_null(fields_parse("{\"a\":1,\"a\":2}", 13, false, &problem)); // which of them?
    problem = (http_problem){0};
    object = fields_parse(NULL, 0, true, &problem);
    assert_non_null(object);
    json_decref(object);
}

static void test_values_are_written_so_that_nothing_is_lost(void **fixture)
{
    (void)fixture;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    out_money(out, OUT_EXACT);
    out_money(out, OUT_EXACT + 1);
    out_money(out, -OUT_EXACT - 1);
    out_text(out, NULL);
    out_text(out, "a\"\\\n\x7f\xc3\xa4");
    out_time(out, INT64_C(1795931356722391000));
    const http_problem problem = {PROBLEM_BUSY, "wait"};
    http_problem_write(&problem, out);
    fclose(out);
    assert_string_equal(
        text, "9007199254740992\"9007199254740993\"\"-9007199254740993\"null"
              "\"a\\\"\\\\\\u000a\\u007f\xc3\xa4\"\"2026-11-29T05:49:16.722Z\""
              "{\"type\":\"https://dcat.example/problems/busy\",\"title\":\"The exchange is "
              "busy\",\"status\":503,\"code\":\"busy\",\"detail\":\"wait\","
              "\"retry_after_s\":1}");
    free(text);
}

static void test_every_code_of_the_exchange_is_a_problem_or_none(void **fixture)
{
    (void)fixture;
    for (int code = 0; code < CODE_COUNT; code++) {
        http_problem_code problem = http_problem_of((exchange_code)code);
        bool none = code == CODE_DONE || code == CODE_REPEATED;
        assert_true((problem == PROBLEM_NONE) == none);
        assert_true(none || (http_problem_status(problem) >= 400 && http_problem_word(problem)[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_is_bounded_and_in_order),
        cmocka_unit_test(test_hub_tells_those_whom_it_concerns),
        cmocka_unit_test(test_hub_says_when_somebody_is_too_far_behind),
        cmocka_unit_test(test_limits_fill_with_time_and_by_address),
        cmocka_unit_test(test_bearer_keys_have_their_form_and_no_two_are_alike),
        cmocka_unit_test(test_fields_are_of_their_kind_or_refused_by_name),
        cmocka_unit_test(test_values_are_written_so_that_nothing_is_lost),
        cmocka_unit_test(test_every_code_of_the_exchange_is_a_problem_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
