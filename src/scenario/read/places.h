// SPDX-License-Identifier: Apache-2.0
// places.h - servers and areas from CSV.

#ifndef DCAT_SCENARIO_READ_PLACES_H
#define DCAT_SCENARIO_READ_PLACES_H

#include "scenario/read/position.h"

// All zero is empty.
typedef struct server_data {
    names names;
    names owners;         // number of an owner less 1
    dcat_server *servers; // [names.count]
    size_t *lines;        // [names.count] in its file
    names zones;
    int32_t *zone;             // [names.count] of those, or -1; NULL: they are drawn
    names places;              // countries and regions
    int32_t *country, *region; // [names.count] of those, or -1; NULL: they are drawn
    size_t server_capacity, line_capacity, zone_capacity, country_capacity, region_capacity;
} server_data;

typedef struct area_data {
    names names;
    dcat_area *areas; // [names.count]
    names zones;
    int32_t *zone; // as of servers; NULL: areas have no file
    size_t capacity, zone_capacity;
} area_data;

void server_data_free(server_data *servers);
void area_data_free(area_data *areas);

// servers.csv and areas.csv (docs/formats.md). speedless: a server may have no speed_ghz, which is
// NAN then. Errors: as of tables (csv_table.h), ERR_FIELD for a
// duplicate name, ERR_REFERENCE for an unknown node.
dcat_status servers_read(input *in, const placing *place, bool speedless, server_data *servers,
                         dcat_error *err);
dcat_status areas_read(input *in, const placing *place, area_data *areas, dcat_error *err);

// Add an area; *added is false when the name is taken. Errors: ERR_MEMORY.
dcat_status area_add(area_data *areas, const char *name, size_t length, dcat_area area,
                     size_t *index, bool *added, dcat_error *err);

#endif
