// SPDX-License-Identifier: Apache-2.0
#include "file/text_names.h"

#include "base/array_room.h"
#include "base/hash.h"
#include "file/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NEAREST_LOOK_MAX 10000 // names compared before giving up on a suggestion

void names_free(names *set)
{
    free(set->pool);
    free(set->offset);
    free(set->slot);
    *set = (names){0};
}

static uint64_t hash(const char *text, size_t length)
{
    uint64_t h = hash_fnv1a(HASH_FNV1A_START, text, length);
    return h ^ (h >> 32);
}

const char *names_at(const names *set, size_t index)
{
    assert(index < set->count);
    return set->pool + set->offset[index];
}

static bool is_same(const names *set, size_t index, const char *text, size_t length)
{
    const char *name = names_at(set, index);
    return strncmp(name, text, length) == 0 && name[length] == '\0';
}

// The slot that holds the name, or the free one where it belongs.
static size_t find_slot(const names *set, const char *text, size_t length)
{
    size_t mask = set->slot_count - 1;
    size_t at = (size_t)hash(text, length) & mask;
    while (set->slot[at] != 0 && !is_same(set, set->slot[at] - 1, text, length)) {
        at = (at + 1) & mask;
    }
    return at;
}

size_t names_find(const names *set, const char *text, size_t length)
{
    if (set->slot_count == 0) {
        return NAMES_NONE;
    }
    length = strnlen(text, length);
    uint32_t found = set->slot[find_slot(set, text, length)];
    return found == 0 ? NAMES_NONE : found - 1;
}

static dcat_status grow_slots(names *set, dcat_error *err)
{
    if (set->count + 1 <= set->slot_count / 2) {
        return DCAT_OK;
    }
    size_t slot_count = set->slot_count == 0 ? 16 : set->slot_count * 2;
    uint32_t *slot = calloc(slot_count, sizeof *slot);
    if (slot == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu names", slot_count);
    }
    free(set->slot);
    set->slot = slot;
    set->slot_count = slot_count;
    for (size_t i = 0; i < set->count; i++) {
        const char *name = names_at(set, i);
        slot[find_slot(set, name, strlen(name))] = (uint32_t)(i + 1);
    }
    return DCAT_OK;
}

dcat_status names_add(names *set, const char *text, size_t length, size_t *index, bool *added,
                      dcat_error *err)
{
    length = strnlen(text, length);
    size_t found = names_find(set, text, length);
    *added = found == NAMES_NONE;
    if (!*added) {
        *index = found;
        return DCAT_OK;
    }
    if (set->count >= UINT32_MAX - 1) {
        return dcat_fail(err, DCAT_ERR_RANGE, "more names than can be numbered");
    }
    dcat_status status = grow_slots(set, err);
    if (status == DCAT_OK) {
        status = array_room(&set->offset, &set->capacity, set->count + 1, sizeof *set->offset, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&set->pool, &set->pool_capacity, set->pool_used + length + 1, 1, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    size_t slot = find_slot(set, text, length);
    set->offset[set->count] = set->pool_used;
    memcpy(set->pool + set->pool_used, text, length);
    set->pool[set->pool_used + length] = '\0';
    set->pool_used += length + 1;
    set->slot[slot] = (uint32_t)++set->count;
    *index = set->count - 1;
    return DCAT_OK;
}

const char *names_nearest(const names *set, const char *text)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < set->count && i < NEAREST_LOOK_MAX; i++) {
        size_t distance = text_distance(text, names_at(set, i));
        if (distance < best) {
            best = distance;
            nearest = names_at(set, i);
        }
    }
    return nearest != NULL && text_is_close(best, text) ? nearest : NULL;
}
