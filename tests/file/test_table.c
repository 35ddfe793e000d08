// SPDX-License-Identifier: Apache-2.0
// One table through all of its writers.

#include "dcat/x/table.h"
#include "import/import_files.h"
#include "support.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const dcat_column columns[] = {
    {.key = "name", .meaning = "a name", .heading = {"name", NULL}, .left = true},
    {"profit",
     DCAT_COLUMN_INTERVAL,
     "money",
     "what is <left>",
     {"profit", "k"},
     1,
     DCAT_SIGN_PLUS,
     false,
     false,
     true},
    {"share",
     DCAT_COLUMN_NUMBER,
     "1",
     "a share",
     {"share", "%"},
     1,
     DCAT_SIGN_MINUS_ONLY,
     false,
     true,
     false},
    {"tasks",
     DCAT_COLUMN_COUNT,
     NULL,
     "how many",
     {"tasks", NULL},
     0,
     DCAT_SIGN_MINUS_ONLY,
     false,
     false,
     false},
    {"fine",
     DCAT_COLUMN_BOOLEAN,
     NULL,
     "whether it is",
     {"fine", NULL},
     0,
     DCAT_SIGN_MINUS_ONLY,
     false,
     false,
     false},
};
static const dcat_table_head head = DCAT_TABLE_HEAD("rows", "a row", columns);

static dcat_table make_table(void)
{
    dcat_table table = {.head = head};
    char name[] = "a,\"b\"";
    const dcat_cell first[] = {dcat_cell_text(name), dcat_cell_interval(12.25, 0.5),
                               dcat_cell_number(0.004), dcat_cell_count(1234567),
                               dcat_cell_boolean(true)};
    dcat_table_add(&table, first, DCAT_ROW_BEST);
    name[0] = 'z'; // the table has its own
    const dcat_cell second[] = {dcat_cell_text("\u00e9\033"), dcat_cell_interval(-0.04, NAN),
                                dcat_cell_number(NAN), dcat_cell_missing(),
                                dcat_cell_boolean(false)};
    dcat_table_add(&table, second, DCAT_ROW_BASELINE);
    return table;
}

typedef dcat_status (*writer)(const dcat_table *table, FILE *file, dcat_error *err);

static char *written(writer write)
{
    dcat_table table = make_table();
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(write(&table, file, NULL), DCAT_OK);
    fclose(file);
    dcat_table_free(&table);
    assert_int_equal(table.row_count, 0);
    return text;
}

static void test_csv(void **state)
{
    (void)state;
    char *text = written(dcat_table_write_csv);
    assert_string_equal(text, "name,profit,profit_ci95,share,tasks,fine\n"
                              "\"a,\"\"b\"\"\",12.25,0.5,0.004,1234567,1\n"
                              "\u00e9\033,-0.04,,,,0\n");
    free(text);
}

static void test_text(void **state)
{
    (void)state;
    char *text = written(dcat_table_write_text);
    assert_string_equal(text, "  name        profit   share      tasks  fine\n"
                              "                   k       %                 \n"
                              "> a,\"b\"  +12.2 \u00b1 0.5  0.0040  1 234 567   yes\n"
                              "= \u00e9              0.0       -          -    no\n");
    free(text);
}

static void test_text_of_a_narrow_terminal_repeats_names(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    dcat_table table = make_table();
    table.text_width = 26; // 2 + 5 of names, then 2 + 11, then 2 + 6 would be too much
    assert_int_equal(dcat_table_write_text(&table, file, NULL), DCAT_OK);
    dcat_table_free(&table);
    fclose(file);
    assert_string_equal(text, "  name        profit\n"
                              "                   k\n"
                              "> a,\"b\"  +12.2 \u00b1 0.5\n"
                              "= \u00e9              0.0\n"
                              "\n"
                              "  name    share      tasks\n"
                              "              %           \n"
                              "> a,\"b\"  0.0040  1 234 567\n"
                              "= \u00e9           -          -\n"
                              "\n"
                              "  name   fine\n"
                              "> a,\"b\"   yes\n"
                              "= \u00e9        no\n");
    free(text);
}

static void test_html(void **state)
{
    (void)state;
    char *text = written(dcat_table_write_html);
    assert_non_null(strstr(text, "title=\"what is &lt;left&gt;\">profit<small>k</small></th>"));
    assert_non_null(strstr(text, "<tr class=\"best\"><td class=\"name\">a,&quot;b&quot;"
                                 "<span class=\"tag\">earns most</span></td>"));
    // From 0 to 12.75 over 4 to 116 pixels: 12.25 lies at 4 + 112 * 12.25 / 12.75 = 111.6.
    assert_non_null(strstr(text, "<circle cx=\"111.6\" cy=\"10\" r=\"4\"/></svg>+12.2<span "
                                 "class=\"ci\"> \u00b1 0.5</span></td>"));
    assert_non_null(strstr(text, "<td>1\u202f234\u202f567</td>")); // groups do not break
    assert_null(strchr(text, '\033'));
    free(text);
}

static void test_html_groups_of_numbers(void **state)
{
    (void)state;
    static const dcat_column fee[] = {
        {.key = "fee", .type = DCAT_COLUMN_INTERVAL, .heading = {"fee"}, .decimals = 5}};
    const struct {
        double value, half;
        const char *shown;
    } cases[] = {
        {1234567.12345, 98765.5,
         "<td>1\u202f234\u202f567.12345<span class=\"ci\"> \u00b1 "
         "98\u202f765.50000</span></td>"},
        {-12345.0, NAN, "<td>\u221212\u202f345.00000</td>"},
        {2026.0, NAN, "<td>2026.00000</td>"}, // a year, a number of four digits
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);
        const char *meaning = i > 0 ? "what is paid" : NULL; // without one there is no caption
        dcat_table table = {.head = DCAT_TABLE_HEAD("fees", meaning, fee)};
        dcat_cell cell = dcat_cell_interval(cases[i].value, cases[i].half);
        dcat_table_add(&table, &cell, DCAT_ROW_PLAIN);
        assert_int_equal(dcat_table_write_html(&table, file, NULL), DCAT_OK);
        dcat_table_free(&table);
        fclose(file);
        assert_non_null(strstr(text, cases[i].shown));
        assert_true((strstr(text, "<caption>") != NULL) == (meaning != NULL));
        free(text);
    }
}

static void test_json(void **state)
{
    (void)state;
    char *text = written(dcat_table_write_json);
    json_t *rows = json_loads(text, 0, NULL);
    const json_t *first = json_array_get(rows, 0);
    const json_t *second = json_array_get(rows, 1);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "a,\"b\"");
    assert_true(json_real_value(json_object_get(json_object_get(first, "profit"), "ci95")) == 0.5);
    assert_true(json_is_null(json_object_get(json_object_get(second, "profit"), "ci95")));
    assert_true(json_is_null(json_object_get(second, "tasks")));
    assert_true(json_is_false(json_object_get(second, "fine")));
    json_decref(rows);
    free(text);
}

static void test_schema(void **state)
{
    (void)state;
    static const char *const expected[][2] = {{"name", "string"},        {"profit", "number"},
                                              {"profit_ci95", "number"}, {"share", "number"},
                                              {"tasks", "integer"},      {"fine", "boolean"}};
    test_folder folder = folder_make();
    char path[128];
    char line[128] = "";
    dcat_output *output = NULL;
    dcat_schema schema = {0};
    snprintf(path, sizeof path, "%s/run", folder.path);
    assert_int_equal(dcat_output_open(path, false, &output, NULL), DCAT_OK);
    assert_non_null(dcat_csv_file(output, &head, &schema, NULL));
    assert_int_equal(dcat_schema_write(&schema, output, NULL), DCAT_OK);
    assert_int_equal(dcat_output_commit(output, NULL), DCAT_OK);

    snprintf(path, sizeof path, "%s/run/rows.csv", folder.path);
    FILE *csv = fopen(path, "r");
    assert_non_null(csv);
    assert_non_null(fgets(line, sizeof line, csv));
    fclose(csv);
    snprintf(path, sizeof path, "%s/run/schema.json", folder.path);
    json_t *document = json_load_file(path, 0, NULL);
    const json_t *resource = json_array_get(json_object_get(document, "resources"), 0);
    const json_t *fields = json_object_get(json_object_get(resource, "schema"), "fields");
    assert_string_equal(json_string_value(json_object_get(resource, "path")), "rows.csv");
    assert_int_equal(json_array_size(fields), 6);
    char joined[128] = "";
    for (size_t i = 0; i < 6; i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        assert_string_equal(name, expected[i][0]);
        assert_string_equal(json_string_value(json_object_get(field, "type")), expected[i][1]);
        assert_true(strlen(json_string_value(json_object_get(field, "description"))) > 0);
        strcat(strcat(joined, i > 0 ? "," : ""), name);
    }
    assert_string_equal(json_string_value(json_object_get(json_array_get(fields, 1), "unit")),
                        "money");
    assert_string_equal(strcat(joined, "\n"), line);
    json_decref(document);
    folder_remove(&folder);
}

static void test_wrapped(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    dcat_write_wrapped("one two  three wonderful", 7, file);
    fclose(file);
    assert_string_equal(text, "one two\nthree\nwonderful\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_of_a_narrow_terminal_repeats_names),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_html_groups_of_numbers),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
