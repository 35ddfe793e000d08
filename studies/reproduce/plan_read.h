// SPDX-License-Identifier: Apache-2.0
// plan_read.h - take the fields of a YAML mapping one by one.
//
// A function for each kind of mapping asks for its fields in order; a key that ends in '?' may be
// missing, and is NULL or 0 then. What it asked for are the keys that there are: any other key is a
// mistake. After the first mistake nothing is read and every answer is NULL or 0, so that readers
// need not ask. Messages name file, line, field, rule and value.

#ifndef DCAT_STUDIES_REPRODUCE_PLAN_READ_H
#define DCAT_STUDIES_REPRODUCE_PLAN_READ_H

#include "file/yaml_tree.h"
#include "reproduce/plan.h"
#include <stdbool.h>

// What a text must be; must is the rule as a user reads it. plan holds what was read before.
typedef struct plan_rule {
    bool (*holds)(const reproduce_plan *plan, const char *text);
    const char *must;
} plan_rule;

typedef struct plan_reader {
    const reproduce_plan *plan; // what rules look at
    dcat_status status;         // of the first mistake
    dcat_error *err;
} plan_reader;

// A mapping being read.
typedef struct plan_part {
    plan_reader *reader;
    const tree_node *node;
    char path[160]; // "convergence.figures[1]", "" for the whole plan
    char keys[240]; // asked for so far
} plan_part;

typedef void plan_read_function(plan_part *part, void *into);

// A text and what was parsed of it: what is read borrows its texts. label is how messages call it.
// An empty text is refused.
typedef struct plan_document plan_document;
dcat_status plan_document_parse(const char *label, const char *text, size_t size,
                                plan_document **document, dcat_error *err);
void plan_document_free(plan_document *document); // NULL is fine
const char *plan_document_label(const plan_document *document);
// The whole of it; reader needs no more than its plan.
dcat_status plan_document_read(const plan_document *document, plan_reader *reader,
                               plan_read_function *read, void *into, dcat_error *err);

// The bytes of a file, owned by the caller: one more than a document may have at most. Errors:
// ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
dcat_status plan_text_load(const char *file, char **text, size_t *size, dcat_error *err);

const char *plan_text(plan_part *part, const char *key, const plan_rule *rule); // rule: nullable
size_t plan_count(plan_part *part, const char *key, double min, double max);
double plan_number(plan_part *part, const char *key, double min, double max);
// The index of one of the words, which NULL ends; or a list of them as bits.
unsigned plan_word(plan_part *part, const char *key, const char *const *words);
unsigned plan_words(plan_part *part, const char *key, const char *const *words);
// A list of 1 to most texts; returns how many.
size_t plan_texts(plan_part *part, const char *key, const plan_rule *rule, const char **texts,
                  size_t most);
void plan_mapping(plan_part *part, const char *key, plan_read_function *read, void *into);
// A list of 1 to most mappings into an array. *count is how many are complete, while reading too.
void plan_list(plan_part *part, const char *key, plan_read_function *read, void *array,
               size_t element_size, size_t most, size_t *count);

// A mistake that no rule tells: of a field, at a node.
void plan_fail(plan_part *part, dcat_status status, const tree_node *node, const char *key,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
