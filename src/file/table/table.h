// SPDX-License-Identifier: Apache-2.0
// table.h - how a table keeps its rows, for its writers.

#ifndef DCAT_FILE_TABLE_TABLE_H
#define DCAT_FILE_TABLE_TABLE_H

#include "dcat/x/table.h"

struct dcat_table_row {
    dcat_cell *cells; // [head.column_count], texts are the row's own
    dcat_row_rank rank;
};

// DCAT_OK, or ERR_MEMORY when a row could not be kept, or ERR_IO when file has failed.
dcat_status table_status(const dcat_table *table, FILE *file, dcat_error *err);

#endif
