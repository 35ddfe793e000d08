// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/demand.h"

#include "base/array_room.h"
#include "scenario/read/resources.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- Areas by name

static dcat_status no_such_area(const table *t, int column, const char *name,
                                const names *candidates, const char *path, const char *what,
                                dcat_error *err)
{
    const char *nearest = names_nearest(candidates, name);
    return table_fail(t, err, DCAT_ERR_REFERENCE, column, "%s must be %s of %s%s%s%s",
                      TEXT_SHOW(name, strlen(name)), what, path,
                      nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                      nearest == NULL ? "" : "?");
}

static dcat_status find_area(const area_source *source, const table *t, int column,
                             const char *name, size_t length, size_t *index, dcat_error *err)
{
    *index = names_find(&source->areas->names, name, length);
    if (*index != NAMES_NONE) {
        return DCAT_OK;
    }
    dcat_area area = {.site = {NAN, NAN}, .node = -1};
    if (source->kind == AREAS_GIVEN) {
        return no_such_area(t, column, name, &source->areas->names, source->path, "an area", err);
    }
    if (source->kind == AREAS_NODES) {
        size_t node = names_find(&source->network->nodes, name, length);
        if (node == NAMES_NONE) {
            return no_such_area(t, column, name, &source->network->nodes, source->network->path,
                                "a node", err);
        }
        area = (dcat_area){.site = source->network->sites[node], .node = (int)node};
    }
    bool added;
    return area_add(source->areas, name, length, area, index, &added, err);
}

// --- demand.csv

enum { DEMAND_DAY, DEMAND_HOUR, DEMAND_COLUMNS };

void profile_data_free(profile_data *profile)
{
    free(profile->weight);
    free(profile->day);
    *profile = (profile_data){0};
}

// Which area each further column is.
static dcat_status map_columns(const table *t, const area_source *source, size_t **area_of,
                               dcat_error *err)
{
    const names *columns = table_rest_names(t);
    if (columns->count == 0) {
        return table_fail(t, err, DCAT_ERR_FIELD, -1, "must have a column for each area");
    }
    size_t *map = malloc(columns->count * sizeof *map);
    if (map == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", table_path(t));
    }
    for (size_t c = 0; c < columns->count; c++) {
        const char *name = names_at(columns, c);
        dcat_status status = find_area(source, t, -1, name, strlen(name), &map[c], err);
        if (status != DCAT_OK) {
            free(map);
            return status;
        }
    }
    // Columns are distinct, so every area has one as soon as there are as many.
    for (size_t a = 0;
         a < source->areas->names.count && columns->count < source->areas->names.count; a++) {
        const char *name = names_at(&source->areas->names, a);
        if (names_find(columns, name, strlen(name)) == NAMES_NONE) {
            free(map);
            return table_fail(t, err, DCAT_ERR_FIELD, -1,
                              "column %s is missing: it is an area of %s",
                              TEXT_SHOW(name, strlen(name)), source->path);
        }
    }
    *area_of = map;
    return DCAT_OK;
}

static dcat_status take_step(const table *t, const size_t *area_of, size_t area_count,
                             int64_t *last_time, int64_t cycles_per_day, profile_data *profile,
                             dcat_error *err)
{
    int64_t day = (int64_t)table_cell_at(t, DEMAND_DAY)->number;
    int64_t time = day * cycles_per_day + (int64_t)table_cell_at(t, DEMAND_HOUR)->number;
    if (time <= *last_time) {
        return table_fail(t, err, DCAT_ERR_RANGE, -1,
                          "day and hour must come after those of the row before, got %.0f, %.0f",
                          table_cell_at(t, DEMAND_DAY)->number,
                          table_cell_at(t, DEMAND_HOUR)->number);
    }
    *last_time = time;
    size_t step = profile->step_count;
    dcat_status status = array_room(&profile->weight, &profile->weight_capacity,
                                    (step + 1) * area_count, sizeof *profile->weight, err);
    if (status == DCAT_OK) {
        status =
            array_room(&profile->day, &profile->day_capacity, step + 1, sizeof *profile->day, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    for (size_t c = 0; c < area_count; c++) {
        profile->weight[step * area_count + area_of[c]] = table_rest(t)[c];
    }
    profile->day[step] = (int32_t)day;
    profile->step_count++;
    return DCAT_OK;
}

static dcat_status check_profile(const char *path, const profile_data *profile, size_t area_count,
                                 dcat_error *err)
{
    if (profile->step_count == 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one row", path);
    }
    double sum = 0.0;
    for (size_t i = 0; i < profile->step_count * area_count; i++) {
        sum += profile->weight[i];
    }
    return sum > 0.0 ? DCAT_OK
                     : dcat_fail(err, DCAT_ERR_RANGE,
                                 "%s: some demand must be > 0, got 0 everywhere", path);
}

static dcat_status read_steps(table *t, int64_t cycles_per_day, const area_source *source,
                              profile_data *profile, dcat_error *err)
{
    size_t *area_of = NULL;
    dcat_status status = map_columns(t, source, &area_of, err);
    if (status != DCAT_OK) {
        return status;
    }
    assert(area_of != NULL);
    size_t area_count = source->areas->names.count;
    int64_t last_time = -1;
    while (table_each(t, &status, err)) {
        status = take_step(t, area_of, area_count, &last_time, cycles_per_day, profile, err);
    }
    free(area_of);
    return status == DCAT_OK ? check_profile(table_path(t), profile, area_count, err) : status;
}

dcat_status profile_read(input *in, int64_t cycles_per_day, const area_source *source,
                         profile_data *profile, dcat_error *err)
{
    const table_column columns[DEMAND_COLUMNS] = {
        [DEMAND_DAY] = {"day", COLUMN_WHOLE, true, {0.0, 1e6, false, false}},
        [DEMAND_HOUR] = {"hour",
                         COLUMN_WHOLE,
                         true,
                         {0.0, (double)cycles_per_day - 1, false, false}},
    };
    const table_column weight = {"an area", COLUMN_NUMBER, true, {0.0, 1e15, false, false}};
    table *t;
    dcat_status status = table_open(in, columns, DEMAND_COLUMNS, &weight, &t, err);
    if (status == DCAT_OK) {
        status = read_steps(t, cycles_per_day, source, profile, err);
    }
    table_close(t);
    return status;
}

// --- tasks.csv

enum {
    TASK_ARRIVAL,
    TASK_ORIGIN,
    TASK_WORK,
    TASK_DATA,
    TASK_DEADLINE,
    TASK_VALUE,
    TASK_CLASS,
    TASK_ALLOW,
    TASK_DENY,
    TASK_DEVICE,
    TASK_COUNT,
    TASK_SECONDS,
    TASK_COLUMNS
};

#define ARRIVAL_MAX 1e15
#define SLOT_MAX 2147483647.0 // slots are counted in 31 bits
#define TASK_AREA_MAX 100000

void task_data_free(task_data *data)
{
    free(data->tasks);
    free(data->stated);
    place_limits_free(&data->limits);
    *data = (task_data){0};
}

// Without classes of the scenario's own there is one, and a table may say so.
static dcat_status take_class(const table *t, const names *classes, int32_t *class_id,
                              dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, TASK_CLASS);
    *class_id = 0;
    if (!cell->given) {
        return DCAT_OK;
    }
    if (classes->count == 0) {
        return strcmp(cell->text, DCAT_CLASS_ONLY) == 0
                   ? DCAT_OK
                   : table_fail(t, err, DCAT_ERR_REFERENCE, TASK_CLASS,
                                "must be " DCAT_CLASS_ONLY
                                " without resources.classes_file, got %s",
                                TEXT_SHOW(cell->text, cell->length));
    }
    size_t index = 0;
    dcat_status status = resource_find(t, TASK_CLASS, classes, "class of work", cell->text,
                                       cell->length, &index, err);
    *class_id = (int32_t)index;
    return status;
}

// Of devices.csv: the first stands for servers.
static bool has_devices(const resource_data *r)
{
    return r->device_names.count > 1;
}

// Choice: count devices that are as fast at the class as the efficiency table says, without a loss
// between them: what a cluster is taken to do with them, too.
static dcat_status take_device_work(const table *t, const resource_data *r, int32_t class_id,
                                    stated_work *stated, double *work_gigacycles, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, TASK_DEVICE);
    const table_cell *count = table_cell_at(t, TASK_COUNT);
    size_t device = 0;
    if (!name->given) {
        return table_fail(t, err, DCAT_ERR_FIELD, TASK_SECONDS, "needs device, to say of what");
    }
    dcat_status status = resource_find(t, TASK_DEVICE, &r->device_names, "device", name->text,
                                       name->length, &device, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (device == 0) {
        return table_fail(t, err, DCAT_ERR_REFERENCE, TASK_DEVICE,
                          "must be a device of devices.csv, got " RESOURCE_SERVER_DEVICE
                          ", which stands for servers of any speed");
    }
    double e = r->efficiency[device * r->class_names.count + (size_t)class_id];
    if (!(e > 0.0)) {
        return table_fail(
            t, err, DCAT_ERR_RANGE, TASK_DEVICE, "%s cannot do class %s: its efficiency is 0",
            TEXT_SHOW(name->text, name->length), names_at(&r->class_names, (size_t)class_id));
    }
    *stated = (stated_work){
        .device = (int32_t)device,
        .count = count->given ? (int32_t)count->number : 1,
        .seconds = table_cell_at(t, TASK_SECONDS)->number,
    };
    *work_gigacycles = stated->count * stated->seconds * (r->devices[device].speed_hz / 1e9 * e);
    return DCAT_OK;
}

// Work in giga-cycles, or as a device and the time that it takes.
static dcat_status take_work(const table *t, const resource_data *r, int32_t class_id,
                             task_data *data, double *work_gigacycles, dcat_error *err)
{
    const table_cell *work = table_cell_at(t, TASK_WORK);
    bool stated = table_cell_at(t, TASK_SECONDS)->given;
    stated_work by_device = {0};
    dcat_status status = DCAT_OK;
    *work_gigacycles = work->number;
    if (work->given == stated) {
        return table_fail(t, err, DCAT_ERR_FIELD, TASK_WORK,
                          stated ? "cannot stand beside seconds in one row"
                                 : "must be given, or device and seconds");
    }
    if (stated) {
        status = take_device_work(t, r, class_id, &by_device, work_gigacycles, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&data->stated, &data->stated_capacity, data->count + 1,
                            sizeof *data->stated, err);
    }
    if (status == DCAT_OK) {
        data->stated[data->count] = by_device;
    }
    return status;
}

static dcat_status take_task(const table *t, const area_source *source, const resource_data *r,
                             task_data *data, dcat_error *err)
{
    double work_gigacycles = table_cell_at(t, TASK_WORK)->number;
    const table_cell *origin = table_cell_at(t, TASK_ORIGIN);
    const table_cell *value = table_cell_at(t, TASK_VALUE);
    size_t area;
    int32_t class_id = 0, limit = 0;
    dcat_status status =
        find_area(source, t, TASK_ORIGIN, origin->text, origin->length, &area, err);
    if (status == DCAT_OK && (data->count >= INT32_MAX || area >= TASK_AREA_MAX)) {
        status = table_fail(t, err, DCAT_ERR_RANGE, -1, "must have at most %d tasks from %d areas",
                            INT32_MAX, TASK_AREA_MAX);
    }
    if (status == DCAT_OK) {
        status = take_class(t, &r->class_names, &class_id, err);
    }
    if (status == DCAT_OK) {
        status = limit_read(t, TASK_ALLOW, TASK_DENY, source->servers, &data->limits, &limit, err);
    }
    if (status == DCAT_OK && has_devices(r)) {
        status = take_work(t, r, class_id, data, &work_gigacycles, err);
    }
    if (status == DCAT_OK) {
        status =
            array_room(&data->tasks, &data->capacity, data->count + 1, sizeof *data->tasks, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    data->tasks[data->count] = (dcat_task){
        .arrival_s = table_cell_at(t, TASK_ARRIVAL)->number,
        .work_cycles = work_gigacycles * 1e9,
        .data_bits = table_cell_at(t, TASK_DATA)->number * 1e6,
        .deadline_s = table_cell_at(t, TASK_DEADLINE)->number,
        .value = value->given ? value->number : INFINITY,
        .area = (int32_t)area,
        .id = (int32_t)data->count,
        .class_id = class_id,
        .unused = limit, // until it becomes a class (limits.c)
    };
    double arrival_s = data->tasks[data->count].arrival_s;
    if (arrival_s < data->start_s) {
        return table_fail(t, err, DCAT_ERR_RANGE, TASK_ARRIVAL,
                          "must be at least time.start_s, which is %.15g, got %.15g", data->start_s,
                          arrival_s);
    }
    bool none = data->count == 0;
    data->arrival_s_first = none ? arrival_s : fmin(data->arrival_s_first, arrival_s);
    if (none || arrival_s > data->arrival_s_last) {
        data->arrival_s_last = arrival_s;
        data->last_line = table_line(t);
    }
    data->count++;
    return DCAT_OK;
}

// Count arrivals from start_s, or from the first of them.
static dcat_status rebase(const char *path, double slot_s, double start_s, task_data *data,
                          dcat_error *err)
{
    double last = data->arrival_s_last;
    data->start_s = isinf(start_s) ? data->arrival_s_first : start_s;
    if ((last - data->start_s) / slot_s > SLOT_MAX) {
        return dcat_fail(
            err, DCAT_ERR_RANGE,
            "%s:%zu: arrival_s: must be at most %.15g, which is %.0f slots of %g s behind "
            "%s, got %.15g%s",
            path, data->last_line, data->start_s + SLOT_MAX * slot_s, SLOT_MAX, slot_s,
            data->start_s > 0.0 ? "time.start_s" : "0", last,
            data->start_s > 0.0 ? "" : "; `time.start_s: first` counts from the first arrival");
    }
    for (size_t n = 0; n < data->count; n++) {
        data->tasks[n].arrival_s -= data->start_s;
    }
    return DCAT_OK;
}

dcat_status tasks_read(input *in, double slot_s, double start_s, const area_source *source,
                       const resource_data *resources, task_data *data, dcat_error *err)
{
    bool devices = has_devices(resources);
    data->start_s = isinf(start_s) ? 0.0 : start_s;
    const table_column columns[TASK_COLUMNS] = {
        [TASK_ARRIVAL] = {"arrival_s", COLUMN_NUMBER, true, {0.0, ARRIVAL_MAX, false, false}},
        [TASK_ORIGIN] = {"origin", COLUMN_NAME, true, POSITION_ANY},
        [TASK_WORK] = {"work_gigacycles", COLUMN_NUMBER, !devices, {0.0, 1e12, true, false}},
        [TASK_DATA] = {"data_mb", COLUMN_NUMBER, true, {0.0, 1e12, false, false}},
        [TASK_DEADLINE] = {"deadline_s", COLUMN_NUMBER, true, {0.0, 1e9, true, false}},
        [TASK_VALUE] = {"value", COLUMN_NUMBER, false, {0.0, 1e15, false, false}},
        [TASK_CLASS] = {"class", COLUMN_NAME, resources->class_names.count > 1, POSITION_ANY},
        [TASK_ALLOW] = {"allow", COLUMN_NAME, false, POSITION_ANY},
        [TASK_DENY] = {"deny", COLUMN_NAME, false, POSITION_ANY},
        [TASK_DEVICE] = {"device", COLUMN_NAME, false, POSITION_ANY},
        [TASK_COUNT] = {"count", COLUMN_WHOLE, false, {1.0, 1e6, false, false}},
        [TASK_SECONDS] = {"seconds", COLUMN_NUMBER, false, {0.0, 1e9, true, false}},
    };
    table *t;
    dcat_status status =
        table_open(in, columns, devices ? TASK_COLUMNS : TASK_DEVICE, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_task(t, source, resources, data, err);
    }
    if (status == DCAT_OK && data->count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one task", in->path);
    }
    table_close(t);
    return status == DCAT_OK ? rebase(in->path, slot_s, start_s, data, err) : status;
}
