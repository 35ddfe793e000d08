// SPDX-License-Identifier: Apache-2.0
// The life of a payload, in a process of its own that nothing but its end ends.
#include "exchange/backend/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT_RUN = 127 };

// ---- the payload

static void limit(int what, int64_t value)
{
    if (value > 0) {
        const struct rlimit both = {(rlim_t)value, (rlim_t)value};
        setrlimit(what, &both);
    }
}

static void set_limits(const agent_limits *l)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    limit(RLIMIT_CPU, l->cpu_s);
    limit(RLIMIT_AS, l->memory_mb << 20);
    limit(RLIMIT_FSIZE, l->file_mb << 20);
    limit(RLIMIT_NPROC, l->processes);
    limit(RLIMIT_NOFILE, l->open_files);
}

// Somebody else, for good: true when nothing of root is left.
static bool become(uid_t uid, gid_t gid)
{
    if (geteuid() != 0) {
        return geteuid() == uid && getuid() != 0;
    }
    return uid != 0 && setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
           setresuid(uid, uid, uid) == 0 && setuid(0) != 0 && geteuid() == uid;
}

_Noreturn static void run_payload(const process_job *job)
{
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    umask(077);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int output = openat(job->folder, "output", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    int run = openat(job->folder, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) {
        _exit(CANNOT_RUN);
    }
    if (!job->contained) {
        set_limits(job->limits);
    }
    if (!become(job->uid, job->gid) || fchdir(run) != 0 ||
        (!job->contained && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || close_range(3, ~0U, 0) != 0) {
        dprintf(2, "dcat: cannot run as user %ld: %s\n", (long)job->uid, strerror(errno));
        _exit(CANNOT_RUN);
    }
    // exec takes what it never changes as if it might.
    execvpe(job->argv[0], (char *const *)job->argv, (char *const *)job->environment);
    dprintf(2, "dcat: cannot run %s: %s\n", job->argv[0], strerror(errno));
    _exit(CANNOT_RUN);
}

// What ends what a client of containers leaves behind. It may take its time, but not for ever.
static void run_after(const process_job *job)
{
    pid_t after = fork();
    if (after == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        alarm(60);
        if (become(job->uid, job->gid)) {
            execvpe(job->after[0], (char *const *)job->after, (char *const *)job->environment);
        }
        _exit(CANNOT_RUN);
    }
    while (after > 0 && waitpid(after, NULL, 0) < 0 && errno == EINTR) {
    }
}

// ---- its end

typedef struct life { // UTC: when the payload began and ended
    int64_t begun_ns, ended_ns;
} life;

static int64_t utc_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void write_end(int folder, const char *word, int code, life when)
{
    int file = openat(folder, "exit.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = file >= 0 &&
              dprintf(file, "%s %d %lld %lld\n", word, code, (long long)when.begun_ns,
                      (long long)when.ended_ns) > 0 &&
              fsync(file) == 0;
    if (ok && renameat(folder, "exit.tmp", folder, "exit") == 0) {
        fsync(folder);
    }
}

// Nothing of the agent's stays open here but what the job needs: no socket, no journal, no pipe
// that somebody waits for the end of.
static void let_go(int a, int b)
{
    unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 3; i++) {
        dup2(nothing, i);
    }
    if (low > 3) {
        close_range(3, low - 1, 0);
    }
    if (high > low + 1) {
        close_range(low + 1, high - 1, 0);
    }
    close_range(high + 1, ~0U, 0);
}

_Noreturn void process_supervise(const process_job *job)
{
    let_go(job->folder, job->lock);
    watch_begin();
    int begun = openat(job->folder, "begun", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (begun < 0 || dprintf(begun, "%ld\n", (long)getpid()) < 0 || fsync(begun) != 0 ||
        fsync(job->folder) != 0) {
        _exit(1);
    }
    life when = {.begun_ns = utc_ns()};
    pid_t payload = fork();
    if (payload == 0) {
        run_payload(job);
    }
    if (payload < 0) {
        write_end(job->folder, "lost", 0, when);
        _exit(1);
    }
    setpgid(payload, payload);
    const char *why = NULL;
    int status = watch_until_end(payload, job->limits->time_s, &why);
    when.ended_ns = utc_ns();
    kill(-payload, SIGKILL);
    if (job->after != NULL) {
        run_after(job);
    }
    watch_sweep();
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    write_end(job->folder, why != NULL ? why : "ended", code, when);
    _exit(0);
}
