// SPDX-License-Identifier: Apache-2.0
// training.h - what a training leaves beside its policy: a log with its figure, and a summary.
//
// The log is a CSV line per epoch, and the wall times of epochs are lines of another file, so that
// equal trainings leave equal logs. Lines are written whole, each by one call, so a killed training
// leaves no half line behind. What a resumed training finds beyond its checkpoint's epoch is
// dropped; it will be written again.

#ifndef DCAT_X_TRAINING_H
#define DCAT_X_TRAINING_H

#include "dcat/error.h"
#include "dcat/x/file.h"
#include "dcat/x/report.h"
#include "dcat/x/train.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_training_log dcat_training_log;

// A new log; force replaces files. Borrows the paths. Errors: as dcat_output_single_open.
DCAT_API dcat_status dcat_training_log_create(const char *path, const char *timing_path, bool force,
                                              dcat_training_log **log, dcat_error *err);
// The log of a training that goes on after epoch; a new one if there is none. Errors: ERR_FORMAT
// when it is not such a log.
DCAT_API dcat_status dcat_training_log_resume(const char *path, const char *timing_path,
                                              uint32_t epoch, dcat_training_log **log,
                                              dcat_error *err);
DCAT_API void dcat_training_log_destroy(dcat_training_log *log);

// gain is NAN unless this epoch was validated.
DCAT_API dcat_status dcat_training_log_add(dcat_training_log *log, const dcat_train_report *report,
                                           double reward_average, double gain, dcat_error *err);
// See that what was added is on the disk.
DCAT_API dcat_status dcat_training_log_sync(const dcat_training_log *log, dcat_error *err);

// The figure of the log as "svg" or "png" into a file, replaced if it is there; nothing without
// epochs. Errors: ERR_NOT_FOUND without gnuplot, ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_training_log_draw(const dcat_training_log *log, const char *format,
                                            const char *path, dcat_error *err);

// A training that has ended, or was stopped.
typedef struct dcat_training_summary {
    const char *policy;     // file; NULL before there is one
    const char *checkpoint; // file
    const char *scenario;
    const dcat_auction *auction;
    dcat_estimator estimator;
    uint32_t epoch_count, epochs_planned, best_epoch;
    double validation_gain; // of the policy; NAN before there is one
    double wall_s;
    uint64_t cycle_count;
    int process_count;
} dcat_training_summary;

DCAT_API dcat_status dcat_write_training_json(const dcat_training_summary *summary, FILE *file,
                                              dcat_error *err);

// What the page of a training tells.
typedef struct dcat_training_report {
    const dcat_training_log *log;
    const dcat_training_summary *summary;
} dcat_training_report;

// report.html with its figure (png: as PNG, too), validations.csv, schema.json, manifest.json.
// Without gnuplot the page says so. Errors: ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_write_training_folder(const dcat_training_report *report,
                                                const dcat_manifest *manifest, bool png,
                                                dcat_output *output, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
