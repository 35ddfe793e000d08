// SPDX-License-Identifier: Apache-2.0
// map.h (internal) - numbers by 128-bit keys.

#ifndef DCAT_EXCHANGE_VERIFY_MAP_H
#define DCAT_EXCHANGE_VERIFY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct map_key {
    uint64_t low, high;
} map_key;
typedef struct map_slot {
    map_key key;
    int64_t value;
    bool used;
} map_slot;
typedef struct map { // all zero: empty
    map_slot *slots;
    size_t room, used;
} map;

// The place of a key's value, 0 where it is new (*fresh, nullable); NULL without memory. It holds
// until the next one.
int64_t *map_at(map *m, map_key key, bool *fresh);
void map_free(map *m);

#endif
