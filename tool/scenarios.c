// SPDX-License-Identifier: Apache-2.0
// dcat scenarios: list the shipped scenarios, or copy one to a folder to edit.

#include "tool/cli.h"

static const cli_option option_table[] = {
    {"out", 'o', CLI_TEXT, "DIR", CLI_AT(cli_options, out),
     .help = "Copy the scenario's files into this new folder"},
    {"force", 'f', CLI_FLAG, NULL, CLI_AT(cli_options, force),
     .help = "Replace the files of a scenario that is there"},
    {0},
};

static dcat_status check(void *options, dcat_error *err)
{
    const cli_options *common = options;
    return (common->scenario == NULL) == (common->out == NULL)
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "to copy a scenario give its name and --out DIR");
}

static int run(void *options)
{
    const cli_options *common = options;
    if (common->scenario == NULL) {
        for (size_t i = 0; dcat_shipped_scenario_name(i) != NULL; i++) {
            fprintf(cli_text(), "%-12s  %s\n", dcat_shipped_scenario_name(i),
                    dcat_shipped_scenario_title(i));
        }
        return 0;
    }
    dcat_error err = {0};
    dcat_status status =
        dcat_shipped_scenario_export(common->scenario, common->out, common->force, &err);
    if (status == DCAT_OK) {
        printf("%s/scenario.yaml\n", common->out);
    }
    return cli_exit(status, &err);
}

const cli_command cli_scenarios = {
    .name = "scenarios",
    .brief = "[NAME]",
    .summary = "list the shipped scenarios, or copy one to edit",
    .arguments = "[NAME]",
    .about = "List the shipped scenarios, or copy one to edit.\v"
             "Example: dcat scenarios chinanet --out my-network",
    .own = option_table,
    .options_size = sizeof(cli_options),
    .takes = "scenario",
    .check = check,
    .run = run,
};
