// reproduce_figure.h - Figures 2 to 5 in the paper's layout, and ours beside them.

#ifndef DCAT_IO_REPRODUCE_FIGURE_H
#define DCAT_IO_REPRODUCE_FIGURE_H

#include "report/figure/gnuplot.h"
#include "reproduce/plan.h"

typedef enum reproduce_figure_kind {
    REPRODUCE_FIGURE_PROFIT = 0, // (a) of the paper: its six algorithms
    REPRODUCE_FIGURE_OFFLOADING, // (b)
    REPRODUCE_FIGURE_OURS,       // profit of DCAT and all that the paper does not have
    REPRODUCE_FIGURE_GAIN,       // paired gain of DCAT over every other clusterer under rea
    REPRODUCE_FIGURE_REWARD,     // Figure 2
    REPRODUCE_FIGURE_LOOKS,      // the same training, on validation days
    REPRODUCE_FIGURE_KIND_COUNT
} reproduce_figure_kind;

typedef struct reproduce_figure {
    reproduce_figure_kind kind;
    size_t sweep; // of the first four
    char name[48];
    char title[128];
    const char *caption;
} reproduce_figure;

// The figures of a study in order; figures is [REPRODUCE_FIGURE_MAX]. Returns how many.
#define REPRODUCE_FIGURE_MAX (4 * REPRODUCE_PAPER_SWEEP_COUNT + 2)
size_t reproduce_figures_of(const reproduce_study *study, reproduce_figure *figures);

// Draw one. Errors: as figure_render.
dcat_status reproduce_draw(const reproduce_study *study, const reproduce_figure *figure,
                           figure_format format, figure_image *image, dcat_error *err);

#endif
