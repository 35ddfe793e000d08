// SPDX-License-Identifier: Apache-2.0
// train_log.h - the log of a training: a CSV line per epoch, and the points of its figure.
//
// Lines are written whole, each by one call, so a killed training leaves no half line behind. What
// a resumed training finds beyond its checkpoint's epoch is dropped; it will be written again, the
// same but for the times, which come last in a line.

#ifndef DCAT_CLI_TRAIN_LOG_H
#define DCAT_CLI_TRAIN_LOG_H

#include "dcat/x/train.h"
#include "report/figure/training.h"

typedef struct train_log {
    const char *path; // borrowed
    int descriptor;   // -1: not open
    figure_training_point *points;
    size_t point_count, point_room;
} train_log;

// A new log; force replaces a file.
dcat_status train_log_create(train_log *log, const char *path, bool force, dcat_error *err);

// The log of a training that goes on after epoch; a new one if there is none. Errors: ERR_FORMAT
// when it is not such a log.
dcat_status train_log_resume(train_log *log, const char *path, uint32_t epoch, dcat_error *err);

// gain is NAN unless this epoch was validated.
dcat_status train_log_add(train_log *log, const dcat_train_report *report, double reward_average,
                          double gain, dcat_error *err);

// See that what was added is on the disk.
dcat_status train_log_sync(const train_log *log, dcat_error *err);
void train_log_close(train_log *log);

#endif
