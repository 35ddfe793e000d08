// SPDX-License-Identifier: Apache-2.0
#include "base/jobs.h"

#include "base/job_queue.h"
#include "base/sized.h"
#include "base/threads.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const dcat_jobs jobs_plain = {.size = sizeof(dcat_jobs)};

dcat_jobs dcat_jobs_default(void)
{
    return jobs_plain;
}

dcat_status dcat_jobs_check(const dcat_jobs *jobs, dcat_error *err)
{
    if (jobs == NULL) {
        return DCAT_OK;
    }
    dcat_status status = SIZED_CHECK(dcat_jobs, jobs, err);
    if (status == DCAT_OK && jobs->ranks != NULL) {
        status = SIZED_CHECK(dcat_ranks, jobs->ranks, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (jobs->thread_count < 0 || jobs->thread_count > 1024) {
        return dcat_fail(err, DCAT_ERR_RANGE, "threads must be in [0, 1024], got %d",
                         jobs->thread_count);
    }
    const dcat_ranks *ranks = jobs->ranks;
    if (ranks != NULL && !(ranks->rank >= 0 && ranks->rank < ranks->count)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "ranks: rank %d of %d", ranks->rank, ranks->count);
    }
    return DCAT_OK;
}

#define NAP_NS 200000 // between two looks for messages

// One process of a run. The lock guards everything below it.
typedef struct process {
    const job_list *list;
    const dcat_ranks *ranks; // NULL when alone
    pthread_mutex_t lock;
    job_queue queue;    // of rank 0
    bool over;          // of another rank: there are no more jobs for it, or its ranks are broken
    int workers_done;   // threads that have found no further job
    dcat_error failure; // of the ranks themselves; status DCAT_OK when none
} process;

static bool is_stopped(const process *p)
{
    const dcat_jobs *jobs = p->list->jobs;
    return jobs->stop != NULL && jobs->stop(jobs->user);
}

static void nap(void)
{
    const struct timespec pause = {.tv_nsec = NAP_NS};
    nanosleep(&pause, NULL);
}

// Talking has failed: nothing can be handed out or in from here on.
static void break_off(process *p, const dcat_error *failure)
{
    if (p->failure.status == DCAT_OK) {
        p->failure = *failure;
    }
    p->over = true;
    p->queue.halted = true;
}

// --- what ranks tell each other

typedef enum message_kind { QUESTION = 1, GOODBYE } message_kind;

// From another rank to rank 0; when a job has ended well, its result is the next message.
typedef struct report {
    message_kind kind;
    int stopped; // not bool: any bytes may come
    size_t job;  // that has ended; NO_JOB: none
    dcat_status status;
    dcat_error failure;
} report;

// From rank 0 to each of the others when all is done.
typedef struct verdict {
    int complete;
    dcat_error failure; // status DCAT_OK: none
} verdict;

// Whether what another process says of a failure can be believed, and shown.
static bool is_failure(dcat_status status, const dcat_error *failure)
{
    return status >= DCAT_OK && status < DCAT_STATUS_COUNT &&
           (status == DCAT_OK || failure->message[0] != '\0') &&
           memchr(failure->message, '\0', sizeof failure->message) != NULL;
}

// A message of a known rank, which must have this length.
static dcat_status hear(const dcat_ranks *ranks, int from, void *place, size_t expected,
                        dcat_error *err)
{
    void *bytes = NULL;
    size_t byte_count = 0;
    int sender = from;
    dcat_status status = ranks->receive(ranks->user, from, &sender, &bytes, &byte_count, err);
    if (status == DCAT_OK && byte_count != expected) {
        status = dcat_fail(err, DCAT_ERR_INTERNAL, "rank %d sent %zu bytes instead of %zu", from,
                           byte_count, expected);
    }
    if (status == DCAT_OK) {
        memcpy(place, bytes, expected);
    }
    free(bytes);
    return status;
}

// --- threads that work

// At rank 0, or alone.
static void work_from_queue(process *p)
{
    const job_list *list = p->list;
    size_t job = NO_JOB;
    dcat_status status = DCAT_OK;
    dcat_error own = {0};
    for (;;) {
        pthread_mutex_lock(&p->lock);
        if (job != NO_JOB) {
            job_queue_book(&p->queue, job, status, &own);
        }
        job = job_queue_take(&p->queue, 0);
        if (job != NO_JOB && is_stopped(p)) {
            p->queue.halted = true;
            job = NO_JOB;
        }
        p->workers_done += job == NO_JOB;
        pthread_mutex_unlock(&p->lock);
        if (job == NO_JOB) {
            return;
        }
        own = (dcat_error){0};
        status = list->run(list->user, job, &own);
    }
}

// Hand in what a job left, and ask: the next job, or NO_JOB.
static dcat_status ask(const process *p, const report *head, size_t *job, dcat_error *err)
{
    const dcat_ranks *ranks = p->ranks;
    dcat_status status = ranks->send(ranks->user, 0, head, sizeof *head, err);
    if (status == DCAT_OK && head->job != NO_JOB && head->status == DCAT_OK) {
        size_t byte_count = 0;
        const void *result = p->list->result(p->list->user, head->job, &byte_count);
        status = ranks->send(ranks->user, 0, result, byte_count, err);
    }
    return status == DCAT_OK ? hear(ranks, 0, job, sizeof *job, err) : status;
}

// At any other rank.
static void work_for_rank_0(process *p)
{
    const job_list *list = p->list;
    report head = {.kind = QUESTION, .job = NO_JOB};
    for (;;) {
        size_t job = NO_JOB;
        dcat_error failure = {0};
        pthread_mutex_lock(&p->lock);
        head.stopped = is_stopped(p);
        // A thread with nothing to hand in need not ask when another one was sent away.
        if (p->failure.status == DCAT_OK && (head.job != NO_JOB || !p->over) &&
            ask(p, &head, &job, &failure) != DCAT_OK) {
            break_off(p, &failure);
        }
        if (job != NO_JOB && job >= list->count) {
            dcat_fail(&failure, DCAT_ERR_INTERNAL, "rank 0 hands out job %zu of %zu", job,
                      list->count);
            break_off(p, &failure);
            job = NO_JOB;
        }
        p->over = p->over || job == NO_JOB;
        pthread_mutex_unlock(&p->lock);
        if (job == NO_JOB) {
            return;
        }
        head.job = job;
        head.failure = (dcat_error){0};
        head.status = list->run(list->user, job, &head.failure);
    }
}

// --- the thread that serves

// Put the result that follows a report where it belongs.
static dcat_status take_result(const process *p, int sender, size_t job, dcat_error *err)
{
    size_t byte_count = 0;
    void *place = p->list->result(p->list->user, job, &byte_count);
    return hear(p->ranks, sender, place, byte_count, err);
}

// Answer first and book then, so that nobody waits for a file to be written.
static dcat_status answer(process *p, int sender, const report *head, dcat_error *err)
{
    bool ended_well = head->job != NO_JOB && head->status == DCAT_OK;
    dcat_status status = ended_well ? take_result(p, sender, head->job, err) : DCAT_OK;
    if (status != DCAT_OK) {
        return status;
    }
    pthread_mutex_lock(&p->lock);
    if (head->status != DCAT_OK) {
        job_queue_fail(&p->queue, head->job, head->status, &head->failure);
    }
    p->queue.halted = p->queue.halted || head->stopped;
    size_t next = job_queue_take(&p->queue, sender);
    pthread_mutex_unlock(&p->lock);
    status = p->ranks->send(p->ranks->user, sender, &next, sizeof next, err);
    if (ended_well) {
        pthread_mutex_lock(&p->lock);
        job_queue_book(&p->queue, head->job, DCAT_OK, &head->failure);
        pthread_mutex_unlock(&p->lock);
    }
    return status;
}

static dcat_status serve_one(process *p, int *goodbyes, dcat_error *err)
{
    void *bytes = NULL;
    size_t byte_count = 0;
    int sender = 0;
    dcat_status status = p->ranks->receive(p->ranks->user, -1, &sender, &bytes, &byte_count, err);
    if (status != DCAT_OK) {
        return status;
    }
    report head;
    if (byte_count == sizeof head) {
        memcpy(&head, bytes, sizeof head);
    }
    free(bytes);
    if (byte_count != sizeof head) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "rank %d asks with %zu bytes", sender, byte_count);
    }
    if ((head.kind != QUESTION && head.kind != GOODBYE) || sender < 1 ||
        sender >= p->ranks->count || (head.job != NO_JOB && head.job >= p->list->count) ||
        !is_failure(head.status, &head.failure)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "rank %d asks for what there is not", sender);
    }
    if (head.kind == GOODBYE) {
        ++*goodbyes;
        return DCAT_OK;
    }
    return answer(p, sender, &head, err);
}

// Whether rank 0's own threads are still at work; looks for a stop on the way.
static bool look_around(process *p, int worker_count)
{
    pthread_mutex_lock(&p->lock);
    if (!p->queue.halted && is_stopped(p)) {
        p->queue.halted = true;
    }
    bool busy = p->workers_done < worker_count;
    pthread_mutex_unlock(&p->lock);
    return busy;
}

static void serve(process *p, int worker_count)
{
    int goodbyes = 0;
    bool busy = true;
    while (goodbyes < p->ranks->count - 1 || busy) {
        dcat_error failure = {0};
        if (!p->ranks->waiting(p->ranks->user)) {
            busy = look_around(p, worker_count);
            nap();
        } else if (serve_one(p, &goodbyes, &failure) != DCAT_OK) {
            pthread_mutex_lock(&p->lock);
            break_off(p, &failure);
            pthread_mutex_unlock(&p->lock);
            return;
        }
    }
}

// --- the end

static dcat_status pronounce(const process *p, const verdict *outcome, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int r = 1; status == DCAT_OK && r < p->ranks->count; r++) {
        status = p->ranks->send(p->ranks->user, r, outcome, sizeof *outcome, err);
    }
    return status;
}

// Rank 0 may have long jobs to end first: a rank that waits for it sleeps, and never gives up.
static dcat_status await_verdict(const process *p, verdict *outcome, dcat_error *err)
{
    const dcat_ranks *ranks = p->ranks;
    const report goodbye = {.kind = GOODBYE, .job = NO_JOB};
    dcat_status status = ranks->send(ranks->user, 0, &goodbye, sizeof goodbye, err);
    if (status != DCAT_OK) {
        return status;
    }
    while (!ranks->waiting(ranks->user)) {
        nap();
    }
    status = hear(ranks, 0, outcome, sizeof *outcome, err);
    if (status == DCAT_OK && !is_failure(outcome->failure.status, &outcome->failure)) {
        status = dcat_fail(err, DCAT_ERR_INTERNAL, "rank 0 ends with a verdict that is none");
    }
    return status;
}

static dcat_status conclude(const process *p, dcat_error *err)
{
    bool *stopped = p->list->jobs->stopped;
    verdict outcome = {.complete = p->queue.done == p->queue.count, .failure = p->queue.failure};
    dcat_status status = p->failure.status;
    if (status != DCAT_OK) { // of the ranks themselves: the others see it, too
        return dcat_fail(err, status, "%s", p->failure.message);
    }
    if (p->ranks != NULL) {
        status =
            p->ranks->rank == 0 ? pronounce(p, &outcome, err) : await_verdict(p, &outcome, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    status = outcome.failure.status;
    if (status == DCAT_OK && !outcome.complete) {
        if (stopped != NULL) {
            *stopped = true;
        }
        return dcat_fail(err, DCAT_ERR_IO, "stopped before the end");
    }
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", outcome.failure.message);
}

static void work(void *user, int thread, int thread_count)
{
    process *p = user;
    if (!dcat_ranks_first(p->ranks)) {
        work_for_rank_0(p);
    } else if (p->ranks != NULL && thread == 0) { // the thread that MPI may count on
        serve(p, thread_count - 1);
    } else {
        work_from_queue(p);
    }
}

dcat_status jobs_run(const job_list *list, dcat_error *err)
{
    job_list own = *list;
    own.jobs = list->jobs != NULL ? list->jobs : &jobs_plain;
    const dcat_ranks *ranks = own.jobs->ranks;
    ranks = ranks != NULL && ranks->count > 1 ? ranks : NULL;
    assert(ranks == NULL || list->result != NULL);
    process p = {.list = &own, .ranks = ranks, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (dcat_ranks_first(ranks)) {
        dcat_error failure = {0};
        dcat_status status = job_queue_make(&p.queue, &own, &failure);
        if (status != DCAT_OK) { // the others are told at the end
            job_queue_fail(&p.queue, 0, status, &failure);
        }
    }
    bool serving = ranks != NULL && ranks->rank == 0; // takes a thread of its own
    threads_run(threads_count(own.jobs->thread_count) + serving, work, &p);
    pthread_mutex_destroy(&p.lock);
    dcat_status status = conclude(&p, err);
    job_queue_free(&p.queue);
    return status;
}
