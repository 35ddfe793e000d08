// SPDX-License-Identifier: Apache-2.0
// standin.h - a small HTTP server on a port of its own, whose answers a test gives.

#ifndef DCAT_TESTS_SERVICE_STANDIN_H
#define DCAT_TESTS_SERVICE_STANDIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct standin_request {
    const char *method, *path;          // with its query
    const char *key, *bearer, *last_id; // nullable: headers
    const char *body;                   // "" when there is none
    size_t try_number;                  // of requests to this stand-in, from 1
} standin_request;

typedef struct standin_answer {
    int status;              // 0: the connection is closed without one
    const char *body;        // borrowed until the next request
    char *owned;             // Nullable: instead, and freed
    const char *type;        // NULL: JSON
    const char *retry_after; // Nullable
} standin_answer;

typedef standin_answer standin_handler(void *user, const standin_request *request);

typedef struct standin standin;
standin *standin_start(standin_handler *handler, void *user);
void standin_stop(standin *s);
const char *standin_url(const standin *s);
size_t standin_count(const standin *s); // of requests so far

#endif
