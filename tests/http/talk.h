// SPDX-License-Identifier: Apache-2.0
// talk.h - an exchange that answers in this process, with a key of each role, and requests to it.

#ifndef DCAT_TESTS_HTTP_TALK_H
#define DCAT_TESTS_HTTP_TALK_H

#include "exchange/http/keys.h"
#include "exchange/http/request.h"
#include "exchange/http/server.h"
#include "exchange/sign/sign.h"

enum { TALK_BODY = 1 << 16, TALK_PEOPLE = 6 };

// Parties 0 to 3 by role; 4: another user, 5: another provider.
typedef struct talk {
    char folder[64];
    http_config config;
    exchange_setup setup;
    dcat_policy policy;
    http_server *server;
    char keys[TALK_PEOPLE][HTTP_KEY_BYTES];
    sign_key sign; // of party ROLE_PROVIDER
    int socket;    // -1: not connected
    // Of the last answer:
    int status;
    char head[4096], body[TALK_BODY];
} talk;

// A folder and settings, which may be changed then.
void talk_begin(talk *t);
// A log with these people, money for the users and a key to sign by, and the server over it.
void talk_open(talk *t);
void talk_start(talk *t); // the server, with t->config
void talk_stop(talk *t);
void talk_end(talk *t);             // stop, and remove the folder
int talk_tear_down(void **fixture); // end the talk that *fixture points to

// One request; key NULL: none; head: more lines, each with its end, or "". Returns the status.
int talk_ask(talk *t, const char *method, const char *path, const char *key, const char *head,
             const char *body);
#define GET(t, path, key) talk_ask(t, "GET", path, key, "", NULL)
#define POST(t, path, key, body) talk_ask(t, "POST", path, key, "", body)
// The `code` of a refusal, "" of others.
const char *talk_code(const talk *t);
merkle_hash talk_root(const talk *t);

#define TALK_TASK                                                                                  \
    "{\"origin\":{\"area\":\"south\"},\"work_gigacycles\":600,\"data_megabits\":20,"               \
    "\"deadline_s\":30}"

#endif
