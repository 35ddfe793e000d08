// SPDX-License-Identifier: Apache-2.0
// compare.h - the figures of a comparison.

#ifndef DCAT_REPORT_FIGURE_COMPARE_H
#define DCAT_REPORT_FIGURE_COMPARE_H

#include "report/page/page.h"
#include "report/result/facts.h"

typedef enum figure_kind {
    FIGURE_GAIN = 0,
    FIGURE_OUTCOMES,
    FIGURE_DELAYS,
    FIGURE_DEMAND,
    FIGURE_KIND_COUNT
} figure_kind;

extern const figure_text figure_texts[FIGURE_KIND_COUNT];

// Whether a report has what a figure shows: gains need a baseline that earns something and a second
// policy.
bool figure_compare_applies(const dcat_compare_report *report, figure_kind kind);

// Draw one figure. Errors: as figure_render, and ERR_MEMORY.
dcat_status figure_compare_draw(const dcat_compare_report *report, const demand_facts *demand,
                                figure_kind kind, const figure_canvas *canvas, figure_image *image,
                                dcat_error *err);

#endif
