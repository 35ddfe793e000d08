// SPDX-License-Identifier: Apache-2.0
// text.h - numbers, names and values from users' text, the same in every locale.

#ifndef DCAT_FILE_TEXT_H
#define DCAT_FILE_TEXT_H

#include "base/utf8.h"
#include "dcat/error.h"
#include <locale.h>
#include <stddef.h>
#include <stdint.h>

// Which numbers a key or column accepts. An open end excludes itself.
typedef struct text_bound {
    double min, max; // -INFINITY and INFINITY for none
    bool min_open, max_open;
} text_bound;

bool text_bound_holds(const text_bound *bound, double value); // false for NaN
// "> 0", "in [0.01, 0.9999]", or "" when there is no limit. Limits of a million and more only keep
// nonsense out and are left unsaid.
typedef struct text_bound_words {
    char text[96];
} text_bound_words;
const char *text_bound_show(text_bound_words *words, const text_bound *bound);
// The same for a value that broke it: says the unsaid limit when that is what it broke.
const char *text_bound_rule(text_bound_words *words, const text_bound *bound, double value);

// Parse the whole text as a decimal number: digits, at most one point, an optional exponent.
// NULL when it is one, otherwise the rule it broke. Hexadecimal, nan and inf are refused, and so
// is a number too large for a double.
const char *text_number(const char *text, size_t length, double *value);
// The same for whole numbers of up to 18 digits.
const char *text_whole(const char *text, size_t length, int64_t *value);

// True when text is UTF-8 without control characters, line ends or anything YAML cannot hold.
bool text_is_line(const char *text, size_t length);
// True for 1 to 64 of the letters, digits, '-' and '_': names that become folders.
bool text_is_word(const char *text, size_t length);

// A value as it may stand in a message: printable, shortened when long.
typedef struct text_shown {
    char text[64];
} text_shown;
const char *text_show(text_shown *shown, const char *text, size_t length);
#define TEXT_SHOW(text, length) text_show(&(text_shown){{0}}, (text), (length))

// How many letters must be changed, added, dropped or swapped to turn a word into a name. Anything
// farther than text_is_close accepts may count as entirely different.
size_t text_distance(const char *word, const char *name);
// The same for somebody who may have written only the beginning of the name.
size_t text_unlikeness(const char *word, const char *name);
// True when a name at this distance is worth suggesting to somebody who wrote word.
bool text_is_close(size_t distance, const char *word);

// Work in the C locale, whatever the caller's program has set: enter, then leave with the result.
locale_t text_locale_enter(void);
void text_locale_leave(locale_t before);

#endif
