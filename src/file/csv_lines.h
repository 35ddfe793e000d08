// SPDX-License-Identifier: Apache-2.0
// csv_lines.h - the lines of an input, one at a time, in bounded memory.

#ifndef DCAT_FILE_CSV_LINES_H
#define DCAT_FILE_CSV_LINES_H

#include "file/read_source.h"

#define LINE_BYTES_MAX 1048576

typedef struct lines {
    input *in;
    char *buffer; // owned; NULL while reading from memory
    size_t capacity;
    const char *bytes; // buffer, or the memory itself
    size_t begin, end; // what is not consumed yet
    bool at_end;       // nothing more to read behind `end`
    size_t number;     // of the last line handed out, from 1
} lines;

// Borrow an input. A byte order mark at its start is skipped. Errors: ERR_IO, ERR_MEMORY.
dcat_status lines_open(input *in, lines *l, dcat_error *err);
void lines_close(lines *l);

// The next line without its end (LF, CRLF or CR); *line is NULL after the last. Valid until the
// next call. Errors: ERR_IO, ERR_MEMORY, ERR_RANGE for a line longer than LINE_BYTES_MAX.
dcat_status lines_next(lines *l, const char **line, size_t *length, dcat_error *err);

#endif
