// Places that dcat bench measures in: the paper's scenario, and large worlds.

#include "bench.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARRIVALS_PER_SERVER 0.75 // 30 a slot for 40 servers, as in the paper
#define SERVERS_PER_SQUARE 40.0  // of SQUARE_SIDE_M
#define SQUARE_SIDE_M 1e6
#define LARGE_SPAN_M 300e3 // about four servers a cluster

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

dcat_status bench_place_paper(bench_place *place, uint32_t cycle_count, dcat_error *err)
{
    *place = (bench_place){0};
    dcat_status status = dcat_scenario_load("paper", NULL, 0, &place->scenario, err);
    if (status == DCAT_OK) {
        status = dcat_scenario_world(place->scenario, 1, &place->world, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    place->server_count = dcat_world_server_count(place->world);
    place->area_count = dcat_world_area_count(place->world);
    place->demand = dcat_scenario_demand_view(place->scenario);
    place->cycle_first = dcat_scenario_test_cycles(place->scenario).first;
    place->cluster_of = calloc(place->server_count, sizeof *place->cluster_of);
    if (place->cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", place->server_count);
    }
    return draw_tasks(place, cycle_count * slots_per_cycle(place), err);
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

dcat_status bench_place_large(bench_place *place, size_t server_count, dcat_error *err)
{
    size_t servers_per_area = server_count <= 10000 ? 10 : 20;
    *place = (bench_place){
        .server_count = server_count,
        .area_count = (server_count + servers_per_area - 1) / servers_per_area,
        .config = large_config(),
    };
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

dcat_status bench_place_make_world(bench_place *place, dcat_error *err)
{
    dcat_world_destroy(place->world);
    place->world = NULL;
    return dcat_world_create(&place->config, place->servers, place->server_count, place->areas,
                             place->area_count, 1, &place->world, err);
}

dcat_status bench_place_make_tasks(bench_place *place, size_t slot_count, dcat_error *err)
{
    double *weight = calloc(place->area_count, sizeof *weight);
    if (weight == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", place->area_count);
    }
    for (size_t a = 0; a < place->area_count; a++) {
        weight[a] = 1.0;
    }
    const dcat_demand_profile profile = {
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
    return status == DCAT_OK ? draw_tasks(place, slot_count, err) : status;
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

// An observation of the place's long-run demand; its arrays are one block at arrivals_per_slot.
static bool observe(const bench_place *place, dcat_observation *observation)
{
    size_t area_count = place->area_count;
    double *block = calloc(7 * area_count, sizeof *block);
    if (block == NULL) {
        return false;
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
    return true;
}

dcat_status bench_place_decide(bench_place *place, const dcat_clusterer *clusterer,
                               const void *model, double *seconds, dcat_error *err)
{
    dcat_observation observation = {0};
    size_t byte_count = clusterer->workspace_bytes(place->world, model);
    void *workspace = aligned_alloc(64, (byte_count + 127) / 64 * 64);
    if (workspace == NULL || !observe(place, &observation)) {
        free(workspace);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %s with %zu servers", clusterer->name,
                         place->server_count);
    }
    const dcat_cluster_input input = {
        .world = place->world,
        .observation = &observation,
        .auction = DCAT_AUCTION_REA_S,
        .seed = 1,
        .cycle = place->cycle_first,
        .model = model,
    };
    for (size_t i = 0; i < place->server_count; i++) {
        place->cluster_of[i] = (int32_t)i;
    }
    double start_s = bench_process_s();
    clusterer->decide(&input, workspace, place->cluster_of);
    *seconds = bench_process_s() - start_s;
    place->cluster_count = 0;
    for (size_t i = 0; i < place->server_count; i++) {
        if (place->cluster_of[i] >= place->cluster_count) {
            place->cluster_count = place->cluster_of[i] + 1;
        }
    }
    free(observation.arrivals_per_slot);
    free(workspace);
    return DCAT_OK;
}

static double time_slots(const bench_place *place, dcat_state *state, bool draw, size_t skip_count,
                         dcat_task *drawn)
{
    const dcat_world_config *config = dcat_world_config_view(place->world);
    size_t per_cycle = slots_per_cycle(place);
    dcat_totals totals = {0};
    double start_s = bench_process_s();
    for (size_t s = 0; s < place->slot_count; s++) {
        uint32_t cycle = place->cycle_first + (uint32_t)(s / per_cycle);
        uint32_t slot = (uint32_t)(s % per_cycle);
        double now_s = ((double)cycle * (double)per_cycle + slot) * config->slot_s;
        const dcat_task *tasks = &place->tasks[place->first[s]];
        size_t task_count = place->first[s + 1] - place->first[s];
        if (s == skip_count) {
            start_s = bench_process_s();
        }
        if (draw) {
            task_count = dcat_demand_slot(place->demand, place->world, 1, cycle, slot, 0, drawn);
            tasks = drawn;
        }
        dcat_state_step(state, now_s, cycle, slot, tasks, task_count, NULL, &totals);
    }
    double elapsed_s = bench_process_s() - start_s;
    assert(totals.arrived == (int64_t)place->first[place->slot_count]);
    return elapsed_s;
}

dcat_status bench_place_step(const bench_place *place, dcat_auction_kind auction, bool draw,
                             size_t skip_count, double *seconds, dcat_error *err)
{
    dcat_state *state = NULL;
    size_t task_max = dcat_demand_slot_task_max(place->demand);
    dcat_task *drawn = calloc(task_max, sizeof *drawn);
    if (drawn == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", task_max);
    }
    dcat_status status = dcat_state_create(place->world, auction, 1, task_max, &state, err);
    if (status == DCAT_OK) {
        dcat_state_set_clusters(state, place->cluster_of);
        *seconds = time_slots(place, state, draw, skip_count, drawn);
    }
    dcat_state_destroy(state);
    free(drawn);
    return status;
}
