// SPDX-License-Identifier: Apache-2.0
// memory.h - memory and address space that libraries take, and streams into memory.

#ifndef DCAT_BASE_MEMORY_H
#define DCAT_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

// Whether so much address space is left (ulimit -v), for a library that would wait for it.
static inline bool memory_has_addresses(size_t byte_count)
{
    void *memory = mmap(NULL, byte_count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    munmap(memory, byte_count);
    return true;
}

#define MEMORY_BLAS_THREAD_BYTES ((size_t)192 << 20)

// What OpenBLAS takes of it, for each of its threads, as soon as it is loaded, by us or with
// another library: it tries again for ever when it does not get it.
static inline size_t memory_blas_bytes(void)
{
    long core_count = sysconf(_SC_NPROCESSORS_ONLN);
    return MEMORY_BLAS_THREAD_BYTES * (size_t)(core_count > 0 ? core_count + 1 : 2);
}

// Close what open_memstream opened on *text; false when something was lost. Without memory for the
// last step the C library closes in good order, and leaves no text.
static inline bool memory_stream_end(FILE *file, char *const *text)
{
    bool written = ferror(file) == 0;
    return fclose(file) == 0 && written && *text != NULL;
}

#endif
