// SPDX-License-Identifier: Apache-2.0
// page.h - a page with figures: how all of ours look, begin and end, and how tables and figures
// stand on them.
//
// Figures are an extra. When gnuplot is missing or fails, the page says so and keeps its tables; a
// lack of memory, or a disk that fails, is an error as everywhere.

#ifndef DCAT_REPORT_PAGE_PAGE_H
#define DCAT_REPORT_PAGE_PAGE_H

#include "dcat/x/file.h"
#include "dcat/x/report.h"
#include "dcat/x/table.h"
#include "report/figure/gnuplot.h"

// Start it with output, png and wide.
typedef struct html_page {
    dcat_output *output;
    FILE *file;         // report.html
    bool png;           // figures also as PNG, into the folder alone
    bool wide;          // figures stand alone, not in the grid of the page
    bool drawable;      // false once gnuplot turned out to be missing
    dcat_error trouble; // the first figure that failed and was not yet reported
} html_page;

// What a page calls itself.
typedef struct page_names {
    const char *command; // "dcat audit"
    const char *subject; // stands behind it in the line above the heading; NULL: nothing
    const char *title;   // of the browser's tab
    const char *heading;
    const char *facts; // one sentence below it, without a full stop; NULL: none
} page_names;

// From the doctype to the opened <main>.
dcat_status page_open(html_page *page, const page_names *names, dcat_error *err);
// From the closed <main> to the end. Returns status, or ERR_IO if that is OK and something of the
// page was not written.
dcat_status page_finish(const html_page *page, dcat_status status, dcat_error *err);

void page_put_note(const html_page *page, const char *text);
// A section with heading, note (NULL: none) and table; the caller closes it.
dcat_status page_put_table(const html_page *page, const char *title, const char *note,
                           const dcat_table *table, dcat_error *err);
// A section with the command that makes the page again; the caller closes it.
void page_put_command(const html_page *page, const dcat_manifest *manifest);
// The same, closed after a note: the version, and what more there is to tell.
void page_put_origin(const html_page *page, const dcat_manifest *manifest, const char *more);

// --- The band: what a page answers, before all else

typedef struct page_answer {
    const char *question; // NULL: the answer alone
    const char *answer;
    const char *proof; // NULL: none
    bool doubt;        // the answer asks for a look
} page_answer;
void page_put_band(const html_page *page, const page_answer *answers, size_t count);

// --- Figures

typedef struct figure_text {
    const char *name;    // of its file, without ending
    const char *title;   // what it shows
    const char *caption; // how to read it
    // What is seen there, for those who do not see it; NULL: the caption.
    const char *shows;
    const char *unit; // stands small behind the title; NULL: none
    int file_width;   // of the file; 0: FIGURE_PAGE_WIDTH
    int wide_width;   // of one more drawing, for wide screens; 0: none
} figure_text;

typedef dcat_status figure_draw_function(const void *user, const figure_canvas *canvas,
                                         figure_image *image, dcat_error *err);

// Draw into page and folder: the page has a drawing for each width of a column and shows the one
// that fits. Only what keeps the folder from being written is an error; a figure
// that cannot be drawn is remembered as trouble.
dcat_status page_add_figure(html_page *page, const figure_text *text, figure_draw_function *draw,
                            const void *user, dcat_error *err);
// Say what is missing since the last time this was asked, and why.
void page_put_trouble(html_page *page);

#endif
