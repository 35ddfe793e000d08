// SPDX-License-Identifier: Apache-2.0
// ranks.h - dcat under an MPI launcher: one command in several processes.
//
// `mpirun -n 4 dcat compare paper` starts four times the same program. Rank 0 reads, works, writes
// and prints; the others read and work, and what they say is dropped. A program that no launcher
// started never calls MPI. docs/many-machines.md is the manual.

#ifndef DCAT_TOOL_RANKS_RANKS_H
#define DCAT_TOOL_RANKS_RANKS_H

#include "dcat/x/ranks.h"

// First thing in main: find out how many processes there are, see that all were given the same
// command and the same dcat, and share the cores of each machine among its processes (jobs.h: what
// a wish for 0 threads means). Returns 0, or the exit code to leave with; the message is printed.
int cli_ranks_start(int argc, char **argv);

// Last thing in main: wait for the others. All leave with the highest exit code of them.
int cli_ranks_end(int code);

// The exit code of a command that runs in several processes: all of them call it, and the first
// failure is all's. In one process it is cli_exit (cli.h).
int cli_ranks_exit(dcat_status status, const dcat_error *err);

// The processes of this command; NULL when it runs in one.
const dcat_ranks *cli_ranks(void);

// Is this the process that prints and writes?
static inline bool cli_first(void)
{
    return dcat_ranks_first(cli_ranks());
}

#endif
