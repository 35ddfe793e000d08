// SPDX-License-Identifier: Apache-2.0
#include "reproduce/plan_read.h"

#include "file/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 160

typedef struct reading {
    const plan_field *field;
    const tree_node *node;
    const char *path; // of the field
    const reproduce_plan *plan;
    char *into; // the struct
    dcat_error *err;
} reading;

static const char *show(const tree_node *node)
{
    static _Thread_local text_shown shown;
    return node->kind == TREE_SCALAR     ? text_show(&shown, node->text, node->length)
           : node->kind == TREE_SEQUENCE ? "a list"
                                         : "a mapping";
}

static dcat_status wrong(const reading *r, dcat_status status, const tree_node *node,
                         const char *rule)
{
    return tree_fail(r->err, status, node, r->path, "must be %s, got %s", rule, show(node));
}

// --- Single values

// A pointer to the value of a scalar that keeps the field's rule, NULL after an error.
static const char *text_of(const reading *r, const tree_node *node, dcat_status *status)
{
    const plan_rule *rule = r->field->rule;
    if (node->kind != TREE_SCALAR || node->length == 0 || !text_is_line(node->text, node->length)) {
        *status = wrong(r, DCAT_ERR_FORMAT, node, "a text of one line");
        return NULL;
    }
    if (rule != NULL && !rule->holds(r->plan, node->text)) {
        *status = wrong(r, DCAT_ERR_REFERENCE, node, rule->must);
        return NULL;
    }
    return node->text;
}

static dcat_status number_of(const reading *r, double *value)
{
    const plan_field *field = r->field;
    bool whole = field->kind == PLAN_COUNT;
    int64_t count = 0;
    const char *problem = r->node->kind != TREE_SCALAR ? "no scalar"
                          : whole ? text_whole(r->node->text, r->node->length, &count)
                                  : text_number(r->node->text, r->node->length, value);
    if (problem != NULL) {
        return wrong(r, DCAT_ERR_FORMAT, r->node, whole ? "a whole number" : "a number");
    }
    *value = whole ? (double)count : *value;
    if (!(*value >= field->min && *value <= field->max)) {
        char rule[80];
        snprintf(rule, sizeof rule, "in [%.10g, %.10g]", field->min, field->max);
        return wrong(r, DCAT_ERR_RANGE, r->node, rule);
    }
    return DCAT_OK;
}

static dcat_status word_of(const reading *r, const tree_node *node, unsigned *index)
{
    const char *const *words = r->field->words;
    char rule[160] = "one of";
    for (*index = 0; words[*index] != NULL; (*index)++) {
        if (node->kind == TREE_SCALAR && strcmp(node->text, words[*index]) == 0) {
            return DCAT_OK;
        }
        size_t used = strlen(rule);
        snprintf(rule + used, sizeof rule - used, "%s %s", *index > 0 ? "," : "", words[*index]);
    }
    return wrong(r, DCAT_ERR_FIELD, node, rule);
}

// --- Several values

// Refuse what is no list, or has no entry, or too many.
static dcat_status check_list(const reading *r)
{
    char rule[64];
    size_t count = r->node->kind == TREE_SEQUENCE ? tree_count(r->node) : 0;
    if (count >= 1 && count <= r->field->most) {
        return DCAT_OK;
    }
    snprintf(rule, sizeof rule, "a list of 1 to %zu", r->field->most);
    if (r->node->kind != TREE_SEQUENCE) {
        return wrong(r, DCAT_ERR_FORMAT, r->node, rule);
    }
    return tree_fail(r->err, DCAT_ERR_RANGE, r->node, r->path, "must be %s, got %zu", rule, count);
}

static dcat_status read_texts(const reading *r)
{
    dcat_status status = check_list(r);
    size_t count = 0;
    for (const tree_node *item = r->node->child; status == DCAT_OK && item != NULL;
         item = item->next) {
        const char *text = text_of(r, item, &status);
        memcpy(r->into + r->field->offset + count * sizeof text, &text, sizeof text);
        count++;
    }
    memcpy(r->into + r->field->count_offset, &count, sizeof count);
    return status;
}

static dcat_status read_words(const reading *r)
{
    unsigned bits = 0;
    unsigned index = 0;
    dcat_status status = DCAT_OK;
    if (r->field->most == 1) {
        status = word_of(r, r->node, &index);
        bits = 1u << index;
    } else {
        status = check_list(r);
        for (const tree_node *item = r->node->child; status == DCAT_OK && item != NULL;
             item = item->next) {
            status = word_of(r, item, &index);
            bits |= 1u << index;
        }
    }
    memcpy(r->into + r->field->offset, &bits, sizeof bits);
    return status;
}

// Recursion is at most TREE_DEPTH_MAX deep: shapes are no deeper.
static dcat_status read_list(const reading *r)
{
    dcat_status status = check_list(r);
    const plan_shape *shape = r->field->shape;
    size_t count = 0;
    for (const tree_node *item = r->node->child; status == DCAT_OK && item != NULL;
         item = item->next) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s[%zu]", r->path, count);
        // Counted when complete: the names before it are what rules look at.
        status = plan_read(item, path, shape, r->plan,
                           r->into + r->field->offset + count * shape->size, r->err);
        count += status == DCAT_OK;
        memcpy(r->into + r->field->count_offset, &count, sizeof count);
    }
    return status;
}

// --- Fields

static dcat_status read_field(const reading *r)
{
    char *value = r->into + r->field->offset;
    dcat_status status = DCAT_OK;
    switch (r->field->kind) {
    case PLAN_TEXT: {
        const char *text = text_of(r, r->node, &status);
        memcpy(value, &text, sizeof text);
        return status;
    }
    case PLAN_TEXTS:
        return read_texts(r);
    case PLAN_COUNT:
    case PLAN_NUMBER: {
        double number = 0.0;
        status = number_of(r, &number);
        size_t count = status == DCAT_OK && r->field->kind == PLAN_COUNT ? (size_t)number : 0;
        memcpy(value, r->field->kind == PLAN_COUNT ? (void *)&count : (void *)&number,
               r->field->kind == PLAN_COUNT ? sizeof count : sizeof number);
        return status;
    }
    case PLAN_WORD: {
        unsigned index;
        status = word_of(r, r->node, &index);
        memcpy(value, &index, sizeof index);
        return status;
    }
    case PLAN_WORDS:
        return read_words(r);
    case PLAN_PART:
        return plan_read(r->node, r->path, r->field->shape, r->plan, value, r->err);
    case PLAN_LIST:
        return read_list(r);
    }
    return DCAT_OK;
}

// Every key is one of the shape's and stands once.
static dcat_status check_keys(const tree_node *node, const char *path, const plan_shape *shape,
                              dcat_error *err)
{
    for (const tree_node *entry = node->child; entry != NULL; entry = entry->next) {
        char keys[200] = "";
        bool known = false;
        for (size_t f = 0; f < shape->field_count; f++) {
            size_t used = strlen(keys);
            known = known || strcmp(entry->key, shape->fields[f].key) == 0;
            snprintf(keys + used, sizeof keys - used, "%s%s", f > 0 ? ", " : "",
                     shape->fields[f].key);
        }
        tree_node at = *entry;
        at.line = entry->key_line;
        const char *name = *path != '\0' ? path : NULL;
        if (!known) {
            return tree_fail(err, DCAT_ERR_FIELD, &at, name, "there is no key %s; there are: %s",
                             TEXT_SHOW(entry->key, strlen(entry->key)), keys);
        }
        if (tree_child(node, entry->key) != entry) {
            return tree_fail(err, DCAT_ERR_FIELD, &at, name, "%s must be given once, got it twice",
                             entry->key);
        }
    }
    return DCAT_OK;
}

dcat_status plan_read(const tree_node *node, const char *path, const plan_shape *shape,
                      const reproduce_plan *plan, void *into, dcat_error *err)
{
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, *path != '\0' ? path : NULL,
                         "must be a mapping, got %s", show(node));
    }
    dcat_status status = check_keys(node, path, shape, err);
    for (size_t f = 0; status == DCAT_OK && f < shape->field_count; f++) {
        const plan_field *field = &shape->fields[f];
        const tree_node *entry = tree_child(node, field->key);
        char below[PATH_SIZE];
        snprintf(below, sizeof below, "%s%s%s", path, *path != '\0' ? "." : "", field->key);
        if (entry != NULL) {
            const reading r = {field, entry, below, plan, into, err};
            status = read_field(&r);
        } else if (!field->optional) {
            status = tree_fail(err, DCAT_ERR_FIELD, node, below, "must be given");
        }
    }
    return status;
}
