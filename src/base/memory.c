// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define CONTAINER_LIMIT "/sys/fs/cgroup/memory.max" // a number, or "max"

static double container_bytes(void)
{
    double bytes = INFINITY;
    FILE *file = fopen(CONTAINER_LIMIT, "re");
    if (file != NULL) {
        unsigned long long value;
        bytes = fscanf(file, "%llu", &value) == 1 ? (double)value : INFINITY;
        fclose(file);
    }
    return bytes;
}

double memory_limit_bytes(void)
{
    struct rlimit limit;
    long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    double bytes = container_bytes();
    if (pages > 0 && page_bytes > 0) {
        bytes = fmin(bytes, (double)pages * (double)page_bytes);
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        bytes = fmin(bytes, (double)limit.rlim_cur);
    }
    return bytes;
}

bool memory_has_addresses(size_t byte_count)
{
    void *memory = mmap(NULL, byte_count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    munmap(memory, byte_count);
    return true;
}

#define BLAS_THREAD_BYTES ((size_t)192 << 20) // for each of its threads

size_t memory_blas_bytes(void)
{
    long core_count = sysconf(_SC_NPROCESSORS_ONLN);
    return BLAS_THREAD_BYTES * (size_t)(core_count > 0 ? core_count + 1 : 2);
}
