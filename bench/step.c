// SPDX-License-Identifier: Apache-2.0
// Slot steps of dcat bench: tasks cleared per second in the paper's scenario and in large worlds.

#include "bench/bench.h"
#include "env/env.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PAPER_CYCLES 528 // the test days
#define PAPER_CYCLES_QUICK 48
#define LARGE_SLOTS 8
#define LARGE_STRAIGHT_TASKS 200

size_t bench_tasks_from(const bench_place *place, size_t skip_count)
{
    return place->first[place->slot_count] - place->first[skip_count];
}

static double time_slots(const bench_clearing *clearing, dcat_env *env)
{
    const bench_place *place = clearing->place;
    dcat_totals totals = {0};
    double start_s = bench_process_s();
    for (size_t s = 0; s < place->slot_count; s++) {
        bench_slot at = bench_place_slot(place, s);
        if (s == clearing->skip_count) {
            start_s = bench_process_s();
        }
        if (clearing->draw) {
            env_step_slot(env, &totals);
        } else {
            env_step_tasks(env, at.tasks, at.task_count, &totals);
        }
    }
    double elapsed_s = bench_process_s() - start_s;
    assert(totals.arrived == (int64_t)place->first[place->slot_count]);
    return elapsed_s;
}

dcat_status bench_clear(void *user, double *seconds, dcat_error *err)
{
    const bench_clearing *clearing = user;
    dcat_env *env = NULL;
    dcat_status status = bench_place_env(clearing->place, clearing->auction, true, &env, err);
    if (status == DCAT_OK) {
        *seconds = time_slots(clearing, env);
    }
    dcat_env_destroy(env);
    return status;
}

static json_t *describe(const bench_clearing *clearing, const char *clusterer)
{
    const bench_place *place = clearing->place;
    json_t *params = bench_place_params(place, "cpu");
    json_t *more = json_pack("{s:s,s:I,s:s,s:s,s:I,s:I}", "clusterer", clusterer, "clusters",
                             (json_int_t)place->cluster_count, "auction", clearing->auction->name,
                             "arrivals", clearing->draw ? "drawn" : "at hand", "slots",
                             (json_int_t)(place->slot_count - clearing->skip_count), "tasks",
                             (json_int_t)bench_tasks_from(place, clearing->skip_count));
    json_object_update(params, more);
    json_decref(more);
    if (clearing->straight_count > 0) {
        json_object_set_new(params, "tasks_straightforward",
                            json_integer((json_int_t)clearing->straight_count));
    }
    return params;
}

// Clearing, with the straightforward version beside it when straight_count > 0.
static dcat_status add_clearing(bench *b, bench_clearing *clearing, const char *clusterer,
                                bench_target target, bench_target ratio_target, dcat_error *err)
{
    char name[BENCH_NAME_BYTES];
    bool plain = strcmp(clusterer, "linkage") == 0;
    snprintf(name, sizeof name, "step/%s/%s%s%s/%s", clearing->place->label, plain ? "" : clusterer,
             plain ? "" : ":", clearing->auction->name, clearing->draw ? "drawn" : "at-hand");
    bench_race race = {
        .name = name,
        .unit = "M tasks/s",
        .target = target,
        .ratio_target = ratio_target,
        .ours = {bench_clear, clearing,
                 1e-6 * (double)bench_tasks_from(clearing->place, clearing->skip_count)},
        .straight_is = bench_clear_straight_is,
        .warm_up = true,
        .params = describe(clearing, clusterer),
    };
    if (clearing->straight_count > 0) {
        dcat_status status = bench_same_awards(clearing, err);
        if (status != DCAT_OK) {
            json_decref(race.params);
            return status;
        }
        race.straight =
            (bench_way){bench_clear_straight, clearing, 1e-6 * (double)clearing->straight_count};
    }
    return bench_run(b, &race, NULL, err);
}

// --- the paper's scenario

static size_t at_most(size_t count, size_t most)
{
    return count < most ? count : most;
}

static bool has_target(const dcat_auction *auction)
{
    return auction->clock != NULL;
}

// The slot's order and bids cost something beyond the paper's.
static bool is_tuned(const bench_place *place, const dcat_auction *auction)
{
    const dcat_market_config *market = &dcat_world_config_view(place->world)->market;
    return auction->under_ceiling &&
           (market->task_order != DCAT_ORDER_ARRIVAL || market->handicap_per_gigacycle_s != 0.0);
}

static dcat_status add_paper_step(bench *b, const bench_place *place, const dcat_auction *auction,
                                  const char *clusterer, bool draw, dcat_error *err)
{
    bool main_figure = has_target(auction) && strcmp(clusterer, "linkage") == 0;
    bool tuned = is_tuned(place, auction);
    bench_clearing clearing = {.place = place, .auction = auction, .draw = draw};
    if (main_figure && !draw) {
        clearing.straight_count = bench_tasks_from(place, 0);
    }
    const bench_target target = {BENCH_AT_LEAST, draw ? 8.0 : tuned ? 15.0 : 20.0};
    const bench_target ratio = {BENCH_AT_LEAST, 10.0};
    return add_clearing(b, &clearing, clusterer, main_figure ? target : bench_no_target,
                        main_figure && tuned ? ratio : bench_no_target, err);
}

typedef struct whole_run {
    const bench_place *place;
    dcat_run_config config;
} whole_run;

// Arrivals drawn, observations collected, clusters decided.
static dcat_status run_whole(void *user, double *seconds, dcat_error *err)
{
    const whole_run *whole = user;
    dcat_run_result result;
    double start_s = bench_process_s();
    dcat_status status = dcat_run(whole->place->world, whole->place->demand, &whole->config, NULL,
                                  NULL, &result, err);
    *seconds = bench_process_s() - start_s;
    return status;
}

static dcat_status add_paper_run(bench *b, const bench_place *place, const dcat_auction *auction,
                                 uint32_t cycle_count, dcat_error *err)
{
    char name[BENCH_NAME_BYTES];
    const bench_clearing as_step = {.place = place, .auction = auction, .draw = true};
    whole_run whole = {
        place,
        {
            DCAT_SIZED(dcat_run_config),
            .policy = {.clusterer = dcat_clusterer_find("linkage"), .auction = auction},
            .seed = 1,
            .cycle_first = place->cycle_first,
            .cycle_count = cycle_count,
        },
    };
    snprintf(name, sizeof name, "run/paper/%s", auction->name);
    const bench_race race = {
        .name = name,
        .unit = "M tasks/s",
        .ours = {run_whole, &whole, 1e-6 * (double)bench_tasks_from(place, 0)},
        .params = describe(&as_step, "linkage"),
    };
    return bench_run(b, &race, NULL, err);
}

static dcat_status add_steps(bench *b, bench_place *place, const char *clusterer, bool all,
                             dcat_error *err)
{
    double decision_s;
    dcat_status status =
        bench_place_decide(place, dcat_clusterer_find(clusterer), NULL, &decision_s, err);
    for (size_t i = 0; status == DCAT_OK && i < 2 * dcat_auction_count(); i++) {
        const dcat_auction *auction = dcat_auction_at(i % dcat_auction_count());
        if (has_target(auction) || all) {
            status = add_paper_step(b, place, auction, clusterer, i >= dcat_auction_count(), err);
        }
    }
    return status;
}

static dcat_status add_all_of_paper(bench *b, bench_place *place, const char *clusterer,
                                    uint32_t cycle_count, dcat_error *err)
{
    bool linkage = strcmp(clusterer, "linkage") == 0;
    dcat_status status = add_steps(b, place, clusterer, b->all && linkage, err);
    for (size_t a = 0; status == DCAT_OK && linkage && a < dcat_auction_count(); a++) {
        if (has_target(dcat_auction_at(a)) || b->all) {
            status = add_paper_run(b, place, dcat_auction_at(a), cycle_count, err);
        }
    }
    return status;
}

// Steps at the settings before the market was tuned.
static dcat_status add_untuned(bench *b, uint32_t cycle_count, dcat_error *err)
{
    bench_place place;
    dcat_status status = bench_place_paper(&place, &bench_paper_untuned, cycle_count, err);
    if (status == DCAT_OK) {
        status = add_steps(b, &place, "linkage", b->all, err);
    }
    bench_place_free(&place);
    return status;
}

// --- the queue rules: how much faster a slot is under fifo than under the paper's, in turns

static dcat_status add_queue_rule(bench *b, const bench_place *fifo, const bench_place *paper,
                                  const dcat_auction *auction, bool draw, dcat_error *err)
{
    bench_clearing of_fifo = {.place = fifo, .auction = auction, .draw = draw};
    bench_clearing of_paper = {.place = paper, .auction = auction, .draw = draw};
    char name[BENCH_NAME_BYTES];
    double ratio[BENCH_REPETITION_MAX], fifo_s = 0.0, paper_s = 0.0;
    size_t count = (size_t)b->repetition_count;
    dcat_status status = bench_once(&(bench_way){bench_clear, &of_fifo, 0.0}, &fifo_s, err);
    snprintf(name, sizeof name, "queue/paper/%s/%s", auction->name, draw ? "drawn" : "at-hand");
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        bench_show(b, name, (int)i);
        status = bench_once(&(bench_way){bench_clear, &of_paper, 0.0}, &paper_s, err);
        if (status == DCAT_OK) {
            status = bench_once(&(bench_way){bench_clear, &of_fifo, 0.0}, &fifo_s, err);
            ratio[i] = paper_s / fifo_s;
        }
    }
    if (status == DCAT_OK) {
        json_t *params = describe(&of_fifo, "linkage");
        json_object_set_new(params, "of", json_string("tasks/s, market.queue fifo over paper"));
        bench_add(b, name, "x", (bench_target){BENCH_AT_LEAST, 0.95}, ratio, count, params);
    }
    return status;
}

static dcat_status prepare_paper(bench_place *place, const bench_paper *paper, uint32_t cycle_count,
                                 dcat_error *err)
{
    double decision_s;
    dcat_status status = bench_place_paper(place, paper, cycle_count, err);
    return status == DCAT_OK
               ? bench_place_decide(place, dcat_clusterer_find("linkage"), NULL, &decision_s, err)
               : status;
}

static dcat_status add_queue_rules(bench *b, uint32_t cycle_count, dcat_error *err)
{
    bench_place fifo = {0}, paper = {0};
    dcat_status status = prepare_paper(&fifo, &bench_paper_untuned, cycle_count, err);
    if (status == DCAT_OK) {
        status = prepare_paper(&paper, &bench_paper_by_queue, cycle_count, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < 2 * dcat_auction_count(); i++) {
        if (has_target(dcat_auction_at(i / 2))) {
            status = add_queue_rule(b, &fifo, &paper, dcat_auction_at(i / 2), i % 2 == 1, err);
        }
    }
    bench_place_free(&fifo);
    bench_place_free(&paper);
    return status;
}

dcat_status bench_step(bench *b, dcat_error *err)
{
    static const char *const clusterers[] = {"linkage", "kmeans", "single"};
    bench_place place;
    uint32_t cycle_count = b->quick ? PAPER_CYCLES_QUICK : PAPER_CYCLES;
    dcat_status status = bench_place_paper(&place, &bench_paper_shipped, cycle_count, err);
    size_t count = b->all ? sizeof clusterers / sizeof clusterers[0] : 1;
    for (size_t c = 0; status == DCAT_OK && c < count; c++) {
        status = add_all_of_paper(b, &place, clusterers[c], cycle_count, err);
    }
    bench_place_free(&place);
    if (status == DCAT_OK) {
        status = add_untuned(b, cycle_count, err);
    }
    return status == DCAT_OK ? add_queue_rules(b, cycle_count, err) : status;
}

// --- large worlds: the first slot makes the rows of the areas and is left out; the others see
// queues as they grow

static dcat_status prepare_large(bench_place *place, size_t server_count, bool national,
                                 dcat_error *err)
{
    double decision_s;
    dcat_status status = bench_place_complete(place, server_count, national, LARGE_SLOTS, err);
    if (status == DCAT_OK) {
        status = bench_place_decide(place, dcat_clusterer_find("linkage"), NULL, &decision_s, err);
    }
    return status;
}

static dcat_status add_small(bench *b, const bench_place *place, const dcat_auction *auction,
                             dcat_error *err)
{
    bench_clearing clearing = {.place = place, .auction = auction, .skip_count = 1};
    if (place->scenario == NULL) {
        clearing.straight_count = at_most(place->first[1], LARGE_STRAIGHT_TASKS);
    }
    return add_clearing(b, &clearing, "linkage", (bench_target){BENCH_AT_LEAST, 2.0},
                        bench_no_target, err);
}

// The larger world, and what a task costs there over what it costs in the smaller one: both take
// turns.
static dcat_status add_growth(bench *b, const bench_place *small, const bench_place *large,
                              const dcat_auction *auction, dcat_error *err)
{
    char name[BENCH_NAME_BYTES];
    double growth[BENCH_REPETITION_MAX], large_s[BENCH_REPETITION_MAX];
    double small_s = 0.0;
    bench_clearing of_small = {.place = small, .auction = auction, .skip_count = 1};
    bench_clearing of_large = {.place = large, .auction = auction, .skip_count = 1};
    double tasks_small = (double)bench_tasks_from(small, 1);
    double tasks_large = (double)bench_tasks_from(large, 1);
    size_t count = (size_t)b->repetition_count;
    dcat_status status = DCAT_OK;
    snprintf(name, sizeof name, "step/%s/%s/at-hand", large->label, auction->name);
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        bench_show(b, name, (int)i);
        status = bench_once(&(bench_way){bench_clear, &of_large, 0.0}, &large_s[i], err);
        if (status == DCAT_OK) {
            status = bench_once(&(bench_way){bench_clear, &of_small, 0.0}, &small_s, err);
            growth[i] = large_s[i] / tasks_large / (small_s / tasks_small);
        }
    }
    if (status == DCAT_OK) {
        json_t *params = describe(&of_large, "linkage");
        json_t *growth_params = json_deep_copy(params);
        json_object_set_new(growth_params, "of", json_string("CPU time per task"));
        json_object_set_new(growth_params, "servers_from",
                            json_integer((json_int_t)small->server_count));
        bench_rates(large_s, count, 1e-6 * tasks_large);
        bench_add(b, name, "M tasks/s", (bench_target){BENCH_AT_LEAST, 0.5}, large_s, count,
                  params);
        snprintf(name, sizeof name, "growth/%s/%s",
                 large->scenario != NULL ? "national" : "uniform", auction->name);
        bench_add(b, name, "x", (bench_target){BENCH_AT_MOST, 2.0}, growth, count, growth_params);
    }
    return status;
}

static dcat_status add_kind(bench *b, bool national, dcat_error *err)
{
    const dcat_auction *const auctions[] = {dcat_auction_find("rea"), dcat_auction_find("rea-s")};
    bench_place small = {0}, large = {0};
    dcat_status status = prepare_large(&small, 10000, national, err);
    for (size_t a = 0; status == DCAT_OK && a < 2; a++) {
        status = add_small(b, &small, auctions[a], err);
    }
    if (status == DCAT_OK && !b->quick) {
        status = prepare_large(&large, 100000, national, err);
    }
    for (size_t a = 0; status == DCAT_OK && !b->quick && a < 2; a++) {
        status = add_growth(b, &small, &large, auctions[a], err);
    }
    bench_place_free(&small);
    bench_place_free(&large);
    return status;
}

dcat_status bench_large(bench *b, dcat_error *err)
{
    dcat_status status = add_kind(b, false, err);
    return status == DCAT_OK ? add_kind(b, true, err) : status;
}
