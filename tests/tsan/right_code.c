// SPDX-License-Identifier: Apache-2.0
// Threads that share nothing without synchronisation: ThreadSanitizer must say nothing.
// See cmake/DcatThreads.cmake.

#include "base/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 1000, ROUNDS = 20 };

static atomic_int failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int tenths; // under the lock

static void fill(void *user, size_t index, int thread)
{
    double *value = user;
    (void)thread;
    value[index] = (double)index + atomic_load(&failed);
    if (index % 10 == 0) {
        pthread_mutex_lock(&lock);
        tenths++;
        pthread_mutex_unlock(&lock);
    }
}

static void halve(void *user, size_t index, int thread)
{
    double *value = user;
    (void)thread;
    value[index] /= 2.0; // written by any thread of the loop before
}

int main(void)
{
    double sum = 0.0;
    for (int round = 0; round < ROUNDS; round++) {
        // The block is given back and taken again each round: the next round's threads reuse it.
        double *value = malloc(ITEMS * sizeof *value);
        if (value == NULL) {
            return EXIT_FAILURE;
        }
        threads_for(ITEMS, 4, fill, value);
        threads_for(ITEMS, 4, halve, value);
        for (int i = 0; i < ITEMS; i++) {
            sum += value[i];
        }
        free(value);
    }
    printf("%d tenths, sum %g\n", tenths, sum);
    return tenths == ROUNDS * ITEMS / 10 ? EXIT_SUCCESS : EXIT_FAILURE;
}
