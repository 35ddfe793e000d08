// SPDX-License-Identifier: Apache-2.0
// document.h - a scenario's text with overrides and defaults merged into it.

#ifndef DCAT_SCENARIO_DOCUMENT_H
#define DCAT_SCENARIO_DOCUMENT_H

#include "file/yaml_tree.h"
#include "scenario/keys.h"
#include <stdio.h>

typedef struct scenario_document {
    tree tree;
    tree_origin file;       // the scenario's own text
    tree_origin *overrides; // [override_count]
    size_t override_count;
} scenario_document;

// Parse and check text, apply the overrides in order, fill what is missing from the defaults, and
// see that what is required is there and nothing contradicts. label must outlive the document, and
// so must the origin of defaults. Errors: ERR_FORMAT, ERR_FIELD, ERR_RANGE, ERR_MEMORY; the
// document is empty then.
dcat_status scenario_document_load(const char *label, const char *text, size_t size,
                                   const char *const *overrides, size_t override_count,
                                   const tree *defaults, scenario_document *document,
                                   dcat_error *err);
// The same for what an exchange's settings have in common with a scenario: entries of `others`
// [other_count] are somebody else's, and servers, demand and their times are none of a file's.
dcat_status scenario_document_load_market(const char *label, const char *text, size_t size,
                                          const char *const *others, size_t other_count,
                                          const tree *defaults, scenario_document *document,
                                          dcat_error *err);
void scenario_document_free(scenario_document *document);

// Fail, naming where the key at path was written, or the file when it was not.
dcat_status scenario_document_fail(const scenario_document *document, dcat_error *err,
                                   dcat_status status, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// What stands for the file of key `index` of the table; false when it names none, or its name is
// too long.
#define SCENARIO_FILE_NAME_SIZE 512
typedef bool scenario_file_name(const scenario_document *document, size_t index,
                                char name[SCENARIO_FILE_NAME_SIZE]);

// As YAML that loads again, keys in the order of the table.
//   rename   Nullable: files are called as it says, which must be well; else as they were written
// Errors: ERR_IO.
dcat_status scenario_document_write(const scenario_document *document, scenario_file_name *rename,
                                    FILE *file, dcat_error *err);

// Load into C values. Free with scenario_values_free. Errors: ERR_MEMORY.
dcat_status scenario_values_load(const scenario_document *document, scenario_values **values,
                                 dcat_error *err);
void scenario_values_free(scenario_values *values);

#endif
