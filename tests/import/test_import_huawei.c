// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include "dcat/x/import.h"
#include "import/huawei_table.h"
#include "import_files.h"

// Import a folder into memory; *text is to be freed when the status is DCAT_OK.
static dcat_status import(const test_folder *folder, int day_count, char **text,
                          dcat_import_huawei_stats *stats, dcat_error *err)
{
    size_t size = 0;
    FILE *memory = open_memstream(text, &size);
    assert_non_null(memory);
    dcat_status status = dcat_import_huawei(folder->path, day_count, memory, stats, err);
    fclose(memory);
    if (status != DCAT_OK) {
        assert_int_equal(size, 0); // nothing written
        free(*text);
        *text = NULL;
    }
    return status;
}

static void write_text(const test_folder *folder, const char *name, const char *text)
{
    file_write(folder, name, text, strlen(text));
}

static void test_table_averages_six_instants_and_counts_absence_as_zero(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    write_text(&folder, "tenant1.csv",
               "1 00:00:00,r10,v1,60\n"
               "1 00:10:00,r10,v1,60\n"
               "1 00:10:00,r2,v1,5\n"
               "1 23:50:00,r2,v3,12\n");
    write_text(&folder, "tenant2.csv",
               "1 00:10:00,r10,v1,1\n"
               "1 00:10:00,r10,v2,2\n");
    dcat_import_huawei_stats stats;
    dcat_error err = {0};
    char *text = NULL;
    assert_int_equal(import(&folder, 1, &text, &stats, &err), DCAT_OK);
    // Hour 0: r10 is (60 + 60 + 1 + 2) / 6 = 20.5, r2 is 5 / 6 = 0.8333; hour 23: r2 is 12 / 6.
    const char *table = after_comments(text);
    assert_int_equal(strncmp(table, "day,hour,r2,r10\n1,0,0.8,20.5\n1,1,0,0\n", 37), 0);
    assert_non_null(strstr(table, "\n1,23,2,0\n"));
    assert_int_equal(stats.row_count, 24);
    assert_int_equal(stats.sample_count, 6);
    assert_int_equal(stats.region_count, 2);
    assert_int_equal(stats.region[0], 2);
    assert_near(stats.region_mean_cores[1], 123.0 / 144.0, 1e-15);
    assert_int_equal(stats.instant_count, 144);
    assert_int_equal(stats.instant_empty_count, 141); // 00:00, 00:10 and 23:50 have samples
    free(text);
    folder_remove(&folder);
}

static void test_instants_without_samples_are_counted(void **fixture)
{
    (void)fixture;
    // Of 288 instants of two days: all of hour 0, the last one of the first day, and one of the
    // second.
    static const char *const rows[] = {"1 00:00:00,r1,v1,6\n1 00:10:00,r1,v1,6\n"
                                       "1 00:20:00,r1,v1,6\n1 00:30:00,r1,v1,6\n"
                                       "1 00:40:00,r1,v1,6\n1 00:50:00,r1,v1,6\n",
                                       "1 23:50:00,r1,v1,6\n", "2 13:10:00,r1,v1,6\n"};
    static const int empty[] = {282, 287, 287};
    for (size_t i = 0; i < 3; i++) {
        test_folder folder = folder_make();
        write_text(&folder, "tenant1.csv", rows[i]);
        dcat_import_huawei_stats stats;
        char *text = NULL;
        assert_int_equal(import(&folder, 2, &text, &stats, NULL), DCAT_OK);
        assert_int_equal(stats.instant_count, 288);
        assert_int_equal(stats.instant_empty_count, empty[i]);
        free(text);
        folder_remove(&folder);
    }
}

static void test_sixths_of_a_core_survive_one_decimal(void **fixture)
{
    (void)fixture;
    // Sums 1 to 6 in hours 0 to 5, so means of 1/6 to 6/6.
    huawei_table *table = huawei_table_create(1);
    assert_non_null(table);
    for (uint32_t h = 0; h < 6; h++) {
        huawei_sample sample = {.day = 1, .hour = h, .region = 1, .vm = 1, .cores = h + 1};
        dcat_huawei_skip reason;
        assert_int_equal(huawei_table_add(table, &sample, &reason), HUAWEI_KEPT);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    huawei_table_write(table, memory);
    fclose(memory);
    assert_non_null(strstr(text, "1,0,0.2\n1,1,0.3\n1,2,0.5\n1,3,0.7\n1,4,0.8\n1,5,1\n1,6,0\n"));
    free(text);
    huawei_table_destroy(table);
}

static void test_every_skipped_line_is_counted_with_its_reason_and_place(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    write_text(&folder, "tenant7.csv",
               "\xef\xbb\xbf"
               "1 00:00:00,r1,v1,6\r\n"       // kept
               "\r\n"                         // empty: not counted
               "day,region,vm,cores\n"        // 3 malformed
               "1 00:10:00,r1,v1,-6\n"        // 4 malformed
               "1 00:10:00,r1,v1,6,7\n"       // 5 malformed
               "1 00:10:00,r1,v1,6.5\n"       // 6 malformed
               "2 00:00:00,r1,v1,6\n"         // 7 out of range: day
               "0 00:00:00,r1,v1,6\n"         // 8 out of range: day
               "1 24:00:00,r1,v1,6\n"         // 9 out of range: hour
               "1 00:60:00,r1,v1,6\n"         // 10 out of range: minute
               "1 00:00:00,r100,v1,6\n"       // 11 out of range: region
               "1 00:00:00,r1,v100,6\n"       // 12 out of range: VM type
               "1 00:00:00,r1,v1,100000001\n" // 13 out of range: cores
               "1 00:05:00,r1,v1,6\n"         // 14 off the grid
               "1 00:10:01,r1,v1,6\n"         // 15 off the grid
               "1 00:00:00,r1,v1,600\n"       // 16 duplicate: the first counts
               "1 00:00:00,r1,v2,6\n");       // kept: another VM type
    dcat_import_huawei_stats stats;
    char *text = NULL;
    assert_int_equal(import(&folder, 1, &text, &stats, NULL), DCAT_OK);
    assert_int_equal(stats.line_count, 16);
    assert_int_equal(stats.sample_count, 2);
    assert_int_equal(stats.skip[DCAT_HUAWEI_MALFORMED].count, 4);
    assert_string_equal(stats.skip[DCAT_HUAWEI_MALFORMED].where[0], "tenant7.csv:3");
    assert_int_equal(stats.skip[DCAT_HUAWEI_OUT_OF_RANGE].count, 7);
    assert_string_equal(stats.skip[DCAT_HUAWEI_OUT_OF_RANGE].where[2], "tenant7.csv:9");
    assert_int_equal(stats.skip[DCAT_HUAWEI_OFF_GRID].count, 2);
    assert_int_equal(stats.skip[DCAT_HUAWEI_DUPLICATE].count, 1);
    assert_string_equal(stats.skip[DCAT_HUAWEI_DUPLICATE].where[0], "tenant7.csv:16");
    assert_non_null(strstr(text, "\n1,0,2\n")); // (6 + 6) / 6
    assert_string_equal(dcat_huawei_skip_name(DCAT_HUAWEI_DUPLICATE), "duplicate");
    free(text);
    folder_remove(&folder);
}

static void test_compressed_tenants_give_the_same_bytes(void **fixture)
{
    (void)fixture;
    const char *one = "1 00:00:00,r1,v1,6\n1 01:00:00,r3,v1,7\n";
    const char *two = "1 00:00:00,r1,v1,5\n";
    test_folder plain = folder_make(), packed = folder_make();
    write_text(&plain, "tenant1.csv", one);
    write_text(&plain, "tenant2.csv", two);
    file_write_packed(&packed, "tenant1.csv.xz", one, archive_write_add_filter_xz);
    file_write_packed(&packed, "tenant2.csv.gz", two, archive_write_add_filter_gzip);
    write_text(&packed, "README", "not a tenant\n");
    dcat_import_huawei_stats stats;
    char *text_plain = NULL, *text_packed = NULL;
    assert_int_equal(import(&plain, 2, &text_plain, &stats, NULL), DCAT_OK);
    assert_int_equal(stats.ignored_file_count, 0);
    assert_int_equal(import(&packed, 2, &text_packed, &stats, NULL), DCAT_OK);
    assert_int_equal(stats.ignored_file_count, 1);
    assert_int_equal(stats.file_count, 2);
    assert_string_equal(text_plain, text_packed);
    free(text_plain);
    free(text_packed);
    folder_remove(&plain);
    folder_remove(&packed);
}

static void test_unusable_folders_are_refused_with_the_reason(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    dcat_import_huawei_stats stats = {.file_count = -5};
    dcat_error err = {0};
    char *text = NULL;
    assert_int_equal(import(&folder, 122, &text, &stats, &err), DCAT_ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "tenant*.csv"));
    write_text(&folder, "tenant1.csv", "hello\n");
    assert_int_equal(import(&folder, 122, &text, &stats, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "tenant1.csv:1"));
    // The same tenant twice would count twice.
    file_write_packed(&folder, "tenant1.csv.gz", "1 00:00:00,r1,v1,6\n",
                      archive_write_add_filter_gzip);
    assert_int_equal(import(&folder, 122, &text, &stats, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "same tenant"));
    assert_int_equal(import(&folder, 0, &text, &stats, &err), DCAT_ERR_RANGE);
    assert_int_equal(import(&folder, DCAT_HUAWEI_DAY_MAX + 1, &text, &stats, &err), DCAT_ERR_RANGE);
    test_folder none = {"no-such-folder"};
    assert_int_equal(import(&none, 122, &text, &stats, &err), DCAT_ERR_NOT_FOUND);
    assert_int_equal(stats.file_count, -5); // a failed call leaves its outputs alone
    folder_remove(&folder);
}

static void test_a_full_disk_is_reported(void **fixture)
{
    (void)fixture;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        print_message("no /dev/full here\n");
        skip();
    }
    setvbuf(full, NULL, _IONBF, 0);
    test_folder folder = folder_make();
    write_text(&folder, "tenant1.csv", "1 00:00:00,r1,v1,6\n");
    dcat_import_huawei_stats stats;
    dcat_error err = {0};
    assert_int_equal(dcat_import_huawei(folder.path, 1, full, &stats, &err), DCAT_ERR_IO);
    fclose(full);
    folder_remove(&folder);
}

static void test_the_shipped_demand_table_can_be_made_again(void **fixture)
{
    (void)fixture;
    test_folder real = {DCAT_SOURCE_DIR "/../shared/data/huawei-regionless"};
    if (access(real.path, R_OK) != 0) {
        print_message("the trace is not here\n");
        skip();
    }
    dcat_import_huawei_stats stats;
    char *text = NULL;
    assert_int_equal(import(&real, 122, &text, &stats, NULL), DCAT_OK);
    assert_int_equal(stats.sample_count, stats.line_count);
    assert_int_equal(stats.sample_count, 1065621); // lines of the 13 files, by wc -l
    assert_int_equal(stats.instant_empty_count, 0);
    char *shipped = file_read(DCAT_SOURCE_DIR "/scenarios/paper/demand.csv", NULL);
    assert_non_null(shipped);
    assert_true(strcmp(text, shipped) == 0); // not assert_string_equal: it would print 200 kB
    free(shipped);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_averages_six_instants_and_counts_absence_as_zero),
        cmocka_unit_test(test_instants_without_samples_are_counted),
        cmocka_unit_test(test_sixths_of_a_core_survive_one_decimal),
        cmocka_unit_test(test_every_skipped_line_is_counted_with_its_reason_and_place),
        cmocka_unit_test(test_compressed_tenants_give_the_same_bytes),
        cmocka_unit_test(test_unusable_folders_are_refused_with_the_reason),
        cmocka_unit_test(test_a_full_disk_is_reported),
        cmocka_unit_test(test_the_shipped_demand_table_can_be_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
