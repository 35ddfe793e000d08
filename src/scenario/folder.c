// SPDX-License-Identifier: Apache-2.0
// A scenario with its tables in a folder of results, where it loads by itself.

#include "dcat/x/scenario.h"

#include "scenario/object.h"

#include <string.h>

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// The file that key i names; NULL for other keys, and when it is not set.
static const char *file_of(const scenario_document *document, size_t i)
{
    const scenario_key *key = &scenario_keys[i];
    const tree_node *node = key->kind == KEY_FILE ? tree_find(&document->tree, key->path) : NULL;
    return node != NULL && node->kind == TREE_SCALAR ? node->text : NULL;
}

// What a file is called among the tables: as it was, and with its key before it if another one has
// that name already.
static bool table_name(const scenario_document *document, size_t i,
                       char name[SCENARIO_FILE_NAME_SIZE])
{
    const char *own = last_part(file_of(document, i));
    bool taken = false;
    for (size_t k = 0; k < i; k++) {
        const char *other = file_of(document, k);
        taken = taken || (other != NULL && strcmp(last_part(other), own) == 0);
    }
    int length = snprintf(name, SCENARIO_FILE_NAME_SIZE, "tables/%s%s%s",
                          taken ? scenario_keys[i].path : "", taken ? "-" : "", own);
    return length < SCENARIO_FILE_NAME_SIZE;
}

static dcat_status copy(const dcat_scenario *s, const char *from, const char *to,
                        dcat_output *output, dcat_error *err)
{
    input in;
    dcat_status status = source_open(&s->source, from, &in, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_error own = {0};
    FILE *file = dcat_output_file(output, to, &own);
    if (file == NULL) {
        status = dcat_fail(err, own.status, "%s", own.message);
    }
    char bytes[16384];
    size_t count = 1;
    while (status == DCAT_OK && count > 0) {
        status = input_read(&in, bytes, sizeof bytes, &count, err);
        if (status == DCAT_OK) {
            fwrite(bytes, 1, count, file); // a failed write is reported at commit
        }
    }
    input_close(&in, NULL);
    return status;
}

dcat_status dcat_scenario_write_folder(const dcat_scenario *scenario, dcat_output *output,
                                       dcat_error *err)
{
    const scenario_document *document = &scenario->document;
    for (size_t i = 0; i < scenario_key_count; i++) {
        char name[SCENARIO_FILE_NAME_SIZE];
        if (file_of(document, i) == NULL) {
            continue;
        }
        dcat_status status =
            table_name(document, i, name)
                ? copy(scenario, file_of(document, i), name, output, err)
                : dcat_fail(err, DCAT_ERR_RANGE, "%s: the name is too long", file_of(document, i));
        if (status != DCAT_OK) {
            return status;
        }
    }
    dcat_error own = {0};
    FILE *file = dcat_output_file(output, "scenario.yaml", &own);
    return file == NULL ? dcat_fail(err, own.status, "%s", own.message)
                        : scenario_document_write(document, table_name, file, err);
}
