// SPDX-License-Identifier: Apache-2.0
// bench.h - what the parts of dcat bench share: figures, places to measure in, other processes.
//
// A figure is the median of repeated measurements with its range, what it was measured on, and the
// target it is held against. Where there is a straightforward version (bench/reference), both take
// turns, and a second and a third figure say how fast that one is and how many times faster ours.

#ifndef DCAT_BENCH_BENCH_H
#define DCAT_BENCH_BENCH_H

#include "tool/cli.h"

#include <jansson.h>

#define BENCH_FIGURE_MAX 512
#define BENCH_NAME_BYTES 64
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
    char name[BENCH_NAME_BYTES];
    const char *unit;
    double value, min, max; // median and range; NAN: not measured, params.note says why
    bench_target target;
    json_t *params; // owned
} bench_figure;

typedef struct bench {
    bool quick;           // smaller inputs
    bool all;             // more than has a target
    int repetition_count; // in [1, BENCH_REPETITION_MAX]
    int thread_count;     // of measurements on all cores: 2, or 1 where there is one core only
    FILE *rows;           // Nullable: where figures are printed as they come
    bool show;            // say on standard error what is being measured
    bool shown;           // and there is such a line now
    double start_s;
    const char *part; // at work
    int part_number, part_count;
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

// Say on standard error which repetition of what is at work, on a terminal after two seconds.
void bench_show(bench *b, const char *name, int repetition);
void bench_hide(bench *b);

void bench_print_head(const bench *b, FILE *file);
void bench_print_verdict(const bench *b, FILE *file);
dcat_status bench_print_json(const bench *b, FILE *file, dcat_error *err);
void bench_free(bench *b);

// --- measuring (bench_measure.c)

extern const bench_target bench_no_target;

double bench_process_s(void); // CPU time of all threads, seconds
double bench_thread_s(void);  // CPU time of the calling thread, seconds

// Something that can be timed: tells the CPU seconds it took.
typedef dcat_status (*bench_timed)(void *user, double *seconds, dcat_error *err);

// One way of doing some work, measured again and again.
typedef struct bench_way {
    bench_timed run;
    void *user;
    double amount; // done in one measurement; 0: the figure is the seconds, not a rate
} bench_way;

typedef struct bench_race {
    const char *name;
    const char *unit; // of a rate; "s" without amounts
    bench_target target, ratio_target;
    bench_way ours;
    bench_way straight;      // run NULL: there is none
    const char *straight_is; // what it does, for params
    bool warm_up;            // run ours once before
    // Nullable: tells params what is known after measuring.
    void (*complete)(const void *user, json_t *params);
    json_t *params; // taken over
} bench_race;

// One measurement.
dcat_status bench_once(const bench_way *way, double *seconds, dcat_error *err);

// Adds NAME, and NAME/straightforward and NAME/ratio when there is a straightforward version.
// seconds [repetition_count] is nullable: what ours took, in order.
dcat_status bench_run(bench *b, const bench_race *race, double *seconds, dcat_error *err);

// Adds threads/NAME: how much two threads bring, in wall time. Takes params over.
dcat_status bench_two_threads(bench *b, const char *name, const bench_way *way, json_t *params,
                              dcat_error *err);

// --- places to measure in (bench_place.c, bench_national.c)

// A world, its demand, and the tasks of its first slots at hand.
typedef struct bench_place {
    char label[32];          // "paper", "10000", "national-10000"
    dcat_scenario *scenario; // NULL for a uniform world
    dcat_world *world;
    dcat_demand *own_demand; // of a uniform world
    const dcat_demand *demand;
    dcat_server *servers; // of a uniform world
    dcat_area *areas;
    size_t server_count, area_count;
    dcat_world_config config; // of a uniform world
    uint32_t cycle_first;
    dcat_task *tasks; // of slot_count slots, one after the other
    size_t *first;    // [slot_count + 1]
    size_t slot_count;
    bool first_decision; // bench_place_decide: of a run, which a2c's guard thinks over for longer
    int32_t *cluster_of; // [server_count] what `bench_place_decide` decided
    int32_t cluster_count;
} bench_place;

// Settings of the scenario `paper`: as it is shipped, or by values that are written out.
typedef struct bench_paper {
    const char *label;
    const char *settings[10]; // as of --set, NULL after the last
} bench_paper;

extern const bench_paper bench_paper_shipped;  // "paper"
extern const bench_paper bench_paper_untuned;  // before the market was tuned
extern const bench_paper bench_paper_by_queue; // the same under market.queue paper
extern const bench_paper bench_paper_admitted; // untuned, with an admission that admits everybody

// The shipped scenario `paper`, world 1, with the tasks of its first cycle_count test cycles.
dcat_status bench_place_paper(bench_place *place, const bench_paper *paper, uint32_t cycle_count,
                              dcat_error *err);

// What a large world is made of; no world yet. Uniform: servers are as dense as 40 on a square of
// 1000 km; areas lie anywhere on it: one for 10 servers, and for 20 in worlds beyond 10 000.
// National: what `dcat generate --servers N` makes, written to files and read again.
dcat_status bench_place_large(bench_place *place, size_t server_count, bool national,
                              dcat_error *err);
dcat_status bench_place_make_world(bench_place *place, dcat_error *err);
// Demand grows with the servers: 0.75 arrivals a slot each. Tasks of uniform worlds are those of
// the paper's Table I, with 20 Mb and deadlines of 2 to 3 s; national ones have those of their
// scenario, from noon of the first test day.
dcat_status bench_place_make_tasks(bench_place *place, size_t slot_count, dcat_error *err);
// All three.
dcat_status bench_place_complete(bench_place *place, size_t server_count, bool national,
                                 size_t slot_count, dcat_error *err);

// The national kind's scenario, from files that are gone again on return (bench_national.c).
dcat_status bench_national_scenario(size_t server_count, dcat_scenario **scenario, dcat_error *err);

// All that a clusterer needs for one decision in a place, which begins without clusters. Must not
// move; free it either way. model is the clusterer's, nullable.
typedef struct bench_decision {
    dcat_observation observation;
    dcat_cluster_input input;
    void *workspace;
} bench_decision;
dcat_status bench_decision_prepare(bench_place *place, const dcat_clusterer *clusterer,
                                   const void *model, bench_decision *decision, dcat_error *err);
void bench_decision_free(bench_decision *decision);

// Decide once by the clusterer: CPU seconds. model is the clusterer's, nullable.
dcat_status bench_place_decide(bench_place *place, const dcat_clusterer *clusterer,
                               const void *model, double *seconds, dcat_error *err);

// The place's long-run demand; free(observation->arrivals_per_slot) frees its arrays.
dcat_status bench_place_observe(const bench_place *place, dcat_observation *observation,
                                dcat_error *err);

// When slot s of the tasks at hand is.
typedef struct bench_slot {
    uint32_t cycle, slot;
    double now_s;
    const dcat_task *tasks; // [task_count]
    size_t task_count;
} bench_slot;
bench_slot bench_place_slot(const bench_place *place, size_t s);

// An environment of the place at its first slot, with its clusters; the caller destroys it, also
// after a failure. trial: for totals only.
dcat_status bench_place_env(const bench_place *place, const dcat_auction *auction, bool trial,
                            dcat_env **env, dcat_error *err);

// What a params object says of a place.
json_t *bench_place_params(const bench_place *place, const char *clock);
void bench_place_free(bench_place *place);

// --- clearing tasks (bench_step.c, bench_reference.c)

// Clearing the tasks of a place with the clusters of its last decision.
typedef struct bench_clearing {
    const bench_place *place;
    const dcat_auction *auction;
    bool draw;         // arrivals are drawn slot by slot; else those at hand are taken
    size_t skip_count; // slots at the beginning that are not timed
    // The straightforward version clears the first tasks of as many slots as needed:
    size_t straight_count;
} bench_clearing;

size_t bench_tasks_from(const bench_place *place, size_t skip_count);
// user is a bench_clearing.
dcat_status bench_clear(void *user, double *seconds, dcat_error *err);

// The straightforward version, which must award the same tasks to the same clusters for the same
// pay: ERR_INTERNAL when it does not.
dcat_status bench_clear_straight(void *user, double *seconds, dcat_error *err);
dcat_status bench_same_awards(const bench_clearing *clearing, dcat_error *err);
extern const char bench_clear_straight_is[];

// --- dcat in a process of its own (bench_process.c)

// A place for files that will be removed again: in TMPDIR, or where temporary files are.
void bench_temporary(char *path, size_t path_bytes, const char *name);

typedef struct bench_child {
    double wall_s, cpu_s;
    double peak_mib; // never below what this process held when the child began
} bench_child;

// Run dcat, which is beside dcat-bench, with arguments ended by NULL, output thrown away. Errors:
// ERR_NOT_FOUND, ERR_INTERNAL when it fails.
dcat_status bench_child_run(const char *const *arguments, bench_child *child, dcat_error *err);

// A row of a child's peak memory. params are the row's, or released.
dcat_status bench_child_memory(bench *b, const char *name, const char *const *arguments,
                               bench_target target, json_t *params, dcat_error *err);

// --- the parts, in the order in which they run: what needs a small process comes first

dcat_status bench_startup(bench *b, dcat_error *err);
dcat_status bench_memory(bench *b, dcat_error *err);
dcat_status bench_compare(bench *b, dcat_error *err);
dcat_status bench_world(bench *b, dcat_error *err);
dcat_status bench_auction(bench *b, dcat_error *err);
dcat_status bench_draw(bench *b, dcat_error *err);
dcat_status bench_step(bench *b, dcat_error *err);
dcat_status bench_large(bench *b, dcat_error *err);
dcat_status bench_classes(bench *b, dcat_error *err);
dcat_status bench_decide(bench *b, dcat_error *err);
dcat_status bench_score(bench *b, dcat_error *err);
dcat_status bench_train(bench *b, dcat_error *err);

// A process that makes a large world and nothing else, for its peak memory.
dcat_status bench_only_make_world(size_t server_count, bool national, dcat_error *err);
dcat_status bench_only_make_mixed(size_t server_count, dcat_error *err);

// Fixed work for a profiler: slots under an auction, a decision of a clusterer, or "world".
// "counts" are bench_counts, and "build" says what compiled this program, as counts belong to a
// compiler. In `paper` when server_count is 0. Prints how many tasks or servers it was.
dcat_status bench_profile(const char *what, size_t server_count, bool national, dcat_error *err);
// The cases of bench/counts.sh, and how much each did.
dcat_status bench_counts(dcat_error *err);

#endif
