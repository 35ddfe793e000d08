// SPDX-License-Identifier: Apache-2.0
// yaml_tree.h - a small YAML document as a tree that can be checked, merged and edited.
//
// Every node knows where it was written, so that a message can name the file and line, or the
// override, whatever has been merged since. What a scenario never needs is refused while parsing:
// aliases, anchors, tags, keys that are no plain words, several documents, deep nesting, huge
// files.

#ifndef DCAT_FILE_YAML_TREE_H
#define DCAT_FILE_YAML_TREE_H

#include "dcat/error.h"
#include <stddef.h>

#define TREE_BYTES_MAX 262144
#define TREE_NODES_MAX 4096
#define TREE_DEPTH_MAX 8

typedef enum tree_kind { TREE_SCALAR, TREE_SEQUENCE, TREE_MAPPING } tree_kind;

// Where a text came from: "net.yaml", or "--set key=value" for an override, which has no lines.
typedef struct tree_origin {
    const char *label;
    bool has_lines;
} tree_origin;

typedef struct tree_node {
    tree_kind kind;
    const tree_origin *origin;
    size_t line;       // 1-based; of the value
    size_t begin, end; // of a scalar with its quotes, in characters from the start of the text
    char *key;         // of an entry of a mapping; NULL otherwise
    size_t key_line;
    char *text; // of a scalar, zero-terminated
    size_t length;
    bool plain;              // a scalar without quotes
    struct tree_node *child; // first entry of a sequence or mapping
    struct tree_node *next;
} tree_node;

// Owns its nodes and their texts. All zero is empty.
typedef struct tree {
    struct tree_block *blocks;
    size_t node_count;
    tree_node *root; // NULL for an empty document
} tree;

// Parse one document. The origin must outlive the tree. Errors: ERR_FORMAT, ERR_RANGE, ERR_FIELD,
// ERR_MEMORY; the tree is empty then.
dcat_status tree_parse(const char *text, size_t size, const tree_origin *origin, tree *into,
                       dcat_error *err);
void tree_free(tree *t);

// Entry of a mapping, NULL when node is NULL, no mapping, or has no such key.
tree_node *tree_child(const tree_node *node, const char *key);
// The node at a path like "market.price"; NULL when there is none.
tree_node *tree_find(const tree *t, const char *path);
size_t tree_count(const tree_node *node);

// A deep copy that belongs to t (keys included); NULL when out of memory.
tree_node *tree_copy(tree *t, const tree_node *node);
// The mapping at a path, made with all its parents where missing; NULL when out of memory or when
// something on the way is no mapping. New nodes get this origin and line.
tree_node *tree_section(tree *t, const char *path, const tree_origin *origin, size_t line);
// Replace or add the entry `key` of a mapping by node, which must belong to t. False when out of
// memory.
bool tree_set(tree *t, tree_node *mapping, const char *key, tree_node *node);
// Take an entry out of a mapping, if it is there.
void tree_remove(tree_node *mapping, const char *key);

// A new scalar of t, NULL when out of memory.
tree_node *tree_scalar(tree *t, const char *text, const tree_origin *origin, size_t line);

// Fail with "FILE:LINE: path: ..." or "--set key=value: ..." in front. path is nullable.
dcat_status tree_fail(dcat_error *err, dcat_status status, const tree_node *node, const char *path,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
// Refuse an entry of the mapping whose key stands before it. Errors: ERR_FIELD.
dcat_status tree_check_once(const tree_node *mapping, const tree_node *entry, const char *path,
                            dcat_error *err);

#endif
