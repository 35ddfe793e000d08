// SPDX-License-Identifier: Apache-2.0
// Watching over a program until it and all that it started is gone.
#include "exchange/backend/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_S = 2, SWEEP_MAX = 500 };

static void set_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGCHLD);
    sigaddset(signals, SIGTERM);
}

void watch_begin(void)
{
    sigset_t signals;
    set_signals(&signals);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

// What the program left behind was handed to us as the nearest reaper: all of it ends.
void watch_sweep(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    for (int i = 0; i < SWEEP_MAX; i++) {
        char list[4096] = "";
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = file >= 0 ? read(file, list, sizeof list - 1) : 0;
        close(file);
        list[length > 0 ? length : 0] = '\0';
        char *end = list;
        for (long pid = strtol(list, &end, 10); pid > 0; pid = strtol(end, &end, 10)) {
            kill((pid_t)pid, SIGKILL);
        }
        if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) {
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int watch_until_end(pid_t program, double time_s, const char **why)
{
    double until_s = time_s > 0.0 ? now_s() + time_s : 1e18;
    sigset_t signals;
    set_signals(&signals);
    *why = NULL;
    for (;;) {
        int status = 0;
        if (waitpid(program, &status, WNOHANG) == program) {
            return status;
        }
        double left_s = until_s - now_s();
        bool over = left_s <= 0.0;
        int got = 0;
        if (!over) {
            left_s = left_s < 1.0 ? left_s : 1.0;
            const struct timespec wait = {.tv_sec = (time_t)left_s,
                                          .tv_nsec =
                                              (long)((left_s - (double)(time_t)left_s) * 1e9)};
            got = sigtimedwait(&signals, NULL, &wait);
        }
        if (over && *why != NULL) {
            kill(-program, SIGKILL);
            until_s = now_s() + GRACE_S;
        } else if (over || (got == SIGTERM && *why == NULL)) {
            *why = over ? "timeout" : "stopped";
            kill(-program, SIGTERM);
            until_s = now_s() + GRACE_S;
        }
    }
}
