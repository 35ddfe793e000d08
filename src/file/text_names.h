// SPDX-License-Identifier: Apache-2.0
// text_names.h - a set of names in the order they came, found by name or by index.

#ifndef DCAT_FILE_TEXT_NAMES_H
#define DCAT_FILE_TEXT_NAMES_H

#include "dcat/error.h"
#include <stddef.h>
#include <stdint.h>

#define NAMES_NONE SIZE_MAX

// All zero is an empty set.
typedef struct names {
    char *pool; // every name with its zero byte, one after the other
    size_t pool_used, pool_capacity;
    size_t *offset; // [count] into pool
    size_t count, capacity;
    uint32_t *slot; // [slot_count] index + 1, 0 when free; linear probing
    size_t slot_count;
} names;

void names_free(names *set);

// Index of a name, NAMES_NONE when it is not there.
size_t names_find(const names *set, const char *text, size_t length);

// Add a name unless it is there; *index is its place, *added says which. Errors: ERR_MEMORY.
dcat_status names_add(names *set, const char *text, size_t length, size_t *index, bool *added,
                      dcat_error *err);

// Name by index; it must exist.
const char *names_at(const names *set, size_t index);

// The name most like text, NULL when none is close.
const char *names_nearest(const names *set, const char *text);

#endif
