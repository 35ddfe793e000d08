// SPDX-License-Identifier: Apache-2.0
// study.h - a study: the figures of a plan that were asked for, together with what came out.
//
// docs/reproduce.md says how the paper is read.

#ifndef DCAT_STUDIES_REPRODUCE_STUDY_H
#define DCAT_STUDIES_REPRODUCE_STUDY_H

#include "dcat/run.h"
#include "dcat/x/scenario.h"
#include "reproduce/plan.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char *const reproduce_source_names[];

// --- What is asked for

#define REPRODUCE_GIVEN_MAX 12

// A policy file of the user's as a row of the ablation.
typedef struct reproduce_given {
    const char *name, *file;
} reproduce_given;

typedef struct reproduce_options {
    const reproduce_plan *plan;
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

// What a full study (or a quick one) of a plan does by default; scenario, program and learner are
// the caller's to fill in.
reproduce_options reproduce_options_default(const reproduce_plan *plan, bool quick);

// --- The study

typedef struct reproduce_point {
    size_t sweep; // index into those of the plan
    size_t value; // index into its values
    dcat_scenario *scenario;
    char *text;             // the complete scenario, which its jobs are known by
    size_t same_as;         // an earlier point with the very same scenario, or itself
    dcat_cycle_span cycles; // simulated
} reproduce_point;

#define REPRODUCE_POINT_MAX (REPRODUCE_SWEEP_MAX * REPRODUCE_VALUE_MAX)
#define REPRODUCE_ARM_MAX (REPRODUCE_PLAN_ARM_MAX + REPRODUCE_GIVEN_MAX)
#define REPRODUCE_REMARK_MAX 24
#define REPRODUCE_REMARK_SIZE 320

typedef struct reproduce_study {
    const reproduce_plan *plan;
    reproduce_options options; // borrows what it points at
    dcat_scenario *base;       // the default point
    char *base_text;
    reproduce_arm arms[REPRODUCE_ARM_MAX]; // those that take part
    size_t arm_count;
    reproduce_point points[REPRODUCE_POINT_MAX];
    size_t point_count;
    dcat_run_result *results; // [point_count, arm_count, world_count]
    bool curves;              // convergence is part of it
    double *curve_values;     // [plan->curves.estimator_count, curve_seed_count,
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

// The sweep of a point, and the value that it takes there.
const reproduce_sweep *reproduce_sweep_of(const reproduce_study *study, size_t point);
const char *reproduce_value_of(const reproduce_study *study, size_t point);
// The first point of a sweep; its others follow, in the order of values.
size_t reproduce_first_point(const reproduce_study *study, size_t sweep);
// Whether an algorithm runs in the sweeps of the paper, and whether it learns on its own world.
bool reproduce_in_paper(const reproduce_arm *arm);
bool reproduce_is_trained(const reproduce_arm *arm);

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
