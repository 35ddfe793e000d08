// SPDX-License-Identifier: Apache-2.0
// figure.h (for src/report/tune) - the figures of a search for settings.

#ifndef DCAT_REPORT_TUNE_FIGURE_H
#define DCAT_REPORT_TUNE_FIGURE_H

#include "dcat/x/tune_report.h"
#include "report/page/page.h"

typedef enum tune_figure_kind {
    TUNE_FIGURE_LEVERS = 0, // what each lever brings, where any has changed
    TUNE_FIGURE_SEARCH,     // the gain of every proposal, in their order
    TUNE_FIGURE_COUNT
} tune_figure_kind;

extern const figure_text tune_figure_texts[TUNE_FIGURE_COUNT];

bool tune_figure_applies(const dcat_tune_result *result, tune_figure_kind kind);

// Errors: as figure_render.
dcat_status tune_figure_draw(const dcat_tune_result *result, tune_figure_kind kind,
                             const figure_canvas *canvas, figure_image *image, dcat_error *err);

#endif
