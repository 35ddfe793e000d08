// SPDX-License-Identifier: Apache-2.0
// generate.h - synthetic national worlds of any size, written as the files of a scenario.
//
// A country is a square. Its cities follow a heavy-tailed size law; areas, servers and demand
// follow the cities; every area has a district node that hangs on its city's core node, and cores
// are joined by a backbone. Every number is a function of the configuration, so the same one gives
// the same bytes. docs/generate.md says what is assumed and why.

#ifndef DCAT_IMPORT_GENERATE_H
#define DCAT_IMPORT_GENERATE_H

#include "dcat/x/import.h"
#include <stddef.h>
#include <stdint.h>

#define GENERATE_SERVER_MAX DCAT_GENERATE_SERVER_MAX
#define GENERATE_AREA_MAX DCAT_GENERATE_AREA_MAX
#define GENERATE_SIDE_KM_MAX DCAT_GENERATE_SIDE_KM_MAX

typedef dcat_generate_config generate_config;

// What is at a place: positions are kilometres on the square.
typedef struct generate_city {
    double x_km, y_km;
    double size;         // share of people, servers and demand; all cities have 1 together
    double radius_km;    // its districts are within
    size_t area_first;   // its areas and servers are these up to the next city's
    size_t server_first; //
} generate_city;

typedef struct generate_area {
    double x_km, y_km;
    double demand;     // mean weight
    double home_share; // of people who are at home in it rather than at work
    size_t city;
} generate_area;

typedef struct generate_server {
    double x_km, y_km;
    int speed_ghz;
    size_t area; // whose district node it is at
} generate_server;

typedef struct generate_link { // between the cores of two cities
    size_t city_a, city_b;     // a < b
} generate_link;

typedef struct generate_country {
    generate_config config;   // complete
    generate_city *cities;    // [city_count + 1]: the last one ends the one before
    generate_area *areas;     // [area_count]
    generate_server *servers; // [server_count]
    generate_link *links;     // [link_count]
    size_t link_count, link_capacity;
} generate_country;

// Fill in what is 0 and see that it is possible. Errors: ERR_RANGE.
dcat_status generate_config_complete(generate_config *config, dcat_error *err);

// Draw a country; generate_country_free frees it, also after a failure. Errors: ERR_RANGE,
// ERR_MEMORY.
dcat_status generate_country_make(const generate_config *config, generate_country *country,
                                  dcat_error *err);
void generate_country_free(generate_country *country);

// The backbone: the relative neighbourhood graph of the cities, which joins two of them unless a
// third is closer to both than they are to each other. It contains a minimum spanning tree, so it
// connects all. Part of generate_country_make. Errors: ERR_MEMORY.
dcat_status generate_backbone(generate_country *country, dcat_error *err);

// Demand of an area in one hour of one day (1 is a Monday), rounded to whole numbers.
long generate_demand(const generate_country *country, size_t area, int day, int hour);

#define GENERATE_DAY_COUNT 14
#define GENERATE_HOUR_COUNT 24

// All files of the scenario into a folder, which the caller commits. Errors: ERR_IO, ERR_MEMORY.
dcat_status generate_write(const generate_country *country, dcat_output *output, dcat_error *err);

#endif
