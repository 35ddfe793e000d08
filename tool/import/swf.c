// SPDX-License-Identifier: Apache-2.0
// dcat import swf: a task table from a batch trace.

#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct swf_options {
    cli_options common;
    dcat_import_swf_config config;
    char *origin_text; // cut at its commas
    const char **origins;
} swf_options;

// "a,b,c" into the config.
static dcat_status set_origins(void *command_options, char *text, dcat_error *err)
{
    swf_options *options = command_options;
    free(options->origin_text);
    free(options->origins);
    options->origin_text = strdup(text);
    options->origins = calloc(strlen(text) + 1, sizeof *options->origins);
    if (options->origin_text == NULL || options->origins == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    options->config.origin_count = 0;
    options->config.origins = options->origins;
    char *rest = options->origin_text;
    while (rest != NULL) {
        options->origins[options->config.origin_count++] = strsep(&rest, ",");
    }
    return DCAT_OK;
}

static dcat_status set_origin_by(void *target, char *text, dcat_error *err)
{
    dcat_swf_origin *origin_by = target;
    *origin_by = dcat_swf_origin_find(text);
    return *origin_by != DCAT_SWF_ORIGIN_COUNT
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD,
                           "--origin-by must be user, group, queue or partition, got \"%s\"", text);
}

static dcat_status set_scaled(const char *option, double unit, const char *text, double *target,
                              dcat_error *err)
{
    const char *broken = cli_real(text, target);
    *target *= unit;
    return broken == NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "--%s: %s, got \"%s\"", option, broken, text);
}

static dcat_status set_core(void *target, char *text, dcat_error *err)
{
    return set_scaled("core-ghz", 1e9, text, target, err);
}

static dcat_status set_factor(void *target, char *text, dcat_error *err)
{
    return set_scaled("deadline-factor", 1.0, text, target, err);
}

static dcat_status set_floor(void *target, char *text, dcat_error *err)
{
    return set_scaled("deadline-min-s", 1.0, text, target, err);
}

static dcat_status set_data(void *target, char *text, dcat_error *err)
{
    return set_scaled("data-mb", 1e6, text, target, err);
}

static const cli_option option_table[] = {
    {"origins", 0, CLI_OWN, "A,B,...", .set = set_origins,
     .help = "Areas of the scenario that tasks come from (required)"},
    {"origin-by", 0, CLI_OWN, "WHAT", CLI_AT(swf_options, config.origin_by), .set = set_origin_by,
     .standard = "user",
     .help = "Which number of a job chooses its area, modulo their count: user, group, queue or "
             "partition (default @)"},
    {"core-ghz", 0, CLI_OWN, "X", CLI_AT(swf_options, config.core_hz), .set = set_core,
     .standard = "2.5", .help = "Speed of one processor of the traced machine (default @)"},
    {"deadline-factor", 0, CLI_OWN, "X", CLI_AT(swf_options, config.deadline_factor),
     .set = set_factor, .standard = "2",
     .help = "Deadline as multiple of the run time (default @)"},
    {"deadline-min-s", 0, CLI_OWN, "X", CLI_AT(swf_options, config.deadline_s_min),
     .set = set_floor, .standard = "2", .help = "Shortest deadline, seconds (default @)"},
    {"data-mb", 0, CLI_OWN, "X", CLI_AT(swf_options, config.data_bits), .set = set_data,
     .standard = "20", .help = "Input data of every task, Mb (default @)"},
    {"from-first", 0, CLI_FLAG, NULL, CLI_AT(swf_options, config.from_first),
     .help = "Count arrivals from the first one"},
    {0},
};

static void start(void *options)
{
    ((swf_options *)options)->config = dcat_import_swf_config_default();
}

static dcat_status check(void *options, dcat_error *err)
{
    const swf_options *swf = options;
    dcat_status status = import_check(options, err);
    return status != DCAT_OK || swf->config.origin_count > 0
               ? status
               : dcat_fail(err, DCAT_ERR_FIELD,
                           "--origins is missing: the areas the tasks come from, as a,b,c");
}

static void print(const dcat_import_swf_stats *stats, const cli_options *common,
                  const dcat_import_swf_config *config)
{
    cli_counted(stderr,
                "read     %" PRIu64 " {line|lines}: %" PRIu64 " {comment|comments}, %" PRIu64
                " {job|jobs}\n",
                stats->line_count, stats->comment_count, stats->job_count);
    for (int i = 0; i < stats->header_count; i++) {
        fprintf(stderr, "trace    %s\n", stats->header[i]);
    }
    if (stats->line_converted_count > 0) {
        cli_counted(
            stderr,
            "recoded  %" PRIu64
            " header {line that is|lines that are} not UTF-8, read as Latin-1 (Windows-1252)\n",
            stats->line_converted_count);
    }
    import_print_places("ignored", "with more than 18 fields", &stats->more_fields);
    if (stats->start_s > 0.0) {
        fprintf(stderr, "rebased  %.15g s taken off all arrivals\n", stats->start_s);
    }
    for (int i = 0; i < DCAT_SWF_SKIP_COUNT; i++) {
        import_print_skips(dcat_swf_skip_name((dcat_swf_skip)i), &stats->skip[i]);
    }
    cli_counted(
        stderr,
        "kept     %" PRIu64 " {task|tasks}, arrivals from %.15g s to %.15g s, work %.6g Gcycles\n",
        stats->task_count, stats->arrival_s_first, stats->arrival_s_last, stats->work_cycles / 1e9);
    fprintf(stderr,
            "filled   %" PRIu64 " with requested processors, %" PRIu64
            " with the first origin, %" PRIu64 " with the shortest deadline of %g s\n",
            stats->requested_processors_count, stats->unknown_origin_count,
            stats->deadline_floor_count, config->deadline_s_min);
    fprintf(stderr, "wrote    %s\n", common->out);
}

static dcat_status import(const swf_options *options, dcat_import_swf_stats *stats, dcat_error *err)
{
    const cli_options *common = &options->common;
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_status status = dcat_import_swf_config_check(&options->config, err);
    if (status == DCAT_OK) {
        status = dcat_output_single_open(common->out, common->force, &output, &file, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    status = dcat_import_swf(common->scenario, &options->config, file, stats, err);
    return dcat_output_single_finish(output, status, err);
}

static int run(void *command_options)
{
    swf_options *options = command_options;
    dcat_error err = {0};
    dcat_import_swf_stats stats;
    dcat_status status = import(options, &stats, &err);
    if (status == DCAT_OK && !options->common.quiet) {
        print(&stats, &options->common, &options->config);
    }
    if (status == DCAT_OK && options->common.json) {
        status = dcat_write_import_swf_json(&stats, options->common.out, stdout, &err);
    }
    free(options->origins);
    free(options->origin_text);
    return cli_exit(status, &err);
}

const cli_command cli_import_swf = {
    .name = "import swf",
    IMPORT_INPUT,
    .start = start,
    .check = check,
    .arguments = "FILE",
    .about =
        "Make a task table from a trace in Standard Workload Format.\v"
        "FILE may be plain, .gz or .xz. Writes "
        "arrival_s,origin,work_gigacycles,data_mb,deadline_s, one row per job kept:\n\n"
        "  arrival   submit time\n"
        "  work      run time x processors (allocated, else requested) x core speed\n"
        "  deadline  factor x run time, at least the shortest, from arrival\n"
        "  origin    the area whose place is the job's user number modulo the number of\n"
        "            areas; the first area when the number is unknown\n\n"
        "Skipped, with counts: malformed lines, cancelled jobs (status 5), parts of "
        "checkpointed jobs (status 2 to 4, the whole job has its own line), unknown submit time, "
        "run time of 0 or unknown, processors unknown, a line that repeats the one before it. "
        "Fields behind the 18th are ignored, with a count.\n\n"
        "  dcat import swf trace.swf.gz -o tasks.csv --origins beijing,shanghai",
    .own = option_table,
    .options_size = sizeof(swf_options),
    .run = run,
};
