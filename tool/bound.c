// dcat bound: the most that anybody could earn, and how much of it one policy does.

#include "base/jobs.h"
#include "dcat/model.h"
#include "dcat/x/bound_report.h"
#include "dcat/x/file.h"
#include "policy.h"
#include "worlds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESERVE 1.4 // of the price of work: what the priced run wants beyond limits, docs/bound.md

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

typedef struct bounding {
    const bound_options *options;
    const cli_options *common;
    dcat_scenario *scenario;
    const dcat_demand *demand;
    dcat_cycle_span span;
    cli_worlds worlds;
    dcat_bound_world *found; // [world_count]
    dcat_bound_slot *slots;  // [slot_count]
    size_t slots_done;
    dcat_bound_forward forward;
    dcat_output *output; // Nullable
} bounding;

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
    if (b->options->exact && !dcat_bound_has_exact()) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "--exact: there is no exact solver: dcat was built without Cbc (package "
                         "coinor-libcbc-dev, CMake option DCAT_CBC), or its library is not here "
                         "(coinor-libcbc3)");
    }
    dcat_status status = cli_load(common, &b->scenario, err);
    if (status != DCAT_OK) {
        return status;
    }
    b->demand = dcat_scenario_demand_view(b->scenario);
    status = dcat_scenario_first_test_cycles(b->scenario, b->options->cycle_count, &b->span, err);
    if (status == DCAT_OK && common->out != NULL) {
        status = dcat_output_open(common->out, common->force, &b->output, err);
    }
    if (status == DCAT_OK) {
        status = allocate(b, err);
    }
    if (status == DCAT_OK) {
        status = cli_worlds_make(b->scenario, common, b->options->world_count, &b->worlds, err);
    }
    return status;
}

// --- what the policy earns

// Watching a run: what its winners would have accepted, and its clusters.
typedef struct watching {
    double limits;       // summed over awards
    int32_t *cluster_of; // [S] of the first cycle
    bool taken;
} watching;

static bool watch_slot(void *user, const dcat_slot_record *slot)
{
    watching *w = user;
    for (size_t n = 0; n < slot->task_count; n++) {
        w->limits += slot->awards[n].limit;
    }
    if (!w->taken) {
        size_t server_count = dcat_world_server_count(dcat_state_world(slot->state));
        memcpy(w->cluster_of, dcat_state_cluster_of_view(slot->state),
               sizeof *w->cluster_of * server_count);
        w->taken = true;
    }
    return true;
}

static dcat_run_config run_config(const bounding *b, size_t world)
{
    return (dcat_run_config){
        .policy = b->options->chosen.policy,
        .seed = b->worlds.seed[world],
        .cycle_first = b->span.first,
        .cycle_count = b->span.count,
    };
}

// Everything about one world: the run, the bound, the bound with the run's clusters.
static dcat_status do_world(void *user, size_t world, dcat_error *err)
{
    const bounding *b = user;
    dcat_bound_world *found = &b->found[world];
    found->seed = b->worlds.seed[world];
    const dcat_world *view = b->worlds.world[world];
    watching watch = {.cluster_of = malloc(sizeof(int32_t) * (dcat_world_server_count(view) + 1))};
    if (watch.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world");
    }
    const dcat_run_hooks hooks = {.user = &watch, .after_slot = watch_slot};
    const dcat_run_config run = run_config(b, world);
    dcat_run_result earned;
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = b->options->chosen.policy.auction;
    config.seed = b->worlds.seed[world];
    config.cycle_first = b->span.first;
    config.cycle_count = b->span.count;
    dcat_bound_result any = {0};
    dcat_bound_result given = {.per_cycle = NAN};
    dcat_status status = dcat_run(view, b->demand, &run, &hooks, NULL, &earned, err);
    if (status == DCAT_OK) {
        status = dcat_bound_run(view, b->demand, &config, NULL, &any, err);
    }
    if (status == DCAT_OK && earned.decision_count == 1) {
        config.cluster_of = watch.cluster_of;
        status = dcat_bound_run(view, b->demand, &config, NULL, &given, err);
    }
    if (status == DCAT_OK) {
        found->bound = any.per_cycle;
        found->given = given.per_cycle;
        found->at_limits = (earned.totals.fee - watch.limits) / b->span.count;
        found->profit = dcat_totals_profit(&earned.totals) / b->span.count;
        found->complete = any.complete;
    }
    free(watch.cluster_of);
    return status;
}

static dcat_status do_worlds(bounding *b, dcat_error *err)
{
    cli_progress progress = cli_progress_start("bounds", b->common->quiet);
    const job_list jobs = {
        .count = b->worlds.count,
        .thread_count = b->common->thread_count,
        .run = do_world,
        .user = b,
        .progress = cli_progress_show,
        .progress_user = &progress,
    };
    dcat_status status = jobs_run(&jobs, err);
    cli_progress_end(&progress);
    return status;
}

// --- slots, exactly

typedef struct sampling {
    bounding *b;
    uint64_t slot_total; // of the run
    uint64_t seen;
    cli_progress progress;
    dcat_status status;
    dcat_error err;
} sampling;

// Is this slot the next of those spread evenly over the run?
static bool is_sampled(const sampling *s)
{
    uint64_t next = s->b->slots_done;
    uint64_t wanted = s->b->options->slot_count;
    return next < wanted && s->seen == (2 * next + 1) * s->slot_total / (2 * wanted);
}

static bool solve_slot(void *user, const dcat_slot_record *record)
{
    sampling *s = user;
    if (!is_sampled(s)) {
        return true;
    }
    dcat_bound_slot *slot = &s->b->slots[s->b->slots_done];
    double seconds = s->b->options->seconds;
    *slot = (dcat_bound_slot){
        .cycle = record->cycle, .slot = record->slot, .task_count = record->task_count};
    s->status = dcat_exact_slot(record->state, record->now_s, record->tasks, record->task_count,
                                DCAT_BOUND_ORDER_MARKET, seconds, NULL, &slot->market, &s->err);
    if (s->status == DCAT_OK) {
        s->status = dcat_exact_slot(record->state, record->now_s, record->tasks, record->task_count,
                                    DCAT_BOUND_ORDER_FREE, seconds, NULL, &slot->free, &s->err);
    }
    return s->status == DCAT_OK;
}

static bool note_slot(void *user, const dcat_slot_record *record)
{
    sampling *s = user;
    if (is_sampled(s)) {
        dcat_bound_slot *slot = &s->b->slots[s->b->slots_done++];
        for (size_t n = 0; n < record->task_count; n++) {
            const dcat_award *award = &record->awards[n];
            if (award->cluster >= 0) {
                slot->profit += award->fee - award->payment;
                slot->at_limits += award->fee - award->limit;
            }
        }
        cli_progress_show(&s->progress, s->b->slots_done, s->b->options->slot_count);
    }
    s->seen++;
    return s->b->slots_done < s->b->options->slot_count;
}

static dcat_status do_slots(bounding *b, dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(b->worlds.world[0]);
    sampling s = {.b = b,
                  .slot_total = (uint64_t)b->span.count * (uint64_t)config->slots_per_cycle};
    if (b->options->slot_count > s.slot_total) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--slots must be at most %llu, the slots there are",
                         (unsigned long long)s.slot_total);
    }
    s.progress = cli_progress_start("slots", b->common->quiet);
    const dcat_run_hooks hooks = {.user = &s, .before_slot = solve_slot, .after_slot = note_slot};
    const dcat_run_config run = run_config(b, 0);
    dcat_run_result ignored;
    dcat_status status = dcat_run(b->worlds.world[0], b->demand, &run, &hooks, NULL, &ignored, err);
    cli_progress_end(&s.progress);
    return s.status == DCAT_OK ? status : dcat_fail(err, s.status, "%s", s.err.message);
}

// --- slot after slot

static dcat_status run_forward(bounding *b, const int32_t *cluster_of, dcat_error *err)
{
    dcat_bound_forward *f = &b->forward;
    double seconds = b->options->seconds;
    double unit_price = RESERVE *
                        dcat_world_config_view(b->worlds.world[0])->market.price_per_gigacycle /
                        DCAT_CYCLES_PER_GIGACYCLE;
    double optimum = 0.0;
    double priced = 0.0;
    size_t unproven[2] = {0, 0};
    dcat_bound_result given;
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = b->options->chosen.policy.auction;
    config.seed = b->worlds.seed[0];
    config.cycle_first = b->span.first;
    config.cycle_count = f->cycle_count;
    config.cluster_of = cluster_of;
    dcat_status status = dcat_bound_run(b->worlds.world[0], b->demand, &config, NULL, &given, err);
    if (status == DCAT_OK) {
        status = dcat_exact_run(b->worlds.world[0], b->demand, &config, 0.0, seconds, &optimum,
                                &unproven[0], err);
    }
    if (status == DCAT_OK) {
        status = dcat_exact_run(b->worlds.world[0], b->demand, &config, unit_price, seconds,
                                &priced, &unproven[1], err);
    }
    if (status == DCAT_OK) {
        f->given = given.per_cycle;
        f->optimum = optimum / f->cycle_count;
        f->priced = priced / f->cycle_count;
        f->unit_price = unit_price;
        f->unproven = unproven[0] + unproven[1];
    }
    return status;
}

// The policy over the first cycles, and exact optima in its place.
static dcat_status do_forward(bounding *b, dcat_error *err)
{
    size_t server_count = dcat_world_server_count(b->worlds.world[0]);
    watching watch = {.cluster_of = malloc(sizeof(int32_t) * (server_count + 1))};
    if (watch.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world");
    }
    dcat_bound_forward *f = &b->forward;
    const dcat_run_hooks hooks = {.user = &watch, .after_slot = watch_slot};
    dcat_run_config run = run_config(b, 0);
    uint32_t wanted = b->options->forward_count;
    f->cycle_count = wanted < b->span.count ? wanted : b->span.count;
    run.cycle_count = f->cycle_count;
    dcat_run_result earned;
    dcat_status status = dcat_run(b->worlds.world[0], b->demand, &run, &hooks, NULL, &earned, err);
    if (status == DCAT_OK) {
        f->at_limits = (earned.totals.fee - watch.limits) / f->cycle_count;
        status = run_forward(b, watch.cluster_of, err);
    }
    free(watch.cluster_of);
    return status;
}

// --- writing

static dcat_status write_parts(const bounding *b, const dcat_bound_report *report, double wall_s,
                               dcat_error *err)
{
    FILE *file = dcat_output_file(b->output, "bound.json", err);
    dcat_status status = file == NULL ? err->status : dcat_write_bound_json(report, file, err);
    if (status == DCAT_OK) {
        file = dcat_output_file(b->output, "worlds.csv", err);
        status = file == NULL ? err->status : dcat_write_bound_worlds_csv(report, file, err);
    }
    if (status == DCAT_OK && report->slot_count > 0) {
        file = dcat_output_file(b->output, "slots.csv", err);
        status = file == NULL ? err->status : dcat_write_bound_slots_csv(report, file, err);
    }
    if (status == DCAT_OK) {
        file = dcat_output_file(b->output, "bound.txt", err);
        status = file == NULL ? err->status : DCAT_OK;
    }
    if (status == DCAT_OK) {
        dcat_write_bound_text(report, file);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_manifest manifest = cli_manifest(b->common, b->scenario, wall_s);
    return cli_write_origin(&manifest, b->output, err);
}

static dcat_status bound(bounding *b, dcat_error *err)
{
    double start_s = cli_clock_s();
    dcat_status status = prepare(b, err);
    if (status == DCAT_OK) {
        status = do_worlds(b, err);
    }
    if (status == DCAT_OK && b->options->exact) {
        status = do_slots(b, err);
    }
    // Clusters that change from cycle to cycle cannot be held fixed.
    if (status == DCAT_OK && b->options->exact && b->options->forward_count > 0 &&
        !isnan(b->found[0].given)) {
        status = do_forward(b, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_bound_report report = {
        .scenario = b->scenario,
        .policy = b->options->chosen.policy,
        .seed = b->common->seed,
        .cycle_first = b->span.first,
        .cycle_count = b->span.count,
        .worlds = b->found,
        .world_count = b->options->world_count,
        .slots = b->slots,
        .slot_count = b->slots_done,
        .forward = b->forward,
        .slot_seconds = b->options->seconds,
    };
    if (b->output != NULL) {
        status = write_parts(b, &report, cli_clock_s() - start_s, err);
    }
    if (status == DCAT_OK && b->output != NULL) {
        status = dcat_output_commit(b->output, err);
        b->output = NULL;
    }
    if (status == DCAT_OK && b->common->json) {
        status = dcat_write_bound_json(&report, stdout, err);
    } else if (status == DCAT_OK) {
        dcat_write_bound_text(&report, stdout);
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
        "--exact also the exact optimum of some slots, in the market's order of tasks and in any. "
        "With --out writes bound.json, bound.txt, worlds.csv and slots.csv.\n\n"
        "Example: dcat bound paper --worlds 4 --exact",
    .own = option_table,
    .options_size = sizeof(bound_options),
    .run = run,
};
