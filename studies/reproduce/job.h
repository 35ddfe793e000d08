// SPDX-License-Identifier: Apache-2.0
// job.h - one job of a study: a run of one algorithm in one world at one point, or one
// training whose rewards are drawn in Figure 2.
//
// A job depends on nothing but what its key hashes, so jobs may run in any order, at the same time,
// or have been run before. Jobs of one key are the same job, wherever they are asked for.

#ifndef DCAT_STUDIES_REPRODUCE_JOB_H
#define DCAT_STUDIES_REPRODUCE_JOB_H

#include "dcat/x/jobs.h"
#include "file/job_store.h"
#include "reproduce/study.h"

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
bool reproduce_job_recall(const reproduce_study *study, const reproduce_job *job, job_store *store);

// Run a job and fill in its result. Touches nothing of the study but that. The clock is that of
// jobs. Errors: of dcat_scenario_world, dcat_run and the learner.
dcat_status reproduce_job_run(const reproduce_study *study, const reproduce_job *job,
                              const dcat_jobs *jobs, dcat_error *err);

// Profit per cycle on the days on which the models of Figure 2 are looked at, in the first world at
// the default point. model is nullable. Errors: of dcat_run.
dcat_status reproduce_validation_profit(const reproduce_study *study, const dcat_world *world,
                                        const char *clusterer, const void *model, double *profit,
                                        dcat_error *err);

// Where a job's result is, all of it.
void *reproduce_job_result(const reproduce_study *study, const reproduce_job *job,
                           size_t *byte_count);

// Keep a job's result. Errors: of the store.
dcat_status reproduce_job_keep(const reproduce_study *study, const reproduce_job *job,
                               const job_store *store, dcat_error *err);

#endif
