// SPDX-License-Identifier: Apache-2.0
// svg.h - make gnuplot's SVG fit into a page beside others of its kind.

#ifndef DCAT_REPORT_FIGURE_SVG_H
#define DCAT_REPORT_FIGURE_SVG_H

#include "report/figure/gnuplot.h"
#include <stdio.h>

// Write svg as part of an HTML page: no XML prolog, no namespace declarations (HTML needs none), no
// "Gnuplot" titles that browsers show as tooltips; every id and every reference to one gets
// "<prefix>-" in front, since gnuplot uses the same ids in all figures; label is what screen
// readers say; width, of the drawing, is its class "w<width>".
void figure_svg_embed(const figure_image *svg, const char *prefix, const char *label, int width,
                      FILE *file);

// Write svg as a file of its own: as gnuplot made it, but without tooltips and with font names that
// exist beyond this machine.
void figure_svg_write(const figure_image *svg, FILE *file);

// Put an image into a file, replaced if it is there; the image is released either way. Errors: as
// dcat_output_single_open.
dcat_status figure_image_save(figure_image *image, figure_format format, const char *path,
                              dcat_error *err);

#endif
