// SPDX-License-Identifier: Apache-2.0
// Places that dcat bench measures in: the paper's scenario, and large worlds, uniform and national.

#include "bench/bench.h"
#include "dcat/x/world_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARRIVALS_PER_SERVER 0.75 // 30 a slot for 40 servers, as in the paper
#define SERVERS_PER_SQUARE 40.0  // of SQUARE_SIDE_M
#define SQUARE_SIDE_M 1e6
#define LARGE_SPAN_M 300e3 // about four servers a cluster
#define NATIONAL_HOUR 12   // a national world's tasks are those of noon

static size_t slots_per_cycle(const bench_place *place)
{
    return (size_t)dcat_world_config_view(place->world)->slots_per_cycle;
}

// Draw the tasks of slot_count slots.
static dcat_status draw_tasks(bench_place *place, size_t slot_count, dcat_error *err)
{
    size_t slot_max = dcat_demand_slot_task_max(place->demand);
    size_t task_max = 0;
    size_t per_cycle = slots_per_cycle(place);
    place->slot_count = slot_count;
    place->first = calloc(slot_count + 1, sizeof *place->first);
    for (size_t s = 0; place->first != NULL && s < slot_count; s++) {
        size_t first = place->first[s];
        if (first + slot_max > task_max) {
            task_max = 2 * (first + slot_max);
            dcat_task *grown = realloc(place->tasks, sizeof *grown * task_max);
            if (grown == NULL) {
                break;
            }
            place->tasks = grown;
        }
        place->first[s + 1] =
            first + dcat_demand_slot(place->demand, place->world, 1,
                                     place->cycle_first + (uint32_t)(s / per_cycle),
                                     (uint32_t)(s % per_cycle), 0, &place->tasks[first]);
    }
    if (place->first == NULL || place->first[slot_count] == 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the tasks of %zu slots", slot_count);
    }
    return DCAT_OK;
}

// What a place knows from its scenario.
static dcat_status take_scenario(bench_place *place, dcat_error *err)
{
    place->server_count = dcat_scenario_server_count(place->scenario);
    place->area_count = dcat_scenario_area_count(place->scenario);
    place->demand = dcat_scenario_demand_view(place->scenario);
    place->cycle_first = dcat_scenario_test_cycles(place->scenario).first;
    place->cluster_of = calloc(place->server_count, sizeof *place->cluster_of);
    if (place->cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", place->server_count);
    }
    return DCAT_OK;
}

#define UNTUNED_BUT_ADMISSION                                                                      \
    "market.task_order=arrival", "market.handicap_per_gigacycle_s=0", "market.ceiling_on=bid",     \
        "market.ceiling_per_gigacycle=1.8", "market.share=unit",                                   \
        "market.admission_per_gigacycle=0"
#define UNTUNED UNTUNED_BUT_ADMISSION, "market.admission_per_gigacycle_s=0"

const bench_paper bench_paper_shipped = {"paper", {NULL}};
const bench_paper bench_paper_untuned = {"paper-untuned", {UNTUNED}};
const bench_paper bench_paper_by_queue = {"paper-untuned", {UNTUNED, "market.queue=paper"}};
const bench_paper bench_paper_admitted = {
    "paper-admitted",
    {UNTUNED_BUT_ADMISSION, "market.admission_per_gigacycle_s=0.001"},
};

dcat_status bench_place_paper(bench_place *place, const bench_paper *paper, uint32_t cycle_count,
                              dcat_error *err)
{
    size_t setting_count = 0;
    while (paper->settings[setting_count] != NULL) {
        setting_count++;
    }
    *place = (bench_place){0};
    snprintf(place->label, sizeof place->label, "%s", paper->label);
    dcat_status status =
        dcat_scenario_load("paper", paper->settings, setting_count, &place->scenario, err);
    if (status == DCAT_OK) {
        status = take_scenario(place, err);
    }
    if (status == DCAT_OK) {
        status = bench_place_make_world(place, err);
    }
    return status == DCAT_OK ? draw_tasks(place, cycle_count * slots_per_cycle(place), err)
                             : status;
}

// --- large worlds

// Choice: no path has a cap on its hops, so that what is far is out of reach; and the reach is
// bounded by the largest deadline and the smallest task, as it would be in a network of this size.
static dcat_world_config large_config(void)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = LARGE_SPAN_M;
    config.auction.ceiling_per_cycle = 1.8e-9;
    config.network.hop_max = 1000000;
    config.network.reach_s = 3.0;
    config.network.reach_bits = 20e6;
    config.network.reach_work_cycles = 500e9;
    return config;
}

static dcat_status place_uniform(bench_place *place, dcat_error *err)
{
    size_t server_count = place->server_count;
    size_t servers_per_area = server_count <= 10000 ? 10 : 20;
    place->area_count = (server_count + servers_per_area - 1) / servers_per_area;
    place->config = large_config();
    place->servers = calloc(server_count, sizeof *place->servers);
    place->areas = calloc(place->area_count, sizeof *place->areas);
    place->cluster_of = calloc(server_count, sizeof *place->cluster_of);
    if (place->servers == NULL || place->areas == NULL || place->cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", server_count);
    }
    double side_m = SQUARE_SIDE_M * sqrt((double)server_count / SERVERS_PER_SQUARE);
    dcat_draw_servers(1, side_m, (dcat_range){200e9, 300e9}, 100, place->servers, server_count);
    dcat_draw_areas(1, side_m, place->areas, place->area_count);
    return DCAT_OK;
}

dcat_status bench_place_large(bench_place *place, size_t server_count, bool national,
                              dcat_error *err)
{
    *place = (bench_place){.server_count = server_count};
    snprintf(place->label, sizeof place->label, "%s%zu", national ? "national-" : "", server_count);
    if (!national) {
        return place_uniform(place, err);
    }
    dcat_status status = bench_national_scenario(server_count, &place->scenario, err);
    if (status == DCAT_OK) {
        status = take_scenario(place, err);
        place->cycle_first += NATIONAL_HOUR;
    }
    return status;
}

dcat_status bench_place_make_world(bench_place *place, dcat_error *err)
{
    dcat_world_destroy(place->world);
    place->world = NULL;
    return place->scenario != NULL
               ? dcat_scenario_world(place->scenario, 1, &place->world, err)
               : dcat_world_create(&place->config, place->servers, place->server_count,
                                   place->areas, place->area_count, 1, &place->world, err);
}

// The same rate in every area of a uniform world.
static dcat_status make_demand(bench_place *place, dcat_error *err)
{
    double *weight = calloc(place->area_count, sizeof *weight);
    if (weight == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", place->area_count);
    }
    for (size_t a = 0; a < place->area_count; a++) {
        weight[a] = 1.0;
    }
    const dcat_demand_profile profile = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = ARRIVALS_PER_SERVER * (double)place->server_count,
        .weight = weight,
        .step_count = 1,
        .area_count = place->area_count,
        .work_cycles = {500e9, 900e9},
        .data_bits = {20e6, 20e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = 1,
    };
    dcat_status status = dcat_demand_create_profile(&profile, &place->own_demand, err);
    free(weight);
    place->demand = place->own_demand;
    return status;
}

dcat_status bench_place_make_tasks(bench_place *place, size_t slot_count, dcat_error *err)
{
    dcat_status status = place->demand == NULL ? make_demand(place, err) : DCAT_OK;
    return status == DCAT_OK ? draw_tasks(place, slot_count, err) : status;
}

dcat_status bench_place_complete(bench_place *place, size_t server_count, bool national,
                                 size_t slot_count, dcat_error *err)
{
    dcat_status status = bench_place_large(place, server_count, national, err);
    if (status == DCAT_OK) {
        status = bench_place_make_world(place, err);
    }
    return status == DCAT_OK ? bench_place_make_tasks(place, slot_count, err) : status;
}

bench_slot bench_place_slot(const bench_place *place, size_t s)
{
    size_t per_cycle = slots_per_cycle(place);
    uint32_t cycle = place->cycle_first + (uint32_t)(s / per_cycle);
    uint32_t slot = (uint32_t)(s % per_cycle);
    return (bench_slot){
        .cycle = cycle,
        .slot = slot,
        .now_s = ((double)cycle * (double)per_cycle + slot) *
                 dcat_world_config_view(place->world)->slot_s,
        .tasks = &place->tasks[place->first[s]],
        .task_count = place->first[s + 1] - place->first[s],
    };
}

dcat_status bench_place_env(const bench_place *place, const dcat_auction *auction, bool trial,
                            dcat_env **env, dcat_error *err)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = place->world;
    config.demand = place->demand;
    config.auction = auction;
    config.seed = 1;
    config.cycle = place->cycle_first;
    config.trial = trial;
    dcat_status status = dcat_env_create(&config, env, err);
    return status == DCAT_OK ? dcat_env_set_clusters(*env, place->cluster_of, err) : status;
}

json_t *bench_place_params(const bench_place *place, const char *clock)
{
    const char *kind = place->scenario == NULL              ? "uniform"
                       : strcmp(place->label, "paper") == 0 ? "paper"
                                                            : "national";
    return json_pack("{s:s,s:I,s:I,s:i,s:s}", "world", kind, "servers",
                     (json_int_t)place->server_count, "areas", (json_int_t)place->area_count,
                     "threads", 1, "clock", clock);
}

void bench_place_free(bench_place *place)
{
    free(place->tasks);
    free(place->first);
    free(place->cluster_of);
    free(place->servers);
    free(place->areas);
    dcat_demand_destroy(place->own_demand);
    dcat_world_destroy(place->world);
    dcat_scenario_destroy(place->scenario);
    *place = (bench_place){0};
}

// --- what is timed

dcat_status bench_place_observe(const bench_place *place, dcat_observation *observation,
                                dcat_error *err)
{
    size_t area_count = place->area_count;
    double *block = calloc(7 * area_count, sizeof *block);
    if (block == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", area_count);
    }
    *observation = (dcat_observation){
        .area_count = area_count,
        .arrivals_per_slot = block,
        .work_cycles = block + area_count,
        .data_bits = block + 2 * area_count,
        .deadline_s = block + 3 * area_count,
        .work_sd = block + 4 * area_count,
        .data_sd = block + 5 * area_count,
        .deadline_sd = block + 6 * area_count,
    };
    dcat_demand_long_run(place->demand, observation);
    return DCAT_OK;
}

dcat_status bench_decision_prepare(bench_place *place, const dcat_clusterer *clusterer,
                                   const void *model, bench_decision *d, dcat_error *err)
{
    size_t byte_count = clusterer->workspace_bytes(place->world, model);
    *d = (bench_decision){.workspace = aligned_alloc(64, (byte_count + 127) / 64 * 64)};
    if (d->workspace == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %s with %zu servers", clusterer->name,
                         place->server_count);
    }
    d->input = (dcat_cluster_input){
        .world = place->world,
        .observation = &d->observation,
        .auction = dcat_auction_find("rea-s"),
        .seed = 1,
        .cycle = place->cycle_first,
        .model = model,
        .first = place->first_decision,
    };
    for (size_t i = 0; i < place->server_count; i++) {
        place->cluster_of[i] = (int32_t)i;
    }
    return bench_place_observe(place, &d->observation, err);
}

void bench_decision_free(bench_decision *d)
{
    free(d->observation.arrivals_per_slot);
    free(d->workspace);
}

dcat_status bench_place_decide(bench_place *place, const dcat_clusterer *clusterer,
                               const void *model, double *seconds, dcat_error *err)
{
    bench_decision d;
    dcat_status status = bench_decision_prepare(place, clusterer, model, &d, err);
    if (status == DCAT_OK) {
        double start_s = bench_process_s();
        status = clusterer->decide(&d.input, d.workspace, place->cluster_of, err);
        *seconds = bench_process_s() - start_s;
        place->cluster_count = 0;
        for (size_t i = 0; i < place->server_count; i++) {
            if (place->cluster_of[i] >= place->cluster_count) {
                place->cluster_count = place->cluster_of[i] + 1;
            }
        }
    }
    bench_decision_free(&d);
    return status;
}
