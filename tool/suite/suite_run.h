// SPDX-License-Identifier: Apache-2.0
// suite_run.h (for suite.c) - what a run of the suite holds, and what is told of it.

#ifndef DCAT_TOOL_SUITE_SUITE_RUN_H
#define DCAT_TOOL_SUITE_SUITE_RUN_H

#include "suite/suite.h"
#include "tool/compare/compare_run.h"

typedef struct suite_run {
    const cli_options *common;
    const suite *suite;
    suite_budget budget;
    bool quick;
    const suite_entry *entries; // [entry_count], policies behind those of the suite
    size_t entry_count;
    comparison *points; // [suite->point_count]
    double wall_s;
} suite_run;

// suite.csv, scores.csv, points.csv, entries.csv, schema.json, suite.json, suite.txt,
// manifest.json.
dcat_status suite_write_folder(const suite_run *run, dcat_output *output, dcat_error *err);
dcat_status suite_write_json(const suite_run *run, FILE *file, dcat_error *err);
dcat_status suite_write_text(const suite_run *run, size_t text_width, FILE *file, dcat_error *err);

#endif
