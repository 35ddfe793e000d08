// SPDX-License-Identifier: Apache-2.0
// report_parts.h - the sections of the HTML report that are text and tables.

#ifndef DCAT_IO_REPORT_PARTS_H
#define DCAT_IO_REPORT_PARTS_H

#include "dcat/x/report.h"
#include "report/result_facts.h"
#include <stdio.h>

// From the doctype to the opened <main>: title, headline and what was compared.
void report_put_head(const dcat_compare_report *report, const demand_facts *demand, FILE *file);
void report_put_table(const dcat_compare_report *report, FILE *file);
void report_put_glossary(FILE *file);
void report_put_reproduction(const dcat_compare_report *report, const dcat_manifest *manifest,
                             FILE *file);
// From the closed <main> to the end.
void report_put_foot(FILE *file);

#endif
