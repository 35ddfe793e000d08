// bench.h - what the parts of dcat bench share: figures, places to measure in, other processes.
//
// A figure is the median of repeated measurements with its range, what it was measured on, and the
// target it is held against. Parts add figures to a list; bench_report.c prints the list.

#ifndef DCAT_CLI_BENCH_H
#define DCAT_CLI_BENCH_H

#include "cli.h"

#include <jansson.h>

#define BENCH_FIGURE_MAX 128
#define BENCH_REPETITION_MAX 1000

typedef enum bench_direction {
    BENCH_NO_TARGET = 0,
    BENCH_AT_LEAST,
    BENCH_AT_MOST,
} bench_direction;

typedef struct bench_target {
    bench_direction direction;
    double value;
} bench_target;

typedef struct bench_figure {
    char name[64];
    const char *unit;
    double value, min, max; // median and range; NAN: not measured, see note
    bench_target target;
    json_t *params; // owned
    char note[160]; // "" or why there is no value
} bench_figure;

typedef struct bench {
    bool quick;
    int repetition_count; // in [1, BENCH_REPETITION_MAX]
    int thread_count;     // of measurements on all cores: 2, or 1 where there is one core only
    bench_figure figures[BENCH_FIGURE_MAX];
    size_t figure_count;
} bench;

// --- figures

// Add the median and range of samples [sample_count], which are sorted on return. params is taken
// over and may be NULL (no memory), which printing then reports.
bench_figure *bench_add(bench *b, const char *name, const char *unit, bench_target target,
                        double *samples, size_t sample_count, json_t *params);

// Add a figure that could not be measured, and why.
void bench_add_missing(bench *b, const char *name, const char *unit, bench_target target,
                       json_t *params, const char *note);

// Samples of rates from samples of times: amount / seconds.
void bench_rates(double *samples, size_t sample_count, double amount);

void bench_print_text(const bench *b, FILE *file);
dcat_status bench_print_json(const bench *b, FILE *file, dcat_error *err);
void bench_free(bench *b);

// --- clocks, both in seconds

double bench_process_s(void); // CPU time of all threads
double bench_thread_s(void);  // CPU time of the calling thread

// --- places to measure in (bench_place.c)

// A world, its demand, and the tasks of its first slots at hand.
typedef struct bench_place {
    dcat_scenario *scenario; // NULL for a large world
    dcat_world *world;
    dcat_demand *own_demand; // of a large world
    const dcat_demand *demand;
    dcat_server *servers; // of a large world
    dcat_area *areas;
    size_t server_count, area_count;
    dcat_world_config config;
    uint32_t cycle_first;
    dcat_task *tasks; // of slot_count slots, one after the other
    size_t *first;    // [slot_count + 1]
    size_t slot_count;
    int32_t *cluster_of; // [server_count] what `bench_place_decide` decided
    int32_t cluster_count;
} bench_place;

// The shipped scenario `paper`, world 1, with the tasks of its first cycle_count test cycles.
dcat_status bench_place_paper(bench_place *place, uint32_t cycle_count, dcat_error *err);

// The servers and areas of a large world, and how it is to be made; no world yet. Servers are as
// dense as 40 on a square of 1000 km; areas lie anywhere on it: one for 10 servers, and for 20 in
// worlds beyond 10 000 servers.
dcat_status bench_place_large(bench_place *place, size_t server_count, dcat_error *err);
dcat_status bench_place_make_world(bench_place *place, dcat_error *err);
// Demand grows with the servers: 0.75 arrivals a slot each. Tasks are those of the paper's Table I,
// with 20 Mb and deadlines of 2 to 3 s.
dcat_status bench_place_make_tasks(bench_place *place, size_t slot_count, dcat_error *err);

// Decide once by the clusterer, which is timed: CPU seconds. model is the clusterer's, nullable.
dcat_status bench_place_decide(bench_place *place, const dcat_clusterer *clusterer,
                               const void *model, double *seconds, dcat_error *err);
void bench_place_free(bench_place *place);

// CPU seconds of clearing the tasks of all slots but the first skip_count, with the clusters of the
// last decision. draw: arrivals are drawn slot by slot; else those at hand are taken.
dcat_status bench_place_step(const bench_place *place, dcat_auction_kind auction, bool draw,
                             size_t skip_count, double *seconds, dcat_error *err);

// --- dcat in a process of its own (bench_process.c)

typedef struct bench_child {
    double wall_s, cpu_s;
    double peak_mib; // never below what this process held when the child began
} bench_child;

// Run dcat with arguments ended by NULL, output thrown away. Errors: ERR_INTERNAL when it fails.
dcat_status bench_child_run(const char *const *arguments, bench_child *child, dcat_error *err);

// --- the parts, in the order in which they run: what needs a small process comes first

dcat_status bench_startup(bench *b, dcat_error *err);
dcat_status bench_memory(bench *b, dcat_error *err);
dcat_status bench_compare(bench *b, dcat_error *err);
dcat_status bench_world(bench *b, dcat_error *err);
dcat_status bench_step(bench *b, dcat_error *err);
dcat_status bench_large(bench *b, dcat_error *err);
dcat_status bench_decide(bench *b, dcat_error *err);
dcat_status bench_train(bench *b, dcat_error *err);

// A process that makes a large world and nothing else, for its peak memory.
dcat_status bench_only_make_world(size_t server_count, dcat_error *err);

#endif
