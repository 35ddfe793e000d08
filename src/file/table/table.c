// SPDX-License-Identifier: Apache-2.0
#include "file/table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void free_row(const dcat_table *table, struct dcat_table_row *row)
{
    for (size_t c = 0; row->cells != NULL && c < table->head.column_count; c++) {
        free((char *)row->cells[c].text);
    }
    free(row->cells);
}

// Whether the row could be copied; releases what was made when not.
static bool copy_row(const dcat_table *table, const dcat_cell *cells, struct dcat_table_row *row)
{
    row->cells = calloc(table->head.column_count, sizeof *row->cells);
    bool ok = row->cells != NULL;
    for (size_t c = 0; ok && c < table->head.column_count; c++) {
        row->cells[c] = cells[c];
        row->cells[c].text = cells[c].text == NULL ? NULL : strdup(cells[c].text);
        ok = (row->cells[c].text == NULL) == (cells[c].text == NULL);
    }
    if (!ok) {
        free_row(table, row);
    }
    return ok;
}

void dcat_table_add(dcat_table *table, const dcat_cell *cells, dcat_row_rank rank)
{
    if (table->row_count == table->row_capacity) {
        size_t capacity = table->row_capacity == 0 ? 16 : 2 * table->row_capacity;
        struct dcat_table_row *rows = realloc(table->rows, capacity * sizeof *rows);
        if (rows == NULL) {
            table->no_memory = true;
            return;
        }
        table->rows = rows;
        table->row_capacity = capacity;
    }
    struct dcat_table_row *row = &table->rows[table->row_count];
    *row = (struct dcat_table_row){.rank = rank};
    if (copy_row(table, cells, row)) {
        table->row_count++;
    } else {
        table->no_memory = true;
    }
}

void dcat_table_free(dcat_table *table)
{
    for (size_t r = 0; r < table->row_count; r++) {
        free_row(table, &table->rows[r]);
    }
    free(table->rows);
    *table = (dcat_table){.head = table->head};
}

dcat_status table_status(const dcat_table *table, FILE *file, dcat_error *err)
{
    if (table->no_memory) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    return ferror(file) ? dcat_fail(err, DCAT_ERR_IO, "%s.csv: writing failed: %s",
                                    table->head.name, strerror(errno))
                        : DCAT_OK;
}
