// SPDX-License-Identifier: Apache-2.0
// counts.c - fixed small work for counting instructions, see bench/counts.sh.
//
// Every case is one function named count_*, so that callgrind can tell them apart: what is done
// outside of them is not collected. Without an argument all cases run and say what they did, so
// that a case that stops doing its work is seen; with --build it prints what compiled it, as counts
// of different compilers differ.
//
// Training is left out: it calls a BLAS whose code depends on the processor.

#include "base/threads.h"
#include "dcat/dcat.h"
#include "dcat/version.h"
#include "dcat/x/x.h"
#include "env/env.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CYCLES 16
#define WARM_CYCLES 4 // a state's first slots make what later ones find
#define RUN_CYCLES 8
#define LARGE_SERVERS 200
#define LARGE_AREAS 20

typedef struct setting {
    dcat_scenario *scenario, *fifo_scenario; // `paper` under either queue rule
    dcat_world *paper, *fifo, *large;
    const dcat_demand *demand;
    dcat_cycle_span test;
    size_t slots_per_cycle, task_max;
    dcat_task *tasks; // of CYCLES cycles
    size_t *first;    // [CYCLES * slots_per_cycle + 1]
    int32_t *cluster_of;
    dcat_server servers[LARGE_SERVERS];
    dcat_area areas[LARGE_AREAS];
    dcat_world_config config;
    dcat_env *env;   // of the case at work
    void *workspace; // of the case at work
} setting;

static void stop_on(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "bench_counts: %s\n", err->message);
        exit(1);
    }
}

static void *take(size_t byte_count)
{
    void *memory = aligned_alloc(64, (byte_count + 127) / 64 * 64);
    if (memory == NULL) {
        fprintf(stderr, "bench_counts: out of memory\n");
        exit(1);
    }
    memset(memory, 0, byte_count);
    return memory;
}

// --- the cases: what they return says how much they did

// A function of its own in the program, whatever the compiler would rather do.
#define COUNTED __attribute__((noinline)) static size_t

COUNTED count_draw(setting *s)
{
    for (size_t i = 0; i < CYCLES * s->slots_per_cycle; i++) {
        s->first[i + 1] =
            s->first[i] + dcat_demand_slot(s->demand, s->paper, 1,
                                           s->test.first + (uint32_t)(i / s->slots_per_cycle),
                                           (uint32_t)(i % s->slots_per_cycle), 0,
                                           &s->tasks[s->first[i]]);
    }
    return s->first[CYCLES * s->slots_per_cycle];
}

// Clear the tasks of cycles [begin, end) of those drawn.
static size_t step_cycles(setting *s, size_t begin, size_t end)
{
    dcat_totals totals = {0};
    for (size_t i = begin * s->slots_per_cycle; i < end * s->slots_per_cycle; i++) {
        env_step_tasks(s->env, &s->tasks[s->first[i]], s->first[i + 1] - s->first[i], &totals);
    }
    return (size_t)totals.awarded;
}

COUNTED count_step_rea(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_step_one_off(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_step_rea_s(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_step_vickrey(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_step_posted(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_fifo_rea(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_fifo_one_off(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_fifo_rea_s(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_fifo_vickrey(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_fifo_posted(setting *s)
{
    return step_cycles(s, WARM_CYCLES, CYCLES);
}

COUNTED count_world_200(setting *s)
{
    dcat_error err = {0};
    stop_on(dcat_world_create(&s->config, s->servers, LARGE_SERVERS, s->areas, LARGE_AREAS, 1,
                              &s->large, &err),
            &err);
    return dcat_world_server_count(s->large);
}

static size_t decide(setting *s, const char *name)
{
    const dcat_cluster_input input = {
        .world = s->large, .auction = dcat_auction_find("rea"), .seed = 1};
    int32_t count = 0;
    dcat_error err = {0};
    stop_on(dcat_clusterer_find(name)->decide(&input, s->workspace, s->cluster_of, &err), &err);
    for (size_t i = 0; i < LARGE_SERVERS; i++) {
        count = s->cluster_of[i] >= count ? s->cluster_of[i] + 1 : count;
    }
    return (size_t)count;
}

COUNTED count_linkage_200(setting *s)
{
    return decide(s, "linkage");
}

COUNTED count_kmeans_200(setting *s)
{
    return decide(s, "kmeans");
}

COUNTED count_random_200(setting *s)
{
    return decide(s, "random");
}

COUNTED count_run_rea_s(setting *s)
{
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = dcat_clusterer_find("linkage"),
                   .auction = dcat_auction_find("rea-s")},
        .seed = 1,
        .cycle_first = s->test.first,
        .cycle_count = RUN_CYCLES,
    };
    dcat_error err = {0};
    dcat_run_result result;
    stop_on(dcat_run(s->paper, s->demand, &config, NULL, NULL, &result, &err), &err);
    return (size_t)result.totals.awarded;
}

// What a case needs before it is counted.
typedef enum need {
    NEED_NOTHING = 0,
    NEED_ENV,       // clusters of linkage, the auction of the case, the paper's queue rule
    NEED_FIFO_ENV,  // the same under the rule fifo
    NEED_WORKSPACE, // of the clusterer of the case, and single servers
} need;

// In this order: steps use what count_draw drew, clusterers the world of count_world_200.
static const struct {
    const char *name;
    size_t (*count)(setting *s);
    need need;
    const char *auction;
    const char *clusterer;
} cases[] = {
    {"draw", count_draw, NEED_NOTHING, NULL, NULL},
    {"step_rea", count_step_rea, NEED_ENV, "rea", NULL},
    {"step_one_off", count_step_one_off, NEED_ENV, "one-off", NULL},
    {"step_rea_s", count_step_rea_s, NEED_ENV, "rea-s", NULL},
    {"step_vickrey", count_step_vickrey, NEED_ENV, "vickrey", NULL},
    {"step_posted", count_step_posted, NEED_ENV, "posted", NULL},
    {"fifo_rea", count_fifo_rea, NEED_FIFO_ENV, "rea", NULL},
    {"fifo_one_off", count_fifo_one_off, NEED_FIFO_ENV, "one-off", NULL},
    {"fifo_rea_s", count_fifo_rea_s, NEED_FIFO_ENV, "rea-s", NULL},
    {"fifo_vickrey", count_fifo_vickrey, NEED_FIFO_ENV, "vickrey", NULL},
    {"fifo_posted", count_fifo_posted, NEED_FIFO_ENV, "posted", NULL},
    {"run_rea_s", count_run_rea_s, NEED_NOTHING, NULL, NULL},
    {"world_200", count_world_200, NEED_NOTHING, NULL, NULL},
    {"random_200", count_random_200, NEED_WORKSPACE, NULL, "random"},
    {"kmeans_200", count_kmeans_200, NEED_WORKSPACE, NULL, "kmeans"},
    {"linkage_200", count_linkage_200, NEED_WORKSPACE, NULL, "linkage"},
};
#define CASE_COUNT (sizeof cases / sizeof cases[0])

// --- around them

static void open_paper(setting *s)
{
    dcat_error err = {0};
    static const char *const papers_rule[] = {"market.queue=paper"};
    stop_on(dcat_scenario_load("paper", papers_rule, 1, &s->scenario, &err), &err);
    stop_on(dcat_scenario_world(s->scenario, 1, &s->paper, &err), &err);
    stop_on(dcat_scenario_load("paper", NULL, 0, &s->fifo_scenario, &err), &err);
    stop_on(dcat_scenario_world(s->fifo_scenario, 1, &s->fifo, &err), &err);
    s->demand = dcat_scenario_demand_view(s->scenario);
    s->test = dcat_scenario_test_cycles(s->scenario);
    s->slots_per_cycle = (size_t)dcat_world_config_view(s->paper)->slots_per_cycle;
    s->task_max = dcat_demand_slot_task_max(s->demand);
    s->tasks = take(sizeof *s->tasks * s->task_max * (CYCLES * s->slots_per_cycle + 1));
    s->first = take(sizeof *s->first * (CYCLES * s->slots_per_cycle + 1));
    s->cluster_of = take(sizeof *s->cluster_of * LARGE_SERVERS);
}

static void place_large(setting *s)
{
    double side_m = 1e6 * sqrt(LARGE_SERVERS / 40.0);
    s->config = dcat_world_config_default();
    s->config.span_m_max = 300e3;
    dcat_draw_servers(1, side_m, (dcat_range){200e9, 300e9}, 100, s->servers, LARGE_SERVERS);
    dcat_draw_areas(1, side_m, s->areas, LARGE_AREAS);
}

static void make_env(setting *s, const dcat_world *world, const dcat_auction *auction)
{
    dcat_error err = {0};
    const dcat_clusterer *linkage = dcat_clusterer_find("linkage");
    const dcat_cluster_input input = {.world = world, .auction = auction, .seed = 1};
    void *workspace = take(linkage->workspace_bytes(world, NULL));
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        s->cluster_of[i] = (int32_t)i;
    }
    stop_on(linkage->decide(&input, workspace, s->cluster_of, &err), &err);
    free(workspace);
    dcat_env_config config = dcat_env_config_default();
    config.world = world;
    config.auction = auction;
    config.seed = 1;
    config.cycle = s->test.first;
    config.task_max = s->task_max;
    config.trial = true;
    stop_on(dcat_env_create(&config, &s->env, &err), &err);
    env_set_clusters(s->env, s->cluster_of);
    step_cycles(s, 0, WARM_CYCLES);
}

static void prepare(setting *s, size_t c)
{
    if (cases[c].need == NEED_ENV || cases[c].need == NEED_FIFO_ENV) {
        make_env(s, cases[c].need == NEED_ENV ? s->paper : s->fifo,
                 dcat_auction_find(cases[c].auction));
    } else if (cases[c].need == NEED_WORKSPACE) {
        s->workspace =
            take(dcat_clusterer_find(cases[c].clusterer)->workspace_bytes(s->large, NULL));
        for (size_t i = 0; i < LARGE_SERVERS; i++) {
            s->cluster_of[i] = (int32_t)i;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--build") == 0) {
        printf("%s\n", dcat_build());
        return 0;
    }
    threads_set_default(1);
    static setting s;
    open_paper(&s);
    place_large(&s);
    for (size_t c = 0; c < CASE_COUNT; c++) {
        prepare(&s, c);
        printf("%-14s %zu\n", cases[c].name, cases[c].count(&s));
        dcat_env_destroy(s.env);
        free(s.workspace);
        s.env = NULL;
        s.workspace = NULL;
    }
    dcat_world_destroy(s.large);
    dcat_world_destroy(s.paper);
    dcat_world_destroy(s.fifo);
    dcat_scenario_destroy(s.scenario);
    dcat_scenario_destroy(s.fifo_scenario);
    free(s.tasks);
    free(s.first);
    free(s.cluster_of);
    return 0;
}
