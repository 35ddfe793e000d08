// SPDX-License-Identifier: Apache-2.0
// plugin.h (internal) - a plug-in's file, opened and checked.

#ifndef DCAT_PLUGIN_PLUGIN_H
#define DCAT_PLUGIN_PLUGIN_H

#include "dcat/plugin.h"

// "PATH#NAME?ARGUMENTS" taken apart.
typedef struct plugin_text {
    char *path;            // owned; the others point into it
    const char *name;      // NULL: the first
    const char *arguments; // "" when there are none
} plugin_text;

dcat_status plugin_text_read(const char *text, plugin_text *read, dcat_error *err);

typedef struct plugin_file {
    void *handle; // of the loader
    const dcat_plugin *plugin;
} plugin_file;

dcat_status plugin_file_open(const char *path, plugin_file *file, dcat_error *err);
void plugin_file_close(plugin_file *file);

extern const dcat_plugin_host plugin_host;

// Copy a struct that begins with its size, made for this version or another: what is not there is
// zero. Errors: ERR_FORMAT when it is shorter than version 1.
dcat_status plugin_take(const char *what, const void *from, size_t least, void *to, size_t size,
                        dcat_error *err);

#endif
