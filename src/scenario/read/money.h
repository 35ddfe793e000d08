// SPDX-License-Identifier: Apache-2.0
// money.h - an amount that a row states in one of several columns: by cycle, by second, or by the
// hour of a core, a card or a node.

#ifndef DCAT_SCENARIO_READ_MONEY_H
#define DCAT_SCENARIO_READ_MONEY_H

#include "file/csv_table.h"

#define HOUR_S 3600.0

typedef struct money_column {
    int column;
    const char *name;
    double unit; // the amount is divided by it; NAN: the row does not say how much that is
} money_column;

// The amount of a row in the unit of the caller's, or otherwise where it has none. Errors:
// ERR_FIELD when two columns state it, or when one does whose unit is not known; missing is then
// what the row lacks.
dcat_status money_read(const table *t, const money_column *columns, size_t count, double otherwise,
                       const char *missing, double *amount, dcat_error *err);

#endif
