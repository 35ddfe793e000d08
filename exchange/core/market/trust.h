// SPDX-License-Identifier: Apache-2.0
// trust.h - what servers show before what they declare is believed.

#ifndef DCAT_EXCHANGE_CORE_MARKET_TRUST_H
#define DCAT_EXCHANGE_CORE_MARKET_TRUST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct exchange exchange;

// The result of a benchmark of one class of work (0 without classes), which its provider signed.
typedef struct exchange_benchmark {
    int64_t unit_hz; // of the whole unit, by its efficiency at the class
    int64_t nonce;   // of the document; greater than those of the server's asks and benchmarks
    int32_t server, class_id;
} exchange_benchmark;

// What the last one showed; 0: there is none.
int64_t exchange_benchmark_hz(const exchange *x, int32_t server, int32_t class_id);

// Money of a provider that strikes take from; amount < 0: taken back.
typedef struct exchange_bond_change {
    int64_t amount;
    int32_t party, unused;
} exchange_bond_change;

// What it has, and what keeps it: so much for each server that serves, or left not long ago.
typedef struct exchange_bond {
    int64_t has, needs, locked;          // locked: of what it has
    int32_t server_count, serving_count; // that lock some; of these, serve
    int64_t next_free_ns;                // of those that left, the first; 0: there is none
} exchange_bond;
exchange_bond exchange_bond_of(const exchange *x, int32_t party);

// A task whose right answer is known, that one server alone may be given: by lots of the last slot,
// which nobody chooses. All 0: it is none.
typedef struct exchange_canary {
    int64_t slot;  // by whose lots it was drawn
    uint64_t seed; // of these
    int32_t server, drawn;
    unsigned char answer[32]; // SHA-256 of the right output; all 0: any, where the exit code is 0
} exchange_canary;

// One as it is submitted when it is drawn.
typedef struct exchange_known_task {
    int64_t work_cycles, data_bits, deadline_us;
    int32_t class_id, area; // area -1: any
    unsigned char answer[32];
    char *payload; // Nullable: JSON
} exchange_known_task;

// What became of the canaries of a server.
typedef struct exchange_canaries {
    int64_t open;                         // its task; 0: none is
    int64_t last_ns;                      // when the last one was judged; 0: none was
    int32_t passed, late, failed, unused; // right; right, but late; wrong, or not done
} exchange_canaries;
exchange_canaries exchange_canaries_of(const exchange *x, int32_t server);

// Whether a canary of a class may be submitted for a server now: these lots drew it, it serves, and
// has none that is open.
bool exchange_canary_is_due(const exchange *x, uint64_t seed, int32_t server, int32_t class_id);

// Whether nothing of this keeps a server from taking part.
bool exchange_trusts(const exchange *x, int32_t server);

#endif
