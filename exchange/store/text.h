// SPDX-License-Identifier: Apache-2.0
// text.h (internal) - text that grows: what bodies of events are written into.

#ifndef DCAT_EXCHANGE_STORE_TEXT_H
#define DCAT_EXCHANGE_STORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct body_text {
    char *at;
    size_t used, room;
    bool failed; // once there was no memory
} body_text;

void body_clear(body_text *t);
void body_free(body_text *t);
bool body_make_room(body_text *t, size_t more); // false without memory

static inline void body_put(body_text *t, const char *bytes, size_t count)
{
    if (count > 0 && (t->used + count <= t->room || body_make_room(t, count))) {
        memcpy(&t->at[t->used], bytes, count);
        t->used += count;
    }
}
static inline void body_add(body_text *t, const char *words)
{
    body_put(t, words, strlen(words));
}
void body_number(body_text *t, int64_t value);
void body_real(body_text *t, double value); // all its digits
// A key, and bytes as hexadecimal digits in quotes.
void body_hex(body_text *t, const char *key, const void *bytes, size_t count);
void body_word(body_text *t, uint64_t word); // 16 hexadecimal digits in quotes

#endif
