// SPDX-License-Identifier: Apache-2.0
// Moments as other programs write them, and rows that reach into each other.

#include "support.h"

#include "dcat/x/import.h"
#include "import/csv/time.h"
#include "import_files.h"

static void expect_time(const char *text, const char *format, int zone_s, double wanted)
{
    double time_s = -1.0;
    if (!time_read(text, format, zone_s, &time_s)) {
        fail_msg("%s is no %s", text, format);
    }
    assert_near(time_s, wanted, 1e-9);
}

static void test_moments_are_read_in_every_format(void **fixture)
{
    (void)fixture;
    expect_time("12.5", "s", 3600, 12.5); // numbers have no zone
    expect_time("1700000000123", "ms", 0, 1700000000.123);
    expect_time("1700000000123456", "us", 0, 1700000000.123456);
    expect_time("1e9", "ns", 0, 1.0);
    expect_time("1970-01-01", "iso", 0, 0.0);
    expect_time("1970-01-02T00:00", "iso", 3600, 82800.0);
    expect_time("1970-01-01 01:02:03.25", "iso", 0, 3723.25);
    expect_time("1970-01-01T01:00:00+01:00", "iso", 7200, 0.0);
    expect_time("1970-01-01T01:00:00-0130", "iso", 0, 9000.0);
    expect_time("1970-01-01T01:00:00,5+01", "iso", 0, 0.5);
    expect_time("2000-02-29T00:00:00Z", "iso", 7200, 951782400.0);
    expect_time("02.01.1970 00:30", "%d.%m.%Y %H:%M", 1800, 86400.0);
    expect_time("1970-01-01 01:00 +0100", "%Y-%m-%d %H:%M %z", 0, 0.0);
}

static void test_what_is_no_moment_is_refused(void **fixture)
{
    (void)fixture;
    static const char *const iso[] = {"",
                                      "soon",
                                      "2026-02-30",
                                      "2026-13-01",
                                      "26-01-01",
                                      "2026-01-01T25:00",
                                      "2026-01-01T10:61",
                                      "2026-01-01T10",
                                      "2026-01-01T10:00:00.",
                                      "2026-01-01T10:00:00 UTC",
                                      "2026-01-01T10:00:00+15:00",
                                      "2026-01-01T10:00:00+01:",
                                      "2026-01-01x"};
    double time_s;
    for (size_t i = 0; i < sizeof iso / sizeof *iso; i++) {
        if (time_read(iso[i], "iso", 0, &time_s)) {
            fail_msg("%s is taken for %g", iso[i], time_s);
        }
    }
    assert_false(time_read("1s", "s", 0, &time_s));
    assert_false(time_read("nan", "ms", 0, &time_s));
    assert_false(time_read("1970", "%Y-%m", 0, &time_s));
    assert_false(time_read("1970-01 x", "%Y-%m", 0, &time_s));
}

static dcat_import_csv_config config_of(void)
{
    dcat_import_csv_config config = dcat_import_csv_config_default();
    config.column[DCAT_CSV_ARRIVAL] = "t";
    config.column[DCAT_CSV_ORIGIN] = "o";
    config.always[DCAT_CSV_WORK] = "3";
    config.always[DCAT_CSV_DATA] = "0";
    config.always[DCAT_CSV_DEADLINE] = "1";
    return config;
}

static dcat_status import(const char *text, const dcat_import_csv_config *config, char **tasks,
                          dcat_import_csv_stats *stats, dcat_error *err)
{
    test_folder folder = folder_make();
    size_t size;
    file_write(&folder, "t.csv", text, strlen(text));
    FILE *file = open_memstream(tasks, &size);
    assert_non_null(file);
    dcat_status status = dcat_import_csv(folder_file(&folder, "t.csv"), config, file, stats, err);
    fclose(file);
    folder_remove(&folder);
    return status;
}

static void test_a_broken_quote_costs_its_own_row_only(void **fixture)
{
    (void)fixture;
    dcat_import_csv_config config = config_of();
    dcat_import_csv_stats stats;
    char *tasks = NULL;
    const char *table =
        "\xef\xbb\xbf# made somewhere\r\n\"t\",o\r\n1,\"a, b\"\r\n2,\"open\r\n3,c\r\n"
        "4,\"a\"b\r\n\r\n5,\r\n6,#d\r\n7,e,f\r\n";
    assert_int_equal(import(table, &config, &tasks, &stats, NULL), DCAT_OK);
    assert_string_equal(after_comments(tasks),
                        "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n1,\"a, b\",3,0,1\n"
                        "3,c,3,0,1\n6,\"#d\",3,0,1\n");
    assert_int_equal(stats.row_count, 7);
    assert_int_equal(stats.task_count, 3);
    assert_int_equal(stats.skip[DCAT_CSV_SKIP_MALFORMED].count, 3);
    assert_int_equal(stats.skip[DCAT_CSV_SKIP_NO_ORIGIN].count, 1);
    assert_near(stats.work_gigacycles, 9.0, 0.0);
    free(tasks);
}

static void test_all_other_origins_may_have_an_area(void **fixture)
{
    (void)fixture;
    const dcat_csv_origin origins[] = {{"*", "rest"}, {"a", "north"}};
    dcat_import_csv_config config = config_of();
    dcat_import_csv_stats stats;
    char *tasks = NULL;
    config.origins = origins;
    config.origin_count = 2;
    config.factor[DCAT_CSV_ARRIVAL] = 60.0; // minutes
    assert_int_equal(import("t,o\n1,a\n2,b\n", &config, &tasks, &stats, NULL), DCAT_OK);
    assert_string_equal(after_comments(tasks),
                        "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n60,north,3,0,1\n"
                        "120,rest,3,0,1\n");
    free(tasks);
}

static void test_classes_and_places_are_texts_that_a_task_may_have(void **fixture)
{
    (void)fixture;
    dcat_import_csv_config config = config_of();
    dcat_import_csv_stats stats;
    char *tasks = NULL;
    config.column[DCAT_CSV_CLASS] = "kind";
    config.column[DCAT_CSV_ALLOW] = "where";
    config.always[DCAT_CSV_DENY] = "eu";
    // The last one's class is too long for a name.
    char table[512] = "t,o,kind,where\n1,a,\"x,y\",de north\n2,a,,\n3,a,";
    memset(table + strlen(table), 'k', 201);
    strcat(table, ",de\n");
    assert_int_equal(import(table, &config, &tasks, &stats, NULL), DCAT_OK);
    assert_string_equal(after_comments(tasks),
                        "arrival_s,origin,work_gigacycles,data_mb,deadline_s,class,allow,deny\n"
                        "1,a,3,0,1,\"x,y\",de north,eu\n2,a,3,0,1,,,eu\n");
    assert_int_equal(stats.skip[DCAT_CSV_SKIP_MALFORMED].count, 1);
    free(tasks);
}

static void test_wrong_settings_are_named(void **fixture)
{
    (void)fixture;
    dcat_import_csv_stats stats;
    dcat_error err = {0};
    char *tasks = NULL;
    dcat_import_csv_config config = config_of();
    config.always[DCAT_CSV_WORK] = "0";
    assert_int_equal(import("t,o\n1,a\n", &config, &tasks, &stats, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "work_gigacycles: must be a number that tasks may have"));
    free(tasks);
    config = config_of();
    config.factor[DCAT_CSV_ARRIVAL] = -1.0;
    assert_int_equal(import("t,o\n1,a\n", &config, &tasks, &stats, &err), DCAT_ERR_RANGE);
    free(tasks);
    config = config_of();
    config.separator = '"';
    assert_int_equal(import("t,o\n1,a\n", &config, &tasks, &stats, &err), DCAT_ERR_RANGE);
    free(tasks);
    config = config_of();
    assert_int_equal(import("", &config, &tasks, &stats, &err), DCAT_ERR_FORMAT);
    free(tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments_are_read_in_every_format),
        cmocka_unit_test(test_what_is_no_moment_is_refused),
        cmocka_unit_test(test_a_broken_quote_costs_its_own_row_only),
        cmocka_unit_test(test_all_other_origins_may_have_an_area),
        cmocka_unit_test(test_classes_and_places_are_texts_that_a_task_may_have),
        cmocka_unit_test(test_wrong_settings_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
