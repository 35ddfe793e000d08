// SPDX-License-Identifier: Apache-2.0
// source.h - where a log to be verified comes from: the data folder of an exchange, as it stands
// when it is opened, a folder in the layout of tlog-tiles (dcat ledger export), or the URL of an
// exchange.

#ifndef DCAT_EXCHANGE_VERIFY_SOURCE_H
#define DCAT_EXCHANGE_VERIFY_SOURCE_H

#include "dcat/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct verify_source verify_source;

// ca_file: nullable, PEM of who may vouch for a URL. Errors: ERR_NOT_FOUND, ERR_FORMAT (a database
// that is no log), ERR_IO, ERR_MEMORY.
dcat_status verify_source_open(const char *where, const char *ca_file, verify_source **source,
                               dcat_error *err);
void verify_source_close(verify_source *source);        // nullable
sqlite3 *verify_source_db(const verify_source *source); // NULL: no data folder

// A resource of the log by its name under /v1/log: "checkpoint", "tile/0/000". The bytes are the
// caller's, one zero byte behind them. Errors: ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
typedef struct verify_bytes {
    char *at;
    size_t count;
} verify_bytes;
dcat_status verify_source_get(verify_source *source, const char *name, verify_bytes *bytes,
                              dcat_error *err);

// A whole file, as a resource. Errors: ERR_NOT_FOUND, ERR_IO.
dcat_status verify_read_file(const char *path, verify_bytes *bytes, dcat_error *err);

// The name of a tile or of entries: "tile/0/x001/234.p/56"; width 256: all of it.
enum { VERIFY_NAME_SIZE = 96 };
void verify_place(const char *what, uint64_t index, uint64_t width, char name[VERIFY_NAME_SIZE]);

// Events in their order; body until the next call. row: of a data folder, its columns seq, epoch,
// slot, at_ns, kind, actor, body, sealed, leaf; NULL elsewhere.
typedef struct verify_entry {
    int64_t seq;
    const char *body;
    size_t body_bytes;
    sqlite3_stmt *row;
} verify_entry;
typedef struct verify_reading { // all zero at first
    verify_source *source;
    uint64_t size; // events in all
    int64_t seq;   // of the last one
    sqlite3_stmt *rows;
    verify_bytes bundle;
    size_t at; // in it
} verify_reading;
// DCAT_OK with entry->seq == 0 behind the last one. Errors: ERR_FORMAT, those of get.
dcat_status verify_next(verify_reading *reading, verify_entry *entry, dcat_error *err);
void verify_reading_end(verify_reading *reading);

#endif
