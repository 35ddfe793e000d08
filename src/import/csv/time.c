// SPDX-License-Identifier: Apache-2.0
#include "import/csv/time.h"

#include "file/text.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

// The count digits at *at as a number; false when there are fewer.
static bool take_digits(const char **at, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        *value = *value * 10 + (c - '0');
    }
    *at += count;
    return true;
}

static bool take_char(const char **at, const char *wanted)
{
    if (**at == '\0' || strchr(wanted, **at) == NULL) {
        return false;
    }
    ++*at;
    return true;
}

// Behind the seconds: a fraction.
static bool take_fraction(const char **at, double *fraction)
{
    *fraction = 0.0;
    if (!take_char(at, ".,")) {
        return true;
    }
    double scale = 0.1;
    const char *start = *at;
    for (; **at >= '0' && **at <= '9'; ++*at, scale /= 10.0) {
        *fraction += scale * (**at - '0');
    }
    return *at > start;
}

// "Z", "+01", "+0100", "+01:00" or nothing.
static bool take_zone(const char **at, int *zone_s)
{
    if (take_char(at, "Zz")) {
        *zone_s = 0;
        return true;
    }
    bool west = **at == '-';
    if (!take_char(at, "+-")) {
        return true;
    }
    int hours, minutes = 0;
    if (!take_digits(at, 2, &hours)) {
        return false;
    }
    bool colon = take_char(at, ":");
    if ((colon || **at != '\0') && !take_digits(at, 2, &minutes)) {
        return false;
    }
    *zone_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return hours <= 14 && minutes < 60;
}

static bool read_iso(const char *text, int zone_s, double *time_s)
{
    struct tm date = {0};
    double fraction = 0.0;
    const char *at = text;
    bool ok = take_digits(&at, 4, &date.tm_year) && take_char(&at, "-") &&
              take_digits(&at, 2, &date.tm_mon) && take_char(&at, "-") &&
              take_digits(&at, 2, &date.tm_mday);
    if (ok && take_char(&at, "Tt ")) {
        ok = take_digits(&at, 2, &date.tm_hour) && take_char(&at, ":") &&
             take_digits(&at, 2, &date.tm_min);
        if (ok && take_char(&at, ":")) {
            ok = take_digits(&at, 2, &date.tm_sec) && take_fraction(&at, &fraction);
        }
        ok = ok && take_zone(&at, &zone_s);
    }
    date.tm_year -= 1900;
    date.tm_mon -= 1;
    const struct tm written = date;
    *time_s = (double)timegm(&date) + fraction - zone_s;
    // timegm puts right what is no date, such as 30 February; a leap second may be.
    return ok && *at == '\0' && date.tm_mon == written.tm_mon && written.tm_hour < 24 &&
           written.tm_min < 60 && written.tm_sec <= 60;
}

bool time_read(const char *text, const char *format, int zone_s, double *time_s)
{
    static const struct {
        const char *name;
        double unit_s;
    } units[] = {{"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].name, format) == 0) {
            double number;
            bool ok = text_number(text, strlen(text), &number) == NULL;
            *time_s = ok ? number * units[i].unit_s : 0.0;
            return ok;
        }
    }
    if (strcmp(format, "iso") == 0) {
        return read_iso(text, zone_s, time_s);
    }
    struct tm date = {.tm_mday = 1, .tm_year = 70};
    date.tm_gmtoff = zone_s; // stays, unless the pattern has %z
    const char *end = strptime(text, format, &date);
    long offset_s = date.tm_gmtoff;
    *time_s = (double)timegm(&date) - (double)offset_s;
    return end != NULL && *end == '\0';
}
