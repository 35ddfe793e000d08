// SPDX-License-Identifier: Apache-2.0
// utf8.h (internal) - characters of UTF-8 (RFC 3629).

#ifndef DCAT_BASE_UTF8_H
#define DCAT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Length of the character at text [length] and its code point; 0 when it is not one.
static inline size_t utf8_character(const unsigned char *text, size_t length, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = text[0];
    size_t count = first < 0x80             ? 1
                   : (first & 0xe0) == 0xc0 ? 2
                   : (first & 0xf0) == 0xe0 ? 3
                   : (first & 0xf8) == 0xf0 ? 4
                                            : 0;
    if (count == 0 || count > length) {
        return 0;
    }
    uint32_t value = count == 1 ? first : first & (0xffU >> (count + 1));
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < smallest[count] || value > 0x10ffff || surrogate) {
        return 0;
    }
    *code = value;
    return count;
}

// True when text is UTF-8; otherwise *bad is the offset of the first wrong byte.
static inline bool text_is_utf8(const char *text, size_t length, size_t *bad)
{
    size_t i = 0;
    while (i < length) {
        uint32_t code;
        size_t count = utf8_character((const unsigned char *)text + i, length - i, &code);
        if (count == 0) {
            *bad = i;
            return false;
        }
        i += count;
    }
    return true;
}

// Length of text without a character that its end cuts.
static inline size_t utf8_whole(const char *text, size_t length)
{
    size_t at = length;
    while (at > 0 && length - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80) {
        at--;
    }
    unsigned char first = at > 0 ? (unsigned char)text[at - 1] : 0;
    size_t count = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return at > 0 && count > length - at + 1 ? at - 1 : length;
}

// C0, DEL, C1, line ends, and the characters that turn the direction of the text around them: what
// no terminal should be sent from outside.
static inline bool utf8_is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

// In place: each such character, but for new lines and tabs, and each byte that is no UTF-8 becomes
// '?'.
static inline void utf8_make_harmless(char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t count = utf8_character((const unsigned char *)&text[i], length - i, &code);
        bool plain = text[i] == '\n' || text[i] == '\t';
        if (!plain && (count == 0 || utf8_is_control(code))) {
            text[used++] = '?';
            i += count > 0 ? count : 1;
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            text[used++] = text[i++];
        }
    }
    text[used] = '\0';
}

#endif
