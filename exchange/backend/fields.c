// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/fields.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 128, LINE_MAX_BYTES = 1000 };

static void join(char path[PATH_SIZE], const char *section, const char *key)
{
    snprintf(path, PATH_SIZE, "%s%s%s", section, section[0] != '\0' ? "." : "", key);
}

static const char *kind_of(const tree_node *node)
{
    return node->kind == TREE_MAPPING ? "a mapping" : "a list";
}

static dcat_status refuse_value(const tree_node *node, const char *path, dcat_status status,
                                const char *rule, dcat_error *err)
{
    const char *got = node->kind != TREE_SCALAR ? kind_of(node)
                      : node->length == 0       ? "nothing"
                                                : NULL;
    return got != NULL ? tree_fail(err, status, node, path, "%s, got %s", rule, got)
                       : tree_fail(err, status, node, path, "%s, got %s", rule,
                                   TEXT_SHOW(node->text, node->length));
}

static dcat_status read_number(const tree_node *node, const char *path, const field *row,
                               void *place, dcat_error *err)
{
    double number = 0.0;
    int64_t whole = 0;
    const char *rule = row->kind == FIELD_WHOLE ? "must be a whole number" : "must be a number";
    if (node->kind == TREE_SCALAR && node->plain) {
        rule = row->kind == FIELD_WHOLE ? text_whole(node->text, node->length, &whole)
                                        : text_number(node->text, node->length, &number);
    }
    if (rule != NULL) {
        return refuse_value(node, path, DCAT_ERR_FORMAT, rule, err);
    }
    number = row->kind == FIELD_WHOLE ? (double)whole : number;
    if (!text_bound_holds(&row->bound, number)) {
        char text[128];
        text_bound_words words;
        snprintf(text, sizeof text, "must be %s", text_bound_rule(&words, &row->bound, number));
        return refuse_value(node, path, DCAT_ERR_RANGE, text, err);
    }
    if (row->kind == FIELD_WHOLE) {
        memcpy(place, &whole, sizeof whole);
    } else {
        memcpy(place, &number, sizeof number);
    }
    return DCAT_OK;
}

static dcat_status read_word(const tree_node *node, const char *path, const field *row, void *place,
                             dcat_error *err)
{
    char rule[200] = "must be";
    for (int64_t i = 0; row->words[i] != NULL; i++) {
        if (node->kind == TREE_SCALAR && strcmp(node->text, row->words[i]) == 0) {
            memcpy(place, &i, sizeof i);
            return DCAT_OK;
        }
        size_t used = strlen(rule);
        snprintf(rule + used, sizeof rule - used, "%s %s", i > 0 ? " or" : "", row->words[i]);
    }
    return refuse_value(node, path, DCAT_ERR_RANGE, rule, err);
}

dcat_status agent_field_read(const tree_node *node, const char *path, const field *row,
                             void *target, dcat_error *err)
{
    void *place = (char *)target + row->offset;
    switch (row->kind) {
    case FIELD_TEXT:
        if (node->kind != TREE_SCALAR || node->length == 0 || node->length > LINE_MAX_BYTES ||
            !text_is_line(node->text, node->length)) {
            return refuse_value(node, path, DCAT_ERR_FORMAT,
                                "must be one line of at most 1000 bytes", err);
        }
        memcpy(place, &node->text, sizeof node->text);
        return DCAT_OK;
    case FIELD_WORD:
        return read_word(node, path, row, place, err);
    case FIELD_OTHER:
        memcpy(place, &node, sizeof node);
        return DCAT_OK;
    default:
        return read_number(node, path, row, place, err);
    }
}

static dcat_status refuse_key(const tree_node *entry, const char *section, const field *fields,
                              size_t field_count, dcat_error *err)
{
    char path[PATH_SIZE];
    join(path, section, entry->key);
    tree_node here = *entry;
    here.line = entry->key_line;
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < field_count; i++) {
        size_t distance = text_unlikeness(entry->key, fields[i].key);
        if (distance < least) {
            least = distance;
            nearest = fields[i].key;
        }
    }
    return nearest != NULL && text_is_close(least, entry->key)
               ? tree_fail(err, DCAT_ERR_FIELD, &here, path, "no such key; did you mean %s?",
                           nearest)
               : tree_fail(err, DCAT_ERR_FIELD, &here, path, "no such key");
}

static dcat_status read_entry(const tree_node *mapping, const tree_node *entry, const char *section,
                              const field *fields, size_t field_count, void *target,
                              dcat_error *err)
{
    char path[PATH_SIZE];
    join(path, section, entry->key);
    for (size_t i = 0; i < field_count; i++) {
        if (strcmp(entry->key, fields[i].key) == 0) {
            dcat_status status = tree_check_once(mapping, entry, path, err);
            return status == DCAT_OK ? agent_field_read(entry, path, &fields[i], target, err)
                                     : status;
        }
    }
    return refuse_key(entry, section, fields, field_count, err);
}

dcat_status agent_fields_read(const tree_node *mapping, const char *path, const field *fields,
                              size_t field_count, void *target, dcat_error *err)
{
    const char *named = path[0] != '\0' ? path : NULL;
    if (mapping->kind != TREE_MAPPING) {
        return refuse_value(mapping, named, DCAT_ERR_FORMAT, "must be a mapping", err);
    }
    for (const tree_node *entry = mapping->child; entry != NULL; entry = entry->next) {
        dcat_status status = read_entry(mapping, entry, path, fields, field_count, target, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < field_count; i++) {
        if (fields[i].required && tree_child(mapping, fields[i].key) == NULL) {
            return tree_fail(err, DCAT_ERR_FIELD, mapping, named, "%s is missing", fields[i].key);
        }
    }
    return DCAT_OK;
}
