// SPDX-License-Identifier: Apache-2.0
// A result of tables alone: its page, its CSV, what its manifest says of no scenario.

#include "dcat/x/report.h"
#include "scenario/scenario_folder.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

static const dcat_column columns[] = {
    {.key = "site", .type = DCAT_COLUMN_TEXT, .meaning = "where", .heading = {"site", ""}},
    {.key = "hours",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "h",
     .meaning = "how long",
     .heading = {"used", "h"},
     .decimals = 1},
};

static void holds(const char *name, const char *text)
{
    char path[600];
    static char bytes[1 << 17];
    folder_path(name, path, sizeof path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[length] = '\0';
    fclose(file);
    if (strstr(bytes, text) == NULL) {
        fail_msg("%s does not hold %s", name, text);
    }
}

static void test_tables_become_a_page_and_files(void **fixture)
{
    (void)fixture;
    dcat_table tables[2] = {{.head = DCAT_TABLE_HEAD("sites", "a site", columns)},
                            {.head = DCAT_TABLE_HEAD("others", "another", columns)}};
    const dcat_cell row[] = {dcat_cell_text("a <b>"), dcat_cell_number(2.5)};
    dcat_table_add(&tables[0], row, DCAT_ROW_PLAIN);
    const dcat_page_table shown[] = {{"By site", "What is used.", &tables[0]},
                                     {"Others", NULL, &tables[1]}};
    const dcat_page_answer answers[] = {{.question = "How long?", .answer = "Long & well"}};
    const dcat_tables_page page = {.command = "dcat exchange report",
                                   .title = "November",
                                   .heading = "November",
                                   .facts = "From here to there",
                                   .answers = answers,
                                   .answer_count = 1,
                                   .tables = shown,
                                   .table_count = 2};
    static const char *const command[] = {"dcat", "exchange", "report"};
    const dcat_manifest manifest = {.command = command, .command_count = 3, .thread_count = 1};
    char path[600];
    folder_path("out", path, sizeof path);
    dcat_output *output = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_output_open(path, false, &output, &err), DCAT_OK);
    if (dcat_write_tables_folder(&page, &manifest, output, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(dcat_output_commit(output, &err), DCAT_OK);
    holds("out/report.html", "Long &amp; well");
    holds("out/report.html", "<h2>By site</h2>");
    holds("out/report.html", "a &lt;b&gt;");
    holds("out/report.html", "dcat exchange report");
    holds("out/sites.csv", "site,hours\na <b>,2.5\n");
    holds("out/others.csv", "site,hours\n");
    holds("out/schema.json", "others.csv");
    holds("out/manifest.json", "\"scenario\": null");
    static const char *const names[] = {"report.html", "sites.csv", "others.csv", "schema.json",
                                        "manifest.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[700];
        snprintf(file, sizeof file, "%s/%s", path, names[i]);
        assert_int_equal(remove(file), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tables_become_a_page_and_files, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
