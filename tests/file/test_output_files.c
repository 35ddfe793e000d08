// SPDX-License-Identifier: Apache-2.0
// Files that belong together in a folder whose other files are the user's.

#include "dcat/x/file.h"
#include "file/output_support.h"

#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"a.csv", "b.csv"};

static dcat_status put_both(const char *path, bool force, const char *text)
{
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open_files(path, names, 2, force, &output, NULL);
    for (int i = 0; i < 2 && status == DCAT_OK; i++) {
        fputs(text, dcat_output_file(output, names[i], NULL));
    }
    return status == DCAT_OK ? dcat_output_commit(output, NULL) : status;
}

static void assert_both(const place *p, const char *text)
{
    assert_content(folder_file(&p->folder, "out/a.csv"), text);
    assert_content(folder_file(&p->folder, "out/b.csv"), text);
    assert_int_equal(entry_count(p->folder.path), 1); // no temporary folder beside it
}

static void put_mine(const place *p)
{
    FILE *mine = fopen(folder_file(&p->folder, "out/mine.yaml"), "w");
    fputs("mine", mine);
    fclose(mine);
}

static void test_files_are_replaced_with_force_and_others_stay(void **fixture)
{
    place *p = *fixture;
    assert_int_equal(put_both(p->out, false, "old"), DCAT_OK);
    assert_both(p, "old");
    put_mine(p);
    assert_int_equal(chmod(p->out, 0750), 0);
    assert_int_equal(put_both(p->out, false, "new"), DCAT_ERR_EXISTS);
    assert_both(p, "old");
    assert_int_equal(put_both(p->out, true, "new"), DCAT_OK);
    assert_both(p, "new");
    assert_content(folder_file(&p->folder, "out/mine.yaml"), "mine");
    assert_int_equal(entry_count(p->out), 3);
    struct stat info;
    assert_int_equal(stat(p->out, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0750);
}

static void test_files_are_replaced_beside_subfolders(void **fixture)
{
    place *p = *fixture;
    assert_int_equal(put_both(p->out, false, "old"), DCAT_OK);
    put_mine(p);
    assert_int_equal(mkdir(folder_file(&p->folder, "out/inner"), 0777), 0);
    assert_int_equal(put_both(p->out, true, "new"), DCAT_OK);
    assert_both(p, "new");
    assert_int_equal(entry_count(p->out), 4);
}

static void test_files_are_replaced_in_the_folder_one_works_in(void **fixture)
{
    place *p = *fixture;
    char before[PATH_MAX];
    struct stat was, is;
    assert_int_equal(put_both(p->out, false, "old"), DCAT_OK);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(p->out), 0);
    assert_int_equal(stat(".", &was), 0);
    assert_int_equal(put_both(p->out, true, "new"), DCAT_OK);
    assert_int_equal(put_both(".", true, "newer"), DCAT_OK);
    assert_int_equal(stat(p->out, &is), 0);
    assert_int_equal(was.st_ino, is.st_ino); // a shell in it is still in it
    assert_int_equal(chdir(before), 0);
    assert_both(p, "newer");
    assert_int_equal(entry_count(p->out), 2);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_files_are_replaced_with_force_and_others_stay),
        HERE(test_files_are_replaced_beside_subfolders),
        HERE(test_files_are_replaced_in_the_folder_one_works_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
