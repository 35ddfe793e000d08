// SPDX-License-Identifier: Apache-2.0
#include "tool/reproduce/options.h"

#include <stdlib.h>
#include <string.h>

// "AUCTION=FILE" of --policy.
static dcat_status set_policy(void *options, char *arg, dcat_error *err)
{
    reproduce_command *command = options;
    char name[32] = "";
    const char *equals = strchr(arg, '=');
    if (equals != NULL && (size_t)(equals - arg) < sizeof name) {
        memcpy(name, arg, (size_t)(equals - arg));
    }
    const dcat_auction *auction = dcat_auction_find(name);
    if (auction == NULL ||
        (auction != dcat_auction_find("rea") && auction != dcat_auction_find("rea-s"))) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--policy is written rea=FILE or rea-s=FILE; got '%s'", arg);
    }
    command->policies[auction->limit] = equals + 1;
    return DCAT_OK;
}

// "NAME=FILE" of --add.
static dcat_status add_given(void *options, char *arg, dcat_error *err)
{
    reproduce_command *command = options;
    const char *equals = strchr(arg, '=');
    size_t length = equals != NULL ? (size_t)(equals - arg) : 0;
    if (length == 0 || length >= REPRODUCE_NAME_SIZE || equals[1] == '\0') {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--add is written NAME=FILE with a name of 1 to %d bytes; got '%s'",
                         REPRODUCE_NAME_SIZE - 1, arg);
    }
    if (command->given_count == REPRODUCE_GIVEN_MAX) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--add: at most %d", REPRODUCE_GIVEN_MAX);
    }
    char *name = strndup(arg, length);
    if (name == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    command->given_names[command->given_count] = name;
    command->given[command->given_count++] = (reproduce_given){name, equals + 1};
    return DCAT_OK;
}

static dcat_status add_figure(void *options, const char *arg, dcat_error *err)
{
    reproduce_command *command = options;
    if (command->figure_count == FIGURE_NAME_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "at most %d figures", FIGURE_NAME_MAX);
    }
    command->figure_names[command->figure_count++] = arg;
    return DCAT_OK;
}

static dcat_status no_figure(const reproduce_plan *plan, const char *name, dcat_error *err)
{
    char names[REPRODUCE_SWEEP_MAX * (REPRODUCE_NAME_SIZE + 2)] = "";
    for (size_t s = 0; s < plan->sweep_count; s++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s, ", plan->sweeps[s].figure);
    }
    return dcat_fail(err, DCAT_ERR_FIELD, "no figure is called '%s'; there are: %s, %sall", name,
                     plan->curves.figure, names);
}

// What the figures' names mean is known when --plan is.
static dcat_status load_plan(void *options, dcat_error *err)
{
    reproduce_command *command = options;
    dcat_status status = reproduce_plan_load(command->plan_file, &command->plan, err);
    for (size_t i = 0; status == DCAT_OK && i < command->figure_count; i++) {
        const char *name = command->figure_names[i];
        unsigned figures = reproduce_figures_find(command->plan, name);
        command->figures |= figures;
        status = figures != 0 ? DCAT_OK : no_figure(command->plan, name, err);
    }
    return status;
}

static const cli_option option_table[] = {
    {"quick", 0, CLI_FLAG, NULL, CLI_AT(reproduce_command, quick),
     .help =
         "Few worlds, cycles and epochs: ends within five minutes on two cores and is no result"},
    {"per-world", 0, CLI_FLAG, NULL, CLI_AT(reproduce_command, per_world),
     .help = "Also train an actor from nothing for every world and point, as the paper does"},
    {"fine-tune", 0, CLI_FLAG, NULL, CLI_AT(reproduce_command, fine_tune),
     .help = "Also train on from the generalist for every world and point"},
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(reproduce_command, world_count), .min = 1, .max = 10000,
     .help = "Worlds of a point, seeds SEED to SEED+W-1 (default 20)"},
    {"cycles", 0, CLI_WHOLE, "N", CLI_AT(reproduce_command, cycle_count), .min = 1,
     .max = UINT32_MAX, .help = "First N cycles of the test days (default: all)"},
    {"epochs", 0, CLI_WHOLE, "N", CLI_AT(reproduce_command, epoch_count), .min = 1, .max = 1000000,
     .help = "Of a training on one world (default 600)"},
    {"curve-epochs", 0, CLI_WHOLE, "N", CLI_AT(reproduce_command, curve_epoch_count), .min = 1,
     .max = 1000000, .help = "Of a training of fig2 (default 1000)"},
    {"curve-seeds", 0, CLI_WHOLE, "N", CLI_AT(reproduce_command, curve_seed_count), .min = 1,
     .max = 1000, .help = "Trainings of fig2 per estimator (default 5)"},
    {"anneal-proposals", 0, CLI_WHOLE, "N", CLI_AT(reproduce_command, anneal_proposals), .min = 1,
     .max = 100000000,
     .help = "Budget of anneal: proposals every 88 cycles (default 1300, about 5 s a world)"},
    {"plan", 0, CLI_TEXT, "FILE", CLI_AT(reproduce_command, plan_file),
     .help = "Run this plan instead of the shipped one (a changed copy of "
             "studies/reproduce/plan.yaml)"},
    {"policy", 0, CLI_OWN, "AUCTION=FILE", .set = set_policy,
     .help = "Decide by this policy file instead of the shipped generalist of rea or rea-s; "
             "repeatable"},
    {"add", 0, CLI_OWN, "NAME=FILE", .set = add_given,
     .help = "A policy file as a row of the ablation; repeatable"},
    {0},
};

const cli_command cli_reproduce = {
    .name = "reproduce",
    .brief = "[FIGURE]",
    .summary = "the paper's evaluation, with intervals",
    .arguments = "[fig2|fig3|fig4|fig5|chinanet|ablation|all]...",
    .about =
        "Run the paper's experiments with Table I and set its claims beside what comes out.\v"
        "fig2 is convergence; fig3, fig4, fig5 sweep servers, span limit and arrival rate; "
        "chinanet "
        "is a network that the generalist never saw; ablation changes parts of DCAT. Writes "
        "DIR/report (report.html, figures, CSV, JSON) and keeps finished jobs in DIR/jobs: the "
        "same "
        "command goes on where an interrupted one stopped, and what another one has run already is "
        "not run again. --force forgets them. DIR is " REPRODUCE_OUT
        " without --out. Runs in several "
        "processes: mpirun -n 4 dcat reproduce all.\n\n"
        "Example: dcat reproduce all --per-world --fine-tune --out results/paper",
    .own = option_table,
    .common = cli_common_options,
    .common_title = "Common options:",
    .options_size = sizeof(reproduce_command),
    .argument = add_figure,
    .check = load_plan,
    .in_several = true,
    .run = reproduce_run,
};

reproduce_options reproduce_options_of(const reproduce_command *command, const char *program,
                                       const reproduce_learner *learner)
{
    reproduce_options options = reproduce_options_default(command->plan, command->quick);
    const cli_options *common = &command->common;
    options.scenario = "paper"; // the scenario is no argument of this command
    options.overrides = common->overrides.text;
    options.override_count = common->overrides.count;
    options.seed = common->seed;
    options.thread_count = common->thread_count;
    options.program = program;
    options.learner = learner;
    options.per_world = command->per_world;
    options.fine_tune = command->fine_tune;
    options.figures = command->figures != 0 ? command->figures : REPRODUCE_ALL;
    options.world_count = command->world_count > 0 ? command->world_count : options.world_count;
    options.cycle_count = command->cycle_count > 0 ? command->cycle_count : options.cycle_count;
    options.epoch_count = command->epoch_count > 0 ? command->epoch_count : options.epoch_count;
    options.curve_epoch_count =
        command->curve_epoch_count > 0 ? command->curve_epoch_count : options.curve_epoch_count;
    options.curve_seed_count =
        command->curve_seed_count > 0 ? command->curve_seed_count : options.curve_seed_count;
    options.anneal_proposals =
        command->anneal_proposals > 0 ? command->anneal_proposals : options.anneal_proposals;
    memcpy(options.policies, command->policies, sizeof options.policies);
    memcpy(options.given, command->given, sizeof options.given);
    options.given_count = command->given_count;
    return options;
}
