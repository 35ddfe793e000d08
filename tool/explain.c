// SPDX-License-Identifier: Apache-2.0
// dcat explain: why one task went where it went.

#include "tool/policy.h"

#include "dcat/x/explain.h"
#include <stdlib.h>

typedef struct explain_options {
    cli_options common;
    cli_policy chosen;
    uint32_t cycle;
    int32_t task;
} explain_options;

static const cli_option option_table[] = {
    CLI_POLICY_OPTIONS(explain_options, chosen),
    {"cycle", 0, CLI_WHOLE, "C", CLI_AT(explain_options, cycle), .max = UINT32_MAX,
     .help = "Cycle of the task (default: the first test cycle)"},
    {"task", 0, CLI_WHOLE, "N", CLI_AT(explain_options, task), .max = INT32_MAX, .standard = "0",
     .help = "Number of the task within its cycle, from 0 (default @); with a task file, its "
             "position in the file"},
    {0},
};

// Looks for the task while the run goes on; explains it before its slot is auctioned.
typedef struct search {
    uint32_t cycle;
    int64_t task;
    bool found;
    dcat_explanation explained;
    dcat_status status;
    dcat_error *err;
    int32_t task_last; // highest number seen in the cycle
} search;

static bool before_slot(void *user, const dcat_slot_record *slot)
{
    search *s = user;
    for (size_t n = 0; slot->cycle == s->cycle && n < slot->task_count; n++) {
        s->task_last = slot->tasks[n].id > s->task_last ? slot->tasks[n].id : s->task_last;
        if (slot->tasks[n].id == s->task) {
            s->found = true;
            s->status = dcat_explanation_make(&s->explained, slot, (int32_t)n, s->err);
            return false;
        }
    }
    return true;
}

static dcat_status find(search *s, const dcat_scenario *scenario, const dcat_world *world,
                        const dcat_policy *policy, uint64_t seed)
{
    dcat_cycle_span test = dcat_scenario_test_cycles(scenario);
    uint32_t first = s->cycle < test.first ? s->cycle : test.first; // the run simulate would make
    const dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = *policy, .seed = seed,
                                    .cycle_first = first, .cycle_count = s->cycle - first + 1};
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = s,
                                  .before_slot = before_slot};
    dcat_run_result result;
    dcat_status status = dcat_run(world, dcat_scenario_demand_view(scenario), &config, &hooks, NULL,
                                  &result, s->err);
    if (status == DCAT_OK && !s->found && s->task_last < 0) {
        status = dcat_fail(s->err, DCAT_ERR_NOT_FOUND, "--task %lld: no task arrives in cycle %u",
                           (long long)s->task, s->cycle);
    } else if (status == DCAT_OK && !s->found) {
        status = dcat_fail(s->err, DCAT_ERR_NOT_FOUND,
                           "--task %lld: cycle %u has no such task; its last is %d",
                           (long long)s->task, s->cycle, s->task_last);
    }
    return status == DCAT_OK ? s->status : status;
}

static dcat_status explain(explain_options *options, const cli_options *common,
                           dcat_scenario **scenario, dcat_world **world, search *s, dcat_error *err)
{
    if (common->out != NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "explain prints its answer; it takes no --out");
    }
    dcat_status status = cli_load_world(common, scenario, world, err);
    if (status == DCAT_OK) {
        status = cli_policy_bind(&options->chosen, *scenario, common->quiet, err);
    }
    if (status == DCAT_OK && !common->quiet) {
        cli_policies_remark(&options->chosen, 1, *scenario);
    }
    if (status != DCAT_OK) {
        return status;
    }
    s->cycle =
        cli_given(common, "cycle") ? options->cycle : dcat_scenario_test_cycles(*scenario).first;
    s->task = options->task;
    status = find(s, *scenario, *world, &options->chosen.policy, common->seed);
    if (status != DCAT_OK) {
        return status;
    }
    if (common->json) {
        return dcat_write_explanation_json(&s->explained, *scenario, &options->chosen.policy,
                                           stdout, err);
    }
    dcat_write_explanation_text(&s->explained, *scenario, &options->chosen.policy, cli_text());
    return DCAT_OK;
}

static int run(void *command_options)
{
    explain_options *options = command_options;
    const cli_options *common = &options->common;
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    dcat_error err = {0};
    search s = {.task_last = -1, .err = &err};
    dcat_status status = cli_policy_load(&options->chosen, common->quiet, &err);
    if (status == DCAT_OK) {
        status = explain(options, common, &scenario, &world, &s, &err);
    }
    dcat_explanation_free(&s.explained);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    cli_policy_free(&options->chosen);
    return cli_exit(status, &err);
}

const cli_command cli_explain = {
    .name = "explain",
    .summary = "why one task went where it went",
    CLI_SCENARIO,
    .about =
        "Explain what became of one task of a run: for every cluster its delays, whether it could "
        "finish in time, its limit and the round in which it left; then winner, price and each "
        "member's share, or why nobody got it.\v"
        "Cycle and task are those of 'dcat simulate' with the same options (columns cycle and "
        "task of tasks.csv).\n\n"
        "Example: dcat explain paper --auction rea --cycle 2400 --task 7",
    .own = option_table,
    .options_size = sizeof(explain_options),
    .run = run,
};
