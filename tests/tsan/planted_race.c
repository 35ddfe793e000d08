// SPDX-License-Identifier: Apache-2.0
// Threads that add to one variable without synchronisation, on purpose: ThreadSanitizer must report
// it. See cmake/DcatThreads.cmake.

#include "base/threads.h"

#include <stdio.h>

static double sum;

// Every thread, even when the first could do all before the others start.
static void add(void *user, int thread, int count)
{
    (void)user;
    (void)count;
    for (int i = 0; i < 1000; i++) {
        sum += i + thread;
    }
}

int main(void)
{
    threads_run(4, add, NULL);
    printf("sum %g\n", sum);
    return 0;
}
