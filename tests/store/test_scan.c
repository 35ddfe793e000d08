// SPDX-License-Identifier: Apache-2.0
// Objects of the log are read as they are written, and any other text is refused or read as
// something harmless, never beyond its end.

#include "exchange/store/scan.h"
#include "random_world.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

static scan_text text(const char *words)
{
    return (scan_text){words, strlen(words)};
}

static void test_members_are_found_by_key(void **fixture)
{
    (void)fixture;
    scan_object object;
    assert_true(scan_read(
        text("{\"a\":-12,\"b\":\"x,}y\",\"c\":[1,[2,\"]\"],{\"d\":3}],\"e\":0.5}"), &object));
    assert_int_equal(object.count, 4);
    assert_int_equal(scan_integer(&object, "a"), -12);
    assert_true(scan_is(scan_find(&object, "b"), "x,}y"));
    assert_true(scan_real(scan_find(&object, "e")) == 0.5);
    assert_int_equal(scan_integer(&object, "none"), 0);
    static const char *const elements[] = {"1", "[2,\"]\"]", "{\"d\":3}"};
    size_t at = 0, count = 0;
    scan_text element;
    while (scan_next(scan_find(&object, "c"), &at, &element)) {
        assert_true(scan_is(element, elements[count++]));
    }
    assert_int_equal(count, 3);
    assert_true(scan_read(text("{}"), &object) && object.count == 0);
    at = 0;
    assert_false(scan_next(text("[]"), &at, &element));
    at = 0;
    assert_false(scan_next(text("5"), &at, &element));
    assert_int_equal(scan_number(text("9223372036854775807")), INT64_MAX);
    assert_int_equal(scan_number(text("-9223372036854775808")), INT64_MIN);
}

static void test_keys_behind_a_letter_are_not_looked_at(void **fixture)
{
    (void)fixture;
    scan_object object;
    const scan_text body = text("{\"a\":1,\"n\":2,\"p\":\"no end}");
    assert_true(scan_read_to(body, 'n', &object));
    assert_int_equal(object.count, 2);
    assert_int_equal(scan_integer(&object, "n"), 2);
    assert_false(scan_read_to(body, 'p', &object));
    assert_true(scan_read_to(text("{\"p\":1}"), 'n', &object) && object.count == 0);
}

static void test_other_text_is_refused(void **fixture)
{
    (void)fixture;
    static const char *const bad[] = {
        "",           "{",         "[]",           "{\"a\"}",       "{\"a\":1",        "{a:1}",
        "{\"a\":\"}", "{\"a\":[}", "{\"a\":1,\"}", "{\"a\\\"\":1}", "{\"a\":\"\\n\"}", "x{\"a\":1}",
        "{\"a\" :1}",
    };
    scan_object object;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (scan_read(text(bad[i]), &object)) {
            fail_msg("%s is read", bad[i]);
        }
    }
    char many[256] = "{";
    for (int i = 0; i <= SCAN_MEMBERS; i++) {
        strcat(many, i == 0 ? "\"a\":1" : ",\"a\":1");
    }
    assert_false(scan_read(text(strcat(many, "}")), &object));
}

// In memory of exactly its size, so that a sanitizer sees any step beyond.
static void test_no_text_is_read_beyond_its_end(void **fixture)
{
    (void)fixture;
    static const char letters[] = "{}[]\",:\\a1-";
    dcat_rng rng = test_rng(1);
    size_t read = 0;
    for (int n = 0; n < 200000; n++) {
        size_t count = dcat_rng_below(&rng, 14);
        char *own = malloc(count + (count == 0));
        assert_non_null(own);
        for (size_t i = 0; i < count; i++) {
            own[i] = letters[dcat_rng_below(&rng, sizeof letters - 1)];
        }
        if (count > 2 && dcat_rng_below(&rng, 2) == 0) { // so that some are objects
            own[0] = '{';
            own[1] = '"';
            own[count - 1] = '}';
        }
        scan_object object;
        if (scan_read((scan_text){own, count}, &object)) {
            read++;
        }
        scan_text element;
        for (size_t at = 0; scan_next((scan_text){own, count}, &at, &element);) {
            assert_true(element.at >= own && element.at + element.count <= own + count);
        }
        free(own);
    }
    assert_true(read > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_found_by_key),
        cmocka_unit_test(test_keys_behind_a_letter_are_not_looked_at),
        cmocka_unit_test(test_other_text_is_refused),
        cmocka_unit_test(test_no_text_is_read_beyond_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
