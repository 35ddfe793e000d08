// SPDX-License-Identifier: Apache-2.0
// Running a study's jobs over threads and ranks.

#include "reproduce/job.h"
#include "reproduce/reproduce.h"

#include "base/jobs.h"
#include "base/ranks/ranks.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct running {
    reproduce_study *study;
    const reproduce_run_config *config;
    const reproduce_job *jobs; // [count]
    size_t count;
    bool *kept;                 // [count] of rank 0: filled in already, or by its twin
    double weight, weight_done; // of those to do
} running;

static dcat_status run_job(void *user, size_t j, dcat_error *err)
{
    const running *r = user;
    return reproduce_job_run(r->study, &r->jobs[j], &r->config->jobs, err);
}

static void *job_result(void *user, size_t j, size_t *byte_count)
{
    const running *r = user;
    return reproduce_job_result(r->study, &r->jobs[j], byte_count);
}

static bool is_kept(void *user, size_t j)
{
    const running *r = user;
    return r->kept[j];
}

static dcat_status job_finished(void *user, size_t j, dcat_error *err)
{
    running *r = user;
    const reproduce_run_config *config = r->config;
    const job_store store = {.folder = config->folder};
    dcat_status status = reproduce_job_keep(r->study, &r->jobs[j], &store, err);
    const dcat_jobs *jobs = &config->jobs;
    r->weight_done += r->jobs[j].weight;
    if (status == DCAT_OK && jobs->progress != NULL) {
        jobs->progress(jobs->user, (size_t)(1000.0 * r->weight_done / r->weight + 0.5), 1000);
    }
    return status;
}

static bool is_stopped(void *user)
{
    const running *r = user;
    const dcat_jobs *jobs = &r->config->jobs;
    return jobs->stop != NULL && jobs->stop(jobs->user);
}

static dcat_status run_all(running *r, bool *complete, dcat_error *err)
{
    bool stopped = false;
    const dcat_jobs how = {
        .thread_count = r->study->options.thread_count,
        .ranks = r->config->jobs.ranks,
        .user = r,
        .stop = is_stopped,
        .stopped = &stopped,
        .kept = is_kept,
        .finished = job_finished,
    };
    const job_list jobs = {
        .count = r->count, .run = run_job, .user = r, .jobs = &how, .result = job_result};
    dcat_status status = jobs_run(&jobs, err);
    *complete = status == DCAT_OK;
    return stopped ? DCAT_OK : status;
}

// What linkage earns on the days on which the models of Figure 2 are looked at.
static dcat_status run_reference(reproduce_study *study, dcat_error *err)
{
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(study->base, study->options.seed, &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = reproduce_validation_profit(study, world, "linkage", NULL, &study->curve_linkage, err);
    dcat_world_destroy(world);
    return status;
}

// The jobs that are not kept yet.
static void choose_jobs(running *r)
{
    assert(r->kept != NULL); // all ranks have agreed that there was memory
    job_store store = {.folder = r->config->folder};
    size_t recalled = 0, to_do = 0;
    for (size_t j = 0; j < r->count; j++) {
        bool own = r->jobs[j].twin == j;
        bool known = own && reproduce_job_recall(r->study, &r->jobs[j], &store);
        r->kept[j] = known || !own;
        recalled += known;
        to_do += !r->kept[j];
        r->weight += r->kept[j] ? 0.0 : r->jobs[j].weight;
    }
    r->study->recalled = recalled;
    r->study->to_do = to_do;
    if (r->config->begin != NULL) {
        r->config->begin(r->config->jobs.user, recalled, store.damaged, to_do);
    }
}

// Whoever has planned the same has the same keys in the same order.
static dcat_status check_same_plan(const running *r, dcat_error *err)
{
    char *keys = calloc(r->count + 1, sizeof r->jobs->key.hex);
    if (keys == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    for (size_t j = 0; j < r->count; j++) {
        memcpy(keys + j * sizeof r->jobs->key.hex, r->jobs[j].key.hex, sizeof r->jobs->key.hex);
    }
    dcat_status status = ranks_same(r->config->jobs.ranks, "other scenario or policy files", keys,
                                    r->count * sizeof r->jobs->key.hex, err);
    free(keys);
    return status;
}

// A job's result from that of the first job of the same key.
static void copy_twin(running *r, size_t j)
{
    size_t size;
    size_t twin = r->jobs[j].twin;
    if (twin != j) {
        void *result = reproduce_job_result(r->study, &r->jobs[j], &size);
        memcpy(result, reproduce_job_result(r->study, &r->jobs[twin], &size), size);
    }
}

static dcat_status run_jobs(running *r, bool *complete, dcat_error *err)
{
    bool first = dcat_ranks_first(r->config->jobs.ranks);
    dcat_status status = check_same_plan(r, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (first) {
        choose_jobs(r);
    }
    status = run_all(r, complete, err);
    if (status != DCAT_OK || !first) {
        return status;
    }
    for (size_t j = 0; j < r->count; j++) {
        copy_twin(r, j);
    }
    return r->study->curves ? run_reference(r->study, err) : DCAT_OK;
}

dcat_status reproduce_jobs_open(const char *folder, bool anew, dcat_error *err)
{
    job_store store;
    return job_store_open(folder, anew, &store, err);
}

dcat_status reproduce_study_run(reproduce_study *study, const reproduce_run_config *config,
                                bool *complete, dcat_error *err)
{
    reproduce_job *jobs = NULL;
    running r = {.study = study, .config = config};
    dcat_status status = reproduce_jobs_list(study, &jobs, &r.count, err);
    r.jobs = jobs;
    if (status == DCAT_OK) {
        r.kept = calloc(r.count + 1, sizeof *r.kept);
        status = r.kept == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory") : DCAT_OK;
    }
    status = ranks_agree(config->jobs.ranks, status, err);
    if (status == DCAT_OK) {
        status = run_jobs(&r, complete, err);
    }
    free(r.kept);
    free(jobs);
    return status;
}
