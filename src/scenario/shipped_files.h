// shipped_files.h - the files below scenarios/ and policies/, embedded while building.

#ifndef DCAT_IO_SHIPPED_FILES_H
#define DCAT_IO_SHIPPED_FILES_H

#include <stddef.h>

struct dcat_shipped_file {
    const char *path;          // "paper/scenario.yaml" of scenarios/, "policies/rea.safetensors"
    const unsigned char *data; // [size], and one zero byte after it
    size_t size;
};

// Sorted by path as bytes. A row of NULL and 0 follows the last one.
extern const struct dcat_shipped_file dcat_shipped_files[];
extern const size_t dcat_shipped_file_count;

#endif
