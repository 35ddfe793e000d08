// SPDX-License-Identifier: Apache-2.0
// client.h - talking to an exchange over HTTP: JSON there and back, refusals as they were said,
// tries again that cannot do a thing twice, and its stream of events.
//
// A client has one connection, kept open, and belongs to one thread at a time.

#ifndef DCAT_EXCHANGE_CLIENT_CLIENT_H
#define DCAT_EXCHANGE_CLIENT_CLIENT_H

#include "dcat/error.h"
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct client client;

typedef struct client_config {
    const char *url;      // "http://127.0.0.1:8080", or https
    const char *key_file; // Nullable: one line, the bearer key
    const char *ca_file;  // Nullable: PEM of who may vouch for the exchange; NULL: the system's
    int timeout_ms;       // of a try; 0: 10 000
    int try_max;          // 0: 5
    FILE *show;           // Nullable: every call is printed there first, as a command of curl
} client_config;

// Whether a URL may be one of an exchange, which client_create() asks, too. Errors: ERR_RANGE,
// ERR_MEMORY.
dcat_status client_url_check(const char *url, dcat_error *err);

// Errors: ERR_RANGE (a URL that is none, or a key that would travel in the clear), ERR_NOT_FOUND,
// ERR_FORMAT (the file of the key), ERR_IO, ERR_MEMORY.
dcat_status client_create(const client_config *config, client **made, dcat_error *err);
void client_destroy(client *c); // nullable

enum { CLIENT_CODE_SIZE = 64, CLIENT_DETAIL_SIZE = 400, CLIENT_KEY_SIZE = 33 };

typedef struct client_answer {
    int status;                      // of HTTP
    json_t *body;                    // owned; NULL: none
    char *text;                      // owned: of an answer that is CSV; NULL: it is none
    char code[CLIENT_CODE_SIZE];     // of a refusal: "wrong-state"; "" when it is none
    char detail[CLIENT_DETAIL_SIZE]; // of a refusal: one printable line
    double retry_after_s;            // of a refusal: when to come again; 0: not said
} client_answer;
void client_answer_free(client_answer *answer);

// A new id for a call that changes something: 32 hex digits.
void client_make_key(char key[CLIENT_KEY_SIZE]);

// Call METHOD path with a body (borrowed, nullable). A refusal is an answer, too, and no error.
//   key  Idempotency-Key: the same for every try; nullable, of POST: then one is made
// What may succeed later is tried again: a connection that fails or is silent, 429, 503 but for
// `halted`. Errors: ERR_IO (no answer), ERR_FORMAT (an answer that is no JSON), ERR_MEMORY.
dcat_status client_call(client *c, const char *method, const char *path, const json_t *body,
                        const char *key, client_answer *answer, dcat_error *err);

// ---- events

typedef struct client_event { // each nullable but for data
    const char *id, *name, *data;
} client_event;
typedef bool client_listener(void *user, const client_event *event); // false: it has heard enough

enum { CLIENT_EVENT_ID_SIZE = 64 };

// Listen to one stream from the event behind last_id on ("": those to come), which is kept up to
// date. Ends with DCAT_OK when the listener has heard enough or *stop (nullable) is set, within a
// second. Errors: ERR_IO (the stream ended: call again), ERR_FORMAT (refused, or no events),
// ERR_MEMORY.
dcat_status client_listen(client *c, const char *path, char last_id[CLIENT_EVENT_ID_SIZE],
                          client_listener *listener, void *user, const atomic_bool *stop,
                          dcat_error *err);

#endif
