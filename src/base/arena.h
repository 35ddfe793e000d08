// SPDX-License-Identifier: Apache-2.0
// arena.h - lay out an object and its arrays in one block.
//
// A layout function takes every array from the arena in order. It runs twice: with base NULL to
// learn the size, then with the block to place the arrays.

#ifndef DCAT_BASE_ARENA_H
#define DCAT_BASE_ARENA_H

#include <stddef.h>

#define DCAT_ARENA_ALIGN 64 // a cache line, so arrays of different states never share one

typedef struct arena {
    unsigned char *base; // NULL while measuring
    size_t used;
} arena;

// Next byte_count bytes, aligned; NULL while measuring.
static inline void *arena_take(arena *a, size_t byte_count)
{
    size_t offset = a->used;
    a->used += (byte_count + DCAT_ARENA_ALIGN - 1) / DCAT_ARENA_ALIGN * DCAT_ARENA_ALIGN;
    return a->base == NULL ? NULL : a->base + offset;
}

#define ARENA_ARRAY(a, type, count) ((type *)arena_take((a), sizeof(type) * (size_t)(count)))

#endif
