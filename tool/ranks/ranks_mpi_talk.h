// SPDX-License-Identifier: Apache-2.0
// ranks_mpi_talk.h (for ranks_mpi.c) - what ranks over MPI have in common, and how they talk.

#ifndef DCAT_TOOL_RANKS_RANKS_MPI_TALK_H
#define DCAT_TOOL_RANKS_RANKS_MPI_TALK_H

#include "dcat/x/ranks.h"

#include <mpi.h>

typedef enum mpi_phase { OUTSIDE = 0, INSIDE, BROKEN } mpi_phase;

// This process as a rank.
typedef struct mpi_state {
    mpi_phase phase;
    MPI_Comm comm;
    int rank;
} mpi_state;
extern mpi_state mpi;

// The ranks have lost each other: why.
dcat_status mpi_fail(int code, const char *what, dcat_error *err);

// One wait: how often it has looked, and when it gives up; < 0: nobody has asked it to.
typedef struct mpi_patience {
    long looks;
    double end_s;
} mpi_patience;
#define PATIENT ((mpi_patience){.end_s = -1.0})
void mpi_rest(mpi_patience *p);

// The functions of a dcat_ranks; the rest is the caller's to fill in.
dcat_ranks mpi_talk(void);

#endif
