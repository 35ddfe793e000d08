// SPDX-License-Identifier: Apache-2.0
// gnuplot.h - run gnuplot on a script and get the picture's bytes.
//
// gnuplot is a tool at run time, not a part of us. It reads the script on its standard input and
// writes the picture to its standard output, so no file name ever reaches it.

#ifndef DCAT_REPORT_FIGURE_GNUPLOT_H
#define DCAT_REPORT_FIGURE_GNUPLOT_H

#include "dcat/error.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum figure_format {
    FIGURE_SVG = 0,
    FIGURE_PNG,
} figure_format;

// Where a figure goes. On a page it is drawn for several widths, since its texts keep their size.
typedef struct figure_canvas {
    figure_format format;
    int width; // pixels
} figure_canvas;
#define FIGURE_PAGE_WIDTH 500  // a column of a page, and the widest that has the page's small texts
#define FIGURE_PHONE_WIDTH 330 // a column on a phone

typedef struct figure_image {
    char *bytes; // [size], a NUL follows; owned
    size_t size;
} figure_image;

// A script under construction: append to file, then figure_render.
typedef struct figure_script {
    FILE *file;
    figure_format format;
    int width, height; // pixels
} figure_script;

// Begin a script: terminal, encoding, fonts, colours, and what all figures share. Sizes of points
// are multiplied by the script's variable "point", since gnuplot scales them with nothing else.
// ERR_IO.
dcat_status figure_begin(figure_format format, int width, int height, figure_script *script,
                         dcat_error *err);

// Finish a script and run it; the script is released either way. Errors: ERR_NOT_FOUND when there
// is no gnuplot, ERR_INTERNAL with the first error that gnuplot names, ERR_IO when the disk fails.
dcat_status figure_render(figure_script *script, figure_image *image, dcat_error *err);
void figure_image_free(figure_image *image);

// The distance of ticks over a range: 1, 2 or 5 times a power of ten, of most or fewer.
double figure_step(double range, int most);

// Axes of what happens cycle by cycle: from 0 upwards, no half cycles.
// highest is the largest value.
void figure_put_cycle_axis(const figure_canvas *canvas, uint32_t first, uint32_t count,
                           double highest, FILE *file);

// Okabe and Ito's colours, told apart by colour-blind readers: "#rrggbb" for any index.
const char *figure_colour(size_t index);
#define FIGURE_COLOUR_COUNT 6

#endif
