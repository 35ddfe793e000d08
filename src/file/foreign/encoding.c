// SPDX-License-Identifier: Apache-2.0
#include "file/foreign/encoding.h"

#include "file/text.h"

#include <stdlib.h>
#include <string.h>

size_t utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = count - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(lead[count] | code);
    return count;
}

// --- Windows-1252

// What it has at 0x80 to 0x9f; five places are unused and stay what they are in Latin-1.
static const uint16_t typographic[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

size_t encoding_convert(const char *text, size_t length, char *out, bool *converted)
{
    size_t bad;
    *converted = !text_is_utf8(text, length, &bad);
    if (!*converted) {
        memcpy(out, text, length);
        return length;
    }
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool high = byte >= 0x80 && byte < 0xa0;
        used += utf8_encode(high ? typographic[byte - 0x80] : byte, out + used);
    }
    return used;
}

// --- Whole texts

static bool is_utf16(const char *text, size_t size)
{
    return size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
}

dcat_status encoding_make_utf8(const char *path, char **text, size_t *size, encoding_count *count,
                               dcat_error *err)
{
    size_t bad;
    *count = (encoding_count){0};
    if (*size == 0 || text_is_utf8(*text, *size, &bad)) {
        return DCAT_OK;
    }
    if (is_utf16(*text, *size)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: is UTF-16; save it as UTF-8", path);
    }
    char *out = *size < SIZE_MAX / ENCODING_GROWTH ? malloc(*size * ENCODING_GROWTH + 1) : NULL;
    if (out == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
    }
    size_t used = 0, line = 0;
    for (const char *at = *text, *end = at + *size, *next; at < end; at = next) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        next = lf == NULL ? end : lf + 1;
        bool converted;
        used += encoding_convert(at, (size_t)(next - at), out + used, &converted);
        line++;
        count->first_line = converted && count->line_count == 0 ? line : count->first_line;
        count->line_count += converted;
    }
    out[used] = '\0';
    free(*text);
    *text = out;
    *size = used;
    return DCAT_OK;
}

// --- Names

// Length of the blank at text: white space, a character that no line may hold, or a byte that is no
// character. 0 when something to read stands there.
static size_t blank_at(const char *text, size_t length, bool *is_space)
{
    uint32_t code;
    size_t count = utf8_character((const unsigned char *)text, length, &code);
    *is_space = count > 0 && (code == ' ' || code == 0xa0 || code == 0x3000);
    if (count == 0 || !text_is_line(text, count)) {
        return count == 0 ? 1 : count;
    }
    return *is_space ? count : 0;
}

size_t name_tidy(const char *text, size_t length, char *out, size_t limit, name_changes *changes)
{
    *changes = (name_changes){0};
    size_t used = 0, kept = 0; // kept: up to the last character that is no blank
    for (size_t i = 0; i < length;) {
        bool space;
        size_t blank = blank_at(text + i, length - i, &space);
        uint32_t code;
        size_t count =
            blank > 0 ? blank : utf8_character((const unsigned char *)text + i, length - i, &code);
        bool keep_as_is = blank == 0 || space;
        size_t wanted = keep_as_is ? count : 1;
        changes->tidied = changes->tidied || !keep_as_is || (blank > 0 && kept == 0);
        if (blank > 0 && kept == 0) {
            i += count; // before the name
            continue;
        }
        if (used + wanted > limit) {
            changes->cut = changes->cut || blank == 0;
            i += count;
            used = limit; // nothing more fits, however short
            continue;
        }
        memmove(out + used, keep_as_is ? text + i : " ", wanted);
        used += wanted;
        kept = blank > 0 ? kept : used;
        i += count;
    }
    changes->tidied = changes->tidied || (kept < used && !changes->cut);
    out[kept] = '\0';
    return kept;
}
