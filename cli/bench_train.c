// Training of dcat bench: the default point, the shipped scenario `paper` with 40 servers and the
// default settings of a trainer; everything included.

#include "bench.h"

#include <string.h>

#define WORLD_COUNT 8
#define WARM_UP_EPOCHS 3
#define MEASURE_S 1.5
#define MEASURE_S_QUICK 0.2

static const bench_target no_target = {BENCH_NO_TARGET, 0.0};

static dcat_status open_world(void *user, uint64_t number, dcat_train_world *into, dcat_error *err)
{
    const dcat_scenario *scenario = user;
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(scenario, 1 + number % WORLD_COUNT, &world, err);
    if (status == DCAT_OK) {
        dcat_cycle_span span = dcat_scenario_train_cycles(scenario);
        *into = (dcat_train_world){
            .world = world,
            .demand = dcat_scenario_demand_view(scenario),
            .cycle_first = span.first,
            .cycle_count = span.count,
            .handle = world,
        };
    }
    return status;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user;
    dcat_world_destroy(world->handle);
}

static dcat_status make_trainer(dcat_scenario *scenario, const dcat_train_config *config,
                                dcat_trainer **trainer, dcat_error *err)
{
    const dcat_actor_shape shape = dcat_actor_shape_default();
    const dcat_train_source source = {.user = scenario, .open = open_world, .close = close_world};
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
    double cycle_count, wall_s, thread_s;
    double simulation_s, scoring_s, backward_s, optimiser_s;
} spell;

static dcat_status run_spell(dcat_trainer *trainer, double for_s, spell *s, dcat_error *err)
{
    double start_wall_s = cli_clock_s(), start_s = bench_thread_s();
    dcat_train_report report;
    *s = (spell){0};
    do {
        dcat_status status = dcat_trainer_epoch(trainer, &report, err);
        if (status != DCAT_OK) {
            return status;
        }
        s->cycle_count += (double)report.cycle_count;
        s->simulation_s += report.simulation_s;
        s->scoring_s += report.scoring_s;
        s->backward_s += report.backward_s;
        s->optimiser_s += report.optimiser_s;
        s->wall_s = cli_clock_s() - start_wall_s;
    } while (s->wall_s < for_s);
    s->thread_s = bench_thread_s() - start_s;
    return DCAT_OK;
}

typedef struct train_samples {
    double rate[BENCH_REPETITION_MAX], gain[BENCH_REPETITION_MAX], over[BENCH_REPETITION_MAX];
    double share[5][BENCH_REPETITION_MAX]; // percent; the last is what is left
} train_samples;

static void note_spells(const spell *one, const spell *two, train_samples *samples, int i)
{
    const double parts_s[] = {one->simulation_s, one->scoring_s, one->backward_s, one->optimiser_s};
    double sum_s = 0.0;
    for (size_t p = 0; p < 4; p++) {
        samples->share[p][i] = 100.0 * parts_s[p] / one->thread_s;
        sum_s += parts_s[p];
    }
    samples->share[4][i] = 100.0 * (one->thread_s - sum_s) / one->thread_s;
    samples->over[i] = one->thread_s / sum_s;
    samples->rate[i] = one->cycle_count / one->thread_s;
    if (two->wall_s > 0.0) {
        samples->gain[i] = two->cycle_count / two->wall_s / (one->cycle_count / one->wall_s);
    }
}

// What a row was measured on.
static json_t *describe(const dcat_train_config *config, int threads, const char *clock)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:s}", "scenario", "paper", "estimator",
                     dcat_estimator_name(config->estimator), "auction",
                     dcat_auction_get(config->auction)->name, "environments",
                     config->environment_count, "worlds", WORLD_COUNT, "threads", threads, "clock",
                     clock);
}

static void add_breakdown(bench *b, const dcat_train_config *config, train_samples *samples)
{
    static const char *const parts[] = {"simulate", "score", "back-propagate", "adam", "rest"};
    size_t count = (size_t)b->repetition_count;
    char name[64];
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        snprintf(name, sizeof name, "train/%s/%s", dcat_estimator_name(config->estimator),
                 parts[p]);
        bench_add(b, name, "%", no_target, samples->share[p], count, describe(config, 1, "cpu"));
    }
    snprintf(name, sizeof name, "train/%s/over-parts", dcat_estimator_name(config->estimator));
    bench_add(b, name, "x", (bench_target){BENCH_AT_MOST, 2.0}, samples->over, count,
              describe(config, 1, "cpu"));
}

static void add_training(bench *b, const dcat_train_config *config, train_samples *samples)
{
    size_t count = (size_t)b->repetition_count;
    const char *estimator = dcat_estimator_name(config->estimator);
    bool by_default = config->estimator == DCAT_ESTIMATOR_GROUP; // what dcat train takes
    const bench_target rate = {BENCH_AT_LEAST, 10000.0};
    const bench_target gain = {BENCH_AT_LEAST, 1.8};
    char name[64];
    snprintf(name, sizeof name, "train/%s", estimator);
    bench_add(b, name, "cycles/s", by_default ? rate : no_target, samples->rate, count,
              describe(config, 1, "cpu"));
    add_breakdown(b, config, samples);
    snprintf(name, sizeof name, "threads/train/%s", estimator);
    if (b->thread_count == 2) {
        bench_add(b, name, "x", gain, samples->gain, count, describe(config, 2, "wall"));
    } else {
        bench_add_missing(b, name, "x", gain, describe(config, 1, "wall"),
                          "not measured: there is one core only");
    }
}

// One thread and two take turns, so that both meet the same disturbances.
static dcat_status measure(bench *b, dcat_scenario *scenario, dcat_estimator estimator,
                           dcat_error *err)
{
    static train_samples samples;
    double for_s = b->quick ? MEASURE_S_QUICK : MEASURE_S;
    dcat_train_config config = dcat_train_config_default(estimator);
    config.auction = DCAT_AUCTION_REA_S;
    config.clock_s = bench_thread_s;
    config.thread_count = 1;
    dcat_train_config config_two = config;
    config_two.thread_count = 2;
    dcat_trainer *one = NULL, *two = NULL;
    dcat_status status = make_trainer(scenario, &config, &one, err);
    if (status == DCAT_OK && b->thread_count == 2) {
        status = make_trainer(scenario, &config_two, &two, err);
    }
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        spell of_one = {0}, of_two = {0};
        status = run_spell(one, for_s, &of_one, err);
        if (status == DCAT_OK && two != NULL) {
            status = run_spell(two, for_s, &of_two, err);
        }
        if (status == DCAT_OK) {
            note_spells(&of_one, &of_two, &samples, i);
        }
    }
    if (status == DCAT_OK) {
        add_training(b, &config, &samples);
    }
    dcat_trainer_destroy(one);
    dcat_trainer_destroy(two);
    return status;
}

dcat_status bench_train(bench *b, dcat_error *err)
{
    int estimator_count = b->quick ? 1 : DCAT_ESTIMATOR_COUNT;
    dcat_scenario *scenario = NULL;
    dcat_status status = dcat_scenario_load("paper", NULL, 0, &scenario, err);
    for (int e = 0; status == DCAT_OK && e < estimator_count; e++) {
        status = measure(b, scenario, (dcat_estimator)e, err);
    }
    dcat_scenario_destroy(scenario);
    return status;
}
