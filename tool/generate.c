// dcat generate: a synthetic country of any size, as the files of a scenario.

#include "import/generate.h"
#include "cli.h"
#include "dcat/x/file.h"
#include "file/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

typedef struct generate_options {
    generate_config config;
    const char *out;
    bool force, quiet;
} generate_options;

enum { KEY_SERVERS = 0x100, KEY_AREAS, KEY_CITIES, KEY_SIZE, KEY_SEED };

static const struct argp_option option_table[] = {
    {"servers", KEY_SERVERS, "N", 0, "Servers (required)", 0},
    {"areas", KEY_AREAS, "A", 0, "Areas that tasks come from (default N / 20, at least 5)", 0},
    {"cities", KEY_CITIES, "C", 0, "Cities (default A / 2, at least 5)", 0},
    {"size-km", KEY_SIZE, "X", 0,
     "Side of the square country (default: one city for each 100 km by 100 km)", 0},
    {"seed", KEY_SEED, "S", 0, "Seed of all that is drawn (default 1)", 0},
    {"out", 'o', "DIR", 0, "Write the scenario into this new folder (required)", 0},
    {"force", 'f', NULL, 0, "Replace the folder, with all in it, if dcat made it", 0},
    {"quiet", 'q', NULL, 0, "No remarks", 0},
    {0},
};

static double side_km(const struct argp_state *state, const char *text)
{
    double value = 0.0;
    const char *broken = text_number(text, strlen(text), &value);
    if (broken != NULL || value < 1.0 || value > GENERATE_SIDE_KM_MAX) {
        argp_error(state, "--size-km must be a number in [1, %g], got '%s'", GENERATE_SIDE_KM_MAX,
                   text);
    }
    return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    generate_options *options = state->input;
    generate_config *config = &options->config;
    switch (key) {
    case KEY_SERVERS:
        config->server_count = cli_number(state, "--servers", arg, 1, GENERATE_SERVER_MAX);
        return 0;
    case KEY_AREAS:
        config->area_count = cli_number(state, "--areas", arg, 1, GENERATE_AREA_MAX);
        return 0;
    case KEY_CITIES:
        config->city_count = cli_number(state, "--cities", arg, 1, GENERATE_AREA_MAX);
        return 0;
    case KEY_SIZE:
        config->side_km = side_km(state, arg);
        return 0;
    case KEY_SEED:
        config->seed = cli_number(state, "--seed", arg, 0, UINT64_MAX);
        return 0;
    case 'o':
        options->out = arg;
        return 0;
    case 'f':
        options->force = true;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "takes options only, got '%s'", arg);
        return EINVAL;
    case ARGP_KEY_END:
        if (config->server_count == 0) {
            argp_error(state, "--servers is missing: how many");
        }
        if (options->out == NULL) {
            argp_error(state, "--out is missing: where to write");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc =
        "Make a synthetic country as a scenario: cities by Zipf's law, servers and demand around "
        "them, a backbone and districts.\v"
        "The same options and seed give the same bytes. scenario.yaml says what is assumed.\n\n"
        "Example: dcat generate --servers 2000 --out country\n"
        "         dcat compare country/scenario.yaml",
};

static dcat_status make(const generate_options *options, generate_country *country, dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open(options->out, options->force, &output, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = generate_country_make(&options->config, country, err);
    if (status == DCAT_OK) {
        status = generate_write(country, output, err);
    }
    if (status != DCAT_OK) {
        dcat_output_abort(output);
        return status;
    }
    return dcat_output_commit(output, err);
}

int dcat_cli_generate(int argc, char **argv)
{
    generate_options options = {.config = {.seed = 1}};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return 1;
    }
    dcat_error err = {0};
    generate_country country = {0};
    dcat_status status = make(&options, &country, &err);
    if (status == DCAT_OK) {
        const generate_config *c = &country.config;
        if (!options.quiet) {
            fprintf(stderr, "%zu servers, %zu areas, %zu cities on %g km, %zu backbone links\n",
                    c->server_count, c->area_count, c->city_count, c->side_km, country.link_count);
        }
        printf("%s/scenario.yaml\n", options.out);
    }
    generate_country_free(&country);
    return cli_exit(status, &err);
}
