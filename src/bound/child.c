// SPDX-License-Identifier: Apache-2.0
#include "bound/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void *child_share(size_t byte_count)
{
    void *memory =
        mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void child_unshare(void *memory, size_t byte_count)
{
    if (memory != NULL) {
        munmap(memory, byte_count);
    }
}

#define EXIT_EARLY 3

// A library that calls exit would write what the caller's files still hold, a second time.
static void leave_at_once(void)
{
    _exit(EXIT_EARLY);
}

// Nothing of the child is seen but its answer: no words of a library, no core file; an interrupt is
// the caller's to notice.
static void make_quiet(void)
{
    const struct rlimit none = {0, 0};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
    }
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGABRT, SIG_DFL);
    (void)atexit(leave_at_once);
}

dcat_status child_run(void (*work)(void *user), void *user, const char *what, dcat_error *err)
{
    pid_t caller = getpid(), child = fork();
    if (child < 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "cannot start a process for %s: %s", what,
                         strerror(errno));
    }
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == caller) { // else it is gone already
            make_quiet();
            work(user);
        }
        _exit(0);
    }
    int status = 0;
    pid_t ended;
    do {
        ended = waitpid(child, &status, 0);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0 && errno != ECHILD) { // ECHILD: the program asked not to be told
        return dcat_fail(err, DCAT_ERR_INTERNAL, "cannot wait for %s: %s", what, strerror(errno));
    }
    if (WIFSIGNALED(status)) {
        return dcat_fail(err, DCAT_ERR_MEMORY,
                         "%s was ended by signal %d (%s), as it is when there is no memory for it",
                         what, WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY,
                         "%s ended the process, as it does when there is no memory for it", what);
    }
    return DCAT_OK;
}
