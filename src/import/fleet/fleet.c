// SPDX-License-Identifier: Apache-2.0
#include "import/fleet/fleet.h"

#include "base/array_room.h"
#include "file/text.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 200

static const char *const skip_names[DCAT_FLEET_SKIP_COUNT] = {
#define SKIP_NAME(name, text) [DCAT_FLEET_##name] = text,
    DCAT_FLEET_SKIP_LIST(SKIP_NAME)
#undef SKIP_NAME
};

const char *dcat_fleet_skip_name(dcat_fleet_skip reason)
{
    assert((unsigned)reason < DCAT_FLEET_SKIP_COUNT);
    return skip_names[reason];
}

dcat_import_fleet_config dcat_import_fleet_config_default(void)
{
    return (dcat_import_fleet_config){
        .core_hz = 2.5e9,
        .device_hz = 250e9,
        .deadline_factor = 2.0,
        .deadline_s_min = 60.0,
        .data_bits = 20e6,
    };
}

void fleet_free(fleet *f)
{
    names_free(&f->servers);
    names_free(&f->devices);
    names_free(&f->classes);
    free(f->server);
    free(f->tasks);
}

static bool is_name(const char *text, size_t length)
{
    return length > 0 && length <= NAME_BYTES_MAX && text_is_line(text, length);
}

// --- Servers

// The device of a model, which is made when it is new; -1 when there is no room for it.
static int device_of(fleet *f, const char *name, size_t length)
{
    size_t index = names_find(&f->devices, name, length);
    if (index == NAMES_NONE && f->devices.count == FLEET_DEVICE_MAX) {
        f->status = dcat_fail(f->err, DCAT_ERR_RANGE, "%s: has more than %d kinds of GPU",
                              f->file_name, FLEET_DEVICE_MAX);
    }
    bool added;
    if (f->status == DCAT_OK) {
        f->status = names_add(&f->devices, name, length, &index, &added, f->err);
    }
    return f->status == DCAT_OK ? (int)index : -1;
}

bool fleet_add_server(fleet *f, const char *name, size_t length, int core_count, const char *gpu,
                      size_t gpu_length, int gpu_count)
{
    bool none = gpu_length == 0 || gpu_count < 1;
    // The device of servers' own CPUs is called so, and no GPU may be.
    bool server = gpu_length == 6 && memcmp(gpu, "server", 6) == 0;
    if (!is_name(name, length) || core_count < 1 || core_count > 1000000 || gpu_count > 1000000 ||
        (!none && (!is_name(gpu, gpu_length) || server))) {
        return false;
    }
    size_t index;
    bool added;
    f->status = names_add(&f->servers, name, length, &index, &added, f->err);
    if (f->status == DCAT_OK && !added) {
        f->stats->node_again_count++;
        return true;
    }
    if (f->status == DCAT_OK) {
        f->status = array_room(&f->server, &f->server_capacity, f->servers.count, sizeof *f->server,
                               f->err);
    }
    int device = f->status == DCAT_OK && !none ? device_of(f, gpu, gpu_length) : -1;
    if (f->status == DCAT_OK) {
        f->server[index] = (fleet_server){core_count, device, none ? 0 : gpu_count};
        f->stats->unit_count += !none;
        f->stats->devices_together += none ? 0 : (uint64_t)gpu_count;
    }
    return true;
}

// --- Jobs

// Names that stand between bars, as a set of devices; FLEET_ANY without names, 0 when nobody has
// any of them.
static uint64_t devices_of(const fleet *f, const fleet_use *use)
{
    uint64_t devices = 0;
    const char *at = use->models, *end = use->models + use->models_length;
    while (at < end) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        size_t length = (size_t)((bar == NULL ? end : bar) - at);
        size_t index = names_find(&f->devices, at, length);
        devices |= index == NAMES_NONE ? 0 : UINT64_C(1) << index;
        at += length + 1;
    }
    return use->models_length == 0 ? FLEET_ANY : devices;
}

// The class of a use: "cpu", "gpu", or its models as they are written. -1 when there is no room.
static int class_of(fleet *f, const fleet_use *use, uint64_t devices)
{
    const char *name = use->cpu ? "cpu" : use->models_length == 0 ? "gpu" : use->models;
    size_t length = use->cpu || use->models_length == 0 ? 3 : use->models_length;
    size_t index = names_find(&f->classes, name, length);
    if (index != NAMES_NONE) {
        return (int)index;
    }
    if (f->classes.count == DCAT_CLASS_MAX) {
        f->status = dcat_fail(f->err, DCAT_ERR_RANGE, "%s: has more than %d kinds of jobs",
                              f->file_name, DCAT_CLASS_MAX);
        return -1;
    }
    bool added;
    f->status = names_add(&f->classes, name, length, &index, &added, f->err);
    if (f->status != DCAT_OK) {
        return -1;
    }
    f->classes_of[index] = (fleet_class){use->cpu, devices};
    return (int)index;
}

void fleet_skip_job(fleet *f, dcat_fleet_skip reason, uint64_t line)
{
    import_count(&f->stats->skip[reason], f->file_name, line);
}

void fleet_add_job(fleet *f, const fleet_use *use, double arrival_s, double run_s, uint64_t line)
{
    double speed_hz = use->cpu ? f->config->core_hz : f->config->device_hz;
    double work_cycles = run_s * use->amount * speed_hz;
    uint64_t devices = use->cpu ? 0 : devices_of(f, use);
    bool name = use->cpu || use->models_length == 0 || is_name(use->models, use->models_length);
    bool usable = isfinite(arrival_s) && fabs(arrival_s) <= 1e15 && name;
    dcat_fleet_skip reason = !usable                                       ? DCAT_FLEET_MALFORMED
                             : !(run_s > 0.0)                              ? DCAT_FLEET_NO_RUN_TIME
                             : !(use->amount > 0.0)                        ? DCAT_FLEET_NO_RESOURCES
                             : !(work_cycles >= 1.0 && work_cycles < 1e21) ? DCAT_FLEET_MALFORMED
                             : !use->cpu && devices == 0 ? DCAT_FLEET_UNKNOWN_DEVICE
                                                         : DCAT_FLEET_SKIP_COUNT;
    if (reason != DCAT_FLEET_SKIP_COUNT) {
        fleet_skip_job(f, reason, line);
        return;
    }
    int class_id = class_of(f, use, devices);
    if (f->status == DCAT_OK) {
        f->status =
            array_room(&f->tasks, &f->task_capacity, f->task_count + 1, sizeof *f->tasks, f->err);
    }
    if (f->status == DCAT_OK) {
        f->tasks[f->task_count++] = (fleet_task){arrival_s, run_s, work_cycles, (uint8_t)class_id};
        f->stats->task_count++;
        f->stats->shared_count += !use->cpu && use->amount < 1.0;
        f->stats->work_cycles += work_cycles;
    }
}

// --- Lines

size_t fleet_cut(const char *text, size_t length, char separator, char *copy, char **cells,
                 size_t cell_max)
{
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (memchr(copy, '\0', length) != NULL) {
        return 0;
    }
    size_t count = 0;
    char *at = copy;
    while (at != NULL && count < cell_max) {
        char *end = strchr(at, separator);
        char *last = end == NULL ? at + strlen(at) : end;
        while (*at == ' ' || *at == '\t') {
            at++;
        }
        while (last > at && (last[-1] == ' ' || last[-1] == '\t')) {
            last--;
        }
        *last = '\0';
        cells[count++] = at;
        at = end == NULL ? NULL : end + 1;
    }
    return count;
}

int fleet_column(char *const *cells, size_t cell_count, const char *name)
{
    for (size_t c = 0; c < cell_count; c++) {
        if (strcasecmp(cells[c], name) == 0) {
            return (int)c;
        }
    }
    return -1;
}

dcat_status fleet_read(fleet *f, const char *path, import_line_fn *receive, void *reader)
{
    f->file_name = import_base_name(path);
    locale_t locale = text_locale_enter();
    dcat_status status = import_read_lines(path, receive, reader, f->err);
    text_locale_leave(locale);
    return status == DCAT_OK ? f->status : status;
}

// --- Beginning and end

dcat_status fleet_check(const dcat_import_fleet_config *config, dcat_error *err)
{
    const struct {
        const char *name;
        double value, unit, max;
        bool zero;
    } bounds[] = {
        {"core-ghz", config->core_hz, 1e9, 1e15, false},
        {"gpu-ghz", config->device_hz, 1e9, 1e18, false},
        {"deadline-factor", config->deadline_factor, 1.0, 1e9, false},
        {"deadline-min-s", config->deadline_s_min, 1.0, 1e9, true},
        {"data-mb", config->data_bits, 1e6, 1e18, true},
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        double value = bounds[i].value;
        if (!((value > 0.0 || (bounds[i].zero && value == 0.0)) && value <= bounds[i].max)) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s must be in %s0, %g], got %g", bounds[i].name,
                             bounds[i].zero ? "[" : "(", bounds[i].max / bounds[i].unit,
                             value / bounds[i].unit);
        }
    }
    return DCAT_OK;
}

dcat_status fleet_finish(fleet *f, const char *path, bool with_tasks, dcat_error *err)
{
    dcat_import_fleet_stats *stats = f->stats;
    stats->server_count = (int)f->servers.count;
    stats->device_count = (int)f->devices.count;
    stats->class_count = (int)f->classes.count;
    if (f->servers.count == 0) {
        const dcat_import_count *bad = &stats->node_skip;
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no usable node%s%s", path,
                         bad->count > 0 ? "; first malformed: " : "",
                         bad->count > 0 ? bad->where[0] : "");
    }
    if (with_tasks && f->task_count == 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no usable job", path);
    }
    double first_s = INFINITY, last_s = -INFINITY;
    for (size_t n = 0; n < f->task_count; n++) {
        first_s = fmin(first_s, f->tasks[n].arrival_s);
        last_s = fmax(last_s, f->tasks[n].arrival_s);
    }
    stats->start_s = f->task_count > 0 ? first_s : 0.0;
    stats->arrival_s_last = f->task_count > 0 ? last_s - first_s : 0.0;
    return DCAT_OK;
}
