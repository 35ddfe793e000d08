// SPDX-License-Identifier: Apache-2.0
// encoding.h - text that others wrote, as UTF-8 and as names that fit our tables.
//
// Choice: a line that is not UTF-8 is read as Windows-1252, which is Latin-1 with typographic signs
// where Latin-1 has control characters. Older files of the formats we import are in it, and every
// byte of it is a character, so nothing is lost; whoever reads such a file counts the lines.

#ifndef DCAT_FILE_FOREIGN_ENCODING_H
#define DCAT_FILE_FOREIGN_ENCODING_H

#include "dcat/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENCODING_GROWTH 3 // bytes of UTF-8 that one byte may become

// A code point up to 0x10ffff as UTF-8; returns how many bytes of out, 1 to 4.
size_t utf8_encode(uint32_t code, char out[4]);

// A text as UTF-8 into out [ENCODING_GROWTH * length]; returns its length. *converted says whether
// the text was something else.
size_t encoding_convert(const char *text, size_t length, char *out, bool *converted);

// Which lines of a text were not UTF-8.
typedef struct encoding_count {
    size_t line_count;
    size_t first_line; // from 1; 0 for none
} encoding_count;

// Make a whole text UTF-8, line by line. *text [*size] comes from malloc and is replaced when
// something must change; a zero byte stands behind it then. Errors: ERR_FORMAT for UTF-16,
// ERR_MEMORY; the text is untouched then.
dcat_status encoding_make_utf8(const char *path, char **text, size_t *size, encoding_count *count,
                               dcat_error *err);

typedef struct name_changes {
    bool tidied; // blanks around it, or line ends and control characters in it
    bool cut;
} name_changes;

// A name as our tables hold it: well-formed UTF-8 on one line, without blanks around it, at most
// limit bytes. Line ends, control characters and malformed bytes become blanks; what is too long is
// cut between characters. out [limit + 1] may be text itself. Returns the length, 0 for blanks
// only.
size_t name_tidy(const char *text, size_t length, char *out, size_t limit, name_changes *changes);

#endif
