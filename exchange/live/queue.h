// SPDX-License-Identifier: Apache-2.0
// queue.h (internal) - commands on their way to the writer: bounded, many in, one out.

#ifndef DCAT_EXCHANGE_LIVE_QUEUE_H
#define DCAT_EXCHANGE_LIVE_QUEUE_H

#include "exchange/live/live.h"

#include <pthread.h>

typedef struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    live_command *first, **last;
    int32_t count, max;
    bool stopped, woken;
} queue;

void queue_init(queue *q, int32_t max);
void queue_destroy(queue *q);
bool queue_push(queue *q, live_command *command);
int32_t queue_count(queue *q);
// All that waits, in order; before there is something, not longer than until CLOCK_MONOTONIC says
// until_ns. *stopped: there will be no more.
live_command *queue_take(queue *q, int64_t until_ns, int32_t *count, bool *stopped);
void queue_wake(queue *q); // queue_take returns, though nothing may wait
void queue_stop(queue *q);

#endif
