// SPDX-License-Identifier: Apache-2.0
// dcat import csv: a task table from a table of the user's own.

#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN_MAX 1024

typedef struct csv_options {
    cli_options common;
    dcat_import_csv_config config;
    dcat_csv_origin origins[ORIGIN_MAX];
} csv_options;

// The field of "FIELD=...", which is cut at its first '='.
static dcat_status take_field(char *text, const char *option, dcat_csv_field *field, char **value,
                              dcat_error *err)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || equals[1] == '\0') {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--%s must have the form FIELD=..., got \"%s\"",
                         option, text);
    }
    *equals = '\0';
    *value = equals + 1;
    *field = dcat_csv_field_find(text);
    return *field != DCAT_CSV_FIELD_COUNT
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD,
                           "--%s: no field \"%s\"; there are arrival_s, origin, work_gigacycles, "
                           "data_mb, deadline_s, value, class, allow and deny",
                           option, text);
}

static dcat_status set_column(void *options, char *text, dcat_error *err)
{
    dcat_import_csv_config *config = &((csv_options *)options)->config;
    dcat_csv_field field;
    char *name = NULL;
    dcat_status status = take_field(text, "column", &field, &name, err);
    if (status != DCAT_OK) {
        return status;
    }
    char *star = strrchr(name, '*');
    double factor = 1.0;
    if (star != NULL && cli_real(star + 1, &factor) == NULL) { // otherwise it is of the name
        *star = '\0';
        config->factor[field] = factor;
    }
    config->column[field] = name;
    return DCAT_OK;
}

static dcat_status set_always(void *options, char *text, dcat_error *err)
{
    dcat_csv_field field;
    char *value = NULL;
    dcat_status status = take_field(text, "always", &field, &value, err);
    if (status == DCAT_OK) {
        ((csv_options *)options)->config.always[field] = value;
    }
    return status;
}

static dcat_status set_origin(void *command_options, char *text, dcat_error *err)
{
    csv_options *options = command_options;
    char *equals = strrchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0' ||
        options->config.origin_count == ORIGIN_MAX) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--origin must have the form FROM=AREA, got \"%s\"",
                         text);
    }
    *equals = '\0';
    options->origins[options->config.origin_count++] = (dcat_csv_origin){text, equals + 1};
    options->config.origins = options->origins;
    return DCAT_OK;
}

static dcat_status set_zone(void *options, char *text, dcat_error *err)
{
    int hours, minutes, end = 0;
    bool sign = text[0] == '+' || text[0] == '-';
    if (!sign || sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 ||
        text[1 + end] != '\0' || hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--zone must be like +01:00, got \"%s\"", text);
    }
    ((csv_options *)options)->config.zone_s =
        (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return DCAT_OK;
}

static dcat_status set_separator(void *options, char *text, dcat_error *err)
{
    const char *separator = strcmp(text, "tab") == 0 ? "\t" : text;
    if (separator[0] == '\0' || separator[1] != '\0') {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "--separator must be one character or tab, got \"%s\"", text);
    }
    ((csv_options *)options)->config.separator = separator[0];
    return DCAT_OK;
}

static const cli_option option_table[] = {
    {"column", 0, CLI_OWN, "FIELD=NAME[*X]", .set = set_column,
     .help = "Read arrival_s, origin, work_gigacycles, data_mb, deadline_s, value, class, allow or "
             "deny from a column, numbers times factors (repeatable)"},
    {"always", 0, CLI_OWN, "FIELD=VALUE", .set = set_always,
     .help = "What a field is that no column has (repeatable)"},
    {"time", 0, CLI_TEXT, "FORMAT", CLI_AT(csv_options, config.time_format), .standard = "s",
     .help = "Of arrivals: s, ms, us, ns, iso, or a pattern such as '%d.%m.%Y %H:%M' (default @)"},
    {"zone", 0, CLI_OWN, "+HH:MM", .set = set_zone,
     .help = "Of dates without a zone of their own (default UTC)"},
    {"origin", 0, CLI_OWN, "FROM=AREA", .set = set_origin,
     .help = "Area of the scenario for what the table says; '*' for all others. With any, rows of "
             "others are skipped (repeatable)"},
    {"separator", 0, CLI_OWN, "C", .set = set_separator,
     .help = "Between cells: a character or tab (default comma)"},
    {"from-first", 0, CLI_FLAG, NULL, CLI_AT(csv_options, config.from_first),
     .help = "Count arrivals from the first one"},
    {0},
};

static void start(void *options)
{
    ((csv_options *)options)->config = dcat_import_csv_config_default();
}

static void print(const dcat_import_csv_stats *stats, const char *out)
{
    cli_counted(stderr, "read     %" PRIu64 " {row|rows}\n", stats->row_count);
    import_print_places("recoded", "{line that is|lines that are} not UTF-8, read as Latin-1",
                        &stats->converted);
    for (int i = 0; i < DCAT_CSV_SKIP_COUNT; i++) {
        import_print_skips(dcat_csv_skip_name((dcat_csv_skip)i), &stats->skip[i]);
    }
    if (stats->start_s > 0.0) {
        fprintf(stderr, "rebased  %.15g s taken off all arrivals\n", stats->start_s);
    }
    cli_counted(
        stderr,
        "kept     %" PRIu64 " {task|tasks}, arrivals from %.15g s to %.15g s, work %.6g Gcycles\n",
        stats->task_count, stats->arrival_s_first, stats->arrival_s_last, stats->work_gigacycles);
    fprintf(stderr, "wrote    %s\n", out);
}

static int run(void *command_options)
{
    const csv_options *options = command_options;
    const cli_options *common = &options->common;
    dcat_error err = {0};
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_import_csv_stats stats;
    dcat_status status = dcat_output_single_open(common->out, common->force, &output, &file, &err);
    if (status != DCAT_OK) {
        return cli_exit(status, &err);
    }
    status = dcat_import_csv(common->scenario, &options->config, file, &stats, &err);
    status = dcat_output_single_finish(output, status, &err);
    if (status == DCAT_OK && !common->quiet) {
        print(&stats, common->out);
    }
    if (status == DCAT_OK && common->json) {
        status = dcat_write_import_csv_json(&stats, common->out, stdout, &err);
    }
    return cli_exit(status, &err);
}

const cli_command cli_import_csv = {
    .name = "import csv",
    IMPORT_KIND,
    .start = start,
    .arguments = "FILE",
    .about =
        "Make a task table from a table of your own with a header, one line a row.\v"
        "FILE may be compressed. Every field of tasks.csv up to deadline_s needs a column or what "
        "it "
        "always is. Rows that make no task are skipped and counted by reason: malformed, no_time, "
        "no_number, out_of_range, no_origin.\n\n"
        "  dcat import csv jobs.csv -o tasks.csv --time iso --from-first \\\n"
        "    --column arrival_s=submitted --column 'work_gigacycles=cpu_hours*9000' \\\n"
        "    --column origin=site --origin hh=Hamburg \\\n"
        "    --always data_mb=20 --always deadline_s=5",
    .own = option_table,
    .options_size = sizeof(csv_options),
    .run = run,
};
