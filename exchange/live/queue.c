// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/queue.h"

#include <errno.h>
#include <time.h>

void queue_init(queue *q, int32_t max)
{
    *q = (queue){.max = max};
    q->last = &q->first;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->changed, &clock);
    pthread_condattr_destroy(&clock);
}

void queue_destroy(queue *q)
{
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->mutex);
}

bool queue_push(queue *q, live_command *command)
{
    command->next = NULL;
    pthread_mutex_lock(&q->mutex);
    bool taken = q->count < q->max && !q->stopped;
    if (taken) {
        *q->last = command;
        q->last = &command->next;
        q->count++;
        if (q->count == 1) {
            pthread_cond_signal(&q->changed);
        }
    }
    pthread_mutex_unlock(&q->mutex);
    return taken;
}

int32_t queue_count(queue *q)
{
    pthread_mutex_lock(&q->mutex);
    int32_t count = q->count;
    pthread_mutex_unlock(&q->mutex);
    return count;
}

live_command *queue_take(queue *q, int64_t until_ns, int32_t *count, bool *stopped)
{
    const struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
    pthread_mutex_lock(&q->mutex);
    int code = 0;
    while (q->first == NULL && !q->stopped && !q->woken && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&q->changed, &q->mutex, &until);
    }
    live_command *first = q->first;
    *count = q->count;
    *stopped = q->stopped;
    q->woken = false;
    q->first = NULL;
    q->last = &q->first;
    q->count = 0;
    pthread_mutex_unlock(&q->mutex);
    return first;
}

void queue_wake(queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->woken = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->mutex);
}

void queue_stop(queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->stopped = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->mutex);
}
