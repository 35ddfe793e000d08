// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/resources.h"

#include "base/array_room.h"
#include "scenario/read/money.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_PER_GIB 1073741824.0
#define DEVICE_COUNT_MAX 4096
#define ANY POSITION_ANY
#define POSITIVE(max)                                                                              \
    {                                                                                              \
        0.0, max, true, false                                                                      \
    }
#define NOT_NEGATIVE(max)                                                                          \
    {                                                                                              \
        0.0, max, false, false                                                                     \
    }

void resource_data_free(resource_data *resources)
{
    names_free(&resources->device_names);
    names_free(&resources->class_names);
    names_free(&resources->feature_names);
    free(resources->devices);
    free(resources->peak);
    free(resources->classes);
    free(resources->share);
    free(resources->efficiency);
    free(resources->rated_device);
    free(resources->rated_class);
    free(resources->units);
    free(resources->no_cpu);
    free(resources->barred);
    free(resources->price);
    free(resources->classes_path);
    *resources = (resource_data){0};
}

dcat_status resource_find(const table *t, int column, const names *among, const char *what,
                          const char *name, size_t length, size_t *index, dcat_error *err)
{
    *index = names_find(among, name, length);
    if (*index != NAMES_NONE) {
        return DCAT_OK;
    }
    const char *nearest = names_nearest(among, name);
    return table_fail(t, err, DCAT_ERR_REFERENCE, column, "%s is no %s%s%s%s",
                      TEXT_SHOW(name, length), what, nearest == NULL ? "" : "; did you mean ",
                      nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

static dcat_status not_again(const table *t, int column, dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, (size_t)column);
    return table_fail(t, err, DCAT_ERR_FIELD, column, "must be unique, got %s again",
                      TEXT_SHOW(cell->text, cell->length));
}

static double number_or(const table *t, size_t column, double otherwise)
{
    const table_cell *cell = table_cell_at(t, column);
    return cell->given ? cell->number : otherwise;
}

// --- What devices and classes have in common

static dcat_status read_pool(const table *t, int column, dcat_pool *pool, dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, (size_t)column);
    *pool = dcat_pool_find(cell->text);
    return *pool != DCAT_POOL_COUNT ? DCAT_OK
                                    : table_fail(t, err, DCAT_ERR_RANGE, column,
                                                 "must be cpu, gpu, npu or other, got %s",
                                                 TEXT_SHOW(cell->text, cell->length));
}

// Features stand between spaces; each becomes a bit when a device or a class first names it.
static dcat_status read_features(const table *t, int column, names *all, uint64_t *features,
                                 dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, (size_t)column);
    *features = 0;
    const char *at = cell->given ? cell->text : "";
    for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " "), index;
        bool added;
        dcat_status status = names_add(all, at, length, &index, &added, err);
        if (status != DCAT_OK) {
            return status;
        }
        if (index >= DCAT_FEATURE_MAX) {
            return table_fail(t, err, DCAT_ERR_RANGE, column,
                              "there must be at most %d different features", DCAT_FEATURE_MAX);
        }
        *features |= UINT64_C(1) << index;
        at += length;
    }
    return DCAT_OK;
}

// --- devices.csv

enum {
    DEVICE_NAME,
    DEVICE_POOL,
    DEVICE_SPEED,
    DEVICE_CORES,
    DEVICE_MEMORY,
    DEVICE_FEATURES,
    DEVICE_ENERGY,
    DEVICE_TIME,
    DEVICE_TIME_CORE,
    DEVICE_TIME_CARD,
    DEVICE_PEAK,
    DEVICE_TARIFF,
    DEVICE_TARIFF_CORE,
    DEVICE_TARIFF_CARD,
    DEVICE_COLUMNS
};

static dcat_status add_device(resource_data *r, const char *name, size_t length,
                              const dcat_device *device, double peak, bool *added, dcat_error *err)
{
    size_t index;
    dcat_status status = names_add(&r->device_names, name, length, &index, added, err);
    if (status == DCAT_OK && *added) {
        status = array_room(&r->devices, &r->device_capacity, r->device_names.count,
                            sizeof *r->devices, err);
        if (status == DCAT_OK) {
            status = array_room(&r->peak, &r->peak_capacity, r->device_names.count, sizeof *r->peak,
                                err);
        }
        if (status == DCAT_OK) {
            r->devices[index] = *device;
            r->peak[index] = peak;
        }
    }
    return status;
}

dcat_status resources_start(resource_data *resources, dcat_error *err)
{
    const dcat_device server = {
        .pool = DCAT_POOL_CPU,
        .speed_hz = 1.0, // its units say how fast they are
        .core_count = 1,
        .memory_bytes = INFINITY,
        .energy_cost = NAN,
        .time_cost_per_s = NAN,
    };
    bool added;
    return add_device(resources, RESOURCE_SERVER_DEVICE, strlen(RESOURCE_SERVER_DEVICE), &server,
                      NAN, &added, err);
}

static dcat_status take_device(const table *t, resource_data *r, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, DEVICE_NAME);
    dcat_device device = {
        .speed_hz = table_cell_at(t, DEVICE_SPEED)->number * 1e9,
        .core_count = (int)number_or(t, DEVICE_CORES, 1.0),
        .memory_bytes = number_or(t, DEVICE_MEMORY, INFINITY) * BYTES_PER_GIB,
        .energy_cost = number_or(t, DEVICE_ENERGY, NAN),
    };
    const money_column costs[] = {
        {DEVICE_TIME, "time_cost_per_s", 1.0},
        {DEVICE_TIME_CORE, "time_cost_per_core_hour", HOUR_S / device.core_count},
        {DEVICE_TIME_CARD, "time_cost_per_card_hour", HOUR_S},
    };
    const money_column tariffs[] = {
        {DEVICE_TARIFF, "tariff_per_gigacycle", 1e9},
        {DEVICE_TARIFF_CORE, "tariff_per_core_hour",
         HOUR_S * (device.speed_hz / device.core_count)},
        {DEVICE_TARIFF_CARD, "tariff_per_card_hour", HOUR_S * device.speed_hz},
    };
    bool added = true;
    dcat_status status = read_pool(t, DEVICE_POOL, &device.pool, err);
    if (status == DCAT_OK) {
        status = money_read(t, costs, 3, NAN, "cores", &device.time_cost_per_s, err);
    }
    if (status == DCAT_OK) {
        status = money_read(t, tariffs, 3, 0.0, "speed_ghz", &device.tariff_per_cycle, err);
    }
    if (status == DCAT_OK) {
        status = read_features(t, DEVICE_FEATURES, &r->feature_names, &device.features, err);
    }
    if (status == DCAT_OK && strcmp(name->text, RESOURCE_SERVER_DEVICE) == 0) {
        return table_fail(t, err, DCAT_ERR_FIELD, DEVICE_NAME,
                          "must not be " RESOURCE_SERVER_DEVICE
                          ", which stands for the speed_ghz of a server");
    }
    if (status == DCAT_OK) {
        status = add_device(r, name->text, name->length, &device, number_or(t, DEVICE_PEAK, NAN),
                            &added, err);
    }
    if (status == DCAT_OK && !added) {
        status = not_again(t, DEVICE_NAME, err);
    }
    return status != DCAT_OK || r->device_names.count <= DEVICE_COUNT_MAX
               ? status
               : table_fail(t, err, DCAT_ERR_RANGE, -1, "must have at most %d devices",
                            DEVICE_COUNT_MAX);
}

dcat_status devices_read(input *in, resource_data *resources, dcat_error *err)
{
    static const table_column columns[DEVICE_COLUMNS] = {
        [DEVICE_NAME] = {"name", COLUMN_NAME, true, ANY},
        [DEVICE_POOL] = {"pool", COLUMN_NAME, true, ANY},
        [DEVICE_SPEED] = {"speed_ghz", COLUMN_NUMBER, true, POSITIVE(1e9)},
        [DEVICE_CORES] = {"cores", COLUMN_WHOLE, false, {1.0, 1e6, false, false}},
        [DEVICE_MEMORY] = {"memory_gib", COLUMN_NUMBER, false, POSITIVE(1e9)},
        [DEVICE_FEATURES] = {"features", COLUMN_NAME, false, ANY},
        [DEVICE_ENERGY] = {"energy_cost_per_cycle_hz2", COLUMN_NUMBER, false, NOT_NEGATIVE(1.0)},
        [DEVICE_TIME] = {"time_cost_per_s", COLUMN_NUMBER, false, NOT_NEGATIVE(1e15)},
        [DEVICE_TIME_CORE] = {"time_cost_per_core_hour", COLUMN_NUMBER, false, NOT_NEGATIVE(1e15)},
        [DEVICE_TIME_CARD] = {"time_cost_per_card_hour", COLUMN_NUMBER, false, NOT_NEGATIVE(1e15)},
        [DEVICE_PEAK] = {"peak", COLUMN_NUMBER, false, POSITIVE(1e9)},
        [DEVICE_TARIFF] = {"tariff_per_gigacycle", COLUMN_NUMBER, false, POSITIVE(1e15)},
        [DEVICE_TARIFF_CORE] = {"tariff_per_core_hour", COLUMN_NUMBER, false, POSITIVE(1e15)},
        [DEVICE_TARIFF_CARD] = {"tariff_per_card_hour", COLUMN_NUMBER, false, POSITIVE(1e15)},
    };
    table *t;
    dcat_status status = table_open(in, columns, DEVICE_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_device(t, resources, err);
    }
    table_close(t);
    if (status == DCAT_OK && resources->device_names.count == 1) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one device", in->path);
    }
    return status;
}

// --- classes.csv

enum {
    CLASS_NAME,
    CLASS_POOL,
    CLASS_MEMORY,
    CLASS_MODE,
    CLASS_FEATURES,
    CLASS_PRICE,
    CLASS_URGENCY,
    CLASS_SHARE,
    CLASS_PRICE_CORE,
    CLASS_PRICE_CARD,
    CLASS_PRICE_NODE,
    CLASS_PRICE_DEVICE,
    CLASS_PRICE_COUNT,
    CLASS_COLUMNS
};

static dcat_status read_mode(const table *t, dcat_memory_mode *mode, dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, CLASS_MODE);
    *mode = cell->given && strcmp(cell->text, "sum") == 0 ? DCAT_MEMORY_SUM : DCAT_MEMORY_EACH;
    bool known = !cell->given || *mode == DCAT_MEMORY_SUM || strcmp(cell->text, "each") == 0;
    return known ? DCAT_OK
                 : table_fail(t, err, DCAT_ERR_RANGE, CLASS_MODE, "must be each or sum, got %s",
                              TEXT_SHOW(cell->text, cell->length));
}

// By the hour of a core, a device or a node of some.
static dcat_status take_price(const table *t, dcat_class *class, const resource_data *r,
                              stated_price *price, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, CLASS_PRICE_DEVICE);
    size_t device = 0;
    dcat_status status = DCAT_OK;
    if (name->given) {
        status = resource_find(t, CLASS_PRICE_DEVICE, &r->device_names, "device", name->text,
                               name->length, &device, err);
    }
    // The server device stands for servers of any speed.
    double one = device > 0 ? 1.0 : NAN;
    const money_column columns[] = {
        {CLASS_PRICE, "price_per_gigacycle", 1.0},
        {CLASS_PRICE_CORE, "price_per_core_hour", one},
        {CLASS_PRICE_CARD, "price_per_card_hour", one},
        {CLASS_PRICE_NODE, "price_per_node_hour", one},
    };
    double amount = NAN;
    if (status == DCAT_OK) {
        status =
            money_read(t, columns, 4, NAN, "price_device, a device of devices.csv", &amount, err);
    }
    if (status != DCAT_OK || isnan(amount)) {
        return status;
    }
    if (table_cell_at(t, CLASS_PRICE)->given) {
        class->price_per_gigacycle = amount;
        return DCAT_OK;
    }
    double count = table_cell_at(t, CLASS_PRICE_CORE)->given ? 1.0 / r->devices[device].core_count
                   : table_cell_at(t, CLASS_PRICE_NODE)->given
                       ? number_or(t, CLASS_PRICE_COUNT, 1.0)
                       : 1.0;
    *price = (stated_price){amount, device, count, table_line(t)};
    return DCAT_OK;
}

dcat_status classes_price(resource_data *resources, dcat_error *err)
{
    size_t class_count = resources->class_names.count;
    for (size_t q = 0; q < class_count; q++) {
        const stated_price *price = &resources->price[q];
        if (price->per_hour == 0.0) {
            continue;
        }
        double e = resources->efficiency[price->device * class_count + q];
        if (!(e > 0.0)) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s:%zu: price_device: must be able to do class %s, got %s, whose "
                             "efficiency is 0",
                             resources->classes_path, price->line,
                             names_at(&resources->class_names, q),
                             names_at(&resources->device_names, price->device));
        }
        double ghz = resources->devices[price->device].speed_hz / 1e9 * e * price->device_count;
        resources->classes[q].price_per_gigacycle = price->per_hour / (HOUR_S * ghz);
    }
    return DCAT_OK;
}

static dcat_status take_class(const table *t, dcat_class class, resource_data *r, dcat_error *err)
{
    const table_cell *name = table_cell_at(t, CLASS_NAME);
    class.memory_bytes = number_or(t, CLASS_MEMORY, 0.0) * BYTES_PER_GIB;
    class.urgency_s = number_or(t, CLASS_URGENCY, class.urgency_s);
    size_t index;
    bool added = true;
    stated_price price = {0};
    dcat_status status = read_pool(t, CLASS_POOL, &class.pool, err);
    if (status == DCAT_OK) {
        status = take_price(t, &class, r, &price, err);
    }
    if (status == DCAT_OK) {
        status = read_mode(t, &class.memory_mode, err);
    }
    if (status == DCAT_OK) {
        status = read_features(t, CLASS_FEATURES, &r->feature_names, &class.features, err);
    }
    if (status == DCAT_OK) {
        status = names_add(&r->class_names, name->text, name->length, &index, &added, err);
    }
    if (status == DCAT_OK && !added) {
        status = not_again(t, CLASS_NAME, err);
    }
    if (status == DCAT_OK && r->class_names.count > DCAT_CLASS_MAX) {
        status =
            table_fail(t, err, DCAT_ERR_RANGE, -1, "must have at most %d classes", DCAT_CLASS_MAX);
    }
    if (status == DCAT_OK) {
        status = array_room(&r->classes, &r->class_capacity, r->class_names.count,
                            sizeof *r->classes, err);
    }
    if (status == DCAT_OK) {
        status =
            array_room(&r->share, &r->share_capacity, r->class_names.count, sizeof *r->share, err);
    }
    if (status == DCAT_OK) {
        status =
            array_room(&r->price, &r->price_capacity, r->class_names.count, sizeof *r->price, err);
    }
    if (status == DCAT_OK) {
        r->classes[index] = class;
        r->price[index] = price;
        r->share[index] = number_or(t, CLASS_SHARE, NAN);
    }
    return status;
}

// Choice: where nobody states a share all classes are equal; where somebody does, the others get
// none.
static dcat_status scale_shares(const char *path, resource_data *r, dcat_error *err)
{
    double sum = 0.0;
    bool any = false;
    for (size_t q = 0; q < r->class_names.count; q++) {
        any = any || !isnan(r->share[q]);
    }
    for (size_t q = 0; q < r->class_names.count; q++) {
        r->share[q] = !any ? 1.0 : isnan(r->share[q]) ? 0.0 : r->share[q];
        sum += r->share[q];
    }
    for (size_t q = 0; q < r->class_names.count; q++) {
        r->share[q] /= sum;
    }
    return sum > 0.0 ? DCAT_OK
                     : dcat_fail(err, DCAT_ERR_RANGE,
                                 "%s: some share must be > 0, got 0 everywhere", path);
}

dcat_status classes_read(input *in, double price_per_gigacycle, double urgency_s,
                         resource_data *resources, dcat_error *err)
{
    static const table_column columns[CLASS_COLUMNS] = {
        [CLASS_NAME] = {"name", COLUMN_NAME, true, ANY},
        [CLASS_POOL] = {"pool", COLUMN_NAME, true, ANY},
        [CLASS_MEMORY] = {"memory_gib", COLUMN_NUMBER, false, NOT_NEGATIVE(1e9)},
        [CLASS_MODE] = {"memory_mode", COLUMN_NAME, false, ANY},
        [CLASS_FEATURES] = {"features", COLUMN_NAME, false, ANY},
        [CLASS_PRICE] = {"price_per_gigacycle", COLUMN_NUMBER, false, POSITIVE(1e15)},
        [CLASS_URGENCY] = {"urgency_s", COLUMN_NUMBER, false, NOT_NEGATIVE(1e9)},
        [CLASS_SHARE] = {"share", COLUMN_NUMBER, false, NOT_NEGATIVE(1e15)},
        [CLASS_PRICE_CORE] = {"price_per_core_hour", COLUMN_NUMBER, false, POSITIVE(1e15)},
        [CLASS_PRICE_CARD] = {"price_per_card_hour", COLUMN_NUMBER, false, POSITIVE(1e15)},
        [CLASS_PRICE_NODE] = {"price_per_node_hour", COLUMN_NUMBER, false, POSITIVE(1e15)},
        [CLASS_PRICE_DEVICE] = {"price_device", COLUMN_NAME, false, ANY},
        [CLASS_PRICE_COUNT] = {"price_count", COLUMN_WHOLE, false, {1.0, 1e6, false, false}},
    };
    const dcat_class market = {.price_per_gigacycle = price_per_gigacycle, .urgency_s = urgency_s};
    table *t;
    dcat_status status = table_open(in, columns, CLASS_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_class(t, market, resources, err);
    }
    table_close(t);
    if (status == DCAT_OK && resources->class_names.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one class", in->path);
    }
    return status == DCAT_OK ? scale_shares(in->path, resources, err) : status;
}
