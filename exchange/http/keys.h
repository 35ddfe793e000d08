// SPDX-License-Identifier: Apache-2.0
// keys.h - who speaks. Bearer keys look like dk_user_ and 43 characters, of which the exchange
// keeps the BLAKE2b hash alone; the public keys of signatures it keeps as they are.

#ifndef DCAT_EXCHANGE_HTTP_KEYS_H
#define DCAT_EXCHANGE_HTTP_KEYS_H

#include "exchange/core/exchange.h"

#include <jansson.h>

enum { HTTP_KEY_BYTES = 72 }; // of the text, with its end

typedef struct http_keys http_keys;
typedef struct http_caller {
    int32_t party, role; // exchange_role
    int32_t key;         // number of its key
} http_caller;

// rate_per_s: requests that a key may make. NULL without memory.
http_keys *http_keys_create(int32_t key_max, double rate_per_s);
void http_keys_destroy(http_keys *keys);

// A new bearer key of a role, and its hash.
void http_key_make(exchange_role role, char text[HTTP_KEY_BYTES], exchange_key *hash);
exchange_key http_key_hash(const char *text);

// Take over what is new in the exchange, which does not change meanwhile.
void http_keys_read(http_keys *keys, const exchange *x);

// Whose key it is; false: nobody's that is in force at now_ns.
bool http_keys_find(http_keys *keys, const char *text, int64_t now_ns, http_caller *caller);
// Whether the key may make one more request now.
bool http_keys_allow(http_keys *keys, const http_caller *caller, int64_t now_ns);

// Whether one of the party's keys signed this.
bool http_keys_signed(http_keys *keys, int32_t party, int64_t now_ns, const char *kind,
                      const json_t *document, const char *signature);
// Whose key this is, of either kind; -1: nobody's. *revoked: it is no longer in force.
int32_t http_keys_party(http_keys *keys, const exchange_key *key, bool *revoked);

#endif
