#include "file/embedded.h"

#include <string.h>

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
