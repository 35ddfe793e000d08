// SPDX-License-Identifier: Apache-2.0
// reproduce_write.h - a finished study as text, tables, JSON, figures and a page.

#ifndef DCAT_IO_REPRODUCE_WRITE_H
#define DCAT_IO_REPRODUCE_WRITE_H

#include "dcat/x/report.h"
#include "file/write_text.h"
#include "reproduce/facts.h"
#include <stdio.h>

// At most 120 columns: the paper's claims and ours, one clusterer against another, what generality
// costs, rea-s against rea, every point, how learning went. brief, for a terminal, leaves out who
// beats whom at which point. Errors: ERR_MEMORY.
dcat_status reproduce_write_text(const reproduce_study *study, bool brief, FILE *file,
                                 dcat_error *err);

// The same numbers as one document.
dcat_status reproduce_write_json(const reproduce_study *study, FILE *file, dcat_error *err);

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

// --- Tables, shared by text and page

#define REPRODUCE_CELL_SIZE 96
#define REPRODUCE_COLUMN_MAX 10

// What text and page draw tables with: begin with a title, a note (nullable) and headers, rows of
// as many cells, end. The first left columns stand to the left.
typedef struct reproduce_table_writer {
    void *user;
    void (*begin)(void *user, const char *title, const char *note, size_t column_count,
                  const char *const *headers, size_t left);
    void (*row)(void *user, const char (*cells)[REPRODUCE_CELL_SIZE]);
    void (*end)(void *user);
} reproduce_table_writer;

// The tables of a study, in order.
void reproduce_write_tables(const reproduce_study *study, const reproduce_table_writer *writer,
                            bool brief);

// "+25.1 ± 3.2", without the interval where there is none, "-" where there is no number.
void reproduce_percent_text(double percent, double ci95, char text[REPRODUCE_CELL_SIZE]);
// "2.410 ± 0.052" in a unit of money, or "71.2 ± 0.8" in percent.
void reproduce_mean_text(dcat_estimate estimate, reproduce_measure measure, money_unit unit,
                         char text[REPRODUCE_CELL_SIZE]);
// The unit in which a study's profits are written.
money_unit reproduce_unit(const reproduce_study *study);
// What was run, in one sentence.
void reproduce_headline(const reproduce_study *study, char *text, size_t size);

#endif
