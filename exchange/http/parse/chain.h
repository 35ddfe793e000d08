// SPDX-License-Identifier: Apache-2.0
// chain.h (internal) - what dcat-benchmark-compute and dcat-benchmark-memory come to.

#ifndef DCAT_EXCHANGE_HTTP_PARSE_CHAIN_H
#define DCAT_EXCHANGE_HTTP_PARSE_CHAIN_H

#include <stdint.h>

enum { CHAIN_COMPUTE_CYCLES = 1 << 22, CHAIN_MEMORY_CYCLES = 1 << 23 }; // of a round and thread

// The checksum of dcat-benchmark-compute, without its work. O(threads + log rounds).
uint64_t chain_checksum(int64_t threads, int64_t seed, int64_t rounds);

#endif
