// SPDX-License-Identifier: Apache-2.0
// dcat simulate: one policy, one world, every detail.

#include "tool/simulate/simulate.h"
#include "dcat/x/audit.h"
#include "dcat/x/file.h"
#include "tool/worlds.h"

#include <stdlib.h>
#include <string.h>

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
    {"stability", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, stability),
     .help = "In servers.csv also what every server would gain by leaving its cluster: one more "
             "run a server"},
    {"servers-by-cycle", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, servers_by_cycle),
     .help = "Also write servers_by_cycle.csv: utilisation and earnings of every server in every "
             "cycle, with times to plot"},
    {"network", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, network),
     .help = "Also write areas.csv, links.csv, paths.csv and servers.csv: places, rates, delays; "
             "with classes of work units.csv, efficiency.csv and barred.csv"},
    {"bids", 0, CLI_FLAG, NULL, CLI_AT(simulate_options, bids),
     .help = "Also write bids.csv: every candidate of every task"},
#ifdef DCAT_HAVE_SERVICE
    {"log", 0, CLI_TEXT, "DIR", CLI_AT(simulate_options, log),
     .help =
         "Simulate nothing: tell the log of the exchange whose data is in DIR; with SCENARIO on "
         "its world of --seed, which must be the log's"},
    {"exchange", 0, CLI_TEXT, "DIR", CLI_AT(simulate_options, exchange),
     .help = "Also have an exchange play it in virtual time, with its log in this new folder; it "
             "must award the same"},
#endif
    {0},
};

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
    return simulation_feed_exchange(s, slot);
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
    bool devices = wanted->network && dcat_world_config_view(s->world)->resources != NULL;
    const struct {
        bool wanted;
        const dcat_table_head *head;
        FILE **file;
    } streams[] = {
        {wanted->tasks, &dcat_tasks_head, &s->tasks_file},
        {wanted->clusters, &dcat_clusters_head, &s->clusters_file},
        {wanted->servers || wanted->stability || wanted->network, &dcat_servers_head,
         &s->servers_file},
        {wanted->servers_by_cycle, &dcat_servers_by_cycle_head, &s->by_cycle_file},
        {wanted->network, &dcat_areas_head, &s->areas_file},
        {wanted->network, &dcat_links_head, &s->links_file},
        {wanted->network, &dcat_paths_head, &s->paths_file},
        {devices, &dcat_units_head, &s->units_file},
        {devices, &dcat_efficiency_head, &s->efficiency_file},
        {devices, &dcat_barred_head, &s->barred_file},
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
    if (s->units_file != NULL) {
        dcat_write_units_csv_rows(s->scenario, s->world, s->units_file);
        dcat_write_efficiency_csv_rows(s->scenario, s->world, s->efficiency_file);
        dcat_write_barred_csv_rows(s->scenario, s->world, s->barred_file);
    }
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

// Scenario, world and config.
static dcat_status load(simulation *s, dcat_error *err)
{
    const cli_options *common = s->common;
#ifdef DCAT_HAVE_SERVICE
    if (s->told != NULL) {
        return simulation_prepare_told(s, err);
    }
#endif
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
    status = simulation_cycles(s, &span, err);
    if (status != DCAT_OK) {
        return status;
    }
    s->config = (dcat_run_config){
        DCAT_SIZED(dcat_run_config), .policy = s->options->chosen.policy, .seed = common->seed,
        .cycle_first = span.first,   .cycle_count = span.count,
    };
    return dcat_scenario_world(s->scenario, common->seed, &s->world, err);
}

static dcat_status prepare(simulation *s, dcat_error *err)
{
    dcat_status status = load(s, err);
    if (status == DCAT_OK) {
        status = open_output(s, err);
    }
#ifdef DCAT_HAVE_SERVICE
    if (status == DCAT_OK && s->told != NULL) {
        status = simulation_open_told(s, err);
    }
#endif
    if (status == DCAT_OK && s->options->network) {
        status = write_network(s, err);
    }
    if (status == DCAT_OK && s->options->bids) {
        status = dcat_bid_rows_create(s->world, s->bids_file, &s->bids, err);
    }
    if (status == DCAT_OK) {
        status = simulation_begin_exchange(s, err);
    }
    return status == DCAT_OK ? allocate(s, err) : status;
}

static dcat_status try_leaving(simulation *s, dcat_error *err)
{
    s->leaving = calloc(dcat_world_server_count(s->world), sizeof *s->leaving);
    if (s->leaving == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for what servers would gain");
    }
    cli_progress progress = cli_progress_start("servers", s->common->quiet);
    dcat_jobs jobs = dcat_jobs_default();
    jobs.thread_count = s->common->thread_count;
    jobs.user = &progress;
    jobs.progress = cli_progress_show;
    dcat_status status = dcat_audit_leaving(s->world, dcat_scenario_demand_view(s->scenario),
                                            &s->config, &jobs, s->leaving, err);
    cli_progress_end(&progress);
    return status;
}

// When cycles begin and the last one ends; NULL: as the world's slots follow each other.
static const double *cycle_start_s(const simulation *s)
{
#ifdef DCAT_HAVE_SERVICE
    return s->told != NULL ? s->told->cycle_start_s : NULL;
#else
    (void)s;
    return NULL;
#endif
}

static double duration_s(const simulation *s)
{
    const dcat_world_config *config = dcat_world_config_view(s->world);
    const double *start_s = cycle_start_s(s);
    return start_s != NULL ? start_s[s->config.cycle_count] - start_s[0]
                           : s->config.cycle_count * (config->slots_per_cycle * config->slot_s);
}

static dcat_status write_servers(simulation *s, dcat_error *err)
{
    dcat_status status = s->options->stability ? try_leaving(s, err) : DCAT_OK;
    if (status == DCAT_OK && s->servers_file != NULL) {
        dcat_write_servers_csv_rows(s->scenario, s->state, duration_s(s), s->leaving,
                                    s->servers_file);
    }
    return status;
}

static dcat_status write_folder(simulation *s, const dcat_run_report *report, double wall_s,
                                dcat_error *err)
{
    dcat_status status = write_servers(s, err);
    if (status == DCAT_OK) {
        status = dcat_write_run_folder(report, s->output, &s->schema, err);
    }
    if (status == DCAT_OK) {
        dcat_manifest manifest = cli_manifest(s->common, s->scenario, wall_s);
        status = dcat_write_run_report(report, &manifest, s->output, err);
        if (status == DCAT_OK) {
#ifdef DCAT_HAVE_SERVICE
            status = s->told != NULL ? simulation_write_told(s, wall_s, err)
                                     : cli_write_origin(&manifest, s->output, err);
#else
            status = cli_write_origin(&manifest, s->output, err);
#endif
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
    status = simulation_play(s, &hooks, err);
    double wall_s = cli_clock_s() - start_s;
    cli_progress_end(&s->progress);
    status = status == DCAT_OK ? s->end : status;
    status = status == DCAT_OK ? simulation_end_exchange(s, err) : status;
    double slots = duration_s(s) / dcat_world_config_view(s->world)->slot_s;
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
        .cycle_start_s = cycle_start_s(s),
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

static dcat_status run_one(simulate_options *options, simulation_told *told, dcat_error *err)
{
    const cli_options *common = &options->common;
    simulation s = {.options = options, .common = common, .told = told, .err = err};
    dcat_status status =
        told != NULL ? DCAT_OK : cli_policy_load(&options->chosen, common->quiet, err);
    if (status == DCAT_OK) {
        status = simulate(&s, err);
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
    free(s.leaving);
    free(s.arrivals_per_slot);
    free(s.classes);
    simulation_free_exchange(&s);
    dcat_state_destroy(s.state);
    dcat_bid_rows_destroy(s.bids);
    if (told == NULL) {
        dcat_world_destroy(s.world);
    }
    dcat_scenario_destroy(s.scenario);
    return status;
}

static dcat_status check_scenario(void *command_options, dcat_error *err)
{
    const simulate_options *options = command_options;
    return options->common.scenario != NULL || options->log != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD,
                           "which scenario? Give a shipped name such as paper, or a path");
}

static int run(void *command_options)
{
    simulate_options *options = command_options;
    dcat_error err = {0};
    dcat_status status;
#ifdef DCAT_HAVE_SERVICE
    if (options->common.scenario == NULL) {
        status = simulation_tell(options, run_one, &err);
    } else {
        status = run_one(options, NULL, &err);
    }
#else
    status = run_one(options, NULL, &err);
#endif
    cli_policy_free(&options->chosen);
    return cli_exit(status, &err);
}

const cli_command cli_simulate = {
    .name = "simulate",
    .summary = "one policy, with every task, cluster and server",
    .arguments = "SCENARIO",
    .brief = "SCENARIO",
    .common = cli_common_options,
    .common_title = "Common options:",
    .takes = "scenario",
    .check = check_scenario,
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
