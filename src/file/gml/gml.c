// SPDX-License-Identifier: Apache-2.0
#include "file/gml/gml.h"

#include "file/foreign/encoding.h"
#include "file/text.h"

#ifdef DCAT_HAVE_XML
#include <libxml/HTMLparser.h>
#endif
#include <stdint.h>
#include <string.h>

// --- Tokens

void gml_open(gml_reader *reader, const char *path, const char *text, size_t size)
{
    *reader = (gml_reader){.path = path, .at = text, .end = text + size, .line = 1};
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        reader->at += 3;
    }
}

// Pass over white space and comments, which run from # to the end of their line.
static void skip_blank(gml_reader *reader)
{
    while (reader->at < reader->end) {
        char c = *reader->at;
        if (c == '#') {
            while (reader->at < reader->end && *reader->at != '\n' && *reader->at != '\r') {
                reader->at++;
            }
        } else if (c == '\n' || c == ' ' || c == '\t' || c == '\r') {
            reader->line += c == '\n';
            reader->at++;
        } else {
            return;
        }
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_delimiter(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '[' || c == ']' || c == '"';
}

// The run of characters up to a delimiter.
static size_t word_length(const gml_reader *reader)
{
    const char *p = reader->at;
    while (p < reader->end && !is_delimiter(*p)) {
        p++;
    }
    return (size_t)(p - reader->at);
}

static dcat_status fail(const gml_reader *reader, dcat_error *err, const char *what,
                        const char *text, size_t length)
{
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: %s%s%s", reader->path, reader->line, what,
                     length == 0 ? "" : ", got ", length == 0 ? "" : TEXT_SHOW(text, length));
}

static dcat_status read_key(gml_reader *reader, gml_pair *pair, dcat_error *err)
{
    size_t length = word_length(reader);
    if (length == 0 || !is_letter(*reader->at)) {
        return fail(reader, err, "must be a key", reader->at, length == 0 ? 1 : length);
    }
    if (length >= sizeof pair->key) {
        return fail(reader, err, "key is too long", reader->at, length);
    }
    memcpy(pair->key, reader->at, length);
    pair->key[length] = '\0';
    reader->at += length;
    return DCAT_OK;
}

static dcat_status read_string(gml_reader *reader, gml_pair *pair, dcat_error *err)
{
    const char *start = reader->at + 1;
    const char *quote = memchr(start, '"', (size_t)(reader->end - start));
    if (quote == NULL) {
        return fail(reader, err, "string has no end", start, (size_t)(reader->end - start));
    }
    pair->kind = GML_STRING;
    pair->text = start;
    pair->length = (size_t)(quote - start);
    for (const char *p = start; p < quote; p++) {
        reader->line += *p == '\n';
    }
    reader->at = quote + 1;
    return DCAT_OK;
}

static dcat_status read_word(gml_reader *reader, gml_pair *pair, dcat_error *err)
{
    size_t length = word_length(reader);
    if (length == 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: %s: must have a value, got nothing",
                         reader->path, reader->line, pair->key);
    }
    const char *rule = text_number(reader->at, length, &pair->number);
    pair->kind = rule == NULL ? GML_NUMBER : GML_WORD;
    pair->text = reader->at;
    pair->length = length;
    reader->at += length;
    return DCAT_OK;
}

static dcat_status read_value(gml_reader *reader, gml_pair *pair, dcat_error *err)
{
    if (reader->at < reader->end && *reader->at == '[') {
        if (reader->depth == GML_DEPTH_MAX) {
            return fail(reader, err, "lists are nested too deeply", "", 0);
        }
        reader->depth++;
        reader->at++;
        pair->kind = GML_LIST;
        return DCAT_OK;
    }
    if (reader->at < reader->end && *reader->at == '"') {
        return read_string(reader, pair, err);
    }
    return read_word(reader, pair, err);
}

dcat_status gml_next(gml_reader *reader, gml_pair *pair, dcat_error *err)
{
    *pair = (gml_pair){.kind = GML_END};
    skip_blank(reader);
    pair->line = reader->line;
    if (reader->at == reader->end) {
        return reader->depth == 0 ? DCAT_OK
                                  : fail(reader, err, "the file ends inside a list", "", 0);
    }
    if (*reader->at == ']') {
        if (reader->depth == 0) {
            return fail(reader, err, "closes a list that was not opened", "", 0);
        }
        reader->depth--;
        reader->at++;
        return DCAT_OK;
    }
    dcat_status status = read_key(reader, pair, err);
    if (status == DCAT_OK) {
        skip_blank(reader);
        status = read_value(reader, pair, err);
    }
    return status;
}

dcat_status gml_skip_list(gml_reader *reader, dcat_error *err)
{
    int outside = reader->depth - 1;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && reader->depth > outside) {
        gml_pair pair;
        status = gml_next(reader, &pair, err);
    }
    return status;
}

// --- Strings

// The decimal or hexadecimal number at text, up to its semicolon; 0 when it is none.
static size_t resolve_number(const char *text, size_t length, uint32_t *code)
{
    bool hexadecimal = length > 0 && (*text == 'x' || *text == 'X');
    size_t i = hexadecimal, digits = 0;
    uint32_t value = 0;
    for (; i < length && digits < 7; i++, digits++) {
        char c = text[i];
        char letter = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value * (hexadecimal ? 16 : 10) + (uint32_t)(c - '0');
        } else if (hexadecimal && letter >= 'a' && letter <= 'f') {
            value = value * 16 + (uint32_t)(letter - 'a' + 10);
        } else {
            break;
        }
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    bool valid = digits > 0 && i < length && text[i] == ';' && value <= 0x10ffff && !surrogate;
    *code = value;
    return valid ? i + 1 : 0;
}

// What a name stands for: those of HTML 4, or of XML alone where libxml2 is done without; 0:
// nothing.
static uint32_t named_code(const char *name)
{
    if (strcmp(name, "apos") == 0) { // of XML, not of HTML 4
        return '\'';
    }
#ifdef DCAT_HAVE_XML
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
    return entity == NULL ? 0 : entity->value;
#else
    static const char *const names[] = {"amp", "gt", "lt", "quot"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        if (strcmp(name, names[n]) == 0) {
            return (uint32_t) "&><\""[n];
        }
    }
    return 0;
#endif
}

// Resolve the entity at text, which begins with '&'; returns how much of text it is, 0 when it is
// none that HTML 4 knows.
static size_t resolve_entity(const char *text, size_t length, uint32_t *code)
{
    if (length > 1 && text[1] == '#') {
        size_t number = resolve_number(text + 2, length - 2, code);
        return number == 0 ? 0 : number + 2;
    }
    char name[16];
    size_t i = 1;
    while (i < length && i < sizeof name && is_delimiter(text[i]) == false && text[i] != ';') {
        name[i - 1] = text[i];
        i++;
    }
    if (i == 1 || i == length || i == sizeof name || text[i] != ';') {
        return 0;
    }
    name[i - 1] = '\0';
    *code = named_code(name);
    return *code == 0 ? 0 : i + 1;
}

size_t gml_text(const gml_pair *pair, char *out, size_t out_bytes)
{
    size_t used = 0;
    size_t i = 0;
    while (i < pair->length) {
        if (used + 5 > out_bytes) {
            return out_bytes;
        }
        uint32_t code;
        size_t entity =
            pair->text[i] == '&' ? resolve_entity(pair->text + i, pair->length - i, &code) : 0;
        if (entity > 0) {
            used += utf8_encode(code, out + used);
            i += entity;
        } else {
            out[used++] = pair->text[i++];
        }
    }
    out[used] = '\0';
    return used;
}
