// SPDX-License-Identifier: Apache-2.0
// A scenario with its tables in a folder of results, where it loads by itself.

#include "dcat/x/scenario.h"

#include "scenario/object.h"

#include <string.h>

// The file that key i names, up to where a plug-in's arguments begin; NULL for other keys, and when
// it is not set.
static const char *file_of(const scenario_document *document, size_t i, size_t *length)
{
    const scenario_key *key = &scenario_keys[i];
    bool plugin = key->kind == KEY_ROW;
    const tree_node *node =
        plugin || key->kind == KEY_FILE ? tree_find(&document->tree, key->path) : NULL;
    if (node == NULL || node->kind != TREE_SCALAR) {
        return NULL;
    }
    const char *text = node->text;
    if (plugin) {
        size_t prefix = strlen(DCAT_PLUGIN_PREFIX);
        text = strncmp(text, DCAT_PLUGIN_PREFIX, prefix) == 0 ? text + prefix : NULL;
    }
    *length = text == NULL ? 0 : plugin ? strcspn(text, "#?") : strlen(text);
    return text;
}

// The last part of it.
static const char *own_name(const scenario_document *document, size_t i, size_t *length)
{
    const char *file = file_of(document, i, length);
    size_t start = file == NULL ? 0 : *length;
    while (start > 0 && file[start - 1] != '/') {
        start--;
    }
    *length -= file == NULL ? 0 : start;
    return file == NULL ? NULL : file + start;
}

// What a file is called among the tables: as it was, and with its key before it if another one has
// that name already.
static bool table_name(const scenario_document *document, size_t i,
                       char name[SCENARIO_FILE_NAME_SIZE])
{
    size_t length = 0, other_length = 0;
    const char *own = own_name(document, i, &length);
    bool taken = false;
    for (size_t k = 0; own != NULL && k < i; k++) {
        const char *other = own_name(document, k, &other_length);
        taken =
            taken || (other != NULL && other_length == length && memcmp(other, own, length) == 0);
    }
    return own != NULL && snprintf(name, SCENARIO_FILE_NAME_SIZE, "tables/%s%s%.*s",
                                   taken ? scenario_keys[i].path : "", taken ? "-" : "",
                                   (int)length, own) < SCENARIO_FILE_NAME_SIZE;
}

// What the scenario in the folder says of it.
static bool value_text(const scenario_document *document, size_t i,
                       char text[SCENARIO_FILE_NAME_SIZE])
{
    char name[SCENARIO_FILE_NAME_SIZE];
    size_t length = 0;
    const char *file = file_of(document, i, &length);
    if (file == NULL || !table_name(document, i, name)) {
        return false;
    }
    bool plugin = scenario_keys[i].kind == KEY_ROW;
    return snprintf(text, SCENARIO_FILE_NAME_SIZE, "%s%s%s", plugin ? DCAT_PLUGIN_PREFIX : "", name,
                    file + length) < SCENARIO_FILE_NAME_SIZE;
}

static dcat_status copy(const file_source *source, const char *from, const char *to,
                        dcat_output *output, dcat_error *err)
{
    input in;
    dcat_status status = source_open(source, from, &in, err);
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
    const file_source here = {.shipped = false, .folder = ""};
    for (size_t i = 0; i < scenario_key_count; i++) {
        char name[SCENARIO_FILE_NAME_SIZE], text[SCENARIO_FILE_NAME_SIZE];
        size_t length = 0;
        const char *file = file_of(document, i, &length);
        if (file == NULL) {
            continue;
        }
        bool plugin = scenario_keys[i].kind == KEY_ROW;
        dcat_status status = !value_text(document, i, text) || !table_name(document, i, name)
                                 ? dcat_fail(err, DCAT_ERR_RANGE, "%s: the name is too long", file)
                             : plugin ? copy(&here, scenario->share_path, name, output, err)
                                      : copy(&scenario->source, file, name, output, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    dcat_error own = {0};
    FILE *file = dcat_output_file(output, "scenario.yaml", &own);
    return file == NULL ? dcat_fail(err, own.status, "%s", own.message)
                        : scenario_document_write(document, value_text, file, err);
}
