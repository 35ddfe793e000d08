// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/map.h"

#include <stdlib.h>

static size_t place(const map *m, map_key key)
{
    uint64_t mixed = (key.low ^ key.high * UINT64_C(0x9e3779b97f4a7c15)) + (key.low >> 29);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xd6e8feb86659fd93);
    size_t at = (size_t)(mixed ^ mixed >> 32) & (m->room - 1);
    while (m->slots[at].used &&
           (m->slots[at].key.low != key.low || m->slots[at].key.high != key.high)) {
        at = (at + 1) & (m->room - 1);
    }
    return at;
}

static bool grow(map *m)
{
    map larger = {.room = m->room == 0 ? 64 : 2 * m->room, .used = m->used};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->room; i++) {
        if (m->slots[i].used) {
            larger.slots[place(&larger, m->slots[i].key)] = m->slots[i];
        }
    }
    free(m->slots);
    *m = larger;
    return true;
}

int64_t *map_at(map *m, map_key key, bool *fresh)
{
    if (2 * (m->used + 1) > m->room && !grow(m)) {
        return NULL;
    }
    map_slot *slot = &m->slots[place(m, key)];
    if (fresh != NULL) {
        *fresh = !slot->used;
    }
    m->used += !slot->used;
    slot->used = true;
    slot->key = key;
    return &slot->value;
}

void map_free(map *m)
{
    free(m->slots);
    *m = (map){0};
}
