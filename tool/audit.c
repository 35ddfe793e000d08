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
    int64_t pair_count, inner_count;
    size_t attempt_max;
    bool png, stability, moves;
} audit_options;

static const cli_option option_table[] = {
    {"auction", 0, CLI_OWN, "A", CLI_AT(audit_options, chosen), .set = cli_set_auction,
     .help = "Audit this auction only (default: all of them)"},
    CLI_CLUSTERER_OPTION(audit_options, chosen),
    CLI_MODEL_OPTIONS(audit_options, chosen),
    {"pairs", 0, CLI_WHOLE, "N", CLI_AT(audit_options, pair_count), .min = 1, .max = UINT32_MAX,
     .standard = "1000000",
     .help = "Random lies in the scenario's auctions, per auction rule (default @)"},
    {"inner", 0, CLI_WHOLE, "N", CLI_AT(audit_options, inner_count), .min = 0, .max = UINT32_MAX,
     .standard = "5000",
     .help = "Random small markets for the game inside clusters, per auction rule: some 44 lies of "
             "members and 330 of pairs each (default @)"},
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(audit_options, world_count), .min = 1, .max = 100000,
     .standard = "3", .help = "Worlds, seeds SEED to SEED+W-1 (default @)"},
    {"cycles", 0, CLI_WHOLE, "N", CLI_AT(audit_options, cycle_count), .min = 1, .max = UINT32_MAX,
     .help = "First N cycles of the test days (default: all)"},
    {"attempts", 0, CLI_WHOLE, "N", CLI_AT(audit_options, attempt_max), .min = 1, .max = UINT32_MAX,
     .standard = "50",
     .help = "At most N clusters, servers and owners game in each world (default @)"},
    {"stability", 0, CLI_FLAG, NULL, CLI_AT(audit_options, stability),
     .help = "Try whether servers would earn more alone, and what that costs the platform"},
    {"moves", 0, CLI_FLAG, NULL, CLI_AT(audit_options, moves),
     .help = "With --stability: in other clusters, too"},
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

static bool is_asked(const audit *a, const dcat_auction *auction)
{
    return !cli_given(a->common, "auction") || a->options->chosen.policy.auction == auction;
}

static dcat_status load_policy(audit *a, const dcat_auction *auction, dcat_error *err)
{
    cli_policy *chosen = &a->chosen[a->policy_count];
    *chosen = a->options->chosen;
    chosen->own_file = NULL; // stay the option's
    chosen->plugged.identity[0] = chosen->plugged.identity[1] = NULL;
    chosen->plugged.auction = NULL;
    chosen->policy.auction = auction;
    dcat_status status = cli_policy_load(chosen, a->common->quiet, err);
    if (status == DCAT_OK) {
        status = cli_policy_bind(chosen, a->scenario, a->common->quiet, err);
    }
    chosen->plugged.clusterer = NULL;
    a->policies[a->policy_count++] = chosen->policy;
    return status;
}

// One policy per auction; what is learned may differ between them.
static dcat_status load_policies(audit *a, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < dcat_auction_count() && status == DCAT_OK; i++) {
        if (is_asked(a, dcat_auction_at(i))) {
            status = load_policy(a, dcat_auction_at(i), err);
        }
    }
    if (status == DCAT_OK && a->policy_count == 0) { // one that is in no table: a plug-in's
        status = load_policy(a, a->options->chosen.policy.auction, err);
    }
    return status;
}

// What comes from plug-ins must give the same bits again, on any number of threads.
#define REPEAT_CYCLES 12

static dcat_status try_repeats(audit *a, dcat_error *err)
{
    const cli_plugged *plugged = &a->options->chosen.plugged;
    bool share = dcat_scenario_share_plugin(a->scenario) != NULL;
    if (plugged->auction == NULL && plugged->clusterer == NULL && !share) {
        return DCAT_OK;
    }
    dcat_run_config config = {DCAT_SIZED(dcat_run_config), .seed = a->config.seeds[0],
                              .cycle_first = a->config.cycle_first,
                              .cycle_count = a->config.cycle_count};
    config.cycle_count = config.cycle_count < REPEAT_CYCLES ? config.cycle_count : REPEAT_CYCLES;
    dcat_status status = DCAT_OK;
    for (size_t p = 0; status == DCAT_OK && p < a->policy_count; p++) {
        bool same = false;
        config.policy = a->policies[p];
        status = cli_plugin_repeats(dcat_scenario_demand_view(a->scenario), a->config.worlds[0],
                                    &config, &same, err);
        char text[DCAT_POLICY_TEXT_SIZE];
        dcat_policy_text(&config.policy, text);
        if (status == DCAT_OK && !same) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s: four runs with one seed, on 1 and 2 threads, gave different bits",
                             text);
        }
        if (status == DCAT_OK && !a->common->quiet) {
            fprintf(stderr, "%s: four runs with one seed, on 1 and 2 threads, gave the same bits\n",
                    text);
        }
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
        .inner_count = a->options->inner_count,
        .stability = a->options->stability || a->options->moves,
        .moves = a->options->moves,
        .jobs = &jobs,
        .attempt_max = a->options->attempt_max,
    };
    status = try_repeats(a, err); // what is no function of the seed cannot be audited further
    if (status != DCAT_OK) {
        return status;
    }
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
    if (status == DCAT_OK) {
        status = dcat_scenario_check_known(
            a->scenario, "an audit is of a platform that knows what servers are", err);
    }
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
    cli_plugged_free(&a.options->chosen.plugged);
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
