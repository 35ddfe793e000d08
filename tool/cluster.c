// SPDX-License-Identifier: Apache-2.0
// dcat cluster: the clusters that a run has in one cycle, as tables and a map.

#include "dcat/x/file.h"
#include "tool/policy.h"
#include "tool/worlds.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct cluster_options {
    cli_options common;
    cli_policy chosen;
    uint32_t cycle;
    bool png;
} cluster_options;

static const cli_option option_table[] = {
    CLI_POLICY_OPTIONS(cluster_options, chosen),
    {"cycle", 0, CLI_WHOLE, "C", CLI_AT(cluster_options, cycle), .max = UINT32_MAX,
     .help = "Cycle to show (default: the first test cycle)"},
    {"png", 0, CLI_FLAG, NULL, CLI_AT(cluster_options, png), .help = "The map as PNG too"},
    {0},
};

// The state of the run in the cycle asked for, and the arrivals of that cycle.
typedef struct capture {
    uint32_t cycle;
    dcat_state *state; // a copy
    dcat_error *err;
    dcat_observation demand;
    int slots_per_cycle;
} capture;

static bool after_slot(void *user, const dcat_slot_record *slot)
{
    capture *c = user;
    for (size_t n = 0; slot->cycle == c->cycle && n < slot->task_count; n++) {
        c->demand.arrivals_per_slot[slot->tasks[n].area] += 1.0 / c->slots_per_cycle;
    }
    return true;
}

static bool after_cycle(void *user, const dcat_cycle_record *cycle)
{
    capture *c = user;
    if (cycle->cycle != c->cycle) {
        return true;
    }
    dcat_state_clone(cycle->state, &c->state, c->err);
    return false;
}

static dcat_status capture_cycle(capture *c, const dcat_scenario *scenario, const dcat_world *world,
                                 const dcat_policy *policy, uint64_t seed)
{
    dcat_cycle_span test = dcat_scenario_test_cycles(scenario);
    size_t area_count = dcat_world_area_count(world);
    double *zeros = calloc(4 * area_count, sizeof *zeros);
    if (zeros == NULL) {
        return dcat_fail(c->err, DCAT_ERR_MEMORY, "no memory for %zu areas", area_count);
    }
    c->demand = (dcat_observation){
        .area_count = area_count,
        .arrivals_per_slot = zeros,
        .work_cycles = zeros + area_count,
        .data_bits = zeros + 2 * area_count,
        .deadline_s = zeros + 3 * area_count,
    };
    c->slots_per_cycle = dcat_world_config_view(world)->slots_per_cycle;
    uint32_t first = c->cycle < test.first ? c->cycle : test.first; // the run simulate would make
    const dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = *policy, .seed = seed,
                                    .cycle_first = first, .cycle_count = c->cycle - first + 1};
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = c, .after_slot = after_slot,
                                  .after_cycle = after_cycle};
    dcat_run_result result;
    dcat_status status = dcat_run(world, dcat_scenario_demand_view(scenario), &config, &hooks, NULL,
                                  &result, c->err);
    return status == DCAT_OK && c->state == NULL ? c->err->status : status;
}

static void print_rows(const dcat_cluster_report *report, FILE *file)
{
    dcat_write_clusters_csv_rows(report->scenario, report->state, report->cycle, file);
}

static dcat_status draw(const dcat_cluster_report *report, dcat_output *output, const char *format,
                        dcat_error *err)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/map.%s", dcat_output_temporary(output), format);
    if (length < 0 || (size_t)length >= sizeof path) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the path of --out is too long");
    }
    dcat_error trouble = {0};
    dcat_status status = dcat_draw_map(report, format, path, &trouble);
    if (status == DCAT_ERR_NOT_FOUND) { // no gnuplot
        char line[sizeof trouble.message + 16];
        snprintf(line, sizeof line, "no map: %s", trouble.message);
        dcat_output_note(output, line);
        return DCAT_OK;
    }
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", trouble.message);
}

static dcat_status write_folder(const dcat_cluster_report *report, const cli_options *common,
                                bool png, dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open(common->out, common->force, &output, err);
    dcat_schema schema = {0};
    FILE *file =
        status == DCAT_OK ? dcat_csv_file(output, &dcat_clusters_head, &schema, err) : NULL;
    if (file != NULL) {
        print_rows(report, file);
        file = dcat_output_file(output, "clusters.geojson", err);
    }
    if (status == DCAT_OK) {
        status = file == NULL ? err->status : dcat_write_clusters_geojson(report, file, err);
    }
    if (status == DCAT_OK) {
        status = dcat_schema_write(&schema, output, err);
    }
    if (status == DCAT_OK) {
        status = draw(report, output, "svg", err);
    }
    if (status == DCAT_OK && png) {
        size_t missing = common->quiet ? 0 : dcat_map_names_without_font(report);
        if (missing > 0) {
            cli_counted(
                stderr,
                "note: no font has all characters of %zu {name|names}; small boxes stand in for "
                "them "
                "in map.png, and map.svg has them (Debian: fonts-noto-cjk, fonts-noto-core)\n",
                missing);
        }
        status = draw(report, output, "png", err);
    }
    if (status == DCAT_OK) {
        dcat_manifest manifest = cli_manifest(common, report->scenario, 0.0);
        file = dcat_output_file(output, "manifest.json", err);
        status = file == NULL ? err->status : dcat_manifest_write(&manifest, file, err);
    }
    return cli_output_finish(output, status, err);
}

static dcat_status cluster(cluster_options *options, const cli_options *common,
                           dcat_scenario **scenario, dcat_world **world, capture *c,
                           dcat_error *err)
{
    dcat_status status = cli_load_world(common, scenario, world, err);
    if (status == DCAT_OK) {
        status = cli_policy_bind(&options->chosen, *scenario, common->quiet, err);
    }
    if (status == DCAT_OK && !common->quiet) {
        cli_policies_remark(&options->chosen, 1, *scenario);
    }
    if (status == DCAT_OK) {
        dcat_cycle_span test = dcat_scenario_test_cycles(*scenario);
        c->cycle = cli_given(common, "cycle") ? options->cycle : test.first;
        status = capture_cycle(c, *scenario, *world, &options->chosen.policy, common->seed);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_cluster_report report = {
        .scenario = *scenario,
        .state = c->state,
        .observation = &c->demand,
        .clusterer = dcat_policy_clusterer_name(&options->chosen.policy),
        .cycle = c->cycle,
    };
    if (common->out != NULL) {
        return write_folder(&report, common, options->png, err);
    }
    if (common->json) {
        return dcat_write_clusters_geojson(&report, stdout, err);
    }
    if (isatty(STDOUT_FILENO)) {
        return dcat_write_clusters_text(&report, cli_text(), err);
    }
    dcat_csv_header(&dcat_clusters_head, stdout); // for programs
    print_rows(&report, stdout);
    return DCAT_OK;
}

static int run(void *command_options)
{
    cluster_options *options = command_options;
    const cli_options *common = &options->common;
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    dcat_error err = {0};
    capture c = {.err = &err};
    dcat_status status = cli_policy_load(&options->chosen, common->quiet, &err);
    if (status == DCAT_OK) {
        status = cluster(options, common, &scenario, &world, &c, &err);
    }
    if (status == DCAT_OK && common->out != NULL && !common->quiet) {
        fprintf(stderr, "Map: %s/map.svg\n", common->out);
    }
    free(c.demand.arrivals_per_slot);
    dcat_state_destroy(c.state);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    cli_policy_free(&options->chosen);
    return cli_exit(status, &err);
}

const cli_command cli_cluster = {
    .name = "cluster",
    .summary = "the clusters of one cycle, as a table or a map",
    CLI_SCENARIO,
    .about = "Show which servers act together in one cycle of a run.\v"
             "Prints the clusters as a table on a terminal, elsewhere as CSV, with --json as "
             "GeoJSON. With --out writes clusters.csv, "
             "clusters.geojson and map.svg: servers, cluster hulls, demand by area and links.\n\n"
             "Example: dcat cluster chinanet --clusterer linkage --out results/map",
    .own = option_table,
    .options_size = sizeof(cluster_options),
    .run = run,
};
