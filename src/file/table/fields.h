// SPDX-License-Identifier: Apache-2.0
// fields.h - what the members of a struct are called in files: from one list its JSON object is
// written and read, and its members become cells of a table.

#ifndef DCAT_FILE_TABLE_FIELDS_H
#define DCAT_FILE_TABLE_FIELDS_H

#include "dcat/x/table.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum field_kind {
    FIELD_INTEGER = 0, // of size bytes, never negative
    FIELD_REAL,
    FIELD_BOOLEAN,
    FIELD_TEXT, // NULL is null
    FIELD_OBJECT,
} field_kind;

// A list ends with one whose key is NULL.
typedef struct field {
    const char *key;
    field_kind kind;
    size_t size, offset;         // of the member
    const struct field *members; // of an object
} field;

#define FIELD_MADE(type_, key_, kind_, member_, fields_)                                           \
    {                                                                                              \
        (key_), (kind_), sizeof(((type_ *)0)->member_), offsetof(type_, member_), (fields_)        \
    }
#define FIELD(type_, key_, member_)                                                                \
    FIELD_MADE(type_, key_,                                                                        \
               _Generic(((type_ *)0)->member_,                                                     \
                   double: FIELD_REAL,                                                             \
                   bool: FIELD_BOOLEAN,                                                            \
                   const char *: FIELD_TEXT,                                                       \
                   default: FIELD_INTEGER),                                                        \
               member_, NULL)
// A member that is a struct with fields of its own.
#define FIELD_OF(type_, key_, member_, fields_)                                                    \
    FIELD_MADE(type_, key_, FIELD_OBJECT, member_, fields_)

// What a field that is no object holds.
dcat_cell field_cell(const field *f, const void *from);

// A new object, NULL without memory.
json_t *fields_json(const field *fields, const void *from);

// Numbers and objects of them back: the very bits that were written. False, with into half filled,
// when one is missing or does not fit.
bool fields_read(const json_t *object, const field *fields, void *into);

#endif
