// SPDX-License-Identifier: Apache-2.0
#include "file/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_LENGTH_MAX 400
#define DISTANCE_WORD_MAX 63
#define LIMIT_UNSAID 1e6

// --- Bounds

bool text_bound_holds(const text_bound *bound, double value)
{
    bool above = bound->min_open ? value > bound->min : value >= bound->min;
    bool below = bound->max_open ? value < bound->max : value <= bound->max;
    return above && below;
}

const char *text_bound_show(text_bound_words *words, const text_bound *bound)
{
    bool has_min = bound->min > -LIMIT_UNSAID;
    bool has_max = bound->max < LIMIT_UNSAID;
    char *out = words->text;
    size_t room = sizeof words->text;
    if (has_min && has_max && bound->min == bound->max) {
        snprintf(out, room, "%.12g", bound->min);
    } else if (has_min && has_max) {
        snprintf(out, room, "in %c%.12g, %.12g%c", bound->min_open ? '(' : '[', bound->min,
                 bound->max, bound->max_open ? ')' : ']');
    } else if (has_min) {
        snprintf(out, room, "%s %.12g", bound->min_open ? ">" : ">=", bound->min);
    } else if (has_max) {
        snprintf(out, room, "%s %.12g", bound->max_open ? "<" : "<=", bound->max);
    } else {
        out[0] = '\0';
    }
    return out;
}

const char *text_bound_rule(text_bound_words *words, const text_bound *bound, double value)
{
    char *out = words->text;
    if (value > bound->min && bound->max >= LIMIT_UNSAID) {
        snprintf(out, sizeof words->text, "%s %.12g", bound->max_open ? "<" : "<=", bound->max);
    } else if (value < bound->max && bound->min <= -LIMIT_UNSAID) {
        snprintf(out, sizeof words->text, "%s %.12g", bound->min_open ? ">" : ">=", bound->min);
    } else {
        text_bound_show(words, bound);
    }
    return out;
}

// --- Numbers

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// nan and inf in the spellings of C and YAML: these get a message of their own.
static bool is_not_finite_word(const char *text, size_t length)
{
    static const char *const words[] = {"nan", "inf", "infinity", ".nan", ".inf"};
    if (length > 0 && (*text == '-' || *text == '+')) {
        text++;
        length--;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0) {
            return true;
        }
    }
    return false;
}

// What a scan of the text found: its digits as far as they fit, and the power of ten behind them.
typedef struct decimal {
    uint64_t digits;
    int digit_count; // significant ones, leading zeros apart
    int exponent;
    bool negative;
} decimal;

static bool scan_exponent(const char *p, const char *end, int *exponent)
{
    if (p == end) {
        return true;
    }
    if (*p != 'e' && *p != 'E') {
        return false;
    }
    p++;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    if (p == end) {
        return false;
    }
    int value = 0;
    for (; p < end; p++) {
        if (!is_digit(*p)) {
            return false;
        }
        value = value < 100000 ? value * 10 + (*p - '0') : value;
    }
    *exponent += negative ? -value : value;
    return true;
}

static bool scan_decimal(const char *text, size_t length, decimal *number)
{
    const char *p = text;
    const char *end = text + length;
    *number = (decimal){0};
    if (p < end && (*p == '-' || *p == '+')) {
        number->negative = *p == '-';
        p++;
    }
    int seen = 0;
    bool point = false;
    for (; p < end; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*p)) {
            break;
        }
        seen++;
        number->exponent -= point;
        if (number->digits > 0 || *p != '0') {
            number->digit_count++;
        }
        if (number->digit_count <= 18) {
            number->digits = number->digits * 10 + (uint64_t)(*p - '0');
        }
    }
    return seen > 0 && scan_exponent(p, end, &number->exponent);
}

static double number_by_library(const char *text, size_t length)
{
    char copy[NUMBER_LENGTH_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    locale_t before = text_locale_enter();
    double value = strtod(copy, NULL);
    text_locale_leave(before);
    return value;
}

const char *text_number(const char *text, size_t length, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    decimal number;
    if (length > NUMBER_LENGTH_MAX || !scan_decimal(text, length, &number)) {
        return is_not_finite_word(text, length) ? "must be a finite number" : "must be a number";
    }
    double result;
    if (number.digit_count <= 15 && number.exponent >= -22 && number.exponent <= 22) {
        // Both factors are exact, so one multiplication or division rounds correctly.
        result = (double)number.digits;
        result = number.exponent < 0 ? result / power[-number.exponent]
                                     : result * power[number.exponent];
        result = number.negative ? -result : result;
    } else {
        result = number_by_library(text, length);
    }
    if (!isfinite(result)) {
        return "must be a finite number";
    }
    *value = result;
    return NULL;
}

const char *text_whole(const char *text, size_t length, int64_t *value)
{
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (at == length || length - at > 18) {
        return "must be a whole number";
    }
    int64_t result = 0;
    for (size_t i = at; i < length; i++) {
        if (!is_digit(text[i])) {
            return "must be a whole number";
        }
        result = result * 10 + (text[i] - '0');
    }
    *value = text[0] == '-' ? -result : result;
    return NULL;
}

// --- Characters

static bool is_printable(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool line_end = code == 0x2028 || code == 0x2029;
    return !control && !line_end && code != 0xfeff && code != 0xfffe && code != 0xffff;
}

bool text_is_line(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        uint32_t code;
        size_t count = utf8_character((const unsigned char *)text + i, length - i, &code);
        if (count == 0 || !is_printable(code)) {
            return false;
        }
        i += count;
    }
    return true;
}

bool text_is_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !is_digit(c) && c != '-' && c != '_') {
            return false;
        }
    }
    return length >= 1 && length <= 64;
}

const char *text_show(text_shown *shown, const char *text, size_t length)
{
    size_t room = sizeof shown->text - 5; // a character of up to 4 bytes never passes the end
    size_t used = 0;
    size_t i = 0;
    while (i < length && used + 4 < room) {
        uint32_t code;
        size_t count = utf8_character((const unsigned char *)text + i, length - i, &code);
        if (count == 0 || !is_printable(code)) {
            shown->text[used++] = '?';
            i += count == 0 ? 1 : count;
            continue;
        }
        memcpy(shown->text + used, text + i, count);
        used += count;
        i += count;
    }
    strcpy(shown->text + used, i < length ? "..." : "");
    return shown->text;
}

// --- Suggestions

static size_t close_limit(const char *word)
{
    size_t length = strlen(word);
    return length < 4 ? 1 : length < 9 ? 2 : length / 3;
}

static size_t least(const size_t *row, size_t count)
{
    size_t best = row[0];
    for (size_t j = 1; j < count; j++) {
        best = row[j] < best ? row[j] : best;
    }
    return best;
}

// One more row of the table of distances; `up` is the row before it, `above` the one before that.
static void fill_row(const char *a, const char *b, size_t i, size_t *now, const size_t *up,
                     const size_t *above)
{
    now[0] = i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);
        best = up[j] + 1 < best ? up[j] + 1 : best;
        best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
        bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        if (swapped && above[j - 2] + 1 < best) {
            best = above[j - 2] + 1;
        }
        now[j] = best;
    }
}

size_t text_distance(const char *word, const char *name)
{
    size_t word_length = strlen(word);
    size_t name_length = strlen(name);
    size_t limit = close_limit(word);
    size_t apart =
        word_length > name_length ? word_length - name_length : name_length - word_length;
    if (word_length > DISTANCE_WORD_MAX || name_length > DISTANCE_WORD_MAX || apart > limit) {
        return DISTANCE_WORD_MAX;
    }
    size_t row[3][DISTANCE_WORD_MAX + 1] = {{0}}; // the last two rows and this one, in turn
    for (size_t j = 0; j <= name_length; j++) {
        row[0][j] = j;
    }
    size_t before = 0;
    for (size_t i = 1; i <= word_length; i++) {
        fill_row(word, name, i, row[i % 3], row[(i - 1) % 3], row[(i + 1) % 3]);
        size_t now = least(row[i % 3], name_length + 1);
        if (now > limit && before > limit) {
            return DISTANCE_WORD_MAX; // no later row can be nearer
        }
        before = now;
    }
    return row[word_length % 3][name_length];
}

size_t text_unlikeness(const char *word, const char *name)
{
    size_t whole = text_distance(word, name);
    size_t length = strlen(word);
    if (length < 4 || length >= strlen(name) || length > DISTANCE_WORD_MAX) {
        return whole;
    }
    char beginning[DISTANCE_WORD_MAX + 1];
    memcpy(beginning, name, length);
    beginning[length] = '\0';
    size_t part = text_distance(word, beginning) + 1; // a whole name that is as near is nearer
    return part < whole ? part : whole;
}

bool text_is_close(size_t distance, const char *word)
{
    return distance <= close_limit(word);
}

// --- Locale

locale_t text_locale_enter(void)
{
    // Asking for "C" gives the built-in locale of the C library: no memory, and never NULL.
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void text_locale_leave(locale_t before)
{
    uselocale(before);
}
