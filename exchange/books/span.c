// SPDX-License-Identifier: Apache-2.0
// Times of calendars and of a log, and how values are written.
#include "exchange/books/object.h"

#include "exchange/core/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS INT64_C(1000000000)

static bool digits_at(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (*pattern == '0' ? !digit : *text != *pattern) {
            return false;
        }
    }
    return *text == '\0';
}

static int64_t unix_of(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (int64_t)timegm(&tm);
}

bool books_month(const char *text, books_span *span)
{
    if (text == NULL || !digits_at(text, "0000-00")) {
        return false;
    }
    int year = atoi(text), month = atoi(text + 5);
    span->from_s = unix_of(year, month, 1);
    span->to_s = unix_of(year, month + 1, 1);
    snprintf(span->word, sizeof span->word, "%s", text);
    return year >= 1970 && year <= 2200 && month >= 1 && month <= 12;
}

bool books_day(const char *text, books_span *span)
{
    if (text == NULL || !digits_at(text, "0000-00-00")) {
        return false;
    }
    int year = atoi(text), month = atoi(text + 5), day = atoi(text + 8);
    span->from_s = unix_of(year, month, day);
    span->to_s = span->from_s + 24 * HOUR_S;
    snprintf(span->word, sizeof span->word, "%s", text);
    // A day that its month does not have would be another one.
    return year >= 1970 && year <= 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
           span->from_s < unix_of(year, month + 1, 1);
}

int64_t books_ns(const books *b, int64_t unix_s)
{
    return unix_s * NS - b->begun_ns;
}

int64_t books_at_ns(books *b, int64_t seq)
{
    return books_number(b, "SELECT at_ns FROM event WHERE seq=?", seq, INT64_MAX);
}

// Events stand in the order of their times.
int64_t books_first_event(books *b, int64_t at_ns)
{
    int64_t low = 1, high = 1 + books_number(b, "SELECT max(seq)+?*0 FROM event", 0, 0);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (books_at_ns(b, middle) < at_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// And transfers in that of their events.
int64_t books_first_transfer(books *b, int64_t seq)
{
    int64_t low = 1, high = 1 + books_number(b, "SELECT max(id)+?*0 FROM transfer", 0, 0);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (books_number(b, "SELECT seq FROM transfer WHERE id>=? ORDER BY id LIMIT 1", middle,
                         INT64_MAX) < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t books_party_of(const books *b, int64_t account)
{
    int64_t first = account >= ACCOUNT_MORE_PARTIES ? ACCOUNT_MORE_PARTIES : ACCOUNT_PLATFORM_COUNT;
    bool of_party = account >= ACCOUNT_MORE_PARTIES ||
                    (account >= ACCOUNT_PLATFORM_COUNT && account < ACCOUNT_PAYOUTS);
    int64_t party = of_party ? (account - first) / 2 : -1;
    return party < b->party_count ? (int32_t)party : -1;
}

const char *books_area(const books *b, int32_t area, char *text)
{
    if (area < 0 || area >= b->area_count) {
        text[0] = '\0';
    } else if (b->options.area_names != NULL) {
        snprintf(text, BOOKS_NAME, "%s", b->options.area_names[area]);
    } else {
        snprintf(text, BOOKS_NAME, "area-%d", area + 1);
    }
    return text;
}

void books_cell(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"" : "", out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void books_money(FILE *out, dcat_money amount)
{
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    fprintf(out, "%s%" PRIu64, amount < 0 ? "-" : "", size / (uint64_t)DCAT_MONEY_UNIT);
    char rest[8];
    snprintf(rest, sizeof rest, "%06" PRIu64, size % (uint64_t)DCAT_MONEY_UNIT);
    size_t length = 6;
    while (length > 0 && rest[length - 1] == '0') {
        rest[--length] = '\0';
    }
    fprintf(out, "%s%s", length > 0 ? "." : "", rest);
}

void books_time(FILE *out, int64_t unix_s)
{
    time_t then = (time_t)unix_s;
    struct tm tm;
    char text[32] = "";
    if (gmtime_r(&then, &tm) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    fputs(text, out);
}
