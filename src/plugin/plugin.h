// SPDX-License-Identifier: Apache-2.0
// plugin.h (internal) - a plug-in's file, opened and checked.

#ifndef DCAT_PLUGIN_PLUGIN_H
#define DCAT_PLUGIN_PLUGIN_H

#include "dcat/plugin.h"

// "PATH#NAME?ARGUMENTS" taken apart, and the file at PATH, loaded.
typedef struct plugin_file {
    char *path;            // owned; the next two point into it
    const char *name;      // NULL: the first
    const char *arguments; // "" when there are none
    void *handle;          // of the loader
    dcat_plugin plugin;    // what a shorter one lacks is zero
} plugin_file;

// Errors: ERR_NOT_FOUND, ERR_FORMAT, what the plug-in says, ERR_MEMORY; then nothing is open.
dcat_status plugin_file_open(const char *text, plugin_file *file, dcat_error *err);
void plugin_file_close(plugin_file *file); // of a file of zeros, nothing

// The row of a kind that was asked for by name, or the first. rows is the plug-in's own list, NULL
// or ended by NULL, of structs that begin as all kinds do: size, flags, name. NULL after an error:
// ERR_NOT_FOUND.
const void *plugin_find(const plugin_file *file, const char *what, const void *rows,
                        dcat_error *err);

extern const dcat_plugin_host plugin_host;

// Copy a struct that begins with its size, made for this version or another: what is not there is
// zero. Errors: ERR_FORMAT when it is shorter than version 1.
dcat_status plugin_take(const char *what, const void *from, size_t least, void *to, size_t size,
                        dcat_error *err);

#endif
