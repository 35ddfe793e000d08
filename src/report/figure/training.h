// SPDX-License-Identifier: Apache-2.0
// training.h - the figure of a training: reward, validation gain and entropy by epoch.

#ifndef DCAT_REPORT_FIGURE_TRAINING_H
#define DCAT_REPORT_FIGURE_TRAINING_H

#include "report/figure/gnuplot.h"
#include <stdint.h>

typedef struct figure_training_point {
    uint32_t epoch;
    double reward, reward_average, entropy;
    double gain; // over linkage; NAN when this epoch was not validated
} figure_training_point;

// Draw a training. Long ones are thinned: a bin of epochs becomes its mean. Errors: as
// figure_render, ERR_RANGE without points.
dcat_status figure_training_draw(const figure_training_point *points, size_t point_count,
                                 const figure_canvas *canvas, figure_image *image, dcat_error *err);

// The same into a file, replaced if it is there. Errors: also ERR_IO.
dcat_status figure_training_save(const figure_training_point *points, size_t point_count,
                                 figure_format format, const char *path, dcat_error *err);

#endif
