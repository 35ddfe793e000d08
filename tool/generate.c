// SPDX-License-Identifier: Apache-2.0
// dcat generate: a synthetic country of any size, as the files of a scenario.

#include "dcat/x/file.h"
#include "dcat/x/import.h"
#include "tool/cli.h"

typedef struct generate_options {
    cli_options common;
    dcat_generate_config config;
} generate_options;

static const cli_option option_table[] = {
    {"servers", 0, CLI_WHOLE, "N", CLI_AT(generate_options, config.server_count), .min = 1,
     .max = DCAT_GENERATE_SERVER_MAX, .help = "Servers (required)"},
    {"areas", 0, CLI_WHOLE, "A", CLI_AT(generate_options, config.area_count), .min = 1,
     .max = DCAT_GENERATE_AREA_MAX,
     .help = "Areas that tasks come from (default N / 20, at least 5)"},
    {"cities", 0, CLI_WHOLE, "C", CLI_AT(generate_options, config.city_count), .min = 1,
     .max = DCAT_GENERATE_AREA_MAX, .help = "Cities (default A / 2, at least 5)"},
    {"size-km", 0, CLI_REAL, "X", CLI_AT(generate_options, config.side_km), .low = 1.0,
     .high = DCAT_GENERATE_SIDE_KM_MAX,
     .help = "Side of the square country (default: one city for each 100 km by 100 km)"},
    {"seed", 0, CLI_WHOLE, "S", CLI_AT(generate_options, config.seed), .max = UINT64_MAX,
     .standard = "1", .help = "Seed of all that is drawn (default @)"},
    {"out", 'o', CLI_TEXT, "DIR", CLI_AT(cli_options, out),
     .help = "Write the scenario to this new folder (required)"},
    {"force", 'f', CLI_FLAG, NULL, CLI_AT(cli_options, force),
     .help = "Replace the folder, with all in it, if dcat made it"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(cli_options, quiet), .help = "No remarks"},
    {0},
};

static dcat_status refuse_argument(void *options, const char *text, dcat_error *err)
{
    (void)options;
    return dcat_fail(err, DCAT_ERR_FIELD, "takes options only, got '%s'", text);
}

static dcat_status check(void *command_options, dcat_error *err)
{
    const generate_options *options = command_options;
    if (options->config.server_count == 0) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--servers is missing: how many");
    }
    return options->common.out != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "--out is missing: where to write");
}

static dcat_status make(generate_options *options, size_t *link_count, dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open(options->common.out, options->common.force, &output, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = dcat_generate(&options->config, output, link_count, err);
    return dcat_output_finish(output, status, err);
}

static int run(void *command_options)
{
    generate_options *options = command_options;
    dcat_error err = {0};
    size_t link_count = 0;
    dcat_status status = make(options, &link_count, &err);
    if (status == DCAT_OK) {
        const dcat_generate_config *c = &options->config;
        if (!options->common.quiet) {
            cli_counted(
                stderr,
                "%zu {server|servers}, %zu areas, %zu cities on %g km, %zu backbone links\n",
                c->server_count, c->area_count, c->city_count, c->side_km, link_count);
        }
        printf("%s/scenario.yaml\n", options->common.out);
    }
    return cli_exit(status, &err);
}

const cli_command cli_generate = {
    .name = "generate",
    .brief = "OPTIONS",
    .summary = "a synthetic country of any size, as a scenario",
    .about =
        "Make a synthetic country as a scenario: cities by Zipf's law, servers and demand around "
        "them, a backbone and districts.\v"
        "The same options and seed give the same bytes. scenario.yaml says what is assumed.\n\n"
        "Example: dcat generate --servers 2000 --out country\n"
        "         dcat compare country/scenario.yaml",
    .own = option_table,
    .options_size = sizeof(generate_options),
    .argument = refuse_argument,
    .check = check,
    .run = run,
};
