// SPDX-License-Identifier: Apache-2.0
// dcat import huawei-regionless: an hourly demand table.

#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <inttypes.h>

typedef struct huawei_options {
    cli_options common;
    int day_count;
} huawei_options;

static const cli_option option_table[] = {
    {"days", 0, CLI_WHOLE, "N", CLI_AT(huawei_options, day_count), .min = 1,
     .max = DCAT_HUAWEI_DAY_MAX, .standard = "122",
     .help = "Days of the table, from day 1 (default @, the whole trace)"},
    {0},
};

static void print(const dcat_import_huawei_stats *stats, const char *out)
{
    cli_counted(stderr, "read     %d {file|files}, %" PRIu64 " {line|lines}", stats->file_count,
                stats->line_count);
    if (stats->ignored_file_count > 0) {
        cli_counted(stderr, " (%d other {file|files} ignored)", stats->ignored_file_count);
    }
    cli_counted(stderr, "\nkept     %" PRIu64 " {sample|samples} of %d {region|regions}\n",
                stats->sample_count, stats->region_count);
    for (int i = 0; i < DCAT_HUAWEI_SKIP_COUNT; i++) {
        import_print_skips(dcat_huawei_skip_name((dcat_huawei_skip)i), &stats->skip[i]);
    }
    fprintf(stderr, "instants %d, of which %d without any sample\n", stats->instant_count,
            stats->instant_empty_count);
    fprintf(stderr, "wrote    %s, %d rows, days 1 to %d\n", out, stats->row_count,
            stats->day_count);
}

static int run(void *command_options)
{
    const huawei_options *options = command_options;
    const cli_options *common = &options->common;
    dcat_error err = {0};
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_import_huawei_stats stats;
    dcat_status status = dcat_output_single_open(common->out, common->force, &output, &file, &err);
    if (status != DCAT_OK) {
        return cli_exit(status, &err);
    }
    status = dcat_import_huawei(common->scenario, options->day_count, file, &stats, &err);
    status = dcat_output_single_finish(output, status, &err);
    if (status == DCAT_OK && !common->quiet) {
        print(&stats, common->out);
    }
    if (status == DCAT_OK && common->json) {
        status = dcat_write_import_huawei_json(&stats, common->out, stdout, &err);
    }
    return cli_exit(status, &err);
}

const cli_command cli_import_huawei = {
    .name = "import huawei-regionless",
    IMPORT_KIND,
    .arguments = "DIR",
    .about =
        "Make an hourly demand table from the Huawei \"Regionless orchestration datasets\".\v"
        "Reads every tenant*.csv, tenant*.csv.gz and tenant*.csv.xz of DIR, lines "
        "\"day hh:mm:ss,region,vm_type,cores\". Writes day,hour,<region>...: the cores in use, "
        "summed over tenants and VM types and averaged over the six ten-minute instants of the "
        "hour. An instant without a row counts as 0. Of two rows for the same tenant, instant, "
        "region and VM type the first counts. Lines that are skipped are counted by reason.\n\n"
        "  dcat import huawei-regionless trace/ -o demand.csv",
    .own = option_table,
    .options_size = sizeof(huawei_options),
    .run = run,
};
