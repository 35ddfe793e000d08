// SPDX-License-Identifier: Apache-2.0
// Folders and files appear complete or not at all, and nothing of the user's is ever lost.

#include "dcat/x/report.h"
#include "output_support.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

// --- what reached the disk, in order

enum { EVENT_MAX = 64 };

typedef struct event {
    bool sync; // otherwise a rename
    char path[PATH_MAX];
    char to[PATH_MAX];
} event;

static event events[EVENT_MAX];
static size_t event_count;
static bool recording;

// In place of those of the C library, which they call.
int fsync(int descriptor)
{
    int (*next)(int);
    *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    if (recording && event_count < EVENT_MAX) {
        event *e = &events[event_count++];
        char link[64];
        *e = (event){.sync = true};
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        assert_true(readlink(link, e->path, sizeof e->path - 1) > 0);
    }
    return next(descriptor);
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    *(void **)&next = dlsym(RTLD_NEXT, "rename");
    if (recording && event_count < EVENT_MAX) {
        event *e = &events[event_count++];
        *e = (event){0};
        snprintf(e->path, sizeof e->path, "%s", from);
        snprintf(e->to, sizeof e->to, "%s", to);
    }
    return next(from, to);
}

// Where the call stands; event_count: nowhere.
static size_t synced_at(const char *path)
{
    size_t at = 0;
    while (at < event_count && !(events[at].sync && strcmp(events[at].path, path) == 0)) {
        at++;
    }
    return at;
}

static size_t named_at(const char *to)
{
    size_t at = 0;
    while (at < event_count && strcmp(events[at].to, to) != 0) {
        at++;
    }
    return at;
}

static void put_file(dcat_output *output, const char *name, const char *text)
{
    dcat_error err = {0};
    FILE *file = dcat_output_file(output, name, &err);
    if (file == NULL) {
        fail_msg("%s", err.message);
    }
    fputs(text, file);
}

// A committed result folder with one file.
static void make_result(const char *path, bool force, const char *text)
{
    dcat_error err = {0};
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(path, force, &output, &err), DCAT_OK);
    put_file(output, "manifest.json", "{\"format\": \"dcat-result/1\"}\n");
    put_file(output, "data.txt", text);
    if (dcat_output_commit(output, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}

static void test_output_appears_only_at_commit(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(p->out, false, &output, NULL), DCAT_OK);
    put_file(output, "a.txt", "one");
    put_file(output, "figures/deep/b.svg", "two");
    assert_false(there(p->out));
    assert_true(there(dcat_output_temporary(output)));
    assert_int_equal(dcat_output_commit(output, NULL), DCAT_OK);
    assert_content(folder_file(&p->folder, "out/a.txt"), "one");
    assert_content(folder_file(&p->folder, "out/figures/deep/b.svg"), "two");
    assert_int_equal(entry_count(p->out), 2); // no marker, nothing else
    assert_int_equal(entry_count(p->folder.path), 1);
}

static void test_output_abort_leaves_nothing_not_even_parents(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    const char *deep = folder_file(&p->folder, "new/deep/out");
    assert_int_equal(dcat_output_open(deep, false, &output, NULL), DCAT_OK);
    put_file(output, "figures/a.txt", "one");
    dcat_output_abort(output);
    assert_int_equal(entry_count(p->folder.path), 0);
    dcat_output_abort(NULL);
}

static void test_output_abort_keeps_parents_that_were_there(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    assert_int_equal(mkdir(folder_file(&p->folder, "old"), 0777), 0);
    assert_int_equal(dcat_output_open(folder_file(&p->folder, "old/new/out"), false, &output, NULL),
                     DCAT_OK);
    dcat_output_abort(output);
    assert_true(there(folder_file(&p->folder, "old")));
    assert_false(there(folder_file(&p->folder, "old/new")));
}

static void test_output_makes_missing_parents_and_ignores_trailing_slashes(void **fixture)
{
    place *p = *fixture;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s//", folder_file(&p->folder, "a/b//c"));
    make_result(path, false, "x");
    assert_content(folder_file(&p->folder, "a/b/c/data.txt"), "x");
}

static void test_output_refuses_an_existing_path_before_any_work(void **fixture)
{
    place *p = *fixture;
    make_result(p->out, false, "old");
    dcat_error err = {0};
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(p->out, false, &output, &err), DCAT_ERR_EXISTS);
    assert_non_null(strstr(err.message, "--force"));
    assert_null(output);
    assert_content(folder_file(&p->folder, "out/data.txt"), "old");
    assert_int_equal(entry_count(p->folder.path), 1);
}

static void test_output_force_replaces_a_result_at_commit_not_before(void **fixture)
{
    place *p = *fixture;
    make_result(p->out, false, "old");
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(p->out, true, &output, NULL), DCAT_OK);
    put_file(output, "other.txt", "new");
    assert_content(folder_file(&p->folder, "out/data.txt"), "old");
    assert_int_equal(dcat_output_commit(output, NULL), DCAT_OK);
    assert_content(folder_file(&p->folder, "out/other.txt"), "new");
    assert_false(there(folder_file(&p->folder, "out/data.txt")));
    assert_int_equal(entry_count(p->folder.path), 1); // the old one is gone, no leftovers
}

static void test_output_abort_under_force_keeps_the_old_result(void **fixture)
{
    place *p = *fixture;
    make_result(p->out, false, "old");
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(p->out, true, &output, NULL), DCAT_OK);
    put_file(output, "data.txt", "new");
    dcat_output_abort(output);
    assert_content(folder_file(&p->folder, "out/data.txt"), "old");
    assert_int_equal(entry_count(p->folder.path), 1);
}

static void test_output_force_never_replaces_what_is_not_a_result_of_ours(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    dcat_error err = {0};
    // A folder without a manifest.
    assert_int_equal(mkdir(p->out, 0777), 0);
    file_write(&p->folder, "out/thesis.tex", "years of work", 13);
    assert_int_equal(dcat_output_open(p->out, true, &output, &err), DCAT_ERR_EXISTS);
    assert_non_null(strstr(err.message, "not a result folder"));
    // A manifest of somebody else, as web projects have.
    static const char *const manifests[] = {
        "{\"name\": \"app\"}", "{\"format\": \"other/1\"}", "{\"format\": 1}", "[]", "{", ""};
    for (size_t i = 0; i < sizeof manifests / sizeof manifests[0]; i++) {
        file_write(&p->folder, "out/manifest.json", manifests[i], strlen(manifests[i]));
        assert_int_equal(dcat_output_open(p->out, true, &output, NULL), DCAT_ERR_EXISTS);
    }
    assert_content(folder_file(&p->folder, "out/thesis.tex"), "years of work");
    // A file, and a link to a result.
    file_write(&p->folder, "file", "x", 1);
    assert_int_equal(dcat_output_open(folder_file(&p->folder, "file"), true, &output, NULL),
                     DCAT_ERR_EXISTS);
    make_result(folder_file(&p->folder, "real"), false, "old");
    char link_path[PATH_MAX];
    snprintf(link_path, sizeof link_path, "%s", folder_file(&p->folder, "link"));
    assert_int_equal(symlink("real", link_path), 0);
    assert_int_equal(dcat_output_open(link_path, true, &output, NULL), DCAT_ERR_EXISTS);
    assert_content(folder_file(&p->folder, "real/data.txt"), "old");
}

static void test_output_force_accepts_an_empty_folder(void **fixture)
{
    place *p = *fixture;
    assert_int_equal(mkdir(p->out, 0777), 0);
    make_result(p->out, true, "x");
    assert_content(folder_file(&p->folder, "out/data.txt"), "x");
}

static void test_output_refuses_a_path_that_appeared_meanwhile(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(p->out, false, &output, NULL), DCAT_OK);
    put_file(output, "data.txt", "late");
    make_result(p->out, false, "first");
    assert_int_equal(dcat_output_commit(output, NULL), DCAT_ERR_EXISTS);
    assert_content(folder_file(&p->folder, "out/data.txt"), "first");
    assert_int_equal(entry_count(p->folder.path), 1);
}

static void test_output_names_a_parent_that_is_a_file(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    dcat_error err = {0};
    file_write(&p->folder, "file", "x", 1);
    assert_int_equal(dcat_output_open(folder_file(&p->folder, "file/out"), false, &output, &err),
                     DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "file"));
    assert_int_equal(dcat_output_open("", false, &output, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_output_open("/", true, &output, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_output_open("..", true, &output, &err), DCAT_ERR_RANGE);
}

static void test_output_refuses_the_same_file_twice(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_output_open(p->out, false, &output, NULL), DCAT_OK);
    put_file(output, "a.txt", "one");
    assert_null(dcat_output_file(output, "a.txt", &err));
    assert_int_equal(err.status, DCAT_ERR_EXISTS);
    dcat_output_abort(output);
}

// A child process writes into an output and is killed in the middle of it.
static void killed_while_writing(const char *path, bool force)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dcat_output *output = NULL;
        if (dcat_output_open(path, force, &output, NULL) == DCAT_OK) {
            FILE *file = dcat_output_file(output, "figures/half.txt", NULL);
            fputs("half", file);
            fflush(file);
        }
        raise(SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void test_output_killed_run_leaves_no_result_and_the_next_one_tidies_up(void **fixture)
{
    place *p = *fixture;
    killed_while_writing(p->out, false);
    assert_false(there(p->out));
    assert_int_equal(entry_count(p->folder.path), 1); // the abandoned temporary folder
    make_result(p->out, false, "x");
    assert_int_equal(entry_count(p->folder.path), 1); // the result alone
    assert_content(folder_file(&p->folder, "out/data.txt"), "x");
    killed_while_writing(p->out, true);
    assert_content(folder_file(&p->folder, "out/data.txt"), "x");
}

static void test_output_leaves_a_running_neighbour_and_strangers_alone(void **fixture)
{
    place *p = *fixture;
    // "out.tmp-backup" looks like one of ours.
    assert_int_equal(mkdir(folder_file(&p->folder, "out.tmp-backup"), 0777), 0);
    dcat_output *first = NULL;
    dcat_output *second = NULL;
    assert_int_equal(dcat_output_open(p->out, false, &first, NULL), DCAT_OK);
    put_file(first, "data.txt", "first");
    assert_int_equal(dcat_output_open(p->out, false, &second, NULL), DCAT_OK);
    assert_true(there(dcat_output_temporary(first)));
    dcat_output_abort(second);
    assert_int_equal(dcat_output_commit(first, NULL), DCAT_OK);
    assert_content(folder_file(&p->folder, "out/data.txt"), "first");
    assert_true(there(folder_file(&p->folder, "out.tmp-backup")));
}

static void test_output_reports_a_failed_write_and_leaves_nothing(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_output_open(p->out, false, &output, NULL), DCAT_OK);
    FILE *file = dcat_output_file(output, "big.csv", NULL);
    struct rlimit old = limit_file_size(1000);
    for (int i = 0; i < 1000; i++) {
        fputs("0123456789", file);
    }
    dcat_status status = dcat_output_commit(output, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "big.csv"));
    assert_int_equal(entry_count(p->folder.path), 0);
}

static void test_output_remembers_a_write_that_failed_long_before(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    assert_int_equal(dcat_output_open(p->out, false, &output, NULL), DCAT_OK);
    FILE *file = dcat_output_file(output, "big.csv", NULL);
    setvbuf(file, NULL, _IONBF, 0);
    struct rlimit old = limit_file_size(10);
    fputs("0123456789ABCDEF", file);
    setrlimit(RLIMIT_FSIZE, &old); // closing succeeds, but part of the file is missing
    assert_int_equal(dcat_output_commit(output, NULL), DCAT_ERR_IO);
    assert_int_equal(entry_count(p->folder.path), 0);
}

static void test_output_folder_obeys_the_umask(void **fixture)
{
    place *p = *fixture;
    mode_t old = umask(022);
    make_result(p->out, false, "x");
    umask(old);
    struct stat info;
    assert_int_equal(stat(p->out, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0755);
}

static void test_output_is_on_the_disk_before_its_name_and_then_the_name_is(void **fixture)
{
    place *p = *fixture;
    dcat_output *output = NULL;
    dcat_error err = {0};
    char path[PATH_MAX], temporary[PATH_MAX];
    snprintf(path, sizeof path, "%s/new/deep/out", p->folder.path);
    assert_int_equal(dcat_output_open(path, false, &output, &err), DCAT_OK);
    fputs("1", dcat_output_file(output, "a.csv", &err));
    fputs("2", dcat_output_file(output, "inner/b.csv", &err));
    snprintf(temporary, sizeof temporary, "%s", dcat_output_temporary(output));
    event_count = 0;
    recording = true;
    assert_int_equal(dcat_output_commit(output, &err), DCAT_OK);
    recording = false;
    size_t named = named_at(path), itself = synced_at(temporary);
    assert_true(named < event_count && itself < named);
    for (int i = 0; i < 3; i++) {
        static const char *const inside[] = {"a.csv", "inner/b.csv", "inner"};
        char whole[2 * PATH_MAX];
        snprintf(whole, sizeof whole, "%s/%s", temporary, inside[i]);
        assert_true(synced_at(whole) < named);
    }
    // Its parents, up to the one that was there before.
    for (int i = 0; i < 3; i++) {
        *strrchr(path, '/') = '\0';
        size_t at = synced_at(path);
        assert_true(at > named && at < event_count);
    }
    assert_string_equal(path, p->folder.path);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_output_appears_only_at_commit),
        HERE(test_output_abort_leaves_nothing_not_even_parents),
        HERE(test_output_abort_keeps_parents_that_were_there),
        HERE(test_output_makes_missing_parents_and_ignores_trailing_slashes),
        HERE(test_output_refuses_an_existing_path_before_any_work),
        HERE(test_output_force_replaces_a_result_at_commit_not_before),
        HERE(test_output_abort_under_force_keeps_the_old_result),
        HERE(test_output_force_never_replaces_what_is_not_a_result_of_ours),
        HERE(test_output_force_accepts_an_empty_folder),
        HERE(test_output_refuses_a_path_that_appeared_meanwhile),
        HERE(test_output_names_a_parent_that_is_a_file),
        HERE(test_output_refuses_the_same_file_twice),
        HERE(test_output_killed_run_leaves_no_result_and_the_next_one_tidies_up),
        HERE(test_output_leaves_a_running_neighbour_and_strangers_alone),
        HERE(test_output_reports_a_failed_write_and_leaves_nothing),
        HERE(test_output_remembers_a_write_that_failed_long_before),
        HERE(test_output_folder_obeys_the_umask),
        HERE(test_output_is_on_the_disk_before_its_name_and_then_the_name_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
