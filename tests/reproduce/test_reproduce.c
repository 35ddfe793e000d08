// A study's plan, jobs and what is said of its results. The learner is a stand-in that remembers
// nothing: the real one is tested where it is.

#include "import/import_files.h"
#include "ranks_team.h"
#include "support.h"

#include "dcat/policy.h"
#include "report/json_values.h"
#include "reproduce/facts.h"
#include "reproduce/job.h"
#include <stdatomic.h>
#include <string.h>

// --- A stand-in for the learner

typedef struct stand_in {
    dcat_actor *actor;
    const char *identity;
    int load_count;
} stand_in;

static dcat_status load(void *user, const char *file, const dcat_auction *auction, int sample_count,
                        const void **model, char identity[REPRODUCE_IDENTITY_SIZE], dcat_error *err)
{
    stand_in *learner = user;
    (void)auction;
    (void)sample_count;
    if (file != NULL && strcmp(file, "missing") == 0) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "missing: no such file");
    }
    learner->load_count++;
    *model = learner->actor;
    snprintf(identity, REPRODUCE_IDENTITY_SIZE, "%s", file != NULL ? file : learner->identity);
    return DCAT_OK;
}

static void describe(void *user, const reproduce_training *training, FILE *file)
{
    (void)user;
    fprintf(file, "stand-in %s\n", training->estimator);
}

// The reward of epoch n of seed s is s + n / 100.
static dcat_status train(void *user, const reproduce_training *training, void **trained,
                         const void **model, dcat_error *err)
{
    stand_in *learner = user;
    dcat_status status = DCAT_OK;
    for (uint32_t epoch = 0;
         training->after_epoch != NULL && status == DCAT_OK && epoch <= training->epoch_count;
         epoch++) {
        status = training->after_epoch(training->user, epoch,
                                       (double)training->seed + epoch / 100.0, learner->actor, err);
    }
    *trained = NULL;
    *model = learner->actor;
    return status;
}

static void release(void *user, void *trained)
{
    (void)user;
    assert_null(trained);
}

static stand_in learner_state = {.identity = "first"};
static const reproduce_learner learner = {&learner_state, load, describe, train, release};

static int make_actor(void **fixture)
{
    (void)fixture;
    const dcat_actor_shape shape = {.pair_hidden = 8, .stop_hidden = 8, .critic_hidden = 8};
    return dcat_actor_create(&shape, 7, &learner_state.actor, NULL) == DCAT_OK ? 0 : -1;
}

static int free_actor(void **fixture)
{
    (void)fixture;
    dcat_actor_destroy(learner_state.actor);
    return 0;
}

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

// A study small enough for tests.
static reproduce_options small(unsigned figures)
{
    static const char *const one_day[] = {"time.validate_days=[93, 93]"};
    reproduce_options options = reproduce_options_default(true);
    options.overrides = one_day;
    options.override_count = 1;
    options.scenario = "paper";
    options.figures = figures;
    options.program = "program";
    options.learner = &learner;
    options.world_count = 2;
    options.cycle_count = 2;
    options.anneal_proposals = 2;
    options.curve_epoch_count = 4;
    options.curve_look_every = 2;
    options.curve_seed_count = 2;
    return options;
}

static void plan(const reproduce_options *options, reproduce_study *study)
{
    dcat_error err = {0};
    *study = (reproduce_study){0};
    if (reproduce_study_plan(options, study, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}

static reproduce_job *list(const reproduce_study *study, size_t *count)
{
    reproduce_job *jobs = NULL;
    assert_int_equal(reproduce_jobs_list(study, &jobs, count, NULL), DCAT_OK);
    return jobs;
}

#define SWEEPS 7u    // figures 3 to 5
#define NETWORK 8u   // chinanet, one point
#define ABLATION 16u // one point

// --- Plan

static void test_figures_are_found_by_the_paper_s_names(void **fixture)
{
    (void)fixture;
    assert_int_equal(reproduce_figures_find("fig3"), 1);
    assert_int_equal(reproduce_figures_find("fig5"), 4);
    assert_int_equal(reproduce_figures_find("fig2"), REPRODUCE_FIG2);
    assert_int_equal(reproduce_figures_find("all"), REPRODUCE_ALL);
    assert_int_equal(reproduce_figures_find("fig6"), 0);
    assert_int_equal(reproduce_figures_find(""), 0);
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
    const char *const names[] = {"DCAT",        "DCAT-OB-REA", "Rand-REA",
                                 "Rand-OB-REA", "KM-REA",      "KM-OB-REA"};
    size_t paper = 0;
    for (size_t a = 0; a < study.arm_count; a++) {
        paper += study.arms[a].paper;
    }
    assert_int_equal(paper, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_true(study.arms[reproduce_arm_find(&study, names[i])].paper);
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
    assert_ptr_equal(study.arms[tuned].model, learner_state.actor);
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
        bool ablation = strcmp(reproduce_sweeps[study.points[p].sweep].figure, "ablation") == 0;
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

// --- Running

static atomic_size_t allowed; // jobs that may begin

static bool stop_after_some(void *user)
{
    (void)user;
    return atomic_load(&allowed) == 0 || atomic_fetch_sub(&allowed, 1) == 0;
}

static bool run(reproduce_study *study, const char *folder, size_t jobs)
{
    reproduce_run_config config = {.stop = stop_after_some};
    dcat_error err = {0};
    bool complete = false;
    allowed = jobs;
    if (folder != NULL && job_store_open(folder, false, &config.store, &err) != DCAT_OK) {
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
    size_t curves = REPRODUCE_ESTIMATOR_COUNT * a->options.curve_seed_count;
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
    const reproduce_run_config config = {.ranks = ranks};
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
        cmocka_unit_test(test_figures_are_found_by_the_paper_s_names),
        cmocka_unit_test(test_the_three_sweeps_are_table_1_s_and_share_the_default_point),
        cmocka_unit_test(test_the_paper_s_six_algorithms_take_part),
        cmocka_unit_test(test_training_on_the_world_takes_part_when_asked_for),
        cmocka_unit_test(test_files_of_the_user_s_become_rows_of_the_ablation_only),
        cmocka_unit_test(test_a_study_that_cannot_be_is_refused_with_the_reason),
        cmocka_unit_test(test_a_shared_point_runs_once),
        cmocka_unit_test(test_a_key_holds_all_that_decides_a_result_and_nothing_else),
        cmocka_unit_test(test_what_learns_on_its_world_is_known_by_its_epochs),
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
