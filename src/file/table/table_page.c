// SPDX-License-Identifier: Apache-2.0
// Tables for people: on a page.

#include "file/table/table.h"
#include "file/write_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRAWING_WIDTH 120
#define DRAWING_HEIGHT 20

static const char *heading(const dcat_column *column, int line)
{
    const char *text = column->heading[line];
    return text != NULL ? text : "";
}

// What the drawings of a column share: their scale, and the baseline's value.
typedef struct drawing {
    double least, most, base; // base NAN: none
} drawing;

static double reach(const dcat_cell *cell)
{
    return cell->kind == DCAT_CELL_INTERVAL && isfinite(cell->half_width) ? cell->half_width : 0.0;
}

static drawing drawing_of(const dcat_table *table, size_t column)
{
    drawing made = {0.0, 0.0, NAN};
    for (size_t r = 0; r < table->row_count; r++) {
        const dcat_cell *cell = &table->rows[r].cells[column];
        if (isfinite(cell->value)) {
            made.least = fmin(made.least, cell->value - reach(cell));
            made.most = fmax(made.most, cell->value + reach(cell));
        }
        if (table->rows[r].rank == DCAT_ROW_BASELINE) {
            made.base = cell->value;
        }
    }
    return made;
}

static double place(const drawing *d, double value)
{
    return 4.0 + (DRAWING_WIDTH - 8.0) * (value - d->least) / (d->most - d->least);
}

static void put_line(const char *class, double x1, double x2, int y1, int y2, FILE *file)
{
    fprintf(file, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", class, x1, x2,
            y1, y2);
}

// The value as a dot with its interval, from 0 or the least value to the most; the baseline's as a
// dashed line. The number beside it says the same.
static void put_drawing(const drawing *d, const dcat_cell *cell, FILE *file)
{
    if (!(d->most > d->least) || !isfinite(cell->value)) {
        return;
    }
    const int middle = DRAWING_HEIGHT / 2;
    fprintf(file, "<svg class=\"dot\" aria-hidden=\"true\" width=\"%d\" height=\"%d\">",
            DRAWING_WIDTH, DRAWING_HEIGHT);
    put_line("axis", 0.0, (double)DRAWING_WIDTH, middle, middle, file);
    if (isfinite(d->base)) {
        put_line("base", place(d, d->base), place(d, d->base), 0, DRAWING_HEIGHT, file);
    }
    if (reach(cell) > 0.0) {
        put_line("reach", place(d, cell->value - reach(cell)), place(d, cell->value + reach(cell)),
                 middle, middle, file);
    }
    fprintf(file, "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\"/></svg>", place(d, cell->value), middle);
}

static void put_head(const dcat_table *table, FILE *file)
{
    fputs("<thead><tr>", file);
    for (size_t c = 0; c < table->head.column_count; c++) {
        const dcat_column *column = &table->head.columns[c];
        fprintf(file, "<th scope=\"col\"%s", column->left ? " class=\"name\"" : "");
        if (column->meaning != NULL) {
            fputs(" title=\"", file);
            html_put_text(file, column->meaning);
            putc('"', file);
        }
        putc('>', file);
        html_put_text(file, heading(column, 0));
        if (heading(column, 1)[0] != '\0') {
            fputs("<small>", file);
            html_put_text(file, heading(column, 1));
            fputs("</small>", file);
        }
        fputs("</th>", file);
    }
    fputs("</tr></thead>\n", file);
}

// A shown number as typesetters write it: a minus, and groups that do not break. What follows a
// plus-minus sign is set back.
static void put_shown(const dcat_cell *cell, const char *text, FILE *file)
{
    if (cell->kind == DCAT_CELL_TEXT || cell->kind == DCAT_CELL_BOOLEAN) {
        html_put_text(file, text);
        return;
    }
    if (strcmp(text, "-") == 0) {
        fputs("\u2013", file);
        return;
    }
    const char *half = strstr(text, " \u00b1");
    for (const char *at = text; *at != '\0'; at++) {
        if (at == half) {
            fputs("<span class=\"ci\">", file);
        }
        if (number_group_begins(text, at)) {
            fputs("\u202f", file);
        }
        fputs(*at == '-'                                  ? "\u2212"
              : *at == ' ' && (half == NULL || at < half) ? "\u202f"
                                                          : (char[]){*at, '\0'},
              file);
    }
    fputs(half != NULL ? "</span>" : "", file);
}

static void put_row(const dcat_table *table, const struct dcat_table_row *row,
                    const drawing *drawings, FILE *file)
{
    static const char *const begins[] = {[DCAT_ROW_PLAIN] = "<tr>",
                                         [DCAT_ROW_BEST] = "<tr class=\"best\">",
                                         [DCAT_ROW_BASELINE] = "<tr class=\"base\">"};
    static const char *const tags[] = {[DCAT_ROW_PLAIN] = "",
                                       [DCAT_ROW_BEST] = "<span class=\"tag\">earns most</span>",
                                       [DCAT_ROW_BASELINE] = "<span class=\"tag\">baseline</span>"};
    const dcat_column *columns = table->head.columns;
    fputs(begins[row->rank], file);
    for (size_t c = 0; c < table->head.column_count; c++) {
        char text[DCAT_SHOWN_SIZE];
        dcat_cell_show(&columns[c], &row->cells[c], text);
        fprintf(file, "<td%s>",
                columns[c].left    ? " class=\"name\""
                : columns[c].drawn ? " class=\"drawn\""
                                   : "");
        if (columns[c].drawn) {
            put_drawing(&drawings[c], &row->cells[c], file);
        }
        put_shown(&row->cells[c], text, file);
        bool last_name =
            columns[c].left && (c + 1 == table->head.column_count || !columns[c + 1].left);
        fprintf(file, "%s</td>", last_name ? tags[row->rank] : "");
    }
    fputs("</tr>\n", file);
}

dcat_status dcat_table_write_html(const dcat_table *table, FILE *file, dcat_error *err)
{
    drawing *drawings = calloc(table->head.column_count + 1, sizeof *drawings);
    if (drawings == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    for (size_t c = 0; c < table->head.column_count; c++) {
        drawings[c] = table->head.columns[c].drawn ? drawing_of(table, c) : drawings[c];
    }
    fputs("<div class=\"scroll\" tabindex=\"0\">\n<table>\n", file);
    if (table->head.meaning != NULL) { // for who hears the page
        fputs("<caption>Each row: ", file);
        html_put_text(file, table->head.meaning);
        fputs("</caption>\n", file);
    }
    put_head(table, file);
    fputs("<tbody>\n", file);
    for (size_t r = 0; r < table->row_count; r++) {
        put_row(table, &table->rows[r], drawings, file);
    }
    fputs("</tbody>\n</table>\n</div>\n", file);
    free(drawings);
    return table_status(table, file, err);
}
