// SPDX-License-Identifier: Apache-2.0
// report_parts.h - the sections of the HTML report that are text and tables.

#ifndef DCAT_REPORT_REPORT_PARTS_H
#define DCAT_REPORT_REPORT_PARTS_H

#include "dcat/x/report.h"
#include "report/page/page.h"
#include "report/result/facts.h"
#include <stdio.h>

// Begins the page, with what was compared, to the opened <main>.
dcat_status report_open(const dcat_compare_report *report, const demand_facts *demand,
                        html_page *page, dcat_error *err);
// Which policy earns most, by how much, how sure that is.
dcat_status report_put_band(const dcat_compare_report *report, const html_page *page,
                            dcat_error *err);
dcat_status report_put_table(const dcat_compare_report *report, FILE *file, dcat_error *err);
void report_put_glossary(FILE *file);
void report_put_reproduction(const dcat_compare_report *report, const dcat_manifest *manifest,
                             const html_page *page);

#endif
