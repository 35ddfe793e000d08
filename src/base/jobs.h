// jobs.h - independent jobs over threads.
//
// A job writes its own result and draws from its own counters, so neither the number of threads nor
// the order of jobs shows in the results.

#ifndef DCAT_BASE_JOBS_H
#define DCAT_BASE_JOBS_H

#include "dcat/error.h"
#include <stddef.h>

typedef struct job_list {
    size_t count;
    int thread_count; // 0: all cores
    dcat_status (*run)(void *user, size_t job, dcat_error *err);
    void *user;
    void (*progress)(void *user, size_t done, size_t count); // Nullable; called under a lock
    void *progress_user;
} job_list;

// Threads that a wish for this many means.
int jobs_thread_count(int wished);

// Run them all. The error is the first failing job's, in the order of jobs.
dcat_status jobs_run(const job_list *todo, dcat_error *err);

#endif
