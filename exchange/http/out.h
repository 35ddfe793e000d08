// SPDX-License-Identifier: Apache-2.0
// out.h - values as the interface writes them.

#ifndef DCAT_EXCHANGE_HTTP_OUT_H
#define DCAT_EXCHANGE_HTTP_OUT_H

#include "dcat/money.h"

#include <stdio.h>

#define OUT_EXACT (INT64_C(1) << 53)

void out_text(FILE *file, const char *text); // with its quotes; NULL: null
// ,"needed":{"deadline_s":1.5} where a number would have served a task; nothing else.
void out_needed(FILE *file, const char *reason, double needed);
void out_money(FILE *file, dcat_money amount); // a text where a double would not hold it
void out_time(FILE *file, int64_t unix_ns);    // RFC 3339 in UTC, milliseconds, with its quotes

#endif
