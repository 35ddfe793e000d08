// SPDX-License-Identifier: Apache-2.0
// number_text.h (internal) - numbers as they go into files, whatever the locale.

#ifndef DCAT_BASE_NUMBER_TEXT_H
#define DCAT_BASE_NUMBER_TEXT_H

#include <stdio.h>

#define NUMBER_TEXT_SIZE 40

// The fewest of 15, 16 or 17 digits that read back as the same double, with a point whatever the
// locale. "nan" or "inf" when it is not finite.
void number_text(double value, char text[NUMBER_TEXT_SIZE]);

// The same into a file.
void number_put(FILE *file, double value);

// A fixed number of decimals, with a point whatever the locale; "-0.0" is written "0.0".
void number_fixed(double value, int decimals, char text[NUMBER_TEXT_SIZE]);

// As people read it, and handed back: so many digits, but 86400 for 4 of them, not 8.64e+04. Powers
// of ten from ten millions on.
const char *number_shown(double value, int digits, char text[NUMBER_TEXT_SIZE]);

// number_shown() for an argument of printf.
#define NUMBER_SHOWN(value, digits) number_shown(value, digits, (char[NUMBER_TEXT_SIZE]){""})

// Words that agree with the number before them: of "{row|rows}" the first behind a 1. In place; for
// text of our own alone.
void number_agree(char *text);

#endif
