// SPDX-License-Identifier: Apache-2.0
// json_write.h - JSON values as we write them: built with jansson, printed here.
//
// jansson prints every real of a document with one number of digits, so 0.1 comes out as
// 0.10000000000000001 or 1/3 is cut. Here every real has the fewest digits that read back the same.

#ifndef DCAT_FILE_JSON_WRITE_H
#define DCAT_FILE_JSON_WRITE_H

#include "base/json.h"
#include "dcat/error.h"
#include <stdint.h>
#include <stdio.h>

// A real, or null when it is not finite. All of these return a new reference, NULL without memory;
// json_pack's "o" takes it over either way.
json_t *json_number(double value);

// An integer; above 2^63 - 1, which jansson cannot hold, the digits as a string.
json_t *json_count(uint64_t value);

// A string; what is not UTF-8 in it becomes U+FFFD.
json_t *json_text(const char *text);

// Print and release a document, indented by two, with a newline at the end. document NULL is
// ERR_MEMORY.
dcat_status json_write(json_t *document, FILE *file, dcat_error *err);

#endif
