// SPDX-License-Identifier: Apache-2.0
// latency.h - delays between zones, from CSV.

#ifndef DCAT_SCENARIO_READ_LATENCY_H
#define DCAT_SCENARIO_READ_LATENCY_H

#include "scenario/read/places.h"

// All zero is none.
typedef struct latency_data {
    names zones;
    double *delay_s;             // [zones.count, zones.count] one way; NAN: not said
    int32_t *area, *server;      // [areas], [servers] their zones, or -1
    size_t areas_in, servers_in; // how many of them have a zone of the table
} latency_data;

void latency_data_free(latency_data *latency);

// latency.csv. Errors: as of tables (csv_table.h), ERR_FIELD for a pair that comes again.
dcat_status latency_read(input *in, latency_data *latency, dcat_error *err);

// Which zone of the table each area and server is in. Errors: ERR_MEMORY.
dcat_status latency_place(latency_data *latency, const area_data *areas, const server_data *servers,
                          dcat_error *err);

#endif
