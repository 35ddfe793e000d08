// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/file.h"
#include "dcat/x/scenario.h"
#include "file/embedded.h"
#include "file/read_source.h"
#include "file/yaml_tree.h"
#include "scenario/keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCENARIO_MAX 64
#define PATH_BYTES 256
#define SCENARIO_FILE "scenario.yaml"

// --- Finding

// Shipped scenarios by name, collected once from the table: it never changes while a program runs.
typedef struct shipped_scenario {
    char name[72];
    char title[200];
} shipped_scenario;

static shipped_scenario list[SCENARIO_MAX];
static size_t list_count;
static pthread_once_t list_once = PTHREAD_ONCE_INIT;

// Ours are plain text on one line (tests/scenario/test_scenario_shipped.c): nothing can fail here.
static void read_title(const struct dcat_shipped_file *file, char *title, size_t title_bytes)
{
    static const char key[] = "\ntitle: ";
    const char *begin = memmem(file->data, file->size, key, strlen(key));
    if (begin != NULL) {
        begin += strlen(key);
        size_t left = file->size - (size_t)(begin - (const char *)file->data);
        const char *end = memchr(begin, '\n', left);
        snprintf(title, title_bytes, "%.*s", (int)(end == NULL ? left : (size_t)(end - begin)),
                 begin);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const shipped_scenario *)a)->name, ((const shipped_scenario *)b)->name);
}

static void collect_scenarios(void)
{
    static const char ending[] = "/" SCENARIO_FILE;
    for (size_t i = 0; i < dcat_shipped_file_count && list_count < SCENARIO_MAX; i++) {
        const char *path = dcat_shipped_files[i].path;
        const char *slash = strchr(path, '/');
        size_t length = slash == NULL ? 0 : (size_t)(slash - path);
        if (length > 0 && length < sizeof list[0].name && strcmp(slash, ending) == 0) {
            memcpy(list[list_count].name, path, length);
            read_title(&dcat_shipped_files[i], list[list_count].title, sizeof list[0].title);
            list_count++;
        }
    }
    // The table is sorted by path, where "paper-tight/" comes before "paper/".
    qsort(list, list_count, sizeof list[0], by_name);
}

const char *dcat_shipped_scenario_name(size_t index)
{
    pthread_once(&list_once, collect_scenarios);
    return index < list_count ? list[index].name : NULL;
}

const char *dcat_shipped_scenario_title(size_t index)
{
    pthread_once(&list_once, collect_scenarios);
    return index < list_count ? list[index].title : NULL;
}

// --- Exporting

// A scenario that is being copied out. A new folder is written as a whole. One that holds a
// scenario already is only ever replaced file by file, so that a user's other files there survive.
typedef struct exporting {
    const char *name;
    const char *folder;
    dcat_output *output; // NULL: file by file
    tree tree;           // of its scenario.yaml
} exporting;

typedef void write_body(const exporting *e, const struct dcat_shipped_file *file, FILE *out);

static void write_whole(const exporting *e, const struct dcat_shipped_file *file, FILE *out)
{
    (void)e;
    fwrite(file->data, 1, file->size, out);
}

// A failed write is reported when the output is committed.
static dcat_status write_file(exporting *e, const char *name, const struct dcat_shipped_file *file,
                              write_body *body, dcat_error *err)
{
    if (e->output != NULL) {
        FILE *out = dcat_output_file(e->output, name, err);
        if (out == NULL) {
            return DCAT_ERR_IO;
        }
        body(e, file, out);
        return DCAT_OK;
    }
    char *path = NULL;
    if (asprintf(&path, "%s/%s", e->folder, name) < 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a path");
    }
    FILE *out = NULL;
    dcat_output_single *single = NULL;
    dcat_status status = dcat_output_single_open(path, true, &single, &out, err);
    free(path);
    if (status == DCAT_OK) {
        body(e, file, out);
        status = dcat_output_single_commit(single, err);
    }
    return status;
}

// The name of a file without its folders.
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// The next key from index on whose file is in another folder; NULL when there is none.
static const tree_node *next_foreign_file(const exporting *e, size_t *index)
{
    for (; *index < scenario_key_count; (*index)++) {
        const scenario_key *key = &scenario_keys[*index];
        const tree_node *node = key->kind == KEY_FILE ? tree_find(&e->tree, key->path) : NULL;
        if (node != NULL && node->kind == TREE_SCALAR && strchr(node->text, '/') != NULL) {
            return node;
        }
    }
    return NULL;
}

static dcat_status copy_foreign_files(exporting *e, dcat_error *err)
{
    size_t index = 0;
    const tree_node *node;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && (node = next_foreign_file(e, &index)) != NULL) {
        char path[PATH_BYTES];
        const struct dcat_shipped_file *file =
            source_shipped_path(e->name, node->text, path, sizeof path) ? shipped_find(path) : NULL;
        status = file == NULL ? dcat_fail(err, DCAT_ERR_INTERNAL,
                                          "%s names %s, which is not shipped", e->name, node->text)
                              : write_file(e, last_part(path), file, write_whole, err);
        index++;
    }
    return status;
}

// The byte at which a character of UTF-8 text starts.
static size_t byte_of_character(const unsigned char *text, size_t size, size_t character)
{
    size_t at = 0;
    for (; at < size && character > 0; character--) {
        do {
            at++;
        } while (at < size && (text[at] & 0xc0) == 0x80);
    }
    return at;
}

// Write scenario.yaml with the names of foreign files shortened and everything else, comments
// included, as it is. Keys may stand in any order, so the earliest place left is looked for each
// time.
static void write_scenario(const exporting *e, const struct dcat_shipped_file *file, FILE *out)
{
    size_t character = 0;
    size_t byte = 0;
    for (;;) {
        const tree_node *first = NULL;
        const tree_node *node;
        for (size_t i = 0; (node = next_foreign_file(e, &i)) != NULL; i++) {
            if (node->begin >= character && (first == NULL || node->begin < first->begin)) {
                first = node;
            }
        }
        if (first == NULL) {
            break;
        }
        size_t begin = byte_of_character(file->data, file->size, first->begin);
        fwrite(file->data + byte, 1, begin - byte, out);
        fputs(last_part(first->text), out);
        byte = byte_of_character(file->data, file->size, first->end);
        character = first->end;
    }
    fwrite(file->data + byte, 1, file->size - byte, out);
}

static dcat_status copy_own_files(exporting *e, dcat_error *err)
{
    size_t length = strlen(e->name);
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < dcat_shipped_file_count; i++) {
        const struct dcat_shipped_file *file = &dcat_shipped_files[i];
        bool own = strncmp(file->path, e->name, length) == 0 && file->path[length] == '/';
        const char *name = own ? file->path + length + 1 : "";
        if (own && strcmp(name, SCENARIO_FILE) != 0) {
            status = write_file(e, name, file, write_whole, err);
        }
    }
    return status;
}

// The scenario itself comes last: as long as it is the old one, so is what it names.
static dcat_status copy_files(exporting *e, const struct dcat_shipped_file *scenario,
                              dcat_error *err)
{
    dcat_status status = copy_own_files(e, err);
    if (status == DCAT_OK) {
        status = copy_foreign_files(e, err);
    }
    return status == DCAT_OK ? write_file(e, SCENARIO_FILE, scenario, write_scenario, err) : status;
}

static bool holds_scenario(const char *folder)
{
    char *path = NULL;
    bool found = asprintf(&path, "%s/%s", folder, SCENARIO_FILE) >= 0 && access(path, F_OK) == 0;
    free(path);
    return found;
}

static dcat_status export_to(exporting *e, const struct dcat_shipped_file *scenario, bool force,
                             dcat_error *err)
{
    if (force && holds_scenario(e->folder)) {
        return copy_files(e, scenario, err);
    }
    dcat_status status = dcat_output_open(e->folder, force, &e->output, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = copy_files(e, scenario, err);
    return dcat_output_finish(e->output, status, err);
}

dcat_status dcat_shipped_scenario_export(const char *name, const char *folder, bool force,
                                         dcat_error *err)
{
    static const tree_origin origin = {.label = "shipped", .has_lines = true};
    exporting e = {.name = name, .folder = folder};
    char path[PATH_BYTES];
    bool fits = (size_t)snprintf(path, sizeof path, "%s/" SCENARIO_FILE, name) < sizeof path;
    const struct dcat_shipped_file *file = fits ? shipped_find(path) : NULL;
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no shipped scenario %s",
                         TEXT_SHOW(name, strlen(name)));
    }
    dcat_status status = tree_parse((const char *)file->data, file->size, &origin, &e.tree, err);
    if (status == DCAT_OK) {
        status = export_to(&e, file, force, err);
        tree_free(&e.tree);
    }
    return status;
}
