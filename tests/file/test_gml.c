// SPDX-License-Identifier: Apache-2.0
// The tokens of GML at the ends of what is accepted: depth, lengths, lines and entities.

#include "file/gml/gml.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

static void expect_text(const char *text, const char *expected)
{
    char out[64];
    const gml_pair pair = {.kind = GML_STRING, .text = text, .length = strlen(text)};
    assert_int_equal(gml_text(&pair, out, sizeof out), strlen(expected));
    assert_string_equal(out, expected);
}

static void test_entities_become_characters_of_one_to_four_bytes(void **state)
{
    (void)state;
    expect_text("a&amp;b&quot;c&lt;d&gt;e&apos;f", "a&b\"c<d>e'f");
    expect_text("&#65;&#127;", "A\x7f");
    expect_text("&#128;&#233;&#2047;", "\xc2\x80\xc3\xa9\xdf\xbf");
    expect_text("&#2048;&#8364;&#55295;", "\xe0\xa0\x80\xe2\x82\xac\xed\x9f\xbf");
    expect_text("&#57344;&#65535;", "\xee\x80\x80\xef\xbf\xbf");
    expect_text("&#65536;&#128512;&#1114111;", "\xf0\x90\x80\x80\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf");
}

static void test_what_is_no_entity_stays_as_it_is(void **state)
{
    (void)state;
    // Surrogates, beyond Unicode, no digits, no end, too many digits, unknown names.
    static const char *const texts[] = {"&#55296;", "&#57343;",    "&#1114112;", "&#;",    "&#12",
                                        "&#12x;",   "&#00000065;", "&amp",       "&name;", "&",
                                        "R&D",      "&&",          "&#xg;",      "&# 6;",  ""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        expect_text(texts[i], texts[i]);
    }
    expect_text("&#0000065;", "A"); // seven digits
    expect_text("&#x41;&#X42;", "AB");
}

static void test_an_entity_ends_within_its_string(void **state)
{
    (void)state;
    // The semicolon stands behind the end.
    static const char *const texts[] = {"&#65;", "&amp;", "&#x41;"};
    for (size_t i = 0; i < 3; i++) {
        char out[16];
        const gml_pair pair = {
            .kind = GML_STRING, .text = texts[i], .length = strlen(texts[i]) - 1};
        assert_int_equal(gml_text(&pair, out, sizeof out), pair.length);
        assert_memory_equal(out, texts[i], pair.length);
    }
}

static void test_text_that_does_not_fit_is_told(void **state)
{
    (void)state;
    // A character of four bytes and the zero must fit behind what is there: 12 - 5 = 7.
    char out[12];
    gml_pair pair = {.kind = GML_STRING, .text = "abcdefghij", .length = 8};
    assert_int_equal(gml_text(&pair, out, sizeof out), 8);
    assert_string_equal(out, "abcdefgh");
    pair.length = 9;
    assert_int_equal(gml_text(&pair, out, sizeof out), sizeof out);
}

static void test_pairs_come_with_their_lines(void **state)
{
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf# comment [ \"\na 1\r\n\tlist [ b_9 \"x\ny\" [c]\n]z -2.5#";
    gml_reader reader;
    gml_pair pair;
    gml_open(&reader, "t.gml", text, sizeof text - 1);
    static const struct {
        gml_kind kind;
        const char *key, *text;
        size_t line;
    } expected[] = {
        {GML_NUMBER, "a", "1", 2}, {GML_LIST, "list", NULL, 3}, {GML_STRING, "b_9", "x\ny", 3}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(gml_next(&reader, &pair, NULL), DCAT_OK);
        assert_int_equal(pair.kind, expected[i].kind);
        assert_string_equal(pair.key, expected[i].key);
        assert_int_equal(pair.line, expected[i].line);
        if (expected[i].text != NULL) {
            assert_int_equal(pair.length, strlen(expected[i].text));
            assert_memory_equal(pair.text, expected[i].text, pair.length);
        }
    }
    dcat_error err = {0};
    assert_int_equal(gml_next(&reader, &pair, &err), DCAT_ERR_FORMAT); // "[" is no key
    assert_string_equal(err.message, "t.gml:4: must be a key, got [");
}

static void test_lists_nest_32_deep_and_keys_have_63_letters(void **state)
{
    (void)state;
    char text[300] = "";
    gml_reader reader;
    gml_pair pair;
    dcat_error err = {0};
    for (int i = 0; i < 33; i++) {
        strcat(text, "a[ ");
    }
    gml_open(&reader, "t.gml", text, strlen(text));
    for (int i = 0; i < 32; i++) {
        assert_int_equal(gml_next(&reader, &pair, &err), DCAT_OK);
    }
    assert_int_equal(gml_next(&reader, &pair, &err), DCAT_ERR_FORMAT);
    for (int length = 63; length < 65; length++) {
        snprintf(text, sizeof text, "%0*d 7", length, 0);
        memset(text, 'k', (size_t)length);
        gml_open(&reader, "t.gml", text, strlen(text));
        assert_int_equal(gml_next(&reader, &pair, &err), length == 63 ? DCAT_OK : DCAT_ERR_FORMAT);
    }
    assert_string_equal(err.message + 9,
                        "key is too long, got kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
                        "kkkkkkkkkkkkkkkkkk...");
}

static void test_a_skipped_list_ends_where_it_ends(void **state)
{
    (void)state;
    static const char text[] = "a [ b [ c 1 ] d [ ] e 2 ] f 3";
    gml_reader reader;
    gml_pair pair;
    gml_open(&reader, "t.gml", text, sizeof text - 1);
    assert_int_equal(gml_next(&reader, &pair, NULL), DCAT_OK);
    assert_int_equal(gml_skip_list(&reader, NULL), DCAT_OK);
    assert_int_equal(gml_next(&reader, &pair, NULL), DCAT_OK);
    assert_string_equal(pair.key, "f");
    assert_near(pair.number, 3.0, 0.0);
    assert_int_equal(gml_next(&reader, &pair, NULL), DCAT_OK);
    assert_int_equal(pair.kind, GML_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entities_become_characters_of_one_to_four_bytes),
        cmocka_unit_test(test_what_is_no_entity_stays_as_it_is),
        cmocka_unit_test(test_an_entity_ends_within_its_string),
        cmocka_unit_test(test_text_that_does_not_fit_is_told),
        cmocka_unit_test(test_pairs_come_with_their_lines),
        cmocka_unit_test(test_lists_nest_32_deep_and_keys_have_63_letters),
        cmocka_unit_test(test_a_skipped_list_ends_where_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
