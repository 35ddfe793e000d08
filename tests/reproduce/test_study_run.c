// SPDX-License-Identifier: Apache-2.0
// Running a study: threads, ranks, interruptions, what is kept.

#include "study_small.h"
#include "support.h"

#include "dcat/x/actor.h"
#include "import/import_files.h"
#include "ranks_team.h"
#include "report/json_values.h"
#include "reproduce/reproduce.h"
#include <stdatomic.h>
#include <string.h>

static int set_up(void **fixture)
{
    static test_folder folder;
    folder = folder_make();
    *fixture = &folder;
    return 0;
}

static int tear_down(void **fixture)
{
    folder_remove(*fixture);
    return 0;
}

// --- Running

static atomic_size_t allowed; // jobs that may begin

static bool stop_after_some(void *user)
{
    (void)user;
    return atomic_load(&allowed) == 0 || atomic_fetch_sub(&allowed, 1) == 0;
}

static bool run(reproduce_study *study, const char *folder, size_t jobs)
{
    reproduce_run_config config = {.folder = folder, .jobs = dcat_jobs_default()};
    config.jobs.stop = stop_after_some;
    dcat_error err = {0};
    bool complete = false;
    allowed = jobs;
    if (folder != NULL && reproduce_jobs_open(folder, false, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    if (reproduce_study_run(study, &config, &complete, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return complete;
}

static void assert_same_results(const reproduce_study *a, const reproduce_study *b)
{
    size_t runs = a->point_count * a->arm_count * a->options.world_count;
    size_t curves = a->plan->curves.estimator_count * a->options.curve_seed_count;
    assert_memory_equal(a->results, b->results, runs * sizeof *a->results);
    if (a->curves) {
        assert_memory_equal(a->curve_values, b->curve_values,
                            curves * reproduce_curve_value_count(a) * sizeof *a->curve_values);
        assert_memory_equal(&a->curve_linkage, &b->curve_linkage, sizeof a->curve_linkage);
    }
}

static void test_results_do_not_depend_on_threads(void **fixture)
{
    (void)fixture;
    static reproduce_study one;
    static reproduce_study many;
    reproduce_options options = small(ABLATION | REPRODUCE_FIG2);
    options.thread_count = 1;
    plan(&options, &one);
    options.thread_count = 5;
    plan(&options, &many);
    assert_true(run(&one, NULL, SIZE_MAX));
    assert_true(run(&many, NULL, SIZE_MAX));
    assert_same_results(&one, &many);
    reproduce_study_free(&one);
    reproduce_study_free(&many);
}

enum { RANKS = 3 };

// A study planned by each of some ranks.
typedef struct team_study {
    reproduce_study study[RANKS];
    dcat_status status[RANKS];
    dcat_error err[RANKS];
    bool complete[RANKS];
} team_study;

static void run_as_rank(const dcat_ranks *ranks, void *user)
{
    team_study *team = user;
    int r = ranks->rank;
    reproduce_run_config config = {.jobs = dcat_jobs_default()};
    config.jobs.ranks = ranks;
    team->status[r] =
        reproduce_study_run(&team->study[r], &config, &team->complete[r], &team->err[r]);
}

static void test_results_do_not_depend_on_ranks(void **fixture)
{
    (void)fixture;
    static reproduce_study one;
    static team_study team;
    reproduce_options options = small(ABLATION | REPRODUCE_FIG2);
    options.thread_count = 2;
    plan(&options, &one);
    assert_true(run(&one, NULL, SIZE_MAX));
    for (int r = 0; r < RANKS; r++) {
        plan(&options, &team.study[r]);
    }
    ranks_team_run(RANKS, run_as_rank, &team);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(team.status[r], DCAT_OK);
        assert_true(team.complete[r]);
    }
    assert_same_results(&one, &team.study[0]);
    for (int r = 0; r < RANKS; r++) {
        reproduce_study_free(&team.study[r]);
    }
    reproduce_study_free(&one);
}

static void test_a_rank_that_planned_another_study_is_named(void **fixture)
{
    (void)fixture;
    static team_study team;
    reproduce_options options = small(ABLATION);
    for (int r = 0; r < RANKS; r++) {
        options.seed = r == 2 ? 8 : 7;
        plan(&options, &team.study[r]);
    }
    ranks_team_run(RANKS, run_as_rank, &team);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(team.status[r], DCAT_ERR_FIELD);
        assert_string_equal(team.err[r].message,
                            "rank 2 has other scenario or policy files than rank 0");
        reproduce_study_free(&team.study[r]);
    }
}

static void test_a_shared_point_has_the_results_of_its_twin(void **fixture)
{
    (void)fixture;
    static reproduce_study study;
    reproduce_options options = small(4 | ABLATION);
    options.world_count = 1;
    plan(&options, &study);
    assert_true(run(&study, NULL, SIZE_MAX));
    size_t shared = 0;
    for (size_t a = 0; a < study.arm_count; a++) {
        // Point 1 is 30 tasks a slot, the default; point 4 is the ablation's.
        if (reproduce_runs(&study, 1, a) && reproduce_runs(&study, 4, a)) {
            assert_true(reproduce_result(&study, 1, a, 0)->totals.arrived > 0);
            assert_memory_equal(reproduce_result(&study, 1, a, 0),
                                reproduce_result(&study, 4, a, 0), sizeof *study.results);
            shared++;
        }
    }
    assert_int_equal(shared, 4); // DCAT, KM-REA, Anneal-REA, Linkage-REA
    reproduce_study_free(&study);
}

static void test_an_interrupted_study_goes_on_to_the_same_bits(void **fixture)
{
    test_folder *folder = *fixture;
    static reproduce_study whole;
    static reproduce_study parts;
    const reproduce_options options = small(ABLATION | REPRODUCE_FIG2);
    plan(&options, &whole);
    assert_true(run(&whole, NULL, SIZE_MAX));
    size_t done = 0;
    for (size_t i = 0; i < 3; i++) {
        plan(&options, &parts);
        bool complete = run(&parts, folder->path, i < 2 ? 7 : SIZE_MAX);
        assert_int_equal(parts.recalled, done);
        assert_int_equal(complete, i == 2);
        done += 7;
        if (i < 2) {
            reproduce_study_free(&parts);
        }
    }
    assert_same_results(&whole, &parts);
    reproduce_study_free(&parts);

    plan(&options, &parts); // a fourth time, nothing is left to do
    assert_true(run(&parts, folder->path, 0));
    assert_int_equal(parts.to_do, 0);
    assert_same_results(&whole, &parts);
    reproduce_study_free(&parts);
    reproduce_study_free(&whole);
}

// Overwrite the store's file of a job.
static void damage(const char *folder, const job_key *key, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.json", folder, key->hex);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void test_a_damaged_file_of_the_store_counts_as_not_there(void **fixture)
{
    test_folder *folder = *fixture;
    static reproduce_study whole;
    static reproduce_study again;
    const reproduce_options options = small(ABLATION);
    plan(&options, &whole);
    assert_true(run(&whole, folder->path, SIZE_MAX));
    size_t count;
    reproduce_job *jobs = list(&whole, &count);
    char other[200];
    snprintf(other, sizeof other,
             "{\"format\": \"dcat-reproduce-job/1\", \"key\": \"%s\", \"result\": {}}",
             jobs[3].key.hex);
    const char *const damages[] = {"", "{", "[1]", other,
                                   "{\"format\": \"dcat-reproduce-job/1\", \"key\": \"0\"}"};
    for (size_t i = 0; i < 5; i++) {
        damage(folder->path, &jobs[i].key, damages[i]);
    }
    plan(&options, &again);
    assert_true(run(&again, folder->path, SIZE_MAX));
    assert_int_equal(again.to_do, 5);
    assert_same_results(&whole, &again);
    free(jobs);
    reproduce_study_free(&whole);
    reproduce_study_free(&again);
}

static void test_a_result_survives_the_store_to_the_bit(void **fixture)
{
    (void)fixture;
    dcat_run_result result = {.cycle_count = 3, .decision_count = 2, .decision_s = 0.1};
    result.totals = (dcat_totals){.arrived = INT64_C(1) << 60,
                                  .awarded = 7,
                                  .fee = 1.0 / 3.0,
                                  .payment = 1e-300,
                                  .waiting_s = 123456789.123456789};
    result.cluster_count = 2.0 / 7.0;
    json_t *object = json_run_result(&result);
    dcat_run_result back;
    memset(&back, 0xff, sizeof back);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    json_dumpf(object, file, JSON_REAL_PRECISION(17));
    fclose(file);
    json_decref(object);
    object = json_loads(text, 0, NULL);
    assert_true(json_run_result_from(object, &back));
    assert_memory_equal(&back.totals, &result.totals, sizeof back.totals);
    assert_true(back.cluster_count == result.cluster_count);
    assert_int_equal(back.decision_count, 2);
    json_object_del(object, "fee");
    assert_false(json_run_result_from(object, &back));
    json_decref(object);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_do_not_depend_on_threads),
        cmocka_unit_test(test_results_do_not_depend_on_ranks),
        cmocka_unit_test(test_a_rank_that_planned_another_study_is_named),
        cmocka_unit_test(test_a_shared_point_has_the_results_of_its_twin),
        cmocka_unit_test_setup_teardown(test_an_interrupted_study_goes_on_to_the_same_bits, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_file_of_the_store_counts_as_not_there,
                                        set_up, tear_down),
        cmocka_unit_test(test_a_result_survives_the_store_to_the_bit),
    };
    return cmocka_run_group_tests(tests, make_actor, free_actor);
}
