// SPDX-License-Identifier: Apache-2.0
// dcat import openb, dcat import slurm: a scenario from machines with devices and the jobs on them.

#include "base/number_text.h"
#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <inttypes.h>

typedef struct fleet_options {
    cli_options common;
    double core_ghz, gpu_ghz, deadline_factor, deadline_min_s, data_mb;
    const char *jobs; // slurm
} fleet_options;

#define FLEET_OPTIONS                                                                              \
    {"core-ghz",                                                                                   \
     0,                                                                                            \
     CLI_REAL,                                                                                     \
     "X",                                                                                          \
     CLI_AT(fleet_options, core_ghz),                                                              \
     .low = 1e-9,                                                                                  \
     .high = 1e6,                                                                                  \
     .standard = "2.5",                                                                            \
     .help = "Speed of a CPU core (default @)"},                                                   \
        {"gpu-ghz",                                                                                \
         0,                                                                                        \
         CLI_REAL,                                                                                 \
         "X",                                                                                      \
         CLI_AT(fleet_options, gpu_ghz),                                                           \
         .low = 1e-9,                                                                              \
         .high = 1e9,                                                                              \
         .standard = "250",                                                                        \
         .help = "Speed of each GPU at reference work (default @)"},                               \
        {"deadline-factor",                                                                        \
         0,                                                                                        \
         CLI_REAL,                                                                                 \
         "F",                                                                                      \
         CLI_AT(fleet_options, deadline_factor),                                                   \
         .low = 1e-9,                                                                              \
         .high = 1e9,                                                                              \
         .standard = "2",                                                                          \
         .help = "Deadline as multiple of the run time (default @)"},                              \
        {"deadline-min-s",                                                                         \
         0,                                                                                        \
         CLI_REAL,                                                                                 \
         "S",                                                                                      \
         CLI_AT(fleet_options, deadline_min_s),                                                    \
         .low = 0.0,                                                                               \
         .high = 1e9,                                                                              \
         .standard = "60",                                                                         \
         .help = "But never less than this (default @)"},                                          \
    {                                                                                              \
        "data-mb", 0, CLI_REAL, "M", CLI_AT(fleet_options, data_mb),                               \
            .low = 0.0, .high = 1e12, .standard = "20",                                            \
            .help = "Data of every task, megabits (default @)"                                     \
    }

typedef dcat_status fleet_import(const fleet_options *options,
                                 const dcat_import_fleet_config *config, dcat_output *output,
                                 dcat_import_fleet_stats *stats, dcat_error *err);

static void print(const dcat_import_fleet_stats *s, const char *out)
{
    cli_counted(stderr, "read     %" PRIu64 " {node|nodes}, %" PRIu64 " {job|jobs}\n",
                s->node_count, s->job_count);
    cli_counted(stderr,
                "servers  %d, %d with a unit of GPUs: %" PRIu64 " {GPU|GPUs} of %d {kind|kinds}\n",
                s->server_count, s->unit_count, s->devices_together, s->device_count);
    if (s->node_again_count > 0) {
        cli_counted(stderr, "again    %" PRIu64 " {node was|nodes were} there already\n",
                    s->node_again_count);
    }
    if (s->unit_left_count > 0) {
        cli_counted(stderr,
                    "left     %" PRIu64
                    " further {kind|kinds} of GPU: a server has one unit of them, the "
                    "largest\n",
                    s->unit_left_count);
    }
    import_print_places("skipped", "malformed {node|nodes}", &s->node_skip);
    if (s->job_count > 0) {
        cli_counted(stderr,
                    "kept     %" PRIu64
                    " {job|jobs} of %d {class|classes}, %s giga-cycles in %s s\n",
                    s->task_count, s->class_count, NUMBER_SHOWN(s->work_cycles / 1e9, 6),
                    NUMBER_SHOWN(s->arrival_s_last, 6));
        cli_counted(stderr,
                    "shared   %" PRIu64
                    " of them {has|have} part of a GPU: its share is in their work\n",
                    s->shared_count);
    }
    for (int i = 0; i < DCAT_FLEET_SKIP_COUNT; i++) {
        import_print_skips(dcat_fleet_skip_name((dcat_fleet_skip)i), &s->skip[i]);
    }
    fprintf(stderr, "wrote    %s/scenario.yaml and its tables\n", out);
}

// Import into the folder of --out and say what was counted; file_count of DCAT_FLEET_FILES.
static int import(const fleet_options *options, const char *format, size_t file_count,
                  fleet_import *read_fleet)
{
    static const char *const names[DCAT_FLEET_FILE_COUNT] = {DCAT_FLEET_FILES};
    const cli_options *common = &options->common;
    dcat_import_fleet_config config = dcat_import_fleet_config_default();
    config.core_hz = options->core_ghz * 1e9;
    config.device_hz = options->gpu_ghz * 1e9;
    config.deadline_factor = options->deadline_factor;
    config.deadline_s_min = options->deadline_min_s;
    config.data_bits = options->data_mb * 1e6;
    dcat_error err = {0};
    dcat_output *output = NULL;
    dcat_import_fleet_stats stats;
    dcat_status status =
        dcat_output_open_files(common->out, names, file_count, common->force, &output, &err);
    if (status == DCAT_OK) {
        status = read_fleet(options, &config, output, &stats, &err);
        status = dcat_output_finish(output, status, &err);
    }
    if (status == DCAT_OK && !common->quiet) {
        print(&stats, common->out);
    }
    if (status == DCAT_OK && common->json) {
        status = dcat_write_import_fleet_json(format, &stats, common->out, stdout, &err);
    }
    return cli_exit(status, &err);
}

// --- openb

static const cli_option openb_options[] = {FLEET_OPTIONS, {0}};

static dcat_status openb(const fleet_options *options, const dcat_import_fleet_config *config,
                         dcat_output *output, dcat_import_fleet_stats *stats, dcat_error *err)
{
    return dcat_import_openb(options->common.scenario, config, output, stats, err);
}

static int run_openb(void *options)
{
    return import(options, "openb", DCAT_FLEET_FILE_COUNT, openb);
}

const cli_command cli_import_openb = {
    .name = "import openb",
    IMPORT_KIND,
    .arguments = "FOLDER",
    .about =
        "Make a scenario from the GPU cluster trace that Alibaba published in 2023 (openb).\v"
        "Reads openb_node_list_all_node.csv (or openb_node_list_gpu_node.csv) and "
        "openb_pod_list_default.csv of FOLDER or FOLDER/csv. A node becomes a server with a unit "
        "of its GPUs; a pod that ran becomes a task: its work is its run time by the cores or the "
        "share of GPUs that it had, its class the list of models that it may use. All stand at one "
        "place, since the trace has none. Memory is not taken over. The trace is for study and "
        "research only, by its README: keep what you make of it.\n\n"
        "  dcat import openb cluster-trace-gpu-v2023 -o openb",
    .own = openb_options,
    .options_size = sizeof(fleet_options),
    .run = run_openb,
};

// --- slurm

static const cli_option slurm_options[] = {{"jobs", 0, CLI_TEXT, "FILE",
                                            CLI_AT(fleet_options, jobs),
                                            .help = "Jobs as sacct -P prints them, for tasks.csv"},
                                           FLEET_OPTIONS,
                                           {0}};

static dcat_status slurm(const fleet_options *options, const dcat_import_fleet_config *config,
                         dcat_output *output, dcat_import_fleet_stats *stats, dcat_error *err)
{
    return dcat_import_slurm(options->common.scenario, options->jobs, config, output, stats, err);
}

static int run_slurm(void *command_options)
{
    const fleet_options *options = command_options;
    size_t file_count = DCAT_FLEET_FILE_COUNT - (options->jobs == NULL);
    return import(options, "slurm", file_count, slurm);
}

const cli_command cli_import_slurm = {
    .name = "import slurm",
    IMPORT_KIND,
    .arguments = "NODES",
    .about =
        "Make a scenario from the nodes of a Slurm cluster, and tasks from its jobs.\v"
        "NODES is what `scontrol show node -o` prints, or `sinfo -o '%N|%c|%G'`: cores and the "
        "GPUs "
        "of Gres. Of several kinds of GPU in a node the one with most counts. --jobs is what "
        "`sacct -a -X -P -o JobID,Submit,ElapsedRaw,State,AllocCPUS,AllocTRES` prints: a job that "
        "has ended becomes a task; its work is its run time by its cores or GPUs, its class the "
        "kind of GPU. Times are read as UTC and count from the first.\n\n"
        "  scontrol show node -o > nodes.txt\n"
        "  dcat import slurm nodes.txt --jobs jobs.txt -o cluster",
    .own = slurm_options,
    .options_size = sizeof(fleet_options),
    .run = run_slurm,
};
