// SPDX-License-Identifier: Apache-2.0
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static atomic_int default_count;
static _Thread_local bool inside; // a body of ours

int threads_core_count(void)
{
    cpu_set_t own;
    if (sched_getaffinity(0, sizeof own, &own) == 0) {
        return CPU_COUNT(&own);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN); // more cores than a cpu_set_t holds
    return online > 0 ? (int)online : 1;
}

void threads_set_default(int count)
{
    atomic_store(&default_count, count);
}

int threads_count(int wished)
{
    if (inside) {
        return 1;
    }
    int count = wished > 0 ? wished : atomic_load(&default_count);
    count = count > 0 ? count : threads_core_count();
    return count < THREADS_MAX ? count : THREADS_MAX;
}

typedef struct team {
    threads_body *body;
    void *user;
    pthread_mutex_t gate; // held until count is known
    int count;
} team;

typedef struct member {
    team *of;
    int thread;
    pthread_t id;
} member;

static void *begin(void *user)
{
    const member *own = user;
    team *of = own->of;
    pthread_mutex_lock(&of->gate);
    int count = of->count;
    pthread_mutex_unlock(&of->gate);
    inside = true;
    of->body(of->user, own->thread, count);
    return NULL;
}

static void run_here(threads_body *body, void *user, int count)
{
    bool nested = inside;
    inside = true;
    body(user, 0, count);
    inside = nested;
}

void threads_run(int thread_count, threads_body *body, void *user)
{
    int wished = threads_count(thread_count);
    if (wished == 1) {
        run_here(body, user, 1);
        return;
    }
    team all = {.body = body, .user = user, .gate = PTHREAD_MUTEX_INITIALIZER, .count = 1};
    member members[THREADS_MAX] = {{0}};
    pthread_mutex_lock(&all.gate);
    while (all.count < wished) {
        member *next = &members[all.count];
        *next = (member){.of = &all, .thread = all.count};
        if (pthread_create(&next->id, NULL, begin, next) != 0) {
            break;
        }
        all.count++;
    }
    int count = all.count;
    pthread_mutex_unlock(&all.gate);
    run_here(body, user, count);
    for (int t = 1; t < count; t++) {
        pthread_join(members[t].id, NULL);
    }
    pthread_mutex_destroy(&all.gate);
}

typedef struct loop {
    threads_index_body *body;
    void *user;
    size_t count;
    atomic_size_t next;
} loop;

static void take_indices(void *user, int thread, int thread_count)
{
    loop *own = user;
    (void)thread_count;
    for (;;) {
        size_t index = atomic_fetch_add(&own->next, 1);
        if (index >= own->count) {
            return;
        }
        own->body(own->user, index, thread);
    }
}

void threads_for(size_t count, int thread_count, threads_index_body *body, void *user)
{
    loop all = {.body = body, .user = user, .count = count};
    int threads = threads_count(thread_count);
    threads = count < (size_t)threads ? (int)count : threads;
    threads_run(threads > 1 ? threads : 1, take_indices, &all);
}
