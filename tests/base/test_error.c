// SPDX-License-Identifier: Apache-2.0
// Status codes and messages.

#include "dcat/error.h"
#include "support.h"
#include <stdio.h>
#include <string.h>

static void test_every_status_has_its_own_text(void **fixture)
{
    (void)fixture;
    for (int a = 0; a < DCAT_STATUS_COUNT; a++) {
        assert_true(strlen(dcat_status_text((dcat_status)a)) > 1);
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(dcat_status_text((dcat_status)a),
                                    dcat_status_text((dcat_status)b));
        }
    }
    assert_string_equal(dcat_status_text(DCAT_OK), "ok");
    assert_string_equal(dcat_status_text(DCAT_STATUS_COUNT), "unknown status");
    assert_string_equal(dcat_status_text((dcat_status)-1), "unknown status");
}

static void test_users_are_blamed_for_input_and_not_for_the_machine(void **fixture)
{
    (void)fixture;
    const dcat_status of_users[] = {DCAT_ERR_RANGE,     DCAT_ERR_FORMAT,    DCAT_ERR_FIELD,
                                    DCAT_ERR_REFERENCE, DCAT_ERR_NOT_FOUND, DCAT_ERR_EXISTS};
    for (size_t i = 0; i < sizeof of_users / sizeof of_users[0]; i++) {
        assert_true(dcat_status_is_user_error(of_users[i]));
    }
    const dcat_status others[] = {DCAT_OK, DCAT_ERR_IO, DCAT_ERR_MEMORY, DCAT_ERR_INTERNAL,
                                  DCAT_STATUS_COUNT};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(dcat_status_is_user_error(others[i]));
    }
}

static void test_fail_fills_the_error_and_returns_the_status(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    assert_int_equal(dcat_fail(&err, DCAT_ERR_RANGE, "%s must be > %d", "speed", 0),
                     DCAT_ERR_RANGE);
    assert_int_equal(err.status, DCAT_ERR_RANGE);
    assert_string_equal(err.message, "speed must be > 0");
    assert_int_equal(dcat_fail(NULL, DCAT_ERR_IO, "nobody asked"), DCAT_ERR_IO);
}

static void test_fail_cuts_a_long_message(void **fixture)
{
    (void)fixture;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    dcat_error err = {0};
    dcat_fail(&err, DCAT_ERR_FORMAT, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

// A message has room for 511 bytes: a character that does not fit goes as a whole.
static void test_fail_cuts_between_characters(void **fixture)
{
    (void)fixture;
    static const char *const characters[] = {"z", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x99"};
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
        size_t bytes = strlen(characters[i]);
        for (size_t before = 506; before <= 511; before++) {
            char text[600];
            memset(text, 'x', before);
            snprintf(&text[before], sizeof text - before, "%stail", characters[i]);
            dcat_error err = {0};
            dcat_fail(&err, DCAT_ERR_FORMAT, "%s", text);
            bool fits = before + bytes <= sizeof err.message - 1;
            size_t all = strlen(text) < 511 ? strlen(text) : 511;
            assert_int_equal(strlen(err.message), fits ? all : before);
            assert_memory_equal(err.message, text, strlen(err.message));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_its_own_text),
        cmocka_unit_test(test_users_are_blamed_for_input_and_not_for_the_machine),
        cmocka_unit_test(test_fail_fills_the_error_and_returns_the_status),
        cmocka_unit_test(test_fail_cuts_a_long_message),
        cmocka_unit_test(test_fail_cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
