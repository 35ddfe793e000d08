// SPDX-License-Identifier: Apache-2.0
// lines.h - a text file, plain or compressed, as a stream of lines.
//
// Memory does not grow with the file: a line longer than IMPORT_LINE_BYTES_MAX is reported as
// overlong, without its text, and reading goes on after it.

#ifndef DCAT_IMPORT_LINES_H
#define DCAT_IMPORT_LINES_H

#include "dcat/error.h"
#include "dcat/x/import.h"
#include <stddef.h>
#include <stdint.h>

#define IMPORT_LINE_BYTES_MAX 4096

// Without its end ("\n" or "\r\n") and, on line 1, without a UTF-8 byte order mark. The text is not
// terminated and dies when the receiver returns.
typedef struct import_line {
    const char *text; // [length]
    size_t length;
    uint64_t number; // from 1
    bool overlong;   // length is 0
} import_line;

typedef void import_line_fn(void *user, const import_line *line);

// Cuts pieces of any size into lines, so that it can be fed from a file, a decoder or memory.
typedef struct import_splitter {
    import_line_fn *receive;
    void *user;
    uint64_t line_count;
    bool overlong;
    size_t length;                    // of the unfinished line
    char text[IMPORT_LINE_BYTES_MAX]; // the unfinished line
} import_splitter;

void import_splitter_init(import_splitter *splitter, import_line_fn *receive, void *user);
void import_splitter_feed(import_splitter *splitter, const char *bytes, size_t byte_count);
// The last line may lack its end.
void import_splitter_finish(import_splitter *splitter);

// Feed a whole file. Errors: ERR_NOT_FOUND, ERR_FORMAT (damaged compression), ERR_IO, ERR_MEMORY.
dcat_status import_read_lines(const char *path, import_line_fn *receive, void *user,
                              dcat_error *err);

// The whole of a file that is small; more than limit bytes do not fit in memory here. The caller
// frees *text, which is NULL for an empty file. Errors: as above.
dcat_status import_read_all(const char *path, size_t limit, char **text, size_t *size,
                            dcat_error *err);

// Count one more, and remember the place if it is among the first.
void import_count(dcat_import_count *count, const char *file, uint64_t line);

// Last part of a path.
const char *import_base_name(const char *path);

#endif
