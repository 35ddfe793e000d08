// SPDX-License-Identifier: Apache-2.0
// scan.h (internal) - the members of a JSON object as the log has it, without a tree: a log has
// millions. Text is looked at where it is; whatever it is, nothing is read beyond its end.

#ifndef DCAT_EXCHANGE_STORE_SCAN_H
#define DCAT_EXCHANGE_STORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct scan_text { // strings without their quotes
    const char *at;
    size_t count;
} scan_text;

enum { SCAN_MEMBERS = 16 }; // more are none of ours
typedef struct scan_object {
    scan_text keys[SCAN_MEMBERS], values[SCAN_MEMBERS];
    size_t count;
} scan_object;

// False where text is no object, or has escapes or more members than ours.
bool scan_read(scan_text text, scan_object *object);
// The same of keys in alphabetical order, up to those that begin with this letter: what comes after
// them is not looked at.
bool scan_read_to(scan_text text, char letter, scan_object *object);

static inline bool scan_is(scan_text text, const char *words)
{
    return strlen(words) == text.count && memcmp(text.at, words, text.count) == 0;
}

// The value of a key: empty where there is none. Numbers are 0 where there is none.
static inline scan_text scan_find(const scan_object *object, const char *key)
{
    for (size_t i = 0; i < object->count; i++) {
        if (scan_is(object->keys[i], key)) {
            return object->values[i];
        }
    }
    return (scan_text){"", 0};
}
int64_t scan_number(scan_text text); // as far as it is digits
double scan_real(scan_text text);
static inline int64_t scan_integer(const scan_object *object, const char *key)
{
    return scan_number(scan_find(object, key));
}

// Of an array the elements one after another: *at is 0 at first. False after the last.
bool scan_next(scan_text array, size_t *at, scan_text *element);

#endif
