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

#endif
