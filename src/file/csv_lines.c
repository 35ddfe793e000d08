// SPDX-License-Identifier: Apache-2.0
#include "file/csv_lines.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 65536

// Move what is left to the front and read more behind it, in a larger buffer if it is full.
static dcat_status fill(lines *l, dcat_error *err)
{
    size_t left = l->end - l->begin;
    if (l->begin > 0) {
        memmove(l->buffer, l->buffer + l->begin, left);
    }
    l->begin = 0;
    l->end = left;
    if (left == l->capacity) {
        if (l->capacity >= LINE_BYTES_MAX) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s:%zu: line is longer than %d bytes",
                             l->in->path, l->number + 1, LINE_BYTES_MAX);
        }
        char *grown = realloc(l->buffer, l->capacity * 2);
        if (grown == NULL) {
            dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory for a line", l->in->path);
            return DCAT_ERR_MEMORY;
        }
        l->buffer = grown;
        l->bytes = grown;
        l->capacity *= 2;
    }
    size_t count = 0;
    dcat_status status = input_read(l->in, l->buffer + l->end, l->capacity - l->end, &count, err);
    l->end += count;
    l->at_end = count == 0;
    return status;
}

static void skip_byte_order_mark(lines *l)
{
    if (l->end - l->begin >= 3 && memcmp(l->bytes + l->begin, "\xef\xbb\xbf", 3) == 0) {
        l->begin += 3;
    }
}

dcat_status lines_open(input *in, lines *l, dcat_error *err)
{
    *l = (lines){.in = in};
    dcat_status status = DCAT_OK;
    if (in->file == NULL) {
        l->bytes = in->data;
        l->end = in->size;
        l->at_end = true;
    } else {
        l->buffer = malloc(BUFFER_BYTES);
        if (l->buffer == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", in->path);
        }
        l->bytes = l->buffer;
        l->capacity = BUFFER_BYTES;
        while (status == DCAT_OK && !l->at_end && l->end < 3) {
            status = fill(l, err);
        }
    }
    skip_byte_order_mark(l);
    return status;
}

void lines_close(lines *l)
{
    free(l->buffer);
    *l = (lines){0};
}

// The end of the line that starts at `begin`: the offset of its end mark and the mark's length, 0
// when more must be read to know.
static size_t find_end(const lines *l, size_t *mark_length)
{
    const char *start = l->bytes + l->begin;
    size_t left = l->end - l->begin;
    const char *lf = left == 0 ? NULL : memchr(start, '\n', left);
    size_t length = lf == NULL ? left : (size_t)(lf - start);
    const char *cr = length == 0 ? NULL : memchr(start, '\r', length);
    *mark_length = lf == NULL ? 0 : 1;
    if (cr != NULL) {
        size_t cr_at = (size_t)(cr - start);
        bool crlf = lf != NULL && cr_at + 1 == length;
        bool last = cr_at + 1 == left; // its LF may still have to be read
        length = cr_at;
        *mark_length = crlf ? 2 : last && !l->at_end ? 0 : 1;
    }
    return length;
}

dcat_status lines_next(lines *l, const char **line, size_t *length, dcat_error *err)
{
    *line = NULL;
    size_t mark_length;
    size_t found = find_end(l, &mark_length);
    while (mark_length == 0 && !l->at_end) {
        dcat_status status = fill(l, err);
        if (status != DCAT_OK) {
            return status;
        }
        found = find_end(l, &mark_length);
    }
    if (mark_length == 0 && found == 0) {
        return DCAT_OK; // at_end and nothing left
    }
    if (found > LINE_BYTES_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s:%zu: line is longer than %d bytes", l->in->path,
                         l->number + 1, LINE_BYTES_MAX);
    }
    *line = l->bytes + l->begin;
    *length = found;
    l->begin += found + mark_length;
    l->number++;
    return DCAT_OK;
}
