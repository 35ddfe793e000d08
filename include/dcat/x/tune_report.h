// SPDX-License-Identifier: Apache-2.0
// tune_report.h - what `dcat tune` found, as text, JSON, CSV and a page.

#ifndef DCAT_X_TUNE_REPORT_H
#define DCAT_X_TUNE_REPORT_H

#include "dcat/error.h"
#include "dcat/x/file.h"
#include "dcat/x/report.h"
#include "dcat/x/tune.h"
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_tune_report {
    const dcat_tune_plan *plan;
    const dcat_tune_result *result;
} dcat_tune_report;

DCAT_API dcat_status dcat_write_tune_text(const dcat_tune_report *report, FILE *file,
                                          dcat_error *err);
// {"settings": {KEY: value, ...}, "gain": {"mean", "ci95"}, "ablation": [{"lever", "alone":
// {"mean", "ci95"}, "without": {"mean", "ci95"}}, ...]}: gains are shares of what the scenario's
// own settings earn; levers that stay as they were are not in the ablation.
DCAT_API dcat_status dcat_write_tune_json(const dcat_tune_report *report, FILE *file,
                                          dcat_error *err);
// tune.json, tune.txt, levers.csv, moves.csv, tries.csv, schema.json, report.html and figures.
DCAT_API dcat_status dcat_write_tune_folder(const dcat_tune_report *report,
                                            const dcat_manifest *manifest, dcat_output *output,
                                            dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
