// SPDX-License-Identifier: Apache-2.0
#include "base/ranks/ranks.h"

#include "base/hash.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The lowest rank that failed, or count. Every rank adds its mark in a place of its own.
static dcat_status find_failed(const dcat_ranks *ranks, bool failed, int *lowest, dcat_error *err)
{
    *lowest = ranks->count;
    double *marks = calloc((size_t)ranks->count, sizeof *marks);
    if (marks == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %d ranks", ranks->count);
    }
    marks[ranks->rank] = failed;
    dcat_status status = ranks->sum(ranks->user, marks, (size_t)ranks->count, err);
    *lowest = 0;
    while (*lowest < ranks->count && marks[*lowest] == 0.0) {
        (*lowest)++;
    }
    free(marks);
    return status;
}

static dcat_status tell_all(const dcat_ranks *ranks, const dcat_error *failure, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int r = 0; status == DCAT_OK && r < ranks->count; r++) {
        if (r != ranks->rank) {
            status = ranks->send(ranks->user, r, failure, sizeof *failure, err);
        }
    }
    return status;
}

static dcat_status hear_from(const dcat_ranks *ranks, int lowest, dcat_error *failure,
                             dcat_error *err)
{
    void *bytes = NULL;
    size_t byte_count = 0;
    int sender = lowest;
    dcat_status status = ranks->receive(ranks->user, lowest, &sender, &bytes, &byte_count, err);
    if (status == DCAT_OK && byte_count != sizeof *failure) {
        status = dcat_fail(err, DCAT_ERR_INTERNAL, "rank %d sent %zu bytes instead of an error",
                           lowest, byte_count);
    }
    if (status == DCAT_OK) {
        memcpy(failure, bytes, sizeof *failure);
        failure->message[sizeof failure->message - 1] = '\0';
    }
    free(bytes);
    return status;
}

dcat_status ranks_agree(const dcat_ranks *ranks, dcat_status own, dcat_error *err)
{
    if (ranks == NULL || ranks->count == 1) {
        return own;
    }
    dcat_error failure = {.status = own};
    if (own != DCAT_OK && err != NULL) {
        failure = *err;
    }
    dcat_error inner = {0};
    int lowest;
    dcat_status status = find_failed(ranks, own != DCAT_OK, &lowest, &inner);
    if (status == DCAT_OK && lowest == ranks->count) {
        return DCAT_OK;
    }
    if (status == DCAT_OK) {
        status = lowest == ranks->rank ? tell_all(ranks, &failure, &inner)
                                       : hear_from(ranks, lowest, &failure, &inner);
    }
    if (status != DCAT_OK) { // there is no agreeing any more
        return own != DCAT_OK ? own : dcat_fail(err, status, "%s", inner.message);
    }
    // What the first rank meets the others have met as well, as they read the same.
    return lowest == 0 ? dcat_fail(err, failure.status, "%s", failure.message)
                       : dcat_fail(err, failure.status, "rank %d: %.480s", lowest, failure.message);
}

dcat_status ranks_same(const dcat_ranks *ranks, const char *what, const void *bytes,
                       size_t byte_count, dcat_error *err)
{
    if (ranks == NULL || ranks->count == 1) {
        return DCAT_OK;
    }
    double *digests = calloc((size_t)ranks->count, sizeof *digests);
    if (digests == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %d ranks", ranks->count);
    }
    digests[ranks->rank] = hash_as_double(bytes, byte_count);
    dcat_status status = ranks->sum(ranks->user, digests, (size_t)ranks->count, err);
    for (int r = 1; status == DCAT_OK && r < ranks->count; r++) {
        if (digests[r] != digests[0]) {
            status = dcat_fail(err, DCAT_ERR_FIELD, "rank %d has %s than rank 0", r, what);
        }
    }
    free(digests);
    return status;
}
