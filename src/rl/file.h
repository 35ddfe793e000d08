// file.h (internal) - whole files in and out.

#ifndef DCAT_RL_FILE_H
#define DCAT_RL_FILE_H

#include "dcat/error.h"
#include <stddef.h>

// Read a file of at most 1 GiB; bytes are the caller's to free. Errors: ERR_NOT_FOUND, ERR_IO,
// ERR_MEMORY.
dcat_status rl_file_read(const char *path, unsigned char **bytes, size_t *byte_count,
                         dcat_error *err);

// Write a file that is complete or as it was before: a temporary file beside it, renamed.
// Errors: ERR_IO, ERR_MEMORY.
dcat_status rl_file_write(const char *path, const unsigned char *bytes, size_t byte_count,
                          dcat_error *err);

#endif
