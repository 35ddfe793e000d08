// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/out.h"

#include "exchange/core/exchange.h"

#include <inttypes.h>
#include <time.h>

void out_text(FILE *file, const char *text)
{
    if (text == NULL) {
        fputs("null", file);
        return;
    }
    fputc('"', file);
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\') {
            fprintf(file, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            fprintf(file, "\\u%04x", byte);
        } else {
            fputc(byte, file);
        }
    }
    fputc('"', file);
}

void out_needed(FILE *file, const char *reason, double needed)
{
    const char *name = exchange_needed_name(reason);
    if (name != NULL && needed > 0.0) {
        fprintf(file, ",\"needed\":{\"%s\":%.15g}", name, needed);
    }
}

void out_money(FILE *file, dcat_money amount)
{
    bool exact = amount <= OUT_EXACT && amount >= -OUT_EXACT;
    fprintf(file, exact ? "%" PRId64 : "\"%" PRId64 "\"", amount);
}

void out_time(FILE *file, int64_t unix_ns)
{
    time_t seconds = (time_t)(unix_ns / 1000000000);
    struct tm parts;
    char text[32] = "";
    if (gmtime_r(&seconds, &parts) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    }
    fprintf(file, "\"%s.%03dZ\"", text, (int)(unix_ns / 1000000 % 1000));
}
