// SPDX-License-Identifier: Apache-2.0
// gml.h - the tokens of GML: keys, numbers, strings and nested lists.
//
// GML is a sequence of key-value pairs; a value is a number, a quoted string or a list of pairs in
// brackets. Source: M. Himsolt, "GML: a portable graph file format".

#ifndef DCAT_FILE_GML_GML_H
#define DCAT_FILE_GML_GML_H

#include "dcat/error.h"
#include <stddef.h>

typedef enum gml_kind {
    GML_END,    // of the file, or of the list the reader is in
    GML_NUMBER, // integer or real
    GML_STRING,
    GML_WORD, // something else, without quotes
    GML_LIST, // its pairs come next, until GML_END
} gml_kind;

#define GML_DEPTH_MAX 32
#define GML_KEY_MAX 64

// One pair. text is what stands between the quotes, or the number or word as written; it borrows
// the file.
typedef struct gml_pair {
    gml_kind kind;
    char key[GML_KEY_MAX];
    const char *text;
    size_t length;
    double number;
    size_t line;
} gml_pair;

typedef struct gml_reader {
    const char *path; // for messages
    const char *at, *end;
    size_t line;
    int depth;
} gml_reader;

// Read text [size], which must outlive the reader.
void gml_open(gml_reader *reader, const char *path, const char *text, size_t size);

// The next pair of the list the reader is in. Errors: ERR_FORMAT, ERR_RANGE.
dcat_status gml_next(gml_reader *reader, gml_pair *pair, dcat_error *err);

// After GML_LIST: pass over its pairs up to and including its end.
dcat_status gml_skip_list(gml_reader *reader, dcat_error *err);

// Write a string's text into out with its entities (&amp; &quot; &#233; ...) resolved; at most
// out_bytes - 1 bytes and a zero byte. Returns the length, or out_bytes when it does not fit, which
// pair->length + GML_TEXT_ROOM bytes always do.
#define GML_TEXT_ROOM 8
size_t gml_text(const gml_pair *pair, char *out, size_t out_bytes);

#endif
