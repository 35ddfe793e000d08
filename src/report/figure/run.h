// SPDX-License-Identifier: Apache-2.0
// run.h - the figures of one run, cycle by cycle.

#ifndef DCAT_REPORT_FIGURE_RUN_H
#define DCAT_REPORT_FIGURE_RUN_H

#include "dcat/x/report.h"
#include "report/page/page.h"

typedef enum run_figure_kind {
    RUN_FIGURE_PROFIT = 0,
    RUN_FIGURE_TASKS,
    RUN_FIGURE_COUNT
} run_figure_kind;

// What is said of a figure; unit and shows hold its texts.
figure_text figure_run_text(const dcat_run_report *report, run_figure_kind kind, char *unit,
                            size_t unit_size, char *shows, size_t shows_size);

// Draw one. Errors: as figure_render.
dcat_status figure_run_draw(const dcat_run_report *report, run_figure_kind kind,
                            const figure_canvas *canvas, figure_image *image, dcat_error *err);

#endif
