// SPDX-License-Identifier: Apache-2.0
// connection.h (internal) - what a client keeps between calls.

#ifndef DCAT_EXCHANGE_CLIENT_CONNECTION_H
#define DCAT_EXCHANGE_CLIENT_CONNECTION_H

#include "exchange/client/client.h"

#include <curl/curl.h>

struct client {
    CURL *curl;
    char *url;     // without a slash at its end
    char *bearer;  // Nullable: "Authorization: Bearer ..."
    char *ca_file; // Nullable
    const char *key_file;
    int timeout_ms, try_max;
    FILE *show;
};

// What all requests have in common, after what the last one set is forgotten. The list is the
// caller's to free. NULL: no memory.
struct curl_slist *connection_prepare(client *c, const char *method, char *url,
                                      const char *const *headers, size_t header_count);

// The text of a URL below the client's; NULL: no memory. The caller frees it.
char *connection_url(const client *c, const char *path);

// What a refusal says of itself, by its problem+json or its status.
void answer_read_problem(client_answer *answer);

#endif
