// SPDX-License-Identifier: Apache-2.0
// The CSV reader: lines, header, cells, numbers. What the files of a scenario hold is tested with
// them.

#include "support.h"

#include "file/csv_table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME, SIZE, COUNT, COLUMNS };

static const table_column columns[COLUMNS] = {
    [NAME] = {"name", COLUMN_NAME, true, {-INFINITY, INFINITY, false, false}},
    [SIZE] = {"size_km", COLUMN_NUMBER, true, {0.0, INFINITY, true, false}},
    [COUNT] = {"count", COLUMN_WHOLE, false, {0.0, 9.0, false, false}},
};
static const table_column rest = {"an area", COLUMN_NUMBER, true, {0.0, INFINITY, false, false}};

// What a whole table came to: "name=size(count);..." or the message.
static void read_all(input *in, bool with_rest, char *result, size_t result_bytes)
{
    dcat_error err = {0};
    table *t;
    result[0] = '\0';
    if (table_open(in, columns, COLUMNS, with_rest ? &rest : NULL, &t, &err) != DCAT_OK) {
        snprintf(result, result_bytes, "%s", err.message);
        return;
    }
    bool more;
    dcat_status status;
    while ((status = table_next(t, &more, &err)) == DCAT_OK && more) {
        size_t used = strlen(result);
        snprintf(result + used, result_bytes - used, "%s=%g", table_cell_at(t, NAME)->text,
                 table_cell_at(t, SIZE)->number);
        if (table_cell_at(t, COUNT)->given) {
            used = strlen(result);
            snprintf(result + used, result_bytes - used, "(%g)", table_cell_at(t, COUNT)->number);
        }
        for (size_t i = 0; i < table_rest_names(t)->count; i++) {
            used = strlen(result);
            snprintf(result + used, result_bytes - used, " %s:%g", names_at(table_rest_names(t), i),
                     table_rest(t)[i]);
        }
        strcat(result, ";");
    }
    if (status != DCAT_OK) {
        snprintf(result, result_bytes, "%s", err.message);
    }
    table_close(t);
}

static void expect_bytes(const char *text, size_t size, bool with_rest, const char *expected)
{
    char result[1000];
    input in;
    input_memory(&in, "t.csv", text, size);
    read_all(&in, with_rest, result, sizeof result);
    input_close(&in, NULL);
    assert_string_equal(result, expected);
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), false, expected);
}

// --- Rows and header

static void test_csv_reads_columns_in_any_order(void **fixture)
{
    (void)fixture;
    expect("name,size_km,count\na,1,2\nb,3,\n", "a=1(2);b=3;");
    expect("count,size_km,name\n2,1,a\n,3,b\n", "a=1(2);b=3;");
    expect("size_km,name\n1,a\n", "a=1;");
    expect("name , size_km\n a , 1 \n", "a=1;"); // spaces around cells do not count
    expect("name,size_km\na,1", "a=1;");         // nor does a missing end of the last line
}

static void test_csv_accepts_every_line_end_and_a_byte_order_mark(void **fixture)
{
    (void)fixture;
    expect("name,size_km\r\na,1\r\nb,2\r\n", "a=1;b=2;");
    expect("name,size_km\ra,1\rb,2\r", "a=1;b=2;");
    expect("\xef\xbb\xbfname,size_km\na,1\n", "a=1;");
    expect("name,size_km\r\n\r\n# remark, with a comma\r\n  \t\r\na,1\r\n  # more\nb,2",
           "a=1;b=2;");
    // The line number is that of an editor, whatever was skipped.
    expect("# x\r\n\r\nname,size_km\r\n\r\na,-1\r\n", "t.csv:5: size_km: must be > 0, got -1");
    expect("name,size_km\ra,1\rb,-1\r", "t.csv:3: size_km: must be > 0, got -1");
}

static void test_csv_reads_quoted_cells(void **fixture)
{
    (void)fixture;
    expect("name,size_km\n\"a, b\",\"1\"\n\"say \"\"x\"\"\",2\n\"#no remark\",3\n",
           "a, b=1;say \"x\"=2;#no remark=3;");
    expect("name,size_km\n\"a\nb\",1\n", "t.csv:2: a quoted cell must end in its own line");
    expect("name,size_km\n\"a,1\n", "t.csv:2: a quoted cell must end in its own line");
    expect("name,size_km\na\"b,1\n", "t.csv:2: a quote must open and close a whole cell");
    expect("name,size_km\n\"a\"b,1\n", "t.csv:2: a quote must open and close a whole cell");
}

static void test_csv_refuses_a_wrong_header(void **fixture)
{
    (void)fixture;
    expect("", "t.csv: is empty; the first line must name the columns");
    expect("# only a remark\n\n", "t.csv: is empty; the first line must name the columns");
    expect("name\na\n", "t.csv:1: column size_km is missing");
    expect("name,size_km,name\n", "t.csv:1: duplicate column name");
    expect("name,size_kn\n", "t.csv:1: unknown column size_kn; did you mean size_km?");
    expect("name,size_km,zebra\n", "t.csv:1: unknown column zebra; there are name, size_km, count");
    expect("name,size_km,\n", "t.csv:1: column 3 must have a name, got \"\"");
    expect("Name,size_km\n", "t.csv:1: unknown column Name; did you mean name?");
    expect_bytes("name,size_km,b,a\nx,1,5,6\n", 25, true, "x=1 b:5 a:6;");
    expect_bytes("name,size_km,b,b\n", 17, true, "t.csv:1: duplicate column b");
}

static void test_csv_names_another_separator(void **fixture)
{
    (void)fixture;
    expect("name;size_km\na;1\n", "t.csv:1: cells must be separated by commas, got semicolons");
    expect("name\tsize_km\na\t1\n", "t.csv:1: cells must be separated by commas, got tabs");
    expect("nam|size_km|count\n", "t.csv:1: cells must be separated by commas, got bars");
    expect("nam;size\n", "t.csv:1: unknown column nam;size; there are name, size_km, count");
}

static void test_csv_counts_rows_that_look_like_comments(void **fixture)
{
    (void)fixture;
    char result[1000];
    input in;
    const char *text = "#x,y\nname,size_km\n#a,1\nb,2\n # c,3\n# d\n# e, f, g\n";
    input_memory(&in, "t.csv", text, strlen(text));
    read_all(&in, false, result, sizeof result);
    assert_string_equal(result, "b=2;");
    assert_int_equal(in.hash_row_count, 2);
    assert_int_equal(in.hash_row_first, 3);
    input_close(&in, NULL);
}

static void test_csv_refuses_rows_of_another_length(void **fixture)
{
    (void)fixture;
    expect("name,size_km\na\n", "t.csv:2: has 1 cells, the header has 2");
    expect("name,size_km\na,1,2\n", "t.csv:2: has 3 cells, the header has 2");
    expect("name,size_km\na,1,\n", "t.csv:2: has 3 cells, the header has 2");
}

// --- Cells

static void test_csv_refuses_wrong_cells(void **fixture)
{
    (void)fixture;
    expect("name,size_km\na,\n", "t.csv:2: size_km: must be given");
    expect("name,size_km\n,1\n", "t.csv:2: name: must be given");
    expect("name,size_km\na,1x\n", "t.csv:2: size_km: must be a number, got 1x");
    expect("name,size_km\na,1 2\n", "t.csv:2: size_km: must be a number, got 1 2");
    expect("name,size_km\na,0x10\n", "t.csv:2: size_km: must be a number, got 0x10");
    expect("name,size_km\na,nan\n", "t.csv:2: size_km: must be a finite number, got nan");
    expect("name,size_km\na,-INF\n", "t.csv:2: size_km: must be a finite number, got -INF");
    expect("name,size_km\na,1e999\n", "t.csv:2: size_km: must be a finite number, got 1e999");
    expect("name,size_km\na,0\n", "t.csv:2: size_km: must be > 0, got 0");
    expect("name,size_km\na,-0\n", "t.csv:2: size_km: must be > 0, got -0");
    expect("name,size_km,count\na,1,2.0\nb,1,0.3e1\n", "a=1(2);b=1(3);");
    expect("name,size_km,count\na,1,1e30\n", "t.csv:2: count: must be a whole number, got 1e30");
    expect("name,size_km,count\na,1,1.5\n", "t.csv:2: count: must be a whole number, got 1.5");
    expect("name,size_km,count\na,1,10\n", "t.csv:2: count: must be in [0, 9], got 10");
    expect("name,size_km,count\na,1,9999999999999999999\n",
           "t.csv:2: count: must be a whole number, got 9999999999999999999");
    expect("name,size_km\nM\xfcnchen,1\n",
           "t.csv:2: name: must be one line of UTF-8 text, got \"M?nchen\"");
    expect("name,size_km\na\x01z,1\n",
           "t.csv:2: name: must be one line of UTF-8 text, got \"a?z\"");
    expect_bytes("name,size_km\na\0b,1\n", 19, false,
                 "t.csv:2: a zero byte cannot stand in a cell");
    expect("name,size_km\nMünchen 東京,1\n", "München 東京=1;");
}

static void test_csv_message_shortens_long_values(void **fixture)
{
    (void)fixture;
    char text[400] = "name,size_km\na,";
    memset(text + strlen(text), 'x', 300);
    input in;
    char result[1000];
    input_memory(&in, "t.csv", text, strlen(text));
    read_all(&in, false, result, sizeof result);
    input_close(&in, NULL);
    assert_true(strlen(result) < 120);
    assert_non_null(strstr(result, "xxx..."));
}

// --- Files

// The same bytes from a file, whose buffer ends anywhere in a line, as from memory.
static void test_csv_does_not_depend_on_where_buffers_end(void **fixture)
{
    (void)fixture;
    FILE *file = tmpfile();
    assert_non_null(file);
    size_t row_count = 20000;
    fputs("\xef\xbb\xbfname,size_km,count\r\n", file);
    for (size_t i = 0; i < row_count; i++) {
        // Lines of every length, some behind remarks, so that every kind of cut is met.
        fprintf(file, "%s\"n%zu\",%*zu.5,\r\n", i % 7 == 0 ? "# remark\r\n" : "", i, (int)(i % 61),
                i);
    }
    rewind(file);
    input in = {.path = strdup("t.csv"), .file = file};
    table *t;
    dcat_error err = {0};
    assert_int_equal(table_open(&in, columns, COLUMNS, NULL, &t, &err), DCAT_OK);
    bool more;
    size_t row = 0;
    while (table_next(t, &more, &err) == DCAT_OK && more) {
        char name[32];
        snprintf(name, sizeof name, "n%zu", row);
        assert_string_equal(table_cell_at(t, NAME)->text, name);
        assert_true(table_cell_at(t, SIZE)->number == (double)row + 0.5);
        row++;
    }
    assert_int_equal(row, row_count);
    // Header, rows, and a remark before every seventh row.
    assert_int_equal(table_line(t), 1 + row_count + (row_count + 6) / 7);
    table_close(t);
    input_close(&in, NULL);
}

static void test_csv_refuses_a_line_without_end(void **fixture)
{
    (void)fixture;
    FILE *file = tmpfile();
    assert_non_null(file);
    fputs("name,size_km\n", file);
    for (int i = 0; i < 3 * LINE_BYTES_MAX; i++) {
        fputc('x', file);
    }
    rewind(file);
    input in = {.path = strdup("t.csv"), .file = file};
    char result[1000];
    read_all(&in, false, result, sizeof result);
    assert_string_equal(result, "t.csv:2: line is longer than 1048576 bytes");
    input_close(&in, NULL);
}

// --- Numbers

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 11;
}

// Our own parser of short numbers gives the bits of the C library's.
static void test_csv_numbers_are_those_of_the_c_library(void **fixture)
{
    (void)fixture;
    uint64_t state = 20240607;
    print_message("seed %llu\n", (unsigned long long)state);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t digits = next_random(&state) >> (next_random(&state) % 50);
        int exponent = (int)(next_random(&state) % 60) - 30;
        int point = (int)(next_random(&state) % 6);
        const char *sign = next_random(&state) % 3 == 0 ? "-" : "";
        if (point == 0) {
            snprintf(text, sizeof text, "%s%llu", sign, (unsigned long long)digits);
        } else if (point < 3) {
            snprintf(text, sizeof text, "%s%llue%d", sign, (unsigned long long)digits, exponent);
        } else {
            snprintf(text, sizeof text, "%s%llu.%0*llu", sign, (unsigned long long)digits >> 20,
                     point, (unsigned long long)(digits & 0xfffff));
        }
        double value = NAN;
        assert_null(text_number(text, strlen(text), &value));
        double expected = strtod(text, NULL);
        if (memcmp(&value, &expected, sizeof value) != 0) {
            fail_msg("%s is read as %.17g, not %.17g", text, value, expected);
        }
    }
}

static void test_csv_numbers_have_one_grammar(void **fixture)
{
    (void)fixture;
    static const char *const good[] = {
        "0",    "-0",    "+1",     "1.",    ".5",
        "1e5",  "1E+05", "1e-400", "00012", "123456789012345678901234567890",
        "1e308"};
    static const char *const bad[] = {"",    "+",       "-",   ".",   "e5",  "1e",
                                      "1e+", "1.2.3",   "1,5", "--1", "0x1", "1_000",
                                      "1f",  "infinit", "na",  " 1",  "1 ",  "1e1.5"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (text_number(good[i], strlen(good[i]), &value) != NULL) {
            fail_msg("%s should be a number", good[i]);
        }
        assert_true(value == strtod(good[i], NULL));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *rule = text_number(bad[i], strlen(bad[i]), &value);
        if (rule == NULL || strcmp(rule, "must be a number") != 0) {
            fail_msg("'%s' should be no number", bad[i]);
        }
    }
}

static void test_csv_text_is_utf8_to_the_letter(void **fixture)
{
    (void)fixture;
    size_t bad;
    assert_true(text_is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10, &bad));
    assert_false(text_is_utf8("ab\xc3", 3, &bad)); // cut off
    assert_int_equal(bad, 2);
    assert_false(text_is_utf8("\xc0\x80", 2, &bad));         // overlong
    assert_false(text_is_utf8("\xed\xa0\x80", 3, &bad));     // surrogate
    assert_false(text_is_utf8("\xf4\x90\x80\x80", 4, &bad)); // above U+10FFFF
    assert_false(text_is_utf8("\x80", 1, &bad));
    assert_false(text_is_line("a\x7f", 2));
    assert_false(text_is_line("a\xc2\x85", 3)); // a line end of its own
    assert_true(text_is_line("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_reads_columns_in_any_order),
        cmocka_unit_test(test_csv_accepts_every_line_end_and_a_byte_order_mark),
        cmocka_unit_test(test_csv_reads_quoted_cells),
        cmocka_unit_test(test_csv_refuses_a_wrong_header),
        cmocka_unit_test(test_csv_names_another_separator),
        cmocka_unit_test(test_csv_counts_rows_that_look_like_comments),
        cmocka_unit_test(test_csv_refuses_rows_of_another_length),
        cmocka_unit_test(test_csv_refuses_wrong_cells),
        cmocka_unit_test(test_csv_message_shortens_long_values),
        cmocka_unit_test(test_csv_does_not_depend_on_where_buffers_end),
        cmocka_unit_test(test_csv_refuses_a_line_without_end),
        cmocka_unit_test(test_csv_numbers_are_those_of_the_c_library),
        cmocka_unit_test(test_csv_numbers_have_one_grammar),
        cmocka_unit_test(test_csv_text_is_utf8_to_the_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
