// SPDX-License-Identifier: Apache-2.0
// resources.collapse: the devices as a platform takes them for that knows one number of each, or of
// each server, whatever the work. What they are decides how long work takes.

#include "scenario/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a class's device does of it, as a multiple of its speed.
static double efficiency_of(const resource_data *r, size_t device, size_t class_id)
{
    return r->efficiency[device * r->class_names.count + class_id];
}

static bool same_pool(const resource_data *r, size_t device, size_t class_id)
{
    return r->devices[device].pool == r->classes[class_id].pool;
}

// Choice: peaks are multiples of that of the pool's reference device, which has efficiency 1 for
// all classes of its pool; the first one with a peak where there is none.
static size_t reference_of(const resource_data *r, dcat_pool pool)
{
    size_t first = 0;
    for (size_t d = 1; d < r->device_names.count; d++) {
        if (r->devices[d].pool != pool || isnan(r->peak[d])) {
            continue;
        }
        bool plain = true;
        for (size_t q = 0; q < r->class_names.count; q++) {
            plain = plain && (!same_pool(r, d, q) || efficiency_of(r, d, q) == 1.0);
        }
        if (plain) {
            return d;
        }
        first = first == 0 ? d : first;
    }
    return first;
}

// Speed by the vendor's figure, as a multiple of the device's; 1 where nobody gives one.
static double by_peak(const resource_data *r, size_t device)
{
    size_t reference = reference_of(r, r->devices[device].pool);
    return reference == 0 || isnan(r->peak[device])
               ? 1.0
               : r->peak[device] / r->peak[reference] *
                     (r->devices[reference].speed_hz / r->devices[device].speed_hz);
}

// The harmonic mean over the classes that it can do, weighted by their shares: the time that a mix
// of them takes.
static double by_mean(const resource_data *r, size_t device)
{
    double weight = 0.0, time = 0.0;
    for (size_t q = 0; q < r->class_names.count; q++) {
        double e = same_pool(r, device, q) ? efficiency_of(r, device, q) : 0.0;
        if (e > 0.0) {
            weight += r->share[q];
            time += r->share[q] / e;
        }
    }
    return weight > 0.0 ? weight / time : 0.0;
}

// What it does at least, whatever the class: a promise by it is kept.
static double by_worst(const resource_data *r, size_t device)
{
    double least = INFINITY;
    for (size_t q = 0; q < r->class_names.count; q++) {
        least = same_pool(r, device, q) ? fmin(least, efficiency_of(r, device, q)) : least;
    }
    return isinf(least) ? 0.0 : least;
}

static double scalar_of(const resource_data *r, int collapse, size_t device)
{
    return collapse == COLLAPSE_WORST  ? by_worst(r, device)
           : collapse == COLLAPSE_MEAN ? by_mean(r, device)
                                       : by_peak(r, device);
}

// The efficiencies of the scalar: alike for all classes of a pool.
static void flatten(const resource_data *r, int collapse, double *efficiency)
{
    size_t class_count = r->class_names.count;
    for (size_t d = 0; d < r->device_names.count; d++) {
        double e = scalar_of(r, collapse, d);
        for (size_t q = 0; q < class_count; q++) {
            efficiency[d * class_count + q] = same_pool(r, d, q) ? e : 0.0;
        }
    }
}

static dcat_status collapse_pools(const dcat_scenario *s, const dcat_resources_config *config,
                                  dcat_resources **known, dcat_error *err)
{
    double *efficiency = calloc(config->device_count * config->class_count, sizeof *efficiency);
    if (efficiency == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for the efficiency of devices");
    }
    flatten(&s->resources, s->values->resources.collapse, efficiency);
    dcat_resources_config flat = *config;
    flat.efficiency = efficiency;
    dcat_status status = dcat_resources_create(&flat, known, err);
    free(efficiency);
    return status;
}

// --- One number a server

// Costs and tariffs are those a second of all its units together.
static void add_unit(const dcat_scenario *s, const dcat_resources_config *config,
                     const dcat_resources *true_ones, const dcat_unit *unit, dcat_unit *sum)
{
    const resource_data *r = &s->resources;
    size_t device = (size_t)unit->device;
    double speed_hz =
        isnan(unit->speed_hz) ? unit->count * r->devices[device].speed_hz : unit->speed_hz;
    sum->speed_hz += speed_hz * by_peak(r, device);
    for (size_t q = 0; q < config->class_count; q++) {
        double true_hz = dcat_effective_speed_hz(true_ones, unit->server, (int)q);
        if (same_pool(r, device, q) && true_hz > 0.0) {
            sum->time_cost_per_s +=
                true_hz * dcat_effective_unit_cost(true_ones, unit->server, (int)q);
            sum->tariff_per_cycle +=
                true_hz * dcat_effective_tariff(true_ones, unit->server, (int)q);
            break; // whatever the class, a second costs the same
        }
    }
}

// All classes are of one pool, in which every server has one unit.
static dcat_status collapse_servers(const dcat_scenario *s, const dcat_resources_config *config,
                                    const dcat_resources *true_ones, dcat_resources **known,
                                    dcat_error *err)
{
    size_t S = config->server_count, Q = config->class_count;
    dcat_class *classes = calloc(Q, sizeof *classes);
    double *efficiency = calloc(Q, sizeof *efficiency);
    dcat_unit *units = calloc(S, sizeof *units);
    dcat_status status = DCAT_OK;
    if (classes == NULL || efficiency == NULL || units == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu servers", S);
    }
    for (size_t q = 0; status == DCAT_OK && q < Q; q++) {
        classes[q] = (dcat_class){.pool = DCAT_POOL_CPU,
                                  .price_per_gigacycle = config->classes[q].price_per_gigacycle,
                                  .urgency_s = config->classes[q].urgency_s};
        efficiency[q] = 1.0;
    }
    for (size_t i = 0; status == DCAT_OK && i < S; i++) {
        units[i] = (dcat_unit){.server = (int)i, .count = 1};
    }
    for (size_t u = 0; status == DCAT_OK && u < config->unit_count; u++) {
        add_unit(s, config, true_ones, &config->units[u], &units[config->units[u].server]);
    }
    size_t count = 0; // of servers that have any
    for (size_t i = 0; status == DCAT_OK && i < S; i++) {
        if (units[i].speed_hz > 0.0) {
            units[count] = units[i];
            units[count++].tariff_per_cycle /= units[i].speed_hz;
        }
    }
    dcat_resources_config one = *config;
    one.device_count = 1; // that of servers
    one.classes = classes;
    one.efficiency = efficiency;
    one.units = units;
    one.unit_count = count;
    status = status == DCAT_OK ? dcat_resources_create(&one, known, err) : status;
    free(classes);
    free(efficiency);
    free(units);
    return status;
}

dcat_status collapse_resources(const dcat_scenario *scenario, const dcat_resources_config *config,
                               const dcat_resources *true_ones, dcat_resources **known,
                               dcat_error *err)
{
    return scenario->values->resources.collapse == COLLAPSE_SINGLE
               ? collapse_servers(scenario, config, true_ones, known, err)
               : collapse_pools(scenario, config, known, err);
}

dcat_status dcat_scenario_check_known(const dcat_scenario *scenario, const char *why,
                                      dcat_error *err)
{
    return scenario->values->resources.collapse == COLLAPSE_NONE
               ? DCAT_OK
               : scenario_document_fail(&scenario->document, err, DCAT_ERR_RANGE,
                                        "resources.collapse", "must be none: %s", why);
}
