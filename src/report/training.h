// SPDX-License-Identifier: Apache-2.0
// training.h (internal) - what a training's log says, for its page.

#ifndef DCAT_REPORT_TRAINING_H
#define DCAT_REPORT_TRAINING_H

#include "dcat/x/training.h"
#include "report/figure/training.h"

// The log's epochs [*count], valid until the next is added.
const figure_training_point *training_log_points(const dcat_training_log *log, size_t *count);

#endif
