// SPDX-License-Identifier: Apache-2.0
// rows.h (internal) - what the writers of rows share.

#ifndef DCAT_EXCHANGE_STORE_ROWS_ROWS_H
#define DCAT_EXCHANGE_STORE_ROWS_ROWS_H

#include "exchange/store/object.h"

int64_t rows_sequence(const exchange_store *store); // of the event at work
bool rows_add_account(exchange_store *store, int32_t id, int32_t party, const char *kind);
// The word for a pool: "main" where servers are one number each.
const char *rows_pool(const exchange_store *store, int32_t pool);

// ---- made.c
bool rows_add_made(exchange_store *store, const body_entry *entry);

#endif
