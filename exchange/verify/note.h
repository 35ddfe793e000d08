// SPDX-License-Identifier: Apache-2.0
// note.h - signed checkpoints of C2SP, read by who trusts nobody: signed-note, tlog-checkpoint,
// tlog-cosignature.

#ifndef DCAT_EXCHANGE_VERIFY_NOTE_H
#define DCAT_EXCHANGE_VERIFY_NOTE_H

#include "dcat/error.h"
#include "exchange/verify/tree.h"

enum { VERIFY_NAME = 256, VERIFY_NOTE = 16384, VERIFY_KEYS = 64, VERIFY_KEY_TEXT = 384 };
enum { VERIFY_LOG = 0x01, VERIFY_WITNESS = 0x04 }; // what a key signs

typedef struct verify_key {
    char name[VERIFY_NAME];
    unsigned char id[4], type, key[32];
} verify_key;

// NAME+ID+KEY. Errors: ERR_FORMAT.
dcat_status verify_key_read(const char *text, verify_key *key, dcat_error *err);
void verify_key_write(const verify_key *key, char text[VERIFY_KEY_TEXT]);
// Of a public key: sets the id.
bool verify_key_name(verify_key *key, const char *name, unsigned char type);

// Size and root of a log, by a text that may be signed. text: [text_bytes] the note's own, without
// signatures; all of it is [bytes] long, and belongs to the caller.
typedef struct verify_note {
    const char *text;
    size_t text_bytes, bytes;
    char origin[VERIFY_NAME];
    uint64_t size;
    verify_hash root;
} verify_note;

// Errors: ERR_FORMAT. It says nothing about signatures.
dcat_status verify_note_read(const char *text, size_t bytes, verify_note *note, dcat_error *err);

// Whether the key signed it. Another line under the name and id of the key that it did not sign
// spoils the note.
bool verify_note_signed(const verify_note *note, const verify_key *key);
// How many of the keys cosigned it; each counts once, whatever its name.
size_t verify_note_cosigned(const verify_note *note, const verify_key *keys, size_t count);

// A line of a cosignature by a secret key as libsodium has it (64 bytes); its length, or 0.
size_t verify_cosign(const verify_note *note, const verify_key *key, const unsigned char *secret,
                     int64_t unix_s, char line[VERIFY_KEY_TEXT]);

#endif
