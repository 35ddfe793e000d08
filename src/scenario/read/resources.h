// SPDX-License-Identifier: Apache-2.0
// resources.h - devices, classes of work, efficiencies, units and class mixes, from CSV.

#ifndef DCAT_SCENARIO_READ_RESOURCES_H
#define DCAT_SCENARIO_READ_RESOURCES_H

#include "dcat/x/resources.h"
#include "file/csv_table.h"
#include "scenario/read/places.h"

// The device that stands for the speed_ghz of a server: one core of its CPU. Index 0.
#define RESOURCE_SERVER_DEVICE "server"

// A price by the hour of devices, which the efficiencies turn into one of work.
typedef struct stated_price {
    double per_hour; // 0: none was stated
    size_t device;
    double device_count; // that the hour is of; a core is a part of one
    size_t line;
} stated_price;

// All zero is no resources.
typedef struct resource_data {
    names device_names, class_names, feature_names;
    dcat_device *devices; // [device_names.count]
    double *peak;         // [device_names.count] TFLOPS; NAN: not said
    size_t device_capacity, peak_capacity;
    dcat_class *classes; // [class_names.count]
    double *share;       // [class_names.count] of drawn demand, sums to 1
    stated_price *price; // [class_names.count]
    size_t class_capacity, share_capacity, price_capacity;
    double *efficiency; // [device_names.count, class_names.count]
    bool *rated_device; // [device_names.count] has a row in the efficiency table
    bool *rated_class;  // [class_names.count] has a column there
    bool has_efficiency;
    dcat_unit *units; // [unit_count]
    size_t unit_count, unit_capacity;
    bool *no_cpu;       // [servers] without a speed_ghz of their own
    uint8_t *barred;    // [servers, class_names.count] Nullable: who may not, wherever it is
    char *classes_path; // as messages name it
} resource_data;

void resource_data_free(resource_data *resources);

// Has the scenario any?
static inline bool resource_data_any(const resource_data *resources)
{
    return resources->class_names.count > 0;
}

// In this order. Errors: as of tables (csv_table.h), ERR_FIELD for duplicates, ERR_REFERENCE for
// names that nothing has.
dcat_status resources_start(resource_data *resources, dcat_error *err); // the server device
dcat_status devices_read(input *in, resource_data *resources, dcat_error *err);
// price_per_gigacycle and urgency_s are the market's, for classes without their own.
dcat_status classes_read(input *in, double price_per_gigacycle, double urgency_s,
                         resource_data *resources, dcat_error *err);
// Without a table, e is 1 for the classes of a device's pool.
dcat_status efficiency_default(resource_data *resources, dcat_error *err);
dcat_status efficiency_read(input *in, resource_data *resources, dcat_error *err);
// Prices of classes by the hour of a device become prices of their work.
dcat_status classes_price(resource_data *resources, dcat_error *err);
dcat_status units_read(input *in, const server_data *servers, resource_data *resources,
                       dcat_error *err);

// Weights of the classes by area, [areas.count, class_names.count], each row with the sum 1: those
// of the file, or the shares for areas that it leaves out.
dcat_status class_mix_default(const resource_data *resources, size_t area_count, double **weight,
                              dcat_error *err);
dcat_status class_mix_read(input *in, const resource_data *resources, const area_data *areas,
                           double *weight, dcat_error *err);

// The index of a device or a class that a cell names. Errors: ERR_REFERENCE with the nearest name.
dcat_status resource_find(const table *t, int column, const names *among, const char *what,
                          const char *name, size_t length, size_t *index, dcat_error *err);

#endif
