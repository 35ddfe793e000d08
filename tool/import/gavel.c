// SPDX-License-Identifier: Apache-2.0
// dcat import gavel: an efficiency table from throughputs by device.

#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <inttypes.h>

typedef struct gavel_options {
    cli_options common;
    const char *reference;
} gavel_options;

static const cli_option option_table[] = {
    {"reference", 0, CLI_TEXT, "DEVICE", CLI_AT(gavel_options, reference), .standard = "p100",
     .help = "Device whose efficiency is 1 for every class (default @)"},
    {0},
};

static void print(const dcat_import_gavel_stats *stats, const char *out)
{
    cli_counted(stderr, "kept     %d {device|devices}, %d {job|jobs} on one device each\n",
                stats->device_count, stats->class_count);
    if (stats->job_skipped_count > 0) {
        cli_counted(stderr, "skipped  %d {entry|entries} of jobs on several devices, or of none\n",
                    stats->job_skipped_count);
    }
    if (stats->device_skipped_count > 0) {
        cli_counted(stderr, "skipped  %d {device|devices} whose jobs are spread over servers\n",
                    stats->device_skipped_count);
    }
    if (stats->no_reference_count > 0) {
        cli_counted(stderr, "skipped  %d {job|jobs} that the reference does not run\n",
                    stats->no_reference_count);
    }
    fprintf(stderr, "wrote    %s, %" PRIu64 " efficiencies above 0\n", out, stats->cell_count);
}

static int run(void *command_options)
{
    const gavel_options *options = command_options;
    const cli_options *common = &options->common;
    dcat_error err = {0};
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_import_gavel_stats stats;
    dcat_status status = dcat_output_single_open(common->out, common->force, &output, &file, &err);
    if (status != DCAT_OK) {
        return cli_exit(status, &err);
    }
    status = dcat_import_gavel(common->scenario, options->reference, file, &stats, &err);
    status = dcat_output_single_finish(output, status, &err);
    if (status == DCAT_OK && !common->quiet) {
        print(&stats, common->out);
    }
    if (status == DCAT_OK && common->json) {
        status = dcat_write_import_gavel_json(&stats, common->out, stdout, &err);
    }
    return cli_exit(status, &err);
}

const cli_command cli_import_gavel = {
    .name = "import gavel",
    IMPORT_KIND,
    .arguments = "FILE",
    .about =
        "Make an efficiency table from a file of throughputs as Gavel keeps them.\v"
        "Reads JSON, {device: {\"('job', devices)\": {\"null\": steps a second}}}, as "
        "simulation_throughputs.json of github.com/stanford-futuredata/gavel (MIT licence). Writes "
        "device,<job>...: what each job reaches alone on one device, as a multiple of that on the "
        "reference. Jobs on several devices and pairs that share one are left out.\n\n"
        "  dcat import gavel simulation_throughputs.json -o efficiency.csv \\\n"
        "    --reference v100",
    .own = option_table,
    .options_size = sizeof(gavel_options),
    .run = run,
};
