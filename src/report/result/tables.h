// SPDX-License-Identifier: Apache-2.0
// tables.h - what the folders of runs and comparisons are made of.

#ifndef DCAT_REPORT_RESULT_TABLES_H
#define DCAT_REPORT_RESULT_TABLES_H

#include "dcat/x/bound_report.h"
#include "dcat/x/report.h"
#include <jansson.h>
#include <stdbool.h>

dcat_table cycles_table(const dcat_run_report *report);
dcat_table cycles_timing_table(const dcat_run_report *report);

// A run by class of work, for those that show it: whole for files, or what people see; and as JSON.
bool run_shows_classes(const dcat_run_report *report);
dcat_table run_classes_table(const dcat_run_report *report, bool whole);
json_t *run_classes_json(const dcat_run_report *report);

// compare.csv, or the whole: with the bound, missing or not, and the time of a decision behind it.
dcat_table compare_table(const dcat_compare_report *report, bool whole);
dcat_table compare_worlds_table(const dcat_compare_report *report);
dcat_table compare_timing_table(const dcat_compare_report *report);

// One self-contained HTML page: what was asked, the table, figures (SVG by gnuplot, embedded), a
// map of the first world with the clusters of the best policy (decided again, for one cycle), how
// to reproduce it. Writes report.html and figures/NAME.svg into output; png adds PNG versions.
// Without gnuplot the page has no figures and says so; that is no error.
dcat_status compare_write_report(const dcat_compare_report *report, const dcat_manifest *manifest,
                                 dcat_output *output, bool png, dcat_error *err);

dcat_table bound_worlds_table(const dcat_bound_report *report);
dcat_table bound_slots_table(const dcat_bound_report *report);

#endif
