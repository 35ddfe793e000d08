// SPDX-License-Identifier: Apache-2.0
// Small boxes stand in for characters that no font has.

#include "support.h"

#include "report/figure/fonts.h"

#include <stdlib.h>
#include <string.h>

static void test_only_scripts_beyond_the_font_are_asked_for(void **fixture)
{
    (void)fixture;
    font_gaps gaps = {.count = 0};
    font_gaps_add(&gaps, "Köln Łódź Αθήνα Москва \xff");
    assert_int_equal(gaps.count, 0);
    font_gaps_add(&gaps, "北京");
    font_gaps_add(&gaps, "北 서울");
    assert_int_equal(gaps.count, 4);
}

static void test_gaps_become_boxes_and_the_rest_stays(void **fixture)
{
    (void)fixture;
    const font_gaps gaps = {.code = {0x5317, 0x4eac}, .count = 2};
    char out[16];
    font_gaps_fill(&gaps, "a北b京", out, sizeof out);
    assert_string_equal(out, "a□b□");
    font_gaps_fill(&gaps, "北天北京北京北京", out, sizeof out); // five of three bytes fit
    assert_string_equal(out, "□天□□□");
    assert_true(font_gaps_in(&gaps, "xx京"));
    assert_false(font_gaps_in(&gaps, "xx天"));
}

static void test_without_fonts_all_are_gaps(void **fixture)
{
    (void)fixture;
    font_gaps gaps = {.count = 0};
    char *path = strdup(getenv("PATH"));
    font_gaps_add(&gaps, "北京");
    setenv("PATH", "/nowhere", 1);
    font_gaps_ask(&gaps);
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(gaps.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_scripts_beyond_the_font_are_asked_for),
        cmocka_unit_test(test_gaps_become_boxes_and_the_rest_stays),
        cmocka_unit_test(test_without_fonts_all_are_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
