// SPDX-License-Identifier: Apache-2.0
// hash.h (internal) - FNV-1a, the hash of 64 bits: against mistakes and for tables, not against
// malice.

#ifndef DCAT_BASE_HASH_H
#define DCAT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_FNV1A_START UINT64_C(0xcbf29ce484222325)

// Go on with further bytes.
static inline uint64_t hash_fnv1a(uint64_t hash, const void *bytes, size_t byte_count)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < byte_count; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

// The FNV-1a of bytes, folded to what a double holds exactly: ranks exchange doubles.
static inline double hash_as_double(const void *bytes, size_t byte_count)
{
    uint64_t hash = hash_fnv1a(HASH_FNV1A_START, bytes, byte_count);
    return (double)((hash >> 52) ^ (hash & UINT64_C(0xfffffffffffff)));
}

#endif
