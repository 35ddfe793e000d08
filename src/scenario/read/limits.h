// SPDX-License-Identifier: Apache-2.0
// limits.h - where a task may be worked on: lists of countries and regions that servers name.

#ifndef DCAT_SCENARIO_READ_LIMITS_H
#define DCAT_SCENARIO_READ_LIMITS_H

#include "file/csv_table.h"
#include "scenario/read/places.h"

// The different limits of a table. All zero is none.
typedef struct place_limits {
    names texts;     // "allow=sg+north deny=eu", in the order of the table
    uint8_t *barred; // [texts.count, servers] not 0: may not work on it
    size_t capacity;
} place_limits;

void place_limits_free(place_limits *limits);

// The limit of the row at hand by its cells allow and deny, 1 + its place; 0: none. A server may
// work on it when its country or its region is in allow, if that is given, and neither is in deny.
// servers is Nullable: nobody names a place. Errors: ERR_REFERENCE for what no server names.
dcat_status limit_read(const table *t, int allow, int deny, const server_data *servers,
                       place_limits *limits, int32_t *limit, dcat_error *err);

#endif
