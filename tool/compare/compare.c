// SPDX-License-Identifier: Apache-2.0
// dcat compare: chosen policies on the same arrivals in many worlds.

#include "base/ranks/ranks.h"
#include "dcat/x/file.h"
#include "tool/compare/compare_run.h"
#include "tool/compare/remarks.h"

#include <string.h>

static const char default_policies[] = "random:one-off,random:rea,kmeans:one-off,kmeans:rea,"
                                       "linkage:one-off,linkage:rea,a2c-once:rea,a2c:rea,"
                                       "single:rea-s,random:rea-s,kmeans:rea-s,linkage:rea-s,"
                                       "a2c-once:rea-s,a2c:rea-s";

typedef struct compare_options {
    cli_options common;
    const char *policies;
    const char *baseline; // Nullable
    size_t world_count;
    uint32_t cycle_count; // 0: all test cycles
    bool png, bound, over_cycles;
    cli_policy learned; // file and samples of a2c
} compare_options;

static const cli_option option_table[] = {
    {"policies", 0, CLI_TEXT, "K:A,...", CLI_AT(compare_options, policies),
     .help = "Policies clusterer:auction (default: the paper's baselines and ours); dcat --help "
             "lists both kinds. a2c=FILE:auction decides by a policy file of its own, "
             "file=FILE:auction has the clusters of a table"},
    CLI_MODEL_OPTIONS(compare_options, learned),
    {"baseline", 0, CLI_TEXT, "K:A", CLI_AT(compare_options, baseline),
     .help = "The policy that gains are measured against, one of --policies (default: the best of "
             "the paper's baselines)"},
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(compare_options, world_count), .min = 1, .max = 100000,
     .standard = "20", .help = "Worlds, seeds SEED to SEED+W-1 (default @)"},
    {"cycles", 0, CLI_WHOLE, "N", CLI_AT(compare_options, cycle_count), .min = 1, .max = UINT32_MAX,
     .help = "First N cycles of the test days (default: all)"},
    {"bound", 0, CLI_FLAG, NULL, CLI_AT(compare_options, bound),
     .help = "Also say how close each policy comes to what nobody could exceed (dcat bound); takes "
             "about a second for each world"},
    {"over-cycles", 0, CLI_FLAG, NULL, CLI_AT(compare_options, over_cycles),
     .help =
         "With --worlds 1: intervals over the cycles of that world, by a block bootstrap. Given "
         "tasks that earn the same in all worlds have them anyway"},
    {"png", 0, CLI_FLAG, NULL, CLI_AT(compare_options, png), .help = "Figures as PNG too"},
    {0},
};

static dcat_status parse_policies(const char *list, const cli_policy *learned, bool quiet,
                                  comparison *c, dcat_error *err)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        char text[1024];
        if (length >= sizeof text || c->policy_count == COMPARISON_POLICY_MAX) {
            return dcat_fail(err, DCAT_ERR_FORMAT, "--policies: too long at '%.40s'", list);
        }
        memcpy(text, list, length);
        text[length] = '\0';
        dcat_error inner = {0};
        dcat_status status = comparison_add(c, text, learned, quiet, &inner);
        if (status != DCAT_OK) {
            return dcat_fail(err, status, "--policies: %s", inner.message);
        }
        list += length + (list[length] == ',');
    }
    return c->policy_count > 0 ? DCAT_OK
                               : dcat_fail(err, DCAT_ERR_FIELD, "--policies names no policy");
}

// The row that --baseline names.
static dcat_status choose_baseline(comparison *c, const char *text, dcat_error *err)
{
    c->baseline_chosen = text != NULL;
    for (size_t p = 0; text != NULL && p < c->policy_count; p++) {
        char name[DCAT_POLICY_TEXT_SIZE];
        dcat_policy_text(&c->policies[p], name);
        if (strcmp(name, text) == 0) {
            c->baseline = p;
            return DCAT_OK;
        }
    }
    return text == NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD,
                           "--baseline must be one of the policies compared, got '%s'", text);
}

// --- results

static dcat_status write_folder(const dcat_compare_report *report, const cli_options *common,
                                bool png, dcat_output *output, dcat_error *err)
{
    const dcat_manifest manifest = cli_manifest(common, report->scenario, report->wall_s);
    dcat_status status = dcat_write_compare_folder(report, &manifest, output, png, err);
    return status == DCAT_OK ? cli_write_origin(&manifest, output, err) : status;
}

static dcat_status prepare(comparison *c, const compare_options *options, const cli_options *common,
                           dcat_output **output, dcat_error *err)
{
    c->over_cycles = options->over_cycles;
    if (options->over_cycles && options->world_count > 1) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--over-cycles is about one world: add --worlds 1");
    }
    dcat_status status =
        parse_policies(options->policies, &options->learned, common->quiet, c, err);
    if (status == DCAT_OK) {
        status = choose_baseline(c, options->baseline, err);
    }
    if (status == DCAT_OK) {
        status = cli_load(common, &c->scenario, err);
    }
    if (status == DCAT_OK) {
        status = comparison_bind(c, common, err);
    }
    if (status == DCAT_OK && !common->quiet) {
        cli_policies_remark(c->chosen, c->policy_count, c->scenario);
    }
    if (status == DCAT_OK && common->out != NULL && cli_first()) {
        status = dcat_output_open(common->out, common->force, output, err);
    }
    if (status == DCAT_OK) {
        status = comparison_make_room(c, common, options->world_count, err);
    }
    if (status == DCAT_OK) {
        status = comparison_configure(c, common, options->cycle_count, err);
    }
    if (status == DCAT_OK) {
        status = comparison_recall(c, common, err);
    }
    return status;
}

// Rank 0: what came out, into the folder and to standard output.
static dcat_status tell(comparison *c, const compare_options *options, const cli_options *common,
                        dcat_output **output, dcat_error *err)
{
    dcat_status status = c->config.source.open(c->config.source.user, 0, &c->first, err);
    const dcat_compare_report report = {
        .scenario = c->scenario,
        .config = &c->config,
        .world = c->first,
        .results = c->results,
        .rows = c->rows,
        .bound = c->bound,
        .baseline = c->baseline,
        .baseline_chosen = c->baseline_chosen,
        .block_cycles = c->block_cycles,
        .text_width = cli_text_width(),
        .seed = common->seed,
        .wall_s = c->wall_s,
    };
    if (status == DCAT_OK && !common->quiet) {
        comparison_remark_on_ceiling(c);
        comparison_remark_on_simple_rules(c);
    }
    if (status == DCAT_OK && *output != NULL) {
        status = write_folder(&report, common, options->png, *output, err);
    }
    if (status == DCAT_OK && *output != NULL) {
        status = cli_output_finish(*output, DCAT_OK, err);
        *output = NULL;
    }
    if (status == DCAT_OK && common->json) {
        status = dcat_write_compare_json(&report, stdout, err);
    } else if (status == DCAT_OK) {
        status = dcat_write_compare_text(&report, cli_text(), err);
    }
    return status;
}

static dcat_status compare(comparison *c, const compare_options *options, const cli_options *common,
                           dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = prepare(c, options, common, &output, err);
    status = ranks_agree(cli_ranks(), status, err);
    if (status == DCAT_OK) {
        status = comparison_check_same_input(c, err);
    }
    if (status == DCAT_OK) {
        status = comparison_run(c, common, err);
    }
    if (status == DCAT_OK && options->bound) {
        status = comparison_find_bound(c, common, err);
    }
    if (status == DCAT_OK && cli_first()) {
        status = tell(c, options, common, &output, err);
    }
    comparison_clear_up(c, common->out != NULL && status == DCAT_OK);
    dcat_output_abort(output);
    return status;
}

static void say_where(const cli_options *common)
{
    if (common->quiet) {
        return;
    }
    if (common->out != NULL) {
        fprintf(stderr, "Report: %s/report.html\n", common->out);
    } else if (!common->json) {
        fprintf(stderr, "Add --out DIR for a report with figures, CSV and JSON.\n");
    }
}

static int run(void *command_options)
{
    compare_options *options = command_options;
    const cli_options *common = &options->common;
    options->policies = options->policies != NULL ? options->policies : default_policies;
    static comparison c; // too large for a stack
    dcat_error err = {0};
    dcat_status status = compare(&c, options, common, &err);
    if (status == DCAT_OK) {
        say_where(common);
    }
    comparison_free(&c);
    return cli_ranks_exit(status, &err);
}

const cli_command cli_compare = {
    .name = "compare",
    .summary = "policies side by side on the same arrivals",
    CLI_SCENARIO,
    .about =
        "Run policies side by side: every policy meets the same arrivals in the same worlds.\v"
        "Prints profit per cycle and offloading rate with 95 % confidence intervals over worlds, "
        "the paired gain over the best of the paper's baselines, and where tasks were lost. With "
        "--out also writes compare.csv, worlds.csv, timing.csv, schema.json, compare.json, figures "
        "and report.html, and "
        "keeps "
        "finished runs in DIR.jobs until then: after Ctrl-C the same command goes on from there. "
        "Runs in several processes: mpirun -n 4 dcat compare paper.\n\n"
        "Example:\n"
        "  dcat compare paper --policies kmeans:rea,linkage:rea-s --out results/paper",
    .own = option_table,
    .options_size = sizeof(compare_options),
    .in_several = true,
    .run = run,
};
