// SPDX-License-Identifier: Apache-2.0
#include "file/csv_table.h"

#include "base/array_room.h"

#include <assert.h>
#include <csv.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 200

// What a column of the file is, by its place in the file.
typedef struct place {
    int column; // index into columns, -1 for the rest
    size_t rest;
} place;

struct table {
    lines lines;
    struct csv_parser parser;
    const table_column *columns; // [column_count]
    size_t column_count;
    const table_column *rest_column;

    place *places; // [place_count] the file's columns in order
    size_t place_count, place_capacity;
    bool has[TABLE_COLUMN_MAX];
    names rest_names;

    // The row being read.
    bool header; // it is the header
    bool row_done;
    size_t field_count;
    table_cell cells[TABLE_COLUMN_MAX];
    size_t text_at[TABLE_COLUMN_MAX]; // of each cell's text in `text`, which may move
    char *text;
    size_t text_used, text_capacity;
    double *rest; // [rest_names.count]
    dcat_status status;
    dcat_error *err;
};

// --- Messages

static dcat_status fail_named(const table *t, dcat_error *err, dcat_status status,
                              const char *column, const char *message)
{
    return dcat_fail(err, status, "%s:%zu: %s%s%s", t->lines.in->path, t->lines.number, column,
                     column[0] == '\0' ? "" : ": ", message);
}

__attribute__((format(printf, 5, 0))) static dcat_status
fail_list(const table *t, dcat_error *err, dcat_status status, const char *column,
          const char *format, va_list arguments)
{
    char message[400];
    vsnprintf(message, sizeof message, format, arguments);
    return fail_named(t, err, status, column, message);
}

dcat_status table_fail(const table *t, dcat_error *err, dcat_status status, int column,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_list(t, err, status, column < 0 ? "" : t->columns[column].name, format, arguments);
    va_end(arguments);
    return status;
}

// The first thing wrong in a row wins: libcsv's callbacks cannot stop it.
__attribute__((format(printf, 4, 5))) static void
refuse(table *t, dcat_status status, const char *column, const char *format, ...)
{
    if (t->status == DCAT_OK) {
        va_list arguments;
        va_start(arguments, format);
        t->status = fail_list(t, t->err, status, column, format, arguments);
        va_end(arguments);
    }
}

// --- Header

static int find_column(const table *t, const char *name)
{
    for (size_t i = 0; i < t->column_count; i++) {
        if (strcmp(t->columns[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void unknown_column(table *t, const char *name, size_t length)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    char list[300] = "";
    for (size_t i = 0; i < t->column_count; i++) {
        size_t distance = text_unlikeness(name, t->columns[i].name);
        if (distance < best) {
            best = distance;
            nearest = t->columns[i].name;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ",
                 t->columns[i].name);
    }
    if (nearest != NULL && text_is_close(best, name)) {
        refuse(t, DCAT_ERR_FIELD, "", "unknown column %s; did you mean %s?",
               TEXT_SHOW(name, length), nearest);
    } else {
        refuse(t, DCAT_ERR_FIELD, "", "unknown column %s; there are %s", TEXT_SHOW(name, length),
               list);
    }
}

// NULL, or the rule that a name breaks.
static const char *name_rule(const char *text, size_t length)
{
    if (length > NAME_BYTES_MAX) {
        return "must be at most 200 bytes long";
    }
    return text_is_line(text, length) ? NULL : "must be one line of UTF-8 text";
}

// "semicolons" when a header's first cell is a whole header with them between its cells.
static const char *other_separator(const table *t, const char *text, size_t length)
{
    static const struct {
        char byte;
        const char *name;
    } others[] = {{';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}};
    for (size_t i = 0; t->place_count == 0 && i < sizeof others / sizeof *others; i++) {
        const char *end = memchr(text, others[i].byte, length);
        char name[NAME_BYTES_MAX];
        if (end != NULL && end - text < NAME_BYTES_MAX) {
            snprintf(name, sizeof name, "%.*s", (int)(end - text), text);
            const char *more = memchr(end + 1, others[i].byte, length - (size_t)(end + 1 - text));
            if (more != NULL || find_column(t, name) >= 0) {
                return others[i].name;
            }
        }
    }
    return NULL;
}

static void take_header_field(table *t, const char *text, size_t length)
{
    const char *other = other_separator(t, text, length);
    if (other != NULL) {
        refuse(t, DCAT_ERR_FORMAT, "", "cells must be separated by commas, got %s", other);
        return;
    }
    const char *rule = length == 0 ? "must have a name" : name_rule(text, length);
    if (rule != NULL) {
        refuse(t, DCAT_ERR_FORMAT, "", "column %zu %s, got \"%s\"", t->place_count + 1, rule,
               TEXT_SHOW(text, length));
        return;
    }
    place here = {.column = find_column(t, text)};
    bool added = true;
    if (here.column >= 0) {
        added = !t->has[here.column];
        t->has[here.column] = true;
    } else if (t->rest_column == NULL) {
        unknown_column(t, text, length);
        return;
    } else if (t->rest_names.count >= TABLE_REST_MAX) {
        refuse(t, DCAT_ERR_RANGE, "", "must have at most %d columns", TABLE_REST_MAX);
        return;
    } else {
        t->status = names_add(&t->rest_names, text, length, &here.rest, &added, t->err);
    }
    if (t->status == DCAT_OK && !added) {
        refuse(t, DCAT_ERR_FIELD, "", "duplicate column %s", TEXT_SHOW(text, length));
    }
    if (t->status == DCAT_OK) {
        t->status = array_room(&t->places, &t->place_capacity, t->place_count + 1,
                               sizeof *t->places, t->err);
    }
    if (t->status == DCAT_OK) {
        t->places[t->place_count++] = here;
    }
}

static void check_header(table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        if (t->columns[i].required && !t->has[i]) {
            refuse(t, DCAT_ERR_FIELD, "", "column %s is missing", t->columns[i].name);
        }
    }
    if (t->status == DCAT_OK && t->rest_names.count > 0) {
        t->rest = calloc(t->rest_names.count, sizeof *t->rest);
        if (t->rest == NULL) {
            refuse(t, DCAT_ERR_MEMORY, "", "out of memory for %zu columns", t->rest_names.count);
        }
    }
}

// --- Cells

static void take_name(table *t, int index, const char *text, size_t length)
{
    const table_column *column = &t->columns[index];
    const char *rule = name_rule(text, length);
    if (rule != NULL) {
        refuse(t, DCAT_ERR_FORMAT, column->name, "%s, got \"%s\"", rule, TEXT_SHOW(text, length));
        return;
    }
    t->status = array_room(&t->text, &t->text_capacity, t->text_used + length + 1, 1, t->err);
    if (t->status != DCAT_OK) {
        return;
    }
    t->text_at[index] = t->text_used;
    memcpy(t->text + t->text_used, text, length);
    t->text[t->text_used + length] = '\0';
    t->text_used += length + 1;
    t->cells[index].length = length;
}

// Choice: 3100.0 and 3.1e3 are whole numbers too; programs that keep columns as floating-point
// numbers write them so.
static const char *whole_number(const char *text, size_t length, double *number)
{
    int64_t whole = 0;
    const char *rule = text_whole(text, length, &whole);
    *number = (double)whole;
    double real;
    if (rule != NULL && text_number(text, length, &real) == NULL && floor(real) == real &&
        fabs(real) < 1e15) {
        *number = real;
        rule = NULL;
    }
    return rule;
}

static void take_number(table *t, const table_column *column, const char *name, const char *text,
                        size_t length, double *number)
{
    const char *rule;
    if (column->kind == COLUMN_WHOLE) {
        rule = whole_number(text, length, number);
    } else {
        rule = text_number(text, length, number);
    }
    if (rule != NULL) {
        refuse(t, DCAT_ERR_FORMAT, name, "%s, got %s", rule,
               length == 0 ? "nothing" : TEXT_SHOW(text, length));
    } else if (!text_bound_holds(&column->bound, *number)) {
        text_bound_words words = {{0}};
        refuse(t, DCAT_ERR_RANGE, name, "must be %s, got %s",
               text_bound_rule(&words, &column->bound, *number), TEXT_SHOW(text, length));
    }
}

static void take_cell(table *t, const char *text, size_t length)
{
    if (t->field_count >= t->place_count) {
        return; // counted, and refused at the end of the row
    }
    place here = t->places[t->field_count];
    if (here.column < 0 && length == 0 && !t->rest_column->required) {
        t->rest[here.rest] = 0.0;
        return;
    }
    if (here.column < 0) {
        take_number(t, t->rest_column, names_at(&t->rest_names, here.rest), text, length,
                    &t->rest[here.rest]);
        return;
    }
    const table_column *column = &t->columns[here.column];
    table_cell *cell = &t->cells[here.column];
    cell->given = length > 0;
    if (length == 0) {
        if (column->required) {
            refuse(t, DCAT_ERR_FIELD, column->name, "must be given");
        }
    } else if (column->kind == COLUMN_NAME) {
        take_name(t, here.column, text, length);
    } else {
        take_number(t, column, column->name, text, length, &cell->number);
    }
}

static void on_field(void *bytes, size_t length, void *user)
{
    table *t = user;
    if (t->status == DCAT_OK && t->row_done) {
        refuse(t, DCAT_ERR_FORMAT, "", "a quoted cell must end in its own line");
    } else if (t->status == DCAT_OK && memchr(bytes, '\0', length) != NULL) {
        refuse(t, DCAT_ERR_FORMAT, "", "a zero byte cannot stand in a cell");
    } else if (t->status == DCAT_OK) {
        (t->header ? take_header_field : take_cell)(t, bytes, length);
    }
    t->field_count++;
}

static void on_row(int end, void *user)
{
    (void)end;
    ((table *)user)->row_done = true;
}

// --- Rows

// Empty lines and comments are no rows.
static bool is_row(const char *line, size_t length)
{
    size_t i = 0;
    while (i < length && (line[i] == ' ' || line[i] == '\t')) {
        i++;
    }
    return i < length && line[i] != '#';
}

// A comment behind the header with as many cells as a row is more likely a row whose first cell
// begins with '#': it is counted, since it is not read.
static void look_at_comment(table *t, const char *line, size_t length)
{
    if (t->header || t->place_count < 2) {
        return;
    }
    size_t commas = 0;
    for (size_t i = 0; i < length; i++) {
        commas += line[i] == ',';
    }
    input *in = t->lines.in;
    if (commas + 1 == t->place_count) {
        in->hash_row_first = in->hash_row_count == 0 ? t->lines.number : in->hash_row_first;
        in->hash_row_count++;
    }
}

// Read the next line that is a row; *more is false at the end of the input.
static dcat_status read_row(table *t, bool *more, dcat_error *err)
{
    const char *line;
    size_t length = 0;
    *more = false;
    for (;;) {
        dcat_status status = lines_next(&t->lines, &line, &length, err);
        if (status != DCAT_OK || line == NULL) {
            return status;
        }
        if (is_row(line, length)) {
            break;
        }
        look_at_comment(t, line, length);
    }
    *more = true;
    t->err = err;
    t->status = DCAT_OK;
    t->row_done = false;
    t->field_count = 0;
    t->text_used = 0;
    bool parsed = csv_parse(&t->parser, line, length, on_field, on_row, t) == length &&
                  csv_parse(&t->parser, "\n", 1, on_field, on_row, t) == 1;
    if (!parsed) {
        bool memory = csv_error(&t->parser) == CSV_ENOMEM;
        refuse(t, memory ? DCAT_ERR_MEMORY : DCAT_ERR_FORMAT, "",
               memory ? "out of memory" : "a quote must open and close a whole cell");
    } else if (!t->row_done) {
        refuse(t, DCAT_ERR_FORMAT, "", "a quoted cell must end in its own line");
    }
    return t->status;
}

dcat_status table_next(table *t, bool *more, dcat_error *err)
{
    for (size_t i = 0; i < t->column_count; i++) {
        t->cells[i].given = false;
    }
    dcat_status status = read_row(t, more, err);
    if (status != DCAT_OK || !*more) {
        return status;
    }
    if (t->field_count != t->place_count) {
        return table_fail(t, err, DCAT_ERR_FORMAT, -1, "has %zu cells, the header has %zu",
                          t->field_count, t->place_count);
    }
    for (size_t i = 0; i < t->column_count; i++) {
        bool text = t->columns[i].kind == COLUMN_NAME && t->cells[i].given;
        t->cells[i].text = text ? t->text + t->text_at[i] : NULL;
    }
    return DCAT_OK;
}

bool table_each(table *t, dcat_status *status, dcat_error *err)
{
    bool more = false;
    if (*status == DCAT_OK) {
        *status = table_next(t, &more, err);
    }
    return *status == DCAT_OK && more;
}

// --- Opening

static dcat_status read_header(table *t, dcat_error *err)
{
    bool more;
    t->header = true;
    dcat_status status = read_row(t, &more, err);
    t->header = false;
    if (status == DCAT_OK && !more) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: is empty; the first line must name the columns",
                         t->lines.in->path);
    }
    if (status == DCAT_OK) {
        check_header(t);
    }
    return status == DCAT_OK ? t->status : status;
}

dcat_status table_open(input *in, const table_column *columns, size_t column_count,
                       const table_column *rest, table **opened, dcat_error *err)
{
    assert(column_count <= TABLE_COLUMN_MAX);
    *opened = NULL;
    table *t = calloc(1, sizeof *t);
    if (t == NULL || csv_init(&t->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        free(t);
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", in->path);
    }
    t->columns = columns;
    t->column_count = column_count;
    t->rest_column = rest;
    dcat_status status = lines_open(in, &t->lines, err);
    if (status == DCAT_OK) {
        status = read_header(t, err);
    }
    if (status != DCAT_OK) {
        table_close(t);
        return status;
    }
    *opened = t;
    return DCAT_OK;
}

void table_close(table *t)
{
    if (t == NULL) {
        return;
    }
    csv_free(&t->parser);
    lines_close(&t->lines);
    names_free(&t->rest_names);
    free(t->places);
    free(t->text);
    free(t->rest);
    free(t);
}

const names *table_rest_names(const table *t)
{
    return &t->rest_names;
}

const table_cell *table_cell_at(const table *t, size_t column)
{
    return &t->cells[column];
}

const double *table_rest(const table *t)
{
    return t->rest;
}

size_t table_line(const table *t)
{
    return t->lines.number;
}

const char *table_path(const table *t)
{
    return t->lines.in->path;
}
