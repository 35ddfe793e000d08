// SPDX-License-Identifier: Apache-2.0
// table.h (for src/report/tune) - what was found, as tables and sentences that text and page share.

#ifndef DCAT_REPORT_TUNE_TABLE_H
#define DCAT_REPORT_TUNE_TABLE_H

#include "dcat/x/table.h"
#include "dcat/x/tune_report.h"

dcat_table tune_levers_table(const dcat_tune_report *report);
dcat_table tune_moves_table(const dcat_tune_report *report);
dcat_table tune_tries_table(const dcat_tune_report *report);

// What came out, and of what, a sentence each; false past the end.
#define TUNE_SENTENCE_SIZE 512
bool tune_sentence(const dcat_tune_report *report, size_t index, char text[TUNE_SENTENCE_SIZE]);

#endif
