// SPDX-License-Identifier: Apache-2.0
// figure.h - the figures of an audit.

#ifndef DCAT_REPORT_AUDIT_FIGURE_H
#define DCAT_REPORT_AUDIT_FIGURE_H

#include "dcat/x/report.h"
#include "report/page/page.h"

typedef enum audit_figure_kind {
    AUDIT_FIGURE_THEOREM2 = 0, // share of contested tasks lost, by decrement and candidates
    AUDIT_FIGURE_GAMING,       // what is gained beyond one auction
    AUDIT_FIGURE_COUNT
} audit_figure_kind;

extern const figure_text audit_figure_texts[AUDIT_FIGURE_COUNT];

// Errors: as figure_render.
dcat_status audit_figure_draw(const dcat_audit_report *report, audit_figure_kind kind,
                              const figure_canvas *canvas, figure_image *image, dcat_error *err);

#endif
