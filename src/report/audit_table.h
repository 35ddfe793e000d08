// SPDX-License-Identifier: Apache-2.0
// audit_table.h - the tables of an audit, made once for terminal and page.

#ifndef DCAT_IO_AUDIT_TABLE_H
#define DCAT_IO_AUDIT_TABLE_H

#include "dcat/x/report.h"
#include <stddef.h>
#include <stdio.h>

enum { AUDIT_COLUMN_MAX = 12, AUDIT_ROW_MAX = 2 * DCAT_AUCTION_MAX, AUDIT_CELL_SIZE = 48 };

typedef struct audit_table {
    const char *title;
    const char *note; // what the numbers are, in plain words
    size_t column_count, row_count;
    size_t name_count; // the first columns are names, set to the left
    char head[2][AUDIT_COLUMN_MAX][AUDIT_CELL_SIZE];
    char cell[AUDIT_ROW_MAX][AUDIT_COLUMN_MAX][AUDIT_CELL_SIZE];
} audit_table;

typedef enum audit_table_kind {
    AUDIT_TABLE_LIES = 0,
    AUDIT_TABLE_RATIONAL,
    AUDIT_TABLE_GAMING,
    AUDIT_TABLE_DEADLINE,
    AUDIT_TABLE_THEOREM2,
    AUDIT_TABLE_COUNT
} audit_table_kind;

// Whether a report has what the table shows.
bool audit_table_applies(const dcat_audit_report *report, audit_table_kind kind);
void audit_table_make(const dcat_audit_report *report, audit_table_kind kind, audit_table *table);

// Plain sentences, numbered from 0; false past the last. Theorem 2: what was found about it.
// Verdict: what broke, or that nothing did.
#define AUDIT_SENTENCE_SIZE 512
bool audit_theorem2_sentence(const dcat_audit_theorem2 *t, size_t index,
                             char text[AUDIT_SENTENCE_SIZE]);
bool audit_verdict_sentence(const dcat_audit_report *report, size_t index,
                            char text[AUDIT_SENTENCE_SIZE]);

// A ratio, 0 where there is nothing to divide by.
double audit_ratio(double numerator, double denominator);

#endif
