// SPDX-License-Identifier: Apache-2.0
// fields.h (internal) - the keys of a mapping as a table of rows, each a place in a struct.

#ifndef DCAT_EXCHANGE_BACKEND_FIELDS_H
#define DCAT_EXCHANGE_BACKEND_FIELDS_H

#include "file/text.h"
#include "file/yaml_tree.h"

typedef enum field_kind {
    FIELD_TEXT,   // const char *: one line, not empty; borrowed from the tree
    FIELD_NUMBER, // double
    FIELD_WHOLE,  // int64_t
    FIELD_WORD,   // int64_t: index of one of the words
    FIELD_OTHER,  // whatever the caller makes of it: const tree_node *
} field_kind;

typedef struct field {
    const char *key;
    size_t offset;
    const char *const *words; // ended by NULL
    text_bound bound;         // of numbers
    field_kind kind;
    bool required;
} field;

// Read a mapping into target; what is not written stays as it is. path is how messages call the
// mapping, "" the whole file. Errors: ERR_FORMAT, ERR_FIELD, ERR_RANGE.
dcat_status agent_fields_read(const tree_node *mapping, const char *path, const field *fields,
                              size_t field_count, void *target, dcat_error *err);

// One value by its row.
dcat_status agent_field_read(const tree_node *node, const char *path, const field *row,
                             void *target, dcat_error *err);

#endif
