// SPDX-License-Identifier: Apache-2.0
// dcat tune: the public settings of a market that earn most.

#include "dcat/x/file.h"
#include "dcat/x/tune_report.h"
#include "tool/policy.h"
#include "tool/stop.h"
#include "tool/worlds.h"

#include <stdlib.h>
#include <string.h>

typedef struct tune_options {
    cli_options common;
    const char *policy;
    size_t world_count, test_world_count, proposal_count;
} tune_options;

typedef struct tuning {
    const cli_options *common;
    cli_policy chosen;
    char program[CLI_PROGRAM_SIZE];
    dcat_tune_plan plan;
    dcat_tune_result result;
    dcat_jobs how;
    cli_jobs jobs;
    cli_progress progress;
    bool stopped;
    double wall_s;
    dcat_output *output; // Nullable
} tuning;

static const cli_option option_table[] = {
    {"policy", 0, CLI_TEXT, "K:A", CLI_AT(tune_options, policy), .standard = "linkage:rea-s",
     .help = "Whom to tune for (default @): a clusterer, and an auction with a public ceiling; "
             "a2c=FILE:auction decides by a policy file, file=FILE:auction has the clusters of a "
             "table"},
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(tune_options, world_count), .min = 1, .max = 1000,
     .standard = "5", .help = "Worlds to try settings in, seeds SEED+100 on (default @)"},
    {"proposals", 0, CLI_WHOLE, "N", CLI_AT(tune_options, proposal_count), .min = 1, .max = 100000,
     .standard = "200", .help = "Settings to try at most (default @)"},
    {"test-worlds", 0, CLI_WHOLE, "W", CLI_AT(tune_options, test_world_count), .min = 1,
     .max = DCAT_TUNE_SEED_OFFSET, .standard = "20",
     .help = "Worlds to judge what was found in, seeds SEED to SEED+W-1 (default @)"},
    {0},
};

// --- progress

static bool should_stop(void *user)
{
    tuning *t = user;
    return cli_jobs_stop(&t->jobs);
}

static void show(void *user, size_t done, size_t count)
{
    tuning *t = user;
    t->jobs.done = done;
    t->jobs.count = count;
    cli_progress_show(&t->progress, done, count);
}

// --- running

static dcat_status choose_policy(tuning *t, const char *policy, dcat_error *err)
{
    char text[1024];
    if (strlen(policy) >= sizeof text) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--policy: too long at '%.40s'", policy);
    }
    snprintf(text, sizeof text, "%s", policy);
    dcat_error inner = {0};
    dcat_status status = cli_policy_parse(&t->chosen, text, &inner);
    if (status == DCAT_OK && !t->chosen.policy.auction->under_ceiling) {
        status = dcat_fail(&inner, DCAT_ERR_FIELD,
                           "auction %s has no public ceiling: there is nothing to tune for it; "
                           "rea-s, vickrey and posted have one",
                           t->chosen.policy.auction->name);
    }
    if (status == DCAT_OK) {
        status = cli_policy_load(&t->chosen, t->common->quiet, &inner);
    }
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "--policy: %s", inner.message);
}

// What the clusters of a table need of the scenario, and its warnings, once.
static dcat_status bind_policy(tuning *t, dcat_error *err)
{
    dcat_scenario *scenario = NULL;
    dcat_status status = cli_load(t->common, &scenario, err);
    if (status == DCAT_OK) {
        status = cli_policy_bind(&t->chosen, scenario, t->common->quiet, err);
    }
    dcat_scenario_destroy(scenario);
    return status;
}

static void configure(tuning *t, const tune_options *options)
{
    const cli_options *common = t->common;
    bool own_file = t->chosen.actor != NULL || t->chosen.clusters != NULL;
    t->how = dcat_jobs_default();
    t->how.thread_count = common->thread_count;
    t->how.user = t;
    t->how.progress = show;
    t->how.stop = should_stop;
    t->how.stopped = &t->stopped;
    t->plan = (dcat_tune_plan){
        .scenario = common->scenario,
        .overrides = common->overrides.text,
        .override_count = common->overrides.count,
        .policy = t->chosen.policy,
        .seed = common->seed,
        .world_count = options->world_count,
        .test_world_count = options->test_world_count,
        .proposal_count = options->proposal_count,
        .program = t->program,
        .model = own_file ? t->chosen.file : NULL,
        .out = common->out,
        .jobs = &t->how,
    };
}

static dcat_status prepare(tuning *t, const tune_options *options, dcat_error *err)
{
    dcat_status status = choose_policy(t, options->policy, err);
    if (status == DCAT_OK) {
        status = bind_policy(t, err);
    }
    if (status == DCAT_OK) {
        status = cli_program(t->program, err);
    }
    if (status == DCAT_OK && t->common->out != NULL) {
        status = dcat_output_open(t->common->out, t->common->force, &t->output, err);
    }
    configure(t, options);
    return status;
}

static dcat_status search(tuning *t, dcat_error *err)
{
    char folder[CLI_PATH_SIZE];
    if (t->common->out != NULL) {
        snprintf(folder, sizeof folder, "%.*s.jobs", CLI_PATH_SIZE - 8, t->common->out);
        t->jobs.folder = folder;
        cli_stop_catch();
    }
    t->progress = cli_progress_start("runs", t->common->quiet);
    double start_s = cli_clock_s();
    dcat_status status = dcat_tune_run(&t->plan, &t->result, err);
    t->wall_s = cli_clock_s() - start_s;
    cli_progress_end(&t->progress);
    if (status != DCAT_OK && (t->stopped || cli_stop_asked())) {
        status = cli_jobs_ended(&t->jobs, err);
    }
    if (t->result.damaged > 0) {
        cli_counted(stderr, "%zu kept {run was|runs were} damaged and ran again\n",
                    t->result.damaged);
    }
    if (t->result.recalled > 0 && !t->common->quiet) {
        fprintf(stderr, "%zu of %zu runs were kept from before\n", t->result.recalled,
                t->result.run_count);
    }
    return status;
}

// The scenario with its tables, so that it can be run.
static dcat_status write_origin(const dcat_manifest *manifest, dcat_output *output, dcat_error *err)
{
    dcat_status status = dcat_scenario_write_folder(manifest->scenario, output, err);
    FILE *file = status == DCAT_OK ? dcat_output_file(output, "manifest.json", err) : NULL;
    if (status == DCAT_OK) {
        status = file == NULL ? err->status : dcat_manifest_write(manifest, file, err);
    }
    return status;
}

static dcat_status tell(tuning *t, dcat_error *err)
{
    const dcat_tune_report report = {.plan = &t->plan, .result = &t->result};
    dcat_status status = DCAT_OK;
    if (t->output != NULL) {
        const dcat_manifest manifest = cli_manifest(t->common, t->result.scenario, t->wall_s);
        status = dcat_write_tune_folder(&report, &manifest, t->output, err);
        if (status == DCAT_OK) {
            status = write_origin(&manifest, t->output, err);
        }
        if (status == DCAT_OK) {
            status = cli_output_finish(t->output, status, err);
            t->output = NULL; // either way
        }
    }
    if (status == DCAT_OK && t->common->out != NULL) {
        status = dcat_tune_forget(t->common->out, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    return t->common->json ? dcat_write_tune_json(&report, stdout, err)
                           : dcat_write_tune_text(&report, cli_text(), err);
}

static int run(void *command_options)
{
    tune_options *options = command_options;
    tuning t = {.common = &options->common};
    dcat_error err = {0};
    dcat_status status = prepare(&t, options, &err);
    if (status == DCAT_OK) {
        status = search(&t, &err);
    }
    if (status == DCAT_OK) {
        status = tell(&t, &err);
    }
    dcat_output_abort(t.output);
    if (status == DCAT_OK && !t.common->quiet && t.common->out != NULL) {
        fprintf(stderr, "Report: %s/report.html\n", t.common->out);
    }
    dcat_tune_result_free(&t.result);
    cli_policy_free(&t.chosen);
    return cli_ranks_exit(status, &err);
}

const cli_command cli_tune = {
    .name = "tune",
    .summary = "the public settings of a market that earn most",
    CLI_SCENARIO,
    .about =
        "Find the order of tasks, the handicap, the ceiling and the admission that earn most for a "
        "clusterer and "
        "an auction.\v"
        "Settings are tried on training days in worlds that no report uses, at random and then "
        "near the best, and chosen on validation days: of all within 0.3 % of the best the one "
        "farthest from a cliff, so that a lever moved by a quarter costs little, and servers "
        "or data that are other than expected do no great harm. Prints the gain on test days with "
        "its 95 % confidence interval, and what each lever brings. With --out also writes "
        "scenario.yaml with the settings found and its tables, tune.json, tune.txt, levers.csv, "
        "moves.csv, "
        "tries.csv and report.html, and keeps finished runs in DIR.jobs until then: after Ctrl-C "
        "the same command goes on from there.\n\n"
        "Example: dcat tune paper --policy linkage:rea-s --out tuned",
    .own = option_table,
    .options_size = sizeof(tune_options),
    .run = run,
};
