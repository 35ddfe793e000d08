// SPDX-License-Identifier: Apache-2.0
// table.h - a table as a value: what its columns are and what its cells hold, whoever writes it.
//
// One head says what a table's columns are. The same head writes the header of the CSV, the keys of
// the JSON, the headings on a terminal or page, and schema.json, so they cannot disagree.

#ifndef DCAT_X_TABLE_H
#define DCAT_X_TABLE_H

#include "dcat/error.h"
#include "dcat/x/file.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- Columns

// What the cells of a column hold. An interval is a value with the half-width of its 95 %
// confidence interval; as CSV it takes two columns, KEY and KEY_ci95.
typedef enum dcat_column_type {
    DCAT_COLUMN_TEXT = 0,
    DCAT_COLUMN_NUMBER,
    DCAT_COLUMN_INTERVAL,
    DCAT_COLUMN_COUNT, // an integer from 0 to 2^64 - 1
    DCAT_COLUMN_BOOLEAN,
} dcat_column_type;

// Before which numbers a terminal or page shows a plus.
typedef enum dcat_column_sign {
    DCAT_SIGN_MINUS_ONLY = 0,
    DCAT_SIGN_PLUS,          // before what is above 0 as written
    DCAT_SIGN_PLUS_AND_ZERO, // before what is not negative
} dcat_column_sign;

// The first four are for files, the others for terminals and pages. Strings are not copied.
// In the order in which columns are written down.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
typedef struct dcat_column {
    const char *key; // of CSV, JSON and schema
    dcat_column_type type;
    const char *unit;       // "s", "km", "1" for a share; NULL: none
    const char *meaning;    // one line
    const char *heading[2]; // one above the other; NULL: none
    int decimals;           // of numbers and intervals
    dcat_column_sign sign;
    bool left;       // set to the left
    bool never_zero; // a number that is not 0 gets four decimals rather than be written as 0
    bool drawn;      // on a page, a dot with its interval stands beside the number
} dcat_column;

// A column of a file, which nobody shows.
#define DCAT_COLUMN(key_, type_, unit_, meaning_)                                                  \
    {                                                                                              \
        .key = (key_), .type = (type_), .unit = (unit_), .meaning = (meaning_)                     \
    }

// The columns of an array, as a head.
#define DCAT_TABLE_HEAD(name_, meaning_, columns_)                                                 \
    {                                                                                              \
        .name = (name_), .meaning = (meaning_), .columns = (columns_),                             \
        .column_count = sizeof(columns_) / sizeof((columns_)[0])                                   \
    }

typedef struct dcat_table_head {
    const char *name;    // of its file, without ".csv"
    const char *meaning; // one line: what a row is. Nullable for what no file has
    const dcat_column *columns;
    size_t column_count;
    bool commented; // lines that begin with # stand before the header line of its file
} dcat_table_head;

// --- Cells

typedef enum dcat_cell_kind {
    DCAT_CELL_MISSING = 0,
    DCAT_CELL_TEXT, // in a column of any type for terminals and pages: "baseline"
    DCAT_CELL_NUMBER,
    DCAT_CELL_INTERVAL,
    DCAT_CELL_COUNT,
    DCAT_CELL_BOOLEAN,
} dcat_cell_kind;

// Numbers that are not finite are missing, and so is a half-width that is not.
typedef struct dcat_cell {
    dcat_cell_kind kind;
    const char *text;
    double value, half_width;
    uint64_t count; // also of a boolean: 0 or 1
} dcat_cell;

DCAT_INLINE dcat_cell dcat_cell_missing(void)
{
    dcat_cell cell = {DCAT_CELL_MISSING, NULL, 0.0, 0.0, 0};
    return cell;
}
DCAT_INLINE dcat_cell dcat_cell_text(const char *text)
{
    dcat_cell cell = {DCAT_CELL_TEXT, text, 0.0, 0.0, 0};
    return cell;
}
DCAT_INLINE dcat_cell dcat_cell_number(double value)
{
    dcat_cell cell = {DCAT_CELL_NUMBER, NULL, value, 0.0, 0};
    return cell;
}
DCAT_INLINE dcat_cell dcat_cell_interval(double value, double half_width)
{
    dcat_cell cell = {DCAT_CELL_INTERVAL, NULL, value, half_width, 0};
    return cell;
}
DCAT_INLINE dcat_cell dcat_cell_count(uint64_t count)
{
    dcat_cell cell = {DCAT_CELL_COUNT, NULL, 0.0, 0.0, count};
    return cell;
}
DCAT_INLINE dcat_cell dcat_cell_boolean(bool value)
{
    dcat_cell cell = {DCAT_CELL_BOOLEAN, NULL, 0.0, 0.0, value};
    return cell;
}

// A cell as a terminal or page shows it.
#define DCAT_SHOWN_SIZE 128
DCAT_API void dcat_cell_show(const dcat_column *column, const dcat_cell *cell,
                             char text[DCAT_SHOWN_SIZE]);

// --- Rows as they come: CSV

// The header line, then a line for each row; cells [head->column_count]. A missing cell is an empty
// field, a boolean 1 or 0.
DCAT_API void dcat_csv_header(const dcat_table_head *head, FILE *file);
DCAT_API void dcat_csv_row(const dcat_table_head *head, const dcat_cell *cells, FILE *file);

// --- schema.json: what the columns of a folder's CSV files are

// A Frictionless Data Package: a resource for each CSV with name, type, unit and description of
// each column. Start it with {0}.
#define DCAT_SCHEMA_MAX 16
typedef struct dcat_schema {
    dcat_table_head heads[DCAT_SCHEMA_MAX];
    size_t count;
} dcat_schema;

// NAME.csv of a folder, with its header line written and its columns noted in schema. NULL on
// failure.
DCAT_API FILE *dcat_csv_file(dcat_output *output, const dcat_table_head *head, dcat_schema *schema,
                             dcat_error *err);
// Writes schema.json from what was noted.
DCAT_API dcat_status dcat_schema_write(const dcat_schema *schema, dcat_output *output,
                                       dcat_error *err);

// --- A whole table

// How a row stands out.
typedef enum dcat_row_rank {
    DCAT_ROW_PLAIN = 0,
    DCAT_ROW_BEST,     // "> " on a terminal
    DCAT_ROW_BASELINE, // "= "
} dcat_row_rank;

// Rows that wait for the last one, since the widest cell decides a column's width. Start it with
// {.head = ...}, add rows, write it as often as you like, free it.
typedef struct dcat_table {
    dcat_table_head head;
    // What dcat_table_add keeps.
    struct dcat_table_row *rows;
    size_t row_count, row_capacity;
    bool no_memory;    // a row is missing; the writers that return a status say so
    size_t text_width; // of the terminal; 0: as wide as it is. Set it before writing
} dcat_table;

// Copies the cells [head.column_count] and their texts.
DCAT_API void dcat_table_add(dcat_table *table, const dcat_cell *cells, dcat_row_rank rank);
DCAT_API void dcat_table_free(dcat_table *table);

// Headings, as many lines as they have, and rows, each column as wide as its widest cell. What
// text_width has no room for stands below, with the columns of names again.
DCAT_API dcat_status dcat_table_write_text(const dcat_table *table, FILE *file, dcat_error *err);
// The table element of a page. Columns have their meanings as titles.
DCAT_API dcat_status dcat_table_write_html(const dcat_table *table, FILE *file, dcat_error *err);
DCAT_API dcat_status dcat_table_write_csv(const dcat_table *table, FILE *file, dcat_error *err);
// An array of objects by key; an interval is {"mean", "ci95"}, a missing cell null.
DCAT_API dcat_status dcat_table_write_json(const dcat_table *table, FILE *file, dcat_error *err);

// NAME.csv of a folder, its columns noted in schema. Frees the table.
DCAT_API dcat_status dcat_table_file(dcat_table *table, dcat_output *output, dcat_schema *schema,
                                     dcat_error *err);

// Text in lines of at most width bytes, broken at spaces.
DCAT_API void dcat_write_wrapped(const char *text, size_t width, FILE *file);

#ifdef __cplusplus
}
#endif
#endif
