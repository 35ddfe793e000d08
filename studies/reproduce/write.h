// SPDX-License-Identifier: Apache-2.0
// reproduce_write.h - a finished study as text, tables, JSON, figures and a page.

#ifndef DCAT_IO_REPRODUCE_WRITE_H
#define DCAT_IO_REPRODUCE_WRITE_H

#include "dcat/x/report.h"
#include "dcat/x/table.h"
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

// Whoever shows tables: note is nullable. Errors end the tables.
typedef struct reproduce_table_writer {
    void *user;
    dcat_status (*table)(void *user, const char *title, const char *note, const dcat_table *table,
                         dcat_error *err);
} reproduce_table_writer;

// The tables of a study, in order. Errors: the writer's.
dcat_status reproduce_write_tables(const reproduce_study *study,
                                   const reproduce_table_writer *writer, bool brief,
                                   dcat_error *err);

// The unit in which a study's profits are written.
money_unit reproduce_unit(const reproduce_study *study);
// What was run, in one sentence.
void reproduce_headline(const reproduce_study *study, char *text, size_t size);

#endif
