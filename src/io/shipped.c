#include "io/shipped.h"

#include "dcat/result.h"
#include "dcat/scenario.h"
#include "io/read_source.h"
#include "io/scenario_keys.h"
#include "io/yaml_tree.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIO_MAX 64
#define PATH_BYTES 256

// ---- Finding
// -------------------------------------------------------------------------------------

const struct dcat_shipped_file *shipped_find(const char *path)
{
    size_t low = 0;
    size_t high = dcat_shipped_file_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(dcat_shipped_files[middle].path, path);
        if (order == 0) {
            return &dcat_shipped_files[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

// Shipped scenarios by name, collected once from the table: it never changes while a program runs.
static struct {
    char name[72];
    char title[200];
} list[SCENARIO_MAX];
static size_t list_count;
static pthread_once_t list_once = PTHREAD_ONCE_INIT;

static void read_title(const struct dcat_shipped_file *file, char *title, size_t title_bytes)
{
    static const tree_origin origin = {.label = "shipped", .has_lines = true};
    tree t;
    if (tree_parse((const char *)file->data, file->size, &origin, &t, NULL) != DCAT_OK) {
        return;
    }
    const tree_node *node = tree_find(&t, "title");
    if (node != NULL && node->kind == TREE_SCALAR) {
        snprintf(title, title_bytes, "%s", node->text);
    }
    tree_free(&t);
}

static void collect_scenarios(void)
{
    static const char ending[] = "/scenario.yaml";
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

// ---- Exporting
// -----------------------------------------------------------------------------------

// A scenario that is being copied out, and the file names in it that must change.
typedef struct exporting {
    const char *name;
    dcat_output *output;
    tree tree; // of its scenario.yaml
} exporting;

static dcat_status write_file(exporting *e, const char *name, const void *data, size_t size,
                              dcat_error *err)
{
    FILE *file = dcat_output_file(e->output, name, err);
    if (file == NULL) {
        return DCAT_ERR_IO;
    }
    // A failed write is reported when the output is committed.
    fwrite(data, 1, size, file);
    return DCAT_OK;
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
                              : write_file(e, last_part(path), file->data, file->size, err);
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
static dcat_status write_scenario(exporting *e, const struct dcat_shipped_file *file,
                                  dcat_error *err)
{
    FILE *out = dcat_output_file(e->output, "scenario.yaml", err);
    if (out == NULL) {
        return DCAT_ERR_IO;
    }
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
    return DCAT_OK;
}

static dcat_status copy_own_files(exporting *e, dcat_error *err)
{
    size_t length = strlen(e->name);
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < dcat_shipped_file_count; i++) {
        const struct dcat_shipped_file *file = &dcat_shipped_files[i];
        if (strncmp(file->path, e->name, length) != 0 || file->path[length] != '/') {
            continue;
        }
        const char *name = file->path + length + 1;
        status = strcmp(name, "scenario.yaml") == 0
                     ? write_scenario(e, file, err)
                     : write_file(e, name, file->data, file->size, err);
    }
    return status;
}

dcat_status dcat_shipped_scenario_export(const char *name, const char *folder, bool force,
                                         dcat_error *err)
{
    static const tree_origin origin = {.label = "shipped", .has_lines = true};
    exporting e = {.name = name};
    char path[PATH_BYTES];
    bool fits = (size_t)snprintf(path, sizeof path, "%s/scenario.yaml", name) < sizeof path;
    const struct dcat_shipped_file *file = fits ? shipped_find(path) : NULL;
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no shipped scenario %s",
                         TEXT_SHOW(name, strlen(name)));
    }
    dcat_status status = tree_parse((const char *)file->data, file->size, &origin, &e.tree, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = dcat_output_open(folder, force, &e.output, err);
    if (status == DCAT_OK) {
        status = copy_own_files(&e, err);
        if (status == DCAT_OK) {
            status = copy_foreign_files(&e, err);
        }
        if (status == DCAT_OK) {
            status = dcat_output_commit(e.output, err);
        } else {
            dcat_output_abort(e.output);
        }
    }
    tree_free(&e.tree);
    return status;
}
