// SPDX-License-Identifier: Apache-2.0
// threads.h (internal) - work that runs on several threads.
//
// Threads live as long as the call that started them: between calls the process has none of ours,
// so it may fork, and the child may call again. Where the system gives fewer threads than were
// asked for, those that there are do everything. Whatever runs on a thread of ours and asks for
// threads itself gets one, its own.

#ifndef DCAT_BASE_THREADS_H
#define DCAT_BASE_THREADS_H

#include <stddef.h>

#define THREADS_MAX 1024 // of one call

// Cores that this process may run on.
int threads_core_count(void);

// Threads for whoever does not ask for a number of them. The program's command line owns it and
// sets it before anything runs; 0, as at the start: one for each core that this process may run on.
void threads_set_default(int count);

// Threads that a wish for so many means here; 0: the default.
int threads_count(int wished);

// Run body once on each of thread_count threads (0: the default). Thread 0 is the caller's own.
// count: threads that really started; all have started before any body runs.
typedef void threads_body(void *user, int thread, int count);
void threads_run(int thread_count, threads_body *body, void *user);

// Run body once for each index below count, on at most thread_count threads (0: the default). Free
// threads take the next index. No two calls at a time have the same thread, a number below
// thread_count.
typedef void threads_index_body(void *user, size_t index, int thread);
void threads_for(size_t count, int thread_count, threads_index_body *body, void *user);

#endif
