// SPDX-License-Identifier: Apache-2.0
// object.h - what a loaded scenario holds.

#ifndef DCAT_SCENARIO_OBJECT_H
#define DCAT_SCENARIO_OBJECT_H

#include "dcat/plugin.h"
#include "dcat/x/scenario.h"
#include "scenario/document.h"
#include "scenario/read/demand.h"
#include "scenario/read/latency.h"
#include "scenario/read/resources.h"

typedef struct scenario_remark {
    char *text;
    bool warning; // not only `validate` says it
} scenario_remark;

// Servers that have a unit of this device, drawn by the world's seed.
typedef struct drawn_device {
    int device, count;
    double share;
} drawn_device;

struct dcat_scenario {
    char *path;   // of the scenario file, as messages name it
    char *folder; // where its files are
    file_source source;
    scenario_document document;
    scenario_values *values;

    network_data network;
    char *links_path;    // as messages name it
    server_data servers; // drawn ones have names only
    bool servers_drawn;
    area_data areas; // drawn ones have names and no sites
    bool areas_drawn;
    latency_data latency;
    resource_data resources;
    drawn_device *drawn_devices; // [drawn_device_count] of servers.random.devices
    size_t drawn_device_count;
    double *class_weight; // [areas.names.count, classes] of drawn tasks
    stated_work *stated;  // [tasks] of given tasks, by their ids; NULL where none can be
    dcat_demand *demand;
    double start_s; // as dcat_scenario_start_s
    struct {
        dcat_range middle[3]; // work, data, deadline, in the user's units
        double work_cycles;   // of all together
    } given;                  // tasks, if they are
    dcat_cycle_span train, validate, test;
    const dcat_share *share; // of the table, or of the next
    dcat_plugged_share *plugged_share;
    char *share_path;
    dcat_scenario_plugin share_plugin; // where there is one
    dcat_world_config config;          // borrows the network's nodes and links

    dcat_input_file *inputs; // [input_count]
    size_t input_count, input_capacity;
    scenario_remark *notes; // [note_count]
    size_t note_count, note_capacity;
};

// Fill an all-zero scenario. On failure it is left half-filled, for dcat_scenario_destroy.
dcat_status scenario_load(dcat_scenario *scenario, const char *name_or_path,
                          const char *const *overrides, size_t override_count, dcat_error *err);

// Fill an all-zero scenario with the market of an exchange's settings.
dcat_status scenario_load_market(dcat_scenario *scenario, const char *path,
                                 const char *const *others, size_t other_count, dcat_error *err);

// Read network, devices, classes and the table of areas. Part of scenario_load_market.
dcat_status scenario_read_market(dcat_scenario *scenario, dcat_error *err);
dcat_status scenario_read_network(dcat_scenario *scenario, dcat_error *err);
dcat_status scenario_read_areas(dcat_scenario *scenario, dcat_error *err);

// Read the files that the scenario names. Part of scenario_load.
dcat_status scenario_read_files(dcat_scenario *scenario, dcat_error *err);

// Open the file that a key names, read it, and remember its hash. A file that cannot be opened is
// the key's fault, and the message says where it stands.
typedef dcat_status file_reader(dcat_scenario *scenario, input *in, dcat_error *err);
dcat_status scenario_read_file(dcat_scenario *scenario, const char *key, const char *name,
                               file_reader *reader, dcat_error *err);
dcat_status scenario_keep_path(char **kept, const input *in, dcat_error *err);

// Find or load what market.share names. Part of scenario_load.
dcat_status scenario_load_share(dcat_scenario *scenario, dcat_error *err);

// Devices, classes, efficiencies; after the servers their units; after the areas of drawn demand
// the class mix. Nothing for a scenario without resources.
dcat_status scenario_check_resources(const dcat_scenario *scenario, dcat_error *err);
dcat_status scenario_read_resources(dcat_scenario *scenario, dcat_error *err);
dcat_status scenario_read_units(dcat_scenario *scenario, dcat_error *err);
dcat_status scenario_read_class_mix(dcat_scenario *scenario, dcat_error *err);

// Which of the drawn devices each server [S] has, -1 for none; *drawn is for the caller to free,
// and NULL where none are drawn. Such servers keep a share of their speed. Errors: ERR_MEMORY.
dcat_status scenario_draw_devices(const dcat_scenario *scenario, uint64_t seed, int32_t **drawn,
                                  dcat_error *err);
void scenario_draw_hosts(const dcat_scenario *scenario, const int32_t *drawn, dcat_server *servers);

// What servers [S] of a world have; and under resources.collapse what the platform takes them for,
// NULL otherwise. Both are NULL without resources. Errors: ERR_RANGE, ERR_MEMORY.
dcat_status scenario_make_resources(const dcat_scenario *scenario, uint64_t seed,
                                    const int32_t *drawn, const dcat_server *servers,
                                    dcat_resources **resources, dcat_resources **known,
                                    dcat_error *err);

// What a platform takes devices for that knows one number of each, or of each server.
dcat_status collapse_resources(const dcat_scenario *scenario, const dcat_resources_config *config,
                               const dcat_resources *true_ones, dcat_resources **known,
                               dcat_error *err);

// Say what work comes to that tasks state as devices and seconds.
// Tasks with a list of places become classes of their own.
dcat_status scenario_limit_classes(dcat_scenario *scenario, const char *path, task_data *tasks,
                                   dcat_error *err);
dcat_status scenario_note_stated(dcat_scenario *scenario, const char *path, const task_data *tasks,
                                 dcat_error *err);
// Remember what dcat_scenario_ranges says of given tasks.
void scenario_measure_tasks(dcat_scenario *scenario, const dcat_task *tasks, size_t count);

// Remember what was read. Takes over in->path. Errors: ERR_MEMORY.
dcat_status scenario_record_input(dcat_scenario *scenario, input *in, dcat_error *err);

// Note what was done with a file. Errors: ERR_MEMORY.
dcat_status scenario_note(dcat_scenario *scenario, dcat_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same for what a user is likely not to have meant, which every command says.
dcat_status scenario_warn(dcat_scenario *scenario, dcat_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The model's configuration in SI. Part of scenario_load.
dcat_world_config scenario_world_config(const dcat_scenario *scenario);

// The embedded defaults as a tree. Its origin is static. Errors: ERR_INTERNAL, ERR_MEMORY.
dcat_status scenario_defaults(tree *defaults, dcat_error *err);

#endif
