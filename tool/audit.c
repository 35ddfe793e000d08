// SPDX-License-Identifier: Apache-2.0
// dcat audit: what a market promises, measured by trying to break it.

#include "dcat/x/audit.h"
#include "dcat/x/file.h"
#include "tool/policy.h"
#include "tool/worlds.h"

#include <stdlib.h>

#define GAMING_CYCLES 120

typedef struct audit_options {
    cli_options common;
    cli_policy chosen;
    size_t world_count;
    uint32_t cycle_count; // 0: all test cycles
    int64_t pair_count;
    size_t attempt_max;
    bool png;
} audit_options;

static const cli_option option_table[] = {
    {"auction", 0, CLI_OWN, "A", CLI_AT(audit_options, chosen), .set = cli_set_auction,
     .help = "Audit this auction only (default: all of them)"},
    CLI_CLUSTERER_OPTION(audit_options, chosen),
    CLI_MODEL_OPTIONS(audit_options, chosen),
    {"pairs", 0, CLI_WHOLE, "N", CLI_AT(audit_options, pair_count), .min = 1, .max = UINT32_MAX,
     .standard = "1000000",
     .help = "Random lies in the scenario's auctions, per auction rule (default @)"},
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(audit_options, world_count), .min = 1, .max = 100000,
     .standard = "3", .help = "Worlds, seeds SEED to SEED+W-1 (default @)"},
    {"cycles", 0, CLI_WHOLE, "N", CLI_AT(audit_options, cycle_count), .min = 1, .max = UINT32_MAX,
     .help = "First N cycles of the test days (default: all)"},
    {"attempts", 0, CLI_WHOLE, "N", CLI_AT(audit_options, attempt_max), .min = 1, .max = UINT32_MAX,
     .standard = "50",
     .help = "At most N clusters, servers and owners game in each world (default @)"},
    {"png", 0, CLI_FLAG, NULL, CLI_AT(audit_options, png), .help = "Figures as PNG too"},
    {0},
};

// Everything an audit holds; freed together.
typedef struct audit {
    audit_options *options;
    const cli_options *common;
    dcat_scenario *scenario;
    cli_policy chosen[DCAT_AUCTION_MAX];
    dcat_policy policies[DCAT_AUCTION_MAX];
    size_t policy_count;
    cli_worlds worlds;
    dcat_audit_auction results[DCAT_AUCTION_MAX];
    dcat_audit_theorem2 theorem2;
    dcat_audit_config config;
    double wall_s;
    bool failed;
} audit;

// One policy per auction; what is learned may differ between them.
static dcat_status load_policies(audit *a, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < dcat_auction_count() && status == DCAT_OK; i++) {
        const cli_policy *asked = &a->options->chosen;
        if (cli_given(a->common, "auction") && dcat_auction_at(i) != asked->policy.auction) {
            continue;
        }
        cli_policy *chosen = &a->chosen[a->policy_count];
        *chosen = *asked;
        chosen->own_file = NULL; // stays the option's
        chosen->policy.auction = dcat_auction_at(i);
        status = cli_policy_load(chosen, a->common->quiet, err);
        if (status == DCAT_OK) {
            status = cli_policy_bind(chosen, a->scenario, a->common->quiet, err);
        }
        a->policies[a->policy_count++] = chosen->policy;
    }
    return status;
}

static dcat_status run(audit *a, dcat_error *err)
{
    dcat_cycle_span span;
    dcat_status status =
        dcat_scenario_first_test_cycles(a->scenario, a->options->cycle_count, &span, err);
    if (status != DCAT_OK) {
        return status;
    }
    cli_progress progress = cli_progress_start("audit", a->common->quiet);
    dcat_jobs jobs = dcat_jobs_default();
    jobs.thread_count = a->common->thread_count;
    jobs.user = &progress;
    jobs.progress = cli_progress_show;
    a->config = (dcat_audit_config){
        DCAT_SIZED(dcat_audit_config),
        .policies = a->policies,
        .policy_count = a->policy_count,
        .worlds = cli_worlds_view(&a->worlds),
        .seeds = a->worlds.seed,
        .world_count = a->worlds.count,
        .cycle_first = span.first,
        .cycle_count = span.count,
        .gaming_cycle_max = GAMING_CYCLES,
        .pair_count = a->options->pair_count,
        .jobs = &jobs,
        .attempt_max = a->options->attempt_max,
    };
    double start_s = cli_clock_s();
    status = dcat_audit_run(dcat_scenario_demand_view(a->scenario), &a->config, a->results,
                            &a->theorem2, err);
    a->wall_s = cli_clock_s() - start_s;
    a->config.jobs = NULL; // it ends here
    cli_progress_end(&progress);
    for (size_t p = 0; p < a->policy_count; p++) {
        a->failed = a->failed || dcat_audit_failed(&a->results[p]);
    }
    return status;
}

static dcat_status write_folder(const audit *a, const dcat_audit_report *report,
                                dcat_output *output, dcat_error *err)
{
    const dcat_manifest manifest = cli_manifest(a->common, report->scenario, report->wall_s);
    FILE *file = dcat_output_file(output, "audit.json", err);
    dcat_status status = file == NULL ? err->status : dcat_write_audit_json(report, file, err);
    if (status == DCAT_OK) {
        dcat_table table = dcat_audit_table(report);
        dcat_schema schema = {0};
        status = dcat_table_file(&table, output, &schema, err);
        status = status == DCAT_OK ? dcat_schema_write(&schema, output, err) : status;
    }
    if (status == DCAT_OK) {
        file = dcat_output_file(output, "audit.txt", err);
        if (file == NULL) {
            return err->status;
        }
        status = dcat_write_audit_text(report, file, err);
    }
    if (status == DCAT_OK) {
        status = dcat_write_audit_report(report, &manifest, output, a->options->png, err);
    }
    return status == DCAT_OK ? cli_write_origin(&manifest, output, err) : status;
}

static dcat_status prepare(audit *a, dcat_output **output, dcat_error *err)
{
    const cli_options *common = a->common;
    dcat_status status = cli_load(common, &a->scenario, err);
    if (status == DCAT_OK && common->out != NULL) {
        status = dcat_output_open(common->out, common->force, output, err);
    }
    if (status == DCAT_OK) {
        status = load_policies(a, err);
    }
    return status == DCAT_OK
               ? cli_worlds_make(a->scenario, common, a->options->world_count, &a->worlds, err)
               : status;
}

static dcat_status perform(audit *a, dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = prepare(a, &output, err);
    if (status == DCAT_OK) {
        status = run(a, err);
    }
    const dcat_audit_report report = {
        .scenario = a->scenario,
        .config = &a->config,
        .results = a->results,
        .theorem2 = &a->theorem2,
        .seed = a->common->seed,
        .wall_s = a->wall_s,
    };
    if (status == DCAT_OK && output != NULL) {
        status = write_folder(a, &report, output, err);
    }
    if (status == DCAT_OK && output != NULL) {
        status = cli_output_finish(output, DCAT_OK, err);
        output = NULL;
    }
    dcat_output_abort(output);
    if (status == DCAT_OK && a->common->json) {
        status = dcat_write_audit_json(&report, stdout, err);
    } else if (status == DCAT_OK) {
        dcat_audit_report shown = report; // files are no terminal
        shown.text_width = cli_text_width();
        status = dcat_write_audit_text(&shown, cli_text(), err);
    }
    return status;
}

static int run_command(void *options)
{
    const cli_options *common = options;
    audit a = {.options = options, .common = common};
    dcat_error err = {0};
    dcat_status status = perform(&a, &err);
    if (status == DCAT_OK && !common->quiet && common->out != NULL) {
        fprintf(stderr, "Report: %s/report.html\n", common->out);
    }
    for (size_t p = 0; p < a.policy_count; p++) {
        cli_policy_free(&a.chosen[p]);
    }
    free(a.options->chosen.own_file);
    cli_worlds_free(&a.worlds);
    dcat_scenario_destroy(a.scenario);
    int code = cli_exit(status, &err);
    return code == 0 && a.failed ? 1 : code;
}

const cli_command cli_audit = {
    .name = "audit",
    .summary = "try to break what the auctions promise",
    CLI_SCENARIO,
    .about =
        "Try to break what the auctions promise: lies about cost, losses of any side, Theorem 2 "
        "of the paper, and what is gained beyond a single auction.\v"
        "Exits with 1 when an auction breaks a guarantee that it promises. With --out also "
        "writes audit.json, audit.csv, audit.txt, figures and report.html. "
        "docs/guarantees.md says what the numbers mean.\n\n"
        "Example: dcat audit paper --auction rea-s",
    .own = option_table,
    .options_size = sizeof(audit_options),
    .run = run_command,
};
