// SPDX-License-Identifier: Apache-2.0
#include "file/write_text.h"

#include "file/text.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Whether a spreadsheet would compute a text instead of showing it.
static bool is_formula(const char *text)
{
    char *end = NULL;
    bool sign = text[0] == '+' || text[0] == '-';
    return text[0] == '=' || text[0] == '@' ||
           (sign && text[1] != '\0' && (strtod(text, &end), *end != '\0'));
}

void csv_put_text(FILE *file, const char *text)
{
    size_t length = strlen(text);
    bool formula = is_formula(text);
    bool plain = !formula && strpbrk(text, ",\"\r\n") == NULL &&
                 (length == 0 || (text[0] != ' ' && text[0] != '#' && text[length - 1] != ' '));
    if (plain) {
        fputs(text, file);
        return;
    }
    fputs(formula ? "\"'" : "\"", file); // an apostrophe says that it is text
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            putc('"', file);
        }
        putc(*c, file);
    }
    putc('"', file);
}

void csv_put_number(FILE *file, double value)
{
    if (isfinite(value)) {
        char text[NUMBER_TEXT_SIZE];
        number_text(value, text);
        fputs(text, file);
    }
}

static const char *no_replacement(char c)
{
    (void)c;
    return NULL;
}

static const char *gnuplot_replacement(char c)
{
    switch (c) {
    case '\'':
        return "\u2019";
    case '"':
        return "\u201d";
    case '`':
        return "\u2018";
    case '\\':
        return "\u2216"; // set minus: looks like a backslash
    default:
        return NULL;
    }
}

// One character of a name, made harmless: what to write for it, of *length bytes. Moves *text on.
static const char *next_piece(const char **text, size_t *length, const char *(*replacement)(char c))
{
    const char *piece = *text;
    uint32_t code = 0;
    size_t own = utf8_character((const unsigned char *)piece, 4, &code); // stops at the zero byte
    *length = own;
    if (own == 0) {
        own = 1;
        piece = "\ufffd";
        *length = 3;
    } else if (utf8_is_control(code)) {
        piece = " ";
        *length = 1;
    } else if (own == 1 && replacement(*piece) != NULL) {
        piece = replacement(*piece);
        *length = strlen(piece);
    }
    *text += own;
    return piece;
}

static void clean_with(const char *text, char *clean, size_t size,
                       const char *(*replacement)(char c))
{
    size_t used = 0;
    while (*text != '\0') {
        size_t length = 0;
        const char *piece = next_piece(&text, &length, replacement);
        if (used + length >= size) {
            break;
        }
        memcpy(clean + used, piece, length);
        used += length;
    }
    clean[used] = '\0';
}

void text_clean(const char *text, char *clean, size_t size)
{
    clean_with(text, clean, size, no_replacement);
}

void text_for_gnuplot(const char *text, char *clean, size_t size)
{
    clean_with(text, clean, size, gnuplot_replacement);
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

static const char *html_replacement(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_put_text(FILE *file, const char *text)
{
    while (*text != '\0') {
        size_t length = 0;
        const char *piece = next_piece(&text, &length, html_replacement);
        fwrite(piece, 1, length, file);
    }
}

bool number_group_begins(const char *text, const char *at)
{
    const char *first = at;
    while (first > text && isdigit((unsigned char)first[-1])) {
        first--;
    }
    size_t left = strspn(at, "0123456789");
    bool whole = first == text || first[-1] != '.';
    return whole && at > first && left > 0 && left % 3 == 0 && left + (size_t)(at - first) >= 5;
}

void html_put_grouped(FILE *file, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        fputs(number_group_begins(text, at) ? "\u202f" : "", file);
        size_t length = 0;
        const char *piece = next_piece(&at, &length, html_replacement);
        fwrite(piece, 1, length, file);
    }
}

money_unit money_unit_for(double largest)
{
    static const money_unit units[] = {{1.0, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof units[0] && largest >= units[i + 1].divisor) {
        i++;
    }
    return units[i];
}

int decimals_for(double largest)
{
    return !(largest < 1000.0) ? 0 : largest >= 100.0 ? 1 : largest >= 10.0 ? 2 : 3;
}

void duration_text(double seconds, char text[NUMBER_TEXT_SIZE])
{
    static const struct {
        double scale;
        const char *unit;
    } units[] = {{1e-9, "ns"}, {1e-6, "\u00b5s"}, {1e-3, "ms"}, {1.0, "s"}};
    if (!isfinite(seconds) || seconds <= 0.0) {
        snprintf(text, NUMBER_TEXT_SIZE, "-");
        return;
    }
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof units[0] && seconds >= units[i + 1].scale) {
        i++;
    }
    double value = seconds / units[i].scale;
    char number[NUMBER_TEXT_SIZE];
    number_fixed(value, value < 9.95 ? 1 : 0, number);
    snprintf(text, NUMBER_TEXT_SIZE, "%.20s %s", number, units[i].unit);
}
