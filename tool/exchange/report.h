// SPDX-License-Identifier: Apache-2.0
// report.h - a report as tables for people, as CSV, as a folder with its page.

#ifndef DCAT_TOOL_EXCHANGE_REPORT_H
#define DCAT_TOOL_EXCHANGE_REPORT_H

#include "tool/exchange/books.h"

// The report is what GET /v1/reports answers, borrowed.
dcat_status report_show(const remote_options *r, const json_t *report, const report_wish *wish,
                        dcat_error *err);

#endif
