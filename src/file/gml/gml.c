// SPDX-License-Identifier: Apache-2.0
#include "file/gml/gml.h"

#include "file/text.h"

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
            const char *lf = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
            reader->at = lf == NULL ? reader->end : lf;
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

static dcat_status read_number(gml_reader *reader, gml_pair *pair, dcat_error *err)
{
    size_t length = word_length(reader);
    const char *rule = text_number(reader->at, length, &pair->number);
    if (rule != NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: %s: %s, got %s", reader->path, reader->line,
                         pair->key, length == 0 ? "must have a value" : rule,
                         length == 0 ? "nothing" : TEXT_SHOW(reader->at, length));
    }
    pair->kind = GML_NUMBER;
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
    return read_number(reader, pair, err);
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

static size_t encode_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

// Resolve the entity at text, which begins with '&'; returns how much of text it is, 0 when it is
// none that we know.
static size_t resolve_entity(const char *text, size_t length, uint32_t *code)
{
    static const struct {
        const char *name;
        uint32_t code;
    } entities[] = {
        {"&amp;", '&'}, {"&quot;", '"'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        size_t name_length = strlen(entities[i].name);
        if (name_length <= length && memcmp(entities[i].name, text, name_length) == 0) {
            *code = entities[i].code;
            return name_length;
        }
    }
    if (length < 4 || text[1] != '#') {
        return 0;
    }
    uint32_t value = 0;
    size_t i = 2;
    while (i < length && i < 9 && text[i] >= '0' && text[i] <= '9') {
        value = value * 10 + (uint32_t)(text[i++] - '0');
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    bool valid = i > 2 && i < length && text[i] == ';' && value <= 0x10ffff && !surrogate;
    *code = value;
    return valid ? i + 1 : 0;
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
            used += encode_utf8(code, out + used);
            i += entity;
        } else {
            out[used++] = pair->text[i++];
        }
    }
    out[used] = '\0';
    return used;
}
