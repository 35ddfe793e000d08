// SPDX-License-Identifier: Apache-2.0
#include "file/json_write.h"

#include "base/utf8.h"
#include "file/write_text.h"
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_count(uint64_t value)
{
    if (value <= INT64_MAX) {
        return json_integer((json_int_t)value);
    }
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return json_string(digits);
}

json_t *json_text(const char *text)
{
    size_t bad;
    if (text_is_utf8(text, strlen(text), &bad)) {
        return json_string(text);
    }
    json_t *string = NULL;
    size_t size = 3 * strlen(text) + 4; // a malformed byte grows to the three of U+FFFD
    char *clean = malloc(size);
    if (clean != NULL) {
        text_clean(text, clean, size);
        string = json_string(clean);
    }
    free(clean);
    return string;
}

static void write_value(const json_t *value, int depth, FILE *file);

static void write_line(int depth, FILE *file)
{
    fprintf(file, "\n%*s", 2 * depth, "");
}

static void write_string(const char *text, size_t length, FILE *file)
{
    putc('"', file);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        uint32_t code = 0;
        size_t count = utf8_character((const unsigned char *)&text[i], length - i, &code);
        if (count > 1 && utf8_is_control(code)) { // a terminal would obey it
            fprintf(file, "\\u%04x", (unsigned)code);
            i += count - 1;
        } else if (c == '"' || c == '\\') {
            fprintf(file, "\\%c", c);
        } else if (c == '\n') {
            fputs("\\n", file);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(file, "\\u%04x", c);
        } else {
            putc(c, file);
        }
    }
    putc('"', file);
}

// Whether a value fits on its parent's line: neither an array nor an object, or a small object of
// plain values such as {"mean", "ci95"}.
static bool is_flat(const json_t *value)
{
    if (json_is_array(value) || json_object_size(value) > 4) {
        return false;
    }
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)value, key, item)
    {
        if (json_is_array(item) || json_is_object(item)) {
            return false;
        }
    }
    return true;
}

static void write_object(const json_t *object, int depth, FILE *file)
{
    bool flat = is_flat(object);
    const char *key;
    json_t *item;
    const char *comma = "";
    putc('{', file);
    json_object_foreach((json_t *)object, key, item)
    {
        fputs(comma, file);
        if (flat) {
            fputs(comma[0] != '\0' ? " " : "", file);
        } else {
            write_line(depth + 1, file);
        }
        write_string(key, strlen(key), file);
        fputs(": ", file);
        write_value(item, depth + 1, file);
        comma = ",";
    }
    if (!flat) {
        write_line(depth, file);
    }
    putc('}', file);
}

// Arrays of plain values and of pairs (coordinates) stay on one line.
static void write_array(const json_t *array, int depth, FILE *file)
{
    const json_t *first = json_array_get(array, 0);
    bool flat = !json_is_object(first) && !json_is_array(json_array_get(first, 0));
    size_t index;
    json_t *item;
    putc('[', file);
    json_array_foreach(array, index, item)
    {
        fputs(index > 0 ? "," : "", file);
        if (flat) {
            fputs(index > 0 ? " " : "", file);
        } else {
            write_line(depth + 1, file);
        }
        write_value(item, depth + 1, file);
    }
    if (!flat) {
        write_line(depth, file);
    }
    putc(']', file);
}

static void write_value(const json_t *value, int depth, FILE *file)
{
    char number[NUMBER_TEXT_SIZE];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(value, depth, file);
        break;
    case JSON_ARRAY:
        write_array(value, depth, file);
        break;
    case JSON_STRING:
        write_string(json_string_value(value), json_string_length(value), file);
        break;
    case JSON_INTEGER:
        fprintf(file, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        // A real stays a real for typed readers: 3 is written 3.0.
        number_text(json_real_value(value), number);
        fputs(number, file);
        fputs(strpbrk(number, ".e") == NULL ? ".0" : "", file);
        break;
    case JSON_TRUE:
        fputs("true", file);
        break;
    case JSON_FALSE:
        fputs("false", file);
        break;
    case JSON_NULL:
        fputs("null", file);
        break;
    }
}

dcat_status json_write(json_t *document, FILE *file, dcat_error *err)
{
    if (document == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    write_value(document, 0, file);
    putc('\n', file);
    json_decref(document);
    return ferror(file) ? dcat_fail(err, DCAT_ERR_IO, "writing JSON failed: %s", strerror(errno))
                        : DCAT_OK;
}
