// SPDX-License-Identifier: Apache-2.0
// embedded.h - the files below scenarios/ and policies/, embedded while building.

#ifndef DCAT_FILE_EMBEDDED_H
#define DCAT_FILE_EMBEDDED_H

#include <stddef.h>

struct dcat_shipped_file {
    const char *path;          // "paper/scenario.yaml" of scenarios/, "policies/rea.safetensors"
    const unsigned char *data; // [size], and one zero byte after it
    size_t size;
};

// Sorted by path as bytes. A row of NULL and 0 follows the last one.
extern const struct dcat_shipped_file dcat_shipped_files[];
extern const size_t dcat_shipped_file_count;

// File by path as in the table; NULL when there is none.
const struct dcat_shipped_file *shipped_find(const char *path);

#endif
