// SPDX-License-Identifier: Apache-2.0
// preload.c - a library to preload: it refuses one allocation of dcat, whoever asks for it, and
// stops the clock, so that two runs can be compared byte by byte.
//
// Allocations are counted from 1 once the libraries are there, in the process named dcat alone and
// not in what it starts. DCAT_FAULT_AT=N refuses the N-th, as if there were no memory for it, and
// leaves a backtrace in the file DCAT_FAULT_TRACE, if that is set; DCAT_FAULT_COUNT=FILE receives
// their number when the process ends. Each refusal is a single one: who asks again gets it.
// The system call access("dcat-faults-begin") marks in a list of system calls where dcat begins.

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

// What the C library keeps under a second name for those that replace the first.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool counting;
static atomic_long *count; // shared with processes that dcat forks, which go on counting
static long refused;

static void write_backtrace(const char *path)
{
    void *frames[40];
    int depth = backtrace(frames, 40);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file >= 0) {
        backtrace_symbols_fd(frames, depth, file);
        close(file);
    }
}

static bool refuses(void)
{
    if (!atomic_load(&counting) || atomic_fetch_add(count, 1) + 1 != refused) {
        return false;
    }
    const char *trace = getenv("DCAT_FAULT_TRACE");
    if (trace != NULL) {
        write_backtrace(trace);
    }
    errno = ENOMEM;
    return true;
}

__attribute__((constructor)) static void begin(void)
{
    if (strcmp(program_invocation_short_name, "dcat") != 0) {
        return;
    }
    void *frame[1];
    backtrace(frame, 1); // loads a library when it is first called
    const char *at = getenv("DCAT_FAULT_AT");
    refused = at == NULL ? 0 : strtol(at, NULL, 10);
    count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == MAP_FAILED) {
        abort();
    }
    (void)!access("dcat-faults-begin", F_OK);
    atomic_store(&counting, true);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("DCAT_FAULT_COUNT");
    if (!atomic_exchange(&counting, false) || path == NULL) {
        return;
    }
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        fprintf(file, "%ld\n", atomic_load(count));
        fclose(file);
    }
}

SHOWN void *malloc(size_t size)
{
    return refuses() ? NULL : __libc_malloc(size);
}

SHOWN void *calloc(size_t members, size_t size)
{
    return refuses() ? NULL : __libc_calloc(members, size);
}

SHOWN void *realloc(void *old, size_t size)
{
    return refuses() ? NULL : __libc_realloc(old, size);
}

SHOWN void *aligned_alloc(size_t alignment, size_t size)
{
    return refuses() ? NULL : __libc_memalign(alignment, size);
}

SHOWN int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *made = refuses() ? NULL : __libc_memalign(alignment, size);
    if (made == NULL) {
        return ENOMEM;
    }
    *memory = made;
    return 0;
}

// --- a clock that stands still, and a machine that takes nothing

SHOWN int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    *now = (struct timespec){.tv_sec = 1000000000};
    return 0;
}

SHOWN time_t time(time_t *now)
{
    if (now != NULL) {
        *now = 1000000000;
    }
    return 1000000000;
}

SHOWN int getrusage(__rusage_who_t who, struct rusage *usage)
{
    (void)who;
    *usage = (struct rusage){0};
    return 0;
}
