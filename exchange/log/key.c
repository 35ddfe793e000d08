// SPDX-License-Identifier: Apache-2.0
// What C2SP asks for: signed-note and tlog-checkpoint.
#include "exchange/log/key.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define TYPE_ED25519 0x01

// Neither spaces nor + may stand in the name of a key.
static void write_origin(const char *name, char origin[LOG_NAME_SIZE])
{
    size_t used = (size_t)snprintf(origin, LOG_NAME_SIZE, LOG_ORIGIN);
    for (const char *c = name; *c != '\0' && used + 4 <= LOG_NAME_SIZE; c++) {
        bool plain = *c != ' ' && *c != '+' && *c != '%';
        used += (size_t)snprintf(&origin[used], LOG_NAME_SIZE - used, plain ? "%c" : "%%%02X",
                                 (unsigned char)*c);
    }
}

static void name_key(log_key *key)
{
    unsigned char typed[1 + SIGN_PUBLIC_BYTES] = {TYPE_ED25519}, hash[crypto_hash_sha256_BYTES];
    char digits[2 * LOG_ID_BYTES + 1], text[sodium_base64_ENCODED_LEN(sizeof typed, BASE64)];
    sign_key_public(&key->key, &typed[1]);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)key->origin, strlen(key->origin));
    crypto_hash_sha256_update(&state, (const unsigned char *)"\n", 1);
    crypto_hash_sha256_update(&state, typed, sizeof typed);
    crypto_hash_sha256_final(&state, hash);
    memcpy(key->id, hash, LOG_ID_BYTES);
    sign_hex(hash, LOG_ID_BYTES, digits);
    sodium_bin2base64(text, sizeof text, typed, sizeof typed, BASE64);
    snprintf(key->verifier, sizeof key->verifier, "%s+%s+%s", key->origin, digits, text);
}

// Whether checkpoints were signed before.
static bool has_signed(const exchange_store *store)
{
    return exchange_store_signed(store).size > 0;
}

dcat_status log_key_open(const char *folder, const exchange_store *store, log_key *key,
                         dcat_error *err)
{
    const exchange_setup *setup = exchange_store_setup_view(store);
    *key = (log_key){0};
    write_origin(setup->name, key->origin);
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/" LOG_KEY_FILE, folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the folder's name is too long");
    }
    dcat_status status = DCAT_OK;
    if (setup->seeds_given) {
        unsigned char seed[crypto_sign_SEEDBYTES], public_key[SIGN_PUBLIC_BYTES];
        crypto_hash_sha256(seed, (const unsigned char *)"dcat simulation", 15);
        crypto_sign_seed_keypair(public_key, key->key.secret, seed);
    } else if (access(path, F_OK) == 0) {
        status = sign_key_load(path, &key->key, err);
    } else if (has_signed(store)) {
        status = dcat_fail(err, DCAT_ERR_NOT_FOUND,
                           "%s is missing, which signed the checkpoints of this log: put it back, "
                           "or make another one by dcat key new --log, of which everybody must be "
                           "told who checks them",
                           path);
    } else {
        status = sign_key_new(path, &key->key, err);
    }
    if (status == DCAT_OK) {
        name_key(key);
    }
    return status;
}

bool log_key_note(const log_key *key, uint64_t size, const merkle_hash *root,
                  char note[LOG_NOTE_SIZE])
{
    char root_text[sodium_base64_ENCODED_LEN(MERKLE_BYTES, BASE64)];
    unsigned char signature[LOG_ID_BYTES + SIGN_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof signature, BASE64)];
    sodium_bin2base64(root_text, sizeof root_text, root->byte, MERKLE_BYTES, BASE64);
    int used = snprintf(note, LOG_NOTE_SIZE, "%s\n%" PRIu64 "\n%s\n", key->origin, size, root_text);
    memcpy(signature, key->id, LOG_ID_BYTES);
    if (used < 0 || used >= LOG_NOTE_SIZE ||
        crypto_sign_detached(&signature[LOG_ID_BYTES], NULL, (const unsigned char *)note,
                             (unsigned long long)used, key->key.secret) != 0) {
        return false;
    }
    sodium_bin2base64(text, sizeof text, signature, sizeof signature, BASE64);
    size_t left = LOG_NOTE_SIZE - (size_t)used;
    int more = snprintf(&note[used], left, "\n\u2014 %s %s\n", key->origin, text);
    return more > 0 && (size_t)more < left;
}
