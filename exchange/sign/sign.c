// SPDX-License-Identifier: Apache-2.0
#include "exchange/sign/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEED_DIGITS = 2 * crypto_sign_SEEDBYTES };

// ---- text

// jansson sorts the keys and escapes; all that is left is to refuse what has more than one text.
static bool is_canonical(const json_t *value, int depth)
{
    if (depth > SIGN_DEPTH_MAX || json_is_real(value)) {
        return false;
    }
    const char *key = NULL;
    json_t *member = NULL;
    json_object_foreach((json_t *)value, key, member)
    {
        if (!is_canonical(member, depth + 1)) {
            return false;
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!is_canonical(json_array_get(value, i), depth + 1)) {
            return false;
        }
    }
    return true;
}

char *sign_canonical(const json_t *document)
{
    return is_canonical(document, 0) ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

void sign_hex(const unsigned char *bytes, size_t count, char *hex)
{
    sodium_bin2hex(hex, 2 * count + 1, bytes, count);
}

bool sign_from_hex(const char *hex, unsigned char *bytes, size_t count)
{
    size_t got = 0;
    return strlen(hex) == 2 * count && strspn(hex, "0123456789abcdef") == 2 * count &&
           sodium_hex2bin(bytes, count, hex, 2 * count, NULL, &got, NULL) == 0 && got == count;
}

// ---- keys

static dcat_status write_line(int file, const char *line, size_t length)
{
    bool ok = write(file, line, length) == (ssize_t)length && fsync(file) == 0;
    return close(file) == 0 && ok ? DCAT_OK : DCAT_ERR_IO;
}

dcat_status sign_key_new(const char *path, sign_key *key, dcat_error *err)
{
    unsigned char seed[crypto_sign_SEEDBYTES], public_key[SIGN_PUBLIC_BYTES];
    char line[SEED_DIGITS + 2];
    if (sodium_init() < 0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "libsodium does not start");
    }
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return dcat_fail(err, errno == EEXIST ? DCAT_ERR_EXISTS : DCAT_ERR_IO, "cannot make %s: %s",
                         path, strerror(errno));
    }
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(public_key, key->secret, seed);
    sign_hex(seed, sizeof seed, line);
    line[SEED_DIGITS] = '\n';
    dcat_status status = write_line(file, line, SEED_DIGITS + 1);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(line, sizeof line);
    if (status != DCAT_OK) {
        unlink(path);
        return dcat_fail(err, status, "cannot write %s", path);
    }
    return DCAT_OK;
}

static dcat_status read_line(const char *path, char *line, size_t room, dcat_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return dcat_fail(err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO,
                         "cannot read %s: %s", path, strerror(errno));
    }
    struct stat about;
    bool open_to_all = fstat(file, &about) == 0 && (about.st_mode & 077) != 0;
    ssize_t got = read(file, line, room - 1);
    close(file);
    if (got < 0) {
        return dcat_fail(err, DCAT_ERR_IO, "cannot read %s", path);
    }
    line[got] = '\0';
    return open_to_all
               ? dcat_fail(err, DCAT_ERR_RANGE,
                           "%s: others may read this key; chmod 600 it and make a new one", path)
               : DCAT_OK;
}

dcat_status sign_key_load(const char *path, sign_key *key, dcat_error *err)
{
    unsigned char seed[crypto_sign_SEEDBYTES], public_key[SIGN_PUBLIC_BYTES];
    char line[SEED_DIGITS + 3];
    dcat_status status = read_line(path, line, sizeof line, err);
    if (status != DCAT_OK) {
        return status;
    }
    line[strcspn(line, "\r\n")] = '\0';
    if (!sign_from_hex(line, seed, sizeof seed)) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s:1: a key is %d hexadecimal digits", path,
                           SEED_DIGITS);
    } else {
        crypto_sign_seed_keypair(public_key, key->secret, seed);
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(line, sizeof line);
    return status;
}

void sign_key_public(const sign_key *key, unsigned char public_key[SIGN_PUBLIC_BYTES])
{
    crypto_sign_ed25519_sk_to_pk(public_key, key->secret);
}

// ---- documents

// Kind, line feed, document; NULL when it has no text.
static char *signed_text(const char *kind, const json_t *document, size_t *length)
{
    char *text = sign_canonical(document), *whole = NULL;
    if (text == NULL) {
        return NULL;
    }
    *length = strlen(kind) + 1 + strlen(text);
    whole = malloc(*length + 1);
    if (whole != NULL) {
        snprintf(whole, *length + 1, "%s\n%s", kind, text);
    }
    free(text);
    return whole;
}

bool sign_document(const sign_key *key, const char *kind, const json_t *document,
                   char signature[2 * SIGN_BYTES + 1])
{
    size_t length = 0;
    char *text = signed_text(kind, document, &length);
    unsigned char bytes[SIGN_BYTES];
    bool ok = text != NULL && crypto_sign_detached(bytes, NULL, (const unsigned char *)text, length,
                                                   key->secret) == 0;
    free(text);
    if (ok) {
        sign_hex(bytes, sizeof bytes, signature);
    }
    return ok;
}

bool sign_check(const unsigned char public_key[SIGN_PUBLIC_BYTES], const char *kind,
                const json_t *document, const char *signature)
{
    unsigned char bytes[SIGN_BYTES];
    if (!sign_from_hex(signature, bytes, sizeof bytes)) {
        return false;
    }
    size_t length = 0;
    char *text = signed_text(kind, document, &length);
    bool ok = text != NULL && crypto_sign_verify_detached(bytes, (const unsigned char *)text,
                                                          length, public_key) == 0;
    free(text);
    return ok;
}
