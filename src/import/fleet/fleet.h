// SPDX-License-Identifier: Apache-2.0
// fleet.h - machines with devices and the jobs that ran on them, whoever lists them: collected
// here, then written as the files of a scenario.

#ifndef DCAT_IMPORT_FLEET_FLEET_H
#define DCAT_IMPORT_FLEET_FLEET_H

#include "dcat/x/import.h"
#include "dcat/x/resources.h"
#include "file/text_names.h"
#include "import/lines.h"

#define FLEET_DEVICE_MAX 64 // kinds of GPU
#define FLEET_ANY UINT64_MAX

typedef struct fleet_server {
    int core_count;
    int device, count; // its GPUs; device -1: none
} fleet_server;

typedef struct fleet_class {
    bool cpu;
    uint64_t devices; // of a GPU class: those it may use, a bit each; FLEET_ANY: all
} fleet_class;

typedef struct fleet_task {
    double arrival_s, run_s, work_cycles;
    uint8_t class_id;
} fleet_task;

// All zero but config and stats is empty.
typedef struct fleet {
    const dcat_import_fleet_config *config;
    dcat_import_fleet_stats *stats;
    const char *file_name; // being read, for places
    names servers, devices, classes;
    fleet_server *server; // [servers.count]
    fleet_class classes_of[DCAT_CLASS_MAX + 1];
    fleet_task *tasks; // [task_count]
    size_t server_capacity, task_count, task_capacity;
    dcat_status status; // of what a line could not say: no memory, too many classes
    dcat_error *err;
} fleet;

void fleet_free(fleet *f);

// A server, unless its name is there: then it is counted. gpu is "" for none; what the devices of
// GPUs are called is taken from here. False when a name does not fit a table.
bool fleet_add_server(fleet *f, const char *name, size_t length, int core_count, const char *gpu,
                      size_t gpu_length, int gpu_count);

// What a job used. models: names between |, "" for any; not for CPU work.
typedef struct fleet_use {
    bool cpu;
    double amount; // cores, or GPUs
    const char *models;
    size_t models_length;
} fleet_use;

// A job that ran, as a task. The place is counted when it becomes none.
void fleet_add_job(fleet *f, const fleet_use *use, double arrival_s, double run_s, uint64_t line);
void fleet_skip_job(fleet *f, dcat_fleet_skip reason, uint64_t line);

// Cut a line at a separator, in a copy whose cells end in a zero byte and have no blanks around
// them; returns how many, at most cell_max. copy has room for length + 1.
size_t fleet_cut(const char *text, size_t length, char separator, char *copy, char **cells,
                 size_t cell_max);

// The cell with a name, -1 when there is none.
int fleet_column(char *const *cells, size_t cell_count, const char *name);

// Read a file line by line with one of the readers; status of the file or of the fleet.
dcat_status fleet_read(fleet *f, const char *path, import_line_fn *receive, void *reader);

dcat_status fleet_check(const dcat_import_fleet_config *config, dcat_error *err);

// Nodes, and jobs where there were any to read: is there one of each? Then what is known at the end
// only. path is what messages name. Errors: ERR_FORMAT.
dcat_status fleet_finish(fleet *f, const char *path, bool with_tasks, dcat_error *err);

// All files of the scenario; tasks.csv when with_tasks.
dcat_status fleet_write(const fleet *f, const char *format, const char *command, bool with_tasks,
                        dcat_output *output, dcat_error *err);

// Lines of each kind, for the readers and for fuzzing.
typedef struct fleet_table {
    fleet *fleet;
    bool header_seen;
    int column[8];
    size_t column_count;
    char separator;
    const char *path;
    char wrong[192]; // field, rule and value of the last node that was malformed
} fleet_table;
void openb_node_line(void *table, const import_line *line);
void openb_pod_line(void *table, const import_line *line);
void slurm_node_line(void *table, const import_line *line);
void slurm_job_line(void *table, const import_line *line);

#endif
