// SPDX-License-Identifier: Apache-2.0
// Runs of a comparison that are kept: known by all that decides them, and recalled to the bit.

#include "scenario/scenario_folder.h"
#include "support.h"

#include "report/compare_job.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { POLICIES = 2, WORLDS = 2, RUNS = POLICIES * WORLDS };

// What decides the runs, to be changed one thing at a time.
typedef struct trial {
    const char *program, *override;
    const char *policies[POLICIES], *models[POLICIES], *plugins[POLICIES];
    int sample_counts[POLICIES], guard_tasks[POLICIES];
    uint64_t seeds[WORLDS];
    uint32_t cycle_first, cycle_count;
} trial;

static trial trial_default(void)
{
    return (trial){
        .program = "0.1 abc",
        .policies = {"linkage:rea", "a2c:rea-s"},
        .models = {"shipped", "00ff"},
        .sample_counts = {0, 8},
        .seeds = {1, 2},
        .cycle_first = 2400,
        .cycle_count = 10,
    };
}

static void make_keys(const trial *t, job_key keys[RUNS])
{
    dcat_error err = {0};
    dcat_scenario *scenario = NULL;
    size_t override_count = t->override != NULL;
    if (dcat_scenario_load("paper", &t->override, override_count, &scenario, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_policy policies[POLICIES];
    for (size_t p = 0; p < POLICIES; p++) {
        assert_int_equal(dcat_policy_parse(t->policies[p], &policies[p], NULL), DCAT_OK);
    }
    const dcat_compare_config config = {
        DCAT_SIZED(dcat_compare_config), .policies = policies,
        .policy_count = POLICIES,        .seeds = t->seeds,
        .world_count = WORLDS,           .cycle_first = t->cycle_first,
        .cycle_count = t->cycle_count,
    };
    const compare_origin origin = {t->program,       scenario,       &config,   t->models,
                                   t->sample_counts, t->guard_tasks, t->plugins};
    assert_int_equal(compare_keys_make(&origin, keys, &err), DCAT_OK);
    dcat_scenario_destroy(scenario);
}

// Which runs keep their keys, as bits: linkage in both worlds, then a2c in both.
static unsigned unchanged(const trial *changed)
{
    const trial plain = trial_default();
    job_key before[RUNS], after[RUNS];
    make_keys(&plain, before);
    make_keys(changed, after);
    unsigned same = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        same |= strcmp(before[i].hex, after[i].hex) == 0 ? 1u << i : 0u;
    }
    return same;
}

static void test_a_key_holds_all_that_decides_a_run_and_nothing_else(void **fixture)
{
    (void)fixture;
    trial t = trial_default();
    assert_int_equal(unchanged(&t), 15);
    t.plugins[0] = "12ab?size=4 -";
    assert_int_equal(unchanged(&t), 12);
    const trial plugged = t;
    job_key before[RUNS], after[RUNS];
    make_keys(&plugged, before);
    t.plugins[0] = "12ab?size=5 -";
    make_keys(&t, after);
    assert_string_not_equal(before[0].hex, after[0].hex);
    t = trial_default();
    t.program = "0.1 abd";
    assert_int_equal(unchanged(&t), 0);
    t = trial_default();
    t.override = "demand.arrivals_per_slot=31";
    assert_int_equal(unchanged(&t), 0);
    t = trial_default();
    t.override = "demand.arrivals_per_slot=30"; // what it is anyway
    assert_int_equal(unchanged(&t), 15);
    t = trial_default();
    t.cycle_first++;
    assert_int_equal(unchanged(&t), 0);
    t = trial_default();
    t.cycle_count++;
    assert_int_equal(unchanged(&t), 0);
    t = trial_default();
    t.seeds[1] = 9;
    assert_int_equal(unchanged(&t), 1 | 4);
    t = trial_default();
    t.policies[0] = "linkage:one-off";
    assert_int_equal(unchanged(&t), 4 | 8);
    t = trial_default();
    t.policies[0] = "kmeans:rea";
    assert_int_equal(unchanged(&t), 4 | 8);
    t = trial_default();
    t.models[1] = "00fe";
    assert_int_equal(unchanged(&t), 1 | 2);
    t = trial_default();
    t.sample_counts[1] = 9;
    assert_int_equal(unchanged(&t), 1 | 2);
    t = trial_default();
    t.guard_tasks[1] = 100;
    assert_int_equal(unchanged(&t), 1 | 2);
}

static void test_keys_of_different_runs_differ(void **fixture)
{
    (void)fixture;
    const trial t = trial_default();
    job_key keys[RUNS];
    make_keys(&t, keys);
    for (size_t i = 0; i < RUNS; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(keys[i].hex, keys[j].hex);
        }
    }
}

static void test_a_kept_run_comes_back_to_the_bit(void **fixture)
{
    (void)fixture;
    job_store store = {.folder = folder};
    const job_key key = job_key_of("one", 3), other = job_key_of("two", 3);
    dcat_run_result result = {.cycle_count = 3, .decision_s = 0.1, .cluster_count = 2.0 / 7.0};
    result.totals = (dcat_totals){.arrived = INT64_C(1) << 60, .fee = 1.0 / 3.0, .cost = 1e-300};
    dcat_run_result back = {0};
    assert_false(compare_job_recall(&store, &key, &back));
    assert_int_equal(compare_job_keep(&store, &key, &result, NULL), DCAT_OK);
    assert_false(compare_job_recall(&store, &other, &back));
    assert_int_equal(back.cycle_count, 0);
    assert_true(compare_job_recall(&store, &key, &back));
    assert_memory_equal(&back, &result, sizeof back);
}

static void test_a_file_that_is_no_such_run_counts_as_not_there(void **fixture)
{
    (void)fixture;
    job_store store = {.folder = folder};
    const job_key key = job_key_of("one", 3), other = job_key_of("two", 3);
    const dcat_run_result result = {.cycle_count = 3};
    assert_int_equal(compare_job_keep(&store, &key, &result, NULL), DCAT_OK);
    char from[600], to[600], name[100];
    snprintf(name, sizeof name, "%s.json", key.hex);
    folder_path(name, from, sizeof from);
    snprintf(name, sizeof name, "%s.json", other.hex);
    folder_path(name, to, sizeof to);
    dcat_run_result back;
    assert_int_equal(rename(from, to), 0); // the run of another key
    assert_false(compare_job_recall(&store, &other, &back));
    folder_write(name, ""); // as after a power cut
    assert_false(compare_job_recall(&store, &other, &back));
    folder_write(name, "{\"format\": \"dcat-compare-job/0\"}");
    assert_false(compare_job_recall(&store, &other, &back));
    assert_int_equal(store.damaged, 3);
}

// Every byte of the file in turn becomes another one: the run comes back as it was, or not at all.
static void test_a_damaged_byte_is_noticed(void **fixture)
{
    (void)fixture;
    job_store store = {.folder = folder};
    const job_key key = job_key_of("one", 3);
    dcat_run_result result = {.cycle_count = 3, .cluster_count = 2.0 / 7.0};
    result.totals = (dcat_totals){.arrived = 700, .awarded = 21, .fee = 1.0 / 3.0};
    assert_int_equal(compare_job_keep(&store, &key, &result, NULL), DCAT_OK);
    char path[600], name[100], text[4096];
    snprintf(name, sizeof name, "%s.json", key.hex);
    folder_path(name, path, sizeof path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    assert_true(size > 200 && size < sizeof text - 1);
    size_t noticed = 0;
    for (size_t i = 0; i < size; i++) {
        char whole = text[i];
        text[i] = whole == '8' ? '3' : '8';
        folder_write(name, text);
        dcat_run_result back = {0};
        bool found = compare_job_recall(&store, &key, &back);
        assert_true(!found || memcmp(&back, &result, sizeof back) == 0);
        noticed += !found;
        text[i] = whole;
    }
    assert_int_equal(store.damaged, noticed);
    assert_true(noticed > size / 2); // blanks between values may change
}

// What a run that was killed while it wrote leaves; whoever still writes holds a lock.
static void
test_what_a_killed_run_left_unfinished_goes_and_what_is_being_written_stays(void **fixture)
{
    (void)fixture;
    char jobs[600], left[800], written[800], kept[800], other[800];
    const job_key key = job_key_of("one", 3);
    job_store store;
    folder_path("jobs", jobs, sizeof jobs);
    assert_int_equal(job_store_open(jobs, false, &store, NULL), DCAT_OK);
    snprintf(left, sizeof left, "%s/%s.json.tmp-1-2", jobs, key.hex);
    snprintf(written, sizeof written, "%s/%s.json.tmp-3-4", jobs, key.hex);
    snprintf(kept, sizeof kept, "%s/%s.json", jobs, key.hex);
    snprintf(other, sizeof other, "%s/notes.tmp-1-2", jobs);
    const char *const paths[] = {left, kept, other, written};
    int locked = -1;
    for (size_t i = 0; i < 4; i++) {
        int file = open(paths[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        assert_true(file >= 0);
        if (paths[i] == written) {
            assert_int_equal(flock(file, LOCK_EX), 0);
            locked = file;
        } else {
            close(file);
        }
    }
    assert_int_equal(job_store_open(jobs, false, &store, NULL), DCAT_OK);
    assert_int_equal(access(left, F_OK), -1);
    assert_int_equal(access(written, F_OK), 0);
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_equal(access(other, F_OK), 0);
    close(locked);
    assert_int_equal(job_store_open(jobs, false, &store, NULL), DCAT_OK);
    assert_int_equal(access(written, F_OK), -1);
    assert_int_equal(unlink(other), 0);
    job_store_remove(&store);
    assert_int_equal(access(jobs, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_holds_all_that_decides_a_run_and_nothing_else),
        cmocka_unit_test(test_keys_of_different_runs_differ),
        cmocka_unit_test_setup_teardown(test_a_kept_run_comes_back_to_the_bit, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(
            test_what_a_killed_run_left_unfinished_goes_and_what_is_being_written_stays,
            folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_a_damaged_byte_is_noticed, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_no_such_run_counts_as_not_there,
                                        folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
