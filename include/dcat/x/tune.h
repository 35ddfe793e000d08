// SPDX-License-Identifier: Apache-2.0
// tune.h - the public settings of a market that earn most, found by search.
//
// The levers are keys of the scenario: order of tasks, handicap, ceiling. Settings are tried on
// training days in worlds that no report uses, chosen on validation days, and judged once on test
// days in the worlds of reports. Of nearly equal settings the one farthest from a cliff is taken.

#ifndef DCAT_X_TUNE_H
#define DCAT_X_TUNE_H

#include "dcat/error.h"
#include "dcat/run.h"
#include "dcat/x/estimate.h"
#include "dcat/x/jobs.h"
#include "dcat/x/scenario.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCAT_TUNE_LEVER_MAX 8
#define DCAT_TUNE_TRIAL_MAX 3 // scenarios that a setting must survive
#define DCAT_TUNE_VALUE_SIZE 32

// Worlds to tune in have seeds from SEED + 100 on, so reports have at most the 100 before.
#define DCAT_TUNE_SEED_OFFSET 100

typedef struct dcat_tune_plan {
    const char *scenario;         // name or path
    const char *const *overrides; // [override_count] "key.path=value"
    size_t override_count;
    dcat_policy policy;      // under a rule with a public ceiling
    uint64_t seed;           // reports are about worlds from here on
    size_t world_count;      // to tune in; >= 1
    size_t test_world_count; // to judge in; in [1, DCAT_TUNE_SEED_OFFSET]
    size_t proposal_count;   // settings to try at most; >= 1
    const char *program;     // what identifies the code that runs
    const char *model;       // Nullable: policy file that the policy decides by
    const char *out;         // Nullable: runs are kept in OUT.jobs until dcat_tune_forget
    // Nullable: who runs the runs, is told how far they are, and may stop them. No ranks.
    const dcat_jobs *jobs;
} dcat_tune_plan;

// One lever. Changes of profit are shares of what the scenario's own settings earn, paired by
// world, on test days.
typedef struct dcat_tune_lever {
    const char *key;                   // "market.task_order"
    char before[DCAT_TUNE_VALUE_SIZE]; // as the scenario says
    char after[DCAT_TUNE_VALUE_SIZE];  // as found
    bool number;                       // not a word
    double value;                      // of after, if it is a number; INFINITY: none
    bool changed;
    dcat_estimate alone;   // this lever alone is changed
    dcat_estimate without; // all the others are
} dcat_tune_lever;

// One lever moved away from what was found. Changes are shares of the profit of what was found, on
// validation days.
typedef struct dcat_tune_move {
    const char *key;
    double factor;
    double change;
} dcat_tune_move;

// A scenario that is harder than the one tuned for: change is over what the scenario's own settings
// earn in it.
typedef struct dcat_tune_trial {
    const char *override; // "demand.data_mb=[60, 60]"
    bool applies;         // the scenario has that key
    double change;
} dcat_tune_trial;

// A setting that was tried, in the order of the search.
typedef struct dcat_tune_try {
    char value[DCAT_TUNE_LEVER_MAX][DCAT_TUNE_VALUE_SIZE];
    const char *phase; // "random", "local" or "safe"
    double gain;       // share, on training days
    double safe_gain;  // the same at the worst move, or this one if that is less; NAN: not asked
} dcat_tune_try;

typedef struct dcat_tune_result {
    dcat_scenario *scenario; // with the settings found
    dcat_tune_lever levers[DCAT_TUNE_LEVER_MAX];
    size_t lever_count;
    dcat_estimate before, after; // profit per cycle on test days
    dcat_estimate gain;          // share of before, paired by world
    double train_gain, validate_gain;
    dcat_tune_move moves[2 * DCAT_TUNE_LEVER_MAX];
    size_t move_count;
    dcat_tune_trial trials[DCAT_TUNE_TRIAL_MAX];
    size_t trial_count;
    double loss_max; // what a move may cost: 0.01, or what it costs the scenario's own settings
    bool safe;       // no move costs more, and no trial more than a tenth
    dcat_tune_try *tries; // [try_count], the first are the scenario's own settings
    size_t try_count;
    dcat_cycle_span test;       // cycles judged on
    bool days_differ;           // false: given tasks have no days, and all three are the same
    size_t run_count, recalled; // runs, and those of them that were kept from before
    size_t damaged;             // files of kept runs that are not what was written
} dcat_tune_result;

// Tune. The same plan gives the same result for any number of threads, stopped and resumed or not.
// Errors: of dcat_scenario_load; ERR_RANGE for a plan that is none; ERR_FIELD when the policy's
// rule has no public ceiling; ERR_IO when it was stopped; ERR_MEMORY.
DCAT_API dcat_status dcat_tune_run(const dcat_tune_plan *plan, dcat_tune_result *result,
                                   dcat_error *err);
DCAT_API void dcat_tune_result_free(dcat_tune_result *result);

// Remove the runs that are kept beside a folder.
DCAT_API dcat_status dcat_tune_forget(const char *out, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
