// SPDX-License-Identifier: Apache-2.0
// Single files appear whole or not at all.

#include "dcat/x/report.h"
#include "output_support.h"
#include <sys/stat.h>
#include <unistd.h>

static void test_single_appears_only_at_commit(void **fixture)
{
    place *p = *fixture;
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    const char *path = folder_file(&p->folder, "a/b.csv");
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    assert_int_equal(dcat_output_single_open(copy, false, &output, &file, NULL), DCAT_OK);
    fputs("x", file);
    assert_false(there(copy));
    assert_int_equal(dcat_output_single_commit(output, NULL), DCAT_OK);
    assert_content(copy, "x");
    assert_int_equal(entry_count(folder_file(&p->folder, "a")), 1);
}

static void test_single_abort_leaves_nothing(void **fixture)
{
    place *p = *fixture;
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    assert_int_equal(
        dcat_output_single_open(folder_file(&p->folder, "a/b.csv"), false, &output, &file, NULL),
        DCAT_OK);
    fputs("x", file);
    dcat_output_single_abort(output);
    assert_int_equal(entry_count(p->folder.path), 0);
    dcat_output_single_abort(NULL);
}

static void test_single_refuses_without_force_and_what_is_no_plain_file(void **fixture)
{
    place *p = *fixture;
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    file_write(&p->folder, "out", "old", 3);
    assert_int_equal(dcat_output_single_open(p->out, false, &output, &file, NULL), DCAT_ERR_EXISTS);
    assert_int_equal(dcat_output_single_open(p->folder.path, true, &output, &file, NULL),
                     DCAT_ERR_EXISTS);
    assert_int_equal(dcat_output_single_open("/dev/null", true, &output, &file, NULL),
                     DCAT_ERR_EXISTS);
    assert_int_equal(dcat_output_single_open(p->out, true, &output, &file, NULL), DCAT_OK);
    fputs("new", file);
    assert_content(p->out, "old");
    assert_int_equal(dcat_output_single_commit(output, NULL), DCAT_OK);
    assert_content(p->out, "new");
}

static void test_single_reports_a_failed_write(void **fixture)
{
    place *p = *fixture;
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_error err = {0};
    file_write(&p->folder, "out", "old", 3);
    assert_int_equal(dcat_output_single_open(p->out, true, &output, &file, NULL), DCAT_OK);
    struct rlimit old = limit_file_size(10);
    for (int i = 0; i < 100; i++) {
        fputs("0123456789", file);
    }
    dcat_status status = dcat_output_single_commit(output, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, DCAT_ERR_IO);
    assert_content(p->out, "old");
    assert_int_equal(entry_count(p->folder.path), 1);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_single_appears_only_at_commit),
        HERE(test_single_abort_leaves_nothing),
        HERE(test_single_refuses_without_force_and_what_is_no_plain_file),
        HERE(test_single_reports_a_failed_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
