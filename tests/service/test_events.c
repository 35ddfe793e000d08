// SPDX-License-Identifier: Apache-2.0
// A stream of events is the same events however it is cut, and its limits hold.

#include "exchange/client/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool hear(void *user, const client_event *event)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 512 - used, "%s/%s/%s;", event->id != NULL ? event->id : "-",
             event->name != NULL ? event->name : "-", event->data);
    return true;
}

static void test_however_it_is_cut(void **state)
{
    (void)state;
    static const char stream[] =
        "data: a\r\rid: 7\nevent:b\r\ndata\ndata:  c\r\n\r\nretry: 5\n: x\n\n"
        "colon:\ndata: d:e\n\n";
    for (size_t cut = 0; cut <= sizeof stream - 1; cut++) {
        char text[512] = "";
        bool enough;
        events e;
        events_start(&e, "", hear, text);
        assert_int_equal(events_feed(&e, stream, cut, &enough, NULL), DCAT_OK);
        assert_int_equal(events_feed(&e, stream + cut, sizeof stream - 1 - cut, &enough, NULL),
                         DCAT_OK);
        events_free(&e);
        assert_string_equal(text, "-/-/a;7/b/\n c;7/-/d:e;");
    }
}

static void test_an_event_has_its_limit(void **state)
{
    (void)state;
    char text[512] = "";
    bool enough;
    events e;
    events_start(&e, "", hear, text);
    static char line[4096];
    memset(line, 'x', sizeof line);
    snprintf(line, sizeof line, "data:");
    line[5] = 'x';
    line[sizeof line - 1] = '\n';
    dcat_status status = DCAT_OK;
    size_t count = 0;
    while (status == DCAT_OK && count < 1000) {
        status = events_feed(&e, line, sizeof line, &enough, NULL);
        count++;
    }
    assert_int_equal(status, DCAT_ERR_RANGE);
    assert_true(count > EVENTS_BYTES_MAX / sizeof line - 2);
    events_free(&e);
}

static void test_fields_too_long_are_left_out(void **state)
{
    (void)state;
    char text[512] = "", stream[512], word[100];
    memset(word, 'i', sizeof word);
    word[sizeof word - 1] = '\0';
    snprintf(stream, sizeof stream, "id: 3\n\nid: %s\nevent: %s\ndata: d\n\n", word, word);
    bool enough;
    events e;
    events_start(&e, "2", hear, text);
    assert_int_equal(events_feed(&e, stream, strlen(stream), &enough, NULL), DCAT_OK);
    assert_string_equal(text, "3/-/d;");
    events_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_however_it_is_cut),
        cmocka_unit_test(test_an_event_has_its_limit),
        cmocka_unit_test(test_fields_too_long_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
