// SPDX-License-Identifier: Apache-2.0
// job_store.h - finished jobs, kept so that a killed run goes on where it was.
//
// A job's result is one small JSON file named by its key, the hash of everything that determines
// it. It is written under a temporary name and renamed, so it is complete or not there, and carries
// a hash of the result; a file that is damaged nevertheless counts as not there. Several processes
// may share a folder.

#ifndef DCAT_FILE_JOB_STORE_H
#define DCAT_FILE_JOB_STORE_H

#include "dcat/error.h"
#include <jansson.h>
#include <stddef.h>

// SHA-256 of a text, lower-case hex.
typedef struct job_key {
    char hex[65];
} job_key;

job_key job_key_of(const char *text, size_t length);

typedef struct job_store {
    const char *folder; // borrowed; NULL: nothing is kept
    size_t damaged;     // files found so far that are not what was written
} job_store;

// Use a folder, made when needed; anew forgets what it holds. Errors: ERR_IO, ERR_MEMORY.
dcat_status job_store_open(const char *folder, bool anew, job_store *store, dcat_error *err);

// The result kept under a key by jobs of a format: a new reference, or NULL.
json_t *job_store_get(job_store *store, const job_key *key, const char *format);

// Keep a result with its key and format; released either way. NULL is ERR_MEMORY. Errors: ERR_IO,
// ERR_MEMORY.
dcat_status job_store_put(const job_store *store, const job_key *key, const char *format,
                          json_t *result, dcat_error *err);

// Remove what this file writes, and the folder if nothing else is in it.
void job_store_remove(const job_store *store);

#endif
