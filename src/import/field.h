// SPDX-License-Identifier: Apache-2.0
// field.h - read the fields of one line in memory, independent of locale.

#ifndef DCAT_IMPORT_FIELD_H
#define DCAT_IMPORT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What is left of a line. A take that fails leaves it where it was.
typedef struct field_cursor {
    const char *at, *end;
} field_cursor;

static inline field_cursor field_cursor_at(const char *text, size_t length)
{
    return (field_cursor){text, text + length};
}

static inline bool field_at_end(const field_cursor *cursor)
{
    return cursor->at == cursor->end;
}

static inline bool field_take_char(field_cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted) {
        return false;
    }
    cursor->at++;
    return true;
}

// Blanks and tabs; false when there are none.
static inline bool field_take_blanks(field_cursor *cursor)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t')) {
        cursor->at++;
    }
    return cursor->at > start;
}

// 1 to 9 decimal digits.
static inline bool field_take_count(field_cursor *cursor, uint32_t *value)
{
    const char *at = cursor->at;
    uint32_t sum = 0;
    while (at < cursor->end && *at >= '0' && *at <= '9') {
        if (at - cursor->at == 9) {
            return false;
        }
        sum = sum * 10 + (uint32_t)(*at - '0');
        at++;
    }
    if (at == cursor->at) {
        return false;
    }
    cursor->at = at;
    *value = sum;
    return true;
}

// "12", "-1", "3.25": at most 15 digits, no exponent. Digits and power of ten are exact doubles, so
// one division rounds the value correctly.
static inline bool field_take_decimal(field_cursor *cursor, double *value)
{
    const char *at = cursor->at;
    bool negative = at < cursor->end && *at == '-';
    at += negative;
    double digits = 0.0, scale = 1.0;
    int digit_count = 0;
    bool fraction = false;
    for (; at < cursor->end; at++) {
        if (*at == '.' && !fraction && digit_count > 0) {
            fraction = true;
        } else if (*at >= '0' && *at <= '9' && digit_count < 15) {
            digits = digits * 10.0 + (*at - '0');
            scale *= fraction ? 10.0 : 1.0;
            digit_count++;
        } else {
            break;
        }
    }
    bool more = at < cursor->end && *at >= '0' && *at <= '9';
    if (digit_count == 0 || more || at[-1] == '.') {
        return false;
    }
    cursor->at = at;
    *value = negative ? -digits / scale : digits / scale;
    return true;
}

#endif
