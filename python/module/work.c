// SPDX-License-Identifier: Apache-2.0
// Long calls: without the GIL, and with an ear for Ctrl-C.

#include "py.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// Between two looks for signals; the promise is 0.1 s.
#define LOOK_S 0.03

double py_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double coarse_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now); // a few ns; good to a few ms
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void py_watch_begin(py_watch *watch)
{
    watch->interrupted = false;
    watch->next_s = coarse_s() + LOOK_S;
    watch->saved = PyEval_SaveThread();
}

bool py_watch_poll(py_watch *watch)
{
    if (watch->interrupted) {
        return true;
    }
    double now_s = coarse_s();
    if (now_s < watch->next_s) {
        return false;
    }
    PyEval_RestoreThread(watch->saved);
    watch->interrupted = PyErr_CheckSignals() < 0;
    watch->saved = PyEval_SaveThread();
    watch->next_s = coarse_s() + LOOK_S;
    return watch->interrupted;
}

int py_watch_end(py_watch *watch)
{
    PyEval_RestoreThread(watch->saved);
    return watch->interrupted ? -1 : 0;
}

// --- work in a thread of its own

static py_task *left_behind; // guarded by the GIL

static void release_those_that_ended(void)
{
    py_task **at = &left_behind;
    while (*at != NULL) {
        py_task *task = *at;
        if (atomic_load(&task->done)) {
            *at = task->next;
            close(task->wake);
            task->release(task);
        } else {
            at = &task->next;
        }
    }
}

static void *work(void *user)
{
    py_task *task = user;
    PyGILState_STATE state = PyGILState_UNLOCKED;
    PyThreadState *saved = NULL;
    bool attached = task->calls_python; // else each call would make a state of its own, and end it
    if (attached) {
        state = PyGILState_Ensure();
        saved = PyEval_SaveThread();
    }
    dcat_status status = task->work(task);
    if (attached) {
        PyEval_RestoreThread(saved);
        PyGILState_Release(state);
    }
    task->err.status = status;
    int wake = task->wake;
    uint64_t one = 1;
    // Before done is set: afterwards the file may be closed already.
    ssize_t written = write(wake, &one, sizeof one);
    (void)written;
    atomic_store(&task->done, true);
    return NULL;
}

// Wait for the work or a signal. True: it is done.
static bool wait_for(py_task *task)
{
    struct pollfd file = {.fd = task->wake, .events = POLLIN};
    for (;;) {
        py_watch watch;
        py_watch_begin(&watch);
        int ready = poll(&file, 1, (int)(LOOK_S * 1e3)); // a signal ends it, too
        while (ready > 0 && !atomic_load(&task->done)) { // between the two lines of work()
        }
        py_watch_end(&watch);
        if (ready > 0) {
            return true;
        }
        if (PyErr_CheckSignals() < 0) {
            return false;
        }
    }
}

int py_task_run(py_task *task, bool *kept)
{
    *kept = false;
    release_those_that_ended();
    atomic_store(&task->done, false);
    task->wake = eventfd(0, EFD_CLOEXEC);
    pthread_t thread;
    pthread_attr_t how;
    pthread_attr_init(&how);
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    int failed = task->wake < 0 ? errno : pthread_create(&thread, &how, work, task);
    pthread_attr_destroy(&how);
    if (failed != 0) {
        if (task->wake >= 0) {
            close(task->wake);
        }
        errno = failed;
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    if (wait_for(task)) {
        close(task->wake);
        return task->err.status == DCAT_OK ? 0 : -1;
    }
    atomic_store(&task->stop, true);
    task->next = left_behind;
    left_behind = task;
    *kept = true;
    return -1;
}
