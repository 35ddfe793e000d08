// SPDX-License-Identifier: Apache-2.0
#include "resources/resources.h"

#include "base/arena.h"
#include "base/sized.h"
#include "dcat/x/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A unit as tasks see it; no device: device is -1 and speed_hz 0.
typedef struct unit {
    int32_t device;
    double speed_hz;
    double unit_cost; // eq. (8) per cycle at that speed
    double tariff;    // per cycle
    double memory_bytes;
    int32_t count;
    double core_count, energy_cost, time_cost_per_s; // what unit_cost comes from
} unit;

struct dcat_resources {
    size_t device_count, class_count, server_count;
    dcat_class *classes;  // [Q]
    dcat_device *devices; // [D]
    double *table;        // [D, Q] efficiency as given
    double *efficiency;   // [D, Q] the same where the device may work on the class, else 0
    unit *units;          // [S, DCAT_POOL_COUNT]
    uint8_t *barred;      // [S, Q]
};

// --- Pools

static const char *const pool_names[DCAT_POOL_COUNT] = {
#define POOL_NAME(name, text) [DCAT_POOL_##name] = text,
    DCAT_POOL_LIST(POOL_NAME)
#undef POOL_NAME
};

const char *dcat_pool_name(dcat_pool pool)
{
    return pool_names[pool];
}

dcat_pool dcat_pool_find(const char *name)
{
    int pool = 0;
    while (pool < DCAT_POOL_COUNT && strcmp(pool_names[pool], name) != 0) {
        pool++;
    }
    return (dcat_pool)pool;
}

// --- Checks

static bool is_positive(double value)
{
    return value > 0.0 && isfinite(value);
}

static bool is_cost(double value)
{
    return isnan(value) || (value >= 0.0 && isfinite(value));
}

static bool is_tariff(double value)
{
    return value >= 0.0 && isfinite(value);
}

static dcat_status check_device(const dcat_device *d, size_t index, dcat_error *err)
{
    const char *wrong = (unsigned)d->pool >= DCAT_POOL_COUNT ? "pool must be one of dcat_pool"
                        : !is_positive(d->speed_hz)          ? "speed must be finite and > 0"
                        : d->core_count < 1                  ? "core_count must be >= 1"
                        : !(d->memory_bytes > 0.0)           ? "memory must be > 0"
                        : !is_cost(d->energy_cost)           ? "energy cost must be finite and >= 0"
                        : !is_cost(d->time_cost_per_s)       ? "time cost must be finite and >= 0"
                        : !is_tariff(d->tariff_per_cycle)    ? "tariff must be finite and > 0, or 0"
                                                             : NULL;
    return wrong == NULL ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "device %zu: %s", index, wrong);
}

static dcat_status check_class(const dcat_class *q, size_t index, dcat_error *err)
{
    const char *wrong =
        (unsigned)q->pool >= DCAT_POOL_COUNT                     ? "pool must be one of dcat_pool"
        : !(q->memory_bytes >= 0.0 && isfinite(q->memory_bytes)) ? "memory must be finite and >= 0"
        : (unsigned)q->memory_mode > DCAT_MEMORY_SUM             ? "memory_mode must be each or sum"
        : !is_positive(q->price_per_gigacycle)                   ? "price must be finite and > 0"
        : !(q->urgency_s >= 0.0 && isfinite(q->urgency_s))       ? "urgency must be finite and >= 0"
                                                                 : NULL;
    return wrong == NULL ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "class %zu: %s", index, wrong);
}

static dcat_status check_unit(const dcat_resources_config *config, size_t index, dcat_error *err)
{
    const dcat_unit *u = &config->units[index];
    if (u->server < 0 || (size_t)u->server >= config->server_count || u->device < 0 ||
        (size_t)u->device >= config->device_count) {
        return dcat_fail(err, DCAT_ERR_REFERENCE, "unit %zu: there is no server %d or device %d",
                         index, u->server, u->device);
    }
    const char *wrong = u->count < 1 ? "count must be >= 1"
                        : !(isnan(u->speed_hz) || is_positive(u->speed_hz))
                            ? "speed must be finite and > 0"
                        : !is_cost(u->energy_cost)        ? "energy cost must be finite and >= 0"
                        : !is_cost(u->time_cost_per_s)    ? "time cost must be finite and >= 0"
                        : !is_tariff(u->tariff_per_cycle) ? "tariff must be finite and > 0, or 0"
                                                          : NULL;
    return wrong == NULL ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "unit %zu: %s", index, wrong);
}

static dcat_status check_counts(const dcat_resources_config *config, dcat_error *err)
{
    if (config->device_count < 1 || config->device_count > INT32_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there must be at least one device");
    }
    if (config->class_count < 1 || config->class_count > DCAT_CLASS_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there must be 1 to %d classes, got %zu",
                         DCAT_CLASS_MAX, config->class_count);
    }
    if (config->server_count < 1 || config->server_count > INT32_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there must be at least one server");
    }
    if (!(config->energy_cost >= 0.0 && config->time_cost_per_s >= 0.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "costs of the market must be >= 0, got %g and %g",
                         config->energy_cost, config->time_cost_per_s);
    }
    return DCAT_OK;
}

static dcat_status check_config(const dcat_resources_config *config, dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_resources_config, config, err);
    if (status == DCAT_OK) {
        status = check_counts(config, err);
    }
    for (size_t d = 0; status == DCAT_OK && d < config->device_count; d++) {
        status = check_device(&config->devices[d], d, err);
    }
    for (size_t q = 0; status == DCAT_OK && q < config->class_count; q++) {
        status = check_class(&config->classes[q], q, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < config->device_count * config->class_count; i++) {
        double e = config->efficiency[i];
        if (!(e >= 0.0 && isfinite(e))) {
            status = dcat_fail(err, DCAT_ERR_RANGE,
                               "efficiency of device %zu for class %zu must be finite and >= 0, "
                               "got %g",
                               i / config->class_count, i % config->class_count, e);
        }
    }
    for (size_t u = 0; status == DCAT_OK && u < config->unit_count; u++) {
        status = check_unit(config, u, err);
    }
    return status;
}

// --- Creation

// Counts must be set; places the arrays in the arena.
static void layout(arena *a, dcat_resources *r)
{
    r->classes = ARENA_ARRAY(a, dcat_class, r->class_count);
    r->devices = ARENA_ARRAY(a, dcat_device, r->device_count);
    r->table = ARENA_ARRAY(a, double, r->device_count * r->class_count);
    r->efficiency = ARENA_ARRAY(a, double, r->device_count * r->class_count);
    r->units = ARENA_ARRAY(a, unit, r->server_count * DCAT_POOL_COUNT);
    r->barred = ARENA_ARRAY(a, uint8_t, r->server_count * r->class_count);
}

size_t resources_bytes(const dcat_resources *resources)
{
    dcat_resources sizes = *resources;
    arena measure = {0};
    arena_take(&measure, sizeof sizes);
    layout(&measure, &sizes);
    return measure.used;
}

dcat_resources *resources_copy(void *memory, const dcat_resources *from)
{
    memcpy(memory, from, resources_bytes(from));
    arena place = {.base = memory};
    dcat_resources *made = arena_take(&place, sizeof *made);
    layout(&place, made);
    return made;
}

size_t resources_server_count(const dcat_resources *resources)
{
    return resources->server_count;
}

// A device may work on a class of its pool when it has the features and, in mode each, the memory.
static double efficiency_of(const dcat_device *device, const dcat_class *wanted, double e)
{
    bool fits =
        wanted->memory_mode == DCAT_MEMORY_SUM || device->memory_bytes >= wanted->memory_bytes;
    bool able = (wanted->features & ~device->features) == 0;
    return device->pool == wanted->pool && fits && able ? e : 0.0;
}

// The first that is a number: what is stated nearest to a unit counts.
static double stated(double own, double else_)
{
    return isnan(own) ? else_ : own;
}

// Choice: the energy term of (8) takes the frequency of one core, which does not depend on how many
// devices there are; the market's cost of time is that of a whole unit, as of a server.
static unit unit_of(const dcat_resources_config *config, const dcat_unit *given)
{
    const dcat_device *device = &config->devices[given->device];
    double count = given->count, core_count = count * device->core_count;
    double energy = stated(device->energy_cost, config->energy_cost);
    double time_s = stated(count * device->time_cost_per_s, config->time_cost_per_s);
    unit made = {
        .device = given->device,
        .speed_hz = stated(given->speed_hz, count * device->speed_hz),
        .memory_bytes = count * device->memory_bytes,
        .count = given->count,
        .core_count = core_count,
        .energy_cost = stated(given->energy_cost, energy),
        .time_cost_per_s = stated(given->time_cost_per_s, time_s),
    };
    made.unit_cost =
        dcat_unit_cost(made.energy_cost, made.time_cost_per_s, made.speed_hz, core_count);
    // Choice: a tariff is public, so without one it comes from what the operator says of the
    // device, not from the unit's own costs; but from the speed that the unit declares.
    double at_device = dcat_unit_cost(energy, time_s, made.speed_hz, core_count);
    made.tariff = given->tariff_per_cycle > 0.0    ? given->tariff_per_cycle
                  : device->tariff_per_cycle > 0.0 ? device->tariff_per_cycle
                  : at_device > 0.0                ? at_device
                                                   : made.unit_cost;
    return made;
}

static dcat_status place_unit(dcat_resources *r, const dcat_resources_config *config, size_t index,
                              dcat_error *err)
{
    const dcat_unit *given = &config->units[index];
    dcat_pool pool = config->devices[given->device].pool;
    unit *into = &r->units[(size_t)given->server * DCAT_POOL_COUNT + pool];
    if (into->device >= 0) {
        return dcat_fail(err, DCAT_ERR_FIELD, "unit %zu: server %d has a %s unit already", index,
                         given->server, dcat_pool_name(pool));
    }
    *into = unit_of(config, given);
    return is_positive(into->unit_cost)
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE,
                           "unit %zu: must have an energy or a time cost > 0, of its own, of its "
                           "device or of the market",
                           index);
}

// A block for these counts; its arrays are not set.
static dcat_status make_room(const dcat_resources *sizes, dcat_resources **made, dcat_error *err)
{
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, resources_bytes(sizes))};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for the units of %zu servers",
                         sizes->server_count);
    }
    dcat_resources *r = arena_take(&place, sizeof *r);
    *r = *sizes;
    layout(&place, r);
    *made = r;
    return DCAT_OK;
}

static void fill_efficiency(dcat_resources *r, size_t device)
{
    for (size_t q = 0; q < r->class_count; q++) {
        size_t at = device * r->class_count + q;
        r->efficiency[at] = efficiency_of(&r->devices[device], &r->classes[q], r->table[at]);
    }
}

dcat_status dcat_resources_create(const dcat_resources_config *config, dcat_resources **resources,
                                  dcat_error *err)
{
    dcat_status status = check_config(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_resources sizes = {.device_count = config->device_count,
                                  .class_count = config->class_count,
                                  .server_count = config->server_count};
    dcat_resources *r = NULL;
    status = make_room(&sizes, &r, err);
    if (status != DCAT_OK) {
        return status;
    }
    memcpy(r->classes, config->classes, r->class_count * sizeof *r->classes);
    memcpy(r->devices, config->devices, r->device_count * sizeof *r->devices);
    memcpy(r->table, config->efficiency, r->device_count * r->class_count * sizeof *r->table);
    memset(r->barred, 0, r->server_count * r->class_count);
    if (config->barred != NULL) {
        memcpy(r->barred, config->barred, r->server_count * r->class_count);
    }
    for (size_t d = 0; d < r->device_count; d++) {
        fill_efficiency(r, d);
    }
    for (size_t i = 0; i < r->server_count * DCAT_POOL_COUNT; i++) {
        r->units[i] = (unit){.device = -1};
    }
    for (size_t u = 0; status == DCAT_OK && u < config->unit_count; u++) {
        status = place_unit(r, config, u, err);
    }
    if (status != DCAT_OK) {
        dcat_resources_destroy(r);
        return status;
    }
    *resources = r;
    return DCAT_OK;
}

void dcat_resources_destroy(dcat_resources *resources)
{
    free(resources);
}

// --- What servers say

// The unit of the liar becomes one of a device of its own, the last.
static void say_of_device(dcat_resources *r, const dcat_device_lie *lie)
{
    unit *u = &r->units[(size_t)lie->server * DCAT_POOL_COUNT + r->classes[lie->class_id].pool];
    size_t own = r->device_count - 1, Q = r->class_count;
    if (u->device < 0) {
        return;
    }
    r->devices[own] = r->devices[u->device];
    r->devices[own].memory_bytes *= lie->memory_factor;
    memcpy(&r->table[own * Q], &r->table[(size_t)u->device * Q], Q * sizeof *r->table);
    r->table[own * Q + (size_t)lie->class_id] *= lie->efficiency_factor;
    fill_efficiency(r, own);
    u->device = (int32_t)own;
    u->memory_bytes *= lie->memory_factor;
}

dcat_status dcat_resources_said(const dcat_resources *resources, const double *speed_factor,
                                const double *cost_factor, const dcat_device_lie *lie,
                                dcat_resources **said, dcat_error *err)
{
    dcat_resources sizes = *resources, *r = NULL;
    size_t cells = resources->device_count * resources->class_count;
    sizes.device_count++;
    dcat_status status = make_room(&sizes, &r, err);
    if (status != DCAT_OK) {
        return status;
    }
    memcpy(r->classes, resources->classes, r->class_count * sizeof *r->classes);
    memcpy(r->devices, resources->devices, resources->device_count * sizeof *r->devices);
    memcpy(r->table, resources->table, cells * sizeof *r->table);
    memcpy(r->efficiency, resources->efficiency, cells * sizeof *r->efficiency);
    memcpy(r->units, resources->units, r->server_count * DCAT_POOL_COUNT * sizeof *r->units);
    memcpy(r->barred, resources->barred, r->server_count * r->class_count);
    for (size_t i = 0; i < r->server_count * DCAT_POOL_COUNT; i++) {
        r->units[i].speed_hz *= speed_factor != NULL ? speed_factor[i / DCAT_POOL_COUNT] : 1.0;
        r->units[i].unit_cost *= cost_factor != NULL ? cost_factor[i / DCAT_POOL_COUNT] : 1.0;
    }
    // The row of a device that nobody has.
    r->devices[resources->device_count] = (dcat_device){0};
    memset(&r->table[cells], 0, r->class_count * sizeof *r->table);
    memset(&r->efficiency[cells], 0, r->class_count * sizeof *r->efficiency);
    if (lie != NULL) {
        say_of_device(r, lie);
    }
    *said = r;
    return DCAT_OK;
}

// --- Questions

size_t dcat_resources_class_count(const dcat_resources *resources)
{
    return resources->class_count;
}

const dcat_class *dcat_resources_classes_view(const dcat_resources *resources)
{
    return resources->classes;
}

static const unit *unit_for(const dcat_resources *r, int server, int class_id)
{
    return &r->units[(size_t)server * DCAT_POOL_COUNT + r->classes[class_id].pool];
}

dcat_unit_facts dcat_resources_unit(const dcat_resources *resources, int server, dcat_pool pool)
{
    const unit *u = &resources->units[(size_t)server * DCAT_POOL_COUNT + pool];
    return (dcat_unit_facts){
        .device = u->device,
        .count = u->count,
        .core_count = u->core_count,
        .speed_hz = u->speed_hz,
        .memory_bytes = u->memory_bytes,
        .energy_cost = u->energy_cost,
        .time_cost_per_s = u->time_cost_per_s,
        .unit_cost = u->unit_cost,
        .tariff_per_cycle = u->tariff,
    };
}

size_t dcat_resources_device_count(const dcat_resources *resources)
{
    return resources->device_count;
}

const dcat_device *dcat_resources_devices_view(const dcat_resources *resources)
{
    return resources->devices;
}

double dcat_resources_efficiency(const dcat_resources *resources, int device, int class_id)
{
    return resources->efficiency[(size_t)device * resources->class_count + (size_t)class_id];
}

bool dcat_resources_may(const dcat_resources *resources, int server, int class_id)
{
    return resources->barred[(size_t)server * resources->class_count + (size_t)class_id] == 0;
}

static double efficiency_for(const dcat_resources *r, const unit *u, int server, int class_id)
{
    return u->device < 0 || !dcat_resources_may(r, server, class_id)
               ? 0.0
               : r->efficiency[(size_t)u->device * r->class_count + (size_t)class_id];
}

double dcat_effective_speed_hz(const dcat_resources *resources, int server, int class_id)
{
    const unit *u = unit_for(resources, server, class_id);
    return u->speed_hz * efficiency_for(resources, u, server, class_id);
}

double dcat_effective_unit_cost(const dcat_resources *resources, int server, int class_id)
{
    const unit *u = unit_for(resources, server, class_id);
    double e = efficiency_for(resources, u, server, class_id);
    return e > 0.0 ? u->unit_cost / e : INFINITY;
}

double dcat_effective_tariff(const dcat_resources *resources, int server, int class_id)
{
    const unit *u = unit_for(resources, server, class_id);
    double e = efficiency_for(resources, u, server, class_id);
    return e > 0.0 ? u->tariff / e : INFINITY;
}

dcat_team dcat_team_of(const dcat_resources *resources, const int32_t *members, size_t member_count,
                       int class_id)
{
    const dcat_class *wanted = &resources->classes[class_id];
    dcat_team team = {0};
    double cost_per_s = 0.0;
    for (size_t m = 0; m < member_count; m++) {
        double speed_hz = dcat_effective_speed_hz(resources, members[m], class_id);
        if (!(speed_hz > 0.0)) {
            continue;
        }
        double unit_cost = dcat_effective_unit_cost(resources, members[m], class_id);
        team.count++;
        team.speed_hz += speed_hz;
        team.memory_bytes += unit_for(resources, members[m], class_id)->memory_bytes;
        cost_per_s += speed_hz * unit_cost;
        team.unit_cost_max = fmax(team.unit_cost_max, unit_cost);
    }
    if (team.count > 0) {
        team.unit_cost = cost_per_s / team.speed_hz;
    }
    if (wanted->memory_mode == DCAT_MEMORY_SUM && team.memory_bytes < wanted->memory_bytes) {
        team.count = 0;
    }
    return team;
}
