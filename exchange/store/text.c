// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void body_clear(body_text *t)
{
    t->used = 0;
}

void body_free(body_text *t)
{
    free(t->at);
    *t = (body_text){0};
}

bool body_make_room(body_text *t, size_t more)
{
    if (t->used + more > t->room) {
        size_t room = 2 * (t->used + more) + 256;
        char *at = realloc(t->at, room);
        if (at == NULL) {
            t->failed = true;
            return false;
        }
        t->at = at;
        t->room = room;
    }
    return true;
}

void body_number(body_text *t, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t length = 1 + (value < 0);
    for (uint64_t power = 10; rest >= power; power *= 10) {
        length++;
        if (power > UINT64_MAX / 10) {
            break;
        }
    }
    if (t->used + length > t->room && !body_make_room(t, length)) {
        return;
    }
    char *at = &t->at[t->used += length];
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *--at = '-';
    }
}

void body_real(body_text *t, double value)
{
    char digits[40];
    int length = snprintf(digits, sizeof digits, "%.17g", value);
    body_put(t, digits, (size_t)length);
}

void body_hex(body_text *t, const char *key, const void *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    body_add(t, key);
    body_add(t, "\"");
    if (body_make_room(t, 2 * count)) {
        for (size_t i = 0; i < count; i++) {
            unsigned char byte = ((const unsigned char *)bytes)[i];
            t->at[t->used++] = digits[byte >> 4];
            t->at[t->used++] = digits[byte & 15];
        }
    }
    body_add(t, "\"");
}

void body_word(body_text *t, uint64_t word)
{
    char digits[24];
    snprintf(digits, sizeof digits, "\"%016" PRIx64 "\"", word);
    body_add(t, digits);
}
