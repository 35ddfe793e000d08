// SPDX-License-Identifier: Apache-2.0
// figure.h - Figures 2 to 5 in the paper's layout, and ours beside them.

#ifndef DCAT_STUDIES_REPRODUCE_FIGURE_H
#define DCAT_STUDIES_REPRODUCE_FIGURE_H

#include "report/figure/gnuplot.h"
#include "reproduce/study.h"

typedef struct reproduce_figure {
    const reproduce_plan_figure *plan;
    size_t sweep; // of a profit, an offloading rate or a gain
    char name[96];
    char title[256];
} reproduce_figure;

// The figures of a study in order; figures is [REPRODUCE_FIGURE_MAX]. Returns how many.
#define REPRODUCE_FIGURE_MAX ((REPRODUCE_SWEEP_MAX + 1) * REPRODUCE_PLAN_FIGURE_MAX)
size_t reproduce_figures_of(const reproduce_study *study, reproduce_figure *figures);

// Draw one. Errors: as figure_render.
#define REPRODUCE_FIGURE_WIDTH 580
dcat_status reproduce_draw(const reproduce_study *study, const reproduce_figure *figure,
                           const figure_canvas *canvas, figure_image *image, dcat_error *err);

#endif
