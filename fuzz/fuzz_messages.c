// SPDX-License-Identifier: Apache-2.0
// Messages between ranks hold anything: jobs are run and booked within their list, or the ranks are
// broken off with a message. The first byte says which rank we are; then messages, each a sender
// byte, two bytes of length (low byte first) and bytes.

#include "base/jobs.h"
#include "dcat/x/ranks.h"

#include <stdint.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JOB_COUNT = 5, RANK_COUNT = 3 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

typedef struct post {
    const uint8_t *data;
    size_t size;
    double result[JOB_COUNT];
} post;

static dcat_status take(void *user, int from, int *sender, void **bytes, size_t *byte_count,
                        dcat_error *err)
{
    post *p = user;
    if (p->size < 3) {
        return dcat_fail(err, DCAT_ERR_IO, "no more messages");
    }
    size_t length = p->data[1] + 256u * p->data[2];
    *sender = from >= 0 ? from : (int)(int8_t)p->data[0];
    p->data += 3;
    p->size -= 3;
    length = length < p->size ? length : p->size;
    *bytes = malloc(length + 1);
    require(*bytes != NULL);
    memcpy(*bytes, p->data, length);
    *byte_count = length;
    p->data += length;
    p->size -= length;
    return DCAT_OK;
}

static dcat_status hand(void *user, int to, const void *bytes, size_t byte_count, dcat_error *err)
{
    (void)user;
    (void)err;
    require(to >= 0 && to < RANK_COUNT && bytes != NULL && byte_count > 0);
    return DCAT_OK;
}

static bool is_waiting(void *user)
{
    (void)user;
    return true; // or an error
}

static dcat_status run(void *user, size_t job, dcat_error *err)
{
    (void)err;
    require(job < JOB_COUNT);
    ((post *)user)->result[job] = (double)job;
    return DCAT_OK;
}

static void *result_of(void *user, size_t job, size_t *byte_count)
{
    require(job < JOB_COUNT);
    *byte_count = sizeof(double);
    return &((post *)user)->result[job];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    post mail = {.data = data + 1, .size = size - 1};
    const dcat_ranks ranks = {.size = sizeof ranks,
                              .rank = data[0] % 2,
                              .count = RANK_COUNT,
                              .user = &mail,
                              .send = hand,
                              .receive = take,
                              .waiting = is_waiting};
    dcat_jobs jobs = dcat_jobs_default();
    jobs.thread_count = 1;
    jobs.ranks = &ranks;
    const job_list list = {
        .count = JOB_COUNT, .jobs = &jobs, .run = run, .result = result_of, .user = &mail};
    dcat_error err = {0};
    dcat_status status = jobs_run(&list, &err);
    require(status == DCAT_OK || (err.status == status && err.message[0] != '\0'));
    return 0;
}
