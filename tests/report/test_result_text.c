// SPDX-License-Identifier: Apache-2.0
// Numbers read back as they were; names are harmless wherever they go.

#include "dcat/rng.h"
#include "file/json_write.h"
#include "file/write_text.h"
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_number_has_the_fewest_digits_that_read_back(void **fixture)
{
    (void)fixture;
    const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1.0 / 3.0, "0.3333333333333333"},  // 16 digits suffice
                 {0.1 + 0.2, "0.30000000000000004"}, // 17 are needed
                 {1e300, "1e+300"},
                 {-2.5, "-2.5"},
                 {0.0, "0"},
                 {123456789.0, "123456789"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_TEXT_SIZE];
        number_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_number_reads_back_for_random_doubles(void **fixture)
{
    (void)fixture;
    const uint64_t seed = 20240607;
    print_message("seed %" PRIu64 "\n", seed);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 0, 0);
    for (int i = 0; i < 200000; i++) {
        union {
            uint64_t bits;
            double value;
        } any = {dcat_rng_u64(&rng)};
        if (!isfinite(any.value)) {
            continue;
        }
        char text[NUMBER_TEXT_SIZE];
        number_text(any.value, text);
        assert_true(strtod(text, NULL) == any.value);
    }
}

static void test_shown_number_has_no_power_of_ten_below_ten_millions(void **fixture)
{
    (void)fixture;
    const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {{86400.0, 4, "86400"}, // a day in seconds; 8.64e+04 with %g
                 {9999.6, 4, "10000"},  // rounds up to a fifth digit
                 {9999.4, 4, "9999"},   {-30000.0, 4, "-30000"}, {0.06944, 3, "0.0694"},
                 {2e11, 3, "2e+11"},    {0.0, 4, "0"},           {NAN, 4, "nan"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(NUMBER_SHOWN(cases[i].value, cases[i].digits), cases[i].text);
    }
}

static void test_words_agree_with_the_number_before_them(void **fixture)
{
    (void)fixture;
    char text[] =
        "read 1 {row|rows}: 21 {is|are} new, 1.5 {is|are} not, 0 {is|are} }, UTF-1 {row|rows}";
    number_agree(text);
    assert_string_equal(text, "read 1 row: 21 are new, 1.5 are not, 0 are }, UTF-1 rows");
}

static void test_fixed_number_never_shows_minus_zero(void **fixture)
{
    (void)fixture;
    char text[NUMBER_TEXT_SIZE];
    number_fixed(-0.04, 1, text);
    assert_string_equal(text, "0.0");
    number_fixed(-0.06, 1, text);
    assert_string_equal(text, "-0.1");
}

static void test_duration_is_said_in_a_fitting_unit(void **fixture)
{
    (void)fixture;
    const struct {
        double seconds;
        const char *text;
    } cases[] = {{0.0, "-"},        {NAN, "-"},      {3.2e-7, "320 ns"}, {1.25e-3, "1.2 ms"},
                 {0.0421, "42 ms"}, {3.44, "3.4 s"}, {120.0, "120 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_TEXT_SIZE];
        duration_text(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
    }
}

typedef void (*put_function)(FILE *file, const char *text);

static void assert_put(put_function put, const char *text, const char *expected)
{
    char *got = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&got, &size);
    put(file, text);
    fclose(file);
    assert_string_equal(got, expected);
    free(got);
}

static void test_csv_field_is_quoted_exactly_when_it_must_be(void **fixture)
{
    (void)fixture;
    assert_put(csv_put_text, "plain name-1", "plain name-1");
    assert_put(csv_put_text, "", "");
    assert_put(csv_put_text, "a,b", "\"a,b\"");
    assert_put(csv_put_text, "say \"hi\"", "\"say \"\"hi\"\"\"");
    assert_put(csv_put_text, "two\nlines", "\"two\nlines\"");
    assert_put(csv_put_text, "cr\rhere", "\"cr\rhere\"");
    assert_put(csv_put_text, " space", "\" space\"");
    assert_put(csv_put_text, "it's `fine`", "it's `fine`");
}

static void put_first_number(FILE *file, const char *text)
{
    csv_put_number(file, strtod(text, NULL));
}

static void test_csv_number_is_empty_when_there_is_none(void **fixture)
{
    (void)fixture;
    assert_put(put_first_number, "nan", "");
    assert_put(put_first_number, "-inf", "");
    assert_put(put_first_number, "0.5", "0.5");
}

static void test_html_text_cannot_open_a_tag_or_leave_an_attribute(void **fixture)
{
    (void)fixture;
    assert_put(html_put_text, "<script>a && \"b\" 'c'</script>",
               "&lt;script&gt;a &amp;&amp; &quot;b&quot; &#39;c&#39;&lt;/script&gt;");
    assert_put(html_put_text,
               "\xff"
               "a\x01"
               "b",
               "\ufffd"
               "a b");
}

static void test_html_numbers_stand_in_groups(void **fixture)
{
    (void)fixture;
    assert_put(html_put_grouped, "38616240.89 & 42367.123456 in 2026",
               "38\u202f616\u202f240.89 &amp; 42\u202f367.123456 in 2026");
    assert_put(html_put_grouped, "12345", "12\u202f345");
    assert_put(html_put_grouped, "", "");
}

static void test_clean_text_is_well_formed_and_without_control_characters(void **fixture)
{
    (void)fixture;
    const char turned[] = {'x', (char)0xe2, (char)0x80, (char)0xae, 'y', '\0'};
    const struct {
        const char *raw, *clean;
    } cases[] = {
        {"caf\u00e9 \u4e0a\u6d77", "caf\u00e9 \u4e0a\u6d77"},
        {"\x1b[31mred\x1b[0m", " [31mred [0m"}, // terminal colours
        {"a\nb\tc\x7f"
         "d",
         "a b c d"}, // line ends, tab, DEL
        {"\xc2\x9b"
         "31m",
         " 31m"},                                         // C1: a terminal's other escape
        {turned, "x y"},                                  // right-to-left override
        {"\xc0\xaf", "\ufffd\ufffd"},                     // overlong slash
        {"\xf0\x80\x80\xaf", "\ufffd\ufffd\ufffd\ufffd"}, // the same in four bytes
        {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},           // surrogate
        {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"}, // beyond U+10FFFF
        {"cut \xe4\xb8", "cut \ufffd\ufffd"},             // ends in the middle of a character
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char clean[64];
        text_clean(cases[i].raw, clean, sizeof clean);
        assert_string_equal(clean, cases[i].clean);
    }
}

static void test_clean_text_is_cut_between_characters(void **fixture)
{
    (void)fixture;
    char clean[6];
    text_clean("\u4e0a\u6d77", clean, sizeof clean); // 3 + 3 bytes do not fit into 5
    assert_string_equal(clean, "\u4e0a");
}

static void test_gnuplot_text_holds_no_quote_backquote_or_backslash(void **fixture)
{
    (void)fixture;
    char clean[128];
    text_for_gnuplot("a'b\"c`d`\\e\nf", clean, sizeof clean);
    assert_null(strpbrk(clean, "'\"`\\\n"));
    assert_string_equal(clean, "a\u2019b\u201dc\u2018d\u2018\u2216e f");
}

static char *json_written(json_t *document)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(json_write(document, file, NULL), DCAT_OK);
    fclose(file);
    return text;
}

static void test_json_prints_reals_short_and_what_is_no_number_as_null(void **fixture)
{
    (void)fixture;
    char *text = json_written(json_pack("[o, o, o, o, o, o]", json_number(0.1), json_number(3.0),
                                        json_number(NAN), json_number(-INFINITY),
                                        json_number(0.1 + 0.2), json_count(UINT64_MAX)));
    assert_string_equal(text,
                        "[0.1, 3.0, null, null, 0.30000000000000004, \"18446744073709551615\"]\n");
    free(text);
}

static void test_json_is_what_jansson_reads_back(void **fixture)
{
    (void)fixture;
    json_t *document = json_pack("{s:o, s:[i, {s:o, s:n}], s:{}, s:[], s:b, s:[[f, f], [f, f]]}",
                                 "a \"q\" \\ \n \x01", json_text("x\xff\ty\u4e0a"), "list", 3, "r",
                                 json_number(1e-7), "none", "empty", "nothing", "yes", 1, "ring",
                                 1.5, 2.5, 3.5, 4.5);
    assert_non_null(document);
    json_t *copy = json_deep_copy(document);
    char *text = json_written(document);
    json_error_t error;
    json_t *back = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (back == NULL) {
        fail_msg("%s in %s", error.text, text);
    }
    assert_true(json_equal(copy, back));
    json_decref(copy);
    json_decref(back);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_has_the_fewest_digits_that_read_back),
        cmocka_unit_test(test_number_reads_back_for_random_doubles),
        cmocka_unit_test(test_shown_number_has_no_power_of_ten_below_ten_millions),
        cmocka_unit_test(test_words_agree_with_the_number_before_them),
        cmocka_unit_test(test_fixed_number_never_shows_minus_zero),
        cmocka_unit_test(test_duration_is_said_in_a_fitting_unit),
        cmocka_unit_test(test_csv_field_is_quoted_exactly_when_it_must_be),
        cmocka_unit_test(test_csv_number_is_empty_when_there_is_none),
        cmocka_unit_test(test_html_text_cannot_open_a_tag_or_leave_an_attribute),
        cmocka_unit_test(test_html_numbers_stand_in_groups),
        cmocka_unit_test(test_clean_text_is_well_formed_and_without_control_characters),
        cmocka_unit_test(test_clean_text_is_cut_between_characters),
        cmocka_unit_test(test_gnuplot_text_holds_no_quote_backquote_or_backslash),
        cmocka_unit_test(test_json_prints_reals_short_and_what_is_no_number_as_null),
        cmocka_unit_test(test_json_is_what_jansson_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
