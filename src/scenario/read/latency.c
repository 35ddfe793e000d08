// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/latency.h"

#include "base/array_room.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_COUNT_MAX 4096

void latency_data_free(latency_data *latency)
{
    names_free(&latency->zones);
    free(latency->delay_s);
    free(latency->area);
    free(latency->server);
    *latency = (latency_data){0};
}

enum { FROM, TO, DELAY, COLUMNS };

// Rows until all zones are known.
typedef struct pair {
    size_t from, to, line;
    double delay_s;
} pair;

typedef struct pair_list {
    pair *pairs;
    size_t count, capacity;
} pair_list;

static dcat_status find_zone(const table *t, int column, names *zones, size_t *index,
                             dcat_error *err)
{
    const table_cell *name = table_cell_at(t, (size_t)column);
    bool added;
    dcat_status status = names_add(zones, name->text, name->length, index, &added, err);
    return status != DCAT_OK || zones->count <= ZONE_COUNT_MAX
               ? status
               : table_fail(t, err, DCAT_ERR_RANGE, column, "must be one of at most %d zones",
                            ZONE_COUNT_MAX);
}

static dcat_status take_pair(const table *t, names *zones, pair_list *list, dcat_error *err)
{
    pair row = {.line = table_line(t), .delay_s = table_cell_at(t, DELAY)->number / 1e3};
    dcat_status status = find_zone(t, FROM, zones, &row.from, err);
    if (status == DCAT_OK) {
        status = find_zone(t, TO, zones, &row.to, err);
    }
    if (status == DCAT_OK) {
        status =
            array_room(&list->pairs, &list->capacity, list->count + 1, sizeof *list->pairs, err);
    }
    if (status == DCAT_OK) {
        list->pairs[list->count++] = row;
    }
    return status;
}

// Choice: a delay holds both ways, unless the table has a row for each.
static dcat_status fill(const char *path, const pair_list *list, latency_data *latency,
                        dcat_error *err)
{
    size_t Z = latency->zones.count;
    bool *stated = calloc(Z * Z + 1, sizeof *stated);
    latency->delay_s = malloc(sizeof *latency->delay_s * (Z * Z + 1));
    if (stated == NULL || latency->delay_s == NULL) {
        free(stated);
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory for %zu zones", path, Z);
    }
    for (size_t i = 0; i < Z * Z; i++) {
        latency->delay_s[i] = NAN;
    }
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < list->count; n++) {
        const pair *p = &list->pairs[n];
        size_t there = p->from * Z + p->to, back = p->to * Z + p->from;
        if (stated[there]) {
            status =
                dcat_fail(err, DCAT_ERR_FIELD, "%s:%zu: %s to %s: must be unique", path, p->line,
                          names_at(&latency->zones, p->from), names_at(&latency->zones, p->to));
        }
        stated[there] = true;
        latency->delay_s[there] = p->delay_s;
        latency->delay_s[back] = stated[back] ? latency->delay_s[back] : p->delay_s;
    }
    free(stated);
    return status;
}

dcat_status latency_read(input *in, latency_data *latency, dcat_error *err)
{
    static const table_column columns[COLUMNS] = {
        [FROM] = {"from", COLUMN_NAME, true, POSITION_ANY},
        [TO] = {"to", COLUMN_NAME, true, POSITION_ANY},
        [DELAY] = {"delay_ms", COLUMN_NUMBER, true, {0.0, 1e6, false, false}},
    };
    pair_list list = {0};
    table *t;
    dcat_status status = table_open(in, columns, COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_pair(t, &latency->zones, &list, err);
    }
    table_close(t);
    if (status == DCAT_OK) {
        status = fill(in->path, &list, latency, err);
    }
    free(list.pairs);
    return status;
}

// zone [count] or NULL are places, by zones of their own; returns how many are in one of the table.
static size_t place(const names *table_zones, const names *zones, const int32_t *zone, size_t count,
                    int32_t *into)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        into[i] = -1;
        if (zone != NULL && zone[i] >= 0) {
            const char *name = names_at(zones, (size_t)zone[i]);
            size_t index = names_find(table_zones, name, strlen(name));
            into[i] = index == NAMES_NONE ? -1 : (int32_t)index;
        }
        found += into[i] >= 0;
    }
    return found;
}

dcat_status latency_place(latency_data *latency, const area_data *areas, const server_data *servers,
                          dcat_error *err)
{
    latency->area = calloc(areas->names.count + 1, sizeof *latency->area);
    latency->server = calloc(servers->names.count + 1, sizeof *latency->server);
    if (latency->area == NULL || latency->server == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for the zones of %zu servers",
                         servers->names.count);
    }
    latency->areas_in =
        place(&latency->zones, &areas->zones, areas->zone, areas->names.count, latency->area);
    latency->servers_in = place(&latency->zones, &servers->zones, servers->zone,
                                servers->names.count, latency->server);
    return DCAT_OK;
}
