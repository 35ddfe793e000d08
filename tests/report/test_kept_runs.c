// SPDX-License-Identifier: Apache-2.0
// Runs of a comparison that wait for its result: what one process leaves the next one finds.

#include "scenario/scenario_folder.h"
#include "support.h"

#include "dcat/x/kept_runs.h"

#include <sys/stat.h>

enum { POLICIES = 2, WORLDS = 2, RUNS = POLICIES * WORLDS };

static dcat_status make(const char *model, dcat_run_result *results, dcat_kept_runs **kept,
                        dcat_error *err)
{
    static const uint64_t seeds[WORLDS] = {1, 2};
    const char *const models[POLICIES] = {NULL, model};
    const int sample_counts[POLICIES] = {0, 0};
    dcat_policy policies[POLICIES];
    dcat_scenario *scenario = NULL;
    assert_int_equal(dcat_scenario_load("paper", NULL, 0, &scenario, NULL), DCAT_OK);
    assert_int_equal(dcat_policy_parse("linkage:rea", &policies[0], NULL), DCAT_OK);
    assert_int_equal(dcat_policy_parse("a2c:rea-s", &policies[1], NULL), DCAT_OK);
    const dcat_compare_config config = {
        .policies = policies,
        .policy_count = POLICIES,
        .seeds = seeds,
        .world_count = WORLDS,
        .cycle_first = 2400,
        .cycle_count = 10,
    };
    const dcat_runs_origin origin = {"0.1 abc",     scenario, &config, models,
                                     sample_counts, NULL,     NULL};
    dcat_status status = dcat_kept_runs_create(&origin, results, kept, err);
    dcat_scenario_destroy(scenario);
    return status;
}

static dcat_kept_runs *open_in(const char *model, dcat_run_result *results, size_t *recalled)
{
    dcat_kept_runs *kept = NULL;
    dcat_error err = {0};
    size_t damaged = 0;
    char out[600];
    folder_path("out//", out, sizeof out);
    if (make(model, results, &kept, &err) != DCAT_OK ||
        dcat_kept_runs_open(kept, out, recalled, &damaged, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(damaged, 0);
    return kept;
}

static void test_a_run_is_found_by_the_next_comparison(void **fixture)
{
    (void)fixture;
    dcat_run_result before[RUNS] = {0}, after[RUNS] = {0};
    size_t recalled = 9;
    char place[600];
    struct stat info;
    dcat_kept_runs *kept = open_in(NULL, before, &recalled);
    assert_int_equal(recalled, 0);
    folder_path("out.jobs", place, sizeof place);
    assert_string_equal(dcat_kept_runs_folder(kept), place);
    before[1 * WORLDS + 0] = (dcat_run_result){.cycle_count = 10, .decision_s = 0.1};
    assert_int_equal(dcat_kept_runs_add(kept, 1, 0, NULL), DCAT_OK);
    assert_false(dcat_kept_runs_has(kept, 1, 0)); // it was not there before
    dcat_kept_runs_destroy(kept);

    kept = open_in(NULL, after, &recalled);
    assert_int_equal(recalled, 1);
    for (size_t run = 0; run < RUNS; run++) {
        assert_int_equal(dcat_kept_runs_has(kept, run / WORLDS, run % WORLDS), run == WORLDS);
    }
    assert_memory_equal(after, before, sizeof after);
    dcat_kept_runs_remove(kept);
    assert_int_not_equal(stat(place, &info), 0);
    dcat_kept_runs_destroy(kept);
}

static void test_a_policy_file_is_known_by_its_bytes(void **fixture)
{
    (void)fixture;
    dcat_run_result results[RUNS] = {0};
    dcat_kept_runs *kept[3] = {NULL};
    char model[600];
    size_t byte_count[3];
    const void *identity[3];
    folder_path("model", model, sizeof model);
    for (int i = 0; i < 3; i++) {
        folder_write("model", i < 2 ? "some weights" : "other weights");
        assert_int_equal(make(model, results, &kept[i], NULL), DCAT_OK);
        identity[i] = dcat_kept_runs_identity(kept[i], &byte_count[i]);
    }
    assert_int_equal(byte_count[0], byte_count[2]);
    assert_memory_equal(identity[0], identity[1], byte_count[0]);
    assert_memory_not_equal(identity[0], identity[2], byte_count[0]);
    for (int i = 0; i < 3; i++) {
        dcat_kept_runs_destroy(kept[i]);
    }
    dcat_error err = {0};
    dcat_kept_runs *none = NULL;
    assert_int_equal(make("/no/such/policy", results, &none, &err), DCAT_ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "/no/such/policy"));
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_run_is_found_by_the_next_comparison, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(test_a_policy_file_is_known_by_its_bytes, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
