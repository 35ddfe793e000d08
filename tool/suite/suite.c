// SPDX-License-Identifier: Apache-2.0
// dcat suite: the benchmark suite of the field, with policies that others add.

#include "tool/ranks/ranks.h"
#include "tool/suite/suite_run.h"

#include <stdlib.h>
#include <string.h>

typedef struct suite_options {
    cli_options common;
    const char *plan_file; // Nullable
    cli_list added;        // manifests
    bool quick;
} suite_options;

static const cli_option option_table[] = {
    {"add", 0, CLI_LIST, "FILE", CLI_AT(suite_options, added),
     .help = "An entry: the manifest of a policy to run with the suite's own; repeatable"},
    {"plan", 0, CLI_TEXT, "FILE", CLI_AT(suite_options, plan_file),
     .help =
         "Run this suite instead of the shipped one (a changed copy of studies/suite/suite.yaml)"},
    {"quick", 0, CLI_FLAG, NULL, CLI_AT(suite_options, quick),
     .help = "Few worlds and cycles: shows that all of it works and is no result"},
    {0},
};

// --- entries

static dcat_status load_entries(suite_run *run, const cli_list *files, suite_entry *entries,
                                dcat_error *err)
{
    dcat_status status = DCAT_OK;
    run->entries = entries;
    for (size_t e = 0; status == DCAT_OK && e < files->count; e++) {
        suite_entry *entry = &entries[run->entry_count++];
        status = suite_entry_load(files->text[e], entry, err);
        for (size_t other = 0; status == DCAT_OK && other < e; other++) {
            if (strcmp(entries[other].name, entry->name) == 0) {
                status = dcat_fail(err, DCAT_ERR_FIELD, "%s: two entries are called %s",
                                   files->text[e], entry->name);
            }
        }
        if (status == DCAT_OK && entry->version != run->suite->version) {
            status = dcat_fail(err, DCAT_ERR_FIELD,
                               "%s: suite must be %zu, the version that runs, got %zu",
                               files->text[e], run->suite->version, entry->version);
        }
    }
    return status;
}

// --- a point

// A generated country lies in a folder that nobody sees for as long as it is read.
static dcat_status load_country(const suite_point *point, const char *near,
                                dcat_scenario **scenario, dcat_error *err)
{
    dcat_generate_config config = {.server_count = point->server_count, .seed = point->seed};
    char path[CLI_PATH_SIZE];
    dcat_output *output = NULL;
    size_t link_count;
    snprintf(path, sizeof path, "%.*s.%s", CLI_PATH_SIZE - 50, near, point->name);
    dcat_status status = dcat_output_open(path, false, &output, err);
    if (status == DCAT_OK) {
        status = dcat_generate(&config, output, &link_count, err);
    }
    if (status == DCAT_OK) {
        fflush(NULL); // files of an output are written out with it
        snprintf(path, sizeof path, "%.*s/scenario.yaml", CLI_PATH_SIZE - 20,
                 dcat_output_temporary(output));
        status = dcat_scenario_load(path, NULL, 0, scenario, err);
    }
    dcat_output_abort(output);
    return status;
}

static dcat_status load_point(const suite_run *run, const suite_point *point, comparison *c,
                              dcat_error *err)
{
    if (point->scenario == NULL) {
        return load_country(point, run->common->out != NULL ? run->common->out : "suite",
                            &c->scenario, err);
    }
    return dcat_scenario_load(point->scenario, (const char *const *)point->set, point->set_count,
                              &c->scenario, err);
}

static dcat_status add_policies(const suite_run *run, comparison *c, dcat_error *err)
{
    const cli_policy shipped = {0};
    dcat_status status = DCAT_OK;
    for (size_t p = 0; status == DCAT_OK && p < run->suite->policy_count + run->entry_count; p++) {
        bool own = p < run->suite->policy_count;
        const suite_entry *entry = own ? NULL : &run->entries[p - run->suite->policy_count];
        char text[CLI_PATH_SIZE];
        snprintf(text, sizeof text, "%s", own ? run->suite->policies[p] : entry->resolved);
        dcat_error inner = {0};
        status = comparison_add(c, text, &shipped, true, &inner);
        if (status != DCAT_OK) {
            dcat_fail(err, status, "%s %s: %s", own ? "policy" : "entry",
                      own ? run->suite->policies[p] : entry->name, inner.message);
        }
    }
    return status;
}

static dcat_status run_point(const suite_run *run, size_t i, dcat_error *err)
{
    const suite_point *point = &run->suite->points[i];
    comparison *c = &run->points[i];
    dcat_status status = add_policies(run, c, err);
    if (status == DCAT_OK) {
        status = load_point(run, point, c, err);
    }
    if (status == DCAT_OK) {
        status = comparison_bind(c, run->common, err);
    }
    if (status == DCAT_OK) {
        status = comparison_make_room(c, run->common, run->budget.world_count, err);
    }
    if (status == DCAT_OK) {
        status = comparison_configure(c, run->common, run->budget.cycle_count, err);
    }
    if (status == DCAT_OK) {
        status = comparison_recall(c, run->common, err);
    }
    if (status == DCAT_OK && !run->common->quiet) {
        fprintf(stderr, "point %zu of %zu: %s\n", i + 1, run->suite->point_count, point->name);
    }
    return status == DCAT_OK ? comparison_run(c, run->common, err) : status;
}

// --- the suite

static dcat_status run_points(suite_run *run, dcat_error *err)
{
    run->points = calloc(run->suite->point_count, sizeof *run->points);
    if (run->points == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu points", run->suite->point_count);
    }
    double start_s = cli_clock_s();
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < run->suite->point_count; i++) {
        status = run_point(run, i, err);
    }
    run->wall_s = cli_clock_s() - start_s;
    return status;
}

static dcat_status tell(const suite_run *run, dcat_output **output, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (*output != NULL) {
        status = suite_write_folder(run, *output, err);
        status = cli_output_finish(*output, status, err);
        *output = NULL;
    }
    if (status != DCAT_OK) {
        return status;
    }
    return run->common->json ? suite_write_json(run, stdout, err)
                             : suite_write_text(run, cli_text_width(), cli_text(), err);
}

static dcat_status perform(suite_run *run, const suite_options *options, suite_entry *entries,
                           dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = load_entries(run, &options->added, entries, err);
    if (status == DCAT_OK && run->common->out != NULL) {
        status = dcat_output_open(run->common->out, run->common->force, &output, err);
    }
    if (status == DCAT_OK) {
        status = run_points(run, err);
    }
    if (status == DCAT_OK) {
        status = tell(run, &output, err);
    }
    dcat_output_abort(output);
    return status;
}

static int run_suite(void *command_options)
{
    const suite_options *options = command_options;
    suite *plan = NULL;
    suite_entry *entries = calloc(options->added.count + 1, sizeof *entries);
    suite_run run = {.common = &options->common, .quick = options->quick};
    dcat_error err = {0};
    dcat_status status = entries == NULL ? dcat_fail(&err, DCAT_ERR_MEMORY, "out of memory")
                                         : suite_load(options->plan_file, &plan, &err);
    if (status == DCAT_OK) {
        run.suite = plan;
        run.budget = options->quick ? plan->quick : plan->full;
        status = perform(&run, options, entries, &err);
    }
    for (size_t i = 0; run.points != NULL && i < plan->point_count; i++) {
        comparison_clear_up(&run.points[i], options->common.out != NULL && status == DCAT_OK);
        comparison_free(&run.points[i]);
    }
    for (size_t e = 0; e < run.entry_count; e++) {
        suite_entry_free(&entries[e]);
    }
    free(run.points);
    free(entries);
    suite_destroy(plan);
    return cli_ranks_exit(status, &err);
}

const cli_command cli_suite = {
    .name = "suite",
    .brief = "",
    .summary = "the benchmark suite: all policies at fixed points, and yours",
    .about =
        "Run the benchmark suite: a fixed, versioned set of scenarios, worlds and days, and all "
        "built-in policies.\v"
        "A score is the mean gain in profit over the best of the paper's baselines. Others add "
        "policy files and plug-ins by a manifest (--add). With --out writes suite.csv, scores.csv, "
        "points.csv, entries.csv, schema.json, suite.json and suite.txt, and keeps finished runs "
        "in DIR.jobs until then: after Ctrl-C the same command goes on from there. docs/suite.md "
        "says how to add and how to cite.\n\n"
        "Example: dcat suite --add greedy/entry.yaml --out results/suite",
    .own = option_table,
    .common = &cli_common_options[1], // the suite's scenarios are fixed: no --set
    .common_title = "Common options:",
    .options_size = sizeof(suite_options),
    .run = run_suite,
};
