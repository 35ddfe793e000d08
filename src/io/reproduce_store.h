// reproduce_store.h - finished jobs, kept so that a killed study goes on where it was.
//
// A job's result is one small JSON file named by its key, the hash of everything that determines
// it. It is written under a temporary name and renamed, so it is complete or not there; a file that
// is damaged nevertheless counts as not there. Several processes may share a folder.

#ifndef DCAT_IO_REPRODUCE_STORE_H
#define DCAT_IO_REPRODUCE_STORE_H

#include "dcat/error.h"
#include <jansson.h>
#include <stddef.h>

// SHA-256 of a text, lower-case hex.
typedef struct reproduce_key {
    char hex[65];
} reproduce_key;

reproduce_key reproduce_key_of(const char *text, size_t length);

typedef struct reproduce_store {
    const char *folder; // borrowed; NULL: nothing is kept
} reproduce_store;

// Use a folder, made when needed; anew forgets what it holds. Errors: ERR_IO, ERR_MEMORY.
dcat_status reproduce_store_open(const char *folder, bool anew, reproduce_store *store,
                                 dcat_error *err);

// The document kept under a key: a new reference, or NULL.
json_t *reproduce_store_get(const reproduce_store *store, const reproduce_key *key);

// Keep a document; released either way. NULL is ERR_MEMORY. Errors: ERR_IO, ERR_MEMORY.
dcat_status reproduce_store_put(const reproduce_store *store, const reproduce_key *key,
                                json_t *document, dcat_error *err);

// Remove what this file writes, and the folder if nothing else is in it.
void reproduce_store_remove(const reproduce_store *store);

#endif
