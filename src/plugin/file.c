// SPDX-License-Identifier: Apache-2.0
// A plug-in's file: found, loaded, asked for what it has.

#include "plugin/plugin.h"

#include "dcat/version.h"
#include "dcat/x/clock.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const dcat_plugin_host plugin_host = {
    .size = sizeof(dcat_plugin_host),
    .abi = DCAT_PLUGIN_ABI,
    .version = dcat_version,
    .fail = dcat_fail,
    .world_server_count = dcat_world_server_count,
    .world_area_count = dcat_world_area_count,
    .world_servers = dcat_world_servers_view,
    .world_areas = dcat_world_areas_view,
    .world_config = dcat_world_config_view,
    .world_unit_cost = dcat_world_unit_cost_view,
    .world_distance_m = dcat_world_distance_m,
    .world_path = dcat_world_path,
    .draw_at = dcat_draw_at,
    .reserve = dcat_auction_reserve,
};

static dcat_status take_apart(const char *text, plugin_file *file, dcat_error *err)
{
    char *path = strdup(text);
    if (path == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    *file = (plugin_file){.path = path, .arguments = ""};
    char *question = strchr(path, '?');
    if (question != NULL) {
        *question = '\0';
        file->arguments = question + 1;
    }
    char *hash = strchr(path, '#');
    if (hash != NULL) {
        *hash = '\0';
        file->name = hash + 1;
    }
    return DCAT_OK;
}

dcat_status plugin_take(const char *what, const void *from, size_t least, void *to, size_t size,
                        dcat_error *err)
{
    uint32_t stated;
    memcpy(&stated, from, sizeof stated);
    if (stated < least) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "size of a plug-in's %s must be at least %zu, got %u", what, least,
                         stated);
    }
    memset(to, 0, size);
    memcpy(to, from, stated < size ? stated : size);
    return DCAT_OK;
}

// Before there were shares.
#define LEAST_SIZE offsetof(dcat_plugin, shares)

// Ask it for what it has.
static dcat_status enter(plugin_file *file, dcat_error *err)
{
    const char *path = file->path;
    dcat_plugin_entry_fn *entry;
    *(void **)&entry = dlsym(file->handle, "dcat_plugin_entry");
    if (entry == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no plug-in, it has no dcat_plugin_entry", path);
    }
    dcat_error own = {0};
    const dcat_plugin *from = entry(&plugin_host, &own);
    if (from == NULL) {
        return dcat_fail(err, own.status != DCAT_OK ? own.status : DCAT_ERR_FORMAT, "%s: %s", path,
                         own.status != DCAT_OK ? own.message : "the plug-in gives no reason");
    }
    if (from->abi != DCAT_PLUGIN_ABI || from->size < LEAST_SIZE) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "%s: a plug-in of ABI %u and size %u; this program takes %d and %zu or "
                         "more",
                         path, from->abi, from->size, DCAT_PLUGIN_ABI, (size_t)LEAST_SIZE);
    }
    return plugin_take("head", from, LEAST_SIZE, &file->plugin, sizeof file->plugin, err);
}

static dcat_status load(plugin_file *file, dcat_error *err)
{
    char *whole = realpath(file->path, NULL); // a bare name is a file here, not one of the system
    if (whole == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no plug-in at '%s'", file->path);
    }
    struct stat kind;
    if (stat(whole, &kind) == 0 &&
        !S_ISREG(kind.st_mode)) { // the loader would wait for a pipe's writer
        free(whole);
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no plug-in: it is no file", file->path);
    }
    file->handle = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
    free(whole);
    return file->handle != NULL
               ? enter(file, err)
               : dcat_fail(err, DCAT_ERR_FORMAT, "%s: no plug-in: %s", file->path, dlerror());
}

dcat_status plugin_file_open(const char *text, plugin_file *file, dcat_error *err)
{
    *file = (plugin_file){0};
    dcat_status status = take_apart(text, file, err);
    if (status == DCAT_OK) {
        status = load(file, err);
    }
    if (status != DCAT_OK) {
        plugin_file_close(file);
    }
    return status;
}

void plugin_file_close(plugin_file *file)
{
    if (file->handle != NULL) {
        dlclose(file->handle);
    }
    free(file->path);
    *file = (plugin_file){0};
}

// What rows of all kinds begin with.
typedef struct row_head {
    uint32_t size, flags;
    const char *name;
} row_head;
_Static_assert(offsetof(dcat_plugin_clusterer, name) == offsetof(row_head, name) &&
                   offsetof(dcat_plugin_auction, name) == offsetof(row_head, name) &&
                   offsetof(dcat_plugin_share, name) == offsetof(row_head, name),
               "a row begins with size, flags and name");

const void *plugin_find(const plugin_file *file, const char *what, const void *rows,
                        dcat_error *err)
{
    for (size_t i = 0; rows != NULL; i++) {
        const void *row;
        row_head head;
        memcpy(&row, (const char *)rows + i * sizeof row, sizeof row);
        if (row == NULL) {
            break;
        }
        memcpy(&head, row, sizeof head);
        if (file->name == NULL || (head.name != NULL && strcmp(head.name, file->name) == 0)) {
            return row;
        }
    }
    dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s: the plug-in has no %s%s%s", file->path, what,
              file->name != NULL ? " called " : "", file->name != NULL ? file->name : "");
    return NULL;
}
