// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include "dcat/x/import.h"
#include "import/swf_job.h"
#include "import_files.h"

static const char *const two_areas[] = {"east", "west"};

static dcat_import_swf_config config_of_two(void)
{
    dcat_import_swf_config config = dcat_import_swf_config_default();
    config.origins = two_areas;
    config.origin_count = 2;
    return config;
}

// Import a text through a file; *tasks is to be freed.
static dcat_status import(const char *trace, const dcat_import_swf_config *config, char **tasks,
                          dcat_import_swf_stats *stats, dcat_error *err)
{
    test_folder folder = folder_make();
    file_write(&folder, "trace.swf", trace, strlen(trace));
    size_t size = 0;
    FILE *memory = open_memstream(tasks, &size);
    assert_non_null(memory);
    dcat_status status =
        dcat_import_swf(folder_file(&folder, "trace.swf"), config, memory, stats, err);
    fclose(memory);
    folder_remove(&folder);
    return status;
}

static void test_a_job_becomes_a_task_by_the_stated_rules(void **fixture)
{
    (void)fixture;
    dcat_import_swf_config config = config_of_two();
    dcat_import_swf_stats stats;
    char *tasks = NULL;
    // Job: submitted at 100, runs 60 s on 4 processors, user 7. Work 60 * 4 * 2.5 = 600 Gcycles,
    // deadline 2 * 60 = 120 s, area 7 mod 2 = 1.
    const char *trace = "; UnixStartTime: 1000000\r\n"
                        ";   MaxProcs:   128  \n"
                        "; anything at all\n"
                        "  1 100 5 60 4 59.5 -1 4 300 -1 1 7 1 -1 2 -1 -1 -1\r\n";
    assert_int_equal(import(trace, &config, &tasks, &stats, NULL), DCAT_OK);
    assert_string_equal(after_comments(tasks),
                        "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                        "100,west,600,20,120\n");
    assert_non_null(strstr(tasks, "# Tasks from the jobs of a trace in Standard Workload Format: "
                                  "trace.swf\n#   UnixStartTime: 1000000\n#   MaxProcs:   128\n"));
    assert_non_null(strstr(tasks, "--core-ghz 2.5 --deadline-factor 2 --deadline-min-s 2 --data-mb "
                                  "20 --origin-by user --origins east,west\n"));
    assert_int_equal(stats.comment_count, 3);
    assert_int_equal(stats.header_count, 2);
    assert_int_equal(stats.task_count, 1);
    assert_near(stats.work_cycles, 600e9, 1e-15);
    free(tasks);
}

static void test_unknown_values_fall_back_or_skip_with_a_count(void **fixture)
{
    (void)fixture;
    dcat_import_swf_config config = config_of_two();
    config.origin_by = DCAT_SWF_BY_QUEUE;
    dcat_import_swf_stats stats;
    char *tasks = NULL;
    // Columns: job submit wait run procs cpu mem req_procs req_run req_mem status user group exe
    // queue partition before think.
    const char *trace =
        "1 10 0 30 -1 -1 -1 8 -1 -1 1 1 1 1 -1 1 -1 -1\n"  // requested; no queue
        "2 20 0 0.5 1 -1 -1 1 -1 -1 0 1 1 1 3 1 -1 -1\n"   // failed; deadline floor
        "3 30 0 30 -1 -1 -1 -1 -1 -1 1 1 1 1 3 1 -1 -1\n"  // no processors
        "4 40 0 30 0 -1 -1 0 -1 -1 1 1 1 1 3 1 -1 -1\n"    // no processors
        "5 50 0 -1 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1\n"    // no run time
        "6 60 0 0 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1\n"     // no run time
        "7 70 0 30 1 -1 -1 1 -1 -1 5 1 1 1 3 1 -1 -1\n"    // cancelled
        "8 80 0 30 1 -1 -1 1 -1 -1 2 1 1 1 3 1 -1 -1\n"    // part of a job
        "9 -1 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1\n"    // no submit time
        "10 90 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1\n"      // 17 fields
        "11 90 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1 9\n" // 19 fields: one is ignored
        "12 90 0 nan 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1\n"; // not a number
    assert_int_equal(import(trace, &config, &tasks, &stats, NULL), DCAT_OK);
    // 30 * 8 * 2.5 = 600 at the first area; 0.5 * 1 * 2.5 = 1.25 with a deadline of 2, not 1.
    assert_string_equal(after_comments(tasks),
                        "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                        "10,east,600,20,60\n"
                        "20,west,1.25,20,2\n"
                        "90,west,75,20,60\n");
    assert_int_equal(stats.job_count, 12);
    assert_int_equal(stats.task_count, 3);
    assert_int_equal(stats.more_fields.count, 1);
    assert_string_equal(stats.more_fields.where[0], "trace.swf:11");
    assert_int_equal(stats.requested_processors_count, 1);
    assert_int_equal(stats.unknown_origin_count, 1);
    assert_int_equal(stats.deadline_floor_count, 1);
    assert_int_equal(stats.skip[DCAT_SWF_NO_PROCESSORS].count, 2);
    assert_int_equal(stats.skip[DCAT_SWF_NO_RUN_TIME].count, 2);
    assert_int_equal(stats.skip[DCAT_SWF_CANCELLED].count, 1);
    assert_int_equal(stats.skip[DCAT_SWF_PARTIAL].count, 1);
    assert_int_equal(stats.skip[DCAT_SWF_NO_SUBMIT_TIME].count, 1);
    assert_int_equal(stats.skip[DCAT_SWF_MALFORMED].count, 2);
    assert_string_equal(stats.skip[DCAT_SWF_MALFORMED].where[0], "trace.swf:10");
    assert_string_equal(dcat_swf_skip_name(DCAT_SWF_PARTIAL), "part_of_a_job");
    assert_near(stats.arrival_s_first, 10.0, 0.0);
    assert_near(stats.arrival_s_last, 90.0, 0.0);
    free(tasks);
}

static void test_hash_comments_repeated_lines_and_late_beginnings(void **fixture)
{
    (void)fixture;
    dcat_import_swf_config config = config_of_two();
    config.from_first = true;
    dcat_import_swf_stats stats;
    char *tasks = NULL;
    const char *trace = "# a comment\n"
                        "2 1700000060 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1 {3,4} more\n"
                        "2 1700000060 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1 {3,4} more\n"
                        "1 1700000000.5 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1\n"
                        "3 1700000070 0 30 1 -1 -1 1 -1 -1 1 1 1 1 3 1 -1 -1{\n";
    assert_int_equal(import(trace, &config, &tasks, &stats, NULL), DCAT_OK);
    assert_string_equal(after_comments(tasks),
                        "arrival_s,origin,work_gigacycles,data_mb,deadline_s\n"
                        "59.5,west,75,20,60\n"
                        "0,west,75,20,60\n");
    assert_non_null(strstr(tasks, "--from-first (1700000000.5 s taken off)"));
    assert_int_equal(stats.comment_count, 1);
    assert_int_equal(stats.more_fields.count, 2);
    assert_int_equal(stats.skip[DCAT_SWF_DUPLICATE].count, 1);
    assert_string_equal(stats.skip[DCAT_SWF_DUPLICATE].where[0], "trace.swf:3");
    assert_int_equal(stats.skip[DCAT_SWF_MALFORMED].count, 1);
    assert_near(stats.start_s, 1700000000.5, 0.0);
    assert_near(stats.arrival_s_last, 59.5, 0.0);
    free(tasks);
}

static void test_each_origin_rule_takes_its_own_number(void **fixture)
{
    (void)fixture;
    static const char *const areas[] = {"a0", "a1", "a2", "a3", "a4"};
    // user 11, group 12, queue 13, partition 14: modulo 5 they are 1, 2, 3, 4.
    const char *line = "1 0 0 1 1 -1 -1 1 -1 -1 1 11 12 -1 13 14 -1 -1";
    swf_job job;
    assert_true(swf_job_parse(line, strlen(line), &job));
    const char *const names[DCAT_SWF_ORIGIN_COUNT] = {"user", "group", "queue", "partition"};
    for (int by = 0; by < DCAT_SWF_ORIGIN_COUNT; by++) {
        dcat_import_swf_config config = dcat_import_swf_config_default();
        config.origins = areas;
        config.origin_count = 5;
        config.origin_by = (dcat_swf_origin)by;
        dcat_task task;
        swf_notes notes;
        dcat_swf_skip reason;
        assert_true(swf_job_convert(&job, &config, &task, &notes, &reason));
        assert_int_equal(task.area, by + 1);
        assert_int_equal(dcat_swf_origin_find(names[by]), by);
    }
    assert_int_equal(dcat_swf_origin_find("nothing"), DCAT_SWF_ORIGIN_COUNT);
}

static void test_header_lines_lose_what_a_table_cannot_hold(void **fixture)
{
    (void)fixture;
    char header[DCAT_SWF_HEADER_BYTES];
    bool converted;
    const char *tabbed = ";\tComputer:\tIBM\x01 SP2\t ";
    assert_true(swf_header_parse(tabbed, strlen(tabbed), header, &converted));
    assert_string_equal(header, "Computer: IBM  SP2");
    assert_false(swf_header_parse("; Note: long", 12, header, &converted));
    assert_false(swf_header_parse("; Computer", 10, header, &converted));
    char text[400] = "; Acknowledge: ";
    memset(text + 15, 'x', 385);
    assert_true(swf_header_parse(text, sizeof text, header, &converted));
    assert_int_equal(strlen(header), DCAT_SWF_HEADER_BYTES - 1);
    assert_false(converted);
    assert_true(swf_header_parse("; Computer: Z\xfc", 14, header, &converted));
    assert_string_equal(header, "Computer: Zü");
    assert_true(converted);
}

static void test_wrong_settings_are_named(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    static const char *const comma[] = {"a,b"}, *const empty[] = {""};
    struct {
        dcat_import_swf_config config;
        const char *names;
    } cases[] = {
        {config_of_two(), "core-ghz"},       {config_of_two(), "deadline-factor"},
        {config_of_two(), "deadline-min-s"}, {config_of_two(), "data-mb"},
        {config_of_two(), "origins"},        {config_of_two(), "origins"},
        {config_of_two(), "origins"},        {config_of_two(), "origin-by"},
    };
    cases[0].config.core_hz = NAN;
    cases[1].config.deadline_factor = 0.0;
    cases[2].config.deadline_s_min = -1.0;
    cases[3].config.data_bits = INFINITY;
    cases[4].config.origin_count = 0;
    cases[5].config.origins = comma;
    cases[5].config.origin_count = 1;
    cases[6].config.origins = empty;
    cases[6].config.origin_count = 1;
    cases[7].config.origin_by = DCAT_SWF_ORIGIN_COUNT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(dcat_import_swf_config_check(&cases[i].config, &err), DCAT_ERR_RANGE);
        assert_int_equal(strncmp(err.message, cases[i].names, strlen(cases[i].names)), 0);
    }
    dcat_import_swf_config good = config_of_two();
    assert_int_equal(dcat_import_swf_config_check(&good, &err), DCAT_OK);
}

static void test_settings_hold_at_their_closed_ends_only(void **fixture)
{
    (void)fixture;
    static const struct {
        size_t offset; // of a double
        double value;
        dcat_status status;
    } cases[] = {
        {offsetof(dcat_import_swf_config, core_hz), 0.0, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, core_hz), 1e-300, DCAT_OK},
        {offsetof(dcat_import_swf_config, core_hz), 1e15, DCAT_OK},
        {offsetof(dcat_import_swf_config, core_hz), 1.001e15, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, deadline_factor), 0.0, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, deadline_factor), 1e9, DCAT_OK},
        {offsetof(dcat_import_swf_config, deadline_factor), 1.001e9, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, deadline_s_min), 0.0, DCAT_OK},
        {offsetof(dcat_import_swf_config, deadline_s_min), -1e-300, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, deadline_s_min), 1e12, DCAT_OK},
        {offsetof(dcat_import_swf_config, deadline_s_min), 1.001e12, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, data_bits), 0.0, DCAT_OK},
        {offsetof(dcat_import_swf_config, data_bits), -1e-300, DCAT_ERR_RANGE},
        {offsetof(dcat_import_swf_config, data_bits), 1e18, DCAT_OK},
        {offsetof(dcat_import_swf_config, data_bits), 1.001e18, DCAT_ERR_RANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dcat_import_swf_config config = config_of_two();
        memcpy((char *)&config + cases[i].offset, &cases[i].value, sizeof(double));
        assert_int_equal(dcat_import_swf_config_check(&config, NULL), cases[i].status);
    }
}

static void test_traces_without_a_usable_job_are_refused(void **fixture)
{
    (void)fixture;
    dcat_import_swf_config config = config_of_two();
    dcat_import_swf_stats stats;
    dcat_error err = {0};
    char *tasks = NULL;
    assert_int_equal(import("; only a comment\n\nfoo\n", &config, &tasks, &stats, &err),
                     DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "trace.swf:3"));
    free(tasks);
    assert_int_equal(import("", &config, &tasks, &stats, &err), DCAT_ERR_FORMAT);
    free(tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_job_becomes_a_task_by_the_stated_rules),
        cmocka_unit_test(test_unknown_values_fall_back_or_skip_with_a_count),
        cmocka_unit_test(test_hash_comments_repeated_lines_and_late_beginnings),
        cmocka_unit_test(test_each_origin_rule_takes_its_own_number),
        cmocka_unit_test(test_header_lines_lose_what_a_table_cannot_hold),
        cmocka_unit_test(test_wrong_settings_are_named),
        cmocka_unit_test(test_settings_hold_at_their_closed_ends_only),
        cmocka_unit_test(test_traces_without_a_usable_job_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
