// SPDX-License-Identifier: Apache-2.0
// Numbers, names and values from users' text, at the ends of what is accepted.

#include "file/text.h"
#include "file/text_names.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- bounds

static void test_a_bound_holds_at_its_closed_ends_only(void **state)
{
    (void)state;
    for (int open = 0; open < 4; open++) {
        const text_bound bound = {
            .min = 2.0, .max = 5.0, .min_open = (open & 1) != 0, .max_open = (open & 2) != 0};
        assert_int_equal(text_bound_holds(&bound, 2.0), !bound.min_open);
        assert_int_equal(text_bound_holds(&bound, 5.0), !bound.max_open);
        assert_true(text_bound_holds(&bound, 2.5));
        assert_false(text_bound_holds(&bound, 1.9) || text_bound_holds(&bound, 5.1));
        assert_false(text_bound_holds(&bound, NAN));
    }
}

static void test_limits_of_a_million_are_said_only_to_who_breaks_them(void **state)
{
    (void)state;
    static const struct {
        text_bound bound;
        const char *shown, *rule_above, *rule_below;
    } cases[] = {
        {{0.0, 1.0, true, false}, "in (0, 1]", "in (0, 1]", "in (0, 1]"},
        {{0.0, 1.0, false, true}, "in [0, 1)", "in [0, 1)", "in [0, 1)"},
        {{3.0, 3.0, false, false}, "3", "3", "3"},
        {{0.0, 1e6, true, false}, "> 0", "<= 1000000", "> 0"},
        {{0.0, 999999.0, true, false}, "in (0, 999999]", "in (0, 999999]", "in (0, 999999]"},
        {{0.0, 1e9, false, true}, ">= 0", "< 1000000000", ">= 0"},
        {{-1e6, 5.0, false, false}, "<= 5", "<= 5", ">= -1000000"},
        {{-1e7, 5.0, true, true}, "< 5", "< 5", "> -10000000"},
        {{-999999.0, 5.0, false, false}, "in [-999999, 5]", "in [-999999, 5]", "in [-999999, 5]"},
        {{-1e6, 1e6, false, false}, "", "<= 1000000", ">= -1000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text_bound_words words;
        assert_string_equal(text_bound_show(&words, &cases[i].bound), cases[i].shown);
        assert_string_equal(text_bound_rule(&words, &cases[i].bound, 1e12), cases[i].rule_above);
        assert_string_equal(text_bound_rule(&words, &cases[i].bound, -1e12), cases[i].rule_below);
    }
}

// --- numbers

// Every digit count and exponent around where the fast way ends: 15 digits, powers up to 22.
static void test_numbers_are_those_of_the_c_library(void **state)
{
    (void)state;
    static const char digits[] = "9007199254740993123456";
    for (int count = 1; count <= 20; count++) {
        for (int exponent = -30; exponent <= 30; exponent++) {
            for (int sign = 0; sign < 2; sign++) {
                char text[64];
                snprintf(text, sizeof text, "%s%.*s%c%d", sign != 0 ? "-" : "", count, digits,
                         exponent % 2 != 0 ? 'e' : 'E', exponent);
                double value = 0.0;
                assert_null(text_number(text, strlen(text), &value));
                assert_true(value == strtod(text, NULL));
            }
        }
    }
    static const char *const others[] = {"0",
                                         "-0.0",
                                         "+7",
                                         ".5",
                                         "5.",
                                         "000.001",
                                         "1e+3",
                                         "1.25e2",
                                         "0.1e-300",
                                         "1e308",
                                         "123456789012345.678",
                                         "1e-400",
                                         "100000000000000000000"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        double value = 9.0;
        assert_null(text_number(others[i], strlen(others[i]), &value));
        assert_true(value == strtod(others[i], NULL));
        assert_int_equal(signbit(value) != 0, others[i][0] == '-');
    }
}

static void test_what_is_no_number_is_told_apart_from_what_is_not_finite(void **state)
{
    (void)state;
    static const char *const words[] = {"",     "-",   ".",   "e5",    "1e",   "1e+",
                                        "1e5x", "1 ",  "0x1", "1.2.3", "nano", "in",
                                        "--1",  "1e-", "/",   ":",     "1f"};
    static const char *const infinite[] = {"nan",   "-inf",  "Infinity",       ".NaN",
                                           "+.inf", "1e309", "-1e999999999999"};
    double value = 4.0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_string_equal(text_number(words[i], strlen(words[i]), &value), "must be a number");
    }
    for (size_t i = 0; i < sizeof infinite / sizeof infinite[0]; i++) {
        assert_string_equal(text_number(infinite[i], strlen(infinite[i]), &value),
                            "must be a finite number");
    }
    assert_near(value, 4.0, 0.0); // untouched
    char longest[402];
    memset(longest, '0', sizeof longest);
    assert_null(text_number(longest, 400, &value));
    assert_near(value, 0.0, 0.0);
    assert_non_null(text_number(longest, 401, &value));
}

static void test_whole_numbers_have_up_to_18_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0},
                 {"-1", -1},
                 {"+12", 12},
                 {"999999999999999999", INT64_C(999999999999999999)},
                 {"0090", 90},
                 {"-999999999999999999", INT64_C(-999999999999999999)},
                 {"8192736450", INT64_C(8192736450)}};
    static const char *const wrong[] = {"",   "-",   "+",   "1.0", "1e3", "1000000000000000000",
                                        "1 ", "0x1", "--1", "/",   ":"};
    int64_t value = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(text_whole(cases[i].text, strlen(cases[i].text), &value));
        assert_true(value == cases[i].value);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_string_equal(text_whole(wrong[i], strlen(wrong[i]), &value),
                            "must be a whole number");
    }
}

// --- characters

static void test_utf8_ends_where_rfc_3629_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t code; // 0: refused
    } cases[] = {
        {"\x7f", 0x7f},           {"\x80", 0},
        {"\xc1\xbf", 0},          {"\xc2\x80", 0x80},
        {"\xdf\xbf", 0x7ff},      {"\xe0\x9f\xbf", 0},
        {"\xe0\xa0\x80", 0x800},  {"\xed\x9f\xbf", 0xd7ff},
        {"\xed\xa0\x80", 0},      {"\xed\xbf\xbf", 0},
        {"\xee\x80\x80", 0xe000}, {"\xef\xbf\xbf", 0xffff},
        {"\xf0\x8f\xbf\xbf", 0},  {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x90\x80\x80", 0},  {"\xf4\x8f\xbf\xbf", 0x10ffff},
        {"\xf8\x88\x80\x80", 0},  {"\xe2\x82", 0},
        {"\xe2\x28\xa1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code = 0;
        size_t length = strlen(cases[i].text), bad = 99;
        size_t taken = utf8_character((const unsigned char *)cases[i].text, length, &code);
        assert_int_equal(taken, cases[i].code > 0 ? length : 0);
        assert_int_equal(code, cases[i].code);
        char twice[16];
        snprintf(twice, sizeof twice, "ab%s", cases[i].text);
        assert_int_equal(text_is_utf8(twice, length + 2, &bad), cases[i].code > 0);
        assert_int_equal(bad, cases[i].code > 0 ? 99 : 2);
    }
}

static void test_lines_hold_what_can_be_printed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool line;
    } cases[] = {
        {"a b", true},           {"\x1f", false},         {"\x7e", true},
        {"\x7f", false},         {"\xc2\x9f", false},     {"\xc2\xa0", true},
        {"\xe2\x80\xa7", true},  {"\xe2\x80\xa8", false}, {"\xe2\x80\xa9", false},
        {"\xe2\x80\xaa", true},  {"\xef\xbb\xbf", false}, {"\xef\xbf\xbd", true},
        {"\xef\xbf\xbe", false}, {"\xef\xbf\xbf", false}, {"caf\xc3\xa9", true},
        {"caf\xc3", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(text_is_line(cases[i].text, strlen(cases[i].text)), cases[i].line);
    }
}

static void test_words_are_letters_digits_and_two_dashes(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        char text[2] = {(char)c, '\0'};
        bool expected =
            strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", c) != NULL;
        assert_int_equal(text_is_word(text, 1), expected);
    }
    char longest[66];
    memset(longest, 'x', sizeof longest);
    assert_true(text_is_word(longest, 64));
    assert_false(text_is_word(longest, 65) || text_is_word(longest, 0));
}

static void test_shown_values_are_cut_and_printable(void **state)
{
    (void)state;
    assert_string_equal(TEXT_SHOW("short", 5), "short");
    assert_string_equal(TEXT_SHOW("a\nb\x80"
                                  "c\xc2\x80"
                                  "d",
                                  8),
                        "a?b?c?d");
    // 55 bytes are shown, the 56th would leave no room for a character of four: 59 - 4.
    char text[80];
    memset(text, 'x', sizeof text);
    assert_int_equal(strlen(TEXT_SHOW(text, 55)), 55);
    const char *shown = TEXT_SHOW(text, 56);
    assert_int_equal(strlen(shown), 58);
    assert_string_equal(shown + 55, "...");
}

// --- suggestions

static void test_distances_count_letters(void **state)
{
    (void)state;
    static const struct {
        const char *word, *name;
        size_t distance;
    } cases[] = {
        {"market", "market", 0},  {"marke", "market", 1},  {"markets", "market", 1},
        {"mxrket", "market", 1},  {"amrket", "market", 1}, {"markte", "market", 1},
        {"mrakte", "market", 2},  {"arket", "market", 1},  {"kert", "kret", 1},
        {"ab", "ba", 1},          {"abcd", "badc", 2},     {"abc", "ca", 63}, // 3 > 1, far
        {"abcdef", "badcfe", 63}, {"xyzw", "market", 63},  {"a", "abc", 63},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(text_distance(cases[i].word, cases[i].name), cases[i].distance);
    }
    // Words of 63 letters are compared, longer ones not. A third of them may differ.
    char word[65], name[65];
    memset(word, 'a', 64);
    memset(name, 'a', 64);
    word[63] = name[63] = word[64] = name[64] = '\0';
    word[10] = 'b';
    assert_int_equal(text_distance(word, name), 1);
    word[63] = name[63] = 'a';
    assert_int_equal(text_distance(word, name), 63);
}

static void test_the_beginning_of_a_name_is_like_it(void **state)
{
    (void)state;
    assert_int_equal(text_unlikeness("handicap", "handicap_per_gigacycle"), 1);
    assert_int_equal(text_unlikeness("handycap", "handicap_per_gigacycle"), 2);
    assert_int_equal(text_unlikeness("market", "markets"), 1); // either way
    assert_int_equal(text_unlikeness("han", "handicap"), 63);  // three letters say too little
    assert_int_equal(text_unlikeness("hand", "handicap"), 1);
    assert_int_equal(text_unlikeness("market", "market"), 0);
    // 1 change in up to 3 letters, 2 in up to 8, from 9 on a third.
    static const struct {
        const char *word;
        size_t limit;
    } cases[] = {{"abc", 1}, {"abcd", 2}, {"abcdefgh", 2}, {"abcdefghi", 3}, {"abcdefghijkl", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(text_is_close(cases[i].limit, cases[i].word));
        assert_false(text_is_close(cases[i].limit + 1, cases[i].word));
    }
}

static void test_a_name_ends_at_a_zero_byte(void **fixture)
{
    (void)fixture;
    const char zeros[] = "a\0bcdefghijklmnop"; // longer than what is kept of it
    names set = {0};
    size_t index;
    bool added;
    assert_int_equal(names_add(&set, zeros, sizeof zeros - 1, &index, &added, NULL), DCAT_OK);
    assert_true(added);
    assert_string_equal(names_at(&set, 0), "a");
    assert_int_equal(names_find(&set, zeros, sizeof zeros - 1), 0);
    assert_int_equal(names_find(&set, "a", 1), 0);
    assert_int_equal(names_add(&set, "a\0other", 7, &index, &added, NULL), DCAT_OK);
    assert_false(added);
    names_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bound_holds_at_its_closed_ends_only),
        cmocka_unit_test(test_limits_of_a_million_are_said_only_to_who_breaks_them),
        cmocka_unit_test(test_numbers_are_those_of_the_c_library),
        cmocka_unit_test(test_what_is_no_number_is_told_apart_from_what_is_not_finite),
        cmocka_unit_test(test_whole_numbers_have_up_to_18_digits),
        cmocka_unit_test(test_utf8_ends_where_rfc_3629_says),
        cmocka_unit_test(test_lines_hold_what_can_be_printed),
        cmocka_unit_test(test_words_are_letters_digits_and_two_dashes),
        cmocka_unit_test(test_shown_values_are_cut_and_printable),
        cmocka_unit_test(test_distances_count_letters),
        cmocka_unit_test(test_the_beginning_of_a_name_is_like_it),
        cmocka_unit_test(test_a_name_ends_at_a_zero_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
