// SPDX-License-Identifier: Apache-2.0
// The small parts of dcat bench: one auction, drawing the tasks of a slot, scoring by a network.
// Each against the straightforward version of the same.

#include "bench/bench.h"
#include "bench/reference/auction.h"
#include "bench/reference/demand.h"
#include "bench/reference/mlp.h"
#include "dcat/x/clock.h"
#include "dcat/x/policy_file.h"
#include "learn/net/actor.h"
#include "learn/net/matrix.h"

#include <stdlib.h>

// --- one auction: the closed forms against rounds walked one by one

#define BIDDERS 18 // clusters of a typical world of `paper`
#define AUCTIONS 4096

typedef struct auctions {
    dcat_auction_rules rules;
    const dcat_auction *auction;
    double bid[AUCTIONS][BIDDERS];
    int32_t cluster[BIDDERS];
    double sum; // of clearing prices, by whoever ran last
} auctions;

static dcat_auction_input input_of(const auctions *of, size_t n)
{
    return (dcat_auction_input){
        .fee = 12600.0,
        .work_cycles = 700e9,
        .bid = of->bid[n],
        .cluster = of->cluster,
        .bidder_count = BIDDERS,
        .draw = dcat_mix64(n),
    };
}

static dcat_status run_auctions(void *user, double *seconds, dcat_error *err)
{
    auctions *of = user;
    const dcat_auction *auction = of->auction;
    double sum = 0.0;
    (void)err;
    double start_s = bench_process_s();
    for (size_t n = 0; n < AUCTIONS; n++) {
        dcat_auction_input input = input_of(of, n);
        sum += auction->run(&of->rules, &input).clearing_price;
    }
    *seconds = bench_process_s() - start_s;
    of->sum = sum;
    return DCAT_OK;
}

static dcat_status walk_auctions(void *user, double *seconds, dcat_error *err)
{
    auctions *of = user;
    double sum = 0.0;
    double start_s = bench_process_s();
    for (size_t n = 0; n < AUCTIONS; n++) {
        dcat_auction_input input = input_of(of, n);
        sum += reference_auction(of->auction, &of->rules, &input).clearing_price;
    }
    *seconds = bench_process_s() - start_s;
    return sum == of->sum ? DCAT_OK
                          : dcat_fail(err, DCAT_ERR_INTERNAL, "%s pays %.17g, walked %.17g",
                                      of->auction->name, of->sum, sum);
}

static void draw_bids(auctions *of)
{
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_round_max = DCAT_ROUND_UNLIMITED;
    config.ceiling_per_cycle = 1.8e-9;
    dcat_auction_rules_init(&of->rules, &config);
    dcat_rng rng = dcat_rng_at(1, DCAT_STREAM_USER, 0, 0);
    for (size_t n = 0; n < AUCTIONS; n++) {
        for (size_t i = 0; i < BIDDERS; i++) {
            of->bid[n][i] = 700.0 * (0.5 + 0.5 * dcat_rng_uniform(&rng));
            of->cluster[i] = (int32_t)i;
        }
    }
}

dcat_status bench_auction(bench *b, dcat_error *err)
{
    auctions *of = calloc(1, sizeof *of);
    if (of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %d auctions", AUCTIONS);
    }
    draw_bids(of);
    dcat_status status = DCAT_OK;
    for (size_t k = 0; status == DCAT_OK && k < dcat_auction_count(); k++) {
        char name[BENCH_NAME_BYTES];
        of->auction = dcat_auction_at(k);
        if (!b->all && of->auction->clock == NULL) {
            continue; // those without a clock have no rounds to walk
        }
        snprintf(name, sizeof name, "auction/%s", of->auction->name);
        const bench_race race = {
            .name = name,
            .unit = "M/s",
            .ours = {run_auctions, of, 1e-6 * AUCTIONS},
            .straight = {walk_auctions, of, 1e-6 * AUCTIONS},
            .straight_is = "round by round, question by question",
            .warm_up = true,
            .params = json_pack("{s:i,s:i,s:s,s:s}", "bidders", BIDDERS, "auctions", AUCTIONS,
                                "rounds", "unlimited", "clock", "cpu"),
        };
        status = bench_run(b, &race, NULL, err);
    }
    free(of);
    return status;
}

// --- drawing tasks

#define DRAW_CYCLES 96
#define DRAW_CYCLES_QUICK 8

typedef struct draws {
    const bench_place *place;
    dcat_observation rates;
    dcat_task *tasks; // of one slot, with room for twice as many as can be
    size_t task_max;
    double task_count; // drawn by the straightforward version, which draws other tasks
} draws;

static dcat_status draw_slots(void *user, double *seconds, dcat_error *err)
{
    const draws *of = user;
    const bench_place *place = of->place;
    size_t count = 0;
    double start_s = bench_process_s();
    for (size_t s = 0; s < place->slot_count; s++) {
        bench_slot at = bench_place_slot(place, s);
        count += dcat_demand_slot(place->demand, place->world, 1, at.cycle, at.slot, 0, of->tasks);
    }
    *seconds = bench_process_s() - start_s;
    return count == place->first[place->slot_count]
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_INTERNAL, "a slot was drawn again with other tasks");
}

static dcat_status draw_by_area(void *user, double *seconds, dcat_error *err)
{
    draws *of = user;
    const bench_place *place = of->place;
    size_t count = 0;
    (void)err;
    double start_s = bench_process_s();
    for (size_t s = 0; s < place->slot_count; s++) {
        bench_slot at = bench_place_slot(place, s);
        count +=
            reference_arrivals(&of->rates, 1, at.cycle, at.slot, at.now_s, of->tasks, of->task_max);
    }
    *seconds = bench_process_s() - start_s;
    of->task_count = (double)count;
    return DCAT_OK;
}

static dcat_status race_draws(bench *b, draws *of, dcat_error *err)
{
    double ignored_s; // once to know how many tasks there will be
    dcat_status status = draw_by_area(of, &ignored_s, err);
    if (status != DCAT_OK) {
        return status;
    }
    json_t *params = bench_place_params(of->place, "cpu");
    json_object_set_new(params, "tasks",
                        json_integer((json_int_t)of->place->first[of->place->slot_count]));
    json_object_set_new(params, "tasks_straightforward", json_integer((json_int_t)of->task_count));
    const bench_race race = {
        .name = "draw/paper",
        .unit = "M tasks/s",
        .ours = {draw_slots, of, 1e-6 * (double)of->place->first[of->place->slot_count]},
        .straight = {draw_by_area, of, 1e-6 * of->task_count},
        .straight_is = "a Poisson count for every area, then one number after the other, at the "
                       "mean rates of the training days",
        .warm_up = true,
        .params = params,
    };
    return bench_run(b, &race, NULL, err);
}

dcat_status bench_draw(bench *b, dcat_error *err)
{
    bench_place place;
    draws of = {.place = &place};
    dcat_status status = bench_place_paper(&place, &bench_paper_shipped,
                                           b->quick ? DRAW_CYCLES_QUICK : DRAW_CYCLES, err);
    if (status == DCAT_OK) {
        status = bench_place_observe(&place, &of.rates, err);
    }
    if (status == DCAT_OK) {
        of.task_max = 2 * dcat_demand_slot_task_max(place.demand);
        of.tasks = calloc(of.task_max, sizeof *of.tasks);
        status = of.tasks != NULL
                     ? race_draws(b, &of, err)
                     : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", of.task_max);
    }
    free(of.tasks);
    free(of.rates.arrivals_per_slot);
    bench_place_free(&place);
    return status;
}

// --- scoring pairs of clusters by the network of a policy

#define SCORE_ROWS 4096

typedef struct scores {
    const dcat_actor *actor;
    float *x; // [SCORE_ROWS, in]
    float *y; // [SCORE_ROWS, out]
    rl_mlp_scratch scratch;
} scores;

// Row by row, by one of two functions.
static dcat_status score_by(const scores *of,
                            void (*forward)(rl_mlp, const float *, const float *, float *),
                            double *seconds)
{
    rl_mlp net = of->actor->pair;
    double start_s = bench_process_s();
    for (size_t r = 0; r < SCORE_ROWS; r++) {
        forward(net, of->actor->weights, &of->x[r * net.in], &of->y[r * net.out]);
    }
    *seconds = bench_process_s() - start_s;
    return DCAT_OK;
}

static dcat_status score_rows(void *user, double *seconds, dcat_error *err)
{
    (void)err;
    return score_by(user, rl_mlp_forward, seconds);
}

static dcat_status score_plainly(void *user, double *seconds, dcat_error *err)
{
    (void)err;
    return score_by(user, reference_mlp_forward, seconds);
}

static dcat_status score_batch(void *user, double *seconds, dcat_error *err)
{
    const scores *of = user;
    (void)err;
    double start_s = bench_process_s();
    rl_mlp_forward_rows(of->actor->pair, of->actor->weights, of->x, SCORE_ROWS, &of->scratch,
                        of->y);
    *seconds = bench_process_s() - start_s;
    return DCAT_OK;
}

static dcat_status race_scores(bench *b, scores *of, dcat_error *err)
{
    static const struct {
        const char *name;
        bench_timed run, straight;
        const char *straight_is;
    } races[] = {
        {"score/one-by-one", score_rows, score_plainly,
         "one output at a time, one sum after the other"},
        {"score/batch", score_batch, score_rows, "rows one by one, as decisions score them"},
    };
    rl_mlp net = of->actor->pair;
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < sizeof races / sizeof races[0]; i++) {
        const bench_race race = {
            .name = races[i].name,
            .unit = "M rows/s",
            .ours = {races[i].run, of, 1e-6 * SCORE_ROWS},
            .straight = {races[i].straight, of, 1e-6 * SCORE_ROWS},
            .straight_is = races[i].straight_is,
            .warm_up = true,
            .params = json_pack("{s:i,s:i,s:i,s:i,s:i,s:s}", "rows", SCORE_ROWS, "inputs",
                                (int)net.in, "hidden", (int)net.hidden, "outputs", (int)net.out,
                                "threads", 1, "clock", "cpu"),
        };
        status = bench_run(b, &race, NULL, err);
    }
    return status;
}

static dcat_status prepare_scores(scores *of, dcat_actor **actor, dcat_error *err)
{
    dcat_status status = dcat_actor_shipped(dcat_auction_find("rea-s"), actor, err);
    if (status != DCAT_OK) {
        return status;
    }
    rl_mlp net = (*actor)->pair;
    size_t per_layer = RL_BATCH * net.hidden;
    *of = (scores){
        .actor = *actor,
        .x = calloc(SCORE_ROWS * net.in, sizeof *of->x),
        .y = calloc(SCORE_ROWS * net.out, sizeof *of->y),
        .scratch = {.hidden_1 = calloc(2 * per_layer, sizeof(float))},
    };
    if (of->x == NULL || of->y == NULL || of->scratch.hidden_1 == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %d rows", SCORE_ROWS);
    }
    of->scratch.hidden_2 = of->scratch.hidden_1 + per_layer;
    dcat_rng rng = dcat_rng_at(1, DCAT_STREAM_USER, 1, 0);
    for (size_t i = 0; i < SCORE_ROWS * net.in; i++) {
        of->x[i] = (float)dcat_rng_uniform(&rng);
    }
    return DCAT_OK;
}

dcat_status bench_score(bench *b, dcat_error *err)
{
    scores of = {0};
    dcat_actor *actor = NULL;
    dcat_status status = matrix_open(err);
    if (status == DCAT_OK) {
        status = prepare_scores(&of, &actor, err);
    }
    if (status == DCAT_OK) {
        status = race_scores(b, &of, err);
    }
    free(of.x);
    free(of.y);
    free(of.scratch.hidden_1);
    dcat_actor_destroy(actor);
    return status;
}
