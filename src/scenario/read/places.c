// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/places.h"

#include "base/array_room.h"
#include "scenario/read/money.h"

#include <math.h>
#include <stdlib.h>

#define PLACE_COUNT_MAX 1000000 // keeps nonsense out; memory is the limit

void server_data_free(server_data *servers)
{
    names_free(&servers->names);
    names_free(&servers->owners);
    free(servers->servers);
    free(servers->lines);
    names_free(&servers->zones);
    free(servers->zone);
    names_free(&servers->places);
    free(servers->country);
    free(servers->region);
    *servers = (server_data){0};
}

void area_data_free(area_data *areas)
{
    names_free(&areas->names);
    free(areas->areas);
    names_free(&areas->zones);
    free(areas->zone);
    *areas = (area_data){0};
}

static dcat_status fail_duplicate(const table *t, int column, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, (size_t)column);
    return table_fail(t, err, DCAT_ERR_FIELD, column, "must be unique, got %s again",
                      TEXT_SHOW(name->text, name->length));
}

static dcat_status check_count(const table *t, size_t count, const char *what, dcat_error *err)
{
    return count <= PLACE_COUNT_MAX ? DCAT_OK
                                    : table_fail(t, err, DCAT_ERR_RANGE, -1,
                                                 "must have at most %d %s", PLACE_COUNT_MAX, what);
}

// The zone of the place that was just read, number count - 1.
static dcat_status take_zone(const table *t, int column, names *zones, int32_t **zone,
                             size_t *capacity, size_t count, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, (size_t)column);
    size_t index = 0;
    bool added;
    dcat_status status = array_room(zone, capacity, count, sizeof **zone, err);
    if (status == DCAT_OK && name->given) {
        status = names_add(zones, name->text, name->length, &index, &added, err);
    }
    if (status == DCAT_OK) {
        (*zone)[count - 1] = name->given ? (int32_t)index : -1;
    }
    return status;
}

// --- servers.csv

#define COST                                                                                       \
    {                                                                                              \
        0.0, 1e15, false, false                                                                    \
    }
#define TARIFF                                                                                     \
    {                                                                                              \
        0.0, 1e15, true, false                                                                     \
    }

enum {
    SERVER_NAME,
    SERVER_SPEED,
    SERVER_CORES,
    SERVER_POSITION,
    SERVER_NODE = SERVER_POSITION + POSITION_COLUMNS,
    SERVER_ENERGY,
    SERVER_TIME,
    SERVER_OWNER,
    SERVER_TARIFF,
    SERVER_TIME_CORE,
    SERVER_TIME_NODE,
    SERVER_TARIFF_CORE,
    SERVER_TARIFF_NODE,
    SERVER_ZONE,
    SERVER_COUNTRY,
    SERVER_REGION,
    SERVER_COLUMNS
};

// Owners are numbered from 1 in the order in which they come.
static dcat_status take_owner(const table *t, server_data *data, int32_t *owner, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, SERVER_OWNER);
    size_t index;
    bool added;
    *owner = DCAT_NO_OWNER;
    if (!name->given) {
        return DCAT_OK;
    }
    dcat_status status = names_add(&data->owners, name->text, name->length, &index, &added, err);
    *owner = status == DCAT_OK ? (int32_t)index + 1 : DCAT_NO_OWNER;
    return status;
}

// What a second of it costs and what a cycle is tariffed at, by themselves or by the hour.
static dcat_status take_money(const table *t, dcat_server *server, dcat_error *err)
{
    double core_hour_hz = HOUR_S * (server->speed_hz / server->core_count);
    const money_column costs[] = {
        {SERVER_TIME, "time_cost_per_s", 1.0},
        {SERVER_TIME_CORE, "time_cost_per_core_hour", HOUR_S / server->core_count},
        {SERVER_TIME_NODE, "time_cost_per_node_hour", HOUR_S},
    };
    const money_column tariffs[] = {
        {SERVER_TARIFF, "tariff_per_gigacycle", 1e9},
        {SERVER_TARIFF_CORE, "tariff_per_core_hour", core_hour_hz},
        {SERVER_TARIFF_NODE, "tariff_per_node_hour", HOUR_S * server->speed_hz},
    };
    dcat_status status = money_read(t, costs, 3, NAN, "cores", &server->time_cost_per_s, err);
    return status == DCAT_OK
               ? money_read(t, tariffs, 3, 0.0, "speed_ghz", &server->tariff_per_cycle, err)
               : status;
}

static dcat_status take_server(const table *t, const placing *place, server_data *data,
                               dcat_error *err)
{
    const table_cell *name = table_cell_at(t, SERVER_NAME);
    const table_cell *cores = table_cell_at(t, SERVER_CORES);
    const table_cell *energy = table_cell_at(t, SERVER_ENERGY);
    const table_cell *speed = table_cell_at(t, SERVER_SPEED);
    dcat_server server = {
        .speed_hz = speed->given ? speed->number * 1e9 : NAN,
        .core_count = cores->given ? (int)cores->number : 1,
        .energy_cost = energy->given ? energy->number : NAN,
    };
    size_t index;
    bool added = true;
    dcat_status status = position_read(t, SERVER_POSITION, place, &server.site, &server.node, err);
    if (status == DCAT_OK) {
        status = names_add(&data->names, name->text, name->length, &index, &added, err);
    }
    if (status == DCAT_OK && !added) {
        status = fail_duplicate(t, SERVER_NAME, err);
    }
    if (status == DCAT_OK) {
        status = check_count(t, data->names.count, "servers", err);
    }
    if (status == DCAT_OK) {
        status = array_room(&data->servers, &data->server_capacity, data->names.count,
                            sizeof *data->servers, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&data->lines, &data->line_capacity, data->names.count,
                            sizeof *data->lines, err);
    }
    if (status == DCAT_OK) {
        status = take_owner(t, data, &server.owner, err);
    }
    if (status == DCAT_OK) {
        status = take_money(t, &server, err);
    }
    if (status == DCAT_OK) {
        status = take_zone(t, SERVER_ZONE, &data->zones, &data->zone, &data->zone_capacity,
                           data->names.count, err);
    }
    if (status == DCAT_OK) {
        status = take_zone(t, SERVER_COUNTRY, &data->places, &data->country,
                           &data->country_capacity, data->names.count, err);
    }
    if (status == DCAT_OK) {
        status = take_zone(t, SERVER_REGION, &data->places, &data->region, &data->region_capacity,
                           data->names.count, err);
    }
    if (status == DCAT_OK) {
        data->servers[index] = server;
        data->lines[index] = table_line(t);
    }
    return status;
}

dcat_status servers_read(input *in, const placing *place, bool speedless, server_data *servers,
                         dcat_error *err)
{
    table_column columns[SERVER_COLUMNS] = {
        [SERVER_NAME] = {"name", COLUMN_NAME, true, POSITION_ANY},
        [SERVER_SPEED] = {"speed_ghz", COLUMN_NUMBER, !speedless, {0.0, 1e9, true, false}},
        [SERVER_CORES] = {"cores", COLUMN_WHOLE, false, {1.0, 1e6, false, false}},
        [SERVER_NODE] = {"node", COLUMN_NAME, place->graph, POSITION_ANY},
        [SERVER_ENERGY] = {"energy_cost_per_cycle_hz2",
                           COLUMN_NUMBER,
                           false,
                           {0.0, 1.0, false, false}},
        [SERVER_TIME] = {"time_cost_per_s", COLUMN_NUMBER, false, COST},
        [SERVER_OWNER] = {"owner", COLUMN_NAME, false, POSITION_ANY},
        [SERVER_TARIFF] = {"tariff_per_gigacycle", COLUMN_NUMBER, false, TARIFF},
        [SERVER_TIME_CORE] = {"time_cost_per_core_hour", COLUMN_NUMBER, false, COST},
        [SERVER_TIME_NODE] = {"time_cost_per_node_hour", COLUMN_NUMBER, false, COST},
        [SERVER_TARIFF_CORE] = {"tariff_per_core_hour", COLUMN_NUMBER, false, TARIFF},
        [SERVER_TARIFF_NODE] = {"tariff_per_node_hour", COLUMN_NUMBER, false, TARIFF},
        [SERVER_ZONE] = {"zone", COLUMN_NAME, false, POSITION_ANY},
        [SERVER_COUNTRY] = {"country", COLUMN_NAME, false, POSITION_ANY},
        [SERVER_REGION] = {"region", COLUMN_NAME, false, POSITION_ANY},
    };
    position_columns(place->geometry, false, columns + SERVER_POSITION);
    table *t;
    dcat_status status = table_open(in, columns, SERVER_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_server(t, place, servers, err);
    }
    if (status == DCAT_OK && servers->names.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one server", in->path);
    }
    table_close(t);
    return status;
}

// --- areas.csv

enum {
    AREA_NAME,
    AREA_POSITION,
    AREA_NODE = AREA_POSITION + POSITION_COLUMNS,
    AREA_ZONE,
    AREA_COLUMNS
};

dcat_status area_add(area_data *areas, const char *name, size_t length, dcat_area area,
                     size_t *index, bool *added, dcat_error *err)
{
    dcat_status status = names_add(&areas->names, name, length, index, added, err);
    if (status != DCAT_OK || !*added) {
        return status;
    }
    status =
        array_room(&areas->areas, &areas->capacity, areas->names.count, sizeof *areas->areas, err);
    if (status == DCAT_OK) {
        areas->areas[*index] = area;
    }
    return status;
}

static dcat_status take_area(const table *t, const placing *place, area_data *areas,
                             dcat_error *err)
{
    const table_cell *name = table_cell_at(t, AREA_NAME);
    dcat_area area;
    size_t index;
    bool added = true;
    dcat_status status = position_read(t, AREA_POSITION, place, &area.site, &area.node, err);
    if (status == DCAT_OK) {
        status = area_add(areas, name->text, name->length, area, &index, &added, err);
    }
    if (status == DCAT_OK && !added) {
        status = fail_duplicate(t, AREA_NAME, err);
    }
    if (status == DCAT_OK) {
        status = take_zone(t, AREA_ZONE, &areas->zones, &areas->zone, &areas->zone_capacity,
                           areas->names.count, err);
    }
    return status == DCAT_OK ? check_count(t, areas->names.count, "areas", err) : status;
}

dcat_status areas_read(input *in, const placing *place, area_data *areas, dcat_error *err)
{
    table_column columns[AREA_COLUMNS] = {
        [AREA_NAME] = {"name", COLUMN_NAME, true, POSITION_ANY},
        [AREA_NODE] = {"node", COLUMN_NAME, place->graph, POSITION_ANY},
        [AREA_ZONE] = {"zone", COLUMN_NAME, false, POSITION_ANY},
    };
    position_columns(place->geometry, false, columns + AREA_POSITION);
    table *t;
    dcat_status status = table_open(in, columns, AREA_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_area(t, place, areas, err);
    }
    if (status == DCAT_OK && areas->names.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one area", in->path);
    }
    table_close(t);
    return status;
}
