// SPDX-License-Identifier: Apache-2.0
// reproduce.h - what a program needs to run a study and write it down: plan, run, write.

#ifndef DCAT_STUDIES_REPRODUCE_REPRODUCE_H
#define DCAT_STUDIES_REPRODUCE_REPRODUCE_H

#include "dcat/x/jobs.h"
#include "dcat/x/report.h"
#include "reproduce/study.h"
#include <stdbool.h>
#include <stdio.h>

// --- Run: once it is planned (study.h)

// Use a folder for finished jobs, made when needed; anew forgets what it holds. Errors: ERR_IO,
// ERR_MEMORY.
dcat_status reproduce_jobs_open(const char *folder, bool anew, dcat_error *err);

typedef struct reproduce_run_config {
    const char *folder; // Nullable: of rank 0, opened, where finished jobs are kept
    // Who runs the jobs and who is told; kept and finished are the study's own. Progress is in
    // thousandths of the work.
    dcat_jobs jobs;
    // Nullable: told once, at rank 0 and with the user of jobs, how many jobs are kept already and
    // how many are to do.
    void (*begin)(void *user, size_t recalled, size_t damaged, size_t to_do);
} reproduce_run_config;

// Run all jobs that are not kept yet, over threads and ranks. Results do not depend on their
// number, nor on how often the study was interrupted; the times of decisions do. With ranks, rank 0
// has all of them afterwards, the others only some. After a failure no further job begins.
// *complete, when DCAT_OK is returned, says whether all are done. Errors: the first failing job's;
// ERR_FIELD when a rank has planned another study.
dcat_status reproduce_study_run(reproduce_study *study, const reproduce_run_config *config,
                                bool *complete, dcat_error *err);

// --- Write

// At most 120 columns: the paper's claims and ours, one clusterer against another, what generality
// costs, rea-s against rea, every point, how learning went. brief, for a terminal, leaves out who
// beats whom at which point and has the times of decisions. Errors: ERR_MEMORY.
dcat_status reproduce_write_text(const reproduce_study *study, bool brief, FILE *file,
                                 dcat_error *err);

// The same numbers as one document; times of decisions, which are wall times, only with times.
dcat_status reproduce_write_json(const reproduce_study *study, bool times, FILE *file,
                                 dcat_error *err);

// claims.csv, points.csv (a row per point and algorithm), gains.csv (each learned algorithm against
// every other), worlds.csv, times.csv (wall time of decisions), curves.csv, and schema.json, which
// says what their columns are.
dcat_status reproduce_write_csv(const reproduce_study *study, dcat_output *output, dcat_error *err);

// report.html with its figures (SVG and PNG) into a folder being written. Without gnuplot there are
// no figures and the page says so; that is no error.
dcat_status reproduce_write_page(const reproduce_study *study, const dcat_manifest *manifest,
                                 dcat_output *output, dcat_error *err);

// Everything above, and the manifest last.
dcat_status reproduce_write_folder(const reproduce_study *study, const dcat_manifest *manifest,
                                   dcat_output *output, dcat_error *err);

#endif
