// SPDX-License-Identifier: Apache-2.0
// ranks.h - one computation in several processes, on one machine or many.
//
// The library starts no processes and speaks no network protocol: who runs it in several processes
// (the tool does by MPI) says here how they talk. Every process is a rank, has read the same input
// and makes the same calls in the same order; only the work is split. Rank 0 writes what there is
// to write. Results do not depend on the number of ranks; dcat_trainer_epoch says how far that
// holds for training.

#ifndef DCAT_RANKS_H
#define DCAT_RANKS_H

#include "dcat/error.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// One thread of a process at a time calls these; a caller with more than one locks.
typedef struct dcat_ranks {
    size_t size;     // DCAT_SIZED(dcat_ranks)
    int rank, count; // 0 <= rank < count
    void *user;

    // Add up values [count] of all ranks, in place: all ranks call it and get the same bits.
    dcat_status (*sum)(void *user, double *values, size_t count, dcat_error *err);

    // Hand bytes to another rank; returns when they may be reused. Messages of one sender arrive
    // in order.
    dcat_status (*send)(void *user, int to, const void *bytes, size_t byte_count, dcat_error *err);

    // Wait for a message of this rank, or of anyone (from < 0). *bytes is the caller's to free.
    dcat_status (*receive)(void *user, int from, int *sender, void **bytes, size_t *byte_count,
                           dcat_error *err);

    // Is a message of anyone there to be received? Returns at once.
    bool (*waiting)(void *user);
} dcat_ranks;

// Is this the process that writes and prints? ranks is nullable: one process.
DCAT_INLINE bool dcat_ranks_first(const dcat_ranks *ranks)
{
    return ranks == NULL || ranks->rank == 0;
}

#ifdef __cplusplus
}
#endif
#endif
