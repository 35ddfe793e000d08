// reproduce_plan.h - the paper's evaluation as data: its algorithms, sweeps and claims, and a
// study, which is all of that for chosen figures together with what came out.
//
// Source: paper, section V and Table I; docs/reproduce.md says how it is read.

#ifndef DCAT_IO_REPRODUCE_PLAN_H
#define DCAT_IO_REPRODUCE_PLAN_H

#include "dcat/run.h"
#include "dcat/x/scenario.h"
#include "reproduce/learner.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- What the paper did, and what we add

typedef enum reproduce_measure {
    REPRODUCE_PROFIT = 0, // of the platform, per cycle
    REPRODUCE_OFFLOADING, // awarded / arrived
    REPRODUCE_MEASURE_COUNT
} reproduce_measure;

extern const char *const reproduce_measure_names[REPRODUCE_MEASURE_COUNT];

// Which algorithms run where.
enum {
    REPRODUCE_IN_PAPER = 1,    // the points of Figures 3 to 5
    REPRODUCE_IN_NETWORK = 2,  // a network unlike those that the generalist learned on
    REPRODUCE_IN_ABLATION = 4, // the default point, with parts of DCAT changed
};

#define REPRODUCE_VALUE_MAX 5

// A variable and its values; one of Figures 3 to 5, or a single point of our own.
typedef struct reproduce_sweep {
    const char *figure;   // "fig3", as on the command line
    const char *variable; // "servers", as in tables
    const char *axis;     // "number of servers", as in figures
    const char *scenario; // NULL: the study's
    const char *key;      // of the scenario; NULL: nothing is changed
    const char *values[REPRODUCE_VALUE_MAX];
    size_t value_count;
    unsigned place;                        // REPRODUCE_IN_...
    double claim[REPRODUCE_MEASURE_COUNT]; // the paper's gain of DCAT, percent; 0: none
} reproduce_sweep;

#define REPRODUCE_PAPER_SWEEP_COUNT 3 // the first of
#define REPRODUCE_SWEEP_COUNT 5
extern const reproduce_sweep reproduce_sweeps[REPRODUCE_SWEEP_COUNT];

// Where the weights of a learned clusterer come from.
typedef enum reproduce_source {
    REPRODUCE_NO_MODEL = 0,
    REPRODUCE_GENERALIST, // one for all points
    REPRODUCE_TRAINED,    // from nothing, on the training days of this very world
    REPRODUCE_TUNED,      // from the generalist, on the training days of this very world
    REPRODUCE_GIVEN,      // a file of the user's
} reproduce_source;

extern const char *const reproduce_source_names[];

// One algorithm of the comparison.
#define REPRODUCE_NAME_SIZE 40
typedef struct reproduce_arm {
    char name[REPRODUCE_NAME_SIZE]; // "KM-REA"
    const char *clusterer;
    const char *auction_name;
    const dcat_auction *auction; // found by its name
    reproduce_source source;
    unsigned places;       // REPRODUCE_IN_...
    bool paper;            // one of the six that the paper compares
    bool baseline;         // the paper's gains are over the best of these
    bool claimant;         // its gains over the paper's baselines are reported
    int sample_count;      // clusterings tried per decision
    const char *estimator; // that trains it; NULL: "group"
    const char *colour;    // in figures
    const void *model;     // decides, or is where tuning begins; NULL when there is none
    char identity[REPRODUCE_IDENTITY_SIZE]; // of the model
} reproduce_arm;

#define REPRODUCE_ESTIMATOR_COUNT 3
extern const char *const reproduce_estimators[REPRODUCE_ESTIMATOR_COUNT];

// --- What is asked for

#define REPRODUCE_FIG2 (1u << REPRODUCE_SWEEP_COUNT) // lower bits are the sweeps
#define REPRODUCE_ALL (2u * REPRODUCE_FIG2 - 1u)
#define REPRODUCE_GIVEN_MAX 12

// A policy file of the user's as a row of the ablation.
typedef struct reproduce_given {
    const char *name, *file;
} reproduce_given;

typedef struct reproduce_options {
    const char *scenario;         // "paper"
    const char *const *overrides; // [override_count] of the user
    size_t override_count;
    unsigned figures; // bits: sweep s is 1 << s, and REPRODUCE_FIG2
    uint64_t seed;    // of the first world
    size_t world_count;
    uint32_t cycle_count;       // of the test days, from the first; 0: all
    bool per_world;             // REPRODUCE_TRAINED algorithms in figures too
    bool fine_tune;             // REPRODUCE_TUNED algorithms too
    uint32_t epoch_count;       // of their training
    uint32_t curve_epoch_count; // of Figure 2; >= 1
    uint32_t curve_look_every;  // epochs between looks at the validation days; >= 1
    size_t curve_seed_count;
    int anneal_proposals; // in a decision of anneal
    bool quick;           // said in every output
    int thread_count;     // 0: all cores
    const char *program;  // what identifies the code that runs, for the keys of jobs
    const char *policies[DCAT_LIMIT_RULE_COUNT]; // Nullable: files instead of the generalists
    reproduce_given given[REPRODUCE_GIVEN_MAX];
    size_t given_count;
    const reproduce_learner *learner;
} reproduce_options;

// What a full study (or a quick one) does by default; scenario, program and learner are the
// caller's to fill in.
reproduce_options reproduce_options_default(bool quick);

// A figure's name ("fig2" to "fig5", "chinanet", "ablation", "all") as bits; 0 if it is none.
unsigned reproduce_figures_find(const char *name);

// --- The study

typedef struct reproduce_point {
    size_t sweep; // index into reproduce_sweeps
    size_t value; // index into its values
    dcat_scenario *scenario;
    char *text;             // the complete scenario, which its jobs are known by
    size_t same_as;         // an earlier point with the very same scenario, or itself
    dcat_cycle_span cycles; // simulated
} reproduce_point;

#define REPRODUCE_POINT_MAX (REPRODUCE_SWEEP_COUNT * REPRODUCE_VALUE_MAX)
#define REPRODUCE_ARM_MAX 48
#define REPRODUCE_REMARK_MAX 24
#define REPRODUCE_REMARK_SIZE 320

typedef struct reproduce_study {
    reproduce_options options; // borrows what it points at
    dcat_scenario *base;       // the default point
    char *base_text;
    reproduce_arm arms[REPRODUCE_ARM_MAX]; // those that take part
    size_t arm_count;
    reproduce_point points[REPRODUCE_POINT_MAX];
    size_t point_count;
    dcat_run_result *results; // [point_count, arm_count, world_count]
    bool curves;              // convergence is part of it
    double *curve_values;     // [REPRODUCE_ESTIMATOR_COUNT, curve_seed_count,
                              //  curve_epoch_count + look_count] rewards, then looks
    size_t look_count;        // at epochs 0, curve_look_every, ...
    double curve_linkage;     // what linkage earns where the looks are taken
    size_t recalled, to_do;   // jobs that were kept already, and that were not
    char remarks[REPRODUCE_REMARK_MAX][REPRODUCE_REMARK_SIZE]; // what a reader must know
    size_t remark_count;
} reproduce_study;

// Plan a study; nothing has run yet. study is all zero on entry and released with
// reproduce_study_free either way. Errors: of dcat_scenario_load and the learner, ERR_RANGE,
// ERR_MEMORY.
dcat_status reproduce_study_plan(const reproduce_options *options, reproduce_study *study,
                                 dcat_error *err);
void reproduce_study_free(reproduce_study *study);

void reproduce_remark(reproduce_study *study, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Whether an algorithm runs at a point.
bool reproduce_runs(const reproduce_study *study, size_t point, size_t arm);
// The result of one run.
dcat_run_result *reproduce_result(const reproduce_study *study, size_t point, size_t arm,
                                  size_t world);
// The rewards of one training, [curve_epoch_count], and its looks, [look_count].
double *reproduce_curve(const reproduce_study *study, size_t estimator, size_t seed);
double *reproduce_looks(const reproduce_study *study, size_t estimator, size_t seed);
// Both together, rewards first.
size_t reproduce_curve_value_count(const reproduce_study *study);

// Index of an algorithm by name, or SIZE_MAX when it does not take part.
size_t reproduce_arm_find(const reproduce_study *study, const char *name);

// Whether a sweep is part of the study.
bool reproduce_has_sweep(const reproduce_study *study, size_t sweep);

#endif
