// SPDX-License-Identifier: Apache-2.0
// What a study is planned to run, and by which keys its jobs are known.

#include "study_small.h"
#include "support.h"

#include <string.h>

// --- Plan

static void test_figures_are_found_by_the_paper_s_names(void **fixture)
{
    (void)fixture;
    assert_int_equal(reproduce_figures_find(shipped_plan(), "fig3"), 1 + 32); // and fig3-fifo
    assert_int_equal(reproduce_figures_find(shipped_plan(), "fig5"), 4 + 128);
    assert_int_equal(reproduce_figures_find(shipped_plan(), "fig5-fifo"), 128);
    assert_int_equal(reproduce_figures_find(shipped_plan(), "fig2"), REPRODUCE_FIG2);
    assert_int_equal(reproduce_figures_find(shipped_plan(), "all"), REPRODUCE_ALL);
    assert_int_equal(reproduce_figures_find(shipped_plan(), "fig6"), 0);
    assert_int_equal(reproduce_figures_find(shipped_plan(), ""), 0);
}

static void test_the_three_sweeps_are_table_1_s_and_share_the_default_point(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    const reproduce_options options = small(SWEEPS);
    plan(&options, &study);
    // 5 numbers of servers, 5 span limits, 4 arrival rates; 40 servers, 200 km and 30 are one
    // point.
    assert_int_equal(study.point_count, 14);
    size_t distinct = 0;
    for (size_t p = 0; p < study.point_count; p++) {
        distinct += study.points[p].same_as == p;
    }
    assert_int_equal(distinct, 12);
    assert_int_equal(study.points[7].same_as, 2);
    assert_int_equal(study.points[11].same_as, 2);
    reproduce_study_free(&study);
}

static void test_the_paper_s_six_algorithms_take_part(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    const reproduce_options options = small(1);
    plan(&options, &study);
    const char *const names[] = {"DCAT",      "DCAT-OB-REA", "KM-REA",
                                 "KM-OB-REA", "Rand-REA",    "Rand-OB-REA"};
    for (size_t f = 0; f < 2; f++) { // of the figures with profit and offloading
        const reproduce_names *shown = &shipped_plan()->figures[f].algorithms;
        assert_int_equal(shown->count, 6);
        for (size_t i = 0; i < 6; i++) {
            assert_string_equal(shown->names[i], names[i]);
            assert_int_not_equal(reproduce_arm_find(&study, names[i]), SIZE_MAX);
        }
    }
    reproduce_study_free(&study);
}

static void test_training_on_the_world_takes_part_when_asked_for(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    reproduce_options options = small(1);
    plan(&options, &study);
    assert_int_equal(reproduce_arm_find(&study, "DCAT-world"), SIZE_MAX);
    assert_int_equal(reproduce_arm_find(&study, "DCAT-tuned"), SIZE_MAX);
    reproduce_study_free(&study);

    options.per_world = options.fine_tune = true;
    plan(&options, &study);
    size_t world = reproduce_arm_find(&study, "DCAT-world");
    size_t tuned = reproduce_arm_find(&study, "DCAT-tuned");
    assert_null(study.arms[world].model);
    assert_ptr_equal(study.arms[tuned].model, stand_in_model());
    reproduce_study_free(&study);
}

static void test_files_of_the_user_s_become_rows_of_the_ablation_only(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    reproduce_options options = small(REPRODUCE_ALL & ~REPRODUCE_FIG2);
    options.given[0] = (reproduce_given){"one pass", "file"};
    options.given_count = 1;
    plan(&options, &study);
    size_t arm = reproduce_arm_find(&study, "one pass");
    size_t runs = 0;
    for (size_t p = 0; p < study.point_count; p++) {
        bool ablation = strcmp(reproduce_sweep_of(&study, p)->figure, "ablation") == 0;
        assert_int_equal(reproduce_runs(&study, p, arm), ablation);
        runs += reproduce_runs(&study, p, arm);
    }
    assert_int_equal(runs, 1);
    reproduce_study_free(&study);
}

static void assert_refused(const reproduce_options *options, dcat_status status, const char *part)
{
    static reproduce_study study;
    dcat_error err = {0};
    study = (reproduce_study){0};
    assert_int_equal(reproduce_study_plan(options, &study, &err), status);
    if (strstr(err.message, part) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, part);
    }
    reproduce_study_free(&study);
}

static void test_a_study_that_cannot_be_is_refused_with_the_reason(void **fixture)
{
    (void)fixture;
    reproduce_options options = small(1);
    options.cycle_count = 529; // the test days have 22 * 24
    assert_refused(&options, DCAT_ERR_RANGE, "[1, 528]");

    const char *const wrong[] = {"market.prize=3"};
    options = small(1);
    options.overrides = wrong;
    options.override_count = 1;
    assert_refused(&options, DCAT_ERR_FIELD, "market.prize");

    options = small(1);
    options.policies[DCAT_LIMIT_MEAN] = "missing";
    assert_refused(&options, DCAT_ERR_NOT_FOUND, "missing");

    options = small(ABLATION);
    options.given[0] = (reproduce_given){"DCAT", "file"};
    options.given_count = 1;
    assert_refused(&options, DCAT_ERR_FIELD, "a row of this name");
}

// --- Jobs

static size_t count_own(const reproduce_job *jobs, size_t count)
{
    size_t own = 0;
    for (size_t j = 0; j < count; j++) {
        assert_true(jobs[j].twin <= j);
        assert_string_equal(jobs[j].key.hex, jobs[jobs[j].twin].key.hex);
        own += jobs[j].twin == j;
    }
    return own;
}

static void test_a_shared_point_runs_once(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    const reproduce_options options = small(SWEEPS);
    plan(&options, &study);
    size_t count;
    reproduce_job *jobs = list(&study, &count);
    assert_int_equal(count, 14 * study.arm_count * 2);
    assert_int_equal(count_own(jobs, count), 12 * study.arm_count * 2);
    for (size_t j = 1; j < count; j++) {
        assert_true(jobs[j].weight <= jobs[j - 1].weight);
    }
    free(jobs);
    reproduce_study_free(&study);
}

// How many jobs of two studies have the same key.
static size_t count_shared(const reproduce_options *a, const reproduce_options *b)
{
    static reproduce_study one;
    static reproduce_study two;
    plan(a, &one);
    plan(b, &two);
    size_t one_count;
    size_t two_count;
    reproduce_job *ones = list(&one, &one_count);
    reproduce_job *twos = list(&two, &two_count);
    size_t shared = 0;
    for (size_t i = 0; i < one_count; i++) {
        for (size_t j = 0; j < two_count; j++) {
            shared += strcmp(ones[i].key.hex, twos[j].key.hex) == 0;
        }
    }
    free(ones);
    free(twos);
    reproduce_study_free(&one);
    reproduce_study_free(&two);
    return shared;
}

static void test_a_key_holds_all_that_decides_a_result_and_nothing_else(void **fixture)
{
    (void)fixture;
    const reproduce_options base = small(NETWORK);
    size_t arms;
    static reproduce_study study;
    plan(&base, &study);
    arms = study.arm_count;
    reproduce_study_free(&study);
    size_t all = 2 * arms;
    assert_int_equal(count_shared(&base, &base), all);

    reproduce_options other = base;
    other.thread_count = 7;
    other.quick = false;
    other.epoch_count++; // nothing learns on its world here
    assert_int_equal(count_shared(&base, &other), all);

    other = base;
    other.seed++; // the worlds of seeds 1, 2 and 2, 3 have one in common
    assert_int_equal(count_shared(&base, &other), all / 2);
    other = base;
    other.cycle_count++;
    assert_int_equal(count_shared(&base, &other), 0);
    other = base;
    other.program = "program after a change";
    assert_int_equal(count_shared(&base, &other), 0);
    const char *const setting[] = {"time.validate_days=[93, 93]", "market.urgency_s=3"};
    other = base;
    other.overrides = setting;
    other.override_count = 2;
    assert_int_equal(count_shared(&base, &other), 0);

    // Another generalist of rea: the jobs of DCAT and DCAT-OB-REA are others.
    other = base;
    other.policies[DCAT_LIMIT_MEAN] = "file";
    assert_int_equal(count_shared(&base, &other), all - 2 * 2);
    // A generalist of rea-s: DCAT-S alone.
    other = base;
    other.policies[DCAT_LIMIT_MAX] = "file";
    assert_int_equal(count_shared(&base, &other), all - 2);
}

static void test_what_learns_on_its_world_is_known_by_its_epochs(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    reproduce_options base = small(NETWORK);
    base.per_world = base.fine_tune = true;
    plan(&base, &study);
    size_t all = 2 * study.arm_count;
    reproduce_study_free(&study);
    reproduce_options other = base;
    other.epoch_count++; // DCAT-world, DCAT-tuned, DCAT-tuned-S
    assert_int_equal(count_shared(&base, &other), all - 3 * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_are_found_by_the_paper_s_names),
        cmocka_unit_test(test_the_three_sweeps_are_table_1_s_and_share_the_default_point),
        cmocka_unit_test(test_the_paper_s_six_algorithms_take_part),
        cmocka_unit_test(test_training_on_the_world_takes_part_when_asked_for),
        cmocka_unit_test(test_files_of_the_user_s_become_rows_of_the_ablation_only),
        cmocka_unit_test(test_a_study_that_cannot_be_is_refused_with_the_reason),
        cmocka_unit_test(test_a_shared_point_runs_once),
        cmocka_unit_test(test_a_key_holds_all_that_decides_a_result_and_nothing_else),
        cmocka_unit_test(test_what_learns_on_its_world_is_known_by_its_epochs),
    };
    return cmocka_run_group_tests(tests, make_actor, free_actor);
}
