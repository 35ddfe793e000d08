// SPDX-License-Identifier: Apache-2.0
// A fleet as the files of a scenario: all machines and jobs at one place, since nobody says where
// they are.

#include "import/fleet/fleet.h"

#include "file/text.h"
#include "file/write_text.h"

#include <math.h>

typedef struct writer {
    const fleet *fleet;
    const char *format, *command;
    bool with_tasks;
} writer;

static void write_made_by(const writer *w, FILE *file)
{
    const dcat_import_fleet_config *c = w->fleet->config;
    fprintf(file,
            "# Made by: dcat import %s -o DIR --core-ghz %.15g --gpu-ghz %.15g --deadline-factor "
            "%.15g --deadline-min-s %.15g --data-mb %.15g\n",
            w->command, c->core_hz / 1e9, c->device_hz / 1e9, c->deadline_factor, c->deadline_s_min,
            c->data_bits / 1e6);
}

static void write_scenario(const writer *w, FILE *file)
{
    fprintf(
        file,
        "# Machines and jobs of one place, from outside (%s). What the source does not say, and\n"
        "# somebody has to: where servers are (servers.csv), what their devices cost and how "
        "fast\n"
        "# they are at each class (devices.csv, efficiency.csv), what tasks are worth.\n"
        "schema: 2\n"
        "name: %s\n"
        "geometry: plane\n"
        "time: {slot_s: 60, slots_per_cycle: 60}\n"
        "servers: {file: servers.csv}\n"
        "areas: {file: areas.csv}\n",
        w->format, w->format);
    if (w->with_tasks) {
        fputs("demand: {tasks_file: tasks.csv}\n", file);
    } else {
        fputs("demand: {profile_file: demand.csv} # yours: day,hour,here\n", file);
    }
    fputs("resources:\n"
          "  devices_file: devices.csv\n"
          "  classes_file: classes.csv\n"
          "  efficiency_file: efficiency.csv\n"
          "  units_file: units.csv\n",
          file);
}

static void write_areas(const writer *w, FILE *file)
{
    write_made_by(w, file);
    fputs("name,x_km,y_km\nhere,0,0\n", file);
}

static void write_servers(const writer *w, FILE *file)
{
    const fleet *f = w->fleet;
    write_made_by(w, file);
    fputs("name,x_km,y_km,speed_ghz,cores\n", file);
    for (size_t i = 0; i < f->servers.count; i++) {
        csv_put_text(file, names_at(&f->servers, i));
        fprintf(file, ",0,0,%.15g,%d\n", f->server[i].core_count * (f->config->core_hz / 1e9),
                f->server[i].core_count);
    }
}

// Choice: an energy cost of 0, since nobody knows the frequency of a GPU's one core: what a second
// of it costs is the market's time cost until somebody says more.
static void write_devices(const writer *w, FILE *file)
{
    const fleet *f = w->fleet;
    write_made_by(w, file);
    fputs("name,pool,speed_ghz,features,energy_cost_per_cycle_hz2\n", file);
    for (size_t d = 0; d < f->devices.count; d++) {
        csv_put_text(file, names_at(&f->devices, d));
        fprintf(file, ",gpu,%.15g,,0\n", f->config->device_hz / 1e9);
    }
    if (f->devices.count == 0) { // the table may not be empty
        fprintf(file, "gpu,gpu,%.15g,,0\n", f->config->device_hz / 1e9);
    }
}

static void write_units(const writer *w, FILE *file)
{
    const fleet *f = w->fleet;
    write_made_by(w, file);
    fputs("server,device,count\n", file);
    for (size_t i = 0; i < f->servers.count; i++) {
        if (f->server[i].device >= 0) {
            csv_put_text(file, names_at(&f->servers, i));
            putc(',', file);
            csv_put_text(file, names_at(&f->devices, (size_t)f->server[i].device));
            fprintf(file, ",%d\n", f->server[i].count);
        }
    }
}

// A fleet without jobs has one class for each pool.
static void write_classes(const writer *w, FILE *file)
{
    const fleet *f = w->fleet;
    write_made_by(w, file);
    fputs("name,pool\n", file);
    for (size_t q = 0; q < f->classes.count; q++) {
        csv_put_text(file, names_at(&f->classes, q));
        fprintf(file, ",%s\n", f->classes_of[q].cpu ? "cpu" : "gpu");
    }
    if (f->classes.count == 0) {
        fputs("cpu,cpu\ngpu,gpu\n", file);
    }
}

// 1 where a job may run, an empty cell where it may not.
static void write_efficiency(const writer *w, FILE *file)
{
    const fleet *f = w->fleet;
    write_made_by(w, file);
    fputs("device", file);
    for (size_t q = 0; q < f->classes.count; q++) {
        if (!f->classes_of[q].cpu) {
            putc(',', file);
            csv_put_text(file, names_at(&f->classes, q));
        }
    }
    putc('\n', file);
    for (size_t d = 0; d < f->devices.count; d++) {
        csv_put_text(file, names_at(&f->devices, d));
        for (size_t q = 0; q < f->classes.count; q++) {
            if (!f->classes_of[q].cpu) {
                fputs((f->classes_of[q].devices >> d & 1) != 0 ? ",1" : ",", file);
            }
        }
        putc('\n', file);
    }
}

static void write_tasks(const writer *w, FILE *file)
{
    const fleet *f = w->fleet;
    const dcat_import_fleet_config *c = f->config;
    write_made_by(w, file);
    fprintf(file, "# Arrivals count from the first one: %.15g s are taken off.\n",
            f->stats->start_s);
    fputs("arrival_s,origin,work_gigacycles,data_mb,deadline_s,class\n", file);
    for (size_t n = 0; n < f->task_count; n++) {
        const fleet_task *t = &f->tasks[n];
        fprintf(file, "%.15g,here,%.15g,%.15g,%.15g,", t->arrival_s - f->stats->start_s,
                t->work_cycles / 1e9, c->data_bits / 1e6,
                fmax(c->deadline_factor * t->run_s, c->deadline_s_min));
        csv_put_text(file, names_at(&f->classes, t->class_id));
        putc('\n', file);
    }
}

dcat_status fleet_write(const fleet *f, const char *format, const char *command, bool with_tasks,
                        dcat_output *output, dcat_error *err)
{
    static const char *const files[DCAT_FLEET_FILE_COUNT] = {DCAT_FLEET_FILES};
    static void (*const write[DCAT_FLEET_FILE_COUNT])(const writer *w, FILE *file) = {
        write_scenario, write_areas,   write_servers,    write_devices,
        write_units,    write_classes, write_efficiency, write_tasks};
    const writer w = {f, format, command, with_tasks};
    locale_t locale = text_locale_enter();
    dcat_status status = DCAT_OK;
    int count = with_tasks ? DCAT_FLEET_FILE_COUNT : DCAT_FLEET_FILE_COUNT - 1;
    for (int i = 0; status == DCAT_OK && i < count; i++) {
        dcat_error own = {0};
        FILE *file = dcat_output_file(output, files[i], &own);
        if (file == NULL) {
            status = dcat_fail(err, own.status, "%s", own.message);
        } else {
            write[i](&w, file);
            status = ferror(file) == 0 ? DCAT_OK
                                       : dcat_fail(err, DCAT_ERR_IO, "writing %s failed", files[i]);
        }
    }
    text_locale_leave(locale);
    return status;
}
