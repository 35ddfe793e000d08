// SPDX-License-Identifier: Apache-2.0
// Tables for people: on a terminal.

#include "file/table/table.h"
#include "file/write_text.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef char shown[DCAT_SHOWN_SIZE];

// --- Cells

// Digits in groups of three.
static void show_count(uint64_t count, shown text)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *text++ = ' ';
        }
        *text++ = digits[i];
    }
    *text = '\0';
}

static void show_number(const dcat_column *column, const dcat_cell *cell, shown text)
{
    char number[NUMBER_TEXT_SIZE];
    char half[NUMBER_TEXT_SIZE] = "";
    if (!isfinite(cell->value)) {
        snprintf(text, DCAT_SHOWN_SIZE, "-");
        return;
    }
    bool vanishes = column->never_zero && cell->value != 0.0 &&
                    fabs(cell->value) < 0.5 * pow(10.0, -column->decimals);
    number_fixed(cell->value, vanishes ? 4 : column->decimals, number);
    bool interval = cell->kind == DCAT_CELL_INTERVAL && isfinite(cell->half_width);
    if (interval) {
        number_fixed(cell->half_width, column->decimals, half);
    }
    bool zero = strspn(number, "0.") == strlen(number);
    bool plus = number[0] != '-' && (column->sign == DCAT_SIGN_PLUS_AND_ZERO ||
                                     (column->sign == DCAT_SIGN_PLUS && !zero));
    snprintf(text, DCAT_SHOWN_SIZE, "%s%s%s%s", plus ? "+" : "", number, interval ? " \u00b1 " : "",
             half);
}

void dcat_cell_show(const dcat_column *column, const dcat_cell *cell, shown text)
{
    switch (cell->kind) {
    case DCAT_CELL_TEXT:
        text_clean(cell->text, text, DCAT_SHOWN_SIZE);
        break;
    case DCAT_CELL_NUMBER:
    case DCAT_CELL_INTERVAL:
        show_number(column, cell, text);
        break;
    case DCAT_CELL_COUNT:
        show_count(cell->count, text);
        break;
    case DCAT_CELL_BOOLEAN:
        snprintf(text, DCAT_SHOWN_SIZE, "%s", cell->count ? "yes" : "no");
        break;
    case DCAT_CELL_MISSING:
    default:
        snprintf(text, DCAT_SHOWN_SIZE, "-");
        break;
    }
}

static const char *heading(const dcat_column *column, int line)
{
    const char *text = column->heading[line];
    return text != NULL ? text : "";
}

// --- Terminal

// Some columns of a table, side by side: those of names that it begins with, and a run of others.
typedef struct block {
    const dcat_table *table;
    const size_t *widths; // [column_count]
    size_t names;         // how many
    size_t first, end;    // of the others
} block;

// Columns are two spaces apart. Nothing follows the last one.
static void put_padded(const block *b, size_t column, const char *text, FILE *file)
{
    size_t own = text_width(text);
    int pad = own < b->widths[column] ? (int)(b->widths[column] - own) : 0;
    bool left = b->table->head.columns[column].left;
    bool last = column + 1 == b->end;
    fprintf(file, "%s%*s%s%*s", column > 0 ? "  " : "", left ? 0 : pad, "", text,
            left && !last ? pad : 0, "");
}

static bool holds(const block *b, size_t column)
{
    return column < b->names || (column >= b->first && column < b->end);
}

static size_t column_width(const dcat_table *table, size_t column)
{
    const dcat_column *at = &table->head.columns[column];
    size_t upper = text_width(heading(at, 0));
    size_t lower = text_width(heading(at, 1));
    size_t width = upper > lower ? upper : lower;
    for (size_t r = 0; r < table->row_count; r++) {
        shown text;
        dcat_cell_show(at, &table->rows[r].cells[column], text);
        size_t own = text_width(text);
        width = own > width ? own : width;
    }
    return width;
}

size_t table_text_width(const dcat_table *table)
{
    size_t width = 0; // two before every column: its sign, then the gaps
    for (size_t c = 0; c < table->head.column_count; c++) {
        width += 2 + column_width(table, c);
    }
    return width;
}

static void put_head(const block *b, FILE *file)
{
    const dcat_table *table = b->table;
    int lines = 1;
    for (size_t c = 0; c < table->head.column_count; c++) {
        lines = holds(b, c) && heading(&table->head.columns[c], 1)[0] != '\0' ? 2 : lines;
    }
    for (int line = 0; line < lines; line++) {
        fputs("  ", file);
        for (size_t c = 0; c < table->head.column_count; c++) {
            if (holds(b, c)) {
                put_padded(b, c, heading(&table->head.columns[c], line), file);
            }
        }
        putc('\n', file);
    }
}

static void put_block(const block *b, FILE *file)
{
    static const char *const signs[] = {
        [DCAT_ROW_PLAIN] = "  ", [DCAT_ROW_BEST] = "> ", [DCAT_ROW_BASELINE] = "= "};
    const dcat_table *table = b->table;
    put_head(b, file);
    for (size_t r = 0; r < table->row_count; r++) {
        fputs(signs[table->rows[r].rank], file);
        for (size_t c = 0; c < table->head.column_count; c++) {
            shown text;
            if (holds(b, c)) {
                dcat_cell_show(&table->head.columns[c], &table->rows[r].cells[c], text);
                put_padded(b, c, text, file);
            }
        }
        putc('\n', file);
    }
}

// Where a block ends that begins with a column: behind the last one that fits, one at least.
static size_t block_end(const block *b)
{
    size_t width = 0;
    for (size_t c = 0; c < b->names; c++) {
        width += 2 + b->widths[c];
    }
    size_t end = b->first;
    do {
        width += 2 + b->widths[end++];
    } while (end < b->table->head.column_count &&
             (b->table->text_width == 0 || width + 2 + b->widths[end] <= b->table->text_width));
    return end;
}

dcat_status dcat_table_write_text(const dcat_table *table, FILE *file, dcat_error *err)
{
    size_t count = table->head.column_count;
    size_t *widths = calloc(count + 1, sizeof *widths);
    if (widths == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    block b = {.table = table, .widths = widths};
    while (b.names + 1 < count && table->head.columns[b.names].left) {
        b.names++;
    }
    for (size_t c = 0; c < count; c++) {
        widths[c] = column_width(table, c);
    }
    for (b.first = b.names; b.first < count; b.first = b.end) {
        fputs(b.first > b.names ? "\n" : "", file);
        b.end = block_end(&b);
        put_block(&b, file);
    }
    free(widths);
    return table_status(table, file, err);
}

void dcat_write_wrapped(const char *text, size_t width, FILE *file)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > width) {
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
