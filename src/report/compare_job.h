// SPDX-License-Identifier: Apache-2.0
// compare_job.h - the runs of a comparison, kept until its result is written.
//
// A run depends on nothing but what its key hashes: the program, the scenario with all its files,
// the world, the policy with its weights, and the cycles. So what another comparison left is either
// the very same run or never found.

#ifndef DCAT_REPORT_COMPARE_JOB_H
#define DCAT_REPORT_COMPARE_JOB_H

#include "dcat/compare.h"
#include "dcat/x/scenario.h"
#include "file/job_store.h"

// Part of every key: counts up when a run's meaning or file changes.
#define COMPARE_JOB_FORMAT "dcat-compare-job/1"

// What decides the runs of a comparison.
typedef struct compare_origin {
    const char *program; // what identifies the code that runs
    const dcat_scenario *scenario;
    const dcat_compare_config *config; // policies, seeds and cycles
    const char *const *models;         // [policy_count] what identifies each one's weights; or ""
    const int *sample_counts;          // [policy_count]
    const int *guard_tasks;            // Nullable [policy_count]
    const char *const *plugins; // Nullable [policy_count]: what identifies plug-ins; NULL for none
} compare_origin;

// Keys of all runs: keys is [policy_count, world_count]. Errors: ERR_MEMORY; of
// dcat_scenario_write.
dcat_status compare_keys_make(const compare_origin *origin, job_key *keys, dcat_error *err);

// Fill in a run's result from the store; false when it is not there or is no such result.
bool compare_job_recall(job_store *store, const job_key *key, dcat_run_result *result);

// Keep a run's result. Errors: of the store.
dcat_status compare_job_keep(const job_store *store, const job_key *key,
                             const dcat_run_result *result, dcat_error *err);

#endif
