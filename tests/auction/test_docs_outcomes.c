// SPDX-License-Identifier: Apache-2.0
// The outcomes that docs/results.md lists are those of the code, word for word and in their order.

#include "dcat/auction.h"
#include "support.h"
#include <stdio.h>
#include <string.h>

#define ROW(enumerator, key, name, meaning) {DCAT_AUCTION_##enumerator, name, #key},
static const struct {
    dcat_auction_outcome outcome;
    const char *name, *key;
} outcomes[] = {{DCAT_AUCTION_SOLD, "sold", "sold"}, DCAT_AUCTION_UNSOLD(ROW)};

// The next two words in backquotes that begin a row of a table. False at the end of the section.
static int next_row(FILE *page, char name[64], char key[64])
{
    char line[1024];
    while (fgets(line, sizeof line, page) != NULL && strncmp(line, "## ", 3) != 0) {
        if (sscanf(line, "| `%63[^`]` | `%63[^`]` |", name, key) == 2) {
            return 1;
        }
    }
    return 0;
}

static void test_the_page_lists_the_outcomes_of_the_code(void **fixture)
{
    (void)fixture;
    FILE *page = fopen(DCAT_SOURCE_DIR "/docs/results.md", "r");
    assert_non_null(page);
    char line[1024] = "", name[64], key[64];
    while (strcmp(line, "## Outcomes\n") != 0) {
        assert_non_null(fgets(line, sizeof line, page));
    }
    for (int o = 0; o < DCAT_AUCTION_OUTCOME_COUNT; o++) {
        assert_true(next_row(page, name, key));
        assert_string_equal(name, outcomes[o].name);
        assert_string_equal(key, outcomes[o].key);
    }
    assert_false(next_row(page, name, key));
    fclose(page);
}

static void test_keys_are_names_with_another_dash(void **fixture)
{
    (void)fixture;
    assert_int_equal(sizeof outcomes / sizeof outcomes[0], DCAT_AUCTION_OUTCOME_COUNT);
    for (int o = 0; o < DCAT_AUCTION_OUTCOME_COUNT; o++) {
        const char *name = outcomes[o].name, *key = outcomes[o].key;
        assert_int_equal(outcomes[o].outcome, o);
        assert_string_equal(name, dcat_auction_outcome_name((dcat_auction_outcome)o));
        assert_int_equal(strlen(name), strlen(key));
        for (size_t i = 0; name[i] != '\0'; i++) {
            assert_int_equal(key[i], name[i] == '-' ? '_' : name[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_page_lists_the_outcomes_of_the_code),
        cmocka_unit_test(test_keys_are_names_with_another_dash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
