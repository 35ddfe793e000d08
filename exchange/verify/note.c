// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/note.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define DASH "\u2014 "

// The bytes of a text, exactly so many, by the one text that they have: libsodium takes some bytes
// that are no letters for letters.
static bool bytes_of(const char *text, size_t length, unsigned char *bytes, size_t count)
{
    char again[VERIFY_KEY_TEXT];
    size_t found = 0;
    const char *end = NULL;
    return length + 1 == sodium_base64_encoded_len(count, BASE64) && length < sizeof again &&
           sodium_base642bin(bytes, count, text, length, NULL, &found, &end, BASE64) == 0 &&
           found == count &&
           memcmp(sodium_bin2base64(again, sizeof again, bytes, count, BASE64), text, length) == 0;
}

// ---- keys

static void make_id(const verify_key *key, unsigned char id[4])
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)key->name, strlen(key->name));
    crypto_hash_sha256_update(&state, (const unsigned char *)"\n", 1);
    crypto_hash_sha256_update(&state, &key->type, 1);
    crypto_hash_sha256_update(&state, key->key, sizeof key->key);
    crypto_hash_sha256_final(&state, hash);
    memcpy(id, hash, 4);
}

bool verify_key_name(verify_key *key, const char *name, unsigned char type)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        if (name[i] <= ' ' || name[i] == '+' || name[i] > '~') {
            return false;
        }
    }
    if (length == 0 || length >= VERIFY_NAME) {
        return false;
    }
    memcpy(key->name, name, length + 1);
    key->type = type;
    make_id(key, key->id);
    return true;
}

dcat_status verify_key_read(const char *text, verify_key *key, dcat_error *err)
{
    *key = (verify_key){.type = 0};
    const char *digits = strchr(text, '+'), *base = NULL;
    unsigned char typed[33], id[4];
    size_t found = 0;
    char name[VERIFY_NAME] = "";
    bool good =
        digits != NULL && digits - text < VERIFY_NAME && strlen(digits) > 10 && digits[9] == '+';
    if (good) {
        base = &digits[10];
        memcpy(name, text, (size_t)(digits - text));
        good = bytes_of(base, strcspn(base, "\r\n"), typed, sizeof typed) &&
               sodium_hex2bin(id, sizeof id, &digits[1], 8, NULL, &found, NULL) == 0 &&
               found == sizeof id && (typed[0] == VERIFY_LOG || typed[0] == VERIFY_WITNESS);
    }
    if (good) {
        memcpy(key->key, &typed[1], sizeof key->key);
        good = verify_key_name(key, name, typed[0]) && memcmp(id, key->id, sizeof id) == 0;
    }
    if (good) { // nor have keys more than one text
        char again[VERIFY_KEY_TEXT];
        verify_key_write(key, again);
        good = strlen(again) == strcspn(text, "\r\n") && strncmp(again, text, strlen(again)) == 0;
    }
    return good ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_FORMAT,
                            "a key is NAME+ID+KEY as signed-note has it, got %.80s", text);
}

void verify_key_write(const verify_key *key, char text[VERIFY_KEY_TEXT])
{
    unsigned char typed[33] = {key->type};
    char digits[9], base[sodium_base64_ENCODED_LEN(sizeof typed, BASE64)];
    memcpy(&typed[1], key->key, sizeof key->key);
    sodium_bin2hex(digits, sizeof digits, key->id, sizeof key->id);
    sodium_bin2base64(base, sizeof base, typed, sizeof typed, BASE64);
    snprintf(text, VERIFY_KEY_TEXT, "%s+%s+%s", key->name, digits, base);
}

// ---- the text

static dcat_status bad(const char *what, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_FORMAT, "the checkpoint is none: %s", what);
}

// Where the signatures begin: behind the last empty line.
static const char *signatures_of(const char *text, size_t bytes)
{
    for (size_t i = bytes; i >= 2; i--) {
        if (text[i - 1] == '\n' && text[i - 2] == '\n') {
            return &text[i];
        }
    }
    return NULL;
}

static bool is_plain(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)text[i] < ' ' && text[i] != '\n') {
            return false;
        }
    }
    return bytes > 0 && text[bytes - 1] == '\n';
}

// Every line behind the text is of a signature.
static bool lines_are_signatures(const char *at, const char *end)
{
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t dash = strlen(DASH);
        if (stop == NULL || (size_t)(stop - at) <= dash || memcmp(at, DASH, dash) != 0 ||
            memchr(at + dash, ' ', (size_t)(stop - at) - dash) == NULL) {
            return false;
        }
        at = stop + 1;
    }
    return true;
}

dcat_status verify_note_read(const char *text, size_t bytes, verify_note *note, dcat_error *err)
{
    *note = (verify_note){.text = text, .bytes = bytes};
    if (bytes > VERIFY_NOTE || !is_plain(text, bytes)) {
        return bad("it has more than text, or too much of it", err);
    }
    const char *lines = signatures_of(text, bytes);
    if (lines == NULL || lines == text + bytes || !lines_are_signatures(lines, text + bytes)) {
        return bad("it has no signatures", err);
    }
    note->text_bytes = (size_t)(lines - 1 - text);
    const char *end = text + note->text_bytes, *line[4] = {text};
    for (int i = 1; i <= 3; i++) {
        const char *stop = memchr(line[i - 1], '\n', (size_t)(end - line[i - 1]));
        if (stop == NULL || stop == line[i - 1]) {
            return bad("its first three lines are origin, size and root", err);
        }
        line[i] = stop + 1;
    }
    size_t length = (size_t)(line[1] - 1 - line[0]), digits = (size_t)(line[2] - 1 - line[1]);
    if (line[3] != end || length >= VERIFY_NAME) { // extensions say what nobody can check
        return bad("it has more than three lines, or a long name", err);
    }
    memcpy(note->origin, line[0], length);
    for (size_t i = 0; i < digits; i++) {
        if (line[1][i] < '0' || line[1][i] > '9' || digits > 18 || (i > 0 && line[1][0] == '0')) {
            return bad("its size is no number", err);
        }
        note->size = note->size * 10 + (uint64_t)(line[1][i] - '0');
    }
    return bytes_of(line[2], (size_t)(line[3] - 1 - line[2]), note->root.byte, VERIFY_HASH)
               ? DCAT_OK
               : bad("its root is no hash", err);
}

// ---- signatures

// The signature of the line at `at` when it is under this name and id: [64] or with its time [72];
// sets where the next line begins.
static bool line_of(const verify_note *note, const char **at, const verify_key *key,
                    unsigned char *signature, size_t count)
{
    const char *end = note->text + note->bytes;
    const char *name = *at + strlen(DASH), *stop = memchr(*at, '\n', (size_t)(end - *at));
    const char *space = memchr(name, ' ', (size_t)(stop - name));
    *at = stop + 1;
    size_t length = (size_t)(space - name);
    unsigned char bytes[4 + 72];
    if (length != strlen(key->name) || memcmp(name, key->name, length) != 0 ||
        !bytes_of(space + 1, (size_t)(stop - space - 1), bytes, 4 + count) ||
        memcmp(bytes, key->id, 4) != 0) {
        return false;
    }
    memcpy(signature, &bytes[4], count);
    return true;
}

static size_t cosigned_text(const verify_note *note, uint64_t unix_s, unsigned char *text)
{
    int used = snprintf((char *)text, 64, "cosignature/v1\ntime %" PRIu64 "\n", unix_s);
    memcpy(&text[used], note->text, note->text_bytes);
    return (size_t)used + note->text_bytes;
}

static bool signature_is_good(const verify_note *note, const verify_key *key,
                              const unsigned char *signature)
{
    if (key->type == VERIFY_LOG) {
        return crypto_sign_verify_detached(signature, (const unsigned char *)note->text,
                                           note->text_bytes, key->key) == 0;
    }
    unsigned char text[VERIFY_NOTE + 64];
    uint64_t unix_s = 0;
    for (int i = 0; i < 8; i++) {
        unix_s = unix_s << 8 | signature[i];
    }
    size_t bytes = cosigned_text(note, unix_s, text);
    return unix_s <= INT64_MAX &&
           crypto_sign_verify_detached(&signature[8], text, bytes, key->key) == 0;
}

bool verify_note_signed(const verify_note *note, const verify_key *key)
{
    const char *at = note->text + note->text_bytes + 1, *end = note->text + note->bytes;
    bool found = false;
    while (at < end) {
        unsigned char signature[72];
        if (line_of(note, &at, key, signature, key->type == VERIFY_LOG ? 64 : 72)) {
            if (!signature_is_good(note, key, signature)) {
                return false;
            }
            found = true;
        }
    }
    return found;
}

size_t verify_note_cosigned(const verify_note *note, const verify_key *keys, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = false; // one key under two names is one witness
        for (size_t j = 0; j < i; j++) {
            again = again || memcmp(keys[i].key, keys[j].key, sizeof keys[i].key) == 0;
        }
        found += !again && keys[i].type == VERIFY_WITNESS && verify_note_signed(note, &keys[i]);
    }
    return found;
}

size_t verify_cosign(const verify_note *note, const verify_key *key, const unsigned char *secret,
                     int64_t unix_s, char line[VERIFY_KEY_TEXT])
{
    unsigned char text[VERIFY_NOTE + 64], bytes[4 + 8 + 64];
    char base[sodium_base64_ENCODED_LEN(sizeof bytes, BASE64)];
    size_t length = cosigned_text(note, (uint64_t)unix_s, text);
    memcpy(bytes, key->id, 4);
    for (int i = 0; i < 8; i++) {
        bytes[4 + i] = (unsigned char)((uint64_t)unix_s >> (56 - 8 * i));
    }
    if (unix_s < 0 || crypto_sign_detached(&bytes[12], NULL, text, length, secret) != 0) {
        return 0;
    }
    sodium_bin2base64(base, sizeof base, bytes, sizeof bytes, BASE64);
    int used = snprintf(line, VERIFY_KEY_TEXT, DASH "%s %s\n", key->name, base);
    return used > 0 && used < VERIFY_KEY_TEXT ? (size_t)used : 0;
}
