// SPDX-License-Identifier: Apache-2.0
// A study on a terminal.

#include "reproduce/write.h"

#include <stdlib.h>
#include <string.h>

#define ROW_MAX 400
#define TEXT_COLUMNS 110

// A table's columns are as wide as their widest cell, so its rows wait until its end.
typedef struct waiting_table {
    FILE *file;
    size_t column_count, left, row_count;
    char cells[ROW_MAX][REPRODUCE_COLUMN_MAX][REPRODUCE_CELL_SIZE];
} waiting_table;

// Text in lines of at most TEXT_COLUMNS characters.
static void put_wrapped(FILE *file, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > TEXT_COLUMNS) {
            putc('\n', file);
            column = 0;
        }
        fprintf(file, "%s%.*s", column > 0 ? " " : "", (int)length, text);
        column += length + (column > 0);
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', file);
}

static void begin_table(void *user, const char *title, const char *note, size_t column_count,
                        const char *const *headers, size_t left)
{
    waiting_table *waiting = user;
    fprintf(waiting->file, "\n%s\n", title);
    if (note != NULL) {
        put_wrapped(waiting->file, note);
    }
    putc('\n', waiting->file);
    waiting->column_count = column_count;
    waiting->left = left;
    waiting->row_count = 1;
    for (size_t c = 0; c < column_count; c++) {
        snprintf(waiting->cells[0][c], REPRODUCE_CELL_SIZE, "%s", headers[c]);
    }
}

static void put_row(void *user, const char (*cells)[REPRODUCE_CELL_SIZE])
{
    waiting_table *waiting = user;
    if (waiting->row_count < ROW_MAX) {
        for (size_t c = 0; c < waiting->column_count; c++) {
            text_clean(cells[c], waiting->cells[waiting->row_count][c], REPRODUCE_CELL_SIZE);
        }
        waiting->row_count++;
    }
}

static int width_of(const waiting_table *waiting, size_t column)
{
    size_t widest = 0;
    for (size_t r = 0; r < waiting->row_count; r++) {
        size_t width = text_width(waiting->cells[r][column]);
        widest = width > widest ? width : widest;
    }
    return (int)widest;
}

// printf would count bytes instead of characters.
static void put_cell(FILE *file, const char *text, int width, bool left)
{
    int space = width - (int)text_width(text);
    if (left) {
        fprintf(file, "%s%*s", text, space, "");
    } else {
        fprintf(file, "%*s%s", space, "", text);
    }
}

static void end_table(void *user)
{
    const waiting_table *waiting = user;
    FILE *file = waiting->file;
    int widths[REPRODUCE_COLUMN_MAX] = {0};
    for (size_t c = 0; c < waiting->column_count; c++) {
        widths[c] = width_of(waiting, c);
    }
    for (size_t r = 0; r < waiting->row_count; r++) {
        for (size_t c = 0; c < waiting->column_count; c++) {
            fputs("  ", file);
            put_cell(file, waiting->cells[r][c], widths[c], c < waiting->left);
        }
        putc('\n', file);
    }
}

dcat_status reproduce_write_text(const reproduce_study *study, bool brief, FILE *file,
                                 dcat_error *err)
{
    waiting_table *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a table");
    }
    waiting->file = file;
    const reproduce_table_writer writer = {waiting, begin_table, put_row, end_table};
    char headline[512];
    reproduce_headline(study, headline, sizeof headline);
    put_wrapped(file, headline);
    for (size_t r = 0; r < study->remark_count; r++) {
        char clean[REPRODUCE_REMARK_SIZE];
        text_clean(study->remarks[r], clean, sizeof clean);
        put_wrapped(file, clean);
    }
    reproduce_write_tables(study, &writer, brief);
    free(waiting);
    if (study->point_count > 0) {
        fputs(
            "\n± is the half-width of the 95 % confidence interval over worlds; gains are paired, "
            "world by world.\n",
            file);
    }
    return DCAT_OK;
}
