// SPDX-License-Identifier: Apache-2.0
// dcat reproduce: the paper's evaluation, with intervals, and ours beside it.

#include "base/ranks/ranks.h"
#include "dcat/x/report.h"
#include "tool/cli.h"
#include "tool/reproduce/learner.h"
#include "tool/reproduce/options.h"
#include "tool/stop.h"
#include "tool/worlds.h"

#include <stdlib.h>
#include <string.h>

// --- stopping and progress

typedef struct watch {
    cli_progress progress;
    cli_jobs jobs;
    bool quiet;
} watch;

static bool should_stop(void *user)
{
    watch *w = user;
    return cli_jobs_stop(&w->jobs);
}

static void begin(void *user, size_t recalled, size_t damaged, size_t to_do)
{
    watch *w = user;
    if (damaged > 0) {
        fprintf(stderr, "%zu kept jobs are damaged and run again\n", damaged);
    }
    w->jobs.done = recalled;
    w->jobs.count = recalled + to_do;
    if (!w->quiet && recalled > 0) {
        fprintf(stderr, "%zu jobs are kept from before, %zu are to do\n", recalled, to_do);
    }
}

// Jobs take from milliseconds to half a minute, so the bar counts their expected time instead.
static void progress(void *user, size_t done, size_t count)
{
    watch *w = user;
    w->jobs.done++;
    cli_progress_show(&w->progress, done, count);
}

// --- the study

// Paths below DIR; owned.
typedef struct folders {
    char *jobs, *report;
} folders;

static dcat_status name_folders(const char *out, folders *names, dcat_error *err)
{
    if (asprintf(&names->jobs, "%s/jobs", out) < 0) {
        names->jobs = NULL;
    }
    if (asprintf(&names->report, "%s/report", out) < 0) {
        names->report = NULL;
    }
    return names->jobs != NULL && names->report != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
}

static dcat_status write_report(const reproduce_study *study, const cli_options *common,
                                double wall_s, dcat_output *output, dcat_error *err)
{
    const dcat_manifest manifest = cli_manifest(common, study->base, wall_s);
    dcat_status status = reproduce_write_folder(study, &manifest, output, err);
    return cli_output_finish(output, status, err);
}

// The folders of rank 0. What cannot be replaced is refused before any work is done.
static dcat_status open_folders(const folders *names, bool anew, dcat_output **output,
                                dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (cli_first()) {
        status = dcat_output_open(names->report, true, output, err);
    }
    if (cli_first() && status == DCAT_OK) {
        status = reproduce_jobs_open(names->jobs, anew, err);
    }
    return ranks_agree(cli_ranks(), status, err);
}

static dcat_status run(reproduce_study *study, const cli_options *common, const folders *names,
                       dcat_error *err)
{
    dcat_output *output = NULL;
    watch w = {.progress = cli_progress_start("per mille done", common->quiet),
               .jobs.folder = names->jobs,
               .quiet = common->quiet};
    reproduce_run_config config = {
        .folder = cli_first() ? names->jobs : NULL,
        .jobs = dcat_jobs_default(),
        .begin = begin,
    };
    config.jobs.ranks = cli_ranks();
    config.jobs.user = &w;
    config.jobs.clock_s = cli_clock;
    config.jobs.progress = progress;
    config.jobs.stop = should_stop;
    bool complete = false;
    double start_s = cli_clock_s();
    dcat_status status = open_folders(names, common->force, &output, err);
    if (status == DCAT_OK) {
        cli_stop_catch();
        status = reproduce_study_run(study, &config, &complete, err);
        cli_progress_end(&w.progress);
        if (status == DCAT_OK ? !complete : cli_stop_asked()) {
            status = cli_jobs_ended(&w.jobs, err);
        }
    }
    if (status != DCAT_OK || !cli_first()) {
        dcat_output_abort(output);
        return status;
    }
    return write_report(study, common, cli_clock_s() - start_s, output, err);
}

static dcat_status print(const reproduce_study *study, const cli_options *common,
                         const folders *names, dcat_error *err)
{
    dcat_status status = common->json ? reproduce_write_json(study, true, stdout, err)
                                      : reproduce_write_text(study, true, cli_text(), err);
    cli_text_show();
    if (status == DCAT_OK && !common->quiet) {
        fprintf(stderr, "Report: %s/report.html\n", names->report);
    }
    return status;
}

static dcat_status reproduce(const reproduce_command *command, reproduce_study *study,
                             reproduce_policies *policies, dcat_error *err)
{
    const cli_options *common = &command->common;
    char program[CLI_PROGRAM_SIZE];
    folders names = {0};
    const reproduce_learner learner = reproduce_learner_make(policies);
    dcat_status status = cli_program(program, err);
    if (status == DCAT_OK) {
        status = name_folders(common->out != NULL ? common->out : REPRODUCE_OUT, &names, err);
    }
    if (status == DCAT_OK) {
        const reproduce_options options = reproduce_options_of(command, program, &learner);
        status = reproduce_study_plan(&options, study, err);
    }
    status = ranks_agree(cli_ranks(), status, err);
    if (status == DCAT_OK) {
        status = run(study, common, &names, err);
    }
    if (status == DCAT_OK && cli_first()) {
        status = print(study, common, &names, err);
    }
    free(names.jobs);
    free(names.report);
    return status;
}

int reproduce_run(void *options)
{
    reproduce_command *command = options;
    static reproduce_study study; // too large for a stack
    reproduce_policies policies = {0};
    dcat_error err = {0};
    dcat_status status = reproduce(command, &study, &policies, &err);
    reproduce_study_free(&study);
    reproduce_plan_destroy(command->plan);
    reproduce_policies_free(&policies);
    for (size_t i = 0; i < command->given_count; i++) {
        free(command->given_names[i]);
    }
    return cli_ranks_exit(status, &err);
}
