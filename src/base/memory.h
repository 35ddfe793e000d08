// SPDX-License-Identifier: Apache-2.0
// memory.h - how much memory this process can have at most.

#ifndef DCAT_BASE_MEMORY_H
#define DCAT_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// Bytes: the machine's memory, the limit on address space (ulimit -v) or that of the container,
// whichever is least. What others use of it is not subtracted.
double memory_limit_bytes(void);

// Whether so much address space is left (ulimit -v), for a library that would wait for it.
bool memory_has_addresses(size_t byte_count);

// What OpenBLAS takes of it as soon as it is loaded, by us or with another library: it tries again
// for ever when it does not get it.
size_t memory_blas_bytes(void);

// Close what open_memstream opened on *text; false when something was lost. Without memory for the
// last step the C library closes in good order, and leaves no text.
static inline bool memory_stream_end(FILE *file, char *const *text)
{
    bool written = ferror(file) == 0;
    return fclose(file) == 0 && written && *text != NULL;
}

#endif
