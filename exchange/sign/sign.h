// SPDX-License-Identifier: Apache-2.0
// sign.h - documents that nobody can deny: asks and receipts, signed with Ed25519.
//
// What is signed is the name of the kind of document, a line feed and the document as canonical
// JSON: keys sorted, no spaces, text as it is (UTF-8), integers and no other numbers. So a document
// has one text, and a signature under one kind is none under another. Keys and signatures are
// written in lower-case hexadecimal.

#ifndef DCAT_EXCHANGE_SIGN_SIGN_H
#define DCAT_EXCHANGE_SIGN_SIGN_H

#include "dcat/error.h"

#include <jansson.h>
#include <stdbool.h>

#define SIGN_ASK "dcat-ask-v1"
#define SIGN_RECEIPT "dcat-receipt-v1"
#define SIGN_BENCHMARK "dcat-benchmark-v1"

enum { SIGN_PUBLIC_BYTES = 32, SIGN_BYTES = 64, SIGN_SECRET_BYTES = 64, SIGN_DEPTH_MAX = 8 };

typedef struct sign_key {
    unsigned char secret[SIGN_SECRET_BYTES]; // as libsodium keeps it: seed and public key
} sign_key;

// The canonical text, which the caller frees. NULL: a real number, too deep, or without memory.
char *sign_canonical(const json_t *document);

// A new key in a file that must not exist, which only its owner can read: one line, 64 digits.
// Errors: ERR_EXISTS, ERR_IO.
dcat_status sign_key_new(const char *path, sign_key *key, dcat_error *err);
// Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_RANGE (others can read the file).
dcat_status sign_key_load(const char *path, sign_key *key, dcat_error *err);
void sign_key_public(const sign_key *key, unsigned char public_key[SIGN_PUBLIC_BYTES]);

// False where sign_canonical says NULL.
bool sign_document(const sign_key *key, const char *kind, const json_t *document,
                   char signature[2 * SIGN_BYTES + 1]);

// Whether the owner of the key signed just this.
bool sign_check(const unsigned char public_key[SIGN_PUBLIC_BYTES], const char *kind,
                const json_t *document, const char *signature);

// Lower-case digits of bytes, into hex [2 count + 1]; and back: false unless they are just as many.
void sign_hex(const unsigned char *bytes, size_t count, char *hex);
bool sign_from_hex(const char *hex, unsigned char *bytes, size_t count);

#endif
