// SPDX-License-Identifier: Apache-2.0
#include "reproduce/plan_read.h"

#include "file/text.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 40

// --- Mistakes

void plan_fail(plan_part *part, dcat_status status, const tree_node *node, const char *key,
               const char *format, ...)
{
    char path[sizeof part->path + KEY_SIZE];
    char message[400];
    if (part->reader->status != DCAT_OK) {
        return;
    }
    snprintf(path, sizeof path, "%s%s%s", part->path,
             part->path[0] != '\0' && key != NULL ? "." : "", key != NULL ? key : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    part->reader->status =
        tree_fail(part->reader->err, status, node, path[0] != '\0' ? path : NULL, "%s", message);
}

static void wrong(plan_part *part, dcat_status status, const tree_node *node, const char *key,
                  const char *rule)
{
    const char *got = node->kind == TREE_SCALAR     ? TEXT_SHOW(node->text, node->length)
                      : node->kind == TREE_SEQUENCE ? "a list"
                                                    : "a mapping";
    plan_fail(part, status, node, key, "must be %s, got %s", rule, got);
}

// Every key was asked for and stands once. A wrong key is what the user mends first, whatever else
// is wrong below.
static void check_keys(plan_part *part)
{
    plan_reader *reader = part->reader;
    const char *path = part->path[0] != '\0' ? part->path : NULL;
    for (const tree_node *entry = part->node->child; entry != NULL; entry = entry->next) {
        char key[KEY_SIZE + 4];
        tree_node at = *entry;
        at.line = entry->key_line;
        snprintf(key, sizeof key, " %.*s,", KEY_SIZE, entry->key);
        if (strstr(part->keys, key) == NULL) {
            reader->status = tree_fail(
                reader->err, DCAT_ERR_FIELD, &at, path, "there is no key %s; there are:%.*s",
                TEXT_SHOW(entry->key, strlen(entry->key)), (int)strlen(part->keys) - 1, part->keys);
            return;
        }
        if (tree_child(part->node, entry->key) != entry) {
            reader->status = tree_fail(reader->err, DCAT_ERR_FIELD, &at, path,
                                       "%s must be given once, got it twice", entry->key);
            return;
        }
    }
}

// --- Fields

// A field's value and its key without '?'; NULL when there is none, or after a mistake.
static const tree_node *find(plan_part *part, const char *key, char name[KEY_SIZE])
{
    size_t used = strlen(part->keys);
    size_t length = strcspn(key, "?");
    snprintf(name, KEY_SIZE, "%.*s", (int)length, key);
    snprintf(part->keys + used, sizeof part->keys - used, " %s,", name);
    const tree_node *node = part->reader->status == DCAT_OK ? tree_child(part->node, name) : NULL;
    if (node == NULL && key[length] != '?') {
        plan_fail(part, DCAT_ERR_FIELD, part->node, name, "must be given");
    }
    return node;
}

// The same for a list of 1 to most; the first of its elements.
static const tree_node *find_list(plan_part *part, const char *key, size_t most,
                                  char name[KEY_SIZE])
{
    const tree_node *node = find(part, key, name);
    size_t count = node != NULL && node->kind == TREE_SEQUENCE ? tree_count(node) : 0;
    char rule[64];
    snprintf(rule, sizeof rule, "a list of 1 to %zu", most);
    if (node != NULL && node->kind != TREE_SEQUENCE) {
        wrong(part, DCAT_ERR_FORMAT, node, name, rule);
    } else if (node != NULL && (count < 1 || count > most)) {
        plan_fail(part, DCAT_ERR_RANGE, node, name, "must be %s, got %zu", rule, count);
    }
    return node != NULL && part->reader->status == DCAT_OK ? node->child : NULL;
}

static const char *text_of(plan_part *part, const char *key, const tree_node *node,
                           const plan_rule *rule)
{
    if (node->kind != TREE_SCALAR || node->length == 0 || !text_is_line(node->text, node->length)) {
        wrong(part, DCAT_ERR_FORMAT, node, key, "a text of one line");
    } else if (rule != NULL && !rule->holds(part->reader->plan, node->text)) {
        wrong(part, DCAT_ERR_REFERENCE, node, key, rule->must);
    }
    return part->reader->status == DCAT_OK ? node->text : NULL;
}

const char *plan_text(plan_part *part, const char *key, const plan_rule *rule)
{
    char name[KEY_SIZE];
    const tree_node *node = find(part, key, name);
    return node != NULL ? text_of(part, name, node, rule) : NULL;
}

size_t plan_texts(plan_part *part, const char *key, const plan_rule *rule, const char **texts,
                  size_t most)
{
    char name[KEY_SIZE];
    size_t count = 0;
    for (const tree_node *item = find_list(part, key, most, name);
         item != NULL && part->reader->status == DCAT_OK; item = item->next) {
        texts[count++] = text_of(part, name, item, rule);
    }
    return count;
}

static double number_of(plan_part *part, const char *key, bool whole, double min, double max)
{
    char name[KEY_SIZE];
    char rule[80];
    int64_t count = 0;
    double value = 0.0;
    const tree_node *node = find(part, key, name);
    if (node == NULL) {
        return 0.0;
    }
    const char *problem = node->kind != TREE_SCALAR ? "no scalar"
                          : whole                   ? text_whole(node->text, node->length, &count)
                                                    : text_number(node->text, node->length, &value);
    value = whole ? (double)count : value;
    if (problem != NULL) {
        wrong(part, DCAT_ERR_FORMAT, node, name, whole ? "a whole number" : "a number");
    } else if (!(value >= min && value <= max)) {
        snprintf(rule, sizeof rule, "in [%.10g, %.10g]", min, max);
        wrong(part, DCAT_ERR_RANGE, node, name, rule);
    }
    return part->reader->status == DCAT_OK ? value : 0.0;
}

size_t plan_count(plan_part *part, const char *key, double min, double max)
{
    return (size_t)number_of(part, key, true, min, max);
}

double plan_number(plan_part *part, const char *key, double min, double max)
{
    return number_of(part, key, false, min, max);
}

static unsigned word_of(plan_part *part, const char *key, const tree_node *node,
                        const char *const *words)
{
    char rule[160] = "one of";
    for (unsigned w = 0; words[w] != NULL; w++) {
        if (node->kind == TREE_SCALAR && strcmp(node->text, words[w]) == 0) {
            return w;
        }
        size_t used = strlen(rule);
        snprintf(rule + used, sizeof rule - used, "%s %s", w > 0 ? "," : "", words[w]);
    }
    wrong(part, DCAT_ERR_FIELD, node, key, rule);
    return 0;
}

unsigned plan_word(plan_part *part, const char *key, const char *const *words)
{
    char name[KEY_SIZE];
    const tree_node *node = find(part, key, name);
    return node != NULL ? word_of(part, name, node, words) : 0;
}

unsigned plan_words(plan_part *part, const char *key, const char *const *words)
{
    char name[KEY_SIZE];
    unsigned bits = 0;
    size_t most = 0;
    while (words[most] != NULL) {
        most++;
    }
    for (const tree_node *item = find_list(part, key, most, name); item != NULL;
         item = item->next) {
        bits |= 1u << word_of(part, name, item, words);
    }
    return bits;
}

// --- Mappings. Recursion is at most TREE_DEPTH_MAX deep: readers are no deeper.

static void read_part(plan_reader *reader, const tree_node *node, const char *path,
                      plan_read_function *read, void *into)
{
    plan_part part = {.reader = reader, .node = node};
    snprintf(part.path, sizeof part.path, "%s", path);
    if (node->kind != TREE_MAPPING) {
        wrong(&part, DCAT_ERR_FORMAT, node, NULL, "a mapping");
        return;
    }
    read(&part, into);
    check_keys(&part);
}

static void path_of(const plan_part *part, const char *name, char path[sizeof part->path])
{
    snprintf(path, sizeof part->path, "%s%s%s", part->path, part->path[0] != '\0' ? "." : "", name);
}

void plan_mapping(plan_part *part, const char *key, plan_read_function *read, void *into)
{
    char name[KEY_SIZE];
    char path[sizeof part->path];
    const tree_node *node = find(part, key, name);
    path_of(part, name, path);
    if (node != NULL) {
        read_part(part->reader, node, path, read, into);
    }
}

void plan_list(plan_part *part, const char *key, plan_read_function *read, void *array,
               size_t element_size, size_t most, size_t *count)
{
    char name[KEY_SIZE];
    char list[sizeof part->path];
    char path[sizeof part->path + 24];
    const tree_node *item = find_list(part, key, most, name);
    path_of(part, name, list);
    for (; item != NULL && part->reader->status == DCAT_OK; item = item->next) {
        snprintf(path, sizeof path, "%s[%zu]", list, *count);
        read_part(part->reader, item, path, read, (char *)array + *count * element_size);
        *count += part->reader->status == DCAT_OK;
    }
}

// --- Documents

struct plan_document {
    tree tree;
    tree_origin origin;
    char *label;
};

dcat_status plan_document_parse(const char *label, const char *text, size_t size,
                                plan_document **document, dcat_error *err)
{
    plan_document *made = calloc(1, sizeof *made);
    char *file = strdup(label);
    if (made == NULL || file == NULL) {
        free(made);
        free(file);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a plan");
    }
    made->label = file;
    made->origin = (tree_origin){.label = file, .has_lines = true};
    dcat_status status = tree_parse(text, size, &made->origin, &made->tree, err);
    if (status == DCAT_OK && made->tree.root == NULL) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s:1: must be a mapping, got nothing", label);
    }
    if (status != DCAT_OK) {
        plan_document_free(made);
        return status;
    }
    *document = made;
    return DCAT_OK;
}

void plan_document_free(plan_document *document)
{
    if (document != NULL) {
        tree_free(&document->tree);
        free(document->label);
        free(document);
    }
}

const char *plan_document_label(const plan_document *document)
{
    return document->label;
}

dcat_status plan_document_read(const plan_document *document, plan_reader *reader,
                               plan_read_function *read, void *into, dcat_error *err)
{
    reader->err = err;
    read_part(reader, document->tree.root, "", read, into);
    return reader->status;
}

dcat_status plan_text_load(const char *file, char **text, size_t *size, dcat_error *err)
{
    FILE *from = fopen(file, "rbe");
    if (from == NULL) {
        return dcat_fail(err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO, "%s: %s", file,
                         strerror(errno));
    }
    char *bytes = malloc(TREE_BYTES_MAX + 1);
    *size = bytes != NULL ? fread(bytes, 1, TREE_BYTES_MAX + 1, from) : 0;
    dcat_status status = DCAT_OK;
    if (bytes == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %s", file);
    } else if (ferror(from)) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: reading failed", file);
    }
    fclose(from);
    if (status != DCAT_OK) {
        free(bytes);
        return status;
    }
    *text = bytes;
    return DCAT_OK;
}
