// SPDX-License-Identifier: Apache-2.0
// Ranks over MPI.
//
// Every wait polls, and gives up when the run is being ended: a launcher that sees one process die
// tells the others by SIGTERM and kills them about a second later, which leaves rank 0 just time
// enough to say what has happened. It also sleeps between looks, so that a rank which waits leaves
// its core to those that work.

#include "tool/ranks/ranks_mpi.h"

#include "tool/cli.h"
#include "tool/stop.h"

#include <limits.h>
#include <math.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define TAG 1
#define CHUNK_MAX (1 << 26) // numbers in one reduction
#define GRACE_S 0.4         // to let an orderly end go through
#define LATER_S 0.2         // that the other ranks wait longer, so that rank 0 is heard
#define EXIT_PATIENCE_S 5.0
#define YIELD_MAX 500 // looks before a wait begins to sleep, some tenths of a millisecond
#define SLEEP_NS 50000

typedef enum phase { OUTSIDE = 0, INSIDE, BROKEN } phase;

static struct {
    phase phase;
    MPI_Comm comm;
    int rank;
} mpi;

bool ranks_mpi_built(void)
{
    return true;
}

// The checker of MPI calls knows MPI_Wait; these requests are waited for by MPI_Test, in wait_for.
// NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker)

// --- waiting

static dcat_status mpi_fail(int code, const char *what, dcat_error *err)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    mpi.phase = BROKEN;
    return dcat_fail(err, DCAT_ERR_IO, "MPI: %s: %.300s", what, text);
}

static dcat_status check_whole(dcat_error *err)
{
    return mpi.phase == INSIDE ? DCAT_OK
                               : dcat_fail(err, DCAT_ERR_IO, "the ranks have lost each other");
}

// One wait: how often it has looked, and when it gives up; < 0: nobody has asked it to.
typedef struct patience {
    long looks;
    double end_s;
} patience;

#define PATIENT ((patience){.end_s = -1.0})

// Choice: the grace begins with the wait, so that an orderly end, which takes as long as the jobs
// that have begun, can still talk afterwards.
static bool is_over(patience *p)
{
    if (!cli_stop_asked()) {
        return false;
    }
    double now_s = cli_clock_s();
    p->end_s = p->end_s < 0.0 ? now_s + GRACE_S + (mpi.rank > 0 ? LATER_S : 0.0) : p->end_s;
    return now_s > p->end_s;
}

static dcat_status over(dcat_error *err)
{
    mpi.phase = BROKEN;
    return dcat_fail(err, DCAT_ERR_IO,
                     "the run was ended: a process of it died, or it was told to stop");
}

static void rest(patience *p)
{
    if (++p->looks <= YIELD_MAX) {
        sched_yield();
        return;
    }
    const struct timespec nap = {.tv_nsec = SLEEP_NS};
    nanosleep(&nap, NULL);
}

static dcat_status wait_for(MPI_Request *request, const char *what, dcat_error *err)
{
    int done = 0;
    for (patience p = PATIENT;;) {
        int code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS) {
            return mpi_fail(code, what, err);
        }
        if (done) {
            return DCAT_OK;
        }
        if (is_over(&p)) {
            return over(err);
        }
        rest(&p);
    }
}

// --- what dcat_ranks asks for

// Choice: one rank adds up and tells the others, instead of an all-reduce, which may add in another
// order at another rank: so all have the same bits whatever the MPI library does.
static dcat_status sum_chunk(double *values, int count, dcat_error *err)
{
    MPI_Request request = MPI_REQUEST_NULL;
    int code = MPI_Ireduce(mpi.rank == 0 ? MPI_IN_PLACE : values, values, count, MPI_DOUBLE,
                           MPI_SUM, 0, mpi.comm, &request);
    if (code != MPI_SUCCESS) {
        return mpi_fail(code, "adding up", err);
    }
    dcat_status status = wait_for(&request, "adding up", err);
    if (status != DCAT_OK) {
        return status;
    }
    code = MPI_Ibcast(values, count, MPI_DOUBLE, 0, mpi.comm, &request);
    return code == MPI_SUCCESS ? wait_for(&request, "telling the sum", err)
                               : mpi_fail(code, "telling the sum", err);
}

static dcat_status sum(void *user, double *values, size_t count, dcat_error *err)
{
    (void)user;
    dcat_status status = check_whole(err);
    for (size_t from = 0; status == DCAT_OK && from < count; from += CHUNK_MAX) {
        size_t left = count - from;
        status = sum_chunk(values + from, (int)(left < CHUNK_MAX ? left : CHUNK_MAX), err);
    }
    return status;
}

static dcat_status send(void *user, int to, const void *bytes, size_t byte_count, dcat_error *err)
{
    (void)user;
    if (byte_count > INT_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a message of %zu bytes is too long", byte_count);
    }
    dcat_status status = check_whole(err);
    if (status != DCAT_OK) {
        return status;
    }
    MPI_Request request = MPI_REQUEST_NULL;
    int code = MPI_Isend(bytes, (int)byte_count, MPI_BYTE, to, TAG, mpi.comm, &request);
    return code == MPI_SUCCESS ? wait_for(&request, "sending", err)
                               : mpi_fail(code, "sending", err);
}

// The message that is next, taken out of the queue so that nothing else can receive it.
static dcat_status next_message(int from, MPI_Message *message, MPI_Status *about, dcat_error *err)
{
    int found = 0;
    for (patience p = PATIENT;;) {
        int code =
            MPI_Improbe(from < 0 ? MPI_ANY_SOURCE : from, TAG, mpi.comm, &found, message, about);
        if (code != MPI_SUCCESS) {
            return mpi_fail(code, "waiting for a message", err);
        }
        if (found) {
            return DCAT_OK;
        }
        if (is_over(&p)) {
            return over(err);
        }
        rest(&p);
    }
}

static dcat_status receive(void *user, int from, int *sender, void **bytes, size_t *byte_count,
                           dcat_error *err)
{
    (void)user;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status about;
    dcat_status status = check_whole(err);
    if (status == DCAT_OK) {
        status = next_message(from, &message, &about, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    int length = 0;
    MPI_Get_count(&about, MPI_BYTE, &length);
    void *made = malloc((size_t)length + 1);
    if (made == NULL) {
        mpi.phase = BROKEN; // the message stays where it is
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a message of %d bytes", length);
    }
    MPI_Request request = MPI_REQUEST_NULL;
    int code = MPI_Imrecv(made, length, MPI_BYTE, &message, &request);
    status = code == MPI_SUCCESS ? wait_for(&request, "receiving", err)
                                 : mpi_fail(code, "receiving", err);
    if (status != DCAT_OK) {
        if (request == MPI_REQUEST_NULL) { // otherwise MPI may still write to it
            free(made);
        }
        return status;
    }
    *sender = about.MPI_SOURCE;
    *bytes = made;
    *byte_count = (size_t)length;
    return DCAT_OK;
}

// An error counts as a message: receive will say which.
static bool waiting(void *user)
{
    (void)user;
    int found = 0;
    return MPI_Iprobe(MPI_ANY_SOURCE, TAG, mpi.comm, &found, MPI_STATUS_IGNORE) != MPI_SUCCESS ||
           found != 0;
}

// --- joining and leaving

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
    patience p = PATIENT;
    for (; !done && cli_clock_s() - start_s < patience_s; rest(&p)) {
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
    *ranks = (dcat_ranks){DCAT_SIZED(dcat_ranks), .sum = sum, .send = send, .receive = receive,
                          .waiting = waiting};
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
