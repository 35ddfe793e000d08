// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/scan.h"

#include <stdlib.h>
#include <string.h>

// The end of the string whose first quote is at i: its last one; count where there is none.
static size_t string_end(scan_text text, size_t i)
{
    i++;
    while (i < text.count && text.at[i] != '"' && text.at[i] != '\\') {
        i++;
    }
    return i < text.count && text.at[i] == '"' ? i : text.count; // nothing of ours has escapes
}

// One value from i on: its end, count where it has none.
static size_t value_end(scan_text text, size_t i)
{
    static const bool plain[256] = {['0' ... '9'] = true, ['-'] = true, ['.'] = true};
    int depth = 0;
    for (; i < text.count; i++) {
        char c = text.at[i];
        if (plain[(unsigned char)c]) {
            continue;
        }
        if (c == '"') {
            i = string_end(text, i);
            if (i == text.count) {
                return i;
            }
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']' || c == ',') && depth == 0) {
            return i;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return text.count;
}

static scan_text part(scan_text text, size_t from, size_t to)
{
    bool quoted = to - from >= 2 && text.at[from] == '"' && text.at[to - 1] == '"';
    return quoted ? (scan_text){&text.at[from + 1], to - from - 2}
                  : (scan_text){&text.at[from], to - from};
}

bool scan_read(scan_text text, scan_object *object)
{
    return scan_read_to(text, '~', object);
}

bool scan_read_to(scan_text text, char letter, scan_object *object)
{
    object->count = 0;
    if (text.count < 2 || text.at[0] != '{' || text.at[text.count - 1] != '}') {
        return false;
    }
    size_t i = 1;
    while (i + 1 < text.count) {
        if (text.at[i] != '"' || object->count == SCAN_MEMBERS) {
            return false;
        }
        if (text.at[i + 1] > letter) {
            return true;
        }
        size_t key_end = string_end(text, i);
        if (key_end + 2 >= text.count || text.at[key_end + 1] != ':') {
            return false;
        }
        size_t end = value_end(text, key_end + 2);
        if (end == text.count) {
            return false;
        }
        object->keys[object->count] = part(text, i, key_end + 1);
        object->values[object->count++] = part(text, key_end + 2, end);
        i = end + 1;
    }
    return true;
}

int64_t scan_number(scan_text text)
{
    bool negative = text.count > 0 && text.at[0] == '-';
    uint64_t value = 0;
    for (size_t i = negative; i < text.count && text.at[i] >= '0' && text.at[i] <= '9'; i++) {
        value = 10 * value + (uint64_t)(text.at[i] - '0');
    }
    return (int64_t)(negative ? 0 - value : value);
}

double scan_real(scan_text text)
{
    char digits[48] = "";
    memcpy(digits, text.at, text.count < sizeof digits ? text.count : sizeof digits - 1);
    return strtod(digits, NULL);
}

bool scan_next(scan_text array, size_t *at, scan_text *element)
{
    if (*at == 0) {
        if (array.count < 2 || array.at[0] != '[') {
            return false;
        }
        *at = 1;
    }
    if (*at + 1 > array.count || array.at[*at] == ']') {
        return false;
    }
    size_t end = value_end(array, *at);
    if (end == array.count || array.at[end] == '}') {
        return false;
    }
    *element = part(array, *at, end);
    *at = end + (array.at[end] == ',');
    return true;
}
