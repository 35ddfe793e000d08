// SPDX-License-Identifier: Apache-2.0
// keeper.h - who signs a log: beside its writer, from the bytes that stand in it.
//
// The writer has leaves in memory. The keeper hashes the bodies again as they are stored, comes to
// a root of its own, and signs only what both agree on and what extends the checkpoint before: its
// tree begins with that one's root, or it does not begin.

#ifndef DCAT_EXCHANGE_LOG_KEEPER_H
#define DCAT_EXCHANGE_LOG_KEEPER_H

#include "exchange/log/key.h"

typedef struct log_keeper log_keeper;

// Errors: those of log_key_open; ERR_FORMAT (what was signed last is not in the log), ERR_IO,
// ERR_MEMORY.
dcat_status log_keeper_create(const char *folder, const exchange_store *store, log_keeper **keeper,
                              dcat_error *err);
void log_keeper_destroy(log_keeper *keeper); // nullable

// Sign the first `size` events, whose root the writer has, and which are committed. Touches no
// store, so it may go on beside one. What is signed is for exchange_store_sign, and points into the
// keeper until the next call. A long way is gone in steps: while there is no note, store what there
// is, and call again. Errors: ERR_FORMAT (the bytes are not those that were written), ERR_IO,
// ERR_MEMORY.
dcat_status log_keeper_sign(log_keeper *keeper, uint64_t size, const merkle_hash *root,
                            exchange_signed *signed_, dcat_error *err);

// All of a store that nobody writes to meanwhile, signed and committed.
dcat_status log_keeper_sign_all(log_keeper *keeper, exchange_store *store, dcat_error *err);

#endif
