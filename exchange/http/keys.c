// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/keys.h"

#include "exchange/http/limits.h"
#include "exchange/sign/sign.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_BYTES = 32 };

typedef struct entry {
    exchange_key_view view;
    int32_t role, next; // next of its bucket
    rate_limit used;
} entry;

struct http_keys {
    pthread_rwlock_t lock;
    pthread_mutex_t limits;
    double rate_per_s;
    int32_t count, max;
    uint32_t mask;
    int32_t *buckets; // [mask + 1] number of an entry, or -1
    entry *entries;   // [max] as they came
};

static const char *const role_words[] = {
#define ROLE_WORD(name, text) text,
    EXCHANGE_ROLES(ROLE_WORD)
#undef ROLE_WORD
};

http_keys *http_keys_create(int32_t key_max, double rate_per_s)
{
    http_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        return NULL;
    }
    uint32_t size = 16;
    while (size < 2 * (uint32_t)key_max) {
        size *= 2;
    }
    *keys = (http_keys){.rate_per_s = rate_per_s, .max = key_max, .mask = size - 1};
    pthread_rwlock_init(&keys->lock, NULL);
    pthread_mutex_init(&keys->limits, NULL);
    keys->buckets = malloc(size * sizeof *keys->buckets);
    keys->entries = calloc((size_t)key_max, sizeof *keys->entries);
    if (keys->buckets == NULL || keys->entries == NULL) {
        http_keys_destroy(keys);
        return NULL;
    }
    memset(keys->buckets, 0xff, size * sizeof *keys->buckets);
    return keys;
}

void http_keys_destroy(http_keys *keys)
{
    if (keys != NULL) {
        pthread_rwlock_destroy(&keys->lock);
        pthread_mutex_destroy(&keys->limits);
        free(keys->buckets);
        free(keys->entries);
        free(keys);
    }
}

// ---- texts

exchange_key http_key_hash(const char *text)
{
    exchange_key hash;
    crypto_generichash(hash.byte, sizeof hash.byte, (const unsigned char *)text, strlen(text), NULL,
                       0);
    return hash;
}

void http_key_make(exchange_role role, char text[HTTP_KEY_BYTES], exchange_key *hash)
{
    unsigned char secret[SECRET_BYTES];
    randombytes_buf(secret, sizeof secret);
    char letters[sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    sodium_bin2base64(letters, sizeof letters, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(text, HTTP_KEY_BYTES, "dk_%s_%s", role_words[role], letters);
    *hash = http_key_hash(text);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(letters, sizeof letters);
}

// ---- the table

static uint32_t bucket_of(const http_keys *keys, const exchange_key *key)
{
    uint32_t word;
    memcpy(&word, key->byte, sizeof word);
    return word & keys->mask;
}

void http_keys_read(http_keys *keys, const exchange *x)
{
    pthread_rwlock_wrlock(&keys->lock);
    for (int32_t i = 0; i < keys->max; i++) {
        exchange_key_view view;
        if (!exchange_key_at(x, i, &view)) {
            break;
        }
        entry *e = &keys->entries[i];
        if (i >= keys->count) {
            uint32_t bucket = bucket_of(keys, &view.key);
            e->role = exchange_party_role(x, view.party);
            e->next = keys->buckets[bucket];
            keys->buckets[bucket] = i;
            keys->count = i + 1;
        }
        e->view = view;
    }
    pthread_rwlock_unlock(&keys->lock);
}

// Under the lock. Hashes of keys are compared in constant time.
static int32_t find(const http_keys *keys, const exchange_key *key, int kind)
{
    for (int32_t i = keys->buckets[bucket_of(keys, key)]; i >= 0; i = keys->entries[i].next) {
        const exchange_key_view *view = &keys->entries[i].view;
        if ((kind < 0 || (int)view->kind == kind) &&
            sodium_memcmp(view->key.byte, key->byte, sizeof key->byte) == 0) {
            return i;
        }
    }
    return -1;
}

static bool in_force(const exchange_key_view *view, int64_t now_ns)
{
    return !view->revoked && (view->expires_ns == 0 || now_ns < view->expires_ns);
}

bool http_keys_find(http_keys *keys, const char *text, int64_t now_ns, http_caller *caller)
{
    size_t length = strlen(text);
    if (length >= HTTP_KEY_BYTES || strncmp(text, "dk_", 3) != 0) {
        return false;
    }
    exchange_key hash = http_key_hash(text);
    pthread_rwlock_rdlock(&keys->lock);
    int32_t i = find(keys, &hash, EXCHANGE_KEY_BEARER);
    bool good = i >= 0 && in_force(&keys->entries[i].view, now_ns);
    if (good) {
        *caller = (http_caller){keys->entries[i].view.party, keys->entries[i].role, i};
    }
    pthread_rwlock_unlock(&keys->lock);
    return good;
}

bool http_keys_allow(http_keys *keys, const http_caller *caller, int64_t now_ns)
{
    pthread_mutex_lock(&keys->limits);
    bool may = limit_take(&keys->entries[caller->key].used, keys->rate_per_s, now_ns);
    pthread_mutex_unlock(&keys->limits);
    return may;
}

bool http_keys_signed(http_keys *keys, int32_t party, int64_t now_ns, const char *kind,
                      const json_t *document, const char *signature)
{
    bool good = false;
    pthread_rwlock_rdlock(&keys->lock);
    for (int32_t i = 0; i < keys->count && !good; i++) {
        const exchange_key_view *view = &keys->entries[i].view;
        good = view->kind == EXCHANGE_KEY_SIGN && view->party == party && in_force(view, now_ns) &&
               sign_check(view->key.byte, kind, document, signature);
    }
    pthread_rwlock_unlock(&keys->lock);
    return good;
}

int32_t http_keys_party(http_keys *keys, const exchange_key *key, bool *revoked)
{
    pthread_rwlock_rdlock(&keys->lock);
    int32_t i = find(keys, key, -1), party = -1;
    if (i >= 0) {
        party = keys->entries[i].view.party;
        *revoked = keys->entries[i].view.revoked;
    }
    pthread_rwlock_unlock(&keys->lock);
    return party;
}
