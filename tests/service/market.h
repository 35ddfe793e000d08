// SPDX-License-Identifier: Apache-2.0
// market.h - a stand-in for an exchange that agents can work for: awards that a test makes, parts
// along the same states, receipts checked by their signatures, an answer lost now and then.

#ifndef DCAT_TESTS_SERVICE_MARKET_H
#define DCAT_TESTS_SERVICE_MARKET_H

#include "exchange/sign/sign.h"
#include "service/standin.h"

#include <pthread.h>
#include <stdint.h>

enum { MARKET_SERVERS = 8, MARKET_PARTS = 1000 };

typedef enum market_state {
    MARKET_OFFERED,
    MARKET_ACKED,
    MARKET_STARTED,
    MARKET_FINISHED,
    MARKET_FAULT,
    MARKET_FAILED,
    MARKET_CANCELLED
} market_state;

typedef struct market_part {
    size_t server; // index of its registration
    int64_t attempt, load_cycles;
    const char *payload; // Nullable: JSON, borrowed
    market_state state;
    int starts, ends; // that changed its state
    char signature[2 * SIGN_BYTES + 1];
    json_t *receipt; // the document
} market_part;

typedef struct market {
    standin *server;
    pthread_mutex_t lock;
    char names[MARKET_SERVERS][64];
    size_t server_count, part_count;
    market_part parts[MARKET_PARTS]; // task i + 1
    unsigned char public_key[SIGN_PUBLIC_BYTES];
    char ask_amount[MARKET_SERVERS][32], ask_per[MARKET_SERVERS][32];
    int64_t nonce;
    int ask_count, beat_count, repeated_count, refused_count;
    int64_t epoch;
    const char *programs; // Nullable: JSON, of classes; their benchmarks are then required
    const char *bars;     // Nullable: JSON, what all servers are registered with
    bool refuses_benchmarks;
    int benchmark_count;
    char benchmarks[256]; // of which "CLASS PROGRAM;" was taken, one after the other
    unsigned lose_every;  // 0: never; every so many answers one is lost
    unsigned answers;
    bool bad; // something came that may not come
    char why[256];
} market;

// Start; the provider's key file and signing key file are written to the present folder.
market *market_start(void);
void market_stop(market *m);

// An award of one server, offered at once: its task.
int64_t market_offer(market *m, size_t server, int64_t load_cycles, const char *payload);
void market_cancel(market *m, int64_t task);
// How many parts are in a state.
size_t market_count(market *m, market_state state);
int market_asks(market *m); // how many came, and what they say can be looked at
// Wait until so many are, at most so long: false when they are not.
bool market_wait(market *m, market_state state, size_t count, double seconds);

#endif
