// SPDX-License-Identifier: Apache-2.0
// search.h (internal) - which settings are tried, and how far from a cliff each stands.

#ifndef DCAT_TUNE_SEARCH_H
#define DCAT_TUNE_SEARCH_H

#include "tune/runs.h"

#include <math.h>

// A move of a quarter must cost no more than this share of the profit, or than what it costs the
// scenario's own settings if that is more; and a trial no more than that.
#define TUNE_MOVE_LOSS_MAX 0.01
#define TUNE_TRIAL_LOSS_MAX 0.10
// Settings within this share of the best count as equally good.
#define TUNE_EQUAL 0.003

typedef struct tune_try {
    tune_setting setting;
    const char *phase;
    double score; // mean over worlds of its profit as a share of what the scenario's own earns
    double safe;  // NAN: not asked; else what counts when it must not stand at a cliff
} tune_try;

// Scenarios that a setting must survive, as overrides.
extern const char *const tune_trials[DCAT_TUNE_TRIAL_MAX];

typedef struct tune_search {
    tune_runs runs;
    tune_scale scale;
    tune_place train, validate;
    tune_money *own_train, *own_validate; // [world_count] of the scenario's own settings
    double loss_max;                      // of a move, on training days
    tune_money
        *own_trial[DCAT_TUNE_TRIAL_MAX]; // the same in trials on training days; NULL: is none
    tune_try *tries;                     // [try_count] in [try_max]
    size_t try_count, try_max;
} tune_search;

// One lever moved away by a factor.
typedef struct tune_step {
    size_t lever;
    double factor;
    bool towards_cliff;
} tune_step;
#define TUNE_STEP_MAX (2 * DCAT_TUNE_LEVER_MAX)

// The settings around one, a step each, and how many: levers that are off, or words, stay. The
// steps towards where cliffs are come first. Choice: a lever that cannot be off is not moved below
// its range: a ceiling below the dearest server is a mistake that validate remarks on.
size_t tune_neighbours(const tune_scale *scale, const tune_setting *setting,
                       tune_setting neighbour[TUNE_STEP_MAX], tune_step step[TUNE_STEP_MAX]);

// Scores [count] of settings at a place where the scenario's own ones earn own [world_count].
dcat_status tune_score(tune_search *s, const tune_place *place, const tune_money *own,
                       const tune_setting *settings, size_t count, double *scores, dcat_error *err);

// What the scenario's own settings earn in trial t [world_count]; false where it is none for this
// scenario, which has other keys or does not run like that.
dcat_status tune_open_trial(tune_search *s, const tune_place *place, size_t t, tune_money *own,
                            bool *applies, dcat_error *err);

// What is left of a profit in a trial that leaves this share of what the own settings earn.
static inline double tune_trial_worth(double share)
{
    return fmin(1.0, share / (1.0 - TUNE_TRIAL_LOSS_MAX));
}

// Random settings, then such around the best, then such around the best that stands at no cliff.
dcat_status tune_search_run(tune_search *s, dcat_error *err);

#endif
