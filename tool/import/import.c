// SPDX-License-Identifier: Apache-2.0
// dcat import: outside data turned into the tables a scenario names. Each kind is a command of its
// own, in a file of its own.

#include "tool/import/import.h"

#include <inttypes.h>
#include <string.h>

// --- what every kind of import takes

const cli_option import_options[] = {
    {"out", 'o', CLI_TEXT, "PATH", CLI_AT(cli_options, out), .help = "Where to write (required)"},
    {"force", 'f', CLI_FLAG, NULL, CLI_AT(cli_options, force),
     .help = "Replace what is there already"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(cli_options, quiet),
     .help = "No counts on standard error"},
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json),
     .help = "Print the counts as JSON on standard output"},
    {0},
};

dcat_status import_check(void *options, dcat_error *err)
{
    const cli_options *common = options;
    return common->out != NULL ? DCAT_OK
                               : dcat_fail(err, DCAT_ERR_FIELD, "--out is missing: where to write");
}

// --- reports

void import_print_skips(const char *name, const dcat_import_count *count)
{
    import_print_places("skipped", name, count);
}

void import_print_places(const char *word, const char *name, const dcat_import_count *count)
{
    if (count->count == 0) {
        return;
    }
    cli_counted(stderr, "%-8s %" PRIu64 " %s:", word, count->count, name);
    for (uint64_t i = 0; i < count->count && i < DCAT_IMPORT_WHERE_MAX; i++) {
        fprintf(stderr, "%s %s", i > 0 ? "," : "", count->where[i]);
    }
    fprintf(stderr, "%s\n", count->count > DCAT_IMPORT_WHERE_MAX ? ", ..." : "");
}

// --- dcat import KIND

static const cli_command *const kinds[] = {
    &cli_import_huawei, &cli_import_swf,   &cli_import_csv,   &cli_import_gml,  &cli_import_graphml,
    &cli_import_sndlib, &cli_import_openb, &cli_import_gavel, &cli_import_slurm};

typedef struct kind_choice {
    cli_options common;
    const cli_command *kind;
} kind_choice;

static dcat_status take_kind(void *options, const char *text, dcat_error *err)
{
    kind_choice *choice = options;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(strchr(kinds[i]->name, ' ') + 1, text) == 0) {
            choice->kind = kinds[i];
            return DCAT_OK;
        }
    }
    return dcat_fail(
        err, DCAT_ERR_FIELD,
        "no import named \"%s\": there are huawei-regionless, swf, csv, gml, graphml, sndlib, "
        "openb, gavel and slurm",
        text);
}

static dcat_status need_kind(void *options, dcat_error *err)
{
    const kind_choice *choice = options;
    return choice->kind != NULL ? DCAT_OK
                                : dcat_fail(err, DCAT_ERR_FIELD,
                                            "what to import is missing: huawei-regionless, swf, "
                                            "csv, gml, graphml, sndlib, openb, gavel or slurm");
}

// The words behind the kind are the kind's command line.
static int run(void *options)
{
    const kind_choice *choice = options;
    int argc = choice->common.argc - choice->common.argument_at;
    char **argv = choice->common.argv + choice->common.argument_at;
    char *word = argv[0], title[64];
    snprintf(title, sizeof title, "dcat %s", choice->kind->name);
    argv[0] = title;
    int code = cli_run(choice->kind, argc, argv);
    argv[0] = word;
    return code;
}

const cli_command cli_import = {
    .name = "import",
    .brief = "KIND PATH",
    .summary = "turn outside data into the tables a scenario names",
    .arguments = "KIND INPUT -o PATH",
    .about =
        "Turn outside data into the tables a scenario names.\v"
        "Kinds:\n"
        "  huawei-regionless  the Huawei VM trace to an hourly demand table\n"
        "  swf                a batch trace in Standard Workload Format to a task table\n"
        "  csv                a table of your own to a task table\n"
        "  gml                a Topology Zoo file to node and link tables\n"
        "  graphml            the same from GraphML\n"
        "  sndlib             an SNDlib network to node, link and demand tables\n"
        "  openb              Alibaba's GPU trace of 2023 to a scenario with tasks\n"
        "  gavel              Gavel's throughputs by device to an efficiency table\n"
        "  slurm              nodes and jobs of a Slurm cluster to a scenario\n\n"
        "`dcat import KIND --help' tells the rules and options of each. Counts of what was read, "
        "kept and skipped go to standard error, with --json to standard output.",
    .options_size = sizeof(kind_choice),
    .argument = take_kind,
    .check = need_kind,
    .first_is_last = true,
    .run = run,
};
