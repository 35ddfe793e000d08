// SPDX-License-Identifier: Apache-2.0
#include "reproduce/job.h"

#include "base/memory.h"
#include "file/json_write.h"
#include "report/json_values.h"
#include "reproduce/facts.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t world_seed(const reproduce_study *study, size_t world)
{
    return study->options.seed + world;
}

// --- What a job trains

// The training behind an algorithm that learns on its own world. Choice: its seed is the world's.
static reproduce_training arm_training(const reproduce_study *study, const reproduce_job *job)
{
    const reproduce_arm *arm = &study->arms[job->arm];
    const dcat_scenario *scenario = study->points[job->point].scenario;
    dcat_cycle_span train = dcat_scenario_train_cycles(scenario);
    return (reproduce_training){
        .estimator = arm->estimator != NULL ? arm->estimator : "group",
        .auction = arm->auction,
        .seed = world_seed(study, job->world),
        .epoch_count = study->options.epoch_count,
        .initial = arm->model,
        .demand = dcat_scenario_demand_view(scenario),
        .cycle_first = train.first,
        .cycle_count = train.count,
    };
}

// The training behind one curve: all of them in the first world, at the default point.
static reproduce_training curve_training(const reproduce_study *study, const reproduce_job *job)
{
    dcat_cycle_span train = dcat_scenario_train_cycles(study->base);
    return (reproduce_training){
        .estimator = study->plan->curves.estimators[job->estimator].name,
        .auction = dcat_auction_find(study->plan->curves.auction),
        .seed = study->options.seed + job->seed,
        .epoch_count = study->options.curve_epoch_count,
        .demand = dcat_scenario_demand_view(study->base),
        .cycle_first = train.first,
        .cycle_count = train.count,
    };
}

// --- Keys

static void describe_scenario(const dcat_scenario *scenario, const char *text, FILE *file)
{
    for (size_t i = 0; i < dcat_scenario_input_count(scenario); i++) {
        dcat_input_file input = dcat_scenario_input(scenario, i);
        fprintf(file, "input %s\n", input.sha256);
    }
    fprintf(file, "%s\n", text);
}

static void describe_training(const reproduce_study *study, const reproduce_training *training,
                              FILE *file)
{
    const reproduce_learner *learner = study->options.learner;
    fprintf(file,
            "train %s %s seed %" PRIu64 " epochs %" PRIu32 " cycles %" PRIu32 " %" PRIu32 "\n",
            training->estimator, training->auction->name, training->seed, training->epoch_count,
            training->cycle_first, training->cycle_count);
    learner->describe(learner->user, training, file);
}

static void describe_curve(const reproduce_study *study, const reproduce_job *job, FILE *file)
{
    const reproduce_training training = curve_training(study, job);
    dcat_cycle_span looks = dcat_scenario_validate_cycles(study->base);
    fprintf(file, "curve world %" PRIu64 " looks every %" PRIu32 " at %" PRIu32 " %" PRIu32 "\n",
            study->options.seed, study->options.curve_look_every, looks.first, looks.count);
    describe_training(study, &training, file);
    describe_scenario(study->base, study->base_text, file);
}

static void describe_run(const reproduce_study *study, const reproduce_job *job, FILE *file)
{
    const reproduce_arm *arm = &study->arms[job->arm];
    const reproduce_point *point = &study->points[job->point];
    fprintf(file, "run %s:%s world %" PRIu64 " cycles %" PRIu32 " %" PRIu32 "\n", arm->clusterer,
            arm->auction->name, world_seed(study, job->world), point->cycles.first,
            point->cycles.count);
    if (arm->model != NULL) {
        fprintf(file, "model %s samples %d\n", arm->identity, arm->sample_count);
    }
    if (reproduce_is_trained(arm)) {
        const reproduce_training training = arm_training(study, job);
        describe_training(study, &training, file);
    }
    describe_scenario(point->scenario, point->text, file);
}

// The key hashes a text that says all of it, the program itself included.
static dcat_status make_key(const reproduce_study *study, reproduce_job *job, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    fprintf(file, "%s\n%s\n", REPRODUCE_JOB_FORMAT, study->options.program);
    if (job->curve) {
        describe_curve(study, job, file);
    } else {
        describe_run(study, job, file);
    }
    bool failed = !memory_stream_end(file, &text);
    if (!failed) {
        job->key = job_key_of(text, size);
    }
    free(text);
    return failed ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory") : DCAT_OK;
}

// --- The list

// How long a job takes on one core of 2020 at the default point. It orders jobs, so that no thread
// waits for a long last one, and tells how much of the study is done; results do not depend on it.
static double weight_of(const reproduce_study *study, const reproduce_job *job)
{
    const reproduce_options *options = &study->options;
    if (job->curve) {
        return 0.022 * options->curve_epoch_count;
    }
    const reproduce_arm *arm = &study->arms[job->arm];
    double cycles = study->points[job->point].cycles.count;
    double servers = (double)dcat_scenario_server_count(study->points[job->point].scenario) / 40.0;
    double seconds = cycles * (arm->source == REPRODUCE_NO_MODEL ? 8e-5 : 2e-4);
    if (reproduce_is_trained(arm)) {
        seconds += 0.022 * options->epoch_count;
    }
    if (strcmp(arm->clusterer, "anneal") == 0) {
        seconds +=
            6e-4 * options->anneal_proposals * ceil(cycles / (double)study->plan->anneal_every);
    }
    if (arm->sample_count > 0) {
        seconds += 7e-4 * arm->sample_count * cycles;
    }
    return seconds * servers;
}

static void list_curves(const reproduce_study *study, reproduce_job *jobs, size_t *count)
{
    for (size_t s = 0; study->curves && s < study->options.curve_seed_count; s++) {
        for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
            jobs[(*count)++] = (reproduce_job){.curve = true, .estimator = e, .seed = s};
        }
    }
}

static void list_runs(const reproduce_study *study, reproduce_job *jobs, size_t *count)
{
    for (size_t w = 0; w < study->options.world_count; w++) {
        for (size_t p = 0; p < study->point_count; p++) {
            for (size_t a = 0; a < study->arm_count; a++) {
                if (reproduce_runs(study, p, a)) {
                    jobs[(*count)++] = (reproduce_job){.point = p, .arm = a, .world = w};
                }
            }
        }
    }
}

static int compare_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

// Longest first; equal ones as listed, which twin remembers.
static int by_weight(const void *left, const void *right)
{
    const reproduce_job *a = left;
    const reproduce_job *b = right;
    int order = (a->weight < b->weight) - (a->weight > b->weight);
    return order != 0 ? order : compare_size(a->twin, b->twin);
}

static int by_key(const void *left, const void *right)
{
    const reproduce_job *a = *(const reproduce_job *const *)left;
    const reproduce_job *b = *(const reproduce_job *const *)right;
    int order = strcmp(a->key.hex, b->key.hex);
    return order != 0 ? order : (a > b) - (a < b); // both are in one array
}

static dcat_status find_twins(reproduce_job *jobs, size_t count, dcat_error *err)
{
    reproduce_job **sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu jobs", count);
    }
    for (size_t j = 0; j < count; j++) {
        sorted[j] = &jobs[j];
    }
    qsort(sorted, count, sizeof *sorted, by_key);
    for (size_t j = 0; j < count; j++) {
        bool same = j > 0 && strcmp(sorted[j]->key.hex, sorted[j - 1]->key.hex) == 0;
        sorted[j]->twin = same ? sorted[j - 1]->twin : (size_t)(sorted[j] - jobs);
    }
    free(sorted);
    return DCAT_OK;
}

dcat_status reproduce_jobs_list(const reproduce_study *study, reproduce_job **jobs,
                                size_t *job_count, dcat_error *err)
{
    size_t most = study->plan->curves.estimator_count * study->options.curve_seed_count +
                  study->point_count * study->arm_count * study->options.world_count;
    reproduce_job *made = calloc(most + 1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu jobs", most);
    }
    size_t count = 0;
    list_curves(study, made, &count);
    list_runs(study, made, &count);
    dcat_status status = DCAT_OK;
    for (size_t j = 0; status == DCAT_OK && j < count; j++) {
        made[j].weight = weight_of(study, &made[j]);
        made[j].twin = j;
        status = make_key(study, &made[j], err);
    }
    if (status == DCAT_OK) {
        qsort(made, count, sizeof *made, by_weight);
        status = find_twins(made, count, err);
    }
    if (status != DCAT_OK) {
        free(made);
        return status;
    }
    *jobs = made;
    *job_count = count;
    return DCAT_OK;
}

// --- Results

void *reproduce_job_result(const reproduce_study *study, const reproduce_job *job,
                           size_t *byte_count)
{
    if (job->curve) {
        *byte_count = reproduce_curve_value_count(study) * sizeof *study->curve_values;
        return reproduce_curve(study, job->estimator, job->seed);
    }
    *byte_count = sizeof(dcat_run_result);
    return reproduce_result(study, job->point, job->arm, job->world);
}

static json_t *job_result_json(const reproduce_study *study, const reproduce_job *job)
{
    if (!job->curve) {
        return json_run_result(reproduce_result(study, job->point, job->arm, job->world));
    }
    return json_pack(
        "{s:o, s:o}", "rewards",
        json_reals(reproduce_curve(study, job->estimator, job->seed),
                   study->options.curve_epoch_count),
        "looks", json_reals(reproduce_looks(study, job->estimator, job->seed), study->look_count));
}

static bool job_result_from_json(const reproduce_study *study, const reproduce_job *job,
                                 const json_t *result)
{
    if (!job->curve) {
        return json_run_result_from(result,
                                    reproduce_result(study, job->point, job->arm, job->world));
    }
    return json_reals_from(json_object_get(result, "rewards"),
                           reproduce_curve(study, job->estimator, job->seed),
                           study->options.curve_epoch_count) &&
           json_reals_from(json_object_get(result, "looks"),
                           reproduce_looks(study, job->estimator, job->seed), study->look_count);
}

bool reproduce_job_recall(const reproduce_study *study, const reproduce_job *job, job_store *store)
{
    json_t *result = job_store_get(store, &job->key, REPRODUCE_JOB_FORMAT);
    bool ok = job_result_from_json(study, job, result);
    json_decref(result);
    return ok;
}

// --- Running

dcat_status reproduce_validation_profit(const reproduce_study *study, const dcat_world *world,
                                        const char *clusterer, const void *model, double *profit,
                                        dcat_error *err)
{
    dcat_cycle_span days = dcat_scenario_validate_cycles(study->base);
    const dcat_run_config run = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = dcat_clusterer_find(clusterer),
                   .auction = dcat_auction_find(study->plan->curves.auction),
                   .model = model},
        .seed = study->options.seed,
        .cycle_first = days.first,
        .cycle_count = days.count,
    };
    dcat_run_result result;
    dcat_status status =
        dcat_run(world, dcat_scenario_demand_view(study->base), &run, NULL, NULL, &result, err);
    if (status == DCAT_OK) {
        *profit = reproduce_value(&result, REPRODUCE_PROFIT);
    }
    return status;
}

// A training whose rewards are kept, and the days on which its model is looked at.
typedef struct curve_watch {
    const reproduce_study *study;
    const dcat_world *world;
    double *rewards, *looks;
} curve_watch;

static dcat_status watch_curve(void *user, uint32_t epoch, double reward, const void *model,
                               dcat_error *err)
{
    const curve_watch *watch = user;
    uint32_t every = watch->study->options.curve_look_every;
    if (epoch > 0) {
        watch->rewards[epoch - 1] = reward;
    }
    return epoch % every != 0
               ? DCAT_OK
               : reproduce_validation_profit(watch->study, watch->world, "a2c", model,
                                             &watch->looks[epoch / every], err);
}

static dcat_status run_curve(const reproduce_study *study, const reproduce_job *job,
                             const dcat_world *world, dcat_error *err)
{
    const reproduce_learner *learner = study->options.learner;
    curve_watch watch = {
        .study = study,
        .world = world,
        .rewards = reproduce_curve(study, job->estimator, job->seed),
        .looks = reproduce_looks(study, job->estimator, job->seed),
    };
    reproduce_training training = curve_training(study, job);
    training.world = world;
    training.after_epoch = watch_curve;
    training.user = &watch;
    void *trained = NULL;
    const void *model = NULL;
    dcat_status status = learner->train(learner->user, &training, &trained, &model, err);
    learner->release(learner->user, trained);
    return status;
}

static dcat_status run_arm(const reproduce_study *study, const reproduce_job *job,
                           const dcat_world *world, const dcat_jobs *jobs, dcat_error *err)
{
    const reproduce_arm *arm = &study->arms[job->arm];
    const reproduce_point *point = &study->points[job->point];
    const reproduce_learner *learner = study->options.learner;
    dcat_run_config run = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = dcat_clusterer_find(arm->clusterer),
                   .auction = arm->auction,
                   .model = arm->model},
        .seed = world_seed(study, job->world),
        .cycle_first = point->cycles.first,
        .cycle_count = point->cycles.count,
    };
    dcat_status status = DCAT_OK;
    void *trained = NULL;
    if (reproduce_is_trained(arm)) {
        reproduce_training training = arm_training(study, job);
        training.world = world;
        status = learner->train(learner->user, &training, &trained, &run.policy.model, err);
    }
    if (status == DCAT_OK) {
        const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = jobs->user,
                                      .clock_s = jobs->clock_s};
        status = dcat_run(world, dcat_scenario_demand_view(point->scenario), &run, &hooks, NULL,
                          reproduce_result(study, job->point, job->arm, job->world), err);
    }
    learner->release(learner->user, trained);
    return status;
}

dcat_status reproduce_job_run(const reproduce_study *study, const reproduce_job *job,
                              const dcat_jobs *jobs, dcat_error *err)
{
    const dcat_scenario *scenario = job->curve ? study->base : study->points[job->point].scenario;
    uint64_t seed = job->curve ? study->options.seed : world_seed(study, job->world);
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(scenario, seed, &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = job->curve ? run_curve(study, job, world, err) : run_arm(study, job, world, jobs, err);
    dcat_world_destroy(world);
    return status;
}

dcat_status reproduce_job_keep(const reproduce_study *study, const reproduce_job *job,
                               const job_store *store, dcat_error *err)
{
    return job_store_put(store, &job->key, REPRODUCE_JOB_FORMAT, job_result_json(study, job), err);
}
