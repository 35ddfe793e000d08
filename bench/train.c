// SPDX-License-Identifier: Apache-2.0
// Training of dcat bench: the default point, the shipped scenario `paper` with 40 servers and the
// default settings of a trainer; everything included.

#include "bench/bench.h"
#include "bench/floors.h"

#include <string.h>

#define WORLD_COUNT 8
#define WARM_UP_EPOCHS 3
#define MEASURE_S 1.5
#define MEASURE_S_QUICK 0.2

static dcat_status make_trainer(dcat_train_worlds *worlds, const dcat_train_config *config,
                                dcat_trainer **trainer, dcat_error *err)
{
    const dcat_actor_shape shape = dcat_actor_shape_default();
    const dcat_train_source source = dcat_train_worlds_source(worlds);
    dcat_actor *actor = NULL;
    dcat_status status = dcat_actor_create(&shape, 1, &actor, err);
    if (status == DCAT_OK) {
        status = dcat_trainer_create(config, &source, actor, trainer, err);
    }
    dcat_train_report report;
    for (int i = 0; status == DCAT_OK && i < WARM_UP_EPOCHS; i++) {
        status = dcat_trainer_epoch(*trainer, &report, err);
    }
    dcat_actor_destroy(actor);
    return status;
}

// What some epochs took. thread_s is CPU time of the calling thread: all of it with one thread.
typedef struct spell {
    double epoch_count, cycle_count, wall_s, thread_s;
    double part_s[BENCH_FLOOR_COUNT];  // inside of training
    double floor_s[BENCH_FLOOR_COUNT]; // alone
} spell;

// floors is nullable: none.
static dcat_status run_epoch(dcat_trainer *trainer, bench_floors *floors, spell *s, dcat_error *err)
{
    dcat_train_report report;
    double start_wall_s = cli_clock_s(), start_s = bench_thread_s();
    dcat_status status = dcat_trainer_epoch(trainer, &report, err);
    s->wall_s += cli_clock_s() - start_wall_s;
    s->thread_s += bench_thread_s() - start_s;
    if (status != DCAT_OK) {
        return status;
    }
    s->epoch_count++;
    s->cycle_count += (double)report.cycle_count;
    s->part_s[0] += report.simulation_s;
    s->part_s[1] += report.scoring_s;
    s->part_s[2] += report.backward_s;
    s->part_s[3] += report.optimiser_s;
    return floors != NULL ? bench_floors_add(floors, trainer, s->floor_s, err) : DCAT_OK;
}

static dcat_status run_spell(dcat_trainer *trainer, bench_floors *floors, double for_s, spell *s,
                             dcat_error *err)
{
    double start_s = cli_clock_s();
    dcat_status status = DCAT_OK;
    *s = (spell){0};
    do {
        status = run_epoch(trainer, floors, s, err);
    } while (status == DCAT_OK && cli_clock_s() - start_s < for_s);
    return status;
}

typedef struct train_samples {
    double rate[BENCH_REPETITION_MAX], updates[BENCH_REPETITION_MAX], gain[BENCH_REPETITION_MAX];
    double over[BENCH_REPETITION_MAX]; // all of the time over the sum of the floors
    // Microseconds per cycle; the last part is what is left.
    double part_us[BENCH_FLOOR_COUNT + 1][BENCH_REPETITION_MAX];
    double floor_us[BENCH_FLOOR_COUNT][BENCH_REPETITION_MAX];
} train_samples;

static void note_spell(const spell *one, train_samples *samples, int i)
{
    double rest_s = one->thread_s, floors_s = 0.0, us = 1e6 / one->cycle_count;
    for (size_t p = 0; p < BENCH_FLOOR_COUNT; p++) {
        samples->part_us[p][i] = us * one->part_s[p];
        samples->floor_us[p][i] = us * one->floor_s[p];
        rest_s -= one->part_s[p];
        floors_s += one->floor_s[p];
    }
    samples->part_us[BENCH_FLOOR_COUNT][i] = us * rest_s;
    samples->over[i] = one->thread_s / floors_s;
    samples->rate[i] = one->cycle_count / one->thread_s;
    samples->updates[i] = one->epoch_count / one->thread_s;
}

// What a row was measured on.
static json_t *describe(const dcat_train_config *config, int threads, const char *clock)
{
    return json_pack("{s:s,s:i,s:s,s:s,s:i,s:i,s:i,s:s}", "world", "paper", "servers", 40,
                     "estimator", dcat_estimator_name(config->estimator), "auction",
                     config->auction->name, "environments", config->environment_count, "worlds",
                     WORLD_COUNT, "threads", threads, "clock", clock);
}

static const char *const part_names[] = {"simulate", "score", "back-propagate", "adam", "rest"};

// Where the time goes, and what each part takes alone.
static void add_breakdown(bench *b, const dcat_train_config *config, const char *point,
                          bool by_default, train_samples *samples)
{
    size_t count = (size_t)b->repetition_count;
    char name[BENCH_NAME_BYTES];
    const bench_target over = {BENCH_AT_MOST, 2.0};
    for (size_t p = 0; p <= BENCH_FLOOR_COUNT; p++) {
        snprintf(name, sizeof name, "train/%s/%s", point, part_names[p]);
        bench_add(b, name, "us/cycle", bench_no_target, samples->part_us[p], count,
                  describe(config, 1, "cpu"));
        if (p < BENCH_FLOOR_COUNT) {
            snprintf(name, sizeof name, "train/%s/%s/floor", point, part_names[p]);
            bench_add(b, name, "us/cycle", bench_no_target, samples->floor_us[p], count,
                      describe(config, 1, "cpu"));
        }
    }
    snprintf(name, sizeof name, "train/%s/over-floors", point);
    bench_add(b, name, "x", by_default ? over : bench_no_target, samples->over, count,
              describe(config, 1, "cpu"));
}

static void add_training(bench *b, const dcat_train_config *config, train_samples *samples)
{
    // The default point of `dcat train`.
    bool by_default =
        config->estimator == DCAT_ESTIMATOR_GROUP && config->auction == dcat_auction_find("rea-s");
    size_t count = (size_t)b->repetition_count;
    const bench_target rate = {BENCH_AT_LEAST, 10000.0}, gain = {BENCH_AT_LEAST, 1.8};
    char point[32], name[BENCH_NAME_BYTES];
    snprintf(point, sizeof point, "%s/%s", dcat_estimator_name(config->estimator),
             config->auction->name);
    snprintf(name, sizeof name, "train/%s", point);
    bench_add(b, name, "cycles/s", by_default ? rate : bench_no_target, samples->rate, count,
              describe(config, 1, "cpu"));
    snprintf(name, sizeof name, "train/%s/updates", point);
    bench_add(b, name, "/s", bench_no_target, samples->updates, count, describe(config, 1, "cpu"));
    add_breakdown(b, config, point, by_default, samples);
    snprintf(name, sizeof name, "threads/train/%s", point);
    if (b->thread_count == 2) {
        bench_add(b, name, "x", by_default ? gain : bench_no_target, samples->gain, count,
                  describe(config, 2, "wall"));
    } else {
        bench_add_missing(b, name, "x", by_default ? gain : bench_no_target,
                          describe(config, 1, "wall"), "not measured: there is one core only");
    }
}

typedef struct trainers {
    dcat_trainer *one, *two; // two: with two threads; NULL on one core
    bench_floors *floors;
} trainers;

static dcat_status make_trainers(const bench *b, dcat_train_worlds *worlds,
                                 const dcat_train_config *config, trainers *t, dcat_error *err)
{
    dcat_train_config config_two = *config;
    static const dcat_jobs two_threads = {.size = sizeof(dcat_jobs), .thread_count = 2};
    config_two.jobs = &two_threads;
    dcat_status status = make_trainer(worlds, config, &t->one, err);
    if (status == DCAT_OK && b->thread_count == 2) {
        status = make_trainer(worlds, &config_two, &t->two, err);
    }
    return status == DCAT_OK ? bench_floors_create(t->one, &t->floors, err) : status;
}

// One thread and two take turns, so that both meet the same disturbances.
static dcat_status repeat(bench *b, const trainers *t, const char *name, train_samples *samples,
                          dcat_error *err)
{
    double for_s = b->quick ? MEASURE_S_QUICK : MEASURE_S;
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        spell split = {0}, one = {0}, two = {0};
        bench_show(b, name, i);
        status = run_spell(t->one, t->floors, for_s, &split, err);
        if (status == DCAT_OK && t->two != NULL) {
            status = run_spell(t->one, NULL, for_s, &one, err);
        }
        if (status == DCAT_OK && t->two != NULL) {
            status = run_spell(t->two, NULL, for_s, &two, err);
            samples->gain[i] = two.cycle_count / two.wall_s / (one.cycle_count / one.wall_s);
        }
        if (status == DCAT_OK) {
            note_spell(&split, samples, i);
        }
    }
    return status;
}

static double thread_clock(void *user)
{
    (void)user;
    return bench_thread_s();
}

static const dcat_jobs one_thread = {
    .size = sizeof(dcat_jobs), .thread_count = 1, .clock_s = thread_clock};

static dcat_status measure(bench *b, dcat_train_worlds *worlds, dcat_estimator estimator,
                           const dcat_auction *auction, dcat_error *err)
{
    static train_samples samples; // too large for a stack
    trainers t = {0};
    dcat_train_config config = dcat_train_config_default(estimator);
    config.auction = auction;
    config.jobs = &one_thread;
    dcat_status status = make_trainers(b, worlds, &config, &t, err);
    if (status == DCAT_OK) {
        status = repeat(b, &t, dcat_estimator_name(estimator), &samples, err);
    }
    if (status == DCAT_OK) {
        add_training(b, &config, &samples);
    }
    dcat_trainer_destroy(t.one);
    dcat_trainer_destroy(t.two);
    bench_floors_destroy(t.floors);
    return status;
}

dcat_status bench_train(bench *b, dcat_error *err)
{
    const dcat_auction *const auctions[] = {dcat_auction_find("rea-s"), dcat_auction_find("rea")};
    const dcat_train_plan plan = {.scenario = "paper", .seed = 1, .world_count = WORLD_COUNT};
    dcat_train_worlds *worlds = NULL;
    dcat_status status = dcat_train_worlds_create(&plan, &worlds, err);
    size_t auction_count = b->all ? 2 : 1;
    int estimator_count = b->all ? DCAT_ESTIMATOR_COUNT : 1; // group is the first
    for (size_t a = 0; a < auction_count; a++) {
        for (int e = 0; status == DCAT_OK && e < estimator_count; e++) {
            status = measure(b, worlds, (dcat_estimator)e, auctions[a], err);
        }
    }
    dcat_train_worlds_destroy(worlds);
    return status;
}
