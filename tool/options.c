// SPDX-License-Identifier: Apache-2.0
#include "base/threads.h"
#include "tool/cli.h"

#include <stdlib.h>
#include <string.h>

const cli_option cli_common_options[] = {
    {"set", 0, CLI_LIST, "KEY.PATH=VALUE", CLI_AT(cli_options, overrides),
     .help = "Override a value of the scenario, such as clustering.span_max_km=150; repeatable"},
    {"seed", 0, CLI_WHOLE, "N", CLI_AT(cli_options, seed), .max = UINT64_MAX, .standard = "1",
     .help = "Seed of worlds, arrivals, lotteries (default @)"},
    {"out", 'o', CLI_TEXT, "DIR", CLI_AT(cli_options, out),
     .help = "Write the results into this new folder"},
    {"force", 'f', CLI_FLAG, NULL, CLI_AT(cli_options, force),
     .help = "Replace the folder, with all in it, if it holds earlier results"},
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json), .help = "Print the result as JSON"},
    {"threads", 0, CLI_WHOLE, "N", CLI_AT(cli_options, thread_count), .min = 1, .max = 1024,
     .help = "Threads of each process (default: all cores); results do not depend on it"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(cli_options, quiet),
     .help = "No progress bar and no remarks"},
    {0},
};

dcat_status cli_load(const cli_options *common, dcat_scenario **scenario, dcat_error *err)
{
    dcat_status status = dcat_scenario_load(common->scenario, common->overrides.text,
                                            common->overrides.count, scenario, err);
    for (size_t i = 0;
         status == DCAT_OK && !common->quiet && dcat_scenario_note(*scenario, i) != NULL; i++) {
        if (dcat_scenario_note_is_warning(*scenario, i)) {
            fprintf(stderr, "dcat: warning: %s\n", dcat_scenario_note(*scenario, i));
        }
    }
    return status;
}

dcat_status cli_load_world(const cli_options *common, dcat_scenario **scenario, dcat_world **world,
                           dcat_error *err)
{
    dcat_status status = cli_load(common, scenario, err);
    return status == DCAT_OK ? dcat_scenario_world(*scenario, common->seed, world, err) : status;
}

dcat_status cli_output_finish(dcat_output *output, dcat_status status, dcat_error *err)
{
    if (status != DCAT_OK) {
        dcat_output_abort(output);
        return status;
    }
    for (const char *line = dcat_output_notes(output); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        fprintf(stderr, "warning: %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    return dcat_output_commit(output, err);
}

void cli_options_free(void *options)
{
    cli_options *common = options;
    free(common->overrides.text);
    free(common->command);
}
