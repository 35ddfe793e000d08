// SPDX-License-Identifier: Apache-2.0
// jobs.h - how many jobs are run: by how many threads and processes, and who is told on the way.
//
// Everything that spreads independent jobs over cores takes one of these: compare, train, audit.
// Results do not depend on it. A NULL pointer means all cores, this process alone, nobody told.

#ifndef DCAT_JOBS_H
#define DCAT_JOBS_H

#include "dcat/error.h"
#include "dcat/x/ranks.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// All callbacks are nullable and are handed user. But for clock_s and stop they are called at rank
// 0 only, under a lock.
typedef struct dcat_jobs {
    size_t size;             // sizeof(dcat_jobs), set by dcat_jobs_default
    int thread_count;        // of this process; 0: all cores
    const dcat_ranks *ranks; // Nullable: this process alone
    void *user;

    // Seconds, for times that are reported; the library reads no clock of its own. Any thread.
    double (*clock_s)(void *user);

    // How many of those that were to do are done.
    void (*progress)(void *user, size_t done, size_t count);

    // Asked under a lock before each job: when it says so at any rank, no further job begins, and
    // the call fails with ERR_IO.
    bool (*stop)(void *user);
    bool *stopped; // Nullable: set to true when that is why it failed

    // Whether a job's result is there already, asked before any job runs; and what to do with one
    // that has come. Each user of this struct says how its jobs are numbered.
    bool (*kept)(void *user, size_t job);
    dcat_status (*finished)(void *user, size_t job, dcat_error *err);
} dcat_jobs;

DCAT_API dcat_jobs dcat_jobs_default(void);

// Errors: ERR_RANGE. NULL is fine.
DCAT_API dcat_status dcat_jobs_check(const dcat_jobs *jobs, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
