// SPDX-License-Identifier: Apache-2.0
// page.h - figures of a page: embedded in it, and as files of its folder.
//
// Figures are an extra. When gnuplot is missing or fails, the page says so and keeps its tables.

#ifndef DCAT_REPORT_FIGURE_PAGE_H
#define DCAT_REPORT_FIGURE_PAGE_H

#include "dcat/x/file.h"
#include "report/figure/gnuplot.h"

typedef struct figure_text {
    const char *name;    // of its file, without ending
    const char *title;   // what it shows
    const char *caption; // how to read it
} figure_text;

// Start it with output, file, png and drawable.
typedef struct figure_page {
    dcat_output *output;
    FILE *file;
    bool png;           // also as PNG, into the folder alone
    bool wide;          // each as wide as the page
    bool drawable;      // false once gnuplot turned out to be missing
    dcat_error trouble; // the first figure that failed and was not yet reported
} figure_page;

typedef dcat_status figure_draw_function(const void *user, figure_format format,
                                         figure_image *image, dcat_error *err);

// Draw into page and folder. Only what keeps the folder from being written is an error; a figure
// that cannot be drawn is remembered as trouble.
dcat_status figure_page_add(figure_page *page, const figure_text *text, figure_draw_function *draw,
                            const void *user, dcat_error *err);

// Say what is missing since the last time this was asked, and why.
void figure_page_put_trouble(figure_page *page);

#endif
