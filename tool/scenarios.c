// dcat scenarios: list the shipped scenarios, or copy one to a folder to edit.

#include "cli.h"

#include <string.h>

typedef struct scenarios_options {
    const char *name;
    const char *out;
    bool force;
} scenarios_options;

static const struct argp_option option_table[] = {
    {"out", 'o', "DIR", 0, "Copy the scenario's files into this new folder", 0},
    {"force", 'f', NULL, 0, "Replace the files of a scenario that is there", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    scenarios_options *options = state->input;
    switch (key) {
    case 'o':
        options->out = arg;
        return 0;
    case 'f':
        options->force = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->name != NULL) {
            argp_error(state, "one scenario at a time");
        }
        options->name = arg;
        return 0;
    case ARGP_KEY_END:
        if ((options->name == NULL) != (options->out == NULL)) {
            argp_error(state, "to copy a scenario give its name and --out DIR");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "[NAME]",
    .doc = "List the shipped scenarios, or copy one to edit.\v"
           "Example: dcat scenarios chinanet --out my-network",
};

int dcat_cli_scenarios(int argc, char **argv)
{
    scenarios_options options = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return 1;
    }
    if (options.name == NULL) {
        for (size_t i = 0; dcat_shipped_scenario_name(i) != NULL; i++) {
            printf("%-12s %s\n", dcat_shipped_scenario_name(i), dcat_shipped_scenario_title(i));
        }
        return 0;
    }
    dcat_error err = {0};
    dcat_status status =
        dcat_shipped_scenario_export(options.name, options.out, options.force, &err);
    if (status == DCAT_OK) {
        printf("%s/scenario.yaml\n", options.out);
    }
    return cli_exit(status, &err);
}
