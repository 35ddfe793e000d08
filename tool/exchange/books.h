// SPDX-License-Identifier: Apache-2.0
// books.h - statements and reports: of an exchange that runs, over HTTP, or of a folder of data.

#ifndef DCAT_TOOL_EXCHANGE_BOOKS_H
#define DCAT_TOOL_EXCHANGE_BOOKS_H

#include "tool/exchange/remote.h"

// What both commands take. With data NULL the exchange is asked.
typedef struct books_source {
    const char *data, *config; // Nullable: the folder; the settings of what it is the data of
} books_source;
#define BOOKS_OPTIONS(type, member)                                                                \
    {"data",                                                                                       \
     0,                                                                                            \
     CLI_TEXT,                                                                                     \
     "DIR",                                                                                        \
     CLI_AT(type, member.data),                                                                    \
     .help = "Read the exchange's data in DIR instead of asking it; it may run"},                  \
    {                                                                                              \
        "config", 0, CLI_TEXT, "FILE", CLI_AT(type, member.config),                                \
            .help = "With --data: its settings, for names of areas, tax and who keeps it"          \
    }

// Print a month as an invoice's lines: format csv or focus; party NULL: one's own, or all.
int books_print_statement(const remote_options *r, const books_source *source, const char *month,
                          const char *format, const char *party);

// A report of a day ("2026-11-28") or a month, as text, JSON, CSV, and with out as a folder.
typedef struct report_wish {
    const char *day, *month, *out; // one of the first two; out nullable
    bool csv;
} report_wish;
int books_print_report(const remote_options *r, const books_source *source,
                       const report_wish *wish);

#endif
