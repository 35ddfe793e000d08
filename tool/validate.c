// SPDX-License-Identifier: Apache-2.0
// dcat validate: check a scenario and say, in the user's units, what was understood.

#include "dcat/x/scenario_facts.h"
#include "tool/cli.h"

#ifdef DCAT_HAVE_SERVICE
#include "exchange/settings/settings.h"
#endif

// As JSON, too, when the world needs more memory than there is; err says so in any case.
static void tell_needs(const cli_options *common, const dcat_scenario *scenario,
                       const dcat_error *err)
{
    dcat_world_needs needs;
    if (common->json && err->status == DCAT_ERR_MEMORY &&
        dcat_scenario_world_needs(scenario, common->seed, &needs, NULL) == DCAT_OK &&
        needs.bytes > needs.limit_bytes) {
        (void)dcat_write_scenario_refusal(scenario, &needs, err->message, stdout, NULL);
    }
}

static dcat_status validate(const cli_options *common, dcat_scenario **scenario, dcat_world **world,
                            dcat_error *err)
{
    if (common->out != NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "validate prints its answer; it takes no --out");
    }
    double start_s = cli_clock_s();
    dcat_status status = dcat_scenario_load(common->scenario, common->overrides.text,
                                            common->overrides.count, scenario, err);
    double loaded_s = cli_clock_s();
    if (status == DCAT_OK) {
        status = dcat_scenario_world(*scenario, common->seed, world, err);
        tell_needs(common, *scenario, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_facts_options options = {
        .seed = common->seed,
        .thread_count = common->thread_count,
        .read_s = loaded_s - start_s,
        .world_s = cli_clock_s() - loaded_s,
        .json = common->json,
        .text_width = cli_text_width(),
    };
    return dcat_write_scenario_facts(*scenario, *world, &options,
                                     common->json ? stdout : cli_text(), err);
}

static int run(void *options)
{
#ifdef DCAT_HAVE_SERVICE
    const cli_options *common = options;
    bool of_exchange = false;
    dcat_error unread = {0};
    dcat_status seen = exchange_settings_are(common->scenario, &of_exchange, &unread);
    if (seen != DCAT_OK) {
        return cli_exit(seen, &unread);
    }
    if (of_exchange) {
        return serve_validate(common->scenario, common->json);
    }
#endif
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    dcat_error err = {0};
    dcat_status status = validate(options, &scenario, &world, &err);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    return cli_exit(status, &err);
}

const cli_command cli_validate = {
    .name = "validate",
    .summary = "check a scenario and say what was understood",
    CLI_SCENARIO,
    .about = "Check a scenario and everything it names, and print what was understood.\v"
             "What a seed draws (positions, speeds, link rates) is shown for the world of --seed, "
             "demand for its arrivals in the test cycles.\n\n"
             "The settings of an exchange are checked as well (docs/exchange.md).\n\n"
             "Example: dcat validate my-network/scenario.yaml",
    .options_size = sizeof(cli_options),
    .run = run,
};
