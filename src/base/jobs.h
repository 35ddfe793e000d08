// SPDX-License-Identifier: Apache-2.0
// jobs.h (internal) - independent jobs over threads, and over processes when there are ranks.
//
// A job writes its own result and draws from its own counters, so neither the number of threads and
// ranks nor the order of jobs shows in the results.
//
// Rank 0 hands out the jobs one at a time, to its own threads and to those of the other ranks,
// which hand in each result with their next question. One thread of rank 0 does only that, and
// sleeps in between.

#ifndef DCAT_BASE_JOBS_H
#define DCAT_BASE_JOBS_H

#include "dcat/error.h"
#include "dcat/x/jobs.h"
#include <stdbool.h>
#include <stddef.h>

// What the jobs are. All ranks give the same list.
typedef struct job_list {
    size_t count;
    dcat_status (*run)(void *user, size_t job, dcat_error *err);
    void *user;
    const dcat_jobs *jobs; // Nullable: who runs them and who is told

    // Where a job leaves its result; needed with ranks. Afterwards rank 0 has all results in these
    // places, the other ranks only those of the jobs that they ran.
    void *(*result)(void *user, size_t job, size_t *byte_count);

    // Nullable. Jobs with the same group follow each other, and share what is dear to make: a rank
    // is given the rest of its group first, then a group of its own, then what is left of others.
    size_t (*group)(void *user, size_t job);
} job_list;

// What a NULL pointer to jobs means.
extern const dcat_jobs jobs_plain;

// Run them all. After a failure or a stop no further job begins. The error is the first failing
// job's, in the order of jobs; with ranks and groups, of those that ran. All ranks return the same.
dcat_status jobs_run(const job_list *list, dcat_error *err);

#endif
