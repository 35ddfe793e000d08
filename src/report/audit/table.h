// SPDX-License-Identifier: Apache-2.0
// table.h - the tables of an audit, made once for terminal and page.

#ifndef DCAT_REPORT_AUDIT_TABLE_H
#define DCAT_REPORT_AUDIT_TABLE_H

#include "dcat/x/report.h"
#include "dcat/x/table.h"
#include "file/write_text.h"
#include <stddef.h>
#include <stdio.h>

// Stays where it was made: the head of Theorem 2's table points into it.
typedef struct audit_table {
    const char *title;
    const char *note;                           // what the numbers are, in plain words
    dcat_table table;                           // to be freed
    dcat_column columns[1 + DCAT_AUDIT_GAMMAS]; // of Theorem 2
    char gamma[DCAT_AUDIT_GAMMAS][NUMBER_TEXT_SIZE];
} audit_table;

typedef enum audit_table_kind {
    AUDIT_TABLE_LIES = 0,
    AUDIT_TABLE_INNER,
    AUDIT_TABLE_RATIONAL,
    AUDIT_TABLE_GAMING,
    AUDIT_TABLE_FACTORS,
    AUDIT_TABLE_DEVICES,
    AUDIT_TABLE_DEADLINE,
    AUDIT_TABLE_STABILITY,
    AUDIT_TABLE_THEOREM2,
    AUDIT_TABLE_COUNT
} audit_table_kind;

// Whether a report has what the table shows.
bool audit_table_applies(const dcat_audit_report *report, audit_table_kind kind);
void audit_table_make(const dcat_audit_report *report, audit_table_kind which, audit_table *into);

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
