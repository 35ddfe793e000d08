// SPDX-License-Identifier: Apache-2.0
// Nodes of a Slurm cluster one by one, for an agent that offers them: from what Slurm prints, or
// from the tables that were made of it.

#include "import/fleet/fleet.h"

#include "base/array_room.h"
#include "file/csv_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct receiver {
    dcat_slurm_node_fn *receive;
    void *user;
} receiver;

static dcat_status hand_over(const receiver *to, const dcat_slurm_node *node, dcat_error *err)
{
    if (!text_is_word(node->name, strlen(node->name))) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "%s:%" PRIu64
                         ": the name of a node must be 1 to 64 letters, digits, - or _, got %s",
                         node->file, node->line, TEXT_SHOW(node->name, strlen(node->name)));
    }
    return to->receive(to->user, node, err);
}

// --- What Slurm prints

typedef struct listing {
    fleet_table table;
    receiver to;
    size_t handed_count;
} listing;

static void take_line(void *user, const import_line *line)
{
    listing *l = user;
    fleet *f = l->table.fleet;
    uint64_t before = f->stats->node_skip.count;
    slurm_node_line(&l->table, line);
    if (f->status == DCAT_OK && f->stats->node_skip.count > before) {
        f->status = dcat_fail(f->err, DCAT_ERR_FORMAT, "%s:%" PRIu64 ": %s", l->table.path,
                              line->number, l->table.wrong);
    }
    for (; f->status == DCAT_OK && l->handed_count < f->servers.count; l->handed_count++) {
        const fleet_server *server = &f->server[l->handed_count];
        const dcat_slurm_node node = {
            .name = names_at(&f->servers, l->handed_count),
            .file = l->table.path,
            .line = line->number,
            .core_count = server->core_count,
            .device = server->device < 0 ? NULL : names_at(&f->devices, (size_t)server->device),
            .device_count = server->count,
        };
        f->status = hand_over(&l->to, &node, f->err);
    }
}

static dcat_status read_listing(const char *path, const receiver *to, dcat_error *err)
{
    dcat_import_fleet_config config = dcat_import_fleet_config_default();
    dcat_import_fleet_stats stats = {0};
    fleet f = {.config = &config, .stats = &stats, .err = err};
    listing l = {.table = {.fleet = &f, .path = path}, .to = *to};
    dcat_status status = fleet_read(&f, path, take_line, &l);
    if (status == DCAT_OK) {
        status = fleet_finish(&f, path, false, err);
    }
    fleet_free(&f);
    return status;
}

// --- Tables

typedef struct node_row {
    dcat_slurm_node node; // without texts
    size_t device;        // of devices; NAMES_NONE
} node_row;

typedef struct tables {
    names nodes, devices;
    node_row *rows; // [nodes.count]
    size_t capacity;
} tables;

enum { NODE_NAME, NODE_SPEED, NODE_CORES, NODE_X, NODE_Y, NODE_LON, NODE_LAT, NODE_COLUMNS };

static dcat_status take_node_row(const table *t, tables *all, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, NODE_NAME);
    const table_cell *x = table_cell_at(t, NODE_X), *y = table_cell_at(t, NODE_Y);
    const table_cell *lon = table_cell_at(t, NODE_LON), *lat = table_cell_at(t, NODE_LAT);
    size_t index;
    bool added;
    dcat_status status = names_add(&all->nodes, name->text, name->length, &index, &added, err);
    if (status == DCAT_OK && !added) {
        status = table_fail(t, err, DCAT_ERR_FIELD, NODE_NAME, "%s is there already",
                            TEXT_SHOW(name->text, name->length));
    }
    if (status == DCAT_OK && (x->given != y->given || lon->given != lat->given)) {
        status = table_fail(t, err, DCAT_ERR_FIELD, x->given != y->given ? NODE_X : NODE_LON,
                            "must stand with the other half of the place");
    }
    if (status == DCAT_OK) {
        status = array_room(&all->rows, &all->capacity, index + 1, sizeof *all->rows, err);
    }
    if (status == DCAT_OK) {
        const dcat_slurm_node node = {
            .line = table_line(t),
            .speed_hz = table_cell_at(t, NODE_SPEED)->number * 1e9,
            .core_count = (int)table_cell_at(t, NODE_CORES)->number,
            .has_plane = x->given && !lon->given,
            .has_globe = lon->given,
            .x_km = x->number,
            .y_km = y->number,
            .lat_deg = lat->number,
            .lon_deg = lon->number,
        };
        all->rows[index] = (node_row){node, NAMES_NONE};
    }
    return status;
}

// Columns that a scenario knows besides, and an agent does not.
static const char *const other_columns[] = {"node",
                                            "energy_cost_per_cycle_hz2",
                                            "time_cost_per_s",
                                            "time_cost_per_core_hour",
                                            "time_cost_per_node_hour",
                                            "owner",
                                            "tariff_per_gigacycle",
                                            "tariff_per_core_hour",
                                            "tariff_per_node_hour",
                                            "zone",
                                            "country",
                                            "region"};
enum { OTHER_COUNT = sizeof other_columns / sizeof *other_columns };

static dcat_status read_nodes(input *in, tables *all, dcat_error *err)
{
    const text_bound any = {-INFINITY, INFINITY, false, false};
    table_column columns[NODE_COLUMNS + OTHER_COUNT] = {
        [NODE_NAME] = {"name", COLUMN_NAME, true, any},
        [NODE_SPEED] = {"speed_ghz", COLUMN_NUMBER, true, {0.0, 1e9, true, false}},
        [NODE_CORES] = {"cores", COLUMN_WHOLE, true, {1.0, 1e6, false, false}},
        [NODE_X] = {"x_km", COLUMN_NUMBER, false, {-1e6, 1e6, false, false}},
        [NODE_Y] = {"y_km", COLUMN_NUMBER, false, {-1e6, 1e6, false, false}},
        [NODE_LON] = {"lon_deg", COLUMN_NUMBER, false, {-180.0, 180.0, false, false}},
        [NODE_LAT] = {"lat_deg", COLUMN_NUMBER, false, {-90.0, 90.0, false, false}},
    };
    for (size_t c = 0; c < OTHER_COUNT; c++) {
        columns[NODE_COLUMNS + c] = (table_column){other_columns[c], COLUMN_NAME, false, any};
    }
    table *t;
    dcat_status status = table_open(in, columns, NODE_COLUMNS + OTHER_COUNT, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_node_row(t, all, err);
    }
    table_close(t);
    if (status == DCAT_OK && all->nodes.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one server", in->path);
    }
    return status;
}

enum { UNIT_SERVER, UNIT_DEVICE, UNIT_COUNT, UNIT_COLUMNS };

static dcat_status take_unit_row(const table *t, tables *all, dcat_error *err)
{
    const table_cell *server = table_cell_at(t, UNIT_SERVER);
    const table_cell *device = table_cell_at(t, UNIT_DEVICE);
    size_t index = names_find(&all->nodes, server->text, server->length);
    if (index == NAMES_NONE) {
        return table_fail(t, err, DCAT_ERR_REFERENCE, UNIT_SERVER,
                          "must be a server of servers.csv, got %s",
                          TEXT_SHOW(server->text, server->length));
    }
    node_row *row = &all->rows[index];
    if (row->device != NAMES_NONE) {
        return table_fail(t, err, DCAT_ERR_FIELD, UNIT_SERVER, "%s has a unit already",
                          TEXT_SHOW(server->text, server->length));
    }
    bool added;
    row->node.device_count = (int)table_cell_at(t, UNIT_COUNT)->number;
    return names_add(&all->devices, device->text, device->length, &row->device, &added, err);
}

static dcat_status read_units(input *in, tables *all, dcat_error *err)
{
    const text_bound any = {-INFINITY, INFINITY, false, false};
    const table_column columns[UNIT_COLUMNS] = {
        [UNIT_SERVER] = {"server", COLUMN_NAME, true, any},
        [UNIT_DEVICE] = {"device", COLUMN_NAME, true, any},
        [UNIT_COUNT] = {"count", COLUMN_WHOLE, true, {1.0, 1e6, false, false}},
    };
    table *t;
    dcat_status status = table_open(in, columns, UNIT_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_unit_row(t, all, err);
    }
    table_close(t);
    return status;
}

typedef dcat_status table_reader(input *in, tables *all, dcat_error *err);

static dcat_status read_table(const char *folder, const char *name, table_reader *reader,
                              tables *all, dcat_error *err)
{
    const file_source from = {.folder = folder};
    input in;
    dcat_status status = source_open(&from, name, &in, err);
    if (status == DCAT_OK) {
        status = reader(&in, all, err);
        input_close(&in, NULL);
    }
    return status;
}

static dcat_status read_tables(const char *folder, const receiver *to, dcat_error *err)
{
    tables all = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/servers.csv", folder);
    dcat_status status = read_table(folder, "servers.csv", read_nodes, &all, err);
    if (status == DCAT_OK) {
        status = read_table(folder, "units.csv", read_units, &all, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < all.nodes.count; i++) {
        dcat_slurm_node node = all.rows[i].node;
        node.name = names_at(&all.nodes, i);
        node.file = path;
        if (all.rows[i].device != NAMES_NONE) {
            node.device = names_at(&all.devices, all.rows[i].device);
        }
        status = hand_over(to, &node, err);
    }
    names_free(&all.nodes);
    names_free(&all.devices);
    free(all.rows);
    return status;
}

dcat_status dcat_import_slurm_nodes(const char *path, dcat_slurm_node_fn *receive, void *user,
                                    dcat_error *err)
{
    const receiver to = {receive, user};
    struct stat facts;
    bool folder = stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
    return folder ? read_tables(path, &to, err) : read_listing(path, &to, err);
}
