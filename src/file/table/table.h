// SPDX-License-Identifier: Apache-2.0
// table.h - how a table keeps its rows, for its writers.

#ifndef DCAT_FILE_TABLE_TABLE_H
#define DCAT_FILE_TABLE_TABLE_H

#include "dcat/x/table.h"
#include <jansson.h>

struct dcat_table_row {
    dcat_cell *cells; // [head.column_count], texts are the row's own
    dcat_row_rank rank;
};

// DCAT_OK, or ERR_MEMORY when a row could not be kept, or ERR_IO when file has failed.
dcat_status table_status(const dcat_table *table, FILE *file, dcat_error *err);

// Columns that dcat_table_write_text takes.
size_t table_text_width(const dcat_table *table);

// The column with a key, which the table has (asserted).
size_t table_column(const dcat_table *table, const char *key);

// A cell as JSON: an interval is {"mean", "ci95"}, a missing cell null. NULL without memory.
json_t *json_cell(const dcat_cell *cell);

// Cells of a row as an object. keys are those of columns, with a space between them; "KEY=COLUMN"
// writes a column under another key. NULL without memory.
json_t *table_json(const dcat_table *table, size_t row, const char *keys);

#endif
