// SPDX-License-Identifier: Apache-2.0
// read_source.h - where a scenario's files come from, and the bytes of one of them.
//
// A source is a folder on disk or a folder of the embedded shipped files. An input is one opened
// file, or memory, read from front to back; its SHA-256 is taken on the way.

#ifndef DCAT_FILE_READ_SOURCE_H
#define DCAT_FILE_READ_SOURCE_H

#include "dcat/error.h"
#include "dcat/x/file.h"
#include <sodium/crypto_hash_sha256.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct file_source {
    bool shipped;
    const char *folder; // "" is the current folder; below scenarios/ when shipped
} file_source;

typedef struct input {
    char *path; // as messages and manifests name it
    FILE *file; // or, when NULL, memory:
    const char *data;
    size_t size, at;
    crypto_hash_sha256_state hash;
    uint64_t byte_count;
    bool hashed;
    unsigned char head[8];   // how a pipe begins: it is looked at and read once
    size_t head_count;       // bytes of it that are still to be read
    struct archive *decoder; // of a compressed file
    unsigned char *packed;   // what it reads next
    size_t hash_row_count;   // rows of a table that look like comments
    size_t hash_row_first;   // line of the first of them
} input;

// Open a file by the name a scenario gives it: absolute, or relative to the source. A file on disk
// may be compressed with gzip, xz, bzip2 or zstd; its hash is that of the file as it lies there.
// Errors: ERR_NOT_FOUND, ERR_FORMAT (damaged compression), ERR_IO, ERR_MEMORY.
dcat_status source_open(const file_source *from, const char *name, input *in, dcat_error *err);

// Refuse a named pipe: nobody may ever write to it. What a shell makes of <(COMMAND) is let pass.
// Errors: ERR_NOT_FOUND.
dcat_status source_refuse_pipe(const char *path, dcat_error *err);

// The path below scenarios/ that a name in a shipped folder means, ".." resolved:
// ("paper-tight", "../paper/demand.csv") is "paper/demand.csv". False when it leads outside or is
// too long for path.
bool source_shipped_path(const char *folder, const char *name, char *path, size_t path_bytes);

// Read memory instead. Takes no copy; never hashed.
void input_memory(input *in, const char *path, const char *data, size_t size);

// Up to size bytes; 0 at the end. Errors: ERR_IO, ERR_FORMAT (damaged compression).
dcat_status input_read(input *in, char *bytes, size_t size, size_t *count, dcat_error *err);

// Everything at once, with a zero byte behind it; the caller frees *text. More than limit bytes are
// refused with ERR_RANGE.
dcat_status input_read_all(input *in, size_t limit, char **text, size_t *size, dcat_error *err);

// Everything of a file on disk, by a name relative to the current folder; as above.
dcat_status source_read_all(const char *path, size_t limit, char **text, size_t *size,
                            dcat_error *err);

// Close, and if record is given hand over path and hash (the caller frees record->path).
void input_close(input *in, dcat_input_file *record);

#endif
