// SPDX-License-Identifier: Apache-2.0
// write_text.h - numbers and names as they go into CSV, JSON, HTML, terminals and gnuplot.
//
// Names come from users' files and may hold anything: each place they go to has its own function
// here, and nothing else writes a name.

#ifndef DCAT_FILE_WRITE_TEXT_H
#define DCAT_FILE_WRITE_TEXT_H

#include "base/number_text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// One CSV field (RFC 4180), without the comma. A number that is not finite is an empty field.
void csv_put_text(FILE *file, const char *text);
void csv_put_number(FILE *file, double value);

// Text between tags or inside a double-quoted attribute.
void html_put_text(FILE *file, const char *text);

// The same with the numbers in it in groups of three that do not break. A group begins at `at` in
// whole numbers of five digits and more: shorter ones may be years, and counts are shown in groups
// before they come here.
void html_put_grouped(FILE *file, const char *text);
bool number_group_begins(const char *text, const char *at);

// Well-formed UTF-8 without control characters into clean [size >= 4]: what is malformed becomes
// U+FFFD, control characters become spaces; cut at a character that does not fit. Safe to print on
// a terminal.
void text_clean(const char *text, char *clean, size_t size);

// As text_clean, and with quotes, backquotes and backslashes replaced by look-alikes, so that it is
// inert inside any quotes of gnuplot.
void text_for_gnuplot(const char *text, char *clean, size_t size);

// Columns that well-formed text takes on a terminal, counting every character as one.
size_t text_width(const char *text);

// A divisor for money so that the largest of a column has few digits: 1, 1e3 ("k"), 1e6 ("M"), ...
typedef struct money_unit {
    double divisor;
    const char *suffix;
} money_unit;
money_unit money_unit_for(double largest);

// Decimals with which a value of this size shows four significant digits; 0 to 4.
int decimals_for(double largest);

// Seconds as a person would say them: "1.2 ms", "3.4 s". "-" for 0 or what is not finite.
void duration_text(double seconds, char text[NUMBER_TEXT_SIZE]);

#endif
