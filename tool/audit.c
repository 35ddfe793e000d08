// dcat audit: what a market promises, measured by trying to break it.

#include "dcat/x/audit.h"
#include "dcat/x/file.h"
#include "policy.h"
#include "scenario/test_cycles.h"
#include "worlds.h"

#include <stdlib.h>

#define WORLD_DEFAULT 3
#define PAIR_DEFAULT 1000000
#define GAMING_CYCLES 120

typedef struct audit_options {
    cli_policy chosen;
    bool one_auction; // --auction was given
    size_t world_count;
    uint32_t cycle_count; // 0: all test cycles
    int64_t pair_count;
    bool png;
} audit_options;

enum { KEY_WORLDS = 0x100, KEY_CYCLES, KEY_PAIRS, KEY_PNG };

// clang-format off
static const struct argp_option option_table[] = {
    {"auction", CLI_KEY_AUCTION, "A", 0, "Audit this auction only (default: all of them)", 0},
    {"clusterer", CLI_KEY_CLUSTERER, "K", 0,
     "How servers are clustered (default linkage); dcat --help lists them", 0},
    CLI_MODEL_OPTIONS,
    {"pairs", KEY_PAIRS, "N", 0,
     "Random lies in the scenario's auctions, per auction rule (default 1000000)", 0},
    {"worlds", KEY_WORLDS, "W", 0, "Worlds, seeds SEED to SEED+W-1 (default 3)", 0},
    {"cycles", KEY_CYCLES, "N", 0, "First N cycles of the test days (default: all)", 0},
    {"png", KEY_PNG, NULL, 0, "Figures as PNG too", 0},
    {0},
};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    audit_options *options = state->input;
    options->one_auction = options->one_auction || key == CLI_KEY_AUCTION;
    if (cli_policy_option(&options->chosen, key, arg, state)) {
        return 0;
    }
    switch (key) {
    case KEY_WORLDS:
        options->world_count = cli_number(state, "--worlds", arg, 1, 100000);
        return 0;
    case KEY_CYCLES:
        options->cycle_count = (uint32_t)cli_number(state, "--cycles", arg, 1, UINT32_MAX);
        return 0;
    case KEY_PAIRS:
        options->pair_count = (int64_t)cli_number(state, "--pairs", arg, 1, UINT32_MAX);
        return 0;
    case KEY_PNG:
        options->png = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "SCENARIO",
    .doc = "Try to break what the auctions promise: lies about cost, losses of any side, Theorem 2 "
           "of the paper, and what is gained beyond a single auction.\v"
           "Exits with 1 when an auction breaks a guarantee that it promises. With --out also "
           "writes audit.json, audit.csv, audit.txt, figures and report.html. "
           "docs/guarantees.md says what the numbers mean.\n\n"
           "Example: dcat audit paper --auction rea-s",
};

// Everything an audit holds; freed together.
typedef struct audit {
    const audit_options *options;
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
        if (a->options->one_auction && dcat_auction_at(i) != asked->policy.auction) {
            continue;
        }
        cli_policy *chosen = &a->chosen[a->policy_count];
        *chosen = *asked;
        chosen->policy.auction = dcat_auction_at(i);
        status = cli_policy_load(chosen, a->common->quiet, err);
        a->policies[a->policy_count++] = chosen->policy;
    }
    return status;
}

static dcat_status run(audit *a, dcat_error *err)
{
    dcat_cycle_span span;
    dcat_status status = test_cycles_of(a->scenario, a->options->cycle_count, &span, err);
    if (status != DCAT_OK) {
        return status;
    }
    cli_progress progress = cli_progress_start("audit", a->common->quiet);
    a->config = (dcat_audit_config){
        .policies = a->policies,
        .policy_count = a->policy_count,
        .worlds = cli_worlds_view(&a->worlds),
        .seeds = a->worlds.seed,
        .world_count = a->worlds.count,
        .cycle_first = span.first,
        .cycle_count = span.count,
        .gaming_cycle_max = GAMING_CYCLES,
        .pair_count = a->options->pair_count,
        .thread_count = a->common->thread_count,
        .progress = cli_progress_show,
        .user = &progress,
    };
    double start_s = cli_clock_s();
    status = dcat_audit_run(dcat_scenario_demand_view(a->scenario), &a->config, a->results,
                            &a->theorem2, err);
    a->wall_s = cli_clock_s() - start_s;
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
        file = dcat_output_file(output, "audit.csv", err);
        status = file == NULL ? err->status : dcat_write_audit_csv(report, file, err);
    }
    if (status == DCAT_OK) {
        file = dcat_output_file(output, "audit.txt", err);
        if (file == NULL) {
            return err->status;
        }
        dcat_write_audit_text(report, file);
        status = dcat_write_audit_report(report, &manifest, output, a->options->png, err);
    }
    return status == DCAT_OK ? cli_write_origin(&manifest, output, err) : status;
}

static dcat_status prepare(audit *a, dcat_output **output, dcat_error *err)
{
    const cli_options *common = a->common;
    dcat_status status = dcat_scenario_load(common->scenario, common->overrides,
                                            common->override_count, &a->scenario, err);
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
        status = dcat_output_commit(output, err);
        output = NULL;
    }
    dcat_output_abort(output);
    if (status == DCAT_OK && a->common->json) {
        status = dcat_write_audit_json(&report, stdout, err);
    } else if (status == DCAT_OK) {
        dcat_write_audit_text(&report, stdout);
    }
    return status;
}

int dcat_cli_audit(int argc, char **argv)
{
    audit_options options = {
        .chosen = cli_policy_default(), .world_count = WORLD_DEFAULT, .pair_count = PAIR_DEFAULT};
    cli_options common;
    cli_parse(&argp, &options, argc, argv, &common);
    audit a = {.options = &options, .common = &common};
    dcat_error err = {0};
    dcat_status status = perform(&a, &err);
    if (status == DCAT_OK && !common.quiet && common.out != NULL) {
        fprintf(stderr, "Report: %s/report.html\n", common.out);
    }
    for (size_t p = 0; p < a.policy_count; p++) {
        cli_policy_free(&a.chosen[p]);
    }
    cli_worlds_free(&a.worlds);
    dcat_scenario_destroy(a.scenario);
    cli_options_free(&common);
    int code = cli_exit(status, &err);
    return code == 0 && a.failed ? 1 : code;
}
