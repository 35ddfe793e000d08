// SPDX-License-Identifier: Apache-2.0
// Joining and leaving the ranks of an MPI run; ranks_mpi_talk.c is how they talk.

#include "tool/ranks/ranks_mpi.h"

#include "tool/cli.h"
#include "tool/ranks/ranks_mpi_talk.h"
#include "tool/stop.h"

#include <math.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_PATIENCE_S 5.0

bool ranks_mpi_built(void)
{
    return true;
}

// The checker of MPI calls knows MPI_Wait; these requests are waited for by MPI_Test, in wait_for.
// NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker)

// Wait until all ranks are here and learn the highest code; false when patience is over first.
static bool gather(int *code, double patience_s)
{
    double start_s = cli_clock_s();
    int own = *code;
    int done = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    if (MPI_Iallreduce(&own, code, 1, MPI_INT, MPI_MAX, mpi.comm, &request) != MPI_SUCCESS) {
        return false;
    }
    mpi_patience p = PATIENT;
    for (; !done && cli_clock_s() - start_s < patience_s; mpi_rest(&p)) {
        if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
            return false;
        }
    }
    return done != 0;
}

// Of the leak checker, when there is one. It is asked before MPI unloads its modules, as afterwards
// it could not say whose the leaks are.
__attribute__((weak)) void __lsan_do_leak_check(void); // NOLINT(bugprone-reserved-identifier)

static int leave(int code, double patience_s)
{
    if (mpi.phase == OUTSIDE) {
        return code;
    }
    bool together = mpi.phase == INSIDE && gather(&code, patience_s);
    mpi.phase = OUTSIDE;
    code = together || code != 0 ? code : 1;
    if (!together && cli_stop_asked()) { // the launcher is ending the run already
        fflush(NULL);
        _exit(code);
    }
    if (!together) { // the others wait for what never comes
        MPI_Abort(mpi.comm, code);
    }
    if (__lsan_do_leak_check != NULL) {
        __lsan_do_leak_check();
    }
    MPI_Comm_free(&mpi.comm);
    MPI_Finalize();
    return code;
}

int ranks_mpi_end(int code)
{
    return leave(code, INFINITY);
}

// A rank that leaves by exit() does so together with all others, or something is wrong with it.
static void leave_at_exit(int code, void *unused)
{
    (void)unused;
    leave(code, EXIT_PATIENCE_S);
}

dcat_status ranks_mpi_start(dcat_ranks *ranks, dcat_error *err)
{
    int provided = MPI_THREAD_SINGLE;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS) {
        return dcat_fail(err, DCAT_ERR_IO, "MPI does not start");
    }
    mpi.phase = INSIDE;
    on_exit(leave_at_exit, NULL);
    int code = MPI_Comm_dup(MPI_COMM_WORLD, &mpi.comm);
    if (code != MPI_SUCCESS) {
        return mpi_fail(code, "starting", err);
    }
    MPI_Comm_set_errhandler(mpi.comm, MPI_ERRORS_RETURN);
    if (provided < MPI_THREAD_SERIALIZED) {
        return dcat_fail(err, DCAT_ERR_IO, "this MPI library does not allow threads");
    }
    *ranks = mpi_talk();
    MPI_Comm_rank(mpi.comm, &mpi.rank);
    ranks->rank = mpi.rank;
    MPI_Comm_size(mpi.comm, &ranks->count);
    return DCAT_OK;
}

int ranks_mpi_core_share(void)
{
    cpu_set_t own;
    cpu_set_t all;
    CPU_ZERO(&own);
    CPU_ZERO(&all);
    MPI_Comm node = MPI_COMM_NULL;
    int rank_count = 1;
    if (sched_getaffinity(0, sizeof own, &own) != 0 ||
        MPI_Comm_split_type(mpi.comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node) !=
            MPI_SUCCESS) {
        return 1;
    }
    MPI_Comm_size(node, &rank_count);
    int code = MPI_Allreduce(&own, &all, (int)sizeof own, MPI_BYTE, MPI_BOR, node);
    MPI_Comm_free(&node);
    int share = code == MPI_SUCCESS ? CPU_COUNT(&all) / rank_count : 1;
    return share > 1 ? share : 1;
}

// NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker)
