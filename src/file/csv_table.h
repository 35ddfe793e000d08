// SPDX-License-Identifier: Apache-2.0
// csv_table.h - a CSV file with a strict header, row by row.
//
// The first line that is neither empty nor a comment (#) names the columns, in any order. Every
// message names file, line, column, rule and value. Rows stream: memory does not grow with the
// file.

#ifndef DCAT_FILE_CSV_TABLE_H
#define DCAT_FILE_CSV_TABLE_H

#include "file/csv_lines.h"
#include "file/text.h"
#include "file/text_names.h"

typedef enum column_kind {
    COLUMN_NAME,   // one line of text, not empty
    COLUMN_NUMBER, // decimal number
    COLUMN_WHOLE,  // whole number, also as 3100.0
} column_kind;

typedef struct table_column {
    const char *name;
    column_kind kind;
    bool required; // the column must exist and no cell may be empty
    text_bound bound;
} table_column;

typedef struct table_cell {
    bool given; // the column exists and the cell is not empty
    double number;
    const char *text; // zero-terminated; COLUMN_NAME only
    size_t length;
} table_cell;

#define TABLE_COLUMN_MAX 24
#define TABLE_REST_MAX 100000

typedef struct table table;

// Open and read the header.
//   columns  [column_count] at most TABLE_COLUMN_MAX; must outlive the table
//   rest     nullable: what every other column holds (a NUMBER; an empty cell is 0 unless they are
//            required); without it they are refused
// Errors: ERR_FORMAT, ERR_FIELD, ERR_RANGE, ERR_IO, ERR_MEMORY; *opened is NULL then.
dcat_status table_open(input *in, const table_column *columns, size_t column_count,
                       const table_column *rest, table **opened, dcat_error *err);
void table_close(table *t);

// The names of the other columns, in the file's order.
const names *table_rest_names(const table *t);

// The next row: *more is false after the last. Errors as for opening.
dcat_status table_next(table *t, bool *more, dcat_error *err);
// The same for a loop: true while *status is DCAT_OK and there is a row. t is nullable, for a table
// that could not be opened.
bool table_each(table *t, dcat_status *status, dcat_error *err);

// Cells of the current row, valid until the next one.
const table_cell *table_cell_at(const table *t, size_t column);
const double *table_rest(const table *t); // [table_rest_names()->count]
size_t table_line(const table *t);
// Its file as messages name it.
const char *table_path(const table *t);

// Fail with "file.csv:LINE: " in front, and the column's name when column >= 0.
dcat_status table_fail(const table *t, dcat_error *err, dcat_status status, int column,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
