// bench_train.c - how fast learning is at the default point: the shipped scenario `paper`, 40
// servers, the defaults of dcat_train_config_default.
//
//   bench_train [SECONDS]     per measurement; default 3
//
// Prints simulated cycles and updates of the weights per second, where the time goes, how much two
// threads bring, and how long a decision takes. One thread is measured in CPU time; what two bring
// is wall time and wants an idle machine. Compare ratios within one run rather than absolute
// numbers across machines.

#include "dcat/dcat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORLD_COUNT 8
#define WARM_UP_EPOCHS 3
#define DECISION_CYCLES 96

static double read_clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double wall_s(void)
{
    return read_clock_s(CLOCK_MONOTONIC);
}

static double thread_s(void)
{
    return read_clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static void stop_on(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "bench_train: %s\n", err->message);
        exit(EXIT_FAILURE);
    }
}

// --- worlds to learn on

static dcat_status open_world(void *user, uint64_t number, dcat_train_world *into, dcat_error *err)
{
    const dcat_scenario *scenario = user;
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(scenario, 1 + number % WORLD_COUNT, &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_cycle_span span = dcat_scenario_train_cycles(scenario);
    *into = (dcat_train_world){
        .world = world,
        .demand = dcat_scenario_demand_view(scenario),
        .cycle_first = span.first,
        .cycle_count = span.count,
    };
    return DCAT_OK;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user;
    dcat_world_destroy((dcat_world *)world->world); // open_world made it
}

// --- training

typedef struct speed {
    uint64_t epochs, cycles, choices;
    double wall_s, thread_s; // thread_s: CPU time of the first thread
    double simulation_s, scoring_s, backward_s, optimiser_s;
} speed;

static dcat_trainer *make_trainer(dcat_scenario *scenario, const dcat_train_config *config)
{
    const dcat_actor_shape shape = dcat_actor_shape_default();
    dcat_train_source source = {.user = scenario, .open = open_world, .close = close_world};
    dcat_actor *actor = NULL;
    dcat_trainer *trainer = NULL;
    dcat_error err = {0};
    stop_on(dcat_actor_create(&shape, 1, &actor, &err), &err);
    stop_on(dcat_trainer_create(config, &source, actor, &trainer, &err), &err);
    dcat_actor_destroy(actor);
    return trainer;
}

static speed measure(dcat_scenario *scenario, dcat_estimator estimator, dcat_auction_kind auction,
                     int threads, double for_s)
{
    dcat_train_config config = dcat_train_config_default(estimator);
    config.auction = auction;
    config.thread_count = threads;
    config.clock_s = thread_s;
    dcat_trainer *trainer = make_trainer(scenario, &config);
    dcat_train_report report;
    dcat_error err = {0};
    for (int i = 0; i < WARM_UP_EPOCHS; i++) {
        stop_on(dcat_trainer_epoch(trainer, &report, &err), &err);
    }
    speed s = {0};
    double start_wall_s = wall_s(), start_s = thread_s();
    do {
        stop_on(dcat_trainer_epoch(trainer, &report, &err), &err);
        s.epochs++;
        s.cycles += report.cycle_count;
        s.choices += report.choice_count;
        s.simulation_s += report.simulation_s;
        s.scoring_s += report.scoring_s;
        s.backward_s += report.backward_s;
        s.optimiser_s += report.optimiser_s;
        s.wall_s = wall_s() - start_wall_s;
    } while (s.wall_s < for_s);
    s.thread_s = thread_s() - start_s;
    dcat_trainer_destroy(trainer);
    return s;
}

static void print_split(const speed *s)
{
    const struct {
        const char *name;
        double part_s;
    } parts[] = {{"simulation", s->simulation_s},
                 {"scoring", s->scoring_s},
                 {"back-propagation", s->backward_s},
                 {"optimiser", s->optimiser_s}};
    double rest_s = s->thread_s;
    printf("  of the time:");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        printf(" %s %.1f %%,", parts[i].name, 100.0 * parts[i].part_s / s->thread_s);
        rest_s -= parts[i].part_s;
    }
    printf(" the rest (arrivals, worlds) %.1f %%\n", 100.0 * rest_s / s->thread_s);
}

static void bench_training(dcat_scenario *scenario, dcat_estimator estimator,
                           dcat_auction_kind auction, double for_s)
{
    speed one = measure(scenario, estimator, auction, 1, for_s);
    speed two = measure(scenario, estimator, auction, 2, for_s);
    double gain = (double)two.cycles / two.wall_s / ((double)one.cycles / one.wall_s);
    printf("%-6s %-6s %8.0f cycles/s, %6.1f updates/s, %8.0f choices/s; two threads %.2f times\n",
           dcat_estimator_name(estimator), dcat_auction_get(auction)->name,
           (double)one.cycles / one.thread_s, (double)one.epochs / one.thread_s,
           (double)one.choices / one.thread_s, gain);
    print_split(&one);
}

// --- decisions

static void bench_decisions(const dcat_scenario *scenario, const dcat_world *world,
                            dcat_auction_kind auction, int sample_count)
{
    dcat_actor *actor = NULL;
    dcat_error err = {0};
    dcat_run_result result;
    stop_on(dcat_actor_shipped(auction, &actor, &err), &err);
    dcat_actor_set_sample_count(actor, sample_count);
    const dcat_run_config config = {
        .policy = {.clusterer = &dcat_clusterer_a2c, .auction = auction, .model = actor},
        .seed = 1,
        .cycle_first = dcat_scenario_test_cycles(scenario).first,
        .cycle_count = sample_count > 0 ? DECISION_CYCLES / 8 : DECISION_CYCLES,
    };
    const dcat_run_hooks hooks = {.clock_s = thread_s};
    stop_on(
        dcat_run(world, dcat_scenario_demand_view(scenario), &config, &hooks, NULL, &result, &err),
        &err);
    printf("decision, %-6s %2d samples: %8.3f ms\n", dcat_auction_get(auction)->name, sample_count,
           1e3 * result.decision_s / result.decision_count);
    dcat_actor_destroy(actor);
}

int main(int argc, char **argv)
{
    double for_s = argc > 1 ? atof(argv[1]) : 3.0;
    static const dcat_auction_kind auctions[] = {DCAT_AUCTION_REA, DCAT_AUCTION_REA_S};
    dcat_error err = {0};
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    stop_on(dcat_scenario_load("paper", NULL, 0, &scenario, &err), &err);
    stop_on(dcat_scenario_world(scenario, 1, &world, &err), &err);
    printf("paper, %zu servers, one thread, CPU time\n", dcat_world_server_count(world));
    for (size_t a = 0; a < sizeof auctions / sizeof auctions[0]; a++) {
        for (int e = 0; e < DCAT_ESTIMATOR_COUNT; e++) {
            bench_training(scenario, (dcat_estimator)e, auctions[a], for_s);
        }
    }
    for (size_t a = 0; a < sizeof auctions / sizeof auctions[0]; a++) {
        bench_decisions(scenario, world, auctions[a], 0);
        bench_decisions(scenario, world, auctions[a], 32);
    }
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    return 0;
}
