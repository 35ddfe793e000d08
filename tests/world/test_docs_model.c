// SPDX-License-Identifier: Apache-2.0
// Every function, type and file that docs/model.md names exists.

#include "support.h"
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc((size_t)size + 1, 1);
    size_t got = fread(text, 1, (size_t)size, file);
    text[got] = '\0';
    fclose(file);
    return text;
}

// All headers, one after another.
static char *read_headers(void)
{
    glob_t found;
    assert_int_equal(glob(DCAT_SOURCE_DIR "/include/dcat/*.h", 0, NULL, &found), 0);
    assert_int_equal(glob(DCAT_SOURCE_DIR "/include/dcat/x/*.h", GLOB_APPEND, NULL, &found), 0);
    char *all = calloc(1, 1);
    size_t length = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = read_whole(found.gl_pathv[i]);
        assert_non_null(text);
        size_t more = strlen(text);
        all = realloc(all, length + more + 1);
        memcpy(all + length, text, more + 1);
        length += more;
        free(text);
    }
    globfree(&found);
    return all;
}

static int is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// As a whole word, not as the beginning of a longer one.
static int has_word(const char *text, const char *word, size_t length)
{
    for (const char *at = strchr(text, word[0]); at != NULL; at = strchr(at + 1, word[0])) {
        if (strncmp(at, word, length) == 0 && !is_name(at[length]) &&
            (at == text || !is_name(at[-1]))) {
            return 1;
        }
    }
    return 0;
}

static void test_words_are_found_whole(void **fixture)
{
    (void)fixture;
    assert_true(has_word("a dcat_fee(x)", "dcat_fee", 8));
    assert_false(has_word("a dcat_fees(x), my_dcat_fee", "dcat_fee", 8));
}

static void test_every_function_in_the_model_page_exists(void **fixture)
{
    (void)fixture;
    char *page = read_whole(DCAT_SOURCE_DIR "/docs/model.md");
    assert_non_null(page);
    char *headers = read_headers();
    size_t names = 0;
    for (char *at = strstr(page, "`dcat_"); at != NULL; at = strstr(at + 1, "`dcat_")) {
        size_t length = 0;
        while (is_name(at[1 + length])) {
            length++;
        }
        names++;
        if (!has_word(headers, at + 1, length)) {
            fail_msg("docs/model.md names %.*s, which no header declares", (int)length, at + 1);
        }
    }
    assert_true(names > 30);
    free(page);
    free(headers);
}

static void test_every_file_in_the_model_page_exists(void **fixture)
{
    (void)fixture;
    static const char *const roots[] = {"`src/", "`include/", "`tests/"};
    char *page = read_whole(DCAT_SOURCE_DIR "/docs/model.md");
    assert_non_null(page);
    size_t files = 0;
    for (size_t r = 0; r < sizeof roots / sizeof roots[0]; r++) {
        for (char *at = strstr(page, roots[r]); at != NULL; at = strstr(at + 1, roots[r])) {
            char path[500];
            glob_t found;
            int length = (int)strcspn(at + 1, "`");
            snprintf(path, sizeof path, DCAT_SOURCE_DIR "/%.*s", length, at + 1);
            if (glob(path, 0, NULL, &found) != 0) {
                fail_msg("docs/model.md names %.*s, which does not exist", length, at + 1);
            }
            globfree(&found);
            files++;
        }
    }
    assert_true(files > 10);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_found_whole),
        cmocka_unit_test(test_every_function_in_the_model_page_exists),
        cmocka_unit_test(test_every_file_in_the_model_page_exists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
