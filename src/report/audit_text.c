// SPDX-License-Identifier: Apache-2.0
// An audit for a terminal.

#include "file/write_text.h"
#include "report/audit_table.h"
#include <inttypes.h>
#include <stdbool.h>

#define PAGE_WIDTH 112

// Text in lines of at most PAGE_WIDTH.
static void put_wrapped(FILE *file, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = 0;
        while (text[length] != '\0' && text[length] != ' ') {
            length++;
        }
        if (column > 0 && column + 1 + length > PAGE_WIDTH) {
            putc('\n', file);
            column = 0;
        }
        fprintf(file, "%s%.*s", column > 0 ? " " : "", (int)length, text);
        column += length + (column > 0);
        text += length + (text[length] == ' ');
    }
    putc('\n', file);
}

static size_t column_width(const audit_table *table, size_t column)
{
    size_t width = 0;
    for (size_t line = 0; line < 2; line++) {
        size_t own = text_width(table->head[line][column]);
        width = own > width ? own : width;
    }
    for (size_t row = 0; row < table->row_count; row++) {
        size_t own = text_width(table->cell[row][column]);
        width = own > width ? own : width;
    }
    return width;
}

static void put_line(const audit_table *table, const char (*cells)[AUDIT_CELL_SIZE], FILE *file)
{
    for (size_t c = 0; c < table->column_count; c++) {
        int pad = (int)(column_width(table, c) - text_width(cells[c]));
        bool last = c + 1 == table->column_count;
        bool left = c < table->name_count;
        fprintf(file, "  %*s%s%*s", left ? 0 : pad, "", cells[c], left && !last ? pad : 0, "");
    }
    putc('\n', file);
}

static void put_table(const audit_table *table, FILE *file)
{
    fprintf(file, "\n%s\n", table->title);
    put_wrapped(file, table->note);
    put_line(table, table->head[0], file);
    put_line(table, table->head[1], file);
    for (size_t row = 0; row < table->row_count; row++) {
        put_line(table, table->cell[row], file);
    }
}

static void put_facts(const dcat_audit_report *report, FILE *file)
{
    const dcat_audit_config *config = report->config;
    char name[256];
    char title[256];
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    text_clean(dcat_scenario_title(report->scenario), title, sizeof title);
    fprintf(file, "%s%s%s\n", name, title[0] != '\0' ? ": " : "", title);
    fprintf(file,
            "Audit of %zu auction%s with clusters by %s; %" PRIu32
            " cycles in each of %zu world%s, seed %" PRIu64 "\n",
            config->policy_count, config->policy_count == 1 ? "" : "s",
            dcat_policy_clusterer_name(&config->policies[0]), config->cycle_count,
            config->world_count, config->world_count == 1 ? "" : "s", report->seed);
}

void dcat_write_audit_text(const dcat_audit_report *report, FILE *file)
{
    char text[AUDIT_SENTENCE_SIZE];
    put_facts(report, file);
    for (audit_table_kind kind = 0; kind < AUDIT_TABLE_COUNT; kind++) {
        if (audit_table_applies(report, kind)) {
            audit_table table;
            audit_table_make(report, kind, &table);
            put_table(&table, file);
        }
    }
    if (audit_table_applies(report, AUDIT_TABLE_THEOREM2)) {
        for (size_t i = 0; audit_theorem2_sentence(report->theorem2, i, text); i++) {
            put_wrapped(file, text);
        }
    }
    putc('\n', file);
    for (size_t i = 0; audit_verdict_sentence(report, i, text); i++) {
        put_wrapped(file, text);
    }
}
