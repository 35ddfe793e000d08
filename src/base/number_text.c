// SPDX-License-Identifier: Apache-2.0
#include "base/number_text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

// printf follows the locale of the program we are part of; files must not.
static void use_point(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *found = strcmp(point, ".") == 0 ? NULL : strstr(text, point);
    if (found != NULL) {
        size_t length = strlen(point);
        *found = '.';
        memmove(found + 1, found + length, strlen(found + length) + 1);
    }
}

void number_text(double value, char text[NUMBER_TEXT_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    use_point(text);
}

void number_put(FILE *file, double value)
{
    char text[NUMBER_TEXT_SIZE];
    number_text(value, text);
    fputs(text, file);
}

void number_fixed(double value, int decimals, char text[NUMBER_TEXT_SIZE])
{
    snprintf(text, NUMBER_TEXT_SIZE, "%.*f", decimals, value);
    use_point(text);
    if (text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1)) {
        memmove(text, text + 1, strlen(text));
    }
}
