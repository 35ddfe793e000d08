// SPDX-License-Identifier: Apache-2.0
// signer.h (internal) - checkpoints, signed on a thread beside the writer.

#ifndef DCAT_EXCHANGE_LIVE_SIGNER_H
#define DCAT_EXCHANGE_LIVE_SIGNER_H

#include "exchange/log/keeper.h"

typedef struct signer signer;

// ready: called by its thread whenever something is signed. Errors: those of log_keeper_create.
dcat_status signer_start(const char *folder, const exchange_store *store, void (*ready)(void *user),
                         void *user, signer **s, dcat_error *err);
void signer_stop(signer *s); // nullable

// ---- the writer
// Sign the first events, which are committed. While it works, the last of such wishes waits.
void signer_ask(signer *s, uint64_t size, const merkle_hash *root);
// What is signed and not yet stored; NULL: nothing. wait: until it has nothing more to do.
const exchange_signed *signer_look(signer *s, bool wait);
void signer_stored(signer *s); // that: it goes on

#endif
