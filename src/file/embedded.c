// SPDX-License-Identifier: Apache-2.0
#include "file/embedded.h"

#include <stdlib.h>
#include <string.h>

static int by_path(const void *path, const void *file)
{
    return strcmp(path, ((const struct dcat_shipped_file *)file)->path);
}

const struct dcat_shipped_file *shipped_find(const char *path)
{
    return bsearch(path, dcat_shipped_files, dcat_shipped_file_count, sizeof dcat_shipped_files[0],
                   by_path);
}
