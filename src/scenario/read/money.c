// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/money.h"

#include <math.h>

dcat_status money_read(const table *t, const money_column *columns, size_t count, double otherwise,
                       const char *missing, double *amount, dcat_error *err)
{
    const money_column *stated = NULL;
    *amount = otherwise;
    for (size_t i = 0; i < count; i++) {
        const table_cell *cell = table_cell_at(t, (size_t)columns[i].column);
        if (!cell->given) {
            continue;
        }
        if (stated != NULL) {
            return table_fail(t, err, DCAT_ERR_FIELD, columns[i].column,
                              "cannot stand beside %s in one row", stated->name);
        }
        if (isnan(columns[i].unit)) {
            return table_fail(t, err, DCAT_ERR_FIELD, columns[i].column, "needs %s", missing);
        }
        stated = &columns[i];
        *amount = cell->number / stated->unit;
    }
    return DCAT_OK;
}
