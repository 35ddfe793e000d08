// result_table.h - the cells of a comparison's table, shared by terminal and page.

#ifndef DCAT_IO_RESULT_TABLE_H
#define DCAT_IO_RESULT_TABLE_H

#include "dcat/x/report.h"
#include "file/write_text.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum table_column {
    TABLE_CLUSTERER = 0,
    TABLE_AUCTION,
    TABLE_PROFIT,
    TABLE_GAIN,
    TABLE_OFFLOADING,
    TABLE_MARGIN,
    TABLE_NO_CANDIDATE,
    TABLE_SINGLE,
    TABLE_EXIT,
    TABLE_BELOW_COST,
    TABLE_BOUND, // only when the report has a bound
    TABLE_DECISION,
    TABLE_COLUMN_COUNT
} table_column;

#define TABLE_CELL_SIZE (3 * NUMBER_TEXT_SIZE)
typedef char table_cell[TABLE_CELL_SIZE];

// Two header lines of a column: what it is and its unit. The unit of money is filled in by
// table_unit.
extern const char *const table_header[TABLE_COLUMN_COUNT][2];

// Whether a report's table has this column. On a terminal the bound takes the place of the decision
// time, so that lines stay within 120 columns.
bool table_has_column(const dcat_compare_report *report, table_column column, bool terminal);

// The unit in which a report's profits are written.
money_unit table_unit(const dcat_compare_report *report);

// The cells of one row. Intervals that do not exist are left out.
void table_row(const dcat_compare_report *report, size_t row, money_unit unit,
               table_cell cells[TABLE_COLUMN_COUNT]);

#endif
