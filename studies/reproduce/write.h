// SPDX-License-Identifier: Apache-2.0
// write.h - a finished study as text, tables, JSON, figures and a page.

#ifndef DCAT_STUDIES_REPRODUCE_WRITE_H
#define DCAT_STUDIES_REPRODUCE_WRITE_H

#include "dcat/x/table.h"
#include "file/write_text.h"
#include "reproduce/facts.h"
#include "reproduce/reproduce.h"

// --- Tables, shared by text and page

// Whoever shows tables: note is nullable. Errors end the tables. times: wall times too.
typedef struct reproduce_table_writer {
    void *user;
    bool times;
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
