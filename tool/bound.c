// SPDX-License-Identifier: Apache-2.0
// dcat bound: the most that anybody could earn, and how much of it one policy does.

#include "dcat/x/bound_report.h"
#include "dcat/x/file.h"
#include "tool/policy.h"
#include "tool/worlds.h"

#include <math.h>
#include <stdlib.h>

typedef struct bound_options {
    cli_options common;
    cli_policy chosen;
    size_t world_count;
    uint32_t cycle_count; // 0: all test cycles
    bool exact;
    size_t slot_count;
    uint32_t seconds;
    uint32_t forward_count;
} bound_options;

typedef struct bounding {
    bound_options *options;
    const cli_options *common;
    dcat_scenario *scenario;
    dcat_jobs how;
    dcat_bound_work work;
    cli_worlds worlds;
    dcat_bound_world *found; // [world_count]
    dcat_bound_slot *slots;  // [slot_count]
    dcat_bound_forward forward;
    dcat_output *output; // Nullable
} bounding;

static const cli_option option_table[] = {
    CLI_POLICY_OPTIONS(bound_options, chosen),
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(bound_options, world_count), .min = 1, .max = 100000,
     .standard = "20", .help = "Worlds, seeds SEED to SEED+W-1 (default @)"},
    {"cycles", 0, CLI_WHOLE, "N", CLI_AT(bound_options, cycle_count), .min = 1, .max = UINT32_MAX,
     .help = "First N cycles of the test days (default: all)"},
    {"exact", 0, CLI_FLAG, NULL, CLI_AT(bound_options, exact),
     .help = "Also solve slots of the first world exactly, by integer programming"},
    {"slots", 0, CLI_WHOLE, "N", CLI_AT(bound_options, slot_count), .min = 1, .max = 100000,
     .standard = "20", .help = "With --exact: how many slots (default @)"},
    {"seconds", 0, CLI_WHOLE, "S", CLI_AT(bound_options, seconds), .min = 1, .max = 86400,
     .standard = "10", .help = "With --exact: time limit for one solution (default @)"},
    {"forward", 0, CLI_WHOLE, "N", CLI_AT(bound_options, forward_count), .max = UINT32_MAX,
     .standard = "2",
     .help = "With --exact: cycles to run slot after slot, each solved exactly (default @; 0: "
             "none)"},
    {0},
};

static dcat_status allocate(bounding *b, dcat_error *err)
{
    size_t world_count = b->options->world_count;
    b->found = calloc(world_count, sizeof *b->found);
    b->slots = calloc(b->options->slot_count, sizeof *b->slots);
    return b->found != NULL && b->slots != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds", world_count);
}

static dcat_status prepare(bounding *b, dcat_error *err)
{
    const cli_options *common = b->common;
    dcat_error inner = {0};
    dcat_status status = b->options->exact ? dcat_bound_check_exact(&inner) : DCAT_OK;
    if (status != DCAT_OK) {
        return dcat_fail(err, status, "--exact: %s", inner.message);
    }
    status = cli_load(common, &b->scenario, err);
    if (status == DCAT_OK && b->options->exact) {
        status = dcat_scenario_check_known(
            b->scenario, "--exact is for a platform that knows what servers are", err);
    }
    if (status == DCAT_OK) {
        status = cli_policy_bind(&b->options->chosen, b->scenario, b->common->quiet, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    dcat_cycle_span span;
    status = dcat_scenario_first_test_cycles(b->scenario, b->options->cycle_count, &span, err);
    if (status == DCAT_OK && common->out != NULL) {
        status = dcat_output_open(common->out, common->force, &b->output, err);
    }
    if (status == DCAT_OK) {
        status = allocate(b, err);
    }
    if (status == DCAT_OK) {
        status = cli_worlds_make(b->scenario, common, b->options->world_count, &b->worlds, err);
        b->how = dcat_jobs_default();
        b->how.thread_count = common->thread_count;
        b->how.progress = cli_progress_show;
        b->work = (dcat_bound_work){
            .policy = b->options->chosen.policy,
            .demand = dcat_scenario_demand_view(b->scenario),
            .worlds = cli_worlds_view(&b->worlds),
            .seeds = b->worlds.seed,
            .world_count = b->worlds.count,
            .cycles = span,
            .slot_count = b->options->slot_count,
            .slot_seconds = b->options->seconds,
            .forward_count = b->options->forward_count,
            .jobs = &b->how,
        };
    }
    return status;
}

// --- writing

static dcat_status write_parts(const bounding *b, const dcat_bound_report *report, double wall_s,
                               dcat_error *err)
{
    dcat_status status = dcat_write_bound_folder(report, b->output, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_manifest manifest = cli_manifest(b->common, b->scenario, wall_s);
    status = dcat_write_bound_page(report, &manifest, b->output, err);
    return status == DCAT_OK ? cli_write_origin(&manifest, b->output, err) : status;
}

static dcat_status find_worlds(bounding *b, dcat_error *err)
{
    cli_progress progress = cli_progress_start("bounds", b->common->quiet);
    b->how.user = &progress;
    dcat_status status = dcat_bound_find(&b->work, b->found, err);
    cli_progress_end(&progress);
    b->how.user = NULL;
    return status;
}

static dcat_status find_slots(bounding *b, dcat_error *err)
{
    cli_progress progress = cli_progress_start("slots", b->common->quiet);
    b->how.user = &progress;
    dcat_status status = dcat_bound_find_slots(&b->work, b->slots, err);
    cli_progress_end(&progress);
    b->how.user = NULL;
    return status;
}

static dcat_status bound(bounding *b, dcat_error *err)
{
    double start_s = cli_clock_s();
    dcat_status status = prepare(b, err);
    if (status == DCAT_OK) {
        status = find_worlds(b, err);
    }
    if (status == DCAT_OK && b->options->exact) {
        status = find_slots(b, err);
    }
    // Clusters that change from cycle to cycle cannot be held fixed.
    if (status == DCAT_OK && b->options->exact && b->options->forward_count > 0 &&
        !isnan(b->found[0].given)) {
        status = dcat_bound_find_forward(&b->work, &b->forward, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_bound_report report = {
        .scenario = b->scenario,
        .policy = b->options->chosen.policy,
        .queue = dcat_world_config_view(b->work.worlds[0])->market.queue,
        .seed = b->common->seed,
        .cycle_first = b->work.cycles.first,
        .cycle_count = b->work.cycles.count,
        .worlds = b->found,
        .world_count = b->options->world_count,
        .slots = b->slots,
        .slot_count = b->options->exact ? b->options->slot_count : 0,
        .forward = b->forward,
        .slot_seconds = b->options->seconds,
    };
    if (b->output != NULL) {
        status = write_parts(b, &report, cli_clock_s() - start_s, err);
    }
    if (status == DCAT_OK && b->output != NULL) {
        status = cli_output_finish(b->output, DCAT_OK, err);
        b->output = NULL;
    }
    if (status == DCAT_OK && b->common->json) {
        status = dcat_write_bound_json(&report, stdout, err);
    } else if (status == DCAT_OK) {
        dcat_write_bound_text(&report, cli_text());
    }
    return status;
}

static int run(void *command_options)
{
    bound_options *options = command_options;
    const cli_options *common = &options->common;
    bounding b = {.options = options, .common = common};
    dcat_error err = {0};
    dcat_status status = cli_policy_load(&options->chosen, common->quiet, &err);
    if (status == DCAT_OK) {
        status = bound(&b, &err);
    }
    dcat_output_abort(b.output);
    if (status == DCAT_OK && !common->quiet && common->out != NULL) {
        fprintf(stderr, "Results: %s\n", common->out);
    }
    cli_worlds_free(&b.worlds);
    free(b.found);
    free(b.slots);
    dcat_scenario_destroy(b.scenario);
    cli_policy_free(&options->chosen);
    return cli_exit(status, &err);
}

const cli_command cli_bound = {
    .name = "bound",
    .summary = "the most that anybody could earn, and a policy's share",
    CLI_SCENARIO,
    .about =
        "The most that any clustering, assignment, order and payment could earn.\v"
        "Prints an upper bound on profit that holds for every policy, even one that knows the "
        "future, the same bound for the clusters of one policy (default linkage:rea-s), and what "
        "that policy earns: so how much is lost to clustering, to assignment and to payments. With "
        "--exact also the exact optimum of some slots in the market's order of tasks, and in any "
        "order: exact under the queue rule paper, at most so much under fifo. "
        "With --out writes bound.json, bound.txt, worlds.csv, slots.csv and report.html.\n\n"
        "Example: dcat bound paper --worlds 4 --exact",
    .own = option_table,
    .options_size = sizeof(bound_options),
    .run = run,
};
