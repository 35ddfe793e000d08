// SPDX-License-Identifier: Apache-2.0
#include "file/yaml_tree.h"

#include "file/text.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

// --- Memory

#define BLOCK_BYTES 8192

struct tree_block {
    struct tree_block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

static void *take(tree *t, size_t byte_count)
{
    size_t align = alignof(max_align_t);
    byte_count = (byte_count + align - 1) / align * align;
    struct tree_block *block = t->blocks;
    if (block == NULL || block->size - block->used < byte_count) {
        size_t size = byte_count > BLOCK_BYTES ? byte_count : BLOCK_BYTES;
        block = malloc(sizeof *block + size);
        if (block == NULL) {
            return NULL;
        }
        *block = (struct tree_block){.next = t->blocks, .size = size};
        t->blocks = block;
    }
    void *bytes = block->bytes + block->used;
    block->used += byte_count;
    return bytes;
}

static char *take_text(tree *t, const char *text, size_t length)
{
    char *copy = take(t, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static tree_node *take_node(tree *t, tree_kind kind, const tree_origin *origin, size_t line)
{
    tree_node *node = take(t, sizeof *node);
    if (node != NULL) {
        *node = (tree_node){.kind = kind, .origin = origin, .line = line};
        t->node_count++;
    }
    return node;
}

void tree_free(tree *t)
{
    while (t->blocks != NULL) {
        struct tree_block *next = t->blocks->next;
        free(t->blocks);
        t->blocks = next;
    }
    *t = (tree){0};
}

// --- Messages

// True for the origin "--set PATH=...".
static bool is_override_of(const tree_origin *origin, const char *path)
{
    static const char option[] = "--set ";
    const char *label = origin->label;
    size_t length = strlen(path);
    return !origin->has_lines && strncmp(label, option, sizeof option - 1) == 0 &&
           strncmp(label + sizeof option - 1, path, length) == 0 &&
           label[sizeof option - 1 + length] == '=';
}

dcat_status tree_fail(dcat_error *err, dcat_status status, const tree_node *node, const char *path,
                      const char *format, ...)
{
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bool named = path == NULL || is_override_of(node->origin, path); // the path is said already
    const char *colon = named ? "" : ": ";
    path = named ? "" : path;
    if (!node->origin->has_lines) {
        return dcat_fail(err, status, "%s: %s%s%s", node->origin->label, path, colon, message);
    }
    return dcat_fail(err, status, "%s:%zu: %s%s%s", node->origin->label, node->line, path, colon,
                     message);
}

dcat_status tree_check_once(const tree_node *mapping, const tree_node *entry, const char *path,
                            dcat_error *err)
{
    for (const tree_node *before = mapping->child; before != entry; before = before->next) {
        if (strcmp(before->key, entry->key) == 0) {
            tree_node here = *entry;
            here.line = entry->key_line;
            return tree_fail(err, DCAT_ERR_FIELD, &here, path,
                             "duplicate key; it is in line %zu already", before->key_line);
        }
    }
    return DCAT_OK;
}

// --- Parsing

typedef struct builder {
    yaml_parser_t parser;
    const tree_origin *origin;
    tree *tree;
    tree_node *open[TREE_DEPTH_MAX];  // mappings and sequences not yet closed
    tree_node **tail[TREE_DEPTH_MAX]; // where the next entry of each goes
    int depth;
    char *key; // the key whose value comes next; NULL when a key or an item comes next
    size_t key_line;
    dcat_error *err;
} builder;

static dcat_status refuse(const builder *b, dcat_status status, size_t line, const char *what)
{
    tree_node here = {.origin = b->origin, .line = line};
    return tree_fail(b->err, status, &here, NULL, "%s", what);
}

static dcat_status parser_failed(const builder *b)
{
    const yaml_parser_t *parser = &b->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        return dcat_fail(b->err, DCAT_ERR_MEMORY, "out of memory while reading YAML");
    }
    const char *problem = parser->problem == NULL ? "unreadable" : parser->problem;
    bool tab = strstr(problem, "cannot start any token") != NULL;
    tree_node here = {.origin = b->origin, .line = parser->problem_mark.line + 1};
    return tree_fail(b->err, DCAT_ERR_FORMAT, &here, NULL, "not YAML: %s%s%s%s", problem,
                     parser->context == NULL ? "" : ", ",
                     parser->context == NULL ? "" : parser->context,
                     tab ? " (tabs cannot indent YAML)" : "");
}

// Hang a finished or opened node into the tree, below the innermost open one.
static void attach(builder *b, tree_node *node)
{
    node->key = b->key;
    node->key_line = b->key_line;
    b->key = NULL;
    if (b->depth == 0) {
        b->tree->root = node;
        return;
    }
    *b->tail[b->depth - 1] = node;
    b->tail[b->depth - 1] = &node->next;
}

static bool expects_key(const builder *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == TREE_MAPPING && b->key == NULL;
}

static dcat_status out_of_memory(const builder *b)
{
    return dcat_fail(b->err, DCAT_ERR_MEMORY, "out of memory while reading YAML");
}

static dcat_status add_scalar(builder *b, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    size_t line = event->start_mark.line + 1;
    if (memchr(value, '\0', length) != NULL) {
        return refuse(b, DCAT_ERR_FORMAT, line, "a zero byte cannot stand in a value");
    }
    char *text = take_text(b->tree, value, length);
    if (text == NULL) {
        return out_of_memory(b);
    }
    if (expects_key(b)) {
        b->key = text;
        b->key_line = line;
        return DCAT_OK;
    }
    tree_node *node = take_node(b->tree, TREE_SCALAR, b->origin, line);
    if (node == NULL) {
        return out_of_memory(b);
    }
    node->text = text;
    node->length = length;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->begin = event->start_mark.index;
    node->end = event->end_mark.index;
    attach(b, node);
    return DCAT_OK;
}

static dcat_status open_collection(builder *b, tree_kind kind, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;
    if (expects_key(b)) {
        return refuse(b, DCAT_ERR_FORMAT, line, "a key must be a plain word");
    }
    if (b->depth == TREE_DEPTH_MAX) {
        return refuse(b, DCAT_ERR_FORMAT, line, "nested too deeply");
    }
    tree_node *node = take_node(b->tree, kind, b->origin, line);
    if (node == NULL) {
        return out_of_memory(b);
    }
    attach(b, node);
    b->open[b->depth] = node;
    b->tail[b->depth] = &node->child;
    b->depth++;
    return DCAT_OK;
}

// Anchors and tags are refused on any node: an alias could otherwise repeat a large value, and a
// tag could change what a value is.
static bool has_extras(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    default:
        return event->type == YAML_ALIAS_EVENT;
    }
}

static dcat_status take_event(builder *b, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;
    if (has_extras(event)) {
        return refuse(b, DCAT_ERR_FORMAT, line, "anchors, aliases and tags are not used here");
    }
    if (b->tree->node_count >= TREE_NODES_MAX) {
        return refuse(b, DCAT_ERR_RANGE, line, "too many values");
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return b->tree->root == NULL ? DCAT_OK
                                     : refuse(b, DCAT_ERR_FORMAT, line,
                                              "a second document starts here; there must be one");
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(b, TREE_SEQUENCE, event);
    case YAML_MAPPING_START_EVENT:
        return open_collection(b, TREE_MAPPING, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return DCAT_OK;
    default:
        return DCAT_OK;
    }
}

static dcat_status build(builder *b)
{
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event)) {
            return parser_failed(b);
        }
        bool end = event.type == YAML_STREAM_END_EVENT;
        dcat_status status = take_event(b, &event);
        yaml_event_delete(&event);
        if (status != DCAT_OK || end) {
            return status;
        }
    }
}

// Size and encoding, before the YAML parser sees anything.
static dcat_status check_text(const char *text, size_t size, const tree_origin *origin,
                              dcat_error *err)
{
    tree_node here = {.origin = origin, .line = 1};
    if (size > TREE_BYTES_MAX) {
        return tree_fail(err, DCAT_ERR_RANGE, &here, NULL, "must be at most %d bytes long",
                         TREE_BYTES_MAX);
    }
    size_t bad;
    if (!text_is_utf8(text, size, &bad)) {
        for (size_t i = 0; i < bad; i++) {
            here.line += text[i] == '\n';
        }
        return tree_fail(err, DCAT_ERR_FORMAT, &here, NULL, "must be UTF-8 text, got byte 0x%02x",
                         (unsigned char)text[bad]);
    }
    return DCAT_OK;
}

dcat_status tree_parse(const char *text, size_t size, const tree_origin *origin, tree *into,
                       dcat_error *err)
{
    *into = (tree){0};
    dcat_status status = check_text(text, size, origin, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { // a byte order mark says nothing here
        text += 3;
        size -= 3;
    }
    builder b = {.origin = origin, .tree = into, .err = err};
    if (!yaml_parser_initialize(&b.parser)) {
        return out_of_memory(&b);
    }
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, size);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    status = build(&b);
    yaml_parser_delete(&b.parser);
    if (status != DCAT_OK) {
        tree_free(into);
    }
    return status;
}

// --- Looking

static tree_node *child_of_length(const tree_node *node, const char *key, size_t length)
{
    if (node == NULL || node->kind != TREE_MAPPING) {
        return NULL;
    }
    for (tree_node *entry = node->child; entry != NULL; entry = entry->next) {
        if (strncmp(entry->key, key, length) == 0 && entry->key[length] == '\0') {
            return entry;
        }
    }
    return NULL;
}

tree_node *tree_child(const tree_node *node, const char *key)
{
    return child_of_length(node, key, strlen(key));
}

tree_node *tree_find(const tree *t, const char *path)
{
    tree_node *node = t->root;
    while (node != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        node = child_of_length(node, path, length);
        path += length + (path[length] == '.');
    }
    return node;
}

size_t tree_count(const tree_node *node)
{
    size_t count = 0;
    for (const tree_node *entry = node->child; entry != NULL; entry = entry->next) {
        count++;
    }
    return count;
}

// --- Editing

// Recursion is at most TREE_DEPTH_MAX deep: no parsed tree is deeper.
tree_node *tree_copy(tree *t, const tree_node *node)
{
    tree_node *copy = take_node(t, node->kind, node->origin, node->line);
    if (copy == NULL) {
        return NULL;
    }
    copy->plain = node->plain;
    copy->length = node->length;
    copy->key_line = node->key_line;
    bool ok = true;
    if (node->text != NULL) {
        ok = (copy->text = take_text(t, node->text, node->length)) != NULL;
    }
    if (ok && node->key != NULL) {
        ok = (copy->key = take_text(t, node->key, strlen(node->key))) != NULL;
    }
    tree_node **tail = &copy->child;
    for (const tree_node *entry = node->child; ok && entry != NULL; entry = entry->next) {
        *tail = tree_copy(t, entry);
        ok = *tail != NULL;
        tail = ok ? &(*tail)->next : tail;
    }
    return ok ? copy : NULL;
}

void tree_remove(tree_node *mapping, const char *key)
{
    if (mapping == NULL || mapping->kind != TREE_MAPPING) {
        return;
    }
    for (tree_node **entry = &mapping->child; *entry != NULL; entry = &(*entry)->next) {
        if (strcmp((*entry)->key, key) == 0) {
            *entry = (*entry)->next;
            return;
        }
    }
}

bool tree_set(tree *t, tree_node *mapping, const char *key, tree_node *node)
{
    node->key = take_text(t, key, strlen(key));
    if (node->key == NULL) {
        return false;
    }
    node->key_line = node->line;
    tree_remove(mapping, key);
    tree_node **tail = &mapping->child;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    node->next = NULL;
    *tail = node;
    return true;
}

tree_node *tree_section(tree *t, const char *path, const tree_origin *origin, size_t line)
{
    if (t->root == NULL) {
        t->root = take_node(t, TREE_MAPPING, origin, line);
    }
    tree_node *node = t->root;
    while (node != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        char key[64];
        if (node->kind != TREE_MAPPING || length >= sizeof key) {
            return NULL;
        }
        memcpy(key, path, length);
        key[length] = '\0';
        tree_node *entry = tree_child(node, key);
        if (entry == NULL) {
            entry = take_node(t, TREE_MAPPING, origin, line);
            if (entry == NULL || !tree_set(t, node, key, entry)) {
                return NULL;
            }
        }
        node = entry;
        path += length + (path[length] == '.');
    }
    return node != NULL && node->kind == TREE_MAPPING ? node : NULL;
}

tree_node *tree_scalar(tree *t, const char *text, const tree_origin *origin, size_t line)
{
    tree_node *node = take_node(t, TREE_SCALAR, origin, line);
    if (node == NULL) {
        return NULL;
    }
    node->length = strlen(text);
    node->text = take_text(t, text, node->length);
    node->plain = true;
    return node->text == NULL ? NULL : node;
}
