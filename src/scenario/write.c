// SPDX-License-Identifier: Apache-2.0
#include "scenario/document.h"

#include <errno.h>
#include <string.h>

// Names of files and such that YAML reads as text without quotes.
static bool is_simple(const char *text)
{
    bool letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
    return letter && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_./-") == strlen(text);
}

static void write_quoted(const char *text, FILE *file)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', file);
        }
        fputc(*text, file);
    }
    fputc('"', file);
}

static void write_text(const char *text, FILE *file)
{
    if (is_simple(text)) {
        fputs(text, file);
    } else {
        write_quoted(text, file);
    }
}

// {a: 0.25, b: [0.5, 4]}
static void write_mix(const tree_node *node, FILE *file)
{
    const char *before = "{";
    for (const tree_node *entry = node->child; entry != NULL; entry = entry->next) {
        fprintf(file, "%s", before);
        write_quoted(entry->key, file);
        if (entry->kind == TREE_SEQUENCE) {
            fprintf(file, ": [%s, %s]", entry->child->text, entry->child->next->text);
        } else {
            fprintf(file, ": %s", entry->text);
        }
        before = ", ";
    }
    fputs(node->child == NULL ? "{}" : "}", file);
}

// A checked value: text without line ends, a number as it was written, or a list of two numbers.
static void write_value(const tree_node *node, const scenario_key *key, FILE *file)
{
    if (key->kind == KEY_MIX) {
        write_mix(node, file);
        return;
    }
    bool text = key->kind == KEY_NAME || key->kind == KEY_TEXT || key->kind == KEY_FILE ||
                key->kind == KEY_ROW;
    if (node->kind == TREE_SEQUENCE) {
        fprintf(file, "[%s, %s]", node->child->text, node->child->next->text);
    } else if (text) {
        write_text(node->text, file);
    } else {
        fputs(node->text, file);
    }
}

// Open the sections that path has and the previous path had not.
static void write_sections(const char *path, const char *previous, FILE *file)
{
    int depth = 0;
    const char *part = path;
    bool shared = true;
    for (const char *dot = strchr(part, '.'); dot != NULL; dot = strchr(part, '.')) {
        size_t length = (size_t)(dot - path) + 1;
        shared = shared && strncmp(path, previous, length) == 0;
        if (!shared) {
            fprintf(file, "%*s%.*s:\n", 2 * depth, "", (int)(dot - part), part);
        }
        part = dot + 1;
        depth++;
    }
    fprintf(file, "%*s%s: ", 2 * depth, "", part);
}

dcat_status scenario_document_write(const scenario_document *document, scenario_file_name *rename,
                                    FILE *file, dcat_error *err)
{
    const char *previous = "";
    for (size_t i = 0; i < scenario_key_count; i++) {
        const scenario_key *key = &scenario_keys[i];
        const tree_node *node = tree_find(&document->tree, key->path);
        if (node == NULL) {
            continue;
        }
        write_sections(key->path, previous, file);
        char name[SCENARIO_FILE_NAME_SIZE];
        bool file_name = key->kind == KEY_FILE || key->kind == KEY_ROW;
        if (rename != NULL && file_name && rename(document, i, name)) {
            write_text(name, file);
        } else {
            write_value(node, key, file);
        }
        fputc('\n', file);
        previous = key->path;
    }
    return ferror(file)
               ? dcat_fail(err, DCAT_ERR_IO, "writing the scenario failed: %s", strerror(errno))
               : DCAT_OK;
}
