// SPDX-License-Identifier: Apache-2.0
// dcat simulate: one policy, one world, every detail.

#include "dcat/x/file.h"
#include "tool/policy.h"
#include "tool/worlds.h"

#include <stdlib.h>
#include <string.h>

typedef struct simulate_options {
    cli_options common;
    cli_policy chosen;
    uint32_t cycle_count; // 0: all test cycles
    bool tasks, clusters, servers, servers_by_cycle, network, bids;
} simulate_options;

static const cli_option option_table[] = {
    CLI_POLICY_OPTIONS(simulate_options, chosen),
    {"cycles", 0, CLI_WHOLE, "N", CLI_AT(simulate_options, cycle_count), .min = 1,
     .max = UINT32_MAX, .help = "First N cycles of the test days (default: all)"},
    {"tasks", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, tasks),
     .help = "Also write tasks.csv: every task and what became of it"},
    {"clusters", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, clusters),
     .help = "Also write clusters.csv: members of every cluster"},
    {"servers", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, servers),
     .help = "Also write servers.csv: utilisation, earnings and utility of every server"},
    {"servers-by-cycle", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, servers_by_cycle),
     .help = "Also write servers_by_cycle.csv: utilisation and earnings of every server in every "
             "cycle, with times to plot"},
    {"network", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, network),
     .help = "Also write areas.csv, links.csv, paths.csv and servers.csv: places, rates, delays"},
    {"bids", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, bids),
     .help = "Also write bids.csv: every candidate of every task"},
    {0},
};

typedef struct simulation {
    simulate_options *options;
    const cli_options *common;
    dcat_scenario *scenario;
    dcat_world *world;
    dcat_output *output; // Nullable
    dcat_schema schema;
    // Streams, each NULL unless it is wanted.
    FILE *tasks_file, *clusters_file, *servers_file, *by_cycle_file, *areas_file, *links_file,
        *paths_file, *bids_file;
    dcat_bid_rows *bids; // Nullable
    uint64_t job_count;
    dcat_run_config config;
    dcat_run_result result;
    dcat_totals *cycles;           // [cycle_count]
    double *decision_s;            // [cycle_count]
    int32_t *cluster_count;        // [cycle_count]
    dcat_server_account *accounts; // [S] as the last cycle left them
    int32_t *last_cluster_of;      // [S] as last written to clusters.csv
    uint32_t cycles_done;
    dcat_state *state;         // Nullable: at the end, for the page
    double *arrivals_per_slot; // [A] sums, then means
    dcat_totals *classes;      // [Q] by class of work
    dcat_status end;           // of taking the state
    dcat_error *err;
    cli_progress progress;
} simulation;

static void before_task(void *user, const dcat_slot_record *slot, int32_t n)
{
    simulation *s = user;
    dcat_bid_rows_before(s->bids, slot, n);
}

static void after_task(void *user, const dcat_slot_record *slot, int32_t n, const dcat_award *award)
{
    simulation *s = user;
    dcat_bid_rows_after(s->bids, slot, n, award, s->job_count + (uint64_t)n);
}

static bool after_slot(void *user, const dcat_slot_record *slot)
{
    simulation *s = user;
    if (s->tasks_file != NULL) {
        dcat_write_tasks_csv_rows(s->scenario, slot, s->job_count, s->tasks_file);
    }
    s->job_count += slot->task_count;
    for (size_t n = 0; n < slot->task_count; n++) {
        s->arrivals_per_slot[slot->tasks[n].area] += 1.0;
        dcat_totals_count(&s->classes[slot->tasks[n].class_id], &slot->awards[n]);
    }
    return true;
}

// clusters.csv lists a partition only when it changed: it holds until the next cycle listed.
static void write_clusters(simulation *s, const dcat_cycle_record *cycle)
{
    const int32_t *cluster_of = dcat_state_cluster_of_view(cycle->state);
    size_t byte_count = sizeof *cluster_of * dcat_world_server_count(s->world);
    if (memcmp(cluster_of, s->last_cluster_of, byte_count) != 0) {
        dcat_write_clusters_csv_rows(s->scenario, cycle->state, cycle->cycle, s->clusters_file);
        memcpy(s->last_cluster_of, cluster_of, byte_count);
    }
}

static bool after_cycle(void *user, const dcat_cycle_record *cycle)
{
    simulation *s = user;
    s->decision_s[s->cycles_done] = cycle->decision_s;
    s->cluster_count[s->cycles_done] = dcat_state_cluster_count(cycle->state);
    s->cycles_done++;
    if (s->clusters_file != NULL) {
        write_clusters(s, cycle);
    }
    if (s->servers_file != NULL && s->cycles_done == s->config.cycle_count) {
        const dcat_world_config *config = dcat_world_config_view(s->world);
        double duration_s =
            (double)s->config.cycle_count * config->slots_per_cycle * config->slot_s;
        dcat_write_servers_csv_rows(s->scenario, cycle->state, duration_s, s->servers_file);
    }
    if (s->by_cycle_file != NULL) {
        dcat_write_servers_by_cycle_csv_rows(s->scenario, cycle->state, cycle->cycle, s->accounts,
                                             s->by_cycle_file);
    }
    if (s->output != NULL && s->cycles_done == s->config.cycle_count) {
        s->end = dcat_state_clone(cycle->state, &s->state, s->err);
    }
    cli_progress_show(&s->progress, s->cycles_done, s->config.cycle_count);
    return true;
}

static dcat_status open_stream(simulation *s, bool wanted, const dcat_table_head *head, FILE **file,
                               dcat_error *err)
{
    if (!wanted) {
        return DCAT_OK;
    }
    if (s->output == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s.csv needs --out DIR to be written to",
                         head->name);
    }
    *file = dcat_csv_file(s->output, head, &s->schema, err);
    return *file == NULL ? err->status : DCAT_OK;
}

static dcat_status open_output(simulation *s, dcat_error *err)
{
    const simulate_options *wanted = s->options;
    const struct {
        bool wanted;
        const dcat_table_head *head;
        FILE **file;
    } streams[] = {
        {wanted->tasks, &dcat_tasks_head, &s->tasks_file},
        {wanted->clusters, &dcat_clusters_head, &s->clusters_file},
        {wanted->servers || wanted->network, &dcat_servers_head, &s->servers_file},
        {wanted->servers_by_cycle, &dcat_servers_by_cycle_head, &s->by_cycle_file},
        {wanted->network, &dcat_areas_head, &s->areas_file},
        {wanted->network, &dcat_links_head, &s->links_file},
        {wanted->network, &dcat_paths_head, &s->paths_file},
        {wanted->bids, &dcat_bids_head, &s->bids_file},
    };
    dcat_status status = DCAT_OK;
    if (s->common->out != NULL) {
        status = dcat_output_open(s->common->out, s->common->force, &s->output, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < sizeof streams / sizeof streams[0]; i++) {
        status = open_stream(s, streams[i].wanted, streams[i].head, streams[i].file, err);
    }
    return status;
}

// What does not change during the run.
static dcat_status write_network(simulation *s, dcat_error *err)
{
    dcat_write_areas_csv_rows(s->scenario, s->world, s->areas_file);
    dcat_status status = dcat_write_links_csv_rows(s->scenario, s->world, s->links_file, err);
    return status == DCAT_OK ? dcat_write_paths_csv_rows(s->scenario, s->world, s->paths_file, err)
                             : status;
}

static dcat_status allocate(simulation *s, dcat_error *err)
{
    uint32_t cycle_count = s->config.cycle_count;
    size_t server_count = dcat_world_server_count(s->world);
    s->cycles = calloc(cycle_count, sizeof *s->cycles);
    s->decision_s = calloc(cycle_count, sizeof *s->decision_s);
    s->cluster_count = calloc(cycle_count, sizeof *s->cluster_count);
    s->last_cluster_of = malloc(server_count * sizeof *s->last_cluster_of);
    s->accounts = calloc(server_count, sizeof *s->accounts);
    s->classes = calloc(dcat_world_class_count(s->world), sizeof *s->classes);
    s->arrivals_per_slot = calloc(dcat_world_area_count(s->world), sizeof *s->arrivals_per_slot);
    if (s->accounts == NULL || s->classes == NULL || s->arrivals_per_slot == NULL ||
        s->cycles == NULL || s->decision_s == NULL || s->cluster_count == NULL ||
        s->last_cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %u cycles", cycle_count);
    }
    memset(s->last_cluster_of, -1, server_count * sizeof *s->last_cluster_of);
    return DCAT_OK;
}

static dcat_status prepare(simulation *s, dcat_error *err)
{
    const cli_options *common = s->common;
    dcat_status status = cli_load(common, &s->scenario, err);
    if (status == DCAT_OK) {
        status = cli_policy_bind(&s->options->chosen, s->scenario, s->common->quiet, err);
    }
    if (status == DCAT_OK && !common->quiet) {
        cli_policies_remark(&s->options->chosen, 1, s->scenario);
    }
    if (status != DCAT_OK) {
        return status;
    }
    dcat_cycle_span span;
    status = dcat_scenario_first_test_cycles(s->scenario, s->options->cycle_count, &span, err);
    if (status != DCAT_OK) {
        return status;
    }
    s->config = (dcat_run_config){
        DCAT_SIZED(dcat_run_config), .policy = s->options->chosen.policy, .seed = common->seed,
        .cycle_first = span.first,   .cycle_count = span.count,
    };
    status = open_output(s, err);
    if (status == DCAT_OK) {
        status = dcat_scenario_world(s->scenario, common->seed, &s->world, err);
    }
    if (status == DCAT_OK && s->options->network) {
        status = write_network(s, err);
    }
    if (status == DCAT_OK && s->options->bids) {
        status = dcat_bid_rows_create(s->world, s->bids_file, &s->bids, err);
    }
    return status == DCAT_OK ? allocate(s, err) : status;
}

static dcat_status write_folder(simulation *s, const dcat_run_report *report, double wall_s,
                                dcat_error *err)
{
    dcat_status status = dcat_write_run_folder(report, s->output, &s->schema, err);
    if (status == DCAT_OK) {
        dcat_manifest manifest = cli_manifest(s->common, s->scenario, wall_s);
        status = dcat_write_run_report(report, &manifest, s->output, err);
        if (status == DCAT_OK) {
            status = cli_write_origin(&manifest, s->output, err);
        }
    }
    if (status == DCAT_OK) {
        status = cli_output_finish(s->output, DCAT_OK, err);
        s->output = NULL;
    }
    return status;
}

static dcat_status simulate(simulation *s, dcat_error *err)
{
    dcat_status status = prepare(s, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = s, .after_slot = after_slot,
                            .after_cycle = after_cycle, .clock_s = cli_clock};
    if (s->bids != NULL) { // hooks of tasks take time
        hooks.before_task = before_task;
        hooks.after_task = after_task;
    }
    s->progress = cli_progress_start("cycles", s->common->quiet);
    double start_s = cli_clock_s();
    status = dcat_run(s->world, dcat_scenario_demand_view(s->scenario), &s->config, &hooks,
                      s->cycles, &s->result, err);
    double wall_s = cli_clock_s() - start_s;
    cli_progress_end(&s->progress);
    status = status == DCAT_OK ? s->end : status;
    double slots =
        (double)s->config.cycle_count * dcat_world_config_view(s->world)->slots_per_cycle;
    for (size_t a = 0; a < dcat_world_area_count(s->world); a++) {
        s->arrivals_per_slot[a] /= slots;
    }
    const dcat_run_report report = {
        .scenario = s->scenario,
        .world = s->world,
        .config = &s->config,
        .result = &s->result,
        .cycles = s->cycles,
        .cycle_decision_s = s->decision_s,
        .cycle_cluster_count = s->cluster_count,
        .state = s->state,
        .arrivals_per_slot = s->arrivals_per_slot,
        .classes = s->classes,
    };
    if (status == DCAT_OK && s->output != NULL) {
        status = write_folder(s, &report, wall_s, err);
    }
    if (status == DCAT_OK && s->common->json) {
        status = dcat_write_run_summary_json(&report, stdout, err);
    } else if (status == DCAT_OK) {
        dcat_write_run_summary_text(&report, cli_text());
    }
    return status;
}

static int run(void *command_options)
{
    simulate_options *options = command_options;
    const cli_options *common = &options->common;
    dcat_error err = {0};
    simulation s = {.options = options, .common = common, .err = &err};
    dcat_status status = cli_policy_load(&options->chosen, common->quiet, &err);
    if (status == DCAT_OK) {
        status = simulate(&s, &err);
    }
    dcat_output_abort(s.output);
    if (status == DCAT_OK && !common->quiet && common->out != NULL) {
        fprintf(stderr, "Report: %s/report.html\n", common->out);
    }
    free(s.cycles);
    free(s.decision_s);
    free(s.cluster_count);
    free(s.accounts);
    free(s.last_cluster_of);
    free(s.arrivals_per_slot);
    free(s.classes);
    dcat_state_destroy(s.state);
    dcat_bid_rows_destroy(s.bids);
    dcat_world_destroy(s.world);
    dcat_scenario_destroy(s.scenario);
    cli_policy_free(&options->chosen);
    return cli_exit(status, &err);
}

const cli_command cli_simulate = {
    .name = "simulate",
    .summary = "one policy, with every task, cluster and server",
    CLI_SCENARIO,
    .about = "Run one policy in one world (the world of --seed).\v"
             "Prints a summary. With --out writes a run folder: report.html with figures, "
             "manifest.json, "
             "scenario.yaml, summary.json, cycles.csv, timing.csv, schema.json, and on request the "
             "tables named above. "
             "A folder with all of them can be recomputed by anyone: see examples/verify.\n\n"
             "Example:\n"
             "  dcat simulate paper --clusterer kmeans --auction rea --tasks \\\n"
             "    --out results/run",
    .own = option_table,
    .options_size = sizeof(simulate_options),
    .run = run,
};
