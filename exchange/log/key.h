// SPDX-License-Identifier: Apache-2.0
// key.h - the key of a log: signs its checkpoints. FOLDER/log.key has the secret, the log's table
// log_key the public half as C2SP signed-note writes it.

#ifndef DCAT_EXCHANGE_LOG_KEY_H
#define DCAT_EXCHANGE_LOG_KEY_H

#include "exchange/sign/sign.h"
#include "exchange/store/store.h"

#define LOG_ORIGIN "dcat.exchange/"
#define LOG_KEY_FILE "log.key"

enum { LOG_NAME_SIZE = 224, LOG_VERIFIER_SIZE = 320, LOG_NOTE_SIZE = 768, LOG_ID_BYTES = 4 };

typedef struct log_key {
    sign_key key;
    unsigned char id[LOG_ID_BYTES];
    char origin[LOG_NAME_SIZE];       // of the log and name of the key; "%20" stands for a space
    char verifier[LOG_VERIFIER_SIZE]; // NAME+ID+KEY
} log_key;

// The key of a log; a log that never had one gets one. A simulation hides nothing: its key follows
// from its kind, and no file has it. Errors: ERR_NOT_FOUND (checkpoints were signed by a key whose
// file is missing), those of sign_key_load and sign_key_new.
dcat_status log_key_open(const char *folder, const exchange_store *store, log_key *key,
                         dcat_error *err);

// A checkpoint: text, empty line, signature. False: none fits.
bool log_key_note(const log_key *key, uint64_t size, const merkle_hash *root,
                  char note[LOG_NOTE_SIZE]);

#endif
