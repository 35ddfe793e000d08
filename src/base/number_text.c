// SPDX-License-Identifier: Apache-2.0
#include "base/number_text.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
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

const char *number_shown(double value, int digits, char text[NUMBER_TEXT_SIZE])
{
    bool whole = fabs(value) < 1e7 && fabs(value) >= pow(10.0, digits) - 0.5;
    if (whole) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.0f", value);
    } else {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
    }
    use_point(text);
    return text;
}

void number_fixed(double value, int decimals, char text[NUMBER_TEXT_SIZE])
{
    snprintf(text, NUMBER_TEXT_SIZE, "%.*f", decimals, value);
    use_point(text);
    if (text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1)) {
        memmove(text, text + 1, strlen(text));
    }
}

void number_agree(char *text)
{
    bool one = false;
    char *to = text;
    for (const char *c = text; *c != '\0';) {
        size_t number = c == text || c[-1] == ' ' ? strspn(c, "0123456789.") : 0;
        const char *bar = *c == '{' ? strchr(c, '|') : NULL;
        const char *end = bar != NULL ? strchr(bar, '}') : NULL;
        const char *from = c;
        size_t length = number > 0 ? number : 1;
        one = number > 0 ? number == 1 && *c == '1' : one;
        c += length;
        if (end != NULL) {
            from = one ? from + 1 : bar + 1;
            length = (size_t)((one ? bar : end) - from);
            c = end + 1;
        }
        memmove(to, from, length);
        to += length;
    }
    *to = '\0';
}
