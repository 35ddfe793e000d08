// SPDX-License-Identifier: Apache-2.0
// Fixed small work for counting instructions: bench/counts.sh runs it under callgrind.
//
// Every case is one function named count_*, so that callgrind can tell them apart: what is done
// outside of them is not collected. All cases run and say what they did, so that a case that stops
// doing its work is seen. Training is left out: it calls a BLAS whose code depends on the
// processor.

#include "bench/bench.h"
#include "env/env.h"

#include <string.h>

#define CYCLES 16
#define WARM_CYCLES 4 // a state's first slots make what later ones find
#define RUN_CYCLES 8
#define LARGE_SERVERS 200

// Settings of the scenario `paper`: untuned under either queue rule, with an admission beside,
// and as it is shipped, which is tuned.
enum place { PAPER, FIFO, ADMITTED, TUNED, PLACE_COUNT };

typedef struct counting {
    bench_place paper[PLACE_COUNT];
    bench_place large;
    size_t slots_per_cycle;
    dcat_env *env;                   // of the case at work
    const bench_place *stepped;      // where that is
    const dcat_clusterer *clusterer; // of the case at work
    bench_decision decision;         // of that
    dcat_status status;              // what went wrong inside of a case
    dcat_error err;
} counting;

// --- the cases: what they return says how much they did

// A function of its own in the program, whatever the compiler would rather do.
#define COUNTED __attribute__((noinline)) static size_t

// What the paper's tasks at hand are, once more.
COUNTED count_draw(counting *c)
{
    bench_place *p = &c->paper[PAPER];
    for (size_t i = 0; i < p->slot_count; i++) {
        p->first[i + 1] =
            p->first[i] + dcat_demand_slot(p->demand, p->world, 1,
                                           p->cycle_first + (uint32_t)(i / c->slots_per_cycle),
                                           (uint32_t)(i % c->slots_per_cycle), 0,
                                           &p->tasks[p->first[i]]);
    }
    return p->first[p->slot_count];
}

// Clear the tasks of cycles [begin, end).
static size_t step_cycles(counting *c, size_t begin, size_t end)
{
    const bench_place *p = c->stepped;
    dcat_totals totals = {0};
    for (size_t i = begin * c->slots_per_cycle; i < end * c->slots_per_cycle; i++) {
        env_step_tasks(c->env, &p->tasks[p->first[i]], p->first[i + 1] - p->first[i], &totals);
    }
    return (size_t)totals.awarded;
}

#define COUNT_STEP(name_)                                                                          \
    COUNTED count_##name_(counting *c)                                                             \
    {                                                                                              \
        return step_cycles(c, WARM_CYCLES, CYCLES);                                                \
    }
COUNT_STEP(step_rea)
COUNT_STEP(step_one_off)
COUNT_STEP(step_rea_s)
COUNT_STEP(step_vickrey)
COUNT_STEP(step_posted)
COUNT_STEP(fifo_rea)
COUNT_STEP(fifo_one_off)
COUNT_STEP(fifo_rea_s)
COUNT_STEP(fifo_vickrey)
COUNT_STEP(fifo_posted)
COUNT_STEP(admitted_rea_s)
COUNT_STEP(tuned_rea_s)
COUNT_STEP(tuned_vickrey)
COUNT_STEP(tuned_posted)

COUNTED count_world_200(counting *c)
{
    c->status = bench_place_make_world(&c->large, &c->err);
    return c->status == DCAT_OK ? dcat_world_server_count(c->large.world) : 0;
}

static size_t decide(counting *c)
{
    int32_t count = 0;
    c->status = c->clusterer->decide(&c->decision.input, c->decision.workspace, c->large.cluster_of,
                                     &c->err);
    for (size_t i = 0; i < LARGE_SERVERS; i++) {
        count = c->large.cluster_of[i] >= count ? c->large.cluster_of[i] + 1 : count;
    }
    return (size_t)count;
}

#define COUNT_DECISION(name_)                                                                      \
    COUNTED count_##name_##_200(counting *c)                                                       \
    {                                                                                              \
        return decide(c);                                                                          \
    }
COUNT_DECISION(linkage)
COUNT_DECISION(kmeans)
COUNT_DECISION(random)

COUNTED count_run_rea_s(counting *c)
{
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = dcat_clusterer_find("linkage"),
                   .auction = dcat_auction_find("rea-s")},
        .seed = 1,
        .cycle_first = c->paper[PAPER].cycle_first,
        .cycle_count = RUN_CYCLES,
    };
    dcat_run_result result = {0};
    c->status = dcat_run(c->paper[PAPER].world, c->paper[PAPER].demand, &config, NULL, NULL,
                         &result, &c->err);
    return (size_t)result.totals.awarded;
}

// In this order: steps use what count_draw drew, clusterers the world of count_world_200.
static const struct {
    const char *name;
    size_t (*count)(counting *c);
    const char *auction;   // Nullable: of the environment that it steps, with clusters of linkage
    const char *clusterer; // Nullable: that decides the large world, from single servers
    enum place place;      // where it steps
} cases[] = {
    {"draw", count_draw, NULL, NULL, PAPER},
    {"step_rea", count_step_rea, "rea", NULL, PAPER},
    {"step_one_off", count_step_one_off, "one-off", NULL, PAPER},
    {"step_rea_s", count_step_rea_s, "rea-s", NULL, PAPER},
    {"step_vickrey", count_step_vickrey, "vickrey", NULL, PAPER},
    {"step_posted", count_step_posted, "posted", NULL, PAPER},
    {"fifo_rea", count_fifo_rea, "rea", NULL, FIFO},
    {"fifo_one_off", count_fifo_one_off, "one-off", NULL, FIFO},
    {"fifo_rea_s", count_fifo_rea_s, "rea-s", NULL, FIFO},
    {"fifo_vickrey", count_fifo_vickrey, "vickrey", NULL, FIFO},
    {"fifo_posted", count_fifo_posted, "posted", NULL, FIFO},
    {"admitted_rea_s", count_admitted_rea_s, "rea-s", NULL, ADMITTED},
    {"tuned_rea_s", count_tuned_rea_s, "rea-s", NULL, TUNED},
    {"tuned_vickrey", count_tuned_vickrey, "vickrey", NULL, TUNED},
    {"tuned_posted", count_tuned_posted, "posted", NULL, TUNED},
    {"run_rea_s", count_run_rea_s, NULL, NULL, PAPER},
    {"world_200", count_world_200, NULL, NULL, PAPER},
    {"random_200", count_random_200, NULL, "random", PAPER},
    {"kmeans_200", count_kmeans_200, NULL, "kmeans", PAPER},
    {"linkage_200", count_linkage_200, NULL, "linkage", PAPER},
};

// --- around them

static dcat_status open_places(counting *c)
{
    static const bench_paper *const papers[PLACE_COUNT] = {
        [PAPER] = &bench_paper_by_queue,
        [FIFO] = &bench_paper_untuned,
        [ADMITTED] = &bench_paper_admitted,
        [TUNED] = &bench_paper_shipped,
    };
    dcat_status status = DCAT_OK;
    for (size_t p = 0; status == DCAT_OK && p < PLACE_COUNT; p++) {
        status = bench_place_paper(&c->paper[p], papers[p], CYCLES, &c->err);
    }
    if (status == DCAT_OK) {
        c->slots_per_cycle = c->paper[PAPER].slot_count / CYCLES;
        status = bench_place_large(&c->large, LARGE_SERVERS, false, &c->err);
    }
    // A network without a bound on reach.
    double span_m_max = c->large.config.span_m_max;
    c->large.config = dcat_world_config_default();
    c->large.config.span_m_max = span_m_max;
    return status;
}

static dcat_status prepare(counting *c, bench_place *place, const char *auction,
                           const char *clusterer)
{
    double seconds;
    dcat_status status = DCAT_OK;
    if (auction != NULL) {
        c->stepped = place;
        status = bench_place_decide(place, dcat_clusterer_find("linkage"), NULL, &seconds, &c->err);
        if (status == DCAT_OK) {
            status = bench_place_env(place, dcat_auction_find(auction), true, &c->env, &c->err);
        }
        if (status == DCAT_OK) {
            step_cycles(c, 0, WARM_CYCLES);
        }
    } else if (clusterer != NULL) {
        c->clusterer = dcat_clusterer_find(clusterer);
        status = c->large.demand == NULL ? bench_place_make_tasks(&c->large, 1, &c->err) : DCAT_OK;
        if (status == DCAT_OK) {
            status = bench_decision_prepare(&c->large, c->clusterer, NULL, &c->decision, &c->err);
        }
    }
    return status;
}

dcat_status bench_counts(dcat_error *err)
{
    static counting c;
    c.status = open_places(&c);
    for (size_t i = 0; c.status == DCAT_OK && i < sizeof cases / sizeof cases[0]; i++) {
        c.status = prepare(&c, &c.paper[cases[i].place], cases[i].auction, cases[i].clusterer);
        if (c.status == DCAT_OK) {
            printf("%-14s %zu\n", cases[i].name, cases[i].count(&c));
        }
        dcat_env_destroy(c.env);
        bench_decision_free(&c.decision);
        c.env = NULL;
        c.decision = (bench_decision){0};
    }
    bench_place_free(&c.large);
    for (size_t p = 0; p < PLACE_COUNT; p++) {
        bench_place_free(&c.paper[p]);
    }
    return c.status == DCAT_OK ? DCAT_OK : dcat_fail(err, c.status, "%s", c.err.message);
}
