// SPDX-License-Identifier: Apache-2.0
// Ranks over MPI.
//
// Every wait polls, and gives up when the run is being ended: a launcher that sees one process die
// tells the others by SIGTERM and kills them about a second later, which leaves rank 0 just time
// enough to say what has happened. It also sleeps between looks, so that a rank which waits leaves
// its core to those that work.

#include "tool/ranks/ranks_mpi_talk.h"

#include "tool/cli.h"
#include "tool/stop.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define TAG 1
#define CHUNK_MAX (1 << 26) // numbers in one reduction
#define GRACE_S 0.4         // to let an orderly end go through
#define LATER_S 0.2         // that the other ranks wait longer, so that rank 0 is heard
#define YIELD_MAX 500       // looks before a wait begins to sleep, some tenths of a millisecond
#define SLEEP_NS 50000

mpi_state mpi;

// The checker of MPI calls knows MPI_Wait; these requests are waited for by MPI_Test, in wait_for.
// NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker)

// --- waiting

dcat_status mpi_fail(int code, const char *what, dcat_error *err)
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

// Choice: the grace begins with the wait, so that an orderly end, which takes as long as the jobs
// that have begun, can still talk afterwards.
static bool is_over(mpi_patience *p)
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

void mpi_rest(mpi_patience *p)
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
    for (mpi_patience p = PATIENT;;) {
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
        mpi_rest(&p);
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
    for (mpi_patience p = PATIENT;;) {
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
        mpi_rest(&p);
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

dcat_ranks mpi_talk(void)
{
    return (dcat_ranks){DCAT_SIZED(dcat_ranks), .sum = sum, .send = send, .receive = receive,
                        .waiting = waiting};
}

// NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker)
