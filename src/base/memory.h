// SPDX-License-Identifier: Apache-2.0
// memory.h - how much memory this process can have at most.

#ifndef DCAT_BASE_MEMORY_H
#define DCAT_BASE_MEMORY_H

// Bytes: the machine's memory, the limit on address space (ulimit -v) or that of the container,
// whichever is least. What others use of it is not subtracted.
double memory_limit_bytes(void);

#endif
