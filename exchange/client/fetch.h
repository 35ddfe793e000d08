// SPDX-License-Identifier: Apache-2.0
// fetch.h - the inputs of a payload, brought into its folder before it starts: by URI, with size
// and SHA-256 checked. Beside everything else, in a thread.

#ifndef DCAT_EXCHANGE_CLIENT_FETCH_H
#define DCAT_EXCHANGE_CLIENT_FETCH_H

#include "dcat/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { FETCH_HTTPS = 1, FETCH_HTTP = 2, FETCH_FILE = 4, FETCH_WHY_SIZE = 256 };

typedef struct fetch_plan {
    const json_t *inputs; // [{uri, bytes, sha256, name}]; name is optional
    const char *folder;   // where they go
    int schemes;          // that are allowed
    double limit_s;       // for all of them together
    uid_t uid; // who reads files and owns what comes; of an agent that is not root nobody else
    gid_t gid;
} fetch_plan;

typedef enum fetch_state {
    FETCH_RUNS,
    FETCH_DONE,
    FETCH_BAD,   // the inputs are not what the task says: its own fault
    FETCH_FAILED // they could not be brought: ours
} fetch_state;

typedef struct fetch fetch;

// Begin. What is in the folder already, whole and right, is not brought again. Errors: ERR_MEMORY,
// ERR_IO.
dcat_status fetch_start(const fetch_plan *plan, fetch **started, dcat_error *err);
// us and bytes: what it took, and what came, once it is done.
fetch_state fetch_look(fetch *f, int64_t *us, int64_t *bytes, char why[FETCH_WHY_SIZE]);
void fetch_end(fetch *f); // nullable; waits for a transfer that is under way to be given up

#endif
