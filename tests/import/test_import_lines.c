// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include "import/field.h"
#include "import/lines.h"
#include "import_files.h"

// Everything received, lines joined by '|'; overlong lines show as "<number>".
typedef struct heard {
    char text[1 << 16];
    size_t used;
} heard;

static void hear(void *user, const import_line *line)
{
    heard *h = user;
    if (line->overlong) {
        assert_int_equal(line->length, 0);
        h->used += (size_t)snprintf(h->text + h->used, 32, "<%d>|", (int)line->number);
        return;
    }
    memcpy(h->text + h->used, line->text, line->length);
    h->used += line->length;
    h->text[h->used++] = '|';
    h->text[h->used] = '\0';
}

static void feed_in_pieces(heard *h, const char *bytes, size_t length, size_t piece)
{
    import_splitter splitter;
    memset(h, 0, sizeof *h);
    import_splitter_init(&splitter, hear, h);
    for (size_t at = 0; at < length; at += piece) {
        import_splitter_feed(&splitter, bytes + at, piece < length - at ? piece : length - at);
    }
    import_splitter_finish(&splitter);
}

static void test_lines_lose_their_ends_and_the_byte_order_mark(void **fixture)
{
    (void)fixture;
    static heard h;
    const char text[] = "\xef\xbb\xbf"
                        "a\r\nb\n\nc\r";
    feed_in_pieces(&h, text, sizeof text - 1, sizeof text - 1);
    assert_string_equal(h.text, "a|b||c|");
    // A mark elsewhere is data.
    feed_in_pieces(&h, "x\n\xef\xbb\xbfy\n", 7, 7);
    assert_string_equal(h.text, "x|\xef\xbb\xbfy|");
    feed_in_pieces(&h, "", 0, 1);
    assert_string_equal(h.text, "");
}

static void test_lines_are_the_same_for_any_size_of_piece(void **fixture)
{
    (void)fixture;
    static heard whole, parts;
    // Lines of exactly the limit, one more, and a few short ones around them.
    static char text[3 * IMPORT_LINE_BYTES_MAX];
    size_t used = 0;
    used += (size_t)sprintf(text + used, "\xef\xbb\xbfone\r\n");
    memset(text + used, 'x', IMPORT_LINE_BYTES_MAX);
    used += IMPORT_LINE_BYTES_MAX;
    used += (size_t)sprintf(text + used, "\ntwo\n");
    memset(text + used, 'y', IMPORT_LINE_BYTES_MAX + 1);
    used += IMPORT_LINE_BYTES_MAX + 1;
    used += (size_t)sprintf(text + used, "\nthree");
    feed_in_pieces(&whole, text, used, used);
    assert_non_null(strstr(whole.text, "x|two|<4>|three|"));
    for (size_t piece = 1; piece < 5000; piece = piece * 3 / 2 + 1) {
        feed_in_pieces(&parts, text, used, piece);
        assert_string_equal(parts.text, whole.text);
    }
}

static void test_files_read_the_same_plain_and_compressed(void **fixture)
{
    (void)fixture;
    static heard h;
    test_folder folder = folder_make();
    const char *text = "first\nsecond\n";
    file_write(&folder, "plain", text, strlen(text));
    file_write_packed(&folder, "gz", text, archive_write_add_filter_gzip);
    file_write_packed(&folder, "xz", text, archive_write_add_filter_xz);
    file_write_packed(&folder, "bz2", text, archive_write_add_filter_bzip2);
    file_write(&folder, "empty", "", 0);
    static const char *const names[] = {"plain", "gz", "xz", "bz2"};
    for (size_t i = 0; i < 4; i++) {
        memset(&h, 0, sizeof h);
        dcat_error err = {0};
        assert_int_equal(import_read_lines(folder_file(&folder, names[i]), hear, &h, &err),
                         DCAT_OK);
        assert_string_equal(h.text, "first|second|");
    }
    memset(&h, 0, sizeof h);
    assert_int_equal(import_read_lines(folder_file(&folder, "empty"), hear, &h, NULL), DCAT_OK);
    assert_int_equal(h.used, 0);
    folder_remove(&folder);
}

static void test_damaged_or_missing_files_are_the_users_mistake(void **fixture)
{
    (void)fixture;
    static heard h;
    test_folder folder = folder_make();
    dcat_error err = {0};
    file_write_packed(&folder, "whole.xz", "first\nsecond\n", archive_write_add_filter_xz);
    size_t length = 0;
    char *bytes = file_read(folder_file(&folder, "whole.xz"), &length);
    file_write(&folder, "cut.xz", bytes, length - 20);
    free(bytes);
    assert_int_equal(import_read_lines(folder_file(&folder, "cut.xz"), hear, &h, &err),
                     DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "cut.xz"));
    assert_int_equal(import_read_lines(folder_file(&folder, "none"), hear, &h, &err),
                     DCAT_ERR_NOT_FOUND);
    assert_int_equal(import_read_lines(folder.path, hear, &h, &err), DCAT_ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "folder"));
    folder_remove(&folder);
}

static void test_counts_remember_the_first_places(void **fixture)
{
    (void)fixture;
    dcat_import_count count = {0};
    for (uint64_t line = 10; line < 20; line++) {
        import_count(&count, "odd\x1b[31mname", line);
    }
    assert_int_equal(count.count, 10);
    assert_string_equal(count.where[0], "odd?[31mname:10"); // nothing a terminal would obey
    assert_string_equal(count.where[2], "odd?[31mname:12");
}

static bool decimal(const char *text, double *value, size_t *taken)
{
    field_cursor c = field_cursor_at(text, strlen(text));
    bool ok = field_take_decimal(&c, value);
    *taken = (size_t)(c.at - text);
    return ok;
}

static void test_decimals_are_read_exactly_or_refused(void **fixture)
{
    (void)fixture;
    static const char *const good[] = {
        "0", "-1", "3.25", "007", "0.1", "18.00", "999999999999999", "0.00000000000001", "-0.5"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = NAN;
        size_t taken = 0;
        assert_true(decimal(good[i], &value, &taken));
        assert_int_equal(taken, strlen(good[i]));
        assert_true(value == strtod(good[i], NULL)); // the C library as reference
    }
    static const char *const bad[] = {
        "",    "-",   ".", ".5", "5.", "-.5", "x", "1234567890123456", "0.123456789012345",
        "nan", "inf", "+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 7.0;
        size_t taken = 0;
        assert_false(decimal(bad[i], &value, &taken));
        assert_int_equal(taken, 0);
        assert_true(value == 7.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_lose_their_ends_and_the_byte_order_mark),
        cmocka_unit_test(test_lines_are_the_same_for_any_size_of_piece),
        cmocka_unit_test(test_files_read_the_same_plain_and_compressed),
        cmocka_unit_test(test_damaged_or_missing_files_are_the_users_mistake),
        cmocka_unit_test(test_counts_remember_the_first_places),
        cmocka_unit_test(test_decimals_are_read_exactly_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
