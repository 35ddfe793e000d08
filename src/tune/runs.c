// SPDX-License-Identifier: Apache-2.0
#include "tune/runs.h"

#include "base/jobs.h"
#include "base/memory.h"
#include "file/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOB_FORMAT "dcat-tune-job/1" // part of every key: counts up when a run's meaning changes

// "OUT.jobs", whether or not OUT ends in slashes.
static char *folder_of(const char *out)
{
    size_t length = strlen(out);
    while (length > 1 && out[length - 1] == '/') {
        length--;
    }
    char *folder = NULL;
    return asprintf(&folder, "%.*s.jobs", (int)length, out) < 0 ? NULL : folder;
}

dcat_status tune_runs_open(const dcat_tune_plan *plan, tune_runs *runs, dcat_error *err)
{
    *runs = (tune_runs){.plan = plan};
    if (plan->model != NULL) {
        dcat_status status = dcat_file_sha256(plan->model, runs->model, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (plan->out == NULL) {
        return DCAT_OK;
    }
    runs->folder = folder_of(plan->out);
    return runs->folder == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory")
                                : job_store_open(runs->folder, false, &runs->store, err);
}

void tune_runs_close(tune_runs *runs)
{
    free(runs->folder);
    *runs = (tune_runs){0};
}

dcat_status dcat_tune_forget(const char *out, dcat_error *err)
{
    char *folder = folder_of(out);
    if (folder == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    job_store_remove(&(job_store){.folder = folder});
    free(folder);
    return DCAT_OK;
}

// --- scenarios

dcat_status tune_load(const tune_runs *runs, const tune_setting *setting, const char *more,
                      dcat_scenario **scenario, dcat_error *err)
{
    const dcat_tune_plan *plan = runs->plan;
    const char **overrides =
        calloc(plan->override_count + DCAT_TUNE_LEVER_MAX + 1, sizeof *overrides);
    char texts[DCAT_TUNE_LEVER_MAX][96];
    if (overrides == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for settings");
    }
    size_t count = 0;
    for (size_t i = 0; i < plan->override_count; i++) {
        overrides[count++] = plan->overrides[i];
    }
    for (size_t i = 0; i < tune_lever_count; i++) {
        if (setting->value[i] != runs->own.value[i]) {
            char value[DCAT_TUNE_VALUE_SIZE];
            tune_value_text(&tune_levers[i], setting->value[i], value);
            snprintf(texts[i], sizeof texts[i], "%s=%s", tune_levers[i].key, value);
            overrides[count++] = texts[i];
        }
    }
    if (more != NULL) {
        overrides[count++] = more;
    }
    dcat_status status = dcat_scenario_load(plan->scenario, overrides, count, scenario, err);
    free(overrides);
    return status;
}

// --- batches

// A setting of a batch: its scenario, and the hash of all that its runs share.
typedef struct tried {
    dcat_scenario *scenario;
    job_key key;
} tried;

typedef struct batch {
    tune_runs *runs;
    const tune_place *place;
    const tune_setting *settings; // [setting_count]
    tried *tried;                 // [setting_count]
    tune_money *money;            // [setting_count, world_count]
    size_t *job;                  // [job_count] those to run: setting * world_count + world
    size_t job_count;
    size_t done_before; // of all runs, when those of this batch begin
} batch;

static dcat_status hash_scenario(const batch *b, const dcat_scenario *scenario, job_key *key,
                                 dcat_error *err)
{
    const dcat_tune_plan *plan = b->runs->plan;
    char policy[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(&plan->policy, policy);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    fprintf(file, "%s\n%s\npolicy %s:%s %s %s\n", JOB_FORMAT, plan->program,
            plan->policy.clusterer->name, plan->policy.auction->name, policy, b->runs->model);
    for (size_t i = 0; i < dcat_scenario_input_count(scenario); i++) {
        fprintf(file, "input %s\n", dcat_scenario_input(scenario, i).sha256);
    }
    dcat_status status = dcat_scenario_write(scenario, file, err);
    bool failed = !memory_stream_end(file, &text);
    if (status == DCAT_OK && failed) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    if (status == DCAT_OK) {
        *key = job_key_of(text, size);
    }
    free(text);
    return status;
}

static dcat_status load_one(void *user, size_t index, dcat_error *err)
{
    const batch *b = user;
    tried *made = &b->tried[index];
    dcat_status status =
        tune_load(b->runs, &b->settings[index], b->place->override, &made->scenario, err);
    return status == DCAT_OK ? hash_scenario(b, made->scenario, &made->key, err) : status;
}

static uint64_t seed_of(const batch *b, size_t job)
{
    return b->place->first_seed + job % b->place->world_count;
}

// Worlds look at stretches that lie evenly over the span.
static uint32_t first_cycle_of(const batch *b, size_t job)
{
    const tune_place *place = b->place;
    uint64_t room = place->span.count - place->cycle_count;
    size_t world = job % place->world_count;
    size_t last = place->world_count > 1 ? place->world_count - 1 : 1;
    return place->span.first + (uint32_t)(room * world / last);
}

static job_key key_of(const batch *b, size_t job)
{
    char text[256];
    snprintf(text, sizeof text, "%s world %" PRIu64 " cycles %" PRIu32 " %" PRIu32,
             b->tried[job / b->place->world_count].key.hex, seed_of(b, job), first_cycle_of(b, job),
             b->place->cycle_count);
    return job_key_of(text, strlen(text));
}

static bool recall(batch *b, size_t job)
{
    job_key key = key_of(b, job);
    json_t *kept = job_store_get(&b->runs->store, &key, JOB_FORMAT);
    const json_t *profit = json_object_get(kept, "profit");
    const json_t *fee = json_object_get(kept, "fee");
    bool ok = json_is_number(profit) && json_is_number(fee);
    if (ok) {
        b->money[job] = (tune_money){json_number_value(profit), json_number_value(fee)};
    }
    json_decref(kept);
    return ok;
}

static dcat_status keep(const batch *b, size_t job, dcat_error *err)
{
    job_key key = key_of(b, job);
    return job_store_put(&b->runs->store, &key, JOB_FORMAT,
                         json_pack("{s:o, s:o}", "profit", json_number(b->money[job].profit), "fee",
                                   json_number(b->money[job].fee)),
                         err);
}

static dcat_status run_one(void *user, size_t index, dcat_error *err)
{
    const batch *b = user;
    size_t job = b->job[index];
    const dcat_scenario *scenario = b->tried[job / b->place->world_count].scenario;
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(scenario, seed_of(b, job), &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = b->runs->plan->policy,
        .seed = seed_of(b, job),
        .cycle_first = first_cycle_of(b, job),
        .cycle_count = b->place->cycle_count,
    };
    dcat_run_result result = {0};
    status =
        dcat_run(world, dcat_scenario_demand_view(scenario), &config, NULL, NULL, &result, err);
    dcat_world_destroy(world);
    if (status == DCAT_OK) {
        b->money[job] = (tune_money){dcat_totals_profit(&result.totals), result.totals.fee};
        status = keep(b, job, err);
    }
    return status;
}

// --- who is told

static const dcat_jobs *jobs_of(const batch *b)
{
    return b->runs->plan->jobs != NULL ? b->runs->plan->jobs : &jobs_plain;
}

static bool should_stop(void *user)
{
    const dcat_jobs *jobs = jobs_of(user);
    return jobs->stop != NULL && jobs->stop(jobs->user);
}

static void show(void *user, size_t done, size_t count)
{
    (void)count;
    const batch *b = user;
    tune_runs *runs = b->runs;
    const dcat_jobs *jobs = jobs_of(b);
    runs->done = b->done_before + done;
    if (runs->done > runs->expected) {
        runs->expected = runs->done;
    }
    if (jobs->progress != NULL) {
        jobs->progress(jobs->user, runs->done, runs->expected);
    }
}

static dcat_status do_jobs(batch *b, size_t count, bool counted,
                           dcat_status (*run)(void *user, size_t job, dcat_error *err),
                           dcat_error *err)
{
    dcat_jobs how = dcat_jobs_default();
    how.thread_count = jobs_of(b)->thread_count;
    how.user = b;
    how.stop = should_stop;
    how.stopped = jobs_of(b)->stopped;
    how.progress = counted ? show : NULL;
    const job_list list = {.count = count, .run = run, .user = b, .jobs = &how};
    return jobs_run(&list, err);
}

static dcat_status run_batch(batch *b, size_t setting_count, dcat_error *err)
{
    dcat_status status = do_jobs(b, setting_count, false, load_one, err);
    for (size_t job = 0; status == DCAT_OK && job < setting_count * b->place->world_count; job++) {
        if (recall(b, job)) {
            b->runs->recalled++;
            b->runs->done++;
        } else {
            b->job[b->job_count++] = job;
        }
    }
    b->done_before = b->runs->done;
    return status == DCAT_OK && b->job_count > 0 ? do_jobs(b, b->job_count, true, run_one, err)
                                                 : status;
}

// Scenarios of so many settings are in memory at a time.
#define BATCH 16

dcat_status tune_earn(tune_runs *runs, const tune_place *place, const tune_setting *settings,
                      size_t setting_count, tune_money *money, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t at = 0; status == DCAT_OK && at < setting_count; at += BATCH) {
        size_t count = setting_count - at < BATCH ? setting_count - at : BATCH;
        batch b = {
            .runs = runs,
            .place = place,
            .settings = &settings[at],
            .tried = calloc(count, sizeof *b.tried),
            .money = &money[at * place->world_count],
            .job = calloc(count * place->world_count, sizeof *b.job),
        };
        status = b.tried != NULL && b.job != NULL
                     ? run_batch(&b, count, err)
                     : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu runs",
                                 count * place->world_count);
        for (size_t i = 0; b.tried != NULL && i < count; i++) {
            dcat_scenario_destroy(b.tried[i].scenario);
        }
        free(b.tried);
        free(b.job);
    }
    return status;
}

double tune_share(const tune_money *money, const tune_money *own)
{
    return money->profit / fmax(fmax(own->profit, 0.01 * own->fee), 1.0);
}
