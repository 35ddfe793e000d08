// SPDX-License-Identifier: Apache-2.0
// Devices and classes of work of a scenario: which files and keys go together, and the resources of
// a world.

#include "base/array_room.h"
#include "base/sized.h"
#include "dcat/rng.h"
#include "scenario/object.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- What goes together

dcat_status scenario_check_resources(const dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    bool drawn = v->servers.random.devices != NULL;
    const struct {
        const char *path;
        bool given, enough;
        const char *rule;
    } rules[] = {
        {"resources.devices_file", v->resources.devices_file != NULL,
         v->resources.classes_file != NULL, "needs resources.classes_file"},
        {"resources.efficiency_file", v->resources.efficiency_file != NULL,
         v->resources.classes_file != NULL, "needs resources.classes_file"},
        {"resources.units_file", v->resources.units_file != NULL, v->resources.devices_file != NULL,
         "needs resources.devices_file"},
        {"resources.class_mix_file", v->resources.class_mix_file != NULL,
         v->resources.classes_file != NULL, "needs resources.classes_file"},
        {"resources.class_mix_file", v->resources.class_mix_file != NULL,
         v->demand.profile_file != NULL,
         "needs demand.profile_file: given tasks say which class they are of"},
        {"resources.collapse", v->resources.collapse != COLLAPSE_NONE,
         v->resources.classes_file != NULL, "needs resources.classes_file"},
        {"resources.collapse", v->resources.collapse != COLLAPSE_NONE,
         v->market.queue == DCAT_QUEUE_FIFO, "needs market.queue: fifo"},
        {"servers.random.host_speed", v->servers.random.host_speed > 0.0, drawn,
         "needs servers.random.devices"},
        {"servers.random.device_cost_noise",
         tree_find(&s->document.tree, "servers.random.device_cost_noise") != NULL, drawn,
         "needs servers.random.devices"},
        {"servers.random.devices", drawn, v->resources.devices_file != NULL,
         "needs resources.devices_file"},
        {"servers.random.devices", drawn, v->resources.units_file == NULL,
         "cannot stand beside resources.units_file"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].given && !rules[i].enough) {
            return scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, rules[i].path, "%s",
                                          rules[i].rule);
        }
    }
    return DCAT_OK;
}

// --- Files

static dcat_status read_devices(dcat_scenario *s, input *in, dcat_error *err)
{
    return devices_read(in, &s->resources, err);
}

static dcat_status read_classes(dcat_scenario *s, input *in, dcat_error *err)
{
    const scenario_values *v = s->values;
    dcat_status status = scenario_keep_path(&s->resources.classes_path, in, err);
    if (status != DCAT_OK) {
        return status;
    }
    return classes_read(in, v->market.price_per_gigacycle, v->market.urgency_s, &s->resources, err);
}

static dcat_status read_efficiency(dcat_scenario *s, input *in, dcat_error *err)
{
    return efficiency_read(in, &s->resources, err);
}

// The devices that random servers have.
static dcat_status read_drawn(dcat_scenario *s, dcat_error *err)
{
    const tree_node *mix = s->values->servers.random.devices;
    if (mix == NULL) {
        return DCAT_OK;
    }
    s->drawn_devices = calloc(tree_count(mix) + 1, sizeof *s->drawn_devices);
    if (s->drawn_devices == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for the devices of servers");
    }
    for (const tree_node *entry = mix->child; entry != NULL; entry = entry->next) {
        const names *known = &s->resources.device_names;
        size_t device = names_find(known, entry->key, strlen(entry->key));
        if (device == NAMES_NONE) {
            const char *nearest = names_nearest(known, entry->key);
            return tree_fail(
                err, DCAT_ERR_REFERENCE, entry, "servers.random.devices",
                "%s is no device of %s%s%s%s", TEXT_SHOW(entry->key, strlen(entry->key)),
                s->values->resources.devices_file, nearest == NULL ? "" : "; did you mean ",
                nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
        }
        if (s->resources.devices[device].pool == DCAT_POOL_CPU) {
            return tree_fail(err, DCAT_ERR_RANGE, entry, "servers.random.devices",
                             "%s must not be of pool cpu: servers.random.speed_ghz is that of a "
                             "server's",
                             entry->key);
        }
        bool pair = entry->kind == TREE_SEQUENCE;
        double share;
        int64_t count = 1;
        const char *share_text = pair ? entry->child->text : entry->text;
        text_number(share_text, strlen(share_text), &share);
        if (pair) {
            text_whole(entry->child->next->text, entry->child->next->length, &count);
        }
        s->drawn_devices[s->drawn_device_count++] =
            (drawn_device){.device = (int)device, .count = (int)count, .share = share};
    }
    return DCAT_OK;
}

// Why no device of the tables can work on a class; NULL when one can.
static const char *obstacle(const resource_data *r, size_t class_id)
{
    static const char *const steps[] = {"is of its pool", "of its pool has its features",
                                        "with its features has its memory",
                                        "that fits has an efficiency above 0"};
    const dcat_class *wanted = &r->classes[class_id];
    int furthest = 0; // the implied device is always there
    for (size_t d = 0; d < r->device_names.count; d++) {
        const dcat_device *device = &r->devices[d];
        const bool passes[] = {
            device->pool == wanted->pool,
            (wanted->features & ~device->features) == 0,
            wanted->memory_mode == DCAT_MEMORY_SUM || device->memory_bytes >= wanted->memory_bytes,
            r->efficiency[d * r->class_names.count + class_id] > 0.0,
        };
        int step = 0;
        while (step < 4 && passes[step]) {
            step++;
        }
        furthest = step > furthest ? step : furthest;
    }
    return furthest == 4 ? NULL : steps[furthest];
}

#define SPEED_LARGE_HZ 1e10 // of one core

static dcat_status note_cores(dcat_scenario *s, size_t index, dcat_error *err)
{
    const dcat_device *device = &s->resources.devices[index];
    double core_hz = device->speed_hz / device->core_count;
    bool costs = isnan(device->energy_cost) ? s->values->market.energy_cost_per_cycle_hz2 > 0.0
                                            : device->energy_cost > 0.0;
    return core_hz <= SPEED_LARGE_HZ || !costs
               ? DCAT_OK
               : scenario_note(s, err,
                               "device %s has cores of %.4g GHz each, which makes its energy dear "
                               "(8): `cores` is how many share its speed, or say 0 for its "
                               "energy_cost_per_cycle_hz2",
                               names_at(&s->resources.device_names, index), core_hz * 1e-9);
}

// What is allowed and seldom meant: a class that no device can do, and gaps of the table.
static dcat_status note_gaps(dcat_scenario *s, dcat_error *err)
{
    const resource_data *r = &s->resources;
    const char *rated = s->values->resources.efficiency_file;
    dcat_status status = DCAT_OK;
    for (size_t q = 0; status == DCAT_OK && q < r->class_names.count; q++) {
        const char *name = names_at(&r->class_names, q);
        const char *why = obstacle(r, q);
        if (why != NULL) {
            status =
                scenario_warn(s, err, "class %s can be served by nobody: no device %s", name, why);
        }
        if (status == DCAT_OK && why == NULL && rated != NULL && !r->rated_class[q]) {
            status = scenario_note(s, err,
                                   "%s has no column for class %s: all devices of its pool are "
                                   "taken to have efficiency 1",
                                   rated, name);
        }
    }
    for (size_t d = 1; status == DCAT_OK && d < r->device_names.count; d++) {
        status = note_cores(s, d, err);
    }
    for (size_t d = 1; status == DCAT_OK && rated != NULL && d < r->device_names.count; d++) {
        bool needed = false;
        for (size_t q = 0; q < r->class_names.count; q++) {
            needed = needed || (r->rated_class[q] && r->classes[q].pool == r->devices[d].pool);
        }
        if (needed && !r->rated_device[d]) {
            status = scenario_note(s, err,
                                   "%s has no row for device %s: it is taken to have efficiency 1 "
                                   "for the classes of its pool",
                                   rated, names_at(&r->device_names, d));
        }
    }
    return status;
}

dcat_status scenario_read_resources(dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    if (v->resources.classes_file == NULL) {
        return DCAT_OK;
    }
    dcat_status status = resources_start(&s->resources, err);
    if (status == DCAT_OK && v->resources.devices_file != NULL) {
        status = scenario_read_file(s, "resources.devices_file", v->resources.devices_file,
                                    read_devices, err);
    }
    if (status == DCAT_OK) {
        status = scenario_read_file(s, "resources.classes_file", v->resources.classes_file,
                                    read_classes, err);
    }
    if (status == DCAT_OK) {
        status = efficiency_default(&s->resources, err);
    }
    if (status == DCAT_OK && v->resources.efficiency_file != NULL) {
        status = scenario_read_file(s, "resources.efficiency_file", v->resources.efficiency_file,
                                    read_efficiency, err);
    }
    if (status == DCAT_OK) {
        status = classes_price(&s->resources, err);
    }
    if (status == DCAT_OK) {
        status = note_gaps(s, err);
    }
    return status == DCAT_OK ? read_drawn(s, err) : status;
}

// --- Units

static dcat_status read_units(dcat_scenario *s, input *in, dcat_error *err)
{
    return units_read(in, &s->servers, &s->resources, err);
}

// A server without a speed of its own is given that of its first unit where one number has to stand
// for it.
static dcat_status lend_speeds(dcat_scenario *s, dcat_error *err)
{
    resource_data *r = &s->resources;
    server_data *servers = &s->servers;
    for (size_t u = 0; u < r->unit_count; u++) {
        dcat_server *server = &servers->servers[r->units[u].server];
        const dcat_device *device = &r->devices[r->units[u].device];
        if (isnan(server->speed_hz)) {
            double own_hz = r->units[u].speed_hz;
            server->speed_hz = isnan(own_hz) ? r->units[u].count * device->speed_hz : own_hz;
            server->core_count = r->units[u].count * device->core_count;
        }
    }
    for (size_t i = 0; i < servers->names.count; i++) {
        if (isnan(servers->servers[i].speed_hz)) {
            const char *name = names_at(&servers->names, i);
            return dcat_fail(err, DCAT_ERR_FIELD,
                             "%s:%zu: speed_ghz: must be given, since %s has no unit in %s",
                             s->values->servers.file, servers->lines[i],
                             TEXT_SHOW(name, strlen(name)), s->values->resources.units_file);
        }
    }
    return DCAT_OK;
}

dcat_status scenario_read_units(dcat_scenario *s, dcat_error *err)
{
    size_t server_count = s->servers.names.count;
    if (!resource_data_any(&s->resources)) {
        return DCAT_OK;
    }
    s->resources.no_cpu = calloc(server_count + 1, sizeof *s->resources.no_cpu);
    if (s->resources.no_cpu == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu servers", server_count);
    }
    for (size_t i = 0; !s->servers_drawn && i < server_count; i++) {
        s->resources.no_cpu[i] = isnan(s->servers.servers[i].speed_hz);
    }
    const char *file = s->values->resources.units_file;
    dcat_status status = DCAT_OK;
    if (file != NULL) {
        status = scenario_read_file(s, "resources.units_file", file, read_units, err);
    }
    return status == DCAT_OK && !s->servers_drawn ? lend_speeds(s, err) : status;
}

// --- Class mix

static dcat_status read_class_mix(dcat_scenario *s, input *in, dcat_error *err)
{
    return class_mix_read(in, &s->resources, &s->areas, s->class_weight, err);
}

dcat_status scenario_read_class_mix(dcat_scenario *s, dcat_error *err)
{
    const char *file = s->values->resources.class_mix_file;
    if (!resource_data_any(&s->resources)) {
        return DCAT_OK;
    }
    dcat_status status =
        class_mix_default(&s->resources, s->areas.names.count, &s->class_weight, err);
    return status == DCAT_OK && file != NULL
               ? scenario_read_file(s, "resources.class_mix_file", file, read_class_mix, err)
               : status;
}

dcat_status scenario_note_stated(dcat_scenario *s, const char *path, const task_data *tasks,
                                 dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t d = 1;
         status == DCAT_OK && tasks->stated != NULL && d < s->resources.device_names.count; d++) {
        size_t count = 0;
        double device_s = 0.0, work_cycles = 0.0;
        for (size_t n = 0; n < tasks->count; n++) {
            const stated_work *stated = &tasks->stated[n];
            if ((size_t)stated->device == d) {
                count++;
                device_s += stated->count * stated->seconds;
                work_cycles += tasks->tasks[n].work_cycles;
            }
        }
        if (count > 0) {
            status = scenario_note(
                s, err, "%s: %zu task%s state%s work as %.6g s of %s: %.6g giga-cycles", path,
                count, count == 1 ? "" : "s", count == 1 ? "s" : "", device_s,
                names_at(&s->resources.device_names, d), work_cycles * 1e-9);
        }
    }
    return status;
}
