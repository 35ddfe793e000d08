// SPDX-License-Identifier: Apache-2.0
// plan_read.h - fill a struct from a YAML mapping by a table of its fields.

#ifndef DCAT_REPRODUCE_PLAN_READ_H
#define DCAT_REPRODUCE_PLAN_READ_H

#include "file/yaml_tree.h"
#include "reproduce/plan.h"
#include <stdbool.h>

typedef enum plan_kind {
    PLAN_TEXT = 0, // const char *
    PLAN_TEXTS,    // const char *[most] and a size_t
    PLAN_COUNT,    // size_t
    PLAN_NUMBER,   // double
    PLAN_WORD,     // an enumerator: index of one of the words
    PLAN_WORDS,    // unsigned: bits of one or several words
    PLAN_PART,     // a mapping inside the struct
    PLAN_LIST,     // an array of structs and a size_t
} plan_kind;

// What a text must be; must is the rule as a user reads it. plan holds what was read before.
typedef struct plan_rule {
    bool (*holds)(const reproduce_plan *plan, const char *text);
    const char *must;
} plan_rule;

// One field. Fields are read in the order of the table, whatever that of the file.
typedef struct plan_field {
    const char *key;
    plan_kind kind;
    bool optional;
    size_t offset, count_offset; // in the struct
    size_t most;                 // of texts, words and list entries
    double min, max;             // of a count or number
    const char *const *words;    // NULL ends them
    const plan_rule *rule;       // Nullable: of a text
    const struct plan_shape *shape;
} plan_field;

typedef struct plan_shape {
    const plan_field *fields;
    size_t field_count;
    size_t size; // of the struct
} plan_shape;

// Fill the struct at into, all zero on entry, from node. path is "" for the whole plan. plan is
// what rules look at. Errors: ERR_FIELD, ERR_FORMAT, ERR_RANGE, ERR_REFERENCE.
dcat_status plan_read(const tree_node *node, const char *path, const plan_shape *shape,
                      const reproduce_plan *plan, void *into, dcat_error *err);

#endif
