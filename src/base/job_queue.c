// SPDX-License-Identifier: Apache-2.0
#include "base/job_queue.h"

#include <stdlib.h>

static int rank_count(const job_list *list)
{
    return list->jobs->ranks != NULL ? list->jobs->ranks->count : 1;
}

static void list_jobs(job_queue *queue)
{
    const dcat_jobs *jobs = queue->list->jobs;
    for (size_t j = 0; j < queue->list->count; j++) {
        if (jobs->kept == NULL || !jobs->kept(jobs->user, j)) {
            queue->jobs[queue->count++] = j;
        }
    }
}

static bool begins_group(const job_queue *queue, size_t i)
{
    const job_list *list = queue->list;
    return i == 0 || list->group == NULL ||
           list->group(list->user, queue->jobs[i]) != list->group(list->user, queue->jobs[i - 1]);
}

static void find_groups(job_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        if (begins_group(queue, i)) {
            queue->next[queue->group_count++] = i;
        }
        queue->end[queue->group_count - 1] = i + 1;
    }
}

dcat_status job_queue_make(job_queue *queue, const job_list *list, dcat_error *err)
{
    size_t ranks = (size_t)rank_count(list);
    *queue = (job_queue){
        .list = list,
        .jobs = calloc(list->count + 1, sizeof *queue->jobs),
        .next = calloc(list->count + 1, sizeof *queue->next),
        .end = calloc(list->count + 1, sizeof *queue->end),
        .current = calloc(ranks, sizeof *queue->current),
        .failed_job = NO_JOB,
    };
    if (queue->jobs == NULL || queue->next == NULL || queue->end == NULL ||
        queue->current == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu jobs", list->count);
    }
    list_jobs(queue);
    find_groups(queue);
    for (size_t r = 0; r < ranks; r++) {
        queue->current[r] = queue->group_count; // none yet
    }
    return DCAT_OK;
}

void job_queue_free(job_queue *queue)
{
    free(queue->jobs);
    free(queue->next);
    free(queue->end);
    free(queue->current);
}

static size_t left_of(const job_queue *queue, size_t group)
{
    return group < queue->group_count ? queue->end[group] - queue->next[group] : 0;
}

static size_t largest_rest(const job_queue *queue)
{
    size_t best = 0;
    for (size_t g = 1; g < queue->group_count; g++) {
        if (left_of(queue, g) > left_of(queue, best)) {
            best = g;
        }
    }
    return best;
}

size_t job_queue_take(job_queue *queue, int rank)
{
    if (queue->halted) {
        return NO_JOB;
    }
    size_t *group = &queue->current[rank];
    if (left_of(queue, *group) == 0) {
        *group =
            queue->groups_begun < queue->group_count ? queue->groups_begun++ : largest_rest(queue);
    }
    return left_of(queue, *group) > 0 ? queue->jobs[queue->next[*group]++] : NO_JOB;
}

void job_queue_fail(job_queue *queue, size_t job, dcat_status status, const dcat_error *failure)
{
    if (queue->failure.status == DCAT_OK || job < queue->failed_job) {
        queue->failed_job = job;
        queue->failure = *failure;
        queue->failure.status = status;
    }
    queue->halted = true;
}

void job_queue_book(job_queue *queue, size_t job, dcat_status status, const dcat_error *failure)
{
    const dcat_jobs *jobs = queue->list->jobs;
    dcat_error own = *failure;
    if (status == DCAT_OK && jobs->finished != NULL) {
        status = jobs->finished(jobs->user, job, &own);
    }
    if (status != DCAT_OK) {
        job_queue_fail(queue, job, status, &own);
        return;
    }
    queue->done++;
    if (jobs->progress != NULL) {
        jobs->progress(jobs->user, queue->done, queue->count);
    }
}
