// SPDX-License-Identifier: Apache-2.0
// Threads that belong to one environment object. A child process finds none of them, and gets its
// own at its first call.

#include "py.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WAIT_NS 30000000 // between two looks for signals

struct py_pool {
    int helper_count, running;
    pid_t process;
    pthread_t *helpers;
    pthread_mutex_t lock;
    pthread_cond_t begin, ended;
    uint64_t round; // counts calls
    int busy;       // helpers that have not ended this round
    bool closing;
    atomic_int named; // helpers that have a number
    void (*item)(void *user, size_t i, int thread);
    void *user;
    size_t count;
    atomic_size_t next;
    atomic_bool *stop;
};

static void take_items(py_pool *pool, int thread, py_watch *watch)
{
    for (;;) {
        if ((watch != NULL && py_watch_poll(watch)) || atomic_load(pool->stop)) {
            atomic_store(pool->stop, true);
            return;
        }
        size_t i = atomic_fetch_add(&pool->next, 1);
        if (i >= pool->count) {
            return;
        }
        pool->item(pool->user, i, thread);
    }
}

static void *help(void *user)
{
    py_pool *pool = user;
    uint64_t seen = 0;
    int thread = 1 + atomic_fetch_add(&pool->named, 1);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->closing) {
            pthread_cond_wait(&pool->begin, &pool->lock);
        }
        if (pool->closing) {
            break;
        }
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        take_items(pool, thread, NULL);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) {
            pthread_cond_signal(&pool->ended);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

// As many as the system gives; the calling thread alone is enough.
static void start(py_pool *pool)
{
    pool->process = getpid();
    pool->round = 0;
    pool->busy = 0;
    pool->running = 0;
    atomic_store(&pool->named, 0);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->ended, NULL);
    while (pool->running < pool->helper_count &&
           pthread_create(&pool->helpers[pool->running], NULL, help, pool) == 0) {
        pool->running++;
    }
}

py_pool *py_pool_create(int thread_count)
{
    py_pool *pool = calloc(1, sizeof *pool);
    if (pool != NULL) {
        pool->helper_count = thread_count > 1 ? thread_count - 1 : 0;
        pool->helpers = calloc((size_t)pool->helper_count + 1, sizeof *pool->helpers);
        if (pool->helpers == NULL) {
            free(pool);
            return NULL;
        }
    }
    return pool;
}

void py_pool_destroy(py_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    if (pool->process == getpid()) {
        pthread_mutex_lock(&pool->lock);
        pool->closing = true;
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->lock);
        for (int i = 0; i < pool->running; i++) {
            pthread_join(pool->helpers[i], NULL);
        }
        pthread_mutex_destroy(&pool->lock);
        pthread_cond_destroy(&pool->begin);
        pthread_cond_destroy(&pool->ended);
    }
    free(pool->helpers);
    free(pool);
}

// Until the helpers have ended, with an ear for signals.
static void wait_for_helpers(py_pool *pool, py_watch *watch)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WAIT_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&pool->ended, &pool->lock, &until) == 0) {
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        if (py_watch_poll(watch)) {
            atomic_store(pool->stop, true);
        }
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

void py_pool_run(py_pool *pool, void (*item)(void *user, size_t i, int thread), void *user,
                 size_t count, py_watch *watch, atomic_bool *stop)
{
    pool->item = item;
    pool->user = user;
    pool->count = count;
    pool->stop = stop;
    atomic_store(&pool->next, 0);
    bool helped = pool->helper_count > 0 && count > 1;
    if (helped) {
        if (pool->process != getpid()) {
            start(pool);
        }
        pthread_mutex_lock(&pool->lock);
        pool->busy = pool->running;
        pool->round++;
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->lock);
    }
    take_items(pool, 0, watch);
    if (helped) {
        wait_for_helpers(pool, watch);
    }
}
