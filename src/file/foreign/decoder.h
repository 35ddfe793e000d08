// SPDX-License-Identifier: Apache-2.0
// decoder.h - libarchive as a decoder of single files: gzip, xz, bzip2, zstd or as they are.
//
// What libarchive does not ask after an allocation is asked here.

#ifndef DCAT_FILE_FOREIGN_DECODER_H
#define DCAT_FILE_FOREIGN_DECODER_H

#include "dcat/error.h"
#include <archive.h>
#include <stddef.h>

// To be opened by any archive_read_open function and freed by archive_read_free; NULL without
// memory.
struct archive *decoder_create(void);

// Behind that function, which returned code: up to the first byte.
dcat_status decoder_begin(struct archive *decoder, int code, const char *path, dcat_error *err);

// Up to size bytes; 0 at the end. Errors: ERR_FORMAT (damaged), ERR_IO, ERR_MEMORY.
dcat_status decoder_read(struct archive *decoder, const char *path, char *bytes, size_t size,
                         size_t *count, dcat_error *err);

#endif
