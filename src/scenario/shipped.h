// shipped.h - the embedded files, found by path.

#ifndef DCAT_IO_SHIPPED_H
#define DCAT_IO_SHIPPED_H

#include "scenario/shipped_files.h"

// File by path as in the table; NULL when there is none.
const struct dcat_shipped_file *shipped_find(const char *path);

#endif
