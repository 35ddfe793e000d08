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

// Whether nothing of this keeps a server from taking part.
bool exchange_trusts(const exchange *x, int32_t server);

#endif
