// SPDX-License-Identifier: Apache-2.0
// reproduce_job.h - one job of a study: a run of one algorithm in one world at one point, or one
// training whose rewards are drawn in Figure 2.
//
// A job depends on nothing but what its key hashes, so jobs may run in any order, at the same time,
// or have been run before. Jobs of one key are the same job, wherever they are asked for.

#ifndef DCAT_IO_REPRODUCE_JOB_H
#define DCAT_IO_REPRODUCE_JOB_H

#include "dcat/x/ranks.h"
#include "file/job_store.h"
#include "reproduce/study.h"
#include <jansson.h>

// Part of every key: counts up when a job's meaning or file changes.
#define REPRODUCE_JOB_FORMAT "dcat-reproduce-job/1"

typedef struct reproduce_job {
    bool curve;               // a training for Figure 2, otherwise a run
    size_t point, arm, world; // of a run
    size_t estimator, seed;   // of a training
    double weight;            // seconds of one core that it takes, roughly
    size_t twin;              // the first job of the same key, or itself
    job_key key;
} reproduce_job;

// All jobs of a study, keys filled in, those that take longest first. *jobs is the caller's.
// Errors: ERR_MEMORY.
dcat_status reproduce_jobs_list(const reproduce_study *study, reproduce_job **jobs,
                                size_t *job_count, dcat_error *err);

// Fill in a job's result from the store; false when it is not there or is no such result.
bool reproduce_job_recall(const reproduce_study *study, const reproduce_job *job,
                          const job_store *store);

// Fill in a job's result from its twin's.
void reproduce_job_copy(const reproduce_study *study, const reproduce_job *job,
                        const reproduce_job *twin);

// Run a job and fill in its result. Touches nothing of the study but that. clock_s is nullable.
// Errors: of dcat_scenario_world, dcat_run and the learner.
dcat_status reproduce_job_run(const reproduce_study *study, const reproduce_job *job,
                              double (*clock_s)(void *user), void *user, dcat_error *err);

// Where a job's result is, all of it.
void *reproduce_job_result(const reproduce_study *study, const reproduce_job *job,
                           size_t *byte_count);

// Keep a job's result. Errors: of the store.
dcat_status reproduce_job_keep(const reproduce_study *study, const reproduce_job *job,
                               const job_store *store, dcat_error *err);

// A job's result as JSON and back: the very same bits. _json is a new reference, NULL without
// memory; _from_json is false, and changes nothing, for anything that is no such result.
json_t *reproduce_reals_json(const double *values, size_t count);
bool reproduce_reals_from_json(const json_t *array, double *values, size_t count);

// --- All of them

typedef struct reproduce_run_config {
    job_store store;               // of rank 0
    const dcat_ranks *ranks;       // Nullable: this process alone
    double (*clock_s)(void *user); // Nullable
    // All nullable, and but for stop called at rank 0 only. begin is told once how many jobs are
    // kept already and how many are to do; progress is called under a lock, after each job, with
    // the share done, in [0, 1]; when stop says so at any rank, no further job begins.
    void (*begin)(void *user, size_t recalled, size_t to_do);
    void (*progress)(void *user, double share);
    bool (*stop)(void *user);
    void *user;
} reproduce_run_config;

// Run all jobs that are not kept yet, over threads and ranks. Results do not depend on their
// number, nor on how often the study was interrupted; the times of decisions do. With ranks, rank 0
// has all of them afterwards, the others only some. After a failure no further job begins.
// *complete, when DCAT_OK is returned, says whether all are done. Errors: the first failing job's;
// ERR_FIELD when a rank has planned another study.
dcat_status reproduce_study_run(reproduce_study *study, const reproduce_run_config *config,
                                bool *complete, dcat_error *err);

#endif
