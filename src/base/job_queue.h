// SPDX-License-Identifier: Apache-2.0
// job_queue.h (for jobs.c) - which job is next, and what became of those that ran.

#ifndef DCAT_BASE_JOB_QUEUE_H
#define DCAT_BASE_JOB_QUEUE_H

#include "base/jobs.h"

#include <stdint.h>

#define NO_JOB SIZE_MAX

// Used by one thread at a time.
typedef struct job_queue {
    const job_list *list;
    size_t *jobs; // [count] that are to do, in order
    size_t count, done;
    size_t *next, *end; // [group_count] what is left of each group: indices into jobs
    size_t group_count, groups_begun;
    size_t *current; // [rank_count] the group each rank is at
    bool halted;
    size_t failed_job; // NO_JOB when none
    dcat_error failure;
} job_queue;

// Errors: ERR_MEMORY. Release with job_queue_free either way.
dcat_status job_queue_make(job_queue *queue, const job_list *list, dcat_error *err);
void job_queue_free(job_queue *queue);

// A job for this rank, or NO_JOB.
size_t job_queue_take(job_queue *queue, int rank);

// A job ended: calls finished and progress.
void job_queue_book(job_queue *queue, size_t job, dcat_status status, const dcat_error *failure);

// No further job begins because of this.
void job_queue_fail(job_queue *queue, size_t job, dcat_status status, const dcat_error *failure);

#endif
