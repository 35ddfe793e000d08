// SPDX-License-Identifier: Apache-2.0
// Devices and classes of work in the rules of a log.
#include "base/json.h"
#include "exchange/store/body.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

dcat_status exchange_setup_classes(exchange_setup *setup, dcat_error *err)
{
    const dcat_resources_config *r = setup->resources;
    exchange_config *config = &setup->config;
    config->class_count = config->device_count = 0;
    if (r == NULL) {
        return DCAT_OK;
    }
    if (r->class_count < 1 || r->class_count > DCAT_CLASS_MAX || r->device_count < 1 ||
        r->device_count > EXCHANGE_DEVICE_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "an exchange has 1 to %d classes of work and 1 to %d devices, got %zu and "
                         "%zu",
                         DCAT_CLASS_MAX, EXCHANGE_DEVICE_MAX, r->class_count, r->device_count);
    }
    config->class_count = (int32_t)r->class_count;
    config->device_count = (int32_t)r->device_count;
    for (size_t q = 0; q < r->class_count; q++) {
        const dcat_class *from = &r->classes[q];
        config->classes[q] = (exchange_class){.price_per_gigacycle = from->price_per_gigacycle,
                                              .urgency_s = from->urgency_s,
                                              .pool = (int32_t)from->pool};
    }
    for (size_t d = 0; d < r->device_count; d++) {
        const dcat_device *from = &r->devices[d];
        config->devices[d] = (exchange_device){.speed_hz = from->speed_hz,
                                               .pool = (int32_t)from->pool,
                                               .core_count = from->core_count};
    }
    return DCAT_OK;
}

// ---- writing: what follows from elsewhere or has no limit is null

static void add_number(body_text *body, double value)
{
    body_add(body, ",");
    if (isfinite(value)) {
        body_real(body, value);
    } else {
        body_add(body, "null");
    }
}

static void begin_row(body_text *body, size_t index, const char *const *names)
{
    body_add(body, index > 0 ? ",[\"" : "[\"");
    if (names != NULL) {
        body_add(body, names[index]);
    } else {
        body_number(body, (int64_t)index);
    }
    body_add(body, "\"");
}

static void add_whole(body_text *body, int64_t value)
{
    body_add(body, ",");
    body_number(body, value);
}

static void add_features(body_text *body, uint64_t features)
{
    body_add(body, ",");
    body_word(body, features);
}

void setup_resources_write(body_text *body, const exchange_setup *setup)
{
    const dcat_resources_config *r = setup->resources;
    if (r == NULL) {
        return;
    }
    body_add(body, ",\"resources\":{\"classes\":[");
    for (size_t q = 0; q < r->class_count; q++) {
        const dcat_class *c = &r->classes[q];
        begin_row(body, q, setup->class_names);
        add_whole(body, (int64_t)c->pool);
        add_number(body, c->memory_bytes);
        add_whole(body, (int64_t)c->memory_mode);
        add_features(body, c->features);
        add_number(body, c->price_per_gigacycle);
        add_number(body, c->urgency_s);
        body_add(body, "]");
    }
    body_add(body, "],\"devices\":[");
    for (size_t d = 0; d < r->device_count; d++) {
        const dcat_device *device = &r->devices[d];
        begin_row(body, d, setup->device_names);
        add_whole(body, (int64_t)device->pool);
        add_number(body, device->speed_hz);
        add_whole(body, device->core_count);
        add_number(body, device->memory_bytes);
        add_features(body, device->features);
        add_number(body, device->energy_cost);
        add_number(body, device->time_cost_per_s);
        add_number(body, device->tariff_per_cycle);
        body_add(body, "]");
    }
    body_add(body, "],\"efficiency\":[");
    for (size_t i = 0; i < r->device_count * r->class_count; i++) {
        body_add(body, i > 0 ? "," : "");
        body_real(body, r->efficiency[i]);
    }
    body_add(body, "]}");
}

// ---- reading

static double real_or(const json_t *value, double null)
{
    return json_is_null(value) ? null : json_number_value(value);
}

static int64_t whole_at(const json_t *row, size_t i)
{
    return json_integer_value(json_array_get(row, i));
}

static uint64_t features_at(const json_t *row, size_t i)
{
    const char *digits = json_string_value(json_array_get(row, i));
    return digits == NULL ? 0 : strtoull(digits, NULL, 16);
}

static bool name_at(const json_t *row, char *name)
{
    const char *words = json_string_value(json_array_get(row, 0));
    bool good = words != NULL && name_is_valid(words);
    if (good) {
        memcpy(name, words, strlen(words) + 1);
    }
    return good;
}

static dcat_class class_of(const json_t *row)
{
    return (dcat_class){
        .pool = (dcat_pool)whole_at(row, 1),
        .memory_bytes = real_or(json_array_get(row, 2), INFINITY),
        .memory_mode = (dcat_memory_mode)whole_at(row, 3),
        .features = features_at(row, 4),
        .price_per_gigacycle = json_number_value(json_array_get(row, 5)),
        .urgency_s = json_number_value(json_array_get(row, 6)),
    };
}

static dcat_device device_of(const json_t *row)
{
    return (dcat_device){
        .pool = (dcat_pool)whole_at(row, 1),
        .speed_hz = json_number_value(json_array_get(row, 2)),
        .core_count = (int)whole_at(row, 3),
        .memory_bytes = real_or(json_array_get(row, 4), INFINITY),
        .features = features_at(row, 5),
        .energy_cost = real_or(json_array_get(row, 6), NAN),
        .time_cost_per_s = real_or(json_array_get(row, 7), NAN),
        .tariff_per_cycle = json_number_value(json_array_get(row, 8)),
    };
}

static dcat_status make_room(size_t classes, size_t devices, setup_own *own, dcat_error *err)
{
    own->classes = calloc(classes, sizeof *own->classes);
    own->devices = calloc(devices, sizeof *own->devices);
    own->efficiency = calloc(classes * devices, sizeof *own->efficiency);
    own->names = calloc(classes + devices, sizeof *own->names);
    own->name_list = calloc(classes + devices, sizeof *own->name_list);
    return own->classes != NULL && own->devices != NULL && own->efficiency != NULL &&
                   own->names != NULL && own->name_list != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for classes of work");
}

static bool read_rows(const json_t *json, setup_own *own, size_t classes, size_t devices)
{
    bool good = true;
    for (size_t q = 0; q < classes; q++) {
        const json_t *row = json_array_get(json_object_get(json, "classes"), q);
        own->classes[q] = class_of(row);
        good = good && name_at(row, own->names[q]);
    }
    for (size_t d = 0; d < devices; d++) {
        const json_t *row = json_array_get(json_object_get(json, "devices"), d);
        own->devices[d] = device_of(row);
        good = good && name_at(row, own->names[classes + d]);
    }
    const json_t *efficiency = json_object_get(json, "efficiency");
    for (size_t i = 0; i < classes * devices; i++) {
        own->efficiency[i] = json_number_value(json_array_get(efficiency, i));
    }
    for (size_t i = 0; i < classes + devices; i++) {
        own->name_list[i] = own->names[i];
    }
    return good && json_array_size(efficiency) == classes * devices;
}

dcat_status setup_resources_read(const json_t *json, exchange_setup *setup, setup_own *own,
                                 dcat_error *err)
{
    size_t classes = json_array_size(json_object_get(json, "classes"));
    size_t devices = json_array_size(json_object_get(json, "devices"));
    if (json == NULL) {
        return DCAT_OK;
    }
    if (classes < 1 || classes > DCAT_CLASS_MAX || devices < 1 || devices > EXCHANGE_DEVICE_MAX) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "there are %zu classes of work and %zu devices",
                         classes, devices);
    }
    dcat_status status = make_room(classes, devices, own, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!read_rows(json, own, classes, devices)) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "classes of work and devices need names and a table");
    }
    own->resources = (dcat_resources_config){
        DCAT_SIZED(dcat_resources_config), .devices = own->devices, .device_count = devices,
        .classes = own->classes,           .class_count = classes,  .efficiency = own->efficiency,
    };
    setup->resources = &own->resources;
    setup->class_names = own->name_list;
    setup->device_names = &own->name_list[classes];
    return exchange_setup_classes(setup, err);
}
