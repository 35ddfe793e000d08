// SPDX-License-Identifier: Apache-2.0
// child.h - a piece of work in a process of its own, so that what ends it ends nothing else.
//
// For libraries that end the process when something fails. The child is a copy of the caller; it
// leaves its answer in shared memory, prints nothing, and ends with the caller. Threads may do so
// at the same time.

#ifndef DCAT_BOUND_CHILD_H
#define DCAT_BOUND_CHILD_H

#include "dcat/error.h"
#include <stddef.h>

// Zeroed memory that children share with the caller. NULL without memory; child_unshare(NULL, ...)
// does nothing.
void *child_share(size_t byte_count);
void child_unshare(void *memory, size_t byte_count);

// Run work(user) in a child and wait until it ends. Errors: ERR_MEMORY when it could not start, or
// ended before work returned, as `what` does when it gets no memory.
dcat_status child_run(void (*work)(void *user), void *user, const char *what, dcat_error *err);

#endif
