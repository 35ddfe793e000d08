// SPDX-License-Identifier: Apache-2.0
// ranks_mpi.h (for ranks.c alone) - the ranks of an MPI program. ranks_mpi.c is the only file that
// knows MPI; a build without it has ranks_alone.c instead.

#ifndef DCAT_TOOL_RANKS_RANKS_MPI_H
#define DCAT_TOOL_RANKS_RANKS_MPI_H

#include "dcat/x/ranks.h"

// Whether this build knows MPI. Without it the others are never called, but for _end.
bool ranks_mpi_built(void);

// Join the processes that the launcher started. A program that leaves by exit() afterwards, as argp
// does after a wrong option, leaves MPI as well. Errors: ERR_IO.
dcat_status ranks_mpi_start(dcat_ranks *ranks, dcat_error *err);

// Cores that the launcher gives this machine's ranks together, divided among them; at least 1.
int ranks_mpi_core_share(void);

// Wait for all ranks, however long they work, and leave MPI: the highest of their codes. Does
// nothing when MPI was not joined.
int ranks_mpi_end(int code);

#endif
