// SPDX-License-Identifier: Apache-2.0
// table.h - a comparison's table for people, on a terminal and on the page.

#ifndef DCAT_REPORT_RESULT_TABLE_H
#define DCAT_REPORT_RESULT_TABLE_H

#include "dcat/x/report.h"
#include "file/write_text.h"
#include <stdbool.h>

#define COMPARE_SHOWN_MAX 14

// Columns of a terminal that figures show too.
enum { COMPARE_PROFIT = 2, COMPARE_GAIN = 3, COMPARE_OFFLOADING = 4 };

// The table and the columns that it borrows, with decimals and unit of this report's money.
typedef struct compare_shown {
    dcat_column columns[COMPARE_SHOWN_MAX];
    char money[32]; // "k per cycle"
    dcat_table table;
} compare_shown;

// The best policy first, for a page. bound and times: whether these columns are wanted; there is
// none for the bound without one. Release with dcat_table_free.
void compare_shown_make(const dcat_compare_report *report, bool times, compare_shown *shown);

// The unit in which a report's profits are written.
money_unit compare_unit(const dcat_compare_report *report);

// A cell of the table; the best policy is 0. False without memory.
bool compare_cell_text(const dcat_compare_report *report, size_t at, size_t column,
                       char text[DCAT_SHOWN_SIZE]);

// What was compared: servers, cycles, worlds, seed, without a full stop.
void facts_sentence(const dcat_compare_report *report, char *text, size_t size);

// As dcat_write_compare_text; decision times, which are wall times, only with times.
dcat_status compare_write_text(const dcat_compare_report *report, bool times, FILE *file,
                               dcat_error *err);

#endif
