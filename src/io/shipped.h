// shipped.h - the files below scenarios/, found by path.

#ifndef DCAT_IO_SHIPPED_H
#define DCAT_IO_SHIPPED_H

#include "io/shipped_files.h"

// File by path below scenarios/; NULL when there is none.
const struct dcat_shipped_file *shipped_find(const char *path);

#endif
