// SPDX-License-Identifier: Apache-2.0
// check.h - a tree against the table of keys: unknown, duplicate, wrong type, out of
// range.

#ifndef DCAT_SCENARIO_CHECK_H
#define DCAT_SCENARIO_CHECK_H

#include "file/yaml_tree.h"
#include "scenario/keys.h"

// The value of one key in the table's terms.
typedef struct key_value {
    double number[2]; // KEY_NUMBER uses the first, KEY_RANGE both; INFINITY for "none"
    int64_t whole[2]; // KEY_WHOLE and KEY_CHOICE use the first, KEY_DAYS both
    const char *text; // KEY_NAME, KEY_TEXT, KEY_FILE, KEY_ROW
    size_t length;
    const tree_node *node; // KEY_MIX
} key_value;

// Read and check one value. Errors: ERR_FORMAT, ERR_RANGE.
dcat_status scenario_check_value(const tree_node *node, const scenario_key *key, key_value *value,
                                 dcat_error *err);

// Check a node and everything below it. path is "" for the whole scenario, else a key or section
// that exists. Errors: ERR_FIELD, ERR_FORMAT, ERR_RANGE.
dcat_status scenario_check(const tree_node *node, const char *path, dcat_error *err);

// Refuse a key that does not exist, with a suggestion. at says where it was written.
dcat_status scenario_unknown_key(const tree_node *at, const char *section, const char *word,
                                 dcat_error *err);

// Of a text that others have sections in, which are gone from it: refuse a key at its top that a
// scenario does not have; theirs are suggested, too.
dcat_status scenario_check_beside(const tree_node *root, const char *const *others,
                                  size_t other_count, dcat_error *err);

#endif
