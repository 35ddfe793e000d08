// dcat validate: check a scenario and say, in the user's units, what was understood.

#include "cli.h"
#include "io/json_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct argp argp = {
    .args_doc = "SCENARIO",
    .doc = "Check a scenario and everything it names, and print what was understood.\v"
           "What a seed draws (positions, speeds, link rates) is shown for the world of --seed, "
           "demand for its arrivals in the test cycles.\n\n"
           "Example: dcat validate my-network/scenario.yaml",
};

typedef struct percentiles {
    double p5, p50, p95;
} percentiles;

// What is derived from a scenario, in the user's units.
typedef struct facts {
    const dcat_scenario *scenario;
    const dcat_world *world;
    size_t server_count, area_count;
    double speed_min_ghz, speed_max_ghz, speed_total_ghz;
    double unit_cost_min, unit_cost_max; // money per giga-cycle
    size_t pairs_within_span, pair_count;
    percentiles path_delay_s, path_hops; // over all (area, server), at the reference data size
    double alone_share;                  // (area, server) pairs where one idle server meets the
                                         // mean task's deadline
    dcat_cycle_span test;
    size_t task_count;
    double *area_share; // [A] of the tasks
    double arrivals_per_slot;
    double work_mean_gigacycles, deadline_mean_s, data_mean_mb;
    double fee_mean, fee_per_gigacycle;
    double load_factor;
} facts;

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

// Sorts values.
static percentiles percentiles_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return (percentiles){values[(count - 1) * 5 / 100], values[(count - 1) / 2],
                         values[(count - 1) * 95 / 100]};
}

static void measure_servers(facts *f)
{
    const dcat_server *servers = dcat_world_servers_view(f->world);
    const double *unit_cost = dcat_world_unit_cost_view(f->world);
    double span_m_max = dcat_world_config_view(f->world)->span_m_max;
    f->speed_min_ghz = INFINITY;
    f->unit_cost_min = INFINITY;
    for (size_t i = 0; i < f->server_count; i++) {
        f->speed_min_ghz = fmin(f->speed_min_ghz, servers[i].speed_hz * 1e-9);
        f->speed_max_ghz = fmax(f->speed_max_ghz, servers[i].speed_hz * 1e-9);
        f->speed_total_ghz += servers[i].speed_hz * 1e-9;
        f->unit_cost_min = fmin(f->unit_cost_min, unit_cost[i] * 1e9);
        f->unit_cost_max = fmax(f->unit_cost_max, unit_cost[i] * 1e9);
        for (size_t j = 0; j < i; j++) {
            f->pairs_within_span += dcat_world_distance_m(f->world, (int)i, (int)j) <= span_m_max;
        }
    }
    f->pair_count = f->server_count * (f->server_count - 1) / 2;
}

static dcat_status measure_demand(facts *f, uint64_t seed, dcat_error *err)
{
    const dcat_demand *demand = dcat_scenario_demand_view(f->scenario);
    const dcat_world_config *config = dcat_world_config_view(f->world);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand) + 1, sizeof *tasks);
    if (tasks == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the tasks of a slot");
    }
    double work_cycles = 0.0;
    for (uint32_t c = f->test.first; c < f->test.first + f->test.count; c++) {
        for (uint32_t slot = 0; slot < (uint32_t)config->slots_per_cycle; slot++) {
            size_t count = dcat_demand_slot(demand, f->world, seed, c, slot, 0, tasks);
            for (size_t n = 0; n < count; n++) {
                const dcat_market_config *market = &config->market;
                f->area_share[tasks[n].area] += 1.0;
                work_cycles += tasks[n].work_cycles;
                f->deadline_mean_s += tasks[n].deadline_s;
                f->data_mean_mb += tasks[n].data_bits * 1e-6;
                f->fee_mean += dcat_fee(market->price_per_gigacycle, market->urgency_s,
                                        tasks[n].deadline_s, tasks[n].work_cycles);
            }
            f->task_count += count;
        }
    }
    free(tasks);
    double count = (double)(f->task_count > 0 ? f->task_count : 1);
    double slot_count = (double)f->test.count * config->slots_per_cycle;
    f->arrivals_per_slot = (double)f->task_count / slot_count;
    f->work_mean_gigacycles = work_cycles * 1e-9 / count;
    f->deadline_mean_s /= count;
    f->data_mean_mb /= count;
    f->fee_mean /= count;
    f->fee_per_gigacycle = work_cycles > 0.0 ? f->fee_mean / f->work_mean_gigacycles : 0.0;
    f->load_factor = work_cycles * 1e-9 / (f->speed_total_ghz * slot_count * config->slot_s);
    for (size_t a = 0; a < f->area_count; a++) {
        f->area_share[a] /= count;
    }
    return DCAT_OK;
}

static dcat_status measure_paths(facts *f, dcat_error *err)
{
    size_t count = f->area_count * f->server_count;
    double *delay_s = calloc(2 * count, sizeof *delay_s);
    if (delay_s == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu paths", count);
    }
    double *hops = delay_s + count;
    const dcat_server *servers = dcat_world_servers_view(f->world);
    double reference_bits = dcat_world_config_view(f->world)->network.reference_bits;
    size_t alone = 0, reached = 0; // large worlds keep only paths that some task could use
    for (size_t i = 0; i < count; i++) {
        size_t server = i % f->server_count;
        dcat_path path = dcat_world_path(f->world, (int)(i / f->server_count), (int)server);
        if (!isfinite(path.seconds_per_bit)) {
            continue;
        }
        delay_s[reached] =
            dcat_transfer_delay_s(reference_bits, path.seconds_per_bit, path.propagation_s);
        hops[reached++] = path.hop_count;
        double transfer_s =
            dcat_transfer_delay_s(f->data_mean_mb * 1e6, path.seconds_per_bit, path.propagation_s);
        double processing_s =
            dcat_processing_delay_s(f->work_mean_gigacycles * 1e9, servers[server].speed_hz);
        alone += transfer_s + processing_s <= f->deadline_mean_s;
    }
    if (reached > 0) {
        f->path_delay_s = percentiles_of(delay_s, reached);
        f->path_hops = percentiles_of(hops, reached);
    }
    f->alone_share = (double)alone / (double)count;
    free(delay_s);
    return DCAT_OK;
}

static void print_demand_text(const facts *f)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    printf("Demand     %.3g tasks a slot on average in the %u test cycles from cycle %u\n",
           f->arrivals_per_slot, f->test.count, f->test.first);
    printf("           mean task: %.4g giga-cycles, %.4g Mb, deadline %.4g s, fee %.5g "
           "(%.4g per giga-cycle)\n",
           f->work_mean_gigacycles, f->data_mean_mb, f->deadline_mean_s, f->fee_mean,
           f->fee_per_gigacycle);
    printf("           %d slots of %g s a cycle\n", config->slots_per_cycle, config->slot_s);
    printf("Load       factor %.3g (offered work / capacity of all servers)\n", f->load_factor);
    printf("Areas      %zu:", f->area_count);
    size_t shown = f->area_count < 12 ? f->area_count : 12;
    for (size_t a = 0; a < shown; a++) {
        printf("%s %s %.1f %%", a == 0 ? "" : ",", dcat_scenario_area_name(f->scenario, a),
               100.0 * f->area_share[a]);
    }
    printf("%s\n", shown < f->area_count ? ", ..." : "");
}

static void print_remarks(const facts *f)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    double ceiling = config->auction.ceiling_per_cycle * 1e9;
    if (ceiling < f->unit_cost_min) {
        printf(
            "Remark     the ceiling of %g is below every server's cost: rea-s, vickrey and posted "
            "can sell nothing\n",
            ceiling);
    } else if (ceiling < f->unit_cost_max) {
        printf("Remark     the ceiling of %g is below the cost of some servers (up to %.4g): they "
               "never sell under rea-s, vickrey and posted\n",
               ceiling, f->unit_cost_max);
    }
    if (f->task_count == 0) {
        printf("Remark     no task arrives in the test cycles\n");
    }
    if (f->pairs_within_span == 0 && f->server_count > 1) {
        printf(
            "Remark     no two servers are within the span limit: clusterers can only leave them "
            "alone\n");
    }
}

static void print_text(const facts *f)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    printf("Scenario   %s: valid\n", dcat_scenario_name(f->scenario));
    if (dcat_scenario_title(f->scenario)[0] != '\0') {
        printf("           %s\n", dcat_scenario_title(f->scenario));
    }
    printf("Servers    %zu with %.4g to %.4g GHz, %.6g GHz together\n", f->server_count,
           f->speed_min_ghz, f->speed_max_ghz, f->speed_total_ghz);
    printf("           cost %.4g to %.4g per giga-cycle (8); public ceiling %g\n", f->unit_cost_min,
           f->unit_cost_max, config->auction.ceiling_per_cycle * 1e9);
    printf("Clusters   span limit %g km: %zu of %zu server pairs are within it\n",
           config->span_m_max * 1e-3, f->pairs_within_span, f->pair_count);
    if (config->network.kind == DCAT_NETWORK_GRAPH) {
        printf("Network    %zu nodes, %zu links\n", config->network.node_count,
               config->network.link_count);
    } else {
        printf("Network    hops of %g km, at most %d\n", config->network.hop_m * 1e-3,
               config->network.hop_max);
    }
    printf("           path from area to server: 5 %% / median / 95 %%\n");
    printf("             delay %.3g / %.3g / %.3g s for %g Mb\n", f->path_delay_s.p5,
           f->path_delay_s.p50, f->path_delay_s.p95, config->network.reference_bits * 1e-6);
    printf("             links %.0f / %.0f / %.0f\n", f->path_hops.p5, f->path_hops.p50,
           f->path_hops.p95);
    printf("           one idle server alone meets the mean task's deadline on %.1f %% of paths\n",
           100.0 * f->alone_share);
    print_demand_text(f);
    for (size_t i = 0; i < dcat_scenario_input_count(f->scenario); i++) {
        dcat_input_file input = dcat_scenario_input(f->scenario, i);
        printf("%s %s (%llu bytes)\n", i == 0 ? "Files     " : "          ", input.path,
               (unsigned long long)input.byte_count);
    }
    print_remarks(f);
}

static json_t *json_percentiles(percentiles p)
{
    return json_pack("{s:o,s:o,s:o}", "p5", json_number(p.p5), "p50", json_number(p.p50), "p95",
                     json_number(p.p95));
}

static json_t *json_areas(const facts *f)
{
    json_t *areas = json_array();
    for (size_t a = 0; a < f->area_count; a++) {
        json_array_append_new(areas, json_pack("{s:o,s:o}", "name",
                                               json_text(dcat_scenario_area_name(f->scenario, a)),
                                               "share", json_number(f->area_share[a])));
    }
    return areas;
}

static json_t *json_facts(const facts *f)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    json_t *servers = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o}", "count", json_count(f->server_count), "speed_min_ghz",
        json_number(f->speed_min_ghz), "speed_max_ghz", json_number(f->speed_max_ghz),
        "speed_total_ghz", json_number(f->speed_total_ghz), "cost_min_per_gigacycle",
        json_number(f->unit_cost_min), "cost_max_per_gigacycle", json_number(f->unit_cost_max));
    json_t *demand = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "cycle_first", json_count(f->test.first),
        "cycle_count", json_count(f->test.count), "tasks", json_count(f->task_count),
        "arrivals_per_slot", json_number(f->arrivals_per_slot), "work_mean_gigacycles",
        json_number(f->work_mean_gigacycles), "data_mean_mb", json_number(f->data_mean_mb),
        "deadline_mean_s", json_number(f->deadline_mean_s), "fee_mean", json_number(f->fee_mean));
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "scenario",
                     json_text(dcat_scenario_name(f->scenario)), "title",
                     json_text(dcat_scenario_title(f->scenario)), "valid", json_true(), "servers",
                     servers, "span_max_km", json_number(config->span_m_max * 1e-3),
                     "pairs_within_span", json_count(f->pairs_within_span), "pairs",
                     json_count(f->pair_count), "path_delay_s", json_percentiles(f->path_delay_s),
                     "path_links", json_percentiles(f->path_hops), "load_factor",
                     json_number(f->load_factor), "demand", demand, "areas", json_areas(f));
}

static dcat_status validate(const cli_options *common, dcat_scenario **scenario, dcat_world **world,
                            dcat_error *err)
{
    if (common->out != NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "validate prints its answer; it takes no --out");
    }
    dcat_status status = dcat_scenario_load(common->scenario, common->overrides,
                                            common->override_count, scenario, err);
    if (status == DCAT_OK) {
        status = dcat_scenario_world(*scenario, common->seed, world, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    facts f = {
        .scenario = *scenario,
        .world = *world,
        .server_count = dcat_world_server_count(*world),
        .area_count = dcat_world_area_count(*world),
        .test = dcat_scenario_test_cycles(*scenario),
    };
    f.area_share = calloc(f.area_count, sizeof *f.area_share);
    if (f.area_share == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", f.area_count);
    }
    measure_servers(&f);
    status = measure_demand(&f, common->seed, err);
    if (status == DCAT_OK) {
        status = measure_paths(&f, err);
    }
    if (status == DCAT_OK && common->json) {
        status = json_write(json_facts(&f), stdout, err);
    } else if (status == DCAT_OK) {
        print_text(&f);
    }
    free(f.area_share);
    return status;
}

int dcat_cli_validate(int argc, char **argv)
{
    cli_options common;
    cli_parse(&argp, NULL, argc, argv, &common);
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    dcat_error err = {0};
    dcat_status status = validate(&common, &scenario, &world, &err);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    cli_options_free(&common);
    return cli_exit(status, &err);
}
