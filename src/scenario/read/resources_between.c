// SPDX-License-Identifier: Apache-2.0
// What relates devices, classes, servers and areas: efficiency.csv, units.csv, class_mix.csv.

#include "scenario/read/resources.h"

#include "base/array_room.h"
#include "scenario/read/money.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static dcat_status find_named(const table *t, int column, const names *among, const char *what,
                              size_t *index, dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, (size_t)column);
    return resource_find(t, column, among, what, cell->text, cell->length, index, err);
}

// Which class each further column is: [table_rest_names()->count], for the caller to free.
static dcat_status map_classes(const table *t, const resource_data *r, size_t **class_of,
                               dcat_error *err)
{
    const names *columns = table_rest_names(t);
    size_t *map = calloc(columns->count + 1, sizeof *map);
    dcat_status status = map == NULL ? DCAT_ERR_MEMORY : DCAT_OK;
    if (map == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", table_path(t));
    }
    for (size_t c = 0; status == DCAT_OK && c < columns->count; c++) {
        const char *name = names_at(columns, c);
        status = resource_find(t, -1, &r->class_names, "class of work", name, strlen(name), &map[c],
                               err);
    }
    if (status != DCAT_OK) {
        free(map);
        return status;
    }
    *class_of = map;
    return DCAT_OK;
}

// --- efficiency.csv

dcat_status efficiency_default(resource_data *resources, dcat_error *err)
{
    resource_data *r = resources;
    size_t device_count = r->device_names.count, class_count = r->class_names.count;
    r->efficiency = calloc(device_count * class_count + 1, sizeof *r->efficiency);
    r->rated_device = calloc(device_count + 1, sizeof *r->rated_device);
    r->rated_class = calloc(class_count + 1, sizeof *r->rated_class);
    if (r->efficiency == NULL || r->rated_device == NULL || r->rated_class == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu devices and %zu classes",
                         device_count, class_count);
    }
    for (size_t d = 0; d < device_count; d++) {
        for (size_t q = 0; q < class_count; q++) {
            bool same = r->devices[d].pool == r->classes[q].pool;
            r->efficiency[d * class_count + q] = same ? 1.0 : 0.0;
        }
    }
    return DCAT_OK;
}

static dcat_status take_efficiency(const table *t, const size_t *class_of, resource_data *r,
                                   dcat_error *err)
{
    size_t device;
    dcat_status status = find_named(t, 0, &r->device_names, "device", &device, err);
    if (status == DCAT_OK && r->rated_device[device]) {
        status = table_fail(t, err, DCAT_ERR_FIELD, 0, "must be unique, got %s again",
                            names_at(&r->device_names, device));
    }
    if (status != DCAT_OK) {
        return status;
    }
    r->rated_device[device] = true;
    for (size_t c = 0; c < table_rest_names(t)->count; c++) {
        size_t q = class_of[c];
        double e = table_rest(t)[c];
        dcat_pool pool = r->devices[device].pool;
        if (e > 0.0 && pool != r->classes[q].pool) {
            return table_fail(t, err, DCAT_ERR_RANGE, -1,
                              "%s: must be 0 or empty, since the class needs pool %s and device %s "
                              "is of pool %s",
                              names_at(&r->class_names, q), dcat_pool_name(r->classes[q].pool),
                              names_at(&r->device_names, device), dcat_pool_name(pool));
        }
        r->efficiency[device * r->class_names.count + q] = e;
    }
    return DCAT_OK;
}

dcat_status efficiency_read(input *in, resource_data *resources, dcat_error *err)
{
    static const table_column device = {"device", COLUMN_NAME, true, POSITION_ANY};
    static const table_column rest = {"a class", COLUMN_NUMBER, false, {0.0, 1e9, false, false}};
    table *t;
    size_t *class_of = NULL;
    dcat_status status = table_open(in, &device, 1, &rest, &t, err);
    if (status == DCAT_OK) {
        status = map_classes(t, resources, &class_of, err);
    }
    for (size_t c = 0; status == DCAT_OK && c < table_rest_names(t)->count; c++) {
        assert(class_of != NULL);
        resources->rated_class[class_of[c]] = true;
    }
    while (table_each(t, &status, err)) {
        assert(class_of != NULL);
        status = take_efficiency(t, class_of, resources, err);
    }
    free(class_of);
    table_close(t);
    resources->has_efficiency = true;
    return status;
}

// --- units.csv

#define COST                                                                                       \
    {                                                                                              \
        0.0, 1e15, false, false                                                                    \
    }

#define TARIFF                                                                                     \
    {                                                                                              \
        0.0, 1e15, true, false                                                                     \
    }

enum {
    UNIT_SERVER,
    UNIT_DEVICE,
    UNIT_COUNT,
    UNIT_SPEED,
    UNIT_ENERGY,
    UNIT_TIME,
    UNIT_TIME_CARD,
    UNIT_TIME_NODE,
    UNIT_TARIFF,
    UNIT_TARIFF_CARD,
    UNIT_TARIFF_NODE,
    UNIT_COLUMNS
};

static dcat_status take_unit(const table *t, const server_data *servers, uint8_t *pools,
                             resource_data *r, dcat_error *err)
{
    size_t server, device = 0;
    dcat_status status = find_named(t, UNIT_SERVER, &servers->names, "server", &server, err);
    if (status == DCAT_OK) {
        status = find_named(t, UNIT_DEVICE, &r->device_names, "device", &device, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    dcat_pool pool = r->devices[device].pool;
    bool own_cpu = pool == DCAT_POOL_CPU && !r->no_cpu[server];
    if (device == 0 || own_cpu || (pools[server] & 1u << pool) != 0) {
        return table_fail(t, err, DCAT_ERR_FIELD, UNIT_DEVICE,
                          "a server has one unit of pool %s at most, and %s has %s",
                          dcat_pool_name(pool), names_at(&servers->names, server),
                          device == 0 || own_cpu ? "its speed_ghz for that" : "another already");
    }
    const table_cell *count = table_cell_at(t, UNIT_COUNT);
    int m = count->given ? (int)count->number : 1;
    const money_column costs[] = {
        {UNIT_TIME, "time_cost_per_s", 1.0},
        {UNIT_TIME_CARD, "time_cost_per_card_hour", HOUR_S / m},
        {UNIT_TIME_NODE, "time_cost_per_node_hour", HOUR_S},
    };
    const table_cell *speed = table_cell_at(t, UNIT_SPEED);
    double card_hz = speed->given ? speed->number * 1e9 : r->devices[device].speed_hz;
    const money_column tariffs[] = {
        {UNIT_TARIFF, "tariff_per_gigacycle", 1e9},
        {UNIT_TARIFF_CARD, "tariff_per_card_hour", HOUR_S * card_hz},
        {UNIT_TARIFF_NODE, "tariff_per_node_hour", HOUR_S * m * card_hz},
    };
    double time_cost_per_s, tariff_per_cycle = 0.0;
    status = money_read(t, costs, 3, NAN, "count", &time_cost_per_s, err);
    if (status == DCAT_OK) {
        status = money_read(t, tariffs, 3, 0.0, "count", &tariff_per_cycle, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&r->units, &r->unit_capacity, r->unit_count + 1, sizeof *r->units, err);
    }
    if (status == DCAT_OK) {
        const table_cell *energy = table_cell_at(t, UNIT_ENERGY);
        pools[server] |= (uint8_t)(1u << pool);
        r->units[r->unit_count++] = (dcat_unit){
            .server = (int)server,
            .device = (int)device,
            .count = m,
            .speed_hz = speed->given ? m * speed->number * 1e9 : NAN,
            .energy_cost = energy->given ? energy->number : NAN,
            .time_cost_per_s = time_cost_per_s,
            .tariff_per_cycle = tariff_per_cycle,
        };
    }
    return status;
}

dcat_status units_read(input *in, const server_data *servers, resource_data *resources,
                       dcat_error *err)
{
    static const table_column columns[UNIT_COLUMNS] = {
        [UNIT_SERVER] = {"server", COLUMN_NAME, true, POSITION_ANY},
        [UNIT_DEVICE] = {"device", COLUMN_NAME, true, POSITION_ANY},
        [UNIT_COUNT] = {"count", COLUMN_WHOLE, false, {1.0, 1e6, false, false}},
        [UNIT_SPEED] = {"speed_ghz", COLUMN_NUMBER, false, {0.0, 1e9, true, false}},
        [UNIT_ENERGY] = {"energy_cost_per_cycle_hz2",
                         COLUMN_NUMBER,
                         false,
                         {0.0, 1.0, false, false}},
        [UNIT_TIME] = {"time_cost_per_s", COLUMN_NUMBER, false, COST},
        [UNIT_TIME_CARD] = {"time_cost_per_card_hour", COLUMN_NUMBER, false, COST},
        [UNIT_TIME_NODE] = {"time_cost_per_node_hour", COLUMN_NUMBER, false, COST},
        [UNIT_TARIFF] = {"tariff_per_gigacycle", COLUMN_NUMBER, false, TARIFF},
        [UNIT_TARIFF_CARD] = {"tariff_per_card_hour", COLUMN_NUMBER, false, TARIFF},
        [UNIT_TARIFF_NODE] = {"tariff_per_node_hour", COLUMN_NUMBER, false, TARIFF},
    };
    uint8_t *pools = calloc(servers->names.count + 1, sizeof *pools);
    if (pools == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", in->path);
    }
    table *t;
    dcat_status status = table_open(in, columns, UNIT_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_unit(t, servers, pools, resources, err);
    }
    table_close(t);
    free(pools);
    return status;
}

// --- class_mix.csv

dcat_status class_mix_default(const resource_data *resources, size_t area_count, double **weight,
                              dcat_error *err)
{
    size_t class_count = resources->class_names.count;
    double *made = calloc(area_count * class_count + 1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for the classes of %zu areas",
                         area_count);
    }
    for (size_t a = 0; a < area_count; a++) {
        memcpy(made + a * class_count, resources->share, class_count * sizeof *made);
    }
    *weight = made;
    return DCAT_OK;
}

static dcat_status take_mix(const table *t, const size_t *class_of, const resource_data *r,
                            const area_data *areas, bool *seen, double *weight, dcat_error *err)
{
    size_t area;
    dcat_status status = find_named(t, 0, &areas->names, "area", &area, err);
    if (status == DCAT_OK && seen[area]) {
        status = table_fail(t, err, DCAT_ERR_FIELD, 0, "must be unique, got %s again",
                            names_at(&areas->names, area));
    }
    if (status != DCAT_OK) {
        return status;
    }
    seen[area] = true;
    double sum = 0.0;
    for (size_t c = 0; c < table_rest_names(t)->count; c++) {
        sum += table_rest(t)[c];
    }
    if (!(sum > 0.0)) {
        return table_fail(t, err, DCAT_ERR_RANGE, -1, "some class must have a weight > 0");
    }
    double *row = weight + area * r->class_names.count;
    memset(row, 0, r->class_names.count * sizeof *row);
    for (size_t c = 0; c < table_rest_names(t)->count; c++) {
        row[class_of[c]] = table_rest(t)[c] / sum;
    }
    return DCAT_OK;
}

dcat_status class_mix_read(input *in, const resource_data *resources, const area_data *areas,
                           double *weight, dcat_error *err)
{
    static const table_column area = {"area", COLUMN_NAME, true, POSITION_ANY};
    static const table_column rest = {"a class", COLUMN_NUMBER, true, {0.0, 1e15, false, false}};
    size_t *class_of = NULL;
    bool *seen = calloc(areas->names.count + 1, sizeof *seen);
    if (seen == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", in->path);
    }
    table *t;
    dcat_status status = table_open(in, &area, 1, &rest, &t, err);
    if (status == DCAT_OK) {
        status = map_classes(t, resources, &class_of, err);
    }
    // Columns are distinct, so every class has one as soon as there are as many.
    if (status == DCAT_OK && table_rest_names(t)->count < resources->class_names.count) {
        status =
            table_fail(t, err, DCAT_ERR_FIELD, -1, "must have a column for each of %zu classes",
                       resources->class_names.count);
    }
    while (table_each(t, &status, err)) {
        assert(class_of != NULL);
        status = take_mix(t, class_of, resources, areas, seen, weight, err);
    }
    free(class_of);
    free(seen);
    table_close(t);
    return status;
}
