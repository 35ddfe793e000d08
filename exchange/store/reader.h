// SPDX-License-Identifier: Apache-2.0
// reader.h - looking into the tables of a log beside the process that writes it.
//
// A connection that can neither write nor checkpoint: of SQLite before 3.51.3 two connections that
// do either can lose what is in the WAL. A statement that takes more of its thread's processor time
// than the time-out, or ten times as long by the clock, is interrupted, so that nobody keeps the
// WAL from being brought over.

#ifndef DCAT_EXCHANGE_STORE_READER_H
#define DCAT_EXCHANGE_STORE_READER_H

#include "dcat/error.h"
#include "exchange/store/merkle.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>

typedef struct exchange_reader exchange_reader;

// Errors: ERR_NOT_FOUND, ERR_FORMAT (no log of this version), ERR_IO, ERR_MEMORY.
dcat_status exchange_reader_open(const char *folder, int timeout_ms, exchange_reader **reader,
                                 dcat_error *err);
void exchange_reader_close(exchange_reader *reader);

// The connection, its time running from now, in the calling thread. Finalize or reset statements
// before the next call.
sqlite3 *exchange_reader_start(exchange_reader *reader);

// ---- a copy of the whole, while another thread or process writes: neither waits for the other

typedef struct exchange_backup { // what the copy has
    uint64_t events;
    merkle_hash root;
} exchange_backup;

// The log of a folder to a file that must not exist, and does only when it is whole and on the
// disk. stop: Nullable; set by another thread, it ends it early. Errors: ERR_EXISTS, ERR_NOT_FOUND,
// ERR_RANGE, ERR_IO (also when it was stopped), ERR_MEMORY; there is no file then.
dcat_status exchange_backup_make(const char *folder, const char *path, atomic_bool *stop,
                                 exchange_backup *made, dcat_error *err);

#endif
